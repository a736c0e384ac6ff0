"""Find and load presets by id: those that ship with the lab, of plug-ins, and the user's own. No torch."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .files import write_whole
from .words.errors import Refusal, path_in_words

if TYPE_CHECKING:
    # imported when first needed: a list of presets is read without checking the shipped ones
    from .experiment.document import Document

SUFFIX = ".toml"


@dataclass(frozen=True)
class PresetEntry:
    """What the gallery shows of a preset without loading it."""

    id: str
    """The name of its file, without the suffix."""
    title: str
    path: Path
    paper: str = ""
    theorem: str = ""
    look_for: str = ""
    own: bool = False
    """Whether it is the user's."""
    order: int = 1000
    error: str = ""
    """Why it cannot be loaded; '' where it can."""
    reading: str = ""
    """The part of the reading path that it belongs to; '' for none."""
    seconds: float | None = None
    """About how long it takes."""
    networks: tuple[str, ...] = ()
    """The kinds of its networks."""
    optimizers: tuple[str, ...] = ()
    """The kinds of its optimizers."""
    is_map: bool = False
    """Whether it is trained over values of its fields."""
    try_next: tuple[str, ...] = ()
    """Ids of presets that go on from here."""


def own_folder() -> Path:
    """Return the folder of the user's own presets; it need not be there."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "presets"


def shipped_folder() -> Path:
    """Return the folder of the presets that ship with the lab."""
    return Path(str(files("presets")))


def presets() -> list[PresetEntry]:
    """Return every preset: the shipped ones in their order, then the user's own; broken ones say why."""
    shipped = [_listed(path, own=False) for path in sorted(shipped_folder().glob(f"*{SUFFIX}"))]
    taken = {entry.id for entry in shipped}
    brought = [_checked(_listed(path, own=False), taken) for path in _of_plug_ins().values()]
    taken |= {entry.id for entry in brought}
    own = [_checked(_listed(path, own=True), taken) for path in sorted(own_folder().glob(f"*{SUFFIX}"))]
    return sorted([*shipped, *brought, *own], key=lambda entry: (entry.own, entry.order, entry.id))


def _of_plug_ins() -> Mapping[str, Path]:
    """Return the presets that plug-ins bring which are switched on."""
    from .experiment.plug_ins.presets import PRESETS

    return PRESETS


def read_ahead() -> Iterator[None]:
    """Read one preset after the other, so that `presets` has little to do; a wrong file stays for that to say."""
    for path in sorted(shipped_folder().glob(f"*{SUFFIX}")):
        yield
        _listed(path, own=False)
    for path in sorted(own_folder().glob(f"*{SUFFIX}")):
        yield
        _checked(_listed(path, own=True), set())


def entry_of(id: str) -> PresetEntry | None:
    """Return what the gallery shows of one preset; None where there is none of that id."""
    path = _path_of(id)
    return None if path is None else _listed(path, own=path.parent == own_folder())


def load_preset(id: str) -> Document:
    """Load a preset by its id; its relative paths start in its own folder.

    Raises:
        Refusal: with the nearest id where there is none, or with what is wrong in its file.
    """
    from .experiment.document import load

    path = _path_of(id)
    if path is None:
        raise Refusal("", id, f"is not a preset; {_nearest(id, _ids())}")
    return load(path)


def find(experiment: str) -> Document:
    """Load what a command line calls an experiment: a preset's id, or the path of an experiment file.

    Raises:
        Refusal: where it is neither, or says something wrong.
    """
    from .experiment.document import load

    preset = _path_of(experiment)
    path = preset or Path(experiment)
    if path.is_dir():
        raise Refusal("", experiment, "is a folder; name an experiment file or a preset's id")
    if preset is None and not path.exists() and path.suffix != SUFFIX and path.name == experiment:
        where = f"{_nearest(experiment, _ids())}{_off()}"
        raise Refusal("", experiment, f"is neither a preset nor a file; {where}")
    return load(path)


