"""Where the IDX files of a set lie: in a folder that people name, or where sets of a known name are kept."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

from engine.data.files import escaped, reason, refuse
from engine.data.idx_format import FIELD
from engine.errors import Refusal

SETS = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "kmnist": "KMNIST"}
"""Sets that are known by name, and their titles."""
PACKAGES = {"fashion-mnist": "dataset-fashion-mnist"}
"""Debian's packages of them."""
DEBIAN = Path("/usr/share/datasets")
STEMS = (("train-images", 3), ("train-labels", 1), ("t10k-images", 3), ("t10k-labels", 1))
"""The four files of a set and their dimensions."""


@dataclass(frozen=True)
class IdxFiles:
    """The files of a set; those to test with may not be there."""

    train_images: Path
    train_labels: Path
    test_images: Path | None
    test_labels: Path | None


def downloads_folder() -> Path:
    """Return where the lab keeps the sets that it downloads, a folder for each."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "data"


def find_set(name: str, folder: Path) -> IdxFiles:
    """Return the files of the set that a user names: a folder, relative to `folder`, or a known name.

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
        raise _not_there(name, path, known)
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        raise refuse(name, f"cannot be read ({reason(error)}); check the path", FIELD) from None


def files_in(folder: Path, name: str) -> IdxFiles:
    """Return the files in a folder, or in the one folder NAME/raw within it.

    Raises:
        Refusal: where there are none, only one of a pair, or several folders that have them.
    """
    places = _holding(folder)
    if not places:
        raise refuse(
            name, "holds no IDX files such as train-images-idx3-ubyte.gz; name the folder that does", FIELD
        )
    if len(places) > 1:
        names = " and ".join(place.relative_to(folder).as_posix() for place in places[:3])
        raise refuse(name, f"holds several sets, {names}; name one of these folders", FIELD)
    files = [_file(places[0], stem, dimensions) for stem, dimensions in STEMS]
    images, labels, test_images, test_labels = files
    if images is None or labels is None:
        raise _half(name, "train", images or labels)
    if (test_images is None) != (test_labels is None):
        raise _half(name, "t10k", test_images or test_labels)
    return IdxFiles(images, labels, test_images, test_labels)


def file_names(stem: str, dimensions: int) -> list[str]:
    """Return the names under which a file is looked for, the preferred ones first."""
    return [f"{stem}{sign}idx{dimensions}-ubyte{end}" for end in ("", ".gz") for sign in "-."]


def _holding(folder: Path) -> list[Path]:
    """Return the folder itself if it has files of a set, else those at raw and NAME/raw that do."""
    if _has_any(folder):
        return [folder]
    raws = [folder / "raw", *(child / "raw" for child in sorted(folder.iterdir()) if child.is_dir())]
    return [raw for raw in raws if _has_any(raw)]


def _has_any(folder: Path) -> bool:
    return any(_file(folder, stem, dimensions) for stem, dimensions in STEMS)


def _file(folder: Path, stem: str, dimensions: int) -> Path | None:
    paths = (folder / name for name in file_names(stem, dimensions))
    return next((path for path in paths if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder that is not ours to look into
        return False


def _half(name: str, which: str, file: Path | None) -> Refusal:
    """Refuse images without labels, labels without images, or tests without anything to train on."""
    if file is None:
        return refuse(name, f"has no {which}-images-idx3-ubyte(.gz); put it into the folder", FIELD)
    other = f"{which}-labels-idx1" if "images" in file.name else f"{which}-images-idx3"
    return refuse(name, f"has {file.name} without {other}-ubyte(.gz); put it into the folder", FIELD)


def _not_there(name: str, path: Path, known: list[Path]) -> Refusal:
    if known:
        looked = ", ".join(map(str, (path, *known)))
        package = f", install Debian's package {PACKAGES[name]}" if name in PACKAGES else ""
        remedy = f"run `marginlab download {name}`{package}, or name a folder that holds its files"
        return refuse(name, f"is not on this machine; looked in {looked}: {remedy}", FIELD)
    if path.exists():
        return refuse(name, "is no folder; name the folder that holds the IDX files", FIELD)
    close = difflib.get_close_matches(name, SETS, n=1)
    if escaped(name):
        return refuse(name, f"is not there{escaped(name)}", FIELD)
    hint = f"; did you mean '{close[0]}'?" if close else f"; there is no folder {path}"
    return refuse(name, f"is not there{hint}", FIELD)
