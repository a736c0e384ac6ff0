"""Every kind of network in closed form against autograd: activations, bias modes, and sets of trained layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.experiment.networks import NETWORK_KINDS, MlpSpec
from engine.experiment.networks import NetworkSpec as Fields
from engine.experiment.structure import Ends
from engine.kernels import tangent_kernel
from engine.networks import Network, build
from engine.networks.activations import activation
from engine.networks.convolutional import from_windows, windows
from engine.networks.sites import polar_factor
from tests.engine.networks.plain_networks import ACTIVATIONS, BIASES, activated, plain_outputs
from tests.rounding import assert_close

CPU = torch.device("cpu")
SAMPLES, OTHERS, INPUTS = 6, 4, 3
TRAINED: tuple[str | tuple[str, ...], ...] = ("all", ("W1",), ("W2",), ("W3",), ("W1", "W3"))
INIT = {"kind": "he", "bias": 0.4}
Said = dict[str, Any]


def mlp(**said: object) -> MlpSpec:
    return MlpSpec.model_validate({"kind": "mlp", "widths": (5, 4), "init": INIT, **said})


def fields_of(said: Said) -> Fields:
    return NETWORK_KINDS[said["kind"]].model_validate({"init": INIT, **said})


def ends_of(outputs: int, inputs: int = INPUTS, image: tuple[int, int] | None = None) -> Ends:
    return Ends(inputs, outputs, image, SAMPLES)


def built(fields: Fields, ends: Ends, replicas: int) -> tuple[Network, Tensor, Tensor]:
    """Return the network, theta (R, P) and inputs (R, N, d), every replica its own."""
    network, theta = build([fields] * replicas, range(7, 7 + replicas), ends, torch.float64, CPU)
    if fields.kind == "free-features":
        return network, theta, torch.eye(SAMPLES, dtype=torch.float64).expand(replicas, -1, -1)
    x = torch.randn(replicas, SAMPLES, ends.inputs, dtype=torch.float64, generator=seeded(1))
    return network, theta, x


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def jacobians(network: Network, theta: Tensor, x: Tensor) -> Tensor:
    """Return df/dtheta (R, N, C, P) by torch.func, replica by replica."""

    def f(parameters: Tensor, frozen: Tensor, points: Tensor) -> Tensor:
        return plain_outputs(network.fields, parameters, frozen, points, network.ends)

    return torch.stack([torch.func.jacrev(f)(theta[r], network.frozen[r], x[r]) for r in range(len(theta))])


def close(found: Tensor, expected: Tensor, tolerance: float = 1e-10) -> bool:
    scale = expected.abs().max().clamp(min=1e-12)
    return found.shape == expected.shape and bool(((found - expected).abs().max() / scale) < tolerance)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_dense_networks_equal_autograd(name: str, bias: str, outputs: int) -> None:
    for train in TRAINED:
        for replicas, scale in ((1, 1.0), (3, 1.7)):
            fields = mlp(activation=name, bias=bias, train=train, output_scale=scale, negative_slope=0.2)
            check_against_autograd(fields, ends_of(outputs), replicas)


CONV: Said = {"kind": "conv", "channels": (2, 3), "kernel": 3, "bias": "first"}
OTHER_KINDS: dict[str, tuple[Said, Ends]] = {
    "convolution": ({**CONV, "widths": (4,)}, ends_of(1, 30, (6, 5))),
    "all biases": ({**CONV, "bias": "all", "widths": (4,)}, ends_of(3, 30, (6, 5))),
    "average pooling": ({**CONV, "pool": "average"}, ends_of(3, 30, (6, 5))),
    "no pooling": ({**CONV, "pool": "none", "bias": "none"}, ends_of(1, 20, (4, 5))),
    "even kernel, wide pooling": ({**CONV, "kernel": 2, "pool_size": 3}, ends_of(3, 42, (7, 6))),
    "one row of pixels": (CONV, ends_of(1, 9)),
    "one pixel": (CONV, ends_of(1, 1)),
    "one map": ({"kind": "conv", "channels": (1,)}, ends_of(1, 16, (4, 4))),
    "residual": ({"kind": "residual", "width": 4, "blocks": 2}, ends_of(1)),
    "one residual block": ({"kind": "residual", "width": 3, "blocks": 1}, ends_of(3)),
    "diagonal": ({"kind": "diagonal"}, ends_of(1)),
    "deep diagonal": ({"kind": "diagonal", "depth": 3}, ends_of(3)),
    "no rotation": ({"kind": "no-rotation", "width": 5}, ends_of(1)),
    "no rotation, several outputs": ({"kind": "no-rotation", "width": 5}, ends_of(3)),
    "free features": ({"kind": "free-features", "features": 4}, ends_of(3)),
    "quasi": ({"kind": "quasi"}, ends_of(1)),
    "quasi, several outputs": ({"kind": "quasi"}, ends_of(3)),
    "quasi, one input": ({"kind": "quasi"}, ends_of(1, 1)),
    "attention": ({"kind": "attention"}, ends_of(1, 12, (4, 3))),
    "attention, several outputs": ({"kind": "attention", "head": "random"}, ends_of(3, 6, (3, 2))),
    "attention in factors": ({"kind": "attention", "form": "factored", "rank": 2}, ends_of(1, 12, (4, 3))),
    "attention to single inputs": ({"kind": "attention", "form": "factored"}, ends_of(1)),
}


def subsets(fields: Fields, ends: Ends) -> list[str | tuple[str, ...]]:
    """Return which layers may train: all, each alone, and all but each."""
    there = build([fields], [0], ends, torch.float64, CPU)[0].layers
    names = [layer.name for layer in there]
    some = [(name,) for name in names] + [tuple(n for n in names if n != left) for left in names]
    return ["all", *(chosen for chosen in dict.fromkeys(some) if chosen)]


@pytest.mark.parametrize("case", OTHER_KINDS)
def test_every_kind_equals_autograd(case: str) -> None:
    said, ends = OTHER_KINDS[case]
    activations = ACTIVATIONS if "activation" in NETWORK_KINDS[said["kind"]].model_fields else ("",)
    for name in activations:
        chosen = {**said, **({"activation": name, "negative_slope": 0.2} if name else {})}
        for train in subsets(fields_of(chosen), ends) if name in ("", "relu", "maxout") else ["all"]:
            for replicas, scale in ((1, 1.0), (2, 1.7)):
                check_against_autograd(
                    fields_of({**chosen, "train": train, "output_scale": scale}), ends, replicas
                )


def test_every_kind_is_compared() -> None:
    assert {said["kind"] for said, _ in OTHER_KINDS.values()} | {"mlp"} == set(NETWORK_KINDS)


def check_second_derivatives(network: Network, theta: Tensor, x: Tensor, slope: Tensor) -> None:
    """Compare H v of <slope, f> + <bend, f>^2/2 with autograd's."""
    bend, along = torch.randn_like(slope), torch.randn_like(theta)
    weights = network.views(theta)
    f, tape = network.forward(weights, x)

    def turned(moved: Tensor) -> Tensor:
        return bend * (bend * moved).sum((1, 2), keepdim=True)

    product = network.hessian_product(weights, tape, slope + turned(f), turned)
    if product is None:
        return

    def function(theta: Tensor) -> Tensor:
        outputs = network.forward(network.views(theta), x)[0]
        return ((slope * outputs).sum((1, 2)) + (bend * outputs).sum((1, 2)).square() / 2).sum()

    with torch.enable_grad():
        wanted = torch.autograd.functional.hvp(function, theta, along)[1]
    assert close(product(along), wanted)


