"""The experiment: the complete, frozen description of one training, and how one of its replicas is described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, ValidationError, model_validator

from ..errors import Refusal, nearest
from .data import DATA_KINDS, DataChoice
from .fields import Fields, Kind, about, field
from .losses import LossSpec
from .measure import MeasureSpec
from .networks import NETWORK_KINDS, ConvSpec, MlpSpec, NetworkChoice
from .optimizers import OPTIMIZER_KINDS, STEP_KINDS, OptimizerChoice
from .run import RunSpec
from .structure import Ends, layer_names, structure
from .validation import refusals

VERSION = 1
CHOICES: dict[str, Mapping[str, type[Kind]]] = {
    "data": DATA_KINDS,
    "network": NETWORK_KINDS,
    "optimizer": OPTIMIZER_KINDS,
    "optimizer.step": STEP_KINDS,
}
"""Every choice among kinds, by its dotted path."""
UNSCALED_STEPS = ("constant", "power")
"""The step rules that make sense where every step has the same length."""


class Experiment(Fields):
    """Data, network, loss, optimizer, measurements, length and seed: everything that decides a run's records."""

    version: Literal[1] = field(..., "version", "Version of the file format.")
    title: str = field("", "title", "What people call it.")
    seed: int = field(0, "seed", "Initialisation and sampling; replica r uses seed + r.", ge=0)
    replicas: int = field(1, "replicas", "Trainings side by side in one run, each with its own seed.", ge=1)
    vary: dict[str, list[Any]] = field(
        {},
        "vary",
        "One value per replica for a dotted path; several lists are zipped. Replica r keeps its own seed, seed + r.",
    )
    data: DataChoice
    network: NetworkChoice
    loss: LossSpec
    optimizer: OptimizerChoice
    measure: MeasureSpec = field(MeasureSpec(), "measurements", "What is recorded, and how often.")
    run: RunSpec = field(RunSpec(), "run", "How long and where.")

    @model_validator(mode="before")
    @classmethod
    def _vary_sets_replicas(cls, said: Any) -> Any:
        """Let a `vary` list set the number of replicas; refuse a pair of lists that disagree."""
        if not isinstance(said, dict) or not isinstance(said.get("vary"), dict) or not said["vary"]:
            return said
        lengths = {}
        for path, values in said["vary"].items():
            if not isinstance(values, (list, tuple)) or not values:
                raise Refusal(f"vary.{path}", values, "must be a list with one value per replica")
            lengths[path] = len(values)
        (first, count), *others = lengths.items()
        for path, length in others:
            if length != count:
                raise Refusal(
                    f"vary.{path}", said["vary"][path], f"has {length} values where {first} has {count}"
                )
        if said.get("replicas", 1) not in (1, count):
            raise Refusal(
                "replicas",
                said["replicas"],
                f"does not fit vary, which lists {count} values; leave replicas out",
            )
        return {**said, "replicas": count}

    @model_validator(mode="after")
    def _pairs_fit(self) -> Experiment:
        """Refuse a step rule that the optimizer does not take, layers that are not there, and wrong `vary` paths."""
        optimizer = self.optimizer
        if optimizer.step.kind not in optimizer.steps:
            allowed = ", ".join(optimizer.steps)
            raise Refusal(
                "optimizer.step.kind",
                optimizer.step.kind,
                f"does not go with {optimizer.kind}; allowed: {allowed}",
            )
        self._check_geometry()
        self._check_network()
        for path, values in self.vary.items():
            self._check_varied(path, values)
        return self

    def _check_geometry(self) -> None:
        """Refuse step rules in a geometry, or for a network, that they are not made for."""
        optimizer, rule = self.optimizer, self.optimizer.step.kind
        if optimizer.kind == "steepest" and not optimizer.scaled and rule not in UNSCALED_STEPS:
            allowed = ", ".join(UNSCALED_STEPS)
            raise Refusal(
                "optimizer.step.kind", rule, f"does not go with steps that are not scaled; allowed: {allowed}"
            )
        if rule != "theory":
            return
        if optimizer.geometry != "l2":
            raise Refusal(
                "optimizer.step.kind", rule, "is a condition for gradient descent; set optimizer.norm to l2"
            )
        shape = structure(self.network, Ends(2, 1))
        if shape.degree is None:
            raise Refusal(
                "optimizer.step.kind", rule, f"needs a homogeneous network, and {shape.why_not}; take safe"
            )

    def _check_network(self) -> None:
        """Refuse layers without units, layers that are not there, and what cannot be symmetrized."""
        network = self.network
        for name, what in (
            ("widths", "a layer has at least 1 unit"),
            ("channels", "a layer has at least 1 map"),
        ):
            for size in getattr(network, name, ()):
                if size < 1:
                    raise Refusal(f"network.{name}", size, f"is too small; {what}")
        if network.train != "all":
            names = layer_names(network)
            if not network.train:
                raise Refusal("network.train", [], "is empty; name at least one layer or say 'all'")
            for name in network.train:
                if name not in names:
                    raise Refusal("network.train", name, f"is not a layer; {nearest(name, names)}")
        if (
            isinstance(network, MlpSpec | ConvSpec)
            and network.init.symmetrized
            and not (network.widths and network.widths[-1] % 2 == 0)
        ):
            raise Refusal("network.init.symmetrized", True, "needs a last hidden layer of even width")

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
                found = refusals(error, Experiment)[0]
                raise Refusal(f"vary.{path}", found.value, found.remedy) from None

    def replica(self, r: int) -> Experiment:
        """Return the experiment whose run equals replica r of this one, to rounding."""
        said = {**self.model_dump(), "vary": {}, "replicas": 1, "seed": self.seed + r}
        for path, values in self.vary.items():
            said = with_value(said, path, values[r])
        return Experiment.model_validate(said)

    def members(self) -> list[Experiment]:
        """Return the experiment of every replica, in order."""
        return [self.replica(r) for r in range(self.replicas)]