def save_preset(document: Document, title: str = "", *, over: str = "") -> Path:
    """Save a document among the user's own presets and return its file.

    Args:
        document: what is saved; paths to its data as `portable` says them.
        title: what people call it, and what a free id is made from; '' keeps the document's own title.
        over: the id of an own preset that is saved over; '' makes a new one.

    Raises:
        Refusal: where it has no title, the folder cannot be written, or `over` is none of the user's own.
    """
    from .experiment.experiment import with_values

    title = title.strip() or document.base.title
    if not title:
        raise Refusal("title", title, "is empty; a preset needs a name")
    if title != document.base.title:
        document = document.model_copy(update={"base": with_values(document.base, {"title": title})})
    path = _own_path(over) if over else own_folder() / f"{_free_id(title)}{SUFFIX}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal("", path_in_words(path), f"cannot be written: {error.strerror or error}") from None
    export_preset(path, document)
    return path


def export_preset(path: Path, document: Document) -> None:
    """Write a document to a file that others can open: paths to its data as `portable` says them.

    Raises:
        Refusal: where the file cannot be written.
    """
    from .experiment.document import to_toml

    write_whole(path, to_toml(portable(document, path.absolute().parent)))


def delete_own_preset(id: str) -> None:
    """Delete one of the user's own presets.

    Raises:
        Refusal: where it is none, or cannot be deleted.
    """
    path = _own_path(id)
    try:
        path.unlink()
    except OSError as error:
        raise Refusal("", path_in_words(path), f"cannot be deleted: {error.strerror or error}") from None


def portable(document: Document, to: Path) -> Document:
    """Return the document as a file in a folder says it, so that it means the same there.

    Paths to data in or below that folder become relative to it, and the folder can be moved with them; others
    become absolute. Data that are known by name keep it.
    """
    from .experiment.document import Variation
    from .experiment.experiment import value_at, with_values

    folder, to = (document.folder or Path()).absolute(), to.absolute()
    data = document.base.data
    path = f"data.{data.reads}"
    changes = {path: _portable(value_at(document.base, path), folder, to)} if data.reads else {}
    variations = tuple(
        Variation(
            name=v.name, set={path: _portable_in(path, value, folder, to) for path, value in v.set.items()}
        )
        for v in document.variations
    )
    base = with_values(document.base, changes) if changes else document.base
    return document.model_copy(update={"base": base, "variations": variations})


def _portable(path: str, folder: Path, to: Path) -> str:
    if path.startswith("~") or (path in _known_names() and not (folder / path).exists()):
        return path
    absolute = Path(os.path.normpath(folder / path))
    return absolute.relative_to(to).as_posix() if absolute.is_relative_to(to) else str(absolute)


def _portable_in(path: str, value: Any, folder: Path, to: Path) -> Any:
    """Return what a variation sets at a dotted path, with its files and folders as `portable` says them."""
    from .experiment.data import paths_of_files

    if path in paths_of_files() and isinstance(value, str):
        return _portable(value, folder, to)
    if path == "data" and isinstance(value, Mapping):
        return {name: _portable_in(f"data.{name}", inner, folder, to) for name, inner in value.items()}
    return value


def _known_names() -> set[str]:
    """Return what a path to data may be that is none."""
    from .experiment.data import DATA_KINDS

    return {name for kind in DATA_KINDS.values() for name in kind.known_names}


def _listed(path: Path, *, own: bool) -> PresetEntry:
    """Return of a preset what the gallery shows, read again where its file is another one."""
    try:
        known = path.stat()
    except OSError:
        return _read.__wrapped__(path, own, 0, 0)
    return _read(path, own, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=1024)
def _read(path: Path, own: bool, _changed: int, _size: int) -> PresetEntry:
    """Read of a preset what the gallery shows; what is not text there is left out."""
    from .experiment.toml_text import read_text, tables_from

    entry = PresetEntry(id=path.stem, title=path.stem, path=path, own=own)
    try:
        tables = tables_from(read_text(path, path.name))
    except (OSError, Refusal) as error:
        return replace(entry, error=f"{path.name} cannot be read: {error}")
    about = tables.get("about")
    shown = {**(about if isinstance(about, dict) else {}), "title": tables.get("title") or path.stem}
    words = {
        name: shown[name]
        for name in ("title", "paper", "theorem", "look_for")
        if isinstance(shown.get(name), str)
    }
    order, seconds, following = shown.get("order"), shown.get("seconds"), shown.get("try_next")
    return replace(
        entry,
        **words,
        order=order if isinstance(order, int) else entry.order,
        reading=str(shown.get("path", "")),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        is_map="sweep" in tables,
        networks=_kinds(tables, "network"),
        optimizers=_kinds(tables, "optimizer"),
        try_next=tuple(map(str, following)) if isinstance(following, list) else (),
    )