def check_against_autograd(fields: Fields, ends: Ends, replicas: int) -> None:
    network, theta, x = built(fields, ends, replicas)
    weights = network.views(theta)
    f, tape = network.forward(weights, x)
    plain = [plain_outputs(fields, theta[r], network.frozen[r], x[r], ends) for r in range(replicas)]
    assert close(f, torch.stack(plain))
    assert close(network.outputs(theta, x), f, 1e-15)
    rows = jacobians(network, theta, x)
    cotangent = torch.randn(f.shape, dtype=torch.float64, generator=seeded(2))
    each = torch.einsum("rncp,rnc->rnp", rows, cotangent)
    gradient = torch.full_like(theta, torch.nan)
    network.backward(weights, tape, cotangent, network.views(gradient))
    assert close(gradient, each.sum(1))
    assert close(network.sample_gradients(weights, tape, cotangent), each)
    chosen = torch.tensor([[r, n] for n in (2, 0) for r in range(replicas)])
    rows_chosen = network.chosen_gradients(weights, tape, cotangent, chosen)
    assert close(rows_chosen, each[chosen[:, 0], chosen[:, 1]])
    check_second_derivatives(network, theta, x, cotangent)
    check_norms(network, theta, each, [network.sample_norms(weights, tape, cotangent, n) for n in NORMS])
    rates = dict(network.structure.weights)
    trained = [layer for layer in network.layers if layer.trained]
    each_rate = torch.cat(
        [torch.full((layer.size,), rates.get(layer.name, 1.0)) for layer in trained]
    ).double()
    other = torch.cos(torch.arange(theta.numel(), dtype=theta.dtype)).view_as(theta)
    along = network.derivative_along(weights, tape, cotangent, network.views(other))
    assert torch.allclose(along, torch.einsum("rnp,rp->rn", each, other), 1e-9, 1e-12)
    radial = torch.einsum("rnp,rp->rn", each, each_rate * theta)
    assert torch.allclose(network.radial_derivative(weights, tape, cotangent), radial, 1e-9, 1e-12)
    assert close(tangent_kernel(network, theta, x), torch.einsum("rncp,rmcp->rnm", rows, rows))
    if not network.structure.generalises:
        return
    others = torch.randn(replicas, OTHERS, ends.inputs, dtype=torch.float64, generator=seeded(3))
    other_rows = jacobians(network, theta, others)
    crossed = torch.einsum("rncp,rmcp->rnm", rows, other_rows)
    assert close(tangent_kernel(network, theta, x, others), crossed)


