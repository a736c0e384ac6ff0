"""Predicted limits, judged by training on. `python -m tests.presets.limits`.

Each line has a prediction from the stored steps of a preset's own length, as many as the card asks with, and its cosine
with where the run stands after many times more steps; of a linear network with the predictor that is exactly solved,
too. A run that converges like 1/log t is trained on by steps of the normalised gradient, from where it ended. The later
run is not at its limit either: beside its direction stands how far the prediction is from the point that the later run
is refined to. Names on the command line choose presets; `--factor 10` trains on for ten times the steps instead of a
hundred, `--seed 1` from another start.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from engine.catalog import load_preset
from engine.experiment.experiment import Experiment, with_values
from engine.measurements.limits.prediction import LimitPrediction, predicted, stationary_beside
from engine.measurements.predictor import is_linear, linear_predictor, reference_inputs
from engine.protocol.limit import MOST_STEPS
from engine.protocol.records import next_record
from engine.references import ReferenceUnavailable, linear_reference
from engine.references.linear_margin import PredictorNorm
from engine.run.pieces import Pieces
from engine.run.problem import Problem
from engine.training.loop import Training

ENOUGH = 0.9999
LIGHT: dict[str, Any] = {"measure.groups": ["norms"], "measure.twin": False, "run.stop": {}}
SAFE: dict[str, Any] = {"kind": "steepest", "norm": "l2", "step": {"kind": "safe"}}


@dataclass(frozen=True)
class Case:
    """What is judged: an experiment of a preset."""

    preset: str
    experiment: str = ""
    factor: int = 100
    """How many times its steps it is trained on."""
    safely: bool = False
    """Whether it is trained on by safe steps: its own would take exponentially many."""


CASES = (
    Case("circle-global-margin"),
    Case("ji-telgarsky-direction", factor=20),
    Case("ji-telgarsky-alignment", factor=100),
    Case("lyu-li-below-1e-800", factor=100),
    Case("lyu-li-line-search", factor=100),
    Case("lyu-li-mean-loss", "mean", safely=True),
    Case("lyu-li-gradient-flow", "flow", safely=True),
    Case("lyu-li-gradient-flow", "safe"),
    Case("lyu-li-rates", "circle"),
    Case("tsilivis-networks", "l2"),
    Case("tsilivis-spectral-networks", "l2"),
    Case("schechtman-late-stage", safely=True),
    Case("schechtman-sum-over-batch", safely=True),
    Case("schechtman-step-too-large", safely=True),
    Case("deep-linear-alignment"),
    Case("deep-linear-depth-four"),
    Case("gunasekar-diagonal", "u - v"),
    Case("gunasekar-diagonal", "u*u - v*v"),
    Case("soudry-log-direction", safely=True),
    Case("tsilivis-three-flavours", "l2"),
    Case("tsilivis-fifty-dimensions", "l2"),
    Case("tsilivis-spectral", "gradient"),
    Case("telgarsky-parity", "4 dimensions"),
    Case("map-xor-network", factor=20),
    Case("map-deep-linear", factor=20),
    Case("cai-near-homogeneous", "GELU"),
    Case("cai-near-homogeneous", "SiLU"),
    Case("cai-near-homogeneous", "softplus"),
    Case("papyan-neural-collapse", factor=30),
    Case("chizat-bach-width", "64", factor=10),
    Case("map-relu-phases", factor=20, safely=True),
    Case("map-sgd-late-stage", safely=True),
    Case("telgarsky-no-rotation", "safe", factor=20),
    Case("lyu-li-too-narrow", factor=1),
    Case("tsilivis-networks", "infinity", factor=1),
)


@dataclass(frozen=True)
class Judged:
    """A prediction, and what became of it."""

    case: Case
    name: str
    found: LimitPrediction | str
    error: float
    """Distance between the predicted direction and that after more steps."""
    lacking: float
    """What the run itself still lacks then, by the power of h with which it nears the point."""
    exact: float
    """Cosine of the predicted linear predictor with the exact one; NaN where there is none."""
    settled: float
    """Distance between the prediction and the point that the later run is refined to."""
    seconds: float

    @property
    def cosine(self) -> float:
        """Return the cosine with the direction after more steps."""
        return 1 - self.error**2 / 2

    @property
    def right(self) -> bool:
        """Say whether it is as near as is asked."""
        return (
            isinstance(self.found, LimitPrediction) and max(self.cosine, np.nan_to_num(self.exact)) >= ENOUGH
        )

    @property
    def honest(self) -> bool:
        """Say whether the truth is within the error bar: the later run is not at its limit either."""
        if isinstance(self.found, str):
            return True
        truly = np.sqrt(2 * max(0.0, 1 - self.exact)) if self.exact >= ENOUGH else self.error
        return bool(truly <= self.found.error + self.lacking + 1e-9)

    @property
    def told(self) -> bool:
        """Say whether the card tells it."""
        return isinstance(self.found, LimitPrediction) and self.found.sure

    @property
    def misled(self) -> bool:
        """Say whether it is told and is not so: the later run's direction is not as near, or beyond the bar."""
        return self.told and not (self.right and self.honest)


def experiment_of(case: Case, seed: int = 0) -> tuple[str, Experiment, Any]:
    """Return an experiment by a part of its name, so many seeds on, with its folder."""
    document = load_preset(case.preset)
    every = document.experiments()
    name = next((name for name in every if case.experiment in name), next(iter(every)))
    return name, with_values(every[name], LIGHT | {"seed": every[name].seed + seed}), document.folder


