"""What a user may claim about a run's records."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Strict, model_validator

from ..words.errors import Refusal, nearest
from .columns import COLUMNS, column
from .fields import Fields, Names, field

Check = Literal[
    "non_decreasing",
    "final",
    "always",
    "peak",
    "fall",
    "ratio",
    "order",
    "slope",
    "drift",
    "shrinking",
    "length",
    "growth",
    "share",
]
Bound = float | str | None
EVENTS = ("separated", "fitted", "late_stage", "strongly_separated", "handover", "diverged")
EVENT_STEPS = tuple(f"{event}_step" for event in EVENTS)
"""What a claim about a map may be of besides measurements: the steps of events."""
COMPARING = ("ratio", "order")
"""The checks that compare two experiments."""
OF_A_MAP = ("order", "slope")
"""The checks that can go along an axis of a map."""
NEED_BOUNDS = ("final", "always", "peak", "fall", "ratio", "slope", "drift", "growth", "share")

FINITE = 0.88
"""How much a doubling of the steps may add to a path of finite length, of what the one before added."""


class Claim(Fields):
    """A checkable sentence. Bounds are numbers or names of columns."""

    text: str = field(..., "claim", "The sentence people read.", min_length=1)
    check: Check = field(..., "check", "What is computed from the column.")
    of: str = field("", "column", "The measurement that is judged.")
    run: str = field("", "experiment", "Which experiment of the file; empty: the only or first one.")
    compare: Annotated[tuple[str, str], Strict(False)] | None = field(
        None,
        "compare",
        "Two experiments for ratio and order: the first's final value over, or above, the second's.",
    )
    against: str = field("step", "against", "The column that a slope is taken against.")
    after: Literal["start", "separated", "fitted"] | int = field("start", "after", "Judged from there on.")
    at_least: Bound = field(None, "at least", "Lower bound.")
    at_most: Bound = field(None, "at most", "Upper bound.")
    target: float | None = field(None, "target", "The value it should have.")
    tolerance: float = field(0.0, "tolerance", "Distance from the target, or largest relative drop.", ge=0)
    expect: Literal["holds", "fails", "void"] = field(
        "holds", "expected verdict", "Some claims are there to fail."
    )
    over: str = field(
        "",
        "over",
        "The axis of a map along which order and slope are judged, the median over seeds at each value.",
    )
    at: dict[str, Any] = field(
        {},
        "at",
        "Values of axes of a map: the claim is about the points that have these, and no others.",
    )
    requires: Names = field((), "requires", "Events that must have happened, else the claim is void.")

    @model_validator(mode="after")
    def _is_complete(self) -> Claim:
        """Refuse a claim that leaves out what its check compares."""
        if not self.of:
            raise Refusal("of", None, "is missing; name the column that is judged")
        judged = () if self.about_a_map and self.of in EVENT_STEPS else (("of", self.of),)
        for name, chosen in (*judged, ("against", self.against), *self._column_bounds()):
            _check_column(name, chosen)
        for event in self.requires:
            if event.removesuffix("_step") not in EVENTS:
                raise Refusal("requires", event, f"is not an event; {nearest(event, EVENTS)}")
        if self.over and self.check not in OF_A_MAP:
            raise Refusal("over", self.over, f"goes with {' and '.join(OF_A_MAP)} alone")
        if self.at and not self.about_a_map:
            raise Refusal("at", None, "goes with over and with share alone, which are about a map")
        if self.check in COMPARING and self.compare is None and not self.over:
            raise Refusal("compare", None, f"is missing; {self.check} compares two experiments")
        bounded = self.at_least is not None or self.at_most is not None or self.target is not None
        if self.check in NEED_BOUNDS and not bounded:
            raise Refusal("at_least", None, f"is missing; {self.check} needs at_least, at_most or a target")
        return self

    @property
    def about_a_map(self) -> bool:
        """Say whether it is about the points of a map together, not about each of them."""
        return bool(self.over) or self.check == "share"

    @property
    def pair(self) -> tuple[str, ...] | None:
        """Return the experiments that it compares; None where it is about one alone."""
        return self.compare if self.check in COMPARING else None

    @property
    def judged(self) -> str:
        """Return all that decides its verdict, as JSON: not what people read, nor how it is expected to end."""
        return self.model_dump_json(exclude={"text", "expect"})

    def _column_bounds(self) -> list[tuple[str, str]]:
        bounds = (("at_least", self.at_least), ("at_most", self.at_most))
        return [(name, bound) for name, bound in bounds if isinstance(bound, str)]


def _check_column(field_name: str, name: str) -> None:
    if name != "step" and column(name) is None:
        raise Refusal(field_name, name, f"is not a measurement; {nearest(name, [c.name for c in COLUMNS])}")