NORMS = ("l2", "l1", "linf", "nuclear")


def check_norms(network: Network, theta: Tensor, each: Tensor, found: list[Tensor]) -> None:
    """Compare with the entries of every sample's gradient (R, N, P), and with its matrices' singular values."""
    assert close(found[0], each.square().sum(-1))
    assert close(found[1], each.abs().sum(-1))
    assert close(found[2], each.abs().amax(-1))
    nuclear = torch.zeros_like(found[3])
    for r in range(each.shape[0]):
        for layer, matrix in network.matrices(each[r]):
            values = torch.diag_embed(matrix.squeeze(-1)) if layer.by_element else matrix
            nuclear[r] += torch.linalg.svdvals(values).sum(-1)
    assert close(found[3], nuclear, 1e-8)


def test_windows_are_what_a_convolution_sees() -> None:
    """The transpose of taking windows is adding them up, at every size of picture and window."""
    for pixels, window in (((4, 5), (3, 3)), ((3, 4), (2, 2)), ((1, 6), (1, 3)), ((2, 2), (5, 4))):
        maps = torch.randn(2, 3, math.prod(pixels), 2, dtype=torch.float64, generator=seeded(1))
        seen = windows(maps, pixels, window)
        down = torch.randn(seen.shape, dtype=torch.float64, generator=seeded(2))
        assert torch.allclose((seen * down).sum(), (maps * from_windows(down, pixels, window)).sum())


def test_a_polar_factor_leaves_out_what_is_not_there() -> None:
    """Of A = B C of rank 2 it is U V^T over two singular values; of 0 it is 0."""
    left = torch.randn(3, 5, 2, dtype=torch.float64, generator=seeded(1))
    right = torch.randn(3, 2, 4, dtype=torch.float64, generator=seeded(2))
    product = left @ right
    factor = polar_factor(product)
    assert torch.allclose(
        torch.linalg.svdvals(factor)[:, :3], torch.tensor([1.0, 1.0, 0.0]).double(), atol=1e-9
    )
    nuclear = torch.linalg.svdvals(product).sum(-1)
    assert torch.allclose((factor * product).sum((1, 2)), nuclear)
    for shape in ((2, 3, 4), (2, 1, 4), (2, 4, 1)):
        assert not polar_factor(torch.zeros(shape)).any()


