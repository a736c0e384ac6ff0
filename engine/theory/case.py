"""What theorems ask about: an experiment, and the structure of its network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..experiment.experiment import Experiment
from ..experiment.fact import Standing
from ..experiment.networks import MlpSpec
from ..experiment.optimizers import OptimizerSpec
from ..experiment.step_rules import NormalisedSpec, PowerSpec
from ..experiment.structure import Structure
from ..experiment.structure.activations import SMOOTH, TWICE_SMOOTH

NORMS = ("l2", "linf", "l1", "lp", "spectral")
"""In which steepest descent is a theorem's own."""


@dataclass(frozen=True)
class Case:
    """What a theorem asks about: the experiment, and its network's structure."""

    experiment: Experiment
    shape: Structure

    @property
    def optimizer(self) -> OptimizerSpec:
        """Return what is said of the optimizer."""
        return self.experiment.optimizer

    @property
    def norm(self) -> str:
        """Return the optimizer's geometry."""
        return self.optimizer.geometry

    @property
    def norm_words(self) -> str:
        """Return the geometry with its exponent, where that is the same in all replicas."""
        return self.norm if "optimizer.p" in self.experiment.vary else self.optimizer.norm_words

    def not_homogeneous(self) -> str:
        """Say why the network has no degree, or that nobody knows it yet, or ''."""
        if self.shape.is_unmeasured:
            return self.shape.measured
        return (
            "" if self.shape.degree is not None else f"the network is not homogeneous ({self.shape.why_not})"
        )

    def not_descent(self, norms: tuple[str, ...] = ("l2",)) -> str:
        """Say why this is no full-batch steepest descent in one of these norms, with a step it is proved for, or ''."""
        optimizer = self.optimizer
        if not optimizer.descends:
            return (
                f"{optimizer.kind} is not full-batch {'gradient' if norms == ('l2',) else 'steepest'} descent"
            )
        if optimizer.geometry not in norms:
            return f"the descent is in {optimizer.geometry}, not in {' or '.join(norms)}"
        if optimizer.scale_free:
            return "steps of fixed length are not in proportion to the gradient"
        if optimizer.continuous:
            return ""
        step = optimizer.step
        if not step.follows_flow:
            return f"the step rule {step.kind} gives no guarantee; take safe or a small constant one"
        return self.not_lasting()

    def not_lasting(self) -> str:
        """Say that the learning rates have a finite sum, or ''."""
        if not self.optimizer.step.has_finite_sum():
            return ""
        return "the learning rates have a finite sum, so that the flow's time ends; take an exponent up to 1"

    def steps_fall(self) -> bool:
        """Say whether these are steps of the normalised gradient in l2 whose length falls to 0, with an infinite sum.

        They follow the flow on the time scale of ln loss. Source: theory section 0.1; Chizat & Bach 2020.
        """
        step = self.optimizer.step
        falls = isinstance(step, NormalisedSpec) and step.exponent > 0 and not step.has_finite_sum()
        return falls and self.optimizer.descends and self.norm == "l2"

    def largest_decay(self) -> float:
        """Return the largest weight decay of all replicas."""
        varied = self.experiment.vary.get("optimizer.weight_decay")
        return float(max(varied or [self.optimizer.weight_decay]))

    def not_binary(self) -> str:
        """Say why this is no problem of two classes with one output, or ''."""
        outputs = self.shape.outputs
        return "" if outputs == 1 else f"it is about two classes and one output; there are {outputs}"

    def linear_model(self) -> bool:
        """Say whether one matrix, all of it trained, is the whole network."""
        return self.shape.chain and len(self.shape.layers) == 1 and self.shape.all_train

    def kinks(self) -> str:
        """Say where the gradients of the outputs jump, or '' where they are locally Lipschitz in the parameters."""
        name, pooling = self.shape.activation, self.experiment.network.kink()
        if self.shape.opaque:
            return "kinks that its plug-in may have"
        if self._linear() or (name in SMOOTH and not pooling):
            return ""
        return f"the kinks of {pooling if name in SMOOTH else name}"

    def not_twice_smooth(self) -> str:
        """Say what keeps the network from two continuous derivatives away from 0, or ''."""
        name = self.shape.activation
        if self._linear() or self.kinks() or name in TWICE_SMOOTH:
            return self.kinks()
        return f"the jumps of {name}'s second derivative"

    def _linear(self) -> bool:
        """Say whether the outputs are a polynomial of what trains, whatever the activation."""
        return self.shape.linear or not any(layer.trained for layer in self.shape.layers[:-1])

    def not_decaying(self) -> str:
        """Say why the learning rates do not fall to 0 with an infinite sum, as a power of t, or ''."""
        step = self.optimizer.step
        if not isinstance(step, PowerSpec) or step.exponent == 0:
            return f"it asks for steps that decay with a power of t, and these are {step.kind}"
        if step.has_finite_sum():
            return "the learning rates have a finite sum; take an exponent up to 1"
        return ""

    def two_relu_layers(self) -> bool:
        """Say whether this is a dense network of two layers with ReLU between them."""
        network = self.experiment.network
        return isinstance(network, MlpSpec) and len(network.widths) == 1 and network.activation == "relu"

    def hidden_layers(self) -> bool:
        """Say whether something between two layers is no linear map."""
        return len(self.shape.layers) > 1 and not self._linear() and self.shape.generalises


Judged = tuple[bool, str]
"""Whether a statement speaks about a case, and in which sense, or why not."""


@dataclass(frozen=True)
class Statement:
    """A theorem, an observation or an open question, and what judges whether it speaks about a case."""

    subject: str
    """It begins with the paper, as `engine.experiment.copies.papers` calls it, and a colon; or has no paper."""
    judge: Callable[[Case], Judged]
    assumes: str = ""
    """What a theorem asks for, as it states it."""
    standing: Standing = "proved"
    source: str = ""
    """Where it is to be read; '' for the paper that the subject begins with."""
    unbounded: bool = True
    """Whether it is about norms that grow without bound, so that it says nothing of runs whose weights decay."""


def judged(why_not: str, words: str = "applies") -> Judged:
    """Return that a statement speaks about a case in a sense; or why not."""
    return not why_not, why_not or words
