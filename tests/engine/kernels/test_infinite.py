"""The infinite-width kernel against closed forms, quadrature and Monte-Carlo over width."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from engine.experiment.experiment import experiment_from
from engine.experiment.networks import NETWORK_KINDS, MlpSpec
from engine.experiment.structure import Ends
from engine.kernels import (
    infinite_kernel,
    infinite_layer_kernels,
    kernel_inputs,
    kernel_prediction,
    layer_kernels,
    limit_kernel,
    solve_kernel_references,
    tangent_kernel,
    width_errors,
)
from engine.networks import build
from engine.references import NotApplicable
from engine.run.problem import prepare
from tests.engine.cases import tables

CPU = torch.device("cpu")


def mlp(widths: tuple[int, ...], **said: object) -> MlpSpec:
    return MlpSpec.model_validate({"kind": "mlp", "widths": widths, **said})


def points(count: int, inputs: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, inputs, dtype=torch.float64, generator=generator)


def awkward(inputs: int = 3) -> Tensor:
    """Return points that coincide, oppose one another or nearly so, at several lengths."""
    x = points(4, inputs)
    nearly = x[0] + 1e-7 * x[1]
    return torch.stack([x[0], 2.5 * x[0], -x[0], -0.3 * x[0], nearly, -nearly, x[1], x[2]])


def plain(x: Tensor, other: Tensor) -> Tensor:
    """Return theory.md's kernel of f = m^(-1/2) sum a relu(w.x), the angle to 40 digits."""
    found = torch.empty(len(x), len(other), dtype=torch.float64)
    with mpmath.workdps(40):
        for i, first in enumerate(x.tolist()):
            for j, second in enumerate(other.tolist()):
                a, b = mpmath.matrix(first), mpmath.matrix(second)
                inner = sum(a[k] * b[k] for k in range(len(first)))
                both = mpmath.norm(a) * mpmath.norm(b)
                angle = mpmath.acos(max(-1, min(1, inner / both)))
                rest = mpmath.pi - angle
                value = inner * rest + both * (mpmath.sin(angle) + rest * mpmath.cos(angle))
                found[i, j] = float(value / (2 * mpmath.pi))
    return found


@pytest.mark.parametrize("width", [1, 100])
def test_two_layers_are_the_known_closed_form(width: int) -> None:
    fields = mlp((width,), init={"kind": "normal"}, output_scale=width**-0.5)
    x, other = awkward(), points(5, 3, seed=1)
    for right in (x, other):
        found = infinite_kernel([fields], Ends(3, 1), x.unsqueeze(0), right.unsqueeze(0))[0]
        wanted = plain(x, right)
        assert (found - wanted).abs().max() <= 1e-12 * wanted.abs().max()
        assert ((found - wanted).abs() <= 1e-12 * x.norm(dim=1)[:, None] * right.norm(dim=1)).all()


NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
"""On [-1, 1]: exact to rounding for products of cosines over an arc."""


def expectations(covariance: list[list[float]], slope: float) -> tuple[float, float]:
    """Return E[phi phi'] and E[phi' phi''] of a normal pair, by integration over the angle around its circle."""
    a, b = (math.sqrt(covariance[i][i]) for i in range(2))
    angle = math.acos(max(-1.0, min(1.0, covariance[0][1] / (a * b))))
    kinks = [math.pi / 2, 3 * math.pi / 2, angle + math.pi / 2, angle - math.pi / 2]
    cuts = sorted({k % (2 * math.pi) for k in kinks} | {0.0, 2 * math.pi})
    values = slopes = 0.0
    # a normal pair is (a r cos t, b r cos(t - angle)), E[r^2] = 2; between two kinks both are smooth
    for start, end in itertools.pairwise(cuts):
        t = (start + end) / 2 + (end - start) / 2 * NODES
        weights = WEIGHTS * (end - start) / 2 / (2 * math.pi)
        u, v = np.cos(t), np.cos(t - angle)
        left, right = (np.where(z > 0, 1.0, slope) for z in (u, v))
        values += float(weights @ (2 * left * a * u * right * b * v))
        slopes += float(weights @ (left * right))
    return values, slopes


def by_quadrature(fields: MlpSpec, inputs: int, x: Tensor, other: Tensor) -> float:
    """Return the kernel of two points by the recursion with integrals in place of closed forms."""
    slope = {"relu": 0.0, "linear": 1.0, "leaky-relu": fields.negative_slope}[fields.activation]
    sizes = [inputs, *fields.widths, 1]
    pair = [[float(p @ q) for q in (x, other)] for p in (x, other)]
    products, slopes, variances, biases = [], [], [], []
    for k, columns in enumerate(sizes[:-1]):
        each = {"normal": 1.0, "fan-in": 1 / columns, "he": 2 / columns}[fields.init.kind]
        variances.append(fields.init.scale**2 * each)
        biases.append(fields.bias == "all" or (fields.bias == "first" and k == 0))
        products.append(pair[0][1])
        spread = fields.init.bias**2 * biases[-1]
        covariance = [[variances[-1] * value + spread for value in row] for row in pair]
        both = expectations(covariance, slope)
        slopes.append(both[1])
        alone = [covariance[i][i] * (1 + slope**2) / 2 for i in range(2)]
        pair = [[alone[0], both[0]], [both[0], alone[1]]]
        pair = [[sizes[k + 1] * value for value in row] for row in pair]
    total, signals = 0.0, fields.output_scale**2
    for k in reversed(range(len(products))):
        total += signals * (products[k] + biases[k])
        if k:
            signals *= sizes[k] * variances[k] * slopes[k - 1]
    return total


