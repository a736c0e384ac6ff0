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
from engine.figures.plots import PLOTS, PlotSpec
from engine.words.formats import with_minus
from gui.forms.field_spec import FieldSpec, kinds_at
from gui.forms.parsing import value_text

MANY = "multi-class"
"""What titles of margins of several classes begin with; what a formula of theirs is filed under besides its kind."""
REST, PAIRS = "one class against the rest", "over all pairs of classes"
"""What titles of a kernel's margin of several classes end with."""
BINARY = r"\gamma=\max_{\|w\|_%s\leq 1}\;\min_n\; y_n\langle w,x_n\rangle"
CLASSES = r"\gamma=\max_{\|W\|_%s\leq 1}\;\min_n\;\min_{j\neq y_n}\;\langle w_{y_n}-w_j,x_n\rangle"
KERNEL = r"\min_{p\in\Delta}\;\sqrt{(p\circ y)^T K (p\circ y)}"
SELECTION = r"\gamma=\max_{\|W\|_%s\leq 1}\;\min_{n,\;t\neq\mathrm{opt}}\;(x_\mathrm{opt}-x_t)^\top W z"
REFERENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("l2-svm", ""): (BINARY % "2", "Soudry et al. 2018"),
    ("multiclass-svm", MANY): (CLASSES % "F", "Crammer & Singer 2001; Lyu & Li 2020"),
    ("l1-margin", ""): (BINARY % "1", "Gunasekar et al. 2018"),
    ("l1-margin", MANY): (CLASSES % "1", "Gunasekar et al. 2018"),
    ("linf-margin", ""): (BINARY % r"\infty", "Gunasekar et al. 2018"),
    ("linf-margin", MANY): (CLASSES % r"\infty", "Gunasekar et al. 2018"),
    ("lp-margin", ""): (BINARY % "p", "Sun et al. 2022"),
    ("lp-margin", MANY): (CLASSES % "p", "Sun et al. 2022"),
    ("spectral-margin", MANY): (CLASSES % r"{\sigma}", "Tsilivis et al. 2024"),
    ("conditioned-svm", ""): (
        r"\min_w\;\frac{1}{2}\|h^{-1/2}\circ w\|_2^2\quad\mathrm{s.t.}\quad y_n\langle w,x_n\rangle\geq 1",
        "Wang et al. 2021",
    ),
    ("kernel-svm", ""): (rf"\gamma={KERNEL}", "Ji & Telgarsky 2020"),
    ("kernel-svm", REST): (rf"\gamma=\min_c\;{KERNEL.replace('y', 'y^c')}", "Ji & Telgarsky 2020"),
    ("kernel-svm", PAIRS): (
        r"\gamma=\min_{p\in\Delta}\;\|\sum_{n,j}\, p_{nj}\,\nabla(f_{y_n}-f_j)(x_n)\|_2",
        "Lyu & Li 2020",
    ),
    ("f1", ""): (
        r"\gamma=\max_{\|\nu\|\leq 1}\;\min_n\; y_n\int \sigma(u\cdot x_n)\,d\nu(u)",
        "Chizat & Bach 2020",
    ),
    ("f1-fixed-directions", ""): (
        r"\gamma=\max_{\|\nu\|_1\leq 1}\;\min_n\; y_n\,\sum_k\, \nu_k\,\sigma(u_k\cdot x_n)",
        "Telgarsky 2022",
    ),
    ("attention-frobenius", ""): (SELECTION % "F", "Ataee Tarzanagh et al. 2023"),
    ("attention-nuclear", ""): (SELECTION % r"\star", "Ataee Tarzanagh et al. 2023"),
}
"""What is solved, and whose it is, by the kind of a reference and what its title says of several classes."""

ROWS = {
    "spectral-margin": "maximum margin in the spectral norm",
    "conditioned-svm": "separator in the optimizer's metric",
    "kernel-svm": "maximum margin of the initial tangent kernel",
    "f1": "F1 margin",
    "f1-fixed-directions": "F1 margin",
    "attention-frobenius": "selection of tokens by the least key-query matrix",
    "attention-nuclear": "selection of tokens by the least key-query matrix",
}
"""The line of the handbook's table of references that is about a kind."""
LINEAR = "maximum margin in l2, l1, l-infinity"
"""That about any other."""


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
    """Where the handbook says more, such as 'experiment-file#safe?kappa'."""


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
    return HelpText(spec.title, tuple(parts), _place(spec, str(kind) if chosen is not None else ""))


def _place(spec: FieldSpec, chosen: str) -> str:
    """Return where the handbook explains a field, or the kind that is chosen in it."""
    if chosen:
        return f"experiment-file#{chosen}"
    parent, top = spec.path.rpartition(".")[0], spec.path.partition(".")[0]
    kind = next((name for name, kind in kinds_at(parent).items() if kind is spec.owner), "")
    own = kind and spec.name in vars(spec.owner).get("__annotations__", {})
    return f"experiment-file#{kind if own else top if parent else 'top-level'}?{spec.name}"


def column_part(name: str) -> HelpPart:
    """Explain a measurement."""
    known = column(name)
    text = known.help if known is not None else ""
    formula = known.formula if known is not None and name.endswith(".*") else formula_of(name)
    return HelpPart(title_of(name), formula, text, known.source if known is not None else "")


def plot_text(spec: PlotSpec, shown: Sequence[str]) -> HelpText:
    """Explain a plot by the columns that it shows."""
    names = list(dict.fromkeys(shown)) or list(spec.shown)
    known = spec.id in {plot.id for plot in PLOTS}
    place = f"measurements#plots-and-their-columns?{spec.id}" if known else f"measurements#columns?{names[0]}"
    return HelpText(spec.title, tuple(map(column_part, names)), place)


def claim_text(claim: Claim, verdict: Verdict) -> HelpText:
    """Explain a claim: what is judged, of which measurement, and what became of it."""
    said = f"Judged: {CHECKS[claim.check]}, of {title_of(claim.of)}."
    expected = "" if claim.expect == "holds" else f" It is expected to be: {claim.expect}."
    parts = (
        HelpPart(claim.text, "", f"{said}{expected}\nNow: {verdict.status}. {with_minus(verdict.sentence)}"),
        column_part(claim.of),
    )
    return HelpText("Claim", parts, f"experiment-file#claims?{claim.check}")


CHECKS = {
    "non_decreasing": "whether it never falls",
    "final": "its last value",
    "always": "every value",
    "peak": "its largest value",
    "fall": "how far it fell from its largest value",
    "ratio": "its last value in one run over that in another",
    "order": "whether it ends higher in one run than in another",
    "slope": "its slope against another one, in logarithms (of a cosine, or of a margin over the best, of its distance "
    "from 1), over the later half of that logarithm",
    "drift": "how far it moves from the middle of the run to its end",
    "shrinking": "whether it grows by less and less",
    "length": "by how much less it grows over each doubling of the steps, and with it what is still to come",
    "growth": "its last value over the first that is judged",
    "share": "in which share of a map's points its last value lies within bounds",
}
"""What each check computes, in words."""


def reference_text(kind: str, title: str, certificate: str) -> HelpText:
    """Explain an exactly solved answer by its kind and its title."""
    of = next((words for words in (MANY, REST, PAIRS) if words in title), "")
    formula, source = REFERENCES.get((kind, of), ("", ""))
    text = (
        "An exactly solved answer that runs are compared with. Its certificate is a bound from the other side: "
        f"the true value lies between the two.\n{certificate}"
    )
    place = f"measurements#references?{ROWS.get(kind, LINEAR)}"
    return HelpText("Reference", (HelpPart(title, formula, text, source),), place)
