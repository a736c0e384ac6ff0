"""What each hint looks for, one short function each; `hints.RULES` lists them."""

from __future__ import annotations

import math

import numpy as np

from ..experiment.optimizers import AdamSpec, FlowSpec, RmsPropSpec, SteepestSpec
from ..experiment.step_rules import ConstantSpec, LineSearchSpec, LossBasedSpec, SafeSpec
from ..protocol.messages import RunStatus
from .watched_run import Remedy, WatchedRun

Told = tuple[str, Remedy] | None
"""The sentence and the remedy; None: the rule has nothing to say of this run."""

SAFE = Remedy("Take safe steps", {"optimizer.step": {"kind": "safe"}})
KINK_DROP = 1e-3
"""Relative drop of the smoothed margin that kinks alone explain: theory 0.1 and 9.3."""
DEAD = 1e-9
"""Margin of a sample that no unit answers to: theory 9.9."""
LARGEST_IN_FLOAT32 = 1e4
"""Margin beyond which dual variables are noise in float32: theory 9.12."""
LOOSE = 1e-4
"""Tolerance above which the integrator leaves gradient flow's way: theory 11."""
KINKED = ("relu", "leaky-relu", "abs", "relu2", "relu3", "maxout", "linear")
"""Activations that are homogeneous where no later layer has biases."""


def diverged(run: WatchedRun) -> Told:
    """Say that steps were too long, where a replica diverged."""
    lost = run.happened("diverged")
    if run.history.status is not RunStatus.DIVERGED and not any(at is not None for at in lost):
        return None
    whose = run.whose(lambda r: r < len(lost) and lost[r] is not None)
    return f"Diverged{whose}: the steps are too long", _shorter(run) or SAFE


def not_separated(run: WatchedRun) -> Told:
    """Say that no theorem about margins has begun, where a run ends before it is separated."""
    steps = run.happened("separated")
    if not run.over or not steps or None not in steps or run.history.status is RunStatus.DIVERGED:
        return None
    open_ones = [r for r, at in enumerate(steps) if at is None]
    words = f"Not separated{run.whose(lambda r: steps[r] is None)}: margins are void"
    if run.value("data.random_labels") or run.value("data.label_noise"):
        return words, Remedy(
            "Leave the labels as they are", {"data.label_noise": 0.0, "data.random_labels": False}
        )
    widths = run.value("network.widths")
    if widths and run.has("log_loss"):
        falls, margins = run.at("log_loss", 0.5) - run.final("log_loss"), run.final("margin")
        wider = Remedy("Take more units", {"network.widths": tuple(max(2 * width, 20) for width in widths)})
        if all(abs(margins[r]) < DEAD for r in open_ones):
            return f"{words}; for some samples every unit is dead", wider
        if not any(falls[r] > math.log(1.02) for r in open_ones):
            words = f"{words}; the loss no longer falls"
            return words, wider if run.experiment.optimizer.descends else _shorter(run) or wider
    return words, _longer(run)


def spoiled_labels(run: WatchedRun) -> Told:
    """Say that a linear model fits no labels that were drawn at random, however long it trains."""
    noisy = run.value("data.random_labels") or run.value("data.label_noise")
    fitted = run.happened("fitted")
    if not noisy or run.value("network.widths") != () or not run.over or not fitted or None not in fitted:
        return None
    clean = {"data.label_noise": 0.0, "data.random_labels": False}
    words = "Labels were spoiled on purpose, and a linear model cannot fit them: there is no margin to reach"
    return words, Remedy("Leave the labels as they are", clean)


def weight_decay(run: WatchedRun) -> Told:
    """Say that norms stay bounded under weight decay, where theorems about margins let them grow."""
    decays = run.values("optimizer.weight_decay")
    if not any(decays) or not run.all_have("separated"):
        return None
    whose = run.whose(lambda r: r < len(decays) and decays[r] > 0)
    words = f"Weight decay of {max(decays):g}{whose}: norms stay bounded, and margin theorems are void"
    return words, Remedy("Set weight decay to 0", {"optimizer.weight_decay": 0.0})


def constant_step(run: WatchedRun) -> Told:
    """Say how slow a constant learning rate is, whose time is the number of steps."""
    optimizer = run.experiment.optimizer
    if (
        not isinstance(optimizer, SteepestSpec)
        or not optimizer.scaled
        or not isinstance(optimizer.step, ConstantSpec)
    ):
        return None
    if not run.all_have("separated") or not (run.is_homogeneous or run.applies("Soudry")) or run.decays:
        return None
    return "Constant step: the direction converges like 1/log t", SAFE


