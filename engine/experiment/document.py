"""The experiment file: one base experiment, named variations, claims, and what a preset says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar

import tomli_w
from pydantic import ValidationError, model_validator

from ..words.errors import Refusal, nearest, path_in_words
from .claims import Claim
from .columns import COLUMNS, column, reading
from .edits import EditSpec, check_edits
from .experiment import Experiment, check_version, experiment_from, with_values
from .fields import Fields, Names, field
from .known_data import NOTHING_KNOWN, KnownData
from .plug_ins.absent import missing_of, with_absent
from .plug_ins.in_files import as_it_was, expect_columns, named_by, variation_with_absent
from .plug_ins.loaded import ON
from .sparse import plain, sparse
from .sweep import Grid, SweepAxis, SweepSpec
from .toml_text import Written, read_text, tables_from
from .validation import refusals

F = TypeVar("F", bound=Fields)
T = TypeVar("T")


class About(Fields):
    """What a preset says of itself in the gallery."""

    paper: str = field("", "paper", "Authors, year, and where.")
    theorem: str = field("", "theorem", "The sentence that is made visible.")
    look_for: str = field("", "look for", "Where to look, and what should be seen.")
    show: Names = field((), "show", "Columns that plots show at first; `.*` stands for one a layer.")
    notes: str = field("", "notes", "The author's own notes.")
    order: int = field(1000, "order", "Where it stands in the gallery.", advanced=True)
    path: Literal["", "start here", "break it", "vary it"] = field(
        "",
        "reading path",
        "Which part of the gallery's reading path it belongs to; none: found by its paper.",
    )
    seconds: float | None = field(
        None, "run time", "About how long it takes on two cores, references included.", gt=0, unit="s"
    )
    try_next: Names = field((), "try next", "Ids of presets that go on from here.")
    on_purpose: Names = field(
        (), "on purpose", "Hints that are not given about its runs, by name: what they say is what it shows."
    )

    @model_validator(mode="after")
    def _shows_columns(self) -> About:
        """Refuse columns that there are not."""
        for name in self.show:
            if column(name) is None:
                raise Refusal(
                    "show", name, f"is not a measurement; {nearest(name, [c.name for c in COLUMNS])}"
                )
        return self


class Variation(Fields):
    """One experiment of a file that compares: a name and what it sets differently."""

    name: str = field(..., "name", "How claims and plots call it.", min_length=1)
    set: dict[str, Any] = field({}, "set", "Dotted paths and their values.")


class Document(Fields):
    """Everything an experiment file says, checked."""

    base: Experiment
    about: About = About()
    variations: tuple[Variation, ...] = ()
    edits: tuple[EditSpec, ...] = ()
    """What runs take on their way, at the steps at which another run took it live."""
    claims: tuple[Claim, ...] = ()
    sweep: SweepSpec | None = None
    """Where it is a map, not a run."""
    folder: Path | None = None
    """Where relative paths start; None: the working folder."""

    def experiments(self) -> dict[str, Experiment]:
        """Return every experiment by name, in order; the only one of a simple file is named ''."""
        return dict(_experiments(self))

    def edits_of(self, name: str) -> tuple[EditSpec, ...]:
        """Return what a run of one of its experiments takes on its way."""
        return tuple(edit for edit in self.edits if edit.run == name)

    def with_edits_of(self, name: str, edits: tuple[EditSpec, ...]) -> Document:
        """Return the document with these edits, and no others, for one of its experiments."""
        others = tuple(edit for edit in self.edits if edit.run != name)
        return self.model_copy(update={"edits": (*others, *edits)})._map_or_run()

    def with_base(self, base: Experiment) -> Document:
        """Return the document with another base experiment, checked with its variations."""
        document = self.model_copy(update={"base": base})._map_or_run()
        document.experiments()
        return document

    @property
    def replicas_for_seeds(self) -> int:
        """Return how many replicas become seeds where it becomes a map; 1 where it is one, or its replicas vary."""
        return 1 if self.sweep is not None or self.base.vary else self.base.replicas

    def with_sweep(self, sweep: SweepSpec | None) -> Document:
        """Return the document as a map with these axes, or as a run; what becomes a map has seeds in place of replicas.

        Raises:
            Refusal: where it is several runs already, or does not take an axis.
        """
        changed: dict[str, Any] = {"sweep": sweep}
        if sweep is None:
            changed["claims"] = tuple(claim for claim in self.claims if not claim.about_a_map)
        elif self.replicas_for_seeds > 1:
            changed["sweep"] = sweep.model_copy(update={"seeds": self.replicas_for_seeds})
            changed["base"] = self.base.model_copy(update={"replicas": 1})
        document = self.model_copy(update=changed)
        _check_sweep(document)
        return document

    def _map_or_run(self) -> Document:
        """Return the document without its map where it says several runs otherwise: a file is one or the other."""
        if self.sweep is None or not _several(self):
            return self
        claims = tuple(claim for claim in self.claims if not claim.about_a_map)
        return self.model_copy(update={"sweep": None, "claims": claims})

    def with_values(self, values: Mapping[str, Any]) -> Document:
        """Return the document with dotted paths set in each of its experiments, over what a variation sets.

        Raises:
            Refusal: where a value is not allowed in one of them.
        """
        if not values:
            return self
        wanted = {name: with_values(experiment, values) for name, experiment in self.experiments().items()}
        try:
            base = with_values(self.base, values)
        except Refusal:
            if not self.variations:
                raise
            base = self.base  # the variations may be of another kind, which has the field
        variations = tuple(
            v if with_values(base, v.set) == wanted[v.name] else variation_of(v.name, base, wanted[v.name])
            for v in self.variations
        )
        return self.model_copy(update={"base": base, "variations": variations})


def _known_of_latest(make: Callable[[Document], T]) -> Callable[[Document], T]:
    """Keep what was made of the latest document: all runs of a file ask for the same, one after the other."""
    latest: tuple[Document, T] | None = None

    @wraps(make)
    def known(document: Document) -> T:
        nonlocal latest
        kept = latest
        if kept is None or kept[0] is not document:
            kept = latest = (document, make(document))
        return kept[1]

    return known


@_known_of_latest
def _experiments(document: Document) -> Mapping[str, Experiment]:
    if not document.variations:
        return {"": document.base}
    return {v.name: with_values(document.base, v.set) for v in document.variations}


_COPY = "\u2063copy {}\u2063"
"""Stands for an embedded file while a document is written."""
_SECTIONS = ("plug_ins", "about", "experiments", "edits", "claims", "sweep")


def document_from(tables: Mapping[str, Any], folder: Path | None = None) -> Document:
    """Check the tables of an experiment file.

    Raises:
        Refusal: with the first field that is wrong, its value and what is allowed.
    """
    check_version(tables)
    known = [*Experiment.model_fields, *_SECTIONS]
    for key in tables:
        if key not in known:
            raise Refusal(key, None, f"is not a known field; {nearest(key, known)}")
    missing = missing_of(tables.get("plug_ins", {}), ON)
    if missing:
        expect_columns(tables)
    with reading(bool(missing)):
        return _document_from(tables, missing, folder)


def _document_from(tables: Mapping[str, Any], missing: Mapping[str, str], folder: Path | None) -> Document:
    base = experiment_from(with_absent({k: v for k, v in tables.items() if k not in _SECTIONS}, missing))
    about = _checked(About, tables.get("about", {}), "about")
    variations = tuple(
        _checked(Variation, variation_with_absent(table, missing), f"experiments[{i}]")
        for i, table in enumerate(_tables(tables, "experiments"))
    )
    edits = tuple(
        _checked(EditSpec, table, f"edits[{i}]") for i, table in enumerate(_tables(tables, "edits"))
    )
    claims = tuple(
        _checked(Claim, table, f"claims[{i}]") for i, table in enumerate(_tables(tables, "claims"))
    )
    document = Document(
        base=base,
        about=about,
        variations=variations,
        edits=edits,
        claims=claims,
        sweep=_sweep(tables["sweep"]) if "sweep" in tables else None,
        folder=folder,
    )
    _check_sweep(document)
    _check_names(document)
    _check_edits(document)
    return document


def _tables(given: Mapping[str, Any], name: str) -> list[Any]:
    tables = given.get(name, [])
    if not isinstance(tables, list):
        raise Refusal(name, None, f"must be a list of tables, written [[{name}]]")
    return tables


def _checked(model: type[F], given: Any, prefix: str) -> F:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise refusals(error, model, prefix)[0] from None


def _sweep(given: Any) -> SweepSpec:
    """Check a map; its axes first, each for itself."""
    axes = given.get("axes") if isinstance(given, Mapping) else None
    for i, table in enumerate(axes if isinstance(axes, list) else []):
        _checked(SweepAxis, table, f"sweep.axes[{i}]")
    return _checked(SweepSpec, given, "sweep")


NOT_OF_MAPS = {
    "vary": "an axis has values that vary",
    "replicas": "`seeds` there says how often each point is trained",
    "edits": "a point is trained as it begins",
    "experiments": "an axis may have whole tables as its values",
}
"""What says several runs, or one that changes on its way, and what a map has in its place."""


def _several(document: Document) -> list[str]:
    """Return by which fields a document is several runs, or one that changes on its way."""
    said = {
        "vary": bool(document.base.vary),
        "replicas": document.base.replicas > 1,
        "edits": bool(document.edits),
        "experiments": bool(document.variations),
    }
    return [name for name, there in said.items() if there]


def _check_sweep(document: Document) -> None:
    """Refuse a map that is several runs already, and axes that do not fit its experiment."""
    for i, claim in enumerate(document.claims):
        paths = [] if document.sweep is None else [axis.path for axis in document.sweep.axes]
        if claim.over and claim.over not in paths:
            why = nearest(claim.over, paths) if paths else "this file is no map: it has no [sweep]"
            raise Refusal(f"claims[{i}].over", claim.over, f"is not an axis; {why}")
        if claim.check == "share" and document.sweep is None:
            raise Refusal(
                f"claims[{i}].check", claim.check, "is about a map's points, and this file has no [sweep]"
            )
    if document.sweep is None:
        return
    for name in _several(document):
        raise Refusal(name, None, f"does not go with [sweep]: {NOT_OF_MAPS[name]}; take it out")
    grid = Grid.of(document.base, document.sweep)
    for i, claim in enumerate(document.claims):
        for path, value in claim.at.items():
            if path not in grid.paths:
                raise Refusal(f"claims[{i}].at", path, f"is not an axis; {nearest(path, grid.paths)}")
            if value not in grid.axes[grid.paths.index(path)]:
                raise Refusal(f"claims[{i}].at.{path}", value, "is not among the values of that axis")


def _check_names(document: Document) -> None:
    """Refuse two experiments of one name, wrong settings, and claims about experiments that are not there."""
    names = [v.name for v in document.variations]
    for i, variation in enumerate(document.variations):
        if names.count(variation.name) > 1:
            raise Refusal(
                f"experiments[{i}].name", variation.name, "is used twice; names tell experiments apart"
            )
        try:
            with_values(document.base, variation.set)
        except Refusal as refusal:
            raise Refusal(f"experiments[{i}].set.{refusal.field}", refusal.value, refusal.remedy) from None
    for i, claim in enumerate(document.claims):
        for where, name in (("run", claim.run), *(("compare", n) for n in claim.compare or ())):
            if name and name not in names:
                raise Refusal(
                    f"claims[{i}].{where}", name, f"is not an experiment of this file; {nearest(name, names)}"
                )


def _check_edits(document: Document) -> None:
    """Refuse edits of experiments that are not there, and those that a run could not take."""
    experiments = document.experiments()
    called = {
        name: [(f"edits[{i}]", e) for i, e in enumerate(document.edits) if e.run == name]
        for name in experiments
    }
    for i, edit in enumerate(document.edits):
        if edit.run not in experiments:
            remedy = "names no experiment of this file"
            if experiments.keys() != {""}:
                remedy = f"must name an experiment of this file; {nearest(edit.run, list(experiments))}"
            raise Refusal(f"edits[{i}].run", edit.run, remedy)
    for name, experiment in experiments.items():
        check_edits(experiment, called[name])


def parse(text: str, folder: Path | None = None) -> Document:
    """Read an experiment file's text."""
    return document_from(tables_from(text), folder)