def experiment_from(said: Mapping[str, Any]) -> Experiment:
    """Check a table and return the experiment it describes.

    Raises:
        Refusal: with the first field that is wrong, its value and what is allowed.
    """
    if "version" in said and (said["version"] != VERSION or isinstance(said["version"], bool)):
        raise Refusal("version", said["version"], f"is not known to this lab; allowed: {VERSION}")
    try:
        return Experiment.model_validate(dict(said))
    except ValidationError as error:
        raise refusals(error, Experiment)[0] from None


def with_value(said: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy of nested tables with one dotted path set."""
    head, _, rest = path.partition(".")
    copy = dict(said)
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
    said: dict[str, Any] = experiment.model_dump()
    for path, value in sorted(changes.items(), key=_outermost_first):
        parent, _, leaf = path.rpartition(".")
        if leaf == "kind" and parent in CHOICES:
            said = with_value(said, parent, _chosen(parent, value, _table_at(said, parent)))
        elif path == "vary":
            said = {**said, "vary": value, "replicas": said["replicas"] if not value else 1}
        else:
            said = with_value(said, path, value)
    return experiment_from(said)


def _outermost_first(change: tuple[str, Any]) -> tuple[int, bool]:
    path = change[0]
    return path.count("."), not path.endswith(".kind")


def _chosen(parent: str, kind: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of another kind: what it takes over from the one before, and its own defaults."""
    model = CHOICES[parent].get(kind) if isinstance(kind, str) else None
    if model is None:
        raise Refusal(f"{parent}.kind", kind, f"is not a known kind; {nearest(str(kind), CHOICES[parent])}")
    kept = carried_over(before, CHOICES[parent].get(str(before.get("kind"))), model)
    if "step" in kept and kept["step"]["kind"] not in getattr(model, "steps", ()):
        del kept["step"]
    return {**kept, "kind": kind}


def carried_over(
    before: Mapping[str, Any], old: type[BaseModel] | None, new: type[BaseModel]
) -> dict[str, Any]:
    """Return what a kind takes over from the one before: shared fields that were set, with values it allows.

    A number that nobody set is no wish: 24 points, a circle's default, say nothing about spirals.
    """
    kept = {name: value for name, value in before.items() if name in new.model_fields and name != "kind"}
    at_first = {name: info.default for name, info in old.model_fields.items()} if old is not None else {}
    kept = {name: value for name, value in kept.items() if name not in at_first or value != at_first[name]}
    if getattr(new, "own_split", False):
        kept.pop("test_fraction", None)
    try:
        new.model_validate({**kept, "kind": get_args(new.model_fields["kind"].annotation)[0]})
    except ValidationError as error:
        wrong = {item["loc"][0] for item in error.errors()}
        kept = {name: value for name, value in kept.items() if name not in wrong}
    return kept


def _table_at(said: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    table: Any = said
    for part in path.split("."):
        table = table.get(part, {}) if isinstance(table, Mapping) else {}
    return table if isinstance(table, Mapping) else {}


def field_at(experiment: Experiment, path: str, said_as: str = "") -> tuple[type[BaseModel], str]:
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
                said_as or path,
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