def line_search(run: WatchedRun) -> Told:
    """Say that a line search sits at the edge of stability, where theorems about small steps say nothing."""
    step = run.experiment.optimizer.step
    if not isinstance(step, LineSearchSpec | LossBasedSpec) or not run.all_have("separated"):
        return None
    words = "Steps by the loss sit at the edge of stability: the smoothed margin falls, and gradients do not align"
    return words, SAFE


def margin_falls(run: WatchedRun) -> Told:
    """Say that steps are too long for the theorem, where the smoothed margin falls by more than kinks explain."""
    optimizer = run.experiment.optimizer
    if not isinstance(optimizer, SteepestSpec) or not run.is_homogeneous or not run.all_have("separated"):
        return None
    if not isinstance(optimizer.step, ConstantSpec | SafeSpec) or not optimizer.scaled:
        return None
    fell = run.history.counters.get("smoothed_margin_decreases")
    drop = run.history.counters.get("smoothed_margin_worst_drop")
    if optimizer.norm != "l2" or fell is None or drop is None:
        return None
    drop = np.where(np.asarray(run.values("optimizer.weight_decay")) > 0, 0.0, np.nan_to_num(drop))
    if not (drop > KINK_DROP).any():
        return None
    whose = run.whose(lambda r: drop[r] > KINK_DROP)
    words = f"The smoothed margin fell by up to {drop.max():.2g} of itself{whose}: steps are too long for the theorem"
    path = f"optimizer.step.{optimizer.step.rate}"
    half = run.value(path)
    return words, Remedy("Halve the step", {path: half / 2})


def fixed_length(run: WatchedRun) -> Told:
    """Say that steps of one length go to and fro, where the loss stands still under them."""
    if not run.experiment.optimizer.scale_free or not isinstance(run.experiment.optimizer, SteepestSpec):
        return None
    if not run.over or not run.has("log_loss"):
        return None
    still = np.abs(run.at("log_loss", 0.5) - run.final("log_loss")) < 1e-2 * np.abs(run.final("log_loss"))
    if not still.any():
        return None
    whose = run.whose(lambda r: bool(still[r]))
    words = f"Steps of one length go to and fro{whose}: the loss stands still"
    return words, Remedy("Scale steps by the gradient", {"optimizer.scaled": True})


def finite_time(run: WatchedRun) -> Told:
    """Say that learning rates with a finite sum end the flow's time."""
    if not run.experiment.optimizer.step.has_finite_sum():
        return None
    words = "The learning rates have a finite sum: the flow's time ends, and with it every limit"
    return words, Remedy("Let them fall like 1/t", {"optimizer.step.exponent": 1.0})


def below_epsilon(run: WatchedRun) -> Told:
    """Say since when gradients are below epsilon, where Adam and RMSProp are gradient descent."""
    optimizer, steps = run.experiment.optimizer, run.happened("handover")
    if not isinstance(optimizer, AdamSpec | RmsPropSpec) or not any(at is not None for at in steps):
        return None
    if not any(value > 0 for value in run.values("optimizer.epsilon")):
        return None
    first = min(at for at in steps if at is not None)
    whose = run.whose(lambda r: steps[r] is not None)
    name = optimizer.title
    words = f"Gradients are below ε from step {first:,} on{whose}: there {name} is gradient descent"
    return words, Remedy("Set ε to 0", {"optimizer.epsilon": 0.0})


def throttled(run: WatchedRun) -> Told:
    """Say that Adam's second moment forgets too slowly, where the loss falls by about (1 - beta2) / 2 a step."""
    optimizer = run.experiment.optimizer
    if not isinstance(optimizer, AdamSpec) or not run.all_have("fitted") or not run.has("log_loss"):
        return None
    half = run.last_step - run.last_step // 2
    rate = (run.at("log_loss", 0.5) - run.final("log_loss")) / max(half, 1)
    limits = (1 - np.asarray(run.values("optimizer.beta2"))) / 2
    slow = (rate > 0.5 * limits) & (limits < 0.01)
    if run.last_step < 100 or not slow.any():
        return None
    words = f"β₂ throttles{run.whose(lambda r: bool(slow[r]))}: gradients fall by (1 − β₂)/2 a step at most"
    return words, Remedy(
        "Set β₂ to 0.95", {"optimizer.beta2": 0.95, "optimizer.beta1": min(optimizer.beta1, 0.95)}
    )


