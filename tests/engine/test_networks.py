"""Dense networks in closed form against autograd: every activation, bias mode and set of trained layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.experiment.networks import Mlp
from engine.networks import Network, build
from engine.networks.activations import activation
from tests.engine.cases import ACTIVATIONS, BIASES, activated, plain_outputs

CPU = torch.device("cpu")
SAMPLES, OTHERS, INPUTS = 6, 4, 3
TRAINED: tuple[str | tuple[str, ...], ...] = ("all", ("W1",), ("W2",), ("W3",), ("W1", "W3"))


def mlp(**said: object) -> Mlp:
    return Mlp.model_validate({"kind": "mlp", "widths": (5, 4), "init": {"kind": "he", "bias": 0.4}, **said})


def built(fields: Mlp, outputs: int, replicas: int) -> tuple[Network, Tensor, Tensor]:
    """Return the network, theta (R, P) and inputs (R, N, d), every replica its own."""
    network, theta = build([fields] * replicas, range(7, 7 + replicas), INPUTS, outputs, torch.float64, CPU)
    x = torch.randn(replicas, SAMPLES, INPUTS, dtype=torch.float64, generator=seeded(1))
    return network, theta, x


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def jacobians(network: Network, theta: Tensor, x: Tensor) -> Tensor:
    """Return df/dtheta (R, N, C, P) by torch.func, replica by replica."""

    def f(parameters: Tensor, frozen: Tensor, points: Tensor) -> Tensor:
        return plain_outputs(network.fields, parameters, frozen, points, network.outputs_count)

    return torch.stack([torch.func.jacrev(f)(theta[r], network._frozen[r], x[r]) for r in range(len(theta))])


def close(found: Tensor, expected: Tensor, tolerance: float = 1e-10) -> bool:
    scale = expected.abs().max().clamp(min=1e-12)
    return found.shape == expected.shape and bool(((found - expected).abs().max() / scale) < tolerance)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_everything_equals_autograd(name: str, bias: str, outputs: int) -> None:
    for train in TRAINED:
        for replicas, scale in ((1, 1.0), (3, 1.7)):
            fields = mlp(activation=name, bias=bias, train=train, output_scale=scale, negative_slope=0.2)
            check_against_autograd(fields, outputs, replicas)


def check_against_autograd(fields: Mlp, outputs: int, replicas: int) -> None:
    network, theta, x = built(fields, outputs, replicas)
    weights = network.views(theta)
    f, tape = network.forward(weights, x)
    plain = [plain_outputs(fields, theta[r], network._frozen[r], x[r], outputs) for r in range(replicas)]
    assert close(f, torch.stack(plain))
    assert close(network.outputs(theta, x), f, 1e-15)
    rows = jacobians(network, theta, x)
    cotangent = torch.randn(f.shape, dtype=torch.float64, generator=seeded(2))
    each = torch.einsum("rncp,rnc->rnp", rows, cotangent)
    gradient = torch.full_like(theta, torch.nan)
    network.backward(weights, tape, cotangent, network.views(gradient))
    assert close(gradient, each.sum(1))
    assert close(network.sample_gradients(weights, tape, cotangent), each)
    assert close(network.sample_gradient_norms(weights, tape, cotangent), each.square().sum(-1))
    assert close(network.tangent_kernel(theta, x), torch.einsum("rncp,rmcp->rnm", rows, rows))
    others = torch.randn(replicas, OTHERS, INPUTS, dtype=torch.float64, generator=seeded(3))
    other_rows = jacobians(network, theta, others)
    crossed = torch.einsum("rncp,rmcp->rnm", rows, other_rows)
    assert close(network.tangent_kernel(theta, x, others), crossed)


@pytest.mark.parametrize("bias", BIASES)
def test_linear_models_have_no_hidden_layer(bias: str) -> None:
    for outputs in (1, 3):
        check_against_autograd(mlp(widths=(), bias=bias), outputs, 2)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivatives_of_activations(name: str) -> None:
    """On a grid out to where exponentials overflow or vanish; not at kinks, which are a convention."""
    z = torch.cat([torch.linspace(-40, 40, 162), torch.tensor([-800.0, -100.0, 100.0, 700.0])]).double()
    found = activation(name, 0.3)
    if name == "maxout":
        z = torch.stack([z, z.flip(0) + 0.1], -1)
    free = z.clone().requires_grad_()
    expected = activated(name, free, 0.3)
    (slope,) = torch.autograd.grad(expected.sum(), free)
    h = found.forward(z)
    assert torch.allclose(h, expected, rtol=1e-12, atol=1e-13)
    assert torch.allclose(found.backward(torch.ones_like(h), z, h), slope, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "slope"), [("relu", 0.0), ("abs", 0.0), ("leaky-relu", 0.3), ("relu2", 0.0)]
)
def test_conventions_at_the_kink(name: str, slope: float) -> None:
    zero = torch.zeros(1, dtype=torch.float64)
    found = activation(name, 0.3)
    assert found.backward(torch.ones(1, dtype=torch.float64), zero, found.forward(zero)).item() == slope


@pytest.mark.parametrize("kind", ["normal", "fan-in", "he"])
def test_initial_spread(kind: str) -> None:
    """By layer: normal scale; fan-in scale/sqrt(fan in); he scale sqrt(2/fan in); biases: their own."""
    fields = mlp(widths=(300, 200), bias="all", init={"kind": kind, "scale": 0.7, "bias": 0.3})
    network, theta = build([fields], [4], 50, 40, torch.float64, CPU)
    for layer, fan_in in zip(network.views(theta), (50, 300, 200), strict=True):
        expected = {"normal": 0.7, "fan-in": 0.7 / fan_in**0.5, "he": 0.7 * (2 / fan_in) ** 0.5}[kind]
        count = layer.weight.numel()
        assert layer.weight.std().item() == pytest.approx(expected, rel=4 / (2 * count) ** 0.5)
        assert abs(layer.weight.mean().item()) < 4 * expected / count**0.5
        assert layer.bias is not None
        assert layer.bias.std().item() == pytest.approx(0.3, rel=4 / (2 * layer.bias.numel()) ** 0.5)


def test_zeros_and_identity() -> None:
    network, theta = build([mlp(init={"kind": "zeros"}, bias="all")], [0], 3, 1, torch.float64, CPU)
    assert not theta.any()
    network, theta = build([mlp(init={"kind": "identity", "scale": 0.5})], [0], 3, 2, torch.float64, CPU)
    for layer, shape in zip(network.views(theta), ((5, 3), (4, 5), (2, 4)), strict=True):
        assert torch.equal(layer.weight[0], 0.5 * torch.eye(*shape, dtype=torch.float64))


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(6,), (3, 10), (64,)])
def test_symmetrized_networks_start_at_zero(name: str, bias: str, widths: tuple[int, ...]) -> None:
    init = {"kind": "he", "bias": 0.4, "symmetrized": True}
    fields = mlp(widths=widths, activation=name, bias=bias, init=init)
    for outputs in (1, 3):
        network, theta, x = built(fields, outputs, 2)
        weights = network.views(theta)
        f, tape = network.forward(weights, x)
        # 0 up to the order in which a matrix product adds a and -a
        summands = tape.inputs[-1].abs() @ weights[-1].weight.abs().mT
        assert (f.abs() <= 4e-16 * summands).all()
        assert summands.max() > 0
        without = fields.model_copy(update={"init": fields.init.model_copy(update={"symmetrized": False})})
        ordinary, other, _ = built(without, outputs, 2)
        # the first half of the units is drawn as without
        kept = network.views(theta)[-2].weight[0][: widths[-1] // 2]
        assert torch.equal(kept, ordinary.views(other)[-2].weight[0][: widths[-1] // 2])


def test_seeds_decide_each_replica_alone() -> None:
    fields = mlp(bias="all")
    _, together = build([fields] * 3, [5, 6, 7], INPUTS, 1, torch.float64, CPU)
    _, alone = build([fields], [6], INPUTS, 1, torch.float64, CPU)
    assert torch.equal(together[1:2], alone)
    assert not torch.equal(together[0], together[1])
    _, again = build([fields], [6], INPUTS, 1, torch.float64, CPU)
    assert torch.equal(alone, again)
    _, single = build([fields], [6], INPUTS, 1, torch.float32, CPU)
    assert torch.equal(single, alone.float())  # drawn in float64 whatever the precision


def test_what_does_not_train_is_drawn_all_the_same() -> None:
    """The trained subset decides what moves, not how the network starts."""
    x = torch.randn(1, SAMPLES, INPUTS, dtype=torch.float64, generator=seeded(1))
    outputs = []
    for train in TRAINED:
        network, theta = build([mlp(train=train, bias="all")], [3], INPUTS, 2, torch.float64, CPU)
        assert theta.shape[1] == network.structure.parameters
        outputs.append(network.outputs(theta, x))
    assert all(torch.equal(f, outputs[0]) for f in outputs)


def test_layer_slices_are_whole_layers() -> None:
    network, theta, _ = built(mlp(bias="all", train=("W1", "W3")), 2, 2)
    assert list(network.layer_slices()) == ["W1", "W3"]
    weights = network.views(theta)
    for i, part in zip((0, 2), network.layer_slices().values(), strict=True):
        bias = weights[i].bias
        assert bias is not None
        whole = torch.cat([weights[i].weight.flatten(1), bias], 1)
        assert torch.equal(theta[:, part], whole)
    theta.zero_()
    assert not weights[0].weight.any()  # views, not copies


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 6), max_size=3),
    st.sampled_from(ACTIVATIONS),
    st.sampled_from(BIASES),
    st.integers(1, 4),
    st.integers(1, 4),
    st.integers(0, 10**6),
)
def test_any_shape_equals_autograd(
    widths: list[int], name: str, bias: str, inputs: int, outputs: int, seed: int
) -> None:
    fields = mlp(widths=tuple(widths), activation=name, bias=bias)
    network, theta = build([fields, fields], [seed, seed + 1], inputs, outputs, torch.float64, CPU)
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(2, 5, inputs)))
    rows = jacobians(network, theta, x)
    kernel = network.tangent_kernel(theta, x)
    assert close(kernel, torch.einsum("rncp,rmcp->rnm", rows, rows))
    assert torch.allclose(kernel, kernel.mT)
