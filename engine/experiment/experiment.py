"""The experiment: the complete, frozen description of one training, and how one of its replicas is described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ValidationError, model_validator

from ..words.errors import Refusal, nearest
from .choices import CHOICES
from .data import DataChoice
from .fields import Fields, Kind, about, field
from .losses import LossSpec
from .measure import MeasureSpec
from .networks import NetworkChoice
from .optimizers import OptimizerChoice
from .plug_ins.absent import is_absent, why_absent
from .run import RunSpec
from .structure import Ends, layer_names, structure
from .validation import refusals, remedy_of_kind

VERSION = 1


class Experiment(Fields):
    """Data, network, loss, optimizer, measurements, length and seed: everything that decides a run's records."""

    version: Literal[1] = field(..., "version", "Version of the file format.")
    title: str = field("", "title", "What people call it.")
    seed: int = field(0, "seed", "Initialisation and sampling; replica r uses seed + r.", ge=0, varies=True)
    replicas: int = field(1, "replicas", "Trainings side by side in one run, each with its own seed.", ge=1)
    vary: dict[str, list[Any]] = field(
        {},
        "vary",
        "One value per replica for a dotted path; several lists are zipped. Replica r keeps its own seed, seed + r, "
        "where no list says the seeds.",
    )
    data: DataChoice
    network: NetworkChoice
    loss: LossSpec
    optimizer: OptimizerChoice
    measure: MeasureSpec = field(MeasureSpec(), "measurements", "What is recorded, and how often.")
    run: RunSpec = field(RunSpec(), "run", "How long and where.")

    @model_validator(mode="before")
    @classmethod
    def _vary_sets_replicas(cls, tables: Any) -> Any:
        """Let a `vary` list set the number of replicas; refuse a pair of lists that disagree."""
        if not isinstance(tables, dict) or not isinstance(tables.get("vary"), dict) or not tables["vary"]:
            return tables
        lengths = {}
        for path, values in tables["vary"].items():
            if not isinstance(values, (list, tuple)) or not values:
                raise Refusal(f"vary.{path}", values, "must be a list with one value per replica")
            lengths[path] = len(values)
        (first, count), *others = lengths.items()
        for path, length in others:
            if length != count:
                raise Refusal(
                    f"vary.{path}", tables["vary"][path], f"has {length} values where {first} has {count}"
                )
        if tables.get("replicas", 1) not in (1, count):
            raise Refusal(
                "replicas",
                tables["replicas"],
                f"does not fit vary, which lists {count} values; leave replicas out",
            )
        return {**tables, "replicas": count}

    @model_validator(mode="after")
    def _pairs_fit(self) -> Experiment:
        """Refuse a step rule that the optimizer does not take, layers that are not there, and wrong `vary` paths."""
        self._check_step()
        self._check_linear()
        self.network.check()
        self._check_trained()
        for path, values in self.vary.items():
            self._check_varied(path, values)
        return self

    def _check_step(self) -> None:
        """Refuse step rules with an optimizer, or for a network, that they are not made for."""
        step, why_not = self.optimizer.step, self.optimizer.why_not_step()
        if not why_not and step.needs_degree:
            shape = structure(self.network, Ends(2, 1))
            if shape.degree is None:
                why_not = f"needs a homogeneous network, and {shape.why_not}; take safe"
        if why_not:
            raise Refusal("optimizer.step.kind", step.kind, why_not)

    def _check_linear(self) -> None:
        """Refuse an optimizer that is made for linear models on another network."""
        if self.optimizer.of_directions:
            self._check_direction()
        if not self.optimizer.linear_only:
            return
        shape = structure(self.network, Ends(2, 1))
        if not (shape.chain and shape.linear and len(shape.layers) == 1 and shape.generalises):
            raise Refusal(
                "optimizer.kind",
                self.optimizer.kind,
                "is for linear models, whose limit is known; take steepest with norm lp, or a dense network with "
                "widths []",
            )

    def _check_direction(self) -> None:
        """Refuse an optimizer of directions on a network that has no degree, or at a start that has no direction."""
        kind, network = self.optimizer.kind, self.network
        shape = structure(network, Ends(2, 1))
        if shape.opaque or shape.degree is None:
            why = "a plug-in's network does not say where its units bend" if shape.opaque else shape.why_not
            raise Refusal(
                "optimizer.kind", kind, f"is for homogeneous networks, and {why}; take flow or steepest"
            )
        if getattr(network, "pool", "") == "max":
            remedy = f"chooses among pixels, and {kind} follows both sides of units' kinks alone; take average or none"
            raise Refusal("network.pool", "max", remedy)
        init = getattr(network, "init", None)
        if init is not None and init.kind == "zeros":
            remedy = "is no start for margin-flow, which moves a direction, and 0 has none; take normal"
            raise Refusal("network.init.kind", init.kind, remedy)

    def _check_trained(self) -> None:
        """Refuse to train layers that are not there."""
        network = self.network
        if network.train == "all":
            return
        names = layer_names(network)
        if not network.train:
            raise Refusal("network.train", [], "is empty; name at least one layer or say 'all'")
        for name in network.train:
            if name not in names:
                raise Refusal("network.train", name, f"is not a layer; {nearest(name, names)}")

    def _check_varied(self, path: str, values: list[Any]) -> None:
        owner, name = field_at(self, path, f"vary.{path}")
        if not about(owner, name).get("varies"):
            raise Refusal(
                f"vary.{path}",
                None,
                "cannot differ between replicas; it would change shapes, or the run itself",
            )
        plain = {**self.model_dump(), "vary": {}, "replicas": 1}
        for value in values:
            try:
                Experiment.model_validate(with_value(plain, path, value))
            except ValidationError as error:
                refusal = refusals(error, Experiment)[0]
                raise Refusal(f"vary.{path}", refusal.value, refusal.remedy) from None

    def refuse_absent(self) -> None:
        """Refuse to be trained where a plug-in is not there.

        Raises:
            Refusal: with the plug-in.
        """
        for part in ("data", "network", "optimizer"):
            if is_absent(getattr(self, part)):
                raise why_absent(part, getattr(self, part))

    def replica(self, r: int) -> Experiment:
        """Return the experiment whose run equals replica r of this one, to rounding."""
        return self._replica(r, self.model_dump())

    def members(self) -> list[Experiment]:
        """Return the experiment of every replica, in order."""
        shared = self.model_dump()
        return [self._replica(r, shared) for r in range(self.replicas)]

    def _replica(self, r: int, shared: Mapping[str, Any]) -> Experiment:
        tables = {**shared, "vary": {}, "replicas": 1, "seed": self.seed + r}
        for path, values in self.vary.items():
            tables = with_value(tables, path, values[r])
        return Experiment.model_validate(tables)