def noise_in_float32(run: WatchedRun) -> Told:
    """Say that the dual variables of large margins are noise in float32."""
    if run.experiment.run.dtype != "float32" or not (run.final("margin") > LARGEST_IN_FLOAT32).any():
        return None
    words = "float32: margins have passed 1e4, and dual variables are noise"
    return words, Remedy("Compute in float64", {"run.dtype": "float64"})


def loose_flow(run: WatchedRun) -> Told:
    """Say that a loose integrator is no gradient flow."""
    if not isinstance(run.experiment.optimizer, FlowSpec):
        return None
    loose = [value for value in run.values("optimizer.rtol") if value > LOOSE]
    if not loose or not len(run.history.records):
        return None
    words = f"A tolerance of {max(loose):g}: the way is no longer gradient flow's"
    return words, Remedy("Integrate to 1e-6", {"optimizer.rtol": 1e-6})


def late_biases(run: WatchedRun) -> Told:
    """Say that biases after the first layer take a network's degree."""
    activation = run.value("network.activation")
    if run.value("network.bias") != "all" or activation not in KINKED or not run.has_no_degree:
        return None
    if not run.all_have("separated"):
        return None
    words = "Biases in later layers: the network has no degree, and normalized margins need not converge"
    return words, Remedy("Keep those of the first layer", {"network.bias": "first"})


def start_weighs(run: WatchedRun) -> Told:
    """Say that the direction is still that of a large start, where the norm hardly grew."""
    scale = run.value("network.init.scale")
    if (
        not run.over
        or run.decays
        or not run.is_homogeneous
        or not isinstance(scale, float)
        or not run.all_have("separated")
    ):
        return None
    if not run.has("param_norm") or not run.has("cos_initial") or not run.experiment.optimizer.descends:
        return None
    start, end = run.at("param_norm", 0.0), run.final("param_norm")
    heavy = (end < 1.5 * start) & (run.final("cos_initial") > 0.7)
    if not heavy.any():
        return None
    whose = run.whose(lambda r: bool(heavy[r]))
    words = f"The start still weighs{whose}: the norm is {(end / start)[heavy].min():.2f} times what it was"
    return words, Remedy("Start at a tenth", {"network.init.scale": scale / 10})


def just_separated(run: WatchedRun) -> Told:
    """Say that late training has hardly begun, where a run ends soon after separation."""
    steps = [at for at in run.happened("separated") if at is not None]
    if isinstance(run.experiment.optimizer, FlowSpec):  # whose steps are no measure of its time
        return None
    if not run.over or not steps or not run.all_have("separated") or max(steps) <= run.last_step / 3:
        return None
    late = max(steps)
    words = f"Separated only at step {late:,} of {run.last_step:,}: late training has hardly begun"
    return words, _longer(run)


def part_of_the_kernel(run: WatchedRun) -> Told:
    """Say that a kernel of many samples is taken on a part of them."""
    data = run.history.started.data if run.history.started is not None else None
    taken = next((n for words in run.history.remarks.values() if (n := _subset(words))), 0)
    if data is None or not 0 < taken < data.samples:
        return None
    words = f"The kernel shown is of {taken:,} of {data.samples:,} samples"
    label = f"Train on {taken:,} samples"
    trained = 1 - run.experiment.data.test_fraction
    if isinstance(run.value("data.train"), int):
        return words, Remedy(label, {"data.train": taken})
    if isinstance(run.value("data.n"), int):
        return words, Remedy(label, {"data.n": round(taken / trained)})
    held_out = round(1 - taken / data.samples * trained, 4)
    return words, Remedy(label, {"data.test_fraction": held_out})


def _subset(remark: str) -> int:
    """Return how many samples a remark about a kernel names; 0 where it names none."""
    _, found, rest = remark.partition("class-balanced subset of ")
    return int(rest.split()[0].replace(",", "")) if found else 0


def _shorter(run: WatchedRun) -> Remedy | None:
    """Return steps a tenth as long; None where no number says how long they are."""
    step = run.experiment.optimizer.step
    value = run.value(f"optimizer.step.{step.rate}") if step.rate and not step.adapts else None
    if not isinstance(value, float) or isinstance(step, SafeSpec):
        return None
    return Remedy("Take steps a tenth as long", {f"optimizer.step.{step.rate}": value / 10})


def _longer(run: WatchedRun) -> Remedy:
    return Remedy("Train ten times as long", {"run.steps": 10 * run.experiment.run.steps})