def _kinds(tables: Mapping[str, Any], part: str) -> tuple[str, ...]:
    """Return the kinds of network or optimizer that a file names, its variations' included, each once."""
    kinds: dict[str, None] = {}
    varied = tables.get("experiments")
    variations = varied if isinstance(varied, list) else ()
    for place in (tables, *(table.get("set") for table in variations if isinstance(table, dict))):
        said = place if isinstance(place, dict) else {}
        inner = said.get(part)
        for kind in (inner.get("kind") if isinstance(inner, dict) else None, said.get(f"{part}.kind")):
            if isinstance(kind, str):
                kinds[kind] = None
    return tuple(kinds)


def _checked(entry: PresetEntry, taken: set[str]) -> PresetEntry:
    """Note what is wrong with an own preset: nobody has tested it."""
    if entry.error:
        return entry
    if entry.id in taken:
        return replace(
            entry, error=f"a preset that ships with the lab is called {entry.id}; rename {entry.path.name}"
        )
    try:
        known = entry.path.stat()
        wrong = _wrong_in(entry.path, known.st_mtime_ns, known.st_size)
    except OSError:
        wrong = _wrong_in.__wrapped__(entry.path, 0, 0)
    return replace(entry, error=wrong) if wrong else entry


@lru_cache(maxsize=1024)
def _wrong_in(path: Path, _changed: int, _size: int) -> str:
    """Return why an experiment file cannot be loaded; '' where it can."""
    from .experiment.document import load

    try:
        load(path)
    except Refusal as refusal:
        return str(refusal)
    return ""


def _path_of(id: str) -> Path | None:
    """Return the file of a preset, the shipped one before an own one; None where there is none."""
    places = (shipped_folder() / f"{id}{SUFFIX}", _of_plug_ins().get(id), own_folder() / f"{id}{SUFFIX}")
    for path in places:
        if path is not None and id and path.name == f"{id}{SUFFIX}" and path.is_file():
            return path
    return None


def _own_path(id: str) -> Path:
    path = own_folder() / f"{id}{SUFFIX}"
    if not id or path.name != f"{id}{SUFFIX}" or not path.is_file():
        own = sorted(file.stem for file in own_folder().glob(f"*{SUFFIX}"))
        raise Refusal("", id, f"is not one of your own presets; {_nearest(id, own)}")
    return path


def _ids() -> list[str]:
    return [
        *(path.stem for path in sorted(shipped_folder().glob(f"*{SUFFIX}"))),
        *_of_plug_ins(),
        *(path.stem for path in sorted(own_folder().glob(f"*{SUFFIX}"))),
    ]


def _nearest(id: str, valid: list[str]) -> str:
    """Return "did you mean 'x'?", or where to look where nothing is near: a list of all would be long."""
    close = difflib.get_close_matches(id, valid, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else "`marginlab presets` lists them"


def _off() -> str:
    """Say which installed plug-ins have presets and are off, and how they are let in; '' where none is."""
    from .experiment.plug_ins.installed import installed, plain
    from .experiment.plug_ins.loaded import ON

    off = [
        p.name
        for p in installed()
        if plain(p.name) not in ON and any(e.group == "margin_lab.presets" for e in p.entries)
    ]
    return f"; presets of {', '.join(off)} are there with --plugin {off[0]}" if off else ""


def _free_id(title: str) -> str:
    """Return a file's stem made from a title, different from every preset's there is."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "preset"
    taken = set(_ids())
    return next(id for id in (stem, *(f"{stem}-{k}" for k in range(2, 10_000))) if id not in taken)