def title_of(text: str) -> str:
    """Return the title that an experiment file's text gives, and read little more of it.

    Raises:
        Refusal: where it is no experiment file.
    """
    head = text.partition("\n[")[0]  # what has no table of its own stands before the first one
    try:
        title = tables_from(head).get("title", "")
    except Refusal:  # it ended within a value
        title = tables_from(text).get("title", "")
    return title if isinstance(title, str) else ""


def load(path: Path) -> Document:
    """Read an experiment file.

    Raises:
        Refusal: where the file is missing, not TOML, or says something wrong.
    """
    shown = path_in_words(path)
    try:
        text = read_text(path, shown)
    except FileNotFoundError:
        raise Refusal("", shown, "does not exist; name an experiment file or a preset's id") from None
    except (OSError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        words = getattr(error, "strerror", None) or str(error)
        raise Refusal("", shown, f"cannot be read as an experiment file: {words}") from None
    return parse(text, path.resolve().parent)


@dataclass(frozen=True)
class DocumentRef:
    """One experiment of a document on its way: text, as every process and file takes it."""

    text: str
    """The document as TOML."""
    name: str = ""
    """Which of its experiments; '' for the only one."""
    folder: str | None = None
    """Where relative paths start."""
    known: KnownData = NOTHING_KNOWN
    """What is known of the data, where it ran before."""

    @classmethod
    def of(cls, document: Document, name: str = "", known: KnownData = NOTHING_KNOWN) -> DocumentRef:
        """Write a document down."""
        return cls(to_toml(document), name, None if document.folder is None else str(document.folder), known)

    @property
    def path(self) -> Path | None:
        """Where relative paths start."""
        return Path(self.folder) if self.folder else None

    def document(self) -> Document:
        """Read the document.

        Raises:
            Refusal: where it says something wrong.
        """
        return _read(self.text, self.path)

    def experiment(self) -> Experiment:
        """Read the experiment.

        Raises:
            Refusal: where the document says something wrong, or has no experiment of this name.
        """
        experiments = self.document().experiments()
        if self.name not in experiments:
            raise Refusal(
                "", self.name, f"is not an experiment of this file; {nearest(self.name, experiments)}"
            )
        return experiments[self.name]


@lru_cache(maxsize=4)
def _read(text: str, folder: Path | None) -> Document:
    """Read a document that several ask for, one after the other."""
    return parse(text, folder)


def tables_of(document: Document) -> dict[str, Any]:
    """Return what the document says, without what it leaves at the defaults."""
    base = document.base
    tables: dict[str, Any] = {"version": base.version}
    plug_ins = named_by(document.experiments().values())
    if plug_ins:
        tables["plug_ins"] = plug_ins
    tables |= {k: v for k, v in sparse(base).items() if k != "version"}
    if base.vary:
        tables.pop("replicas", None)
    about = sparse(document.about)
    if about:
        tables["about"] = about
    if document.variations:
        tables["experiments"] = [
            {"name": v.name, "set": {path: as_it_was(value) for path, value in plain(v.set).items()}}
            for v in document.variations
        ]
    if document.edits:
        tables["edits"] = [sparse(edit) for edit in document.edits]
    if document.sweep is not None:
        tables["sweep"] = sparse(document.sweep) | {"axes": [sparse(axis) for axis in document.sweep.axes]}
    if document.claims:
        tables["claims"] = [sparse(claim) for claim in document.claims]
    return tables


@_known_of_latest
def to_toml(document: Document) -> str:
    """Write the document as the text of an experiment file; `parse` gives the same document back."""
    copies: list[str] = []
    text = tomli_w.dumps(_without_copies(tables_of(document), copies), multiline_strings=True)
    for number, copy in enumerate(copies):
        text = text.replace(f'"{_COPY.format(number)}"', f"'{copy}'", 1)
    return text


def _without_copies(value: Any, copies: list[str]) -> Any:
    """Return tables with marks in place of embedded files, which are noted: TOML's writer takes long for them."""
    if isinstance(value, Mapping):
        return {
            k: _mark(v, copies) if k.endswith("embedded") and v else _without_copies(v, copies)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [_without_copies(v, copies) for v in value]
    return Written(value) if isinstance(value, float) else value


def _mark(copy: Any, copies: list[str]) -> Any:
    if not isinstance(copy, str) or "'" in copy or not copy.isprintable():
        return copy
    copies.append(copy)
    return _COPY.format(len(copies) - 1)


def variation_of(name: str, base: Experiment, wanted: Experiment) -> Variation:
    """Return the variation that makes `wanted` of the base, whole tables at a time.

    Not dotted paths: TOML keeps no order between a table and a path into it, and has no word for 'none'.
    """
    tables = {key: value for key, value in wanted.model_dump(exclude_none=True).items() if key != "version"}
    differing = {key: value for key, value in tables.items() if getattr(base, key) != getattr(wanted, key)}
    if wanted.vary:
        differing.pop("replicas", None)  # vary sets it
    return Variation(name=name, set=differing)