@pytest.mark.parametrize("bias", ["none", "first", "all"])
@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "linear"])
@pytest.mark.parametrize(
    ("kind", "widths"), [("fan-in", (7, 5, 6)), ("normal", (4, 3)), ("he", (5,)), ("he", ())]
)
def test_any_depth_equals_the_recursion_by_quadrature(
    kind: str, widths: tuple[int, ...], activation: str, bias: str
) -> None:
    init = {"kind": kind, "scale": 0.8, "bias": 0.6}
    said = {"activation": activation, "negative_slope": 0.3, "bias": bias, "output_scale": 1.7, "init": init}
    fields = mlp(widths, **said)
    x = points(3, 3)
    found = infinite_kernel([fields], Ends(3, 1), x.unsqueeze(0))[0]
    assert torch.allclose(found, found.T, rtol=1e-14, atol=0)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert float(found[i, j]) == pytest.approx(by_quadrature(fields, 3, x[i], x[j]), rel=1e-12)


@pytest.mark.parametrize("bias", ["none", "all"])
def test_angles_of_nothing_and_of_a_half_turn_are_safe(bias: str) -> None:
    """The kernel is continuous there: its diagonal is the limit of what lies beside, and nothing is NaN."""
    fields = mlp((50, 50), bias=bias, init={"kind": "he", "bias": 0.5})
    x = torch.cat([awkward(), torch.zeros(1, 3, dtype=torch.float64)]).unsqueeze(0)
    kernel = infinite_kernel([fields], Ends(3, 1), x)[0]
    assert kernel.isfinite().all()
    assert torch.allclose(kernel, kernel.T, rtol=1e-14, atol=0)
    assert torch.linalg.eigvalsh(kernel).min() >= -1e-12 * kernel.diagonal().max()
    first = x[0, 0]
    beside = torch.stack([first, first * (1 + 1e-12)])
    same = infinite_kernel([fields], Ends(3, 1), beside.unsqueeze(0))[0]
    assert float(same[0, 1]) == pytest.approx(float(kernel[0, 0]), rel=1e-11)


DEEP: list[tuple[tuple[int, ...], str, str, str]] = [
    ((1,), "relu", "none", "normal"),
    ((1,), "leaky-relu", "all", "fan-in"),
    ((1, 1), "relu", "first", "he"),
    ((1, 1), "relu", "all", "fan-in"),
    ((1, 1, 1), "relu", "none", "he"),
    ((1, 1), "linear", "all", "fan-in"),
]


@pytest.mark.parametrize(("hidden", "activation", "bias", "kind"), DEEP)
def test_finite_width_comes_near_like_one_over_the_root_of_width(
    hidden: tuple[int, ...], activation: str, bias: str, kind: str
) -> None:
    widths, seeds = (32, 64, 128, 256, 512), range(32)
    init = {"kind": kind, "bias": 0.5}
    fields = mlp(hidden, activation=activation, negative_slope=0.2, bias=bias, init=init)
    x = points(6, 3)
    errors = width_errors(fields, Ends(3, 1), x, widths, seeds)
    assert errors.shape == (32, 5)
    typical = errors.square().mean(0).sqrt().log()
    slope = float(np.polyfit(np.log(widths), typical.numpy(), 1)[0])
    # the logarithm of each root mean square of 32 is off by about 0.15: the slope by 0.07
    assert slope == pytest.approx(-0.5, abs=0.15)
    assert float(errors[:, -1].mean()) < 0.3


def test_one_hidden_layer_is_the_expectation_at_any_width() -> None:
    """The mean over draws of a network three units wide, its standard error beside it."""
    init = {"kind": "fan-in", "scale": 1.3, "bias": 0.7}
    fields, ends, draws = mlp((3,), bias="all", init=init, output_scale=0.6), Ends(2, 1), 20_000
    x = points(3, 2)
    generator = torch.Generator().manual_seed(0)
    network = build([fields], [0], ends, torch.float64, CPU)[0]
    spread = [1.3 / math.sqrt(2)] * 6 + [0.7] * 3 + [1.3 / math.sqrt(3)] * 3 + [0.7]
    normal = torch.randn(draws, 13, dtype=torch.float64, generator=generator)
    theta = normal * torch.tensor(spread, dtype=torch.float64)
    many = type(network)(
        fields, ends, torch.empty(draws, 0, dtype=torch.float64), torch.full((draws,), 0.6).double()
    )
    kernels = tangent_kernel(many, theta, x.expand(draws, 3, 2))
    error = kernels.std(0) / math.sqrt(draws)
    limit = infinite_kernel([fields], ends, x.unsqueeze(0))[0]
    assert ((kernels.mean(0) - limit).abs() <= 5 * error).all()


