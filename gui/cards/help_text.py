"""What a help card says of a field, a plot, a claim or a reference. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from engine.claims import Verdict
from engine.experiment.claims import Claim
from engine.experiment.columns import column, formula_of, title_of
from engine.experiment.fields import Kind
from engine.figures.plots import PlotSpec
from engine.formats import with_minus
from gui.forms.field_spec import FieldSpec, kinds_at
from gui.forms.parsing import value_text

MARGIN = r"\gamma^*=\max_{\|w\|\leq 1}\;\min_n\; y_n\langle w,x_n\rangle"
REFERENCES = (
    ("asymptote", r"w=\hat w\,\log t+\tilde w", "Soudry et al. 2018"),
    (
        "F1",
        r"\gamma_1=\max_{\|\nu\|\leq 1}\;\min_n\; y_n\int \sigma(u\cdot x_n)\,d\nu",
        "Chizat & Bach 2020",
    ),
    ("kernel", r"\gamma_K=\min_{p\in\Delta}\;\sqrt{(p\circ y)^T K (p\circ y)}", "Ji & Telgarsky 2020"),
    ("metric", r"\min\;\frac{1}{2}\|h^{-1/2}\circ w\|^2", "Wang et al. 2021"),
    ("", MARGIN, "Gunasekar et al. 2018"),
)
"""By a word of a reference's title: what is solved, and whose it is; the last is for all others."""


@dataclass(frozen=True)
class HelpPart:
    """One thing that a card explains."""

    title: str
    formula: str = ""
    """Mathtext, without the dollars."""
    text: str = ""
    source: str = ""


@dataclass(frozen=True)
class HelpText:
    """A whole card."""

    title: str
    parts: tuple[HelpPart, ...]
    more: str
    """Where the handbook says more, such as 'theory#95-adam'; '?words' searches it."""


def field_text(spec: FieldSpec, value: Any = None) -> HelpText:
    """Explain a field, and the kind that is chosen in it."""
    facts = [f"unit: {spec.unit}"] if spec.unit else []
    if spec.default is not PydanticUndefined and not isinstance(spec.default, BaseModel | dict):
        facts.append(f"default: {value_text(spec.default) or 'none'}")
    facts.append("applies to a run under way" if spec.live else "needs a new run")
    facts += ["can differ between replicas"] if spec.varies else []
    source = spec.owner.source if issubclass(spec.owner, Kind) else ""
    parts = [HelpPart(spec.title, spec.symbol, f"{spec.help}\n{' · '.join(facts)}", source)]
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", value)
    chosen = kinds_at(spec.path).get(str(kind))
    if chosen is not None:
        parts.append(HelpPart(chosen.title, "", chosen.help, chosen.source))
    heading = spec.path.partition(".")[0]
    return HelpText(
        spec.title, tuple(parts), f"experiment-file#{heading}" if "." in spec.path else f"?{spec.title}"
    )


def column_part(name: str) -> HelpPart:
    """Explain a measurement."""
    known = column(name)
    text = known.help if known is not None else ""
    formula = known.formula if known is not None and name.endswith(".*") else formula_of(name)
    return HelpPart(title_of(name), formula, text, known.source if known is not None else "")


def plot_text(spec: PlotSpec, shown: Sequence[str]) -> HelpText:
    """Explain a plot by the columns that it shows."""
    names = list(dict.fromkeys(shown)) or list(spec.shown)
    return HelpText(spec.title, tuple(map(column_part, names)), "measurements#plots-and-their-columns")


def claim_text(claim: Claim, verdict: Verdict) -> HelpText:
    """Explain a claim: what is judged, of which measurement, and what became of it."""
    said = f"Judged: {CHECKS[claim.check]}, of {title_of(claim.of)}."
    expected = "" if claim.expect == "holds" else f" It is expected to be: {claim.expect}."
    parts = (
        HelpPart(claim.text, "", f"{said}{expected}\nNow: {verdict.status}. {with_minus(verdict.sentence)}"),
        column_part(claim.of),
    )
    return HelpText("Claim", parts, "guide#read-the-verdicts")


CHECKS = {
    "non_decreasing": "whether it never falls",
    "final": "its last value",
    "always": "every value",
    "peak": "its largest value",
    "fall": "how far it fell from its largest value",
    "ratio": "its last value in one run over that in another",
    "order": "whether it ends higher in one run than in another",
    "slope": "its slope",
    "drift": "how far it moves from where it starts",
    "shrinking": "whether it grows by less and less",
}
"""What each check computes, in words."""


def reference_text(title: str, certificate: str) -> HelpText:
    """Explain an exactly solved answer."""
    formula, source = next(
        (formula, source) for word, formula, source in REFERENCES if word.lower() in title.lower()
    )
    text = (
        "An exactly solved answer that runs are compared with. Its certificate is a bound from the other side: "
        f"the true value lies between the two.\n{certificate}"
    )
    return HelpText("Reference", (HelpPart(title, formula, text, source),), "measurements#references")