def stored(training: Training) -> Iterator[np.ndarray]:
    """Train to the end, and yield the parameters (P,) of the first replica at log-spaced steps and at the end."""
    due = 1
    for _ in training.run():
        for frame in training.stream.frames:
            if frame.step >= due:
                due = next_record(frame.step, 2**62, 16, None)
                yield frame.theta[0].double().numpy().copy()
    yield training.state.theta[0].double().numpy().copy()


def trained_on(case: Case, experiment: Experiment, folder: Any, theta: np.ndarray) -> np.ndarray:
    """Return the parameters (P,) after more steps, from the start again or from where the run ended."""
    steps = experiment.run.steps * case.factor
    changes = {"run.steps": steps, "measure.per_decade": 4} | ({"optimizer": SAFE} if case.safely else {})
    training = Training(with_values(experiment, changes), folder)
    if case.safely:
        training.state.theta[0] = torch.as_tensor(theta).to(training.state.theta)
        training.iterate.reevaluate()
    *_, last = stored(training)
    return last


def exact_cosine(problem: Problem, direction: np.ndarray) -> float:
    """Return the cosine of a linear network's predictor in a direction with the SVM of its data; NaN for others."""
    fields = problem.network.fields
    if not is_linear(problem) or not problem.structure.generalises or not problem.structure.all_train:
        return float("nan")
    norm: PredictorNorm = "l1" if fields.kind == "diagonal" and getattr(fields, "depth", 1) == 2 else "l2"
    try:
        best = linear_reference(
            reference_inputs(problem, 0), problem.dataset(0).labels, problem.network.outputs_count, norm
        )
    except ReferenceUnavailable:
        return float("nan")
    theta = torch.as_tensor(direction).to(problem.initial).expand(problem.replicas, -1)
    own = linear_predictor(problem, theta)[0].double().numpy().ravel()
    assert best.solution is not None
    return float(own @ best.solution / np.linalg.norm(own) / np.linalg.norm(best.solution))


def judged(case: Case, seed: int = 0) -> Judged:
    """Train, predict, train on and compare."""
    name, experiment, folder = experiment_of(case, seed)
    training = Training(experiment, folder)
    thetas = np.stack(list(stored(training)))
    started = time.perf_counter()
    found = predicted(training.problem, 0, thetas[-MOST_STEPS - 1 :])
    seconds = time.perf_counter() - started
    if isinstance(found, str):
        return Judged(case, name, found, *[float("nan")] * 4, seconds)
    later = trained_on(case, experiment, folder, thetas[-1])
    pieces = Pieces(training.problem, 0)
    fallen = float(pieces.seen(thetas[-1]).margins.min() / pieces.seen(later).margins.min())
    later = later / np.linalg.norm(later)
    lacking = found.now * fallen**found.approach if found.nears and 0 < fallen <= 1 else 0.0
    error = float(np.linalg.norm(found.point.direction - later))
    exact = exact_cosine(training.problem, found.point.direction)
    beside = stationary_beside(pieces, later)
    settled = float("nan") if beside is None else float(np.linalg.norm(beside - found.point.direction))
    return Judged(case, name, found, error, float(np.nan_to_num(lacking)), exact, settled, seconds)


def words(one: Judged) -> str:
    """Return a line about a judged prediction."""
    head = f"{one.case.preset} {one.name}".strip()
    if isinstance(one.found, str):
        return f"{head}: not predicted, {one.found}"
    found = one.found
    said = "told" if found.sure else ("roughly" if found.rough else "not converged enough")
    exact = "" if np.isnan(one.exact) else f", with the exact predictor {one.exact:.8f}"
    return (
        f"{head}: cosine {one.cosine:.6f} after {one.case.factor} times the steps{exact}; error {one.error:.1e} "
        f"(the run lacks {one.lacking:.1e}; {one.settled:.1e} from what it is refined to), bar {found.error:.1e}"
        f"{'' if one.honest else ' TOO SHORT'}, {said}; way to go {found.now:.1e}, starts apart "
        f"{found.spread:.1e}, residual {found.point.residual:.0e}, margin {found.point.margin:.7g}, "
        f"{len(found.point.pairs)} margins, {found.point.kinks} kinks, {one.seconds:.1f} s"
    )


def main() -> int:
    """Print every case and the counts; the exit status is 1 where fewer than 20 presets are told and right."""
    parser = argparse.ArgumentParser()
    parser.add_argument("presets", nargs="*")
    parser.add_argument("--factor", type=int)
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    right: set[str] = set()
    told: set[str] = set()
    made = honest = quiet = misled = 0
    for case in CASES:
        if said.presets and case.preset not in said.presets:
            continue
        if said.factor:
            case = Case(case.preset, case.experiment, min(case.factor, said.factor), case.safely)
        one = judged(case, said.seed)
        print(words(one), flush=True)
        if isinstance(one.found, LimitPrediction):
            made, honest = made + 1, honest + one.honest
            quiet += not one.right and not one.told
            misled += one.misled
            right |= {case.preset} if one.right else set()
            told |= {case.preset} if one.right and one.told else set()
    print(f"{len(right)} presets with cosine {ENOUGH} at least, {len(told)} of them told;")
    print(f"{honest} of {made} errors within their bars; {quiet} predictions short of it that are not told,")
    print(f"{misled} that are told and short of it or beyond their bars")
    return int(len(told) < 20 or misled > 0 or honest < made)


if __name__ == "__main__":
    sys.exit(main())
