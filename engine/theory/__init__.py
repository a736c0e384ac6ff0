"""What theory says of an experiment before its first step: proved, observed or open, and in which sense. No torch."""

from __future__ import annotations

from ..experiment.copies.papers import PAPERS
from ..experiment.experiment import Experiment
from ..experiment.fact import Fact
from ..experiment.structure import Structure
from .beyond import OBSERVED, OPEN
from .case import Case, Judged, Statement, judged
from .notices import notices
from .theorems import THEOREMS

_PAPERS = {paper.called: paper for paper in PAPERS}


def facts(experiment: Experiment, shape: Structure) -> tuple[Fact, ...]:
    """Return what is known before the first step: the degree, theorems with whether they apply, what else there is."""
    case = Case(experiment, shape)
    theorems = [_fact(statement, _said(case, statement)) for statement in THEOREMS]
    theorems.sort(key=lambda fact: not fact.holds)  # stable: what applies comes first
    beyond = [_fact(statement, _said(case, statement)) for statement in (*OBSERVED, *OPEN)]
    return (homogeneity(shape), *theorems, *(fact for fact in beyond if fact.holds), *notices(case))


def _fact(statement: Statement, said: Judged) -> Fact:
    holds, words = said
    paper = _PAPERS.get(statement.subject.partition(":")[0])
    source = statement.source or ("" if paper is None else f"arXiv\N{NO-BREAK SPACE}{paper.arxiv}")
    return Fact(statement.subject, words, holds, statement.standing, statement.assumes, source)


def homogeneity(shape: Structure) -> Fact:
    """Say what kind of homogeneity follows from the structure."""
    if shape.degree is not None:
        words = f"homogeneous of degree L = {shape.degree:g} in {shape.parameters:,} trained parameters"
        words += f"; {shape.measured}" if shape.measured else ""
    elif shape.order is not None:
        words = f"near-homogeneous of order M = {shape.order}: {shape.why_not}"
    elif shape.weights:
        rates = ", ".join(f"{rate:g} for {name}" for name, rate in shape.weights)
        words = f"quasi-homogeneous, λ = {rates}: {shape.why_not}"
    elif shape.is_unmeasured:
        words = shape.measured
    else:
        words = f"not homogeneous: {shape.why_not}"
    return Fact("homogeneity", words)


def _said(case: Case, statement: Statement) -> Judged:
    """Return what is said of a case; nothing of norms that grow without bound where weight decay holds them back."""
    said, decay = statement.judge(case), case.largest_decay()
    if not said[0] or not decay or not statement.unbounded:
        return said
    return judged(
        f"weight decay of {decay:g} keeps the norm bounded, and it is about norms that grow without bound"
    )


__all__ = ["facts", "homogeneity"]
