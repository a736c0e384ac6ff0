"""One experiment on both paths: how far apart they are, up to the step at which rounding alone decides.

Where a decision (a sign, an argmax, an acceptance, a kink, an event) lies near a tie, or where the way is unstable, two
correct paths part. Such steps are found by runs of the torch path that are shaken: before every step each parameter,
what each sample pulls with, and the loss that an attempt reaches, is changed by a relative `SHAKEN`, the other way in
the second run. From where one of
them is `GROWN` times as far off, nothing is compared; of a decision nearer than that to a tie one of the two lies on
the other side.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from engine.device import computing
from engine.experiment.experiment import Experiment, with_values
from engine.losses import Loss
from engine.training.loop import Training

CLOSE = {"float64": 1e-11, "float32": 1e-4}
"""How far apart both ways may be in theta, relative to its largest entry."""
FOLLOWING = 100
"""How many times as far apart what follows from theta may be, such as gradients: they cancel."""
SHAKEN = {"float64": 1e-9, "float32": 1e-6}
GROWN = {"float64": 1e3, "float32": 30.0}
STEPS = 50


class ShakenLoss(Loss):
    """A loss by which every sample pulls a little more or less than it should."""

    def __init__(self, loss: Loss, relative: float, noise: torch.Generator) -> None:
        super().__init__("exponential" if loss.exponential else "logistic", loss.labels, loss.outputs)
        self._relative, self._noise = relative, noise

    def of(self, labels: Tensor) -> Loss:
        """Return the same of other labels."""
        return ShakenLoss(super().of(labels), self._relative, self._noise)

    def log_loss(self, outputs: Tensor) -> Tensor:
        """Return what an attempt is judged by: all of them lie a little above, or below, what they are."""
        return super().log_loss(outputs) + self._relative

    def _pull(self, p: Tensor, others: Tensor | None) -> Tensor:
        pull = super()._pull(p, others)
        # what pulls with less than there are numbers for has a sign in one arithmetic, and none in another
        least = math.copysign(1e3 * torch.finfo(pull.dtype).tiny, self._relative)
        return changed(pull, self._relative, self._noise) + least


def changed(values: Tensor, relative: float, noise: torch.Generator) -> Tensor:
    """Return values, each a little larger or smaller."""
    signs = torch.randint(0, 2, values.shape, generator=noise).to(values.dtype) * 2 - 1
    return values * (1 + relative * signs)


@dataclass(frozen=True)
class Happening:
    """What happens to a run on its way."""

    edits: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Changes by the step that they are made at."""
    dies: Mapping[int, int] = field(default_factory=dict)
    """Replicas that stand still from a step on, by the step."""


@dataclass
class Beside:
    """What came out."""

    steps: int
    """Up to where both ways were compared."""
    ended: bool
    """Whether the run ended there by itself."""
    far: dict[str, float]
    """What is too far apart, and how far; events that differ."""


def beside(experiment: Experiment, happening: Happening = Happening(), steps: int = STEPS) -> Beside:
    """Take the steps on both paths and compare them."""
    whole = Way(experiment, "torch", happening)
    thetas = whole.go(steps)
    shaken = [Way(experiment, "torch", happening, shaken=sign) for sign in (1.0, -1.0)]
    reached = whole.run.step
    for way in shaken:
        reached = min(reached, whole.parts_from(thetas, way.go(steps)))
    if reached < whole.run.step:
        whole = Way(experiment, "torch", happening)
        whole.go(reached)
    compiled = Way(experiment, "compiled", happening)
    ended = whole.run.sentence != ""
    compiled.go(steps if ended else reached, singly=False)
    return Beside(reached, ended, whole.far_from(compiled, shaken))


