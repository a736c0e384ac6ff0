"""The exact tangent kernel beside torch.func's Jacobian contraction and beside its bare matrix products."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

from ..device import free_memory
from ..experiment.networks import MlpSpec
from ..experiment.structure import Ends
from ..kernels import KernelTooLarge, plan_kernel, tangent_kernel
from ..kernels.empirical import OnProgress
from ..kernels.machine import synchronize
from ..networks import Network, build
from ..words.formats import byte_size
from .memory import with_peak
from .timed import Timed

T = TypeVar("T")
INPUTS = 64
BESIDE = 5
"""Kernels, and floors, that are computed for every one by the recipe; their median counts."""
SHARE = 0.8
"""Of the free memory, that the recipe may take."""


@dataclass(frozen=True)
class SideBySide:
    """Medians over runs, each of which took all three one after the other; ratios are medians of each run's own."""

    samples: int
    hidden: tuple[int, ...]
    runs: int
    plan: str
    layers_seconds: Timed
    floor_seconds: Timed
    over_floor: float
    """Layer by layer over the bare products of the same shapes, without the passes that make what is multiplied."""
    recipe_seconds: Timed | None
    """None where the recipe would not fit, which `note` says."""
    times_faster: float | None
    difference: float | None
    """The largest of an entry, over the largest entry."""
    note: str = ""

    @property
    def title(self) -> str:
        """Return its size."""
        return title_of(self.samples, self.hidden)


@dataclass(frozen=True)
class LargeKernel:
    """One kernel of many samples."""

    samples: int
    hidden: tuple[int, ...]
    plan: str
    seconds: float | None
    peak_bytes: int | None
    """By how much memory in use grew."""
    planned_bytes: int | None
    note: str = ""

    @property
    def title(self) -> str:
        """Return its size."""
        return title_of(self.samples, self.hidden)


def title_of(samples: int, hidden: Sequence[int]) -> str:
    """Return a kernel's size in words."""
    return f"kernel of {samples:,} samples, hidden {', '.join(map(str, hidden))}"


def side_by_side(
    samples: int, hidden: tuple[int, ...], runs: int, device: torch.device, show: Callable[[int], None]
) -> SideBySide:
    """Compute one kernel layer by layer, by the recipe and as its bare products, `runs` times in turn."""
    network, theta, x = _drawn(samples, hidden, device)
    plan = plan_kernel(network, samples, device=device)
    needed, free = _recipe_bytes(network, samples), free_memory(device)
    fits = not free or needed <= SHARE * free
    floor = _floor(network, theta, x)
    kernel, jacobians = tangent_kernel(network, theta, x, plan=plan), None
    recipe(network, theta, x[0, :2])  # what torch.func does once
    layers, floors, recipes = [], [], []
    for run in range(runs):
        layers.append(_median(lambda: tangent_kernel(network, theta, x, plan=plan), device))
        floors.append(_median(floor, device))
        if fits:
            seconds, jacobians = _timed(lambda: recipe(network, theta, x[0]), device)
            recipes.append(seconds)
        show(run + 1)
    difference = None
    if jacobians is not None:
        difference = float((kernel[0] - jacobians).abs().max() / jacobians.abs().max())
    return SideBySide(
        samples,
        hidden,
        runs,
        str(plan),
        Timed.of(layers),
        Timed.of(floors),
        statistics.median(a / b for a, b in zip(layers, floors, strict=True)),
        Timed.of(recipes) if recipes else None,
        statistics.median(b / a for a, b in zip(layers, recipes, strict=True)) if recipes else None,
        difference,
        "" if fits else f"the recipe would need {byte_size(needed)} of {byte_size(free)}, and was left out",
    )


def large_kernel(
    samples: int, hidden: tuple[int, ...], device: torch.device, on_progress: OnProgress
) -> LargeKernel:
    """Compute one kernel of many samples and say what it took."""
    network, theta, x = _drawn(samples, hidden, device)
    try:
        plan = plan_kernel(network, samples, device=device)
    except KernelTooLarge as refusal:
        return LargeKernel(samples, hidden, "", None, None, None, str(refusal))

    def compute() -> float:
        return _timed(lambda: tangent_kernel(network, theta, x, plan=plan, on_progress=on_progress), device)[
            0
        ]

    seconds, peak = with_peak(device, compute)
    return LargeKernel(samples, hidden, str(plan), seconds, peak, plan.bytes)


def recipe(network: Network, theta: Tensor, x: Tensor) -> Tensor:
    """Return the kernel (N, N) of one replica with one output by PyTorch's tutorial "Neural Tangent Kernels".

    functional_call, the Jacobian of every sample by vmap(jacrev) for every parameter, contracted and summed.
    """
    layers: list[nn.Module] = []
    for layer in network.layers:
        layers += [nn.Linear(layer.columns, layer.rows, bias=False, device="meta"), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    names = [name for name, _ in model.named_parameters()]
    weights = [weight.weight[0] for weight in network.views(theta)]
    parameters = dict(zip(names, weights, strict=True))

    def single(parameters: dict[str, Tensor], point: Tensor) -> Tensor:
        return cast(Tensor, functional_call(model, parameters, (point.unsqueeze(0),))).squeeze(0)

    def jacobians(points: Tensor) -> list[Tensor]:
        by_name = vmap(jacrev(single), (None, 0))(parameters, points)
        return [jacobian.flatten(2) for jacobian in by_name.values()]

    shares = [
        torch.einsum("Naf,Mbf->NMab", left, right)
        for left, right in zip(jacobians(x), jacobians(x), strict=True)
    ]
    return torch.stack(shares).sum(0)[:, :, 0, 0]


def _drawn(samples: int, hidden: tuple[int, ...], device: torch.device) -> tuple[Network, Tensor, Tensor]:
    """Return a dense network with one output, its parameters (1, P) and samples (1, N, d), in float64."""
    fields = MlpSpec(kind="mlp", widths=hidden)
    network, theta = build([fields], [0], Ends(INPUTS, 1), torch.float64, device)
    generator = torch.Generator().manual_seed(0)
    return (
        network,
        theta,
        torch.randn(1, samples, INPUTS, dtype=torch.float64, generator=generator).to(device),
    )


def _floor(network: Network, theta: Tensor, x: Tensor) -> Callable[[], None]:
    """Return what multiplies the inputs, and the signals, of every layer by one another, into memory that is there."""
    weights = network.views(theta)
    tape = network.forward(weights, x)[1]
    sides = [h for h in tape.inputs if h is not None]
    sides += [signal for _, signal in network.signals(weights, tape, torch.ones_like(x[..., :1]))]
    into = torch.empty(1, x.shape[1], x.shape[1], dtype=x.dtype, device=x.device)

    def multiply() -> None:
        for side in sides:
            torch.bmm(side, side.mT, out=into)

    return multiply


def _recipe_bytes(network: Network, samples: int) -> int:
    """Return what the recipe holds at least: both sides' Jacobians, and one layer's while it is made."""
    sizes = [layer.size for layer in network.layers]
    return 8 * samples * (2 * sum(sizes) + max(sizes))


def _median(do: Callable[[], object], device: torch.device) -> float:
    return statistics.median(_timed(do, device)[0] for _ in range(BESIDE))


def _timed(do: Callable[[], T], device: torch.device) -> tuple[float, T]:
    synchronize(device)
    started = time.perf_counter()
    done = do()
    synchronize(device)
    return time.perf_counter() - started, done