def check_version(tables: Mapping[str, Any]) -> None:
    """Refuse a file of another version; before all else, for its fields may be others, too.

    Raises:
        Refusal: where it says another one.
    """
    version = tables.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise Refusal(
            "version",
            version,
            f"was made by a newer lab; this one reads version {VERSION}: install the newest",
        )
    if version != VERSION or isinstance(version, bool):
        raise Refusal("version", version, f"is not known to this lab; allowed: {VERSION}")


def experiment_from(tables: Mapping[str, Any]) -> Experiment:
    """Check a table and return the experiment it describes.

    Raises:
        Refusal: with the first field that is wrong, its value and what is allowed.
    """
    check_version(tables)
    try:
        return Experiment.model_validate(dict(tables))
    except ValidationError as error:
        raise refusals(error, Experiment)[0] from None


def with_value(tables: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of nested tables with one dotted path set."""
    head, _, rest = path.partition(".")
    copy = dict(tables)
    if not rest:
        copy[head] = value
        return copy
    inner = copy.get(head)
    copy[head] = with_value(inner if isinstance(inner, Mapping) else {}, rest, value)
    return copy


def with_values(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Return the experiment with dotted paths set, judged like a file; tables first, then what lies within them.

    Setting a `kind` keeps what was set of the fields that the new kind shares and allows; its others start from
    their defaults.
    """
    tables: dict[str, Any] = experiment.model_dump()
    for path, value in sorted(changes.items(), key=_outermost_first):
        parent, _, leaf = path.rpartition(".")
        if leaf == "kind" and parent in CHOICES:
            tables = with_value(tables, parent, _chosen(parent, value, _table_at(tables, parent)))
        elif path == "vary":
            tables = {**tables, "vary": value, "replicas": tables["replicas"] if not value else 1}
        else:
            tables = with_value(tables, path, value)
    return experiment_from(tables)


def _outermost_first(change: tuple[str, Any]) -> tuple[int, bool]:
    path = change[0]
    return path.count("."), not path.endswith(".kind")


def _chosen(parent: str, kind: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of another kind: what it takes over from the one before, and its own defaults."""
    model = CHOICES[parent].get(kind) if isinstance(kind, str) else None
    if model is None:
        remedy = remedy_of_kind(parent, str(kind), CHOICES[parent])
        raise Refusal(f"{parent}.kind", kind, f"is not a known kind; {remedy}")
    kept = carried_over(before, CHOICES[parent].get(str(before.get("kind"))), model)
    return {**kept, "kind": kind}


def carried_over(before: Mapping[str, Any], old: type[Kind] | None, new: type[Kind]) -> dict[str, Any]:
    """Return what a kind takes over from the one before: shared fields that were set, with values it allows.

    A number that nobody set is no wish: 24 points, a circle's default, say nothing about spirals.
    """
    kept = {name: value for name, value in before.items() if name in new.model_fields and name != "kind"}
    at_first = {name: info.default for name, info in old.model_fields.items()} if old is not None else {}
    kept = {name: value for name, value in kept.items() if name not in at_first or value != at_first[name]}
    kept = new.accepted(kept)
    try:
        new.model_validate({**kept, "kind": new.name()})
    except ValidationError as error:
        wrong = {item["loc"][0] for item in error.errors()}
        kept = {name: value for name, value in kept.items() if name not in wrong}
    return kept


def _table_at(tables: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    table: Any = tables
    for part in path.split("."):
        table = table.get(part, {}) if isinstance(table, Mapping) else {}
    return table if isinstance(table, Mapping) else {}


def field_at(experiment: Experiment, path: str, called: str = "") -> tuple[type[BaseModel], str]:
    """Return the model and the field's name that a dotted path leads to, in this experiment's own kinds.

    Raises:
        Refusal: with the nearest valid name where the path leads nowhere.
    """
    model: Any = experiment
    parts = path.split(".")
    for i, part in enumerate(parts):
        names = list(getattr(type(model), "model_fields", {}))
        if part not in names:
            raise Refusal(
                called or path,
                None,
                f"is not a known field; {nearest('.'.join(parts[: i + 1]), _dotted(parts[:i], names))}",
            )
        if i < len(parts) - 1:
            model = getattr(model, part)
    return type(model), parts[-1]


def value_at(experiment: Experiment, path: str) -> Any:
    """Return the value at a dotted path."""
    value: Any = experiment
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _dotted(parents: list[str], names: list[str]) -> list[str]:
    return [".".join([*parents, name]) for name in names]