@pytest.mark.parametrize("bias", BIASES)
def test_linear_models_have_no_hidden_layer(bias: str) -> None:
    for outputs in (1, 3):
        check_against_autograd(mlp(widths=(), bias=bias), ends_of(outputs), 2)


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
    network, theta = build([fields], [4], ends_of(40, 50), torch.float64, CPU)
    for layer, fan_in in zip(network.views(theta), (50, 300, 200), strict=True):
        expected = {"normal": 0.7, "fan-in": 0.7 / fan_in**0.5, "he": 0.7 * (2 / fan_in) ** 0.5}[kind]
        count = layer.weight.numel()
        assert layer.weight.std().item() == pytest.approx(expected, rel=4 / (2 * count) ** 0.5)
        assert abs(layer.weight.mean().item()) < 4 * expected / count**0.5
        assert layer.bias is not None
        assert layer.bias.std().item() == pytest.approx(0.3, rel=4 / (2 * layer.bias.numel()) ** 0.5)


def test_zeros_and_identity() -> None:
    network, theta = build([mlp(init={"kind": "zeros"}, bias="all")], [0], ends_of(1), torch.float64, CPU)
    assert not theta.any()
    network, theta = build(
        [mlp(init={"kind": "identity", "scale": 0.5})], [0], ends_of(2), torch.float64, CPU
    )
    for layer, shape in zip(network.views(theta), ((5, 3), (4, 5), (2, 4)), strict=True):
        assert torch.equal(layer.weight[0], 0.5 * torch.eye(*shape, dtype=torch.float64))
    fields = mlp(init={"kind": "identity", "bias": 0.3}, bias="all")
    network, theta = build([fields], [0], ends_of(2), torch.float64, CPU)
    assert all(bool((layer.bias == 0.3).all()) for layer in network.views(theta))


def test_a_diagonal_network_starts_at_zero_from_the_identity() -> None:
    network, theta, x = built(
        fields_of({"kind": "diagonal", "init": {"kind": "identity", "scale": 0.3}}), ends_of(2), 2
    )
    assert bool((theta == 0.3).all()) and not network.outputs(theta, x).any()


def test_quasi_starts_from_the_identity_and_its_bias() -> None:
    fields = fields_of({"kind": "quasi", "init": {"kind": "identity", "scale": 0.5, "bias": 0.1}})
    _, theta, _ = built(fields, ends_of(1), 1)
    assert theta.tolist() == [[0.5, 0.5, 0.1, 0.1]]


@pytest.mark.parametrize("outputs", [1, 3])
def test_no_rotation_starts_balanced_and_keeps_its_directions(outputs: int) -> None:
    """r_j = |a_j| with a ~ N(0, scale^2/m), and unit directions that no parameter moves."""
    fields = fields_of({"kind": "no-rotation", "width": 400, "init": {"scale": 0.7}})
    network, theta, _ = built(fields, ends_of(outputs), 2)
    norms, outgoing = (layer.weight for layer in network.views(theta))
    assert torch.allclose(norms.squeeze(-1), torch.linalg.vector_norm(outgoing, dim=1))
    assert outgoing.std().item() == pytest.approx(0.7 / 400**0.5, rel=0.1)
    directions = network.constants.unflatten(1, (400, INPUTS))
    assert torch.allclose(
        torch.linalg.vector_norm(directions, dim=2), torch.ones(2, 400, dtype=torch.float64)
    )
    assert not torch.equal(directions[0], directions[1])
    assert network.structure.parameters == 400 * (1 + outputs) == theta.shape[1]