@pytest.mark.parametrize("outputs", ["trace", "full"])
@pytest.mark.parametrize("train", ["all", ("W1",), ("W2", "W3")])
def test_layers_outputs_and_frozen_ones(train: Any, outputs: Any) -> None:
    """The mean of a dozen wide networks of three outputs."""
    init, draws = {"kind": "fan-in", "bias": 0.4}, 12
    fields, ends = mlp((200, 200), bias="all", init=init, train=train), Ends(3, 3)
    x = points(4, 3).unsqueeze(0)
    network, theta = build([fields] * draws, range(draws), ends, torch.float64, CPU)
    shares = infinite_layer_kernels([fields], ends, x, outputs=outputs)
    found = layer_kernels(network, theta, x.expand(draws, -1, -1), outputs=outputs)
    assert list(shares) == list(found)
    for name, share in shares.items():
        assert share.shape[1:] == found[name].shape[1:]
        assert (found[name].mean(0) - share[0]).norm() <= 0.15 * share.norm(), name
    total = infinite_kernel([fields], ends, x, outputs=outputs)
    assert torch.allclose(total, torch.stack(list(shares.values())).sum(0), rtol=1e-14)


def test_symmetrized_networks_pass_no_signal_below_their_last_hidden_layer() -> None:
    init = {"kind": "he", "symmetrized": True, "bias": 0.4}
    fields, ends = mlp((600, 600), bias="first", init=init), Ends(3, 1)
    x = points(4, 3).unsqueeze(0)
    shares = infinite_layer_kernels([fields], ends, x)
    assert float(shares["W1"].abs().max()) == 0 and float(shares["W2"].abs().min()) > 0
    network, theta = build([fields], [1], ends, torch.float64, CPU)
    finite, limit = tangent_kernel(network, theta, x), infinite_kernel([fields], ends, x)
    assert (finite - limit).norm() <= 0.15 * limit.norm()


def test_replicas_have_their_own_scales() -> None:
    each = [mlp((9, 8), output_scale=a, bias="all", init={"kind": "he", "bias": a / 2}) for a in (0.5, 2.0)]
    x = points(8, 3).view(2, 4, 3)
    together = infinite_kernel(each, Ends(3, 1), x)
    for r, fields in enumerate(each):
        assert torch.allclose(together[r], infinite_kernel([fields], Ends(3, 1), x[r : r + 1])[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"kind": "mlp", "widths": (5,), "activation": "gelu"}, "not gelu"),
        ({"kind": "mlp", "widths": (5,), "init": {"kind": "zeros"}}, "zeros draws nothing"),
        ({"kind": "residual"}, "not residual"),
        ({"kind": "conv"}, "not conv"),
    ],
)
def test_where_there_is_no_closed_form_it_says_why(said: dict[str, Any], why: str) -> None:
    fields = NETWORK_KINDS[said["kind"]].model_validate(said)
    with pytest.raises(NotApplicable, match=why):
        infinite_kernel([fields], Ends(3, 1), points(2, 3).unsqueeze(0))  # type: ignore[list-item]


@pytest.mark.parametrize("classes", [2, 3])
def test_its_max_margin_predictor_has_its_margin_at_the_support(classes: int) -> None:
    """f(x_n) y_n = gamma^2 at support points, more at the others; of several classes each over its norm."""
    data = {"kind": "blobs", "n": 12, "classes": classes, "d": 2, "separation": 5.0}
    loss = "exponential" if classes == 2 else "cross-entropy"
    problem = prepare(
        experiment_from(tables({"data": data, "loss.kind": loss, "replicas": 2, "network.bias": "first"}))
    )
    x = kernel_inputs(problem)
    between = limit_kernel(problem)
    solutions, why = solve_kernel_references(problem, between(x, x).numpy())
    assert not why
    predicted = kernel_prediction(problem, solutions, x, kernel=between)
    alone = kernel_prediction(problem, solutions, x[1:], 1, limit_kernel(problem, 1))
    assert torch.allclose(alone[0], predicted[1], rtol=1e-10)
    labels = problem.dataset(0).labels
    for c, solution in enumerate(solutions[0]):
        signs = labels if classes == 2 else np.where(labels == c, 1.0, -1.0)
        unit = 1.0 if classes == 2 else solution.value
        margins = signs * predicted[0, :, c].numpy() * unit
        assert margins.min() == pytest.approx(solution.value**2, rel=1e-6)
        assert margins[solution.support] == pytest.approx(solution.value**2, rel=1e-6)