class Way:
    """A run on one of the paths."""

    def __init__(
        self, experiment: Experiment, backend: str, happening: Happening, *, shaken: float = 0.0
    ) -> None:
        path = {"run.backend": backend} | ({"run.threads": 1} if backend == "torch" else {})
        self.run = Training(with_values(experiment, path))
        self._happening, self._dtype = happening, experiment.run.dtype
        self._noise = torch.Generator().manual_seed(1)
        self._shaken = shaken * SHAKEN[self._dtype]
        if shaken:
            problem = self.run.problem
            self.run.iterate.problem = replace(
                problem, loss=ShakenLoss(problem.loss, self._shaken, self._noise)
            )

    def go(self, steps: int, *, singly: bool = True) -> dict[int, Tensor]:
        """Go to a step, with what happens on the way; return theta at the steps that were stopped at."""
        run, thetas = self.run, {}
        if self.run.twin is not None:
            self.run.twin.prepare()
        with computing(run.problem.threads):
            run.iterate.update()
            if run.iterate.full_batch:
                run.observe()
            while run.step < steps and not run.sentence:
                self._happen()
                ahead = [s for s in (*self._happening.edits, *self._happening.dies) if s > run.step]
                if self._shaken:
                    self._shake()
                before = run.step
                run.take_steps(run.step + 1 if singly else min([steps, *ahead]))
                if run.step == before:
                    break
                thetas[run.step] = run.state.theta.clone()
            if not run.iterate.full_batch:
                run.iterate.evaluate()
                run.observe()
            run._monitor.flush(run.state)
        return thetas

    def _happen(self) -> None:
        if (changes := self._happening.edits.get(self.run.step)) is not None:
            self.run.edit(changes)
        if (replica := self._happening.dies.get(self.run.step)) is not None:
            self.run.state.alive[replica] = False
            self.run.iterate.some_died = True

    def _shake(self) -> None:
        theta = self.run.state.theta
        theta.copy_(changed(theta, self._shaken, self._noise))
        self.run.iterate.reevaluate()

    def parts_from(self, thetas: dict[int, Tensor], others: dict[int, Tensor]) -> int:
        """Return the step before which a shaken run goes another way."""
        most = SHAKEN[self._dtype] * GROWN[self._dtype]
        last = 0
        for step, theta in thetas.items():
            if step not in others or apart(theta, others[step]) > most:
                return last
            last = step
        return last

    def far_from(self, other: Way, shaken: list[Way]) -> dict[str, float]:
        """Return what of two runs is too far apart; events that a shaken run has at other steps are left out."""
        close = CLOSE[self._dtype]
        ours, theirs = self.run.state.tensors(), other.run.state.tensors()
        far = {"names": 1.0} if ours.keys() != theirs.keys() else {}
        if (self.run.step, self.run.sentence) != (other.run.step, other.run.sentence):
            far["end"] = other.run.step
        for name, tensor in ours.items():
            if not tensor.is_floating_point() or name.startswith("counter"):
                sure = torch.ones_like(tensor, dtype=torch.bool)
                for way in shaken:
                    sure &= _until(self.run.step, way.run.state.tensors()[name], name) == tensor
                if bool((sure & (theirs[name] != tensor)).any()):
                    far[name] = float((theirs[name].double() - tensor.double()).abs().max())
            elif (d := apart(tensor, theirs[name], _floor(name))) > close * (
                1 if name == "theta" else FOLLOWING
            ):
                far[name] = d
        return far


def _until(step: int, when: Tensor, name: str) -> Tensor:
    """Return the steps of events that a longer run had by a step."""
    return torch.where(when > step, -1, when) if name.startswith("event") else when


def _floor(name: str) -> float:
    """Return the size below which a difference counts as it is: of a logarithm it is relative already."""
    return 1.0 if "log" in name or name in ("direction_path", "step_size") else 0.0


def apart(a: Tensor, b: Tensor, floor: float = 0.0) -> float:
    """Return how far apart two tensors (R, ...) are, in every replica relative to the largest entry."""
    a, b = (each.double().flatten(1) if each.dim() > 1 else each.double().unsqueeze(1) for each in (a, b))
    if not a.shape[1]:
        return 0.0
    same = (a == b) | (a.isnan() & b.isnan())
    size = torch.where(a.isfinite(), a.abs(), 0.0).amax(1, keepdim=True).clamp(min=max(floor, 1e-300))
    return float(torch.where(same, 0.0, (a - b).abs() / size).nan_to_num(nan=1e300).max())
