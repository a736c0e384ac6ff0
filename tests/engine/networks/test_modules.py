"""Plain torch modules as networks: values, gradients, norms and kernels as in closed form, and the degree measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest
import torch
from torch import Tensor, nn

from engine.experiment.networks import MlpSpec, NetworkSpec
from engine.experiment.plug_ins.kinds import ModuleInitSpec, NetworkPlugIn
from engine.experiment.structure import Ends, structure
from engine.kernels import tangent_kernel
from engine.networks import Network, build
from engine.optimizers.geometry import geometry, sample_dual_squares
from engine.theory import homogeneity
from engine.words.errors import Refusal

CPU = torch.device("cpu")
ENDS = Ends(3, 2, None, 5)
NORMS = ("l2", "l1", "linf", "spectral")


class TwoLayers(NetworkPlugIn):
    """The dense network of two layers, as a module."""

    title = "Two layers"
    help = "For these tests."
    kind: Literal["two-layers"]
    bias: bool = True
    power: float = 1.0

    def parameter_shapes(self, ends: Ends) -> Mapping[str, tuple[int, ...]]:
        biases: dict[str, tuple[int, ...]] = {"0.bias": (4,)} if self.bias else {}
        return {"0.weight": (4, ends.inputs), **biases, "2.weight": (ends.outputs, 4)}

    def module(self, ends: Ends) -> Any:
        layers = (nn.Linear(ends.inputs, 4, self.bias), Power(self.power), nn.Linear(4, ends.outputs, False))
        return nn.Sequential(*layers)


class Power(nn.Module):
    def __init__(self, power: float) -> None:
        super().__init__()
        self.power = power
        self.register_buffer("one", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x).pow(self.power) * self.one if self.power else torch.tanh(x)


class Wrong(TwoLayers):
    """Says other shapes than its module has."""

    kind: Literal["wrong"]  # type: ignore[assignment]

    def parameter_shapes(self, ends: Ends) -> Mapping[str, tuple[int, ...]]:
        return {"0.weight": (4, ends.inputs)}


class Fails(TwoLayers):
    """Has no module at all."""

    kind: Literal["fails"]  # type: ignore[assignment]

    def module(self, ends: Ends) -> Any:
        raise OSError("no such file")


class Flat(TwoLayers):
    """Says one number a batch."""

    kind: Literal["flat"]  # type: ignore[assignment]

    def module(self, ends: Ends) -> Any:
        return nn.Sequential(*super().module(ends), nn.Flatten(0))


def module(kind: type[TwoLayers] = TwoLayers, **said: Any) -> TwoLayers:
    return kind.model_validate({"kind": kind.name(), **said})


def built(fields: NetworkSpec, replicas: int = 3) -> tuple[Network, Tensor]:
    return build([fields] * replicas, range(replicas), ENDS, torch.float64, CPU)


def points(replicas: int = 3, samples: int = 5) -> Tensor:
    drawn = torch.randn(1, samples, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return drawn.expand(replicas, -1, -1)


def close(found: Tensor, expected: Tensor) -> bool:
    return found.shape == expected.shape and torch.allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("train", ["all", ("W1",), ("W2",)])
def test_a_module_is_the_network_that_it_says(train: Any) -> None:
    """Three replicas, biases, an output scale: against the closed form of the same network."""
    init = {"kind": "fan-in", "bias": 0.3}
    dense = MlpSpec.model_validate(
        {"kind": "mlp", "widths": (4,), "bias": "first", "init": init, "train": train, "output_scale": 1.7}
    )
    own = module(init=init, train=train, output_scale=1.7)
    (plain, theta), (network, same) = built(dense), built(own)
    assert close(same, theta), "the lab's own initialisations draw the same numbers"
    x, cotangent = points(), torch.randn(3, 5, 2, dtype=torch.float64)
    sides = []
    for one in (plain, network):
        weights = one.views(theta)
        outputs, tape = one.forward(weights, x)
        gradient = torch.empty_like(theta)
        one.backward(weights, tape, cotangent, one.views(gradient))
        each = one.sample_gradients(weights, tape, cotangent)
        norms = [sample_dual_squares(geometry(n, one), one, weights, tape, cotangent) for n in NORMS]
        steepest = [geometry(n, one).steepest(gradient, None) for n in NORMS]
        radial = one.radial_derivative(weights, tape, cotangent)
        along = one.derivative_along(weights, tape, cotangent, one.views(gradient))
        kernel = tangent_kernel(one, theta, x, outputs="full")
        sides.append(
            [outputs, one.outputs(theta, x), gradient, each, *norms, *steepest, radial, along, kernel]
        )
    assert all(close(found, expected) for expected, found in zip(*sides, strict=True))
    assert close(
        network.times(2).outputs(theta.repeat(2, 1), points(6)), plain.outputs(theta, x).repeat(2, 1, 1)
    )


def test_a_module_draws_its_parameters_by_each_replica_s_seed() -> None:
    _, theta = built(module())
    torch.manual_seed(1)
    own = module().module(ENDS)
    expected = torch.cat([p.detach().double().flatten() for p in own.parameters()])
    assert torch.equal(theta[1], expected) and not torch.equal(theta[0], theta[1])
    _, larger = built(module(init={"kind": "module", "scale": 2.0}))
    assert close(larger, 2 * theta) and isinstance(module().init, ModuleInitSpec)


@pytest.mark.parametrize(
    ("said", "degree"),
    [({"bias": False}, 2), ({}, 2), ({"bias": False, "power": 2.0}, 3), ({"power": 0.0}, None)],
)
def test_the_degree_is_measured(said: dict[str, Any], degree: float | None) -> None:
    fields = module(output_scale=1.25 + len(str(said)) / 100, **said)
    assert structure(fields, ENDS).degree is None, "nothing is believed before"
    network, _ = built(fields)
    words = homogeneity(network.structure).text
    assert network.degree == degree == structure(fields, ENDS).degree
    assert (
        f"{degree} f, to" in words if degree else words.startswith("not homogeneous: measured: ⟨∇f, θ⟩ is ")
    )


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (
            Wrong,
            "network.kind: 'wrong' has parameters 0.weight 4×3, 0.bias 4, 2.weight 2×4, and says 0.weight 4×3",
        ),
        (Fails, "network.kind: 'fails' fails to make its module: OSError, no such file"),
        (Flat, r"network.kind: 'flat' gives outputs of shape \(16,\) for 8 samples; \(8, 2\) is needed"),
    ],
)
def test_a_module_that_is_not_what_it_says_is_refused(kind: type[TwoLayers], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        built(module(kind))
