"""What the engine says of a prepared run before its first step, as the messages that sessions keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..experiment.experiment import Experiment
from ..kernels import kernel_subset
from ..protocol.definitions import defined_anew
from ..protocol.messages import DataFacts, Noted, ReferenceSolved, Started
from ..references import ReferenceName
from ..theory import facts

if TYPE_CHECKING:
    from .loop import Training

KERNEL_MARGIN = "margin of the initial tangent kernel"
Preamble = Started | ReferenceSolved | Noted


def preamble(experiment: Experiment, training: Training, run: str = "") -> list[Preamble]:
    """Return where a run computes, what is known of it, its references and the remarks about measurements."""
    problem = training.problem
    started = Started(
        run=run,
        step=training.step,
        device=str(problem.device),
        dtype=str(problem.dtype).removeprefix("torch."),
        threads=problem.threads,
        parameters=problem.structure.parameters,
        degree=problem.structure.degree,
        facts=facts(experiment, problem.structure),
        environment=training.environment,
        definitions=defined_anew(),
        data=DataFacts(problem.samples, problem.x.shape[2], problem.datasets[0].classes, problem.sha256),
    )
    remarks = {name: m.note for m in training.measurements if m.note for name in m.columns}
    missing = {name.value: why for name, why in training.references.why_none.items()}
    return [started, *_references(run, training), Noted(run, remarks | missing)]


def _references(run: str, training: Training) -> list[ReferenceSolved]:
    """Return the exact answers there are, one value a replica, and why others are missing."""
    references = training.references
    solved = []
    exact = [r for r in references.predictor if r is not None]
    if exact:
        values, gaps = tuple(r.value for r in exact), tuple(r.gap for r in exact)
        note = references.why_not_all.get(ReferenceName.MARGIN, "")
        first = exact[0]
        solved.append(ReferenceSolved(run, first.kind, first.title, values, gaps, first.seconds, note))
    for norm, others in references.linear.items():
        known = [r for r in others if r is not None]
        if known and norm != references.norm:
            values, gaps = tuple(r.value for r in known), tuple(r.gap for r in known)
            solved.append(ReferenceSolved(run, known[0].kind, known[0].title, values, gaps, known[0].seconds))
    for others in references.tokens.values():
        known = [r for r in others if r is not None]
        values, gaps = tuple(r.value for r in known), tuple(r.gap for r in known)
        note = references.why_not_all.get(ReferenceName.TOKENS, "")
        first = known[0]
        solved.append(ReferenceSolved(run, first.kind, first.title, values, gaps, first.seconds, note))
    joint = [r for r in references.twin if r is not None]
    if joint and training.problem.network.outputs_count > 1:  # of one output it is the kernel's own, below
        values, gaps = tuple(r.value for r in joint), tuple(r.gap for r in joint)
        title = f"{joint[0].title} over all pairs of classes"
        solved.append(ReferenceSolved(run, joint[0].kind, title, values, gaps, joint[0].seconds))
    kernel = [each for each in references.kernel if each]
    if kernel:
        # several classes: the smallest of the one-vs-rest margins
        smallest = [min(each, key=lambda reference: reference.value) for each in kernel]
        values, gaps = tuple(r.value for r in smallest), tuple(r.gap for r in smallest)
        seconds, subset = sum(r.seconds for r in kernel[0]), kernel_subset(training.problem, 0)
        remarks = [references.why_not_all.get(ReferenceName.KERNEL, "")]
        remarks += [] if subset is None else [f"of a fixed class-balanced subset of {len(subset):,} samples"]
        note = "; ".join(remark for remark in remarks if remark)
        title = KERNEL_MARGIN + (", one class against the rest" if len(kernel[0]) > 1 else "")
        solved.append(ReferenceSolved(run, smallest[0].kind, title, values, gaps, seconds, note))
    return solved + [
        ReferenceSolved(run, name.value, name.value, (), (), 0.0, why)
        for name, why in references.why_none.items()
    ]