def test_free_features_have_a_spread_of_their_own() -> None:
    fields = fields_of(
        {"kind": "free-features", "features": 400, "feature_scale": 2.0, "init": {"scale": 0.5}}
    )
    network, theta, _ = built(fields, ends_of(3), 1)
    features, outgoing = (layer.weight for layer in network.views(theta))
    assert features.std().item() == pytest.approx(2 * 0.5 / 20, rel=0.1)
    assert outgoing.std().item() == pytest.approx(0.5 / 20, rel=0.1)


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("widths", [(6,), (3, 10), (64,)])
def test_symmetrized_networks_start_at_zero(name: str, bias: str, widths: tuple[int, ...]) -> None:
    init = {"kind": "he", "bias": 0.4, "symmetrized": True}
    fields = mlp(widths=widths, activation=name, bias=bias, init=init)
    for outputs in (1, 3):
        network, theta, x = built(fields, ends_of(outputs), 2)
        weights = network.views(theta)
        f, tape = network.forward(weights, x)
        # 0 up to the order in which a matrix product adds a and -a, and to how it rounds two units that are equal
        summands = tape.inputs[-1].abs() @ weights[-1].weight.abs().mT
        assert (f.abs() <= 1e-14 * summands).all()
        assert summands.max() > 0
        without = fields.model_copy(update={"init": fields.init.model_copy(update={"symmetrized": False})})
        ordinary, other, _ = built(without, ends_of(outputs), 2)
        # the first half of the units is drawn as without
        kept = network.views(theta)[-2].weight[0][: widths[-1] // 2]
        assert torch.equal(kept, ordinary.views(other)[-2].weight[0][: widths[-1] // 2])


def test_a_width_exponent_makes_the_product_of_two_layers_start_at_that_power_of_the_width() -> None:
    for width in (16, 64):
        plain = mlp(widths=(width,), init={"kind": "fan-in"})
        powered = mlp(widths=(width,), init={"kind": "fan-in", "exponent": 1.5})
        layers = [
            network.views(theta) for network, theta, _ in (built(f, ends_of(1), 2) for f in (powered, plain))
        ]
        for small, ordinary in zip(*layers, strict=True):
            torch.testing.assert_close(small.weight, ordinary.weight * width**-0.75)


def test_seeds_decide_each_replica_alone() -> None:
    fields = mlp(bias="all")
    _, together = build([fields] * 3, [5, 6, 7], ends_of(1), torch.float64, CPU)
    _, alone = build([fields], [6], ends_of(1), torch.float64, CPU)
    assert torch.equal(together[1:2], alone)
    assert not torch.equal(together[0], together[1])
    _, again = build([fields], [6], ends_of(1), torch.float64, CPU)
    assert torch.equal(alone, again)
    _, single = build([fields], [6], ends_of(1), torch.float32, CPU)
    assert torch.equal(single, alone.float())  # drawn in float64 whatever the precision


def test_what_does_not_train_is_drawn_all_the_same() -> None:
    """The trained subset decides what moves, not how the network starts."""
    x = torch.randn(1, SAMPLES, INPUTS, dtype=torch.float64, generator=seeded(1))
    outputs = []
    for train in TRAINED:
        network, theta = build([mlp(train=train, bias="all")], [3], ends_of(2), torch.float64, CPU)
        assert theta.shape[1] == network.structure.parameters
        outputs.append(network.outputs(theta, x))
    for f in outputs[1:]:  # the weights lie elsewhere in memory
        assert_close(f, outputs[0])


def test_layer_slices_are_whole_layers() -> None:
    network, theta, _ = built(mlp(bias="all", train=("W1", "W3")), ends_of(2), 2)
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
    network, theta = build([fields, fields], [seed, seed + 1], ends_of(outputs, inputs), torch.float64, CPU)
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(2, 5, inputs)))
    rows = jacobians(network, theta, x)
    kernel = tangent_kernel(network, theta, x)
    assert close(kernel, torch.einsum("rncp,rmcp->rnm", rows, rows))
    assert torch.allclose(kernel, kernel.mT)
