"""Where the IDX files of a set lie: in a folder that people name, or where sets of a known name are kept."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath

from engine.data.files import escaped, reason, refuse
from engine.data.idx_format import FIELD
from engine.words.errors import Refusal

SETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}
"""Sets that are known by name, and their titles."""
PACKAGES = {"fashion-mnist": "dataset-fashion-mnist"}
"""Debian's packages of them."""
DEBIAN = Path("/usr/share/datasets")
STEMS = (("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1))
"""The four files of a set and their dimensions."""
DIMENSIONS = {"images": "3", "labels": "1"}
NAME = re.compile(
    r"(?P<prefix>(?:.*[-_.])?)(?P<part>train|t10k|test)-(?P<what>images|labels)[-.]idx(?P<dimensions>[13])-ubyte(?:\.gz)?"
)
"""How a file of a set is called: as MNIST's are, or after the name of its set, as EMNIST's."""
TRANSPOSED = "emnist-"
"""How the names of sets begin whose files have every picture column by column."""


@dataclass(frozen=True)
class IdxFiles:
    """The files of a set; those to test with may not be there."""

    train_images: Path
    train_labels: Path
    test_images: Path | None
    test_labels: Path | None
    transposed: bool = False
    """Whether pictures lie column by column."""


def downloads_folder() -> Path:
    """Return where the lab keeps the sets that it downloads, a folder for each."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "data"


def find_set(name: str, folder: Path) -> IdxFiles:
    """Return the files of the set that a user names.

    That is a folder, relative to `folder`; a file of the set; a folder and the beginning of the files' names, such as
    `emnist/emnist-letters`; or a known name.

    Raises:
        Refusal: with where it was looked and how to get the set.
    """
    try:
        path = (folder / Path(name).expanduser()).absolute()
        known = [downloads_folder() / name, DEBIAN / name] if name in SETS else []
        for place in (path, *known):
            if place.is_dir() and _holding(place):
                return files_in(place, name)
        if path.is_dir() and not known:
            return files_in(path, name)
        prefix = _prefix_of(path)
        if prefix is not None:
            return _set_of(path.parent, prefix, name)
        raise _not_there(name, path, known)
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        raise refuse(name, f"cannot be read ({reason(error)}); check the path", FIELD) from None


def files_in(folder: Path, name: str) -> IdxFiles:
    """Return the files in a folder, or in the one folder NAME/raw within it.

    Raises:
        Refusal: where there are none, only one of a pair, or several sets.
    """
    places = _holding(folder)
    if not places:
        raise refuse(
            name, "holds no IDX files such as train-images-idx3-ubyte.gz; name the folder that does", FIELD
        )
    if len(places) > 1:
        names = " and ".join(place.relative_to(folder).as_posix() for place in places[:3])
        raise refuse(name, f"holds several sets, {names}; name one of these folders", FIELD)
    prefixes = sorted(_files(places[0]))
    if len(prefixes) > 1 and prefixes[0]:
        said = [(places[0] / prefix).relative_to(folder).as_posix().rstrip("-_.") for prefix in prefixes]
        example = (PurePath(name) / said[0]).as_posix()
        raise refuse(name, f"holds several sets, {', '.join(said)}; name one, such as '{example}'", FIELD)
    return _set_of(places[0], prefixes[0], name)


def _set_of(folder: Path, prefix: str, name: str) -> IdxFiles:
    """Return the files in a folder whose names begin alike."""
    files = _files(folder)[prefix]
    images, labels, test_images, test_labels = (files.get(stem) for stem, _ in STEMS)
    if images is None or labels is None:
        raise _half(name, f"{prefix}train", images or labels)
    if (test_images is None) != (test_labels is None):
        test = "test" if prefix else "t10k"
        raise _half(name, f"{prefix}{test}", test_images or test_labels)
    return IdxFiles(images, labels, test_images, test_labels, transposed=prefix.startswith(TRANSPOSED))


def _files(folder: Path) -> dict[str, dict[str, Path]]:
    """Return the files of every set in a folder, by how their names begin and by what they are."""
    found: dict[str, dict[str, Path]] = {}
    # of one that is there in several ways the first is taken: not packed, with a hyphen
    for path in sorted(folder.iterdir(), key=lambda path: (path.suffix == ".gz", path.name)):
        match = NAME.fullmatch(path.name)
        if match is None or DIMENSIONS[match["what"]] != match["dimensions"] or not _is_file(path):
            continue
        stem = f"{'train' if match['part'] == 'train' else 't10k'}-{match['what']}"
        found.setdefault(match["prefix"], {}).setdefault(stem, path)
    return found


def _prefix_of(path: Path) -> str | None:
    """Return how the names of a set's files begin, given one of them or that beginning; None where there is none."""
    if not path.parent.is_dir():
        return None
    match = NAME.fullmatch(path.name)
    there = _files(path.parent)
    if match is not None and _is_file(path):
        return match["prefix"] if match["prefix"] in there else None
    return next((prefix for prefix in there if prefix and prefix.rstrip("-_.") == path.name), None)


def _holding(folder: Path) -> list[Path]:
    """Return the folder itself if it has files of a set, else those at raw and NAME/raw that do."""
    if _files(folder):
        return [folder]
    raws = [folder / "raw", *(child / "raw" for child in sorted(folder.iterdir()) if child.is_dir())]
    return [raw for raw in raws if _is_folder(raw) and _files(raw)]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir() and os.access(path, os.R_OK | os.X_OK)
    except OSError:  # in a folder that is not ours to look into
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that is not ours to look into
        return False


def _half(name: str, which: str, file: Path | None) -> Refusal:
    """Refuse images without labels, labels without images, or tests without anything to train on."""
    if file is None:
        return refuse(name, f"has no {which}-images-idx3-ubyte(.gz); put it into the folder", FIELD)
    other = f"{which}-labels-idx1" if "-images" in file.name else f"{which}-images-idx3"
    return refuse(name, f"has {file.name} without {other}-ubyte(.gz); put it into the folder", FIELD)


def _not_there(name: str, path: Path, known: list[Path]) -> Refusal:
    if known:
        looked = ", ".join(map(str, (path, *known)))
        package = f", install Debian's package {PACKAGES[name]}" if name in PACKAGES else ""
        fetch = f"download it (data panel, or `marginlab download {name}`)"
        remedy = f"{fetch}{package}, or name a folder that holds its files"
        return refuse(name, f"is not on this machine; looked in {looked}: {remedy}", FIELD)
    if path.exists():
        return refuse(name, "is no folder; name the folder that holds the IDX files", FIELD)
    close = difflib.get_close_matches(name, SETS, n=1)
    if escaped(name):
        return refuse(name, f"is not there{escaped(name)}", FIELD)
    hint = f"; did you mean '{close[0]}'?" if close else f"; there is no folder {path}"
    return refuse(name, f"is not there{hint}", FIELD)
