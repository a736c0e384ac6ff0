"""The common base of everything a user may say, and the words that explain a field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field, Strict

# files give lists where a frozen model keeps tuples
Integers = Annotated[tuple[int, ...], Strict(False)]
Numbers = Annotated[tuple[float, ...], Strict(False)]
Names = Annotated[tuple[str, ...], Strict(False)]
Pair = Annotated[tuple[float, float], Strict(False)]


class Fields(BaseModel):
    """A frozen group of typed fields; unknown keys, wrong types, NaN and infinity are refused."""

    # built when first used: until then kinds can join the choices of a field
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class Kind(Fields):
    """One choice among several, told apart by its literal `kind`; what it says of itself is data."""

    if TYPE_CHECKING:
        kind: str  # a field of every kind, behind those that it shares with the others

    title: ClassVar[str]
    """The name people read in forms and plots."""
    help: ClassVar[str]
    """One or two sentences: what it is and when to choose it."""
    source: ClassVar[str] = ""
    """The paper it comes from."""
    last: ClassVar[tuple[str, ...]] = ()
    """Fields that forms show after all others, in this order."""

    @classmethod
    def name(cls) -> str:
        """Return the word that its `kind` allows."""
        return str(get_args(cls.model_fields["kind"].annotation)[0])

    @classmethod
    def takes(cls, field: str) -> tuple[str, ...] | None:
        """Return the kinds among which a field of it chooses, its default first; None: all that there are."""
        return None

    @classmethod
    def accepted(cls, shared: dict[str, Any]) -> dict[str, Any]:
        """Return what it takes over of the values of fields that it shares with the kind chosen before."""
        return shared


def field(
    default: Any,
    title: str,
    help: str,
    *,
    symbol: str = "",
    unit: str = "",
    live: bool = False,
    varies: bool = False,
    advanced: bool = False,
    choices: Sequence[Any] | Mapping[str, str] = (),
    only: Mapping[str, Any] | None = None,
    **limits: Any,
) -> Any:
    """Declare one field with what form, help text, command line and file header need to know.

    Args:
        default: its value where the user says nothing; `...` makes it required.
        title: the label people read.
        help: one sentence, what it does.
        symbol: the letter of the papers, as mathtext.
        unit: what a number counts.
        live: whether an edit applies to a run that is under way.
        varies: whether `vary` may give each replica its own value (shapes never depend on it).
        advanced: whether a form may hide it at first.
        choices: suggestions for a free value; a mapping gives the words that forms say for each.
        only: the value of another field of the same table beside which alone it counts; forms hide it else.
        **limits: pydantic's own (ge, gt, le, lt, min_length, strict).
    """
    extra: dict[str, Any] = {
        "symbol": symbol,
        "unit": unit,
        "live": live,
        "varies": varies,
        "advanced": advanced,
        "choices": list(choices),
        "words": dict(choices) if isinstance(choices, Mapping) else {},
        "only": dict(only or {}),
    }
    return Field(default, title=title, description=help, json_schema_extra=extra, **limits)


def about(model: type[BaseModel], name: str) -> dict[str, Any]:
    """Return what `field` noted about a field, with its title and help."""
    info = model.model_fields[name]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return {"title": info.title or name, "help": info.description or "", **extra}
