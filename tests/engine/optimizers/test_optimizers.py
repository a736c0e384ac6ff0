"""Optimizers step by step against torch's own on the real loss, and below float64 against mpmath."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from torch import Tensor

from engine.optimizers import Direction, Optimizer, Pull
from engine.optimizers.adaptive import Adam, Conditioned
from engine.optimizers.geometry import L2, ConditionedL2, LInfinity, Spectral
from engine.optimizers.matrices import Muon, Shampoo
from engine.optimizers.momentum import Momentum
from tests.engine.cases import ADAM, SGD, Plain, batches_of, history, plain_loss, prepared, trained

mpmath.mp.dps = 40
BLOBS = {"data": {"kind": "blobs", "n": 9, "classes": 3, "seed": 2}}
NETWORKS: dict[str, dict[str, Any]] = {
    "linear": {"network.widths": []},
    "relu": {"network.widths": [5]},
    "gelu with biases": {"network.widths": [4, 3], "network.activation": "gelu", "network.bias": "all"},
    "one layer of three": {"network.widths": [4, 3], "network.activation": "tanh", "network.train": ["W2"]},
    "scaled output": {"network.widths": [5], "network.output_scale": 2.5},
}


def by_torch(said: dict[str, Any], optimizer: type[torch.optim.Optimizer], **options: Any) -> list[Tensor]:
    """Return theta (P,) at every step of torch's optimizer on the sum or mean of the loss itself."""
    training = prepared(said)
    plain, batches = Plain(training), batches_of(training)
    theta = plain.theta.clone().requires_grad_()
    stepper = optimizer([theta], **options)
    reduction = 1 / len(plain.labels) if plain.member.loss.reduction == "mean" else 1.0
    found = [theta.detach().clone()]
    for step in range(plain.member.run.steps):
        rows = slice(None)
        factor = reduction
        if batches is not None:
            rows = batches.at(step)[0]
            factor = 1 / len(rows) if plain.member.loss.reduction == "mean" else 1.0
        stepper.zero_grad()
        loss = plain_loss(plain.member.loss.kind, plain.f(theta, plain.x[rows]), plain.labels[rows])
        (factor * loss).backward()
        stepper.step()
        found.append(theta.detach().clone())
    return found


def agree(said: dict[str, Any], expected: list[Tensor], tolerance: float = 1e-11) -> None:
    _, thetas = history(said)
    assert len(thetas) == len(expected)
    for found, theta in zip(thetas, expected, strict=True):
        assert torch.allclose(found[0], theta, rtol=tolerance, atol=tolerance)
    assert not torch.allclose(expected[0], expected[-1], atol=1e-3)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["exponential", "logistic"])
@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_gradient_descent_is_torchs(network: dict[str, Any], kind: str, reduction: str) -> None:
    said = {**network, "loss": {"kind": kind, "reduction": reduction}, "run.steps": 40}
    eta = (0.03 if reduction == "sum" else 0.24) / network.get("network.output_scale", 1.0) ** 3
    said["optimizer"] = {"kind": "steepest", "step": {"kind": "constant", "eta": eta}}
    agree(said, by_torch(said, torch.optim.SGD, lr=eta))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("kind", ["exponential", "cross-entropy"])
def test_gradient_descent_is_torchs_for_several_classes(kind: str, reduction: str) -> None:
    said = {
        **BLOBS,
        "loss": {"kind": kind, "reduction": reduction},
        "network": {"kind": "mlp", "widths": [5], "bias": "first", "init": {"scale": 0.3}},
        "run.steps": 40,
    }
    eta = 5e-3 if reduction == "sum" else 0.045
    said["optimizer"] = {"kind": "steepest", "step": {"kind": "constant", "eta": eta}}
    agree(said, by_torch(said, torch.optim.SGD, lr=eta))


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_stochastic_gradient_descent_is_torchs(reduction: str, replacement: bool) -> None:
    """Batches of 4 of 8 samples: the mean of a batch divides by 4, and of a last smaller one by its own size."""
    step = {"kind": "constant", "eta": 0.05}
    for data in (
        {},
        {"data.n": 20, "optimizer.batch": 8},
        {**BLOBS, "optimizer.batch": 3, "loss.kind": "cross-entropy"},
    ):
        said: dict[str, Any] = {
            "optimizer": {
                **SGD,
                "batch": 8 if data == {"data.n": 20} else 4,
                "replacement": replacement,
                "step": step,
            },
            "loss.reduction": reduction,
            "run.steps": 30,
            **data,
        }
        agree(said, by_torch(said, torch.optim.SGD, lr=0.05))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("epsilon", [0.0, 1e-8, 1e-2])
@pytest.mark.parametrize("betas", [(0.9, 0.95), (0.0, 0.9), (0.5, 0.999)])
def test_adam_is_torchs(betas: tuple[float, float], epsilon: float, reduction: str) -> None:
    """With epsilon in units of the reduced loss's own gradient; gelu, as torch knows no 0/0 = 0."""
    said = {
        **NETWORKS["gelu with biases"],
        "loss": {"kind": "exponential", "reduction": reduction},
        "optimizer": {**ADAM, "beta1": betas[0], "beta2": betas[1], "epsilon": epsilon},
        "run.steps": 60,
    }
    agree(said, by_torch(said, torch.optim.Adam, lr=0.02, betas=betas, eps=epsilon), tolerance=1e-8)


def exact_adam(
    ghat: np.ndarray, log_weights: np.ndarray, beta1: float, beta2: float, epsilon: float
) -> list[list[mpmath.mpf]]:
    """Return Adam's directions (T, P) for gradients e^(log weight) ghat, in 40 digits."""
    first = [mpmath.mpf(0)] * ghat.shape[1]
    second = list(first)
    found = []
    for t, (row, log_weight) in enumerate(zip(ghat, log_weights, strict=True), start=1):
        g = [mpmath.mpf(v) * mpmath.exp(mpmath.mpf(log_weight)) for v in row]
        first = [beta1 * m + (1 - mpmath.mpf(beta1)) * v for m, v in zip(first, g, strict=True)]
        second = [beta2 * m + (1 - mpmath.mpf(beta2)) * v * v for m, v in zip(second, g, strict=True)]
        roots = [mpmath.sqrt(v / (1 - mpmath.mpf(beta2) ** t)) + mpmath.mpf(epsilon) for v in second]
        means = [m / (1 - mpmath.mpf(beta1) ** t) for m in first]
        found.append([m / r if r else mpmath.mpf(0) for m, r in zip(means, roots, strict=True)])
    return found


PACES = {
    "down to e^-2000": np.linspace(0, -2000, 120),
    "stays at e^-2000": np.full(60, -2000.0),
    "falls and rises, as with batches": -2000 + 300 * np.sin(np.arange(80) / 3) * np.linspace(0, 1, 80),
    "off a cliff": np.concatenate([[0.0], np.full(450, -900.0)]),
    "up to e^600": np.linspace(-100, 600, 60),
}


@pytest.mark.parametrize("pace", PACES.values(), ids=PACES)
@pytest.mark.parametrize("betas", [(0.9, 0.95), (0.9, 0.999), (0.0, 0.01)])
@pytest.mark.parametrize("epsilon", [0.0, 1e-300])
def test_adam_at_losses_below_float64(pace: np.ndarray, betas: tuple[float, float], epsilon: float) -> None:
    ghat = pulls(len(pace))
    adam = Adam(LInfinity(), *(one(v) for v in (*betas, epsilon)))
    found, memory = directions(adam, ghat, pace)
    for direction, exact in zip(found, exact_adam(ghat, pace, *betas, epsilon), strict=True):
        assert not direction.log_unit.any()
        # moments that have shrunk by e^-700 beside new ones are gone, as they are from the answer
        assert direction.vector[0].tolist() == pytest.approx([float(e) for e in exact], rel=1e-9, abs=1e-12)
    assert torch.isfinite(memory.first).all() and torch.isfinite(memory.second).all()


def one(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def pulls(count: int) -> np.ndarray:
    """Return normalised gradients (T, 4) of very different sizes, one of them 0 throughout."""
    ghat = np.random.default_rng(1).normal(size=(count, 4)) + np.array([2.0, -0.1, 0.0, 1e-5])
    ghat[:, 2] = 0.0
    return ghat


def directions(
    optimizer: Optimizer, ghat: np.ndarray, log_weights: np.ndarray
) -> tuple[list[Direction], Any]:
    """Return an optimizer's directions for given pulls (T, P), and its memory after the last."""
    theta = torch.zeros(1, ghat.shape[1], dtype=torch.float64)
    memory, found = optimizer.initial_memory(theta), []
    for t, (row, log_weight) in enumerate(zip(ghat, log_weights, strict=True)):
        found.append(
            optimizer.direction(Pull(t, theta, torch.from_numpy(row[None]), one(log_weight)), memory)
        )
        assert torch.isfinite(found[-1].vector).all()
    return found, memory


def exact(log_weight: float, row: np.ndarray) -> list[mpmath.mpf]:
    return [mpmath.mpf(v) * mpmath.exp(mpmath.mpf(log_weight)) for v in row]


def check_exactly(direction: Direction, expected: list[mpmath.mpf], relative: float = 1e-9) -> None:
    """Compare e^log_unit vector with what it stands for, in 40 digits."""
    unit = mpmath.exp(mpmath.mpf(direction.log_unit.item()))
    largest = max(abs(e) for e in expected)
    for value, wanted in zip(direction.vector[0].tolist(), expected, strict=True):
        assert abs(mpmath.mpf(value) * unit - wanted) <= relative * abs(wanted) + 1e-14 * largest


@pytest.mark.parametrize("pace", PACES.values(), ids=PACES)
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("beta", [0.0, 0.9, 0.99])
def test_momentum_at_losses_below_float64(pace: np.ndarray, beta: float, nesterov: bool) -> None:
    ghat = pulls(len(pace))
    found, _ = directions(Momentum(L2(), one(beta), nesterov), ghat, pace)
    memory = [mpmath.mpf(0)] * 4
    for direction, row, log_weight in zip(found, ghat, pace, strict=True):
        g = exact(log_weight, row)
        memory = [beta * m + v for m, v in zip(memory, g, strict=True)]
        check_exactly(
            direction, [beta * m + v for m, v in zip(memory, g, strict=True)] if nesterov else memory
        )


@pytest.mark.parametrize("pace", PACES.values(), ids=PACES)
@pytest.mark.parametrize("beta2", [None, 0.9, 0.999])
@pytest.mark.parametrize("epsilon", [0.0, 1e-300])
def test_adagrad_and_rmsprop_at_losses_below_float64(
    pace: np.ndarray, beta2: float | None, epsilon: float
) -> None:
    """Along g / sqrt(epsilon + v), v the sum or the average of squares; the metric is h over its largest entry."""
    ghat = pulls(len(pace))
    optimizer = Conditioned(ConditionedL2(), one(epsilon), None if beta2 is None else one(beta2))
    found, memory = directions(optimizer, ghat, pace)
    squares = [mpmath.mpf(0)] * 4
    for direction, row, log_weight in zip(found, ghat, pace, strict=True):
        g = exact(log_weight, row)
        kept, share = (1, 1) if beta2 is None else (mpmath.mpf(beta2), 1 - mpmath.mpf(beta2))
        squares = [kept * v + share * x * x for v, x in zip(squares, g, strict=True)]
        roots = [mpmath.sqrt(mpmath.mpf(epsilon) + v) for v in squares]
        check_exactly(direction, [x / r if r else mpmath.mpf(0) for x, r in zip(g, roots, strict=True)])
    least = min(r for r, v in zip(roots, squares, strict=True) if v)
    wanted = [float(least / r) if v else 0.0 for r, v in zip(roots, squares, strict=True)]
    assert memory.conditioner[0].tolist() == pytest.approx(wanted, rel=1e-9, abs=1e-15)


MATRICES = {"kind": "mlp", "widths": [4], "bias": "first"}


def as_layers(flat: np.ndarray) -> list[np.ndarray]:
    """Cut the parameters of a 2-4-1 network with biases in its first layer into [W, b] and W."""
    first = np.column_stack([flat[:8].reshape(4, 2), flat[8:12]])
    return [first, flat[12:].reshape(1, 4)]


def flattened(layers: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([layers[0][:, :2].ravel(), layers[0][:, 2], layers[1].ravel()])


def polar(matrix: np.ndarray) -> np.ndarray:
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    kept = values > 1e-12 * values[0]
    return left[:, kept] @ right[kept]


def matrix_pulls(count: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(count, 16))


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(
    "pace", [np.linspace(-1900, -2000, 12), np.full(12, 600.0)], ids=["vanishes", "large"]
)
def test_muon_takes_the_polar_factor_of_every_layers_momentum(pace: np.ndarray, nesterov: bool) -> None:
    """By NumPy, on a momentum that is kept in units of the current gradient."""
    training = prepared({"network": MATRICES})
    muon = Muon(Spectral(training.problem.network), one(0.8), nesterov)
    ghat = matrix_pulls(12)
    found, _ = directions(muon, ghat, pace)
    memory, before = np.zeros(16), pace[0]
    for direction, g, log_weight in zip(found, ghat, pace, strict=True):
        memory = 0.8 * np.exp(before - log_weight) * memory + g
        before = log_weight
        seen = 0.8 * memory + g if nesterov else memory
        wanted = flattened([polar(layer) for layer in as_layers(seen)])
        assert direction.vector[0].numpy() == pytest.approx(wanted, abs=1e-9) and not direction.log_unit.any()


@pytest.mark.parametrize("beta", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("drop", [0.0, 150.0])
def test_shampoo_by_eigenvalues(beta: float, drop: float) -> None:
    """L^(-1/4) G R^(-1/4) in 60 digits' worth of scale: mpmath's eigenvalues of L and R themselves."""
    training = prepared({"network": MATRICES})
    network = training.problem.network
    ghat, pace = matrix_pulls(5), -drop * np.arange(5)
    shampoo = Shampoo(Spectral(network), network, one(beta), one(0.0))
    found, _ = directions(shampoo, ghat, pace)
    share = 1 - beta if beta < 1 else 1.0
    left: list[Any] = [mpmath.zeros(4), mpmath.zeros(1)]
    right: list[Any] = [mpmath.zeros(3), mpmath.zeros(4)]
    for direction, row, log_weight in zip(found, ghat, pace, strict=True):
        wanted = []
        for k, layer in enumerate(as_layers(row)):
            g = mpmath.matrix(layer.tolist()) * mpmath.exp(log_weight)
            left[k] = beta * left[k] + share * g * g.T
            right[k] = beta * right[k] + share * g.T * g
            product = inverse_fourth_root(left[k]) * g * inverse_fourth_root(right[k])
            wanted.append(np.array(product.tolist(), dtype=float).reshape(layer.shape))
        assert direction.vector[0].numpy() == pytest.approx(flattened(wanted), rel=1e-5, abs=1e-6)


def inverse_fourth_root(matrix: Any) -> Any:
    values, vectors = mpmath.eigsy(matrix)
    largest = max(values)
    roots = [0 if v <= 1e-25 * largest else v ** mpmath.mpf(-0.25) for v in values]
    return vectors * mpmath.diag(roots) * vectors.T


def test_shampoo_that_forgets_at_once_is_spectral_descent() -> None:
    training = prepared({"network": MATRICES})
    network = training.problem.network
    shampoo = Shampoo(Spectral(network), network, one(0.0), one(0.0))
    found, _ = directions(shampoo, matrix_pulls(4), np.linspace(0, -1000, 4))
    for direction, row in zip(found, matrix_pulls(4), strict=True):
        wanted = flattened([polar(layer) for layer in as_layers(row)])
        assert direction.vector[0].numpy() == pytest.approx(wanted, abs=1e-6)


def test_adam_does_not_see_the_scale_of_the_loss() -> None:
    """Without epsilon, margins larger by 2,000 (a constant input whose weight does not move) change no step."""
    paths = []
    for shift in (0.0, 2000.0):
        x = [[1.0, 0.3, shift], [-0.5, 1.0, shift], [0.7, -0.9, shift], [0.4, 0.4, -shift]]
        data = {"kind": "points", "x": x, "y": [1.0, 1.0, 1.0, -1.0]}
        training = prepared({"data": data, "network.widths": [], "optimizer": ADAM, "run.steps": 60})
        iterate, adam, memory = training.iterate, training.stepper.optimizer, training.state.stepper.optimizer
        iterate.theta[0] = torch.tensor([0.2, -0.1, 1.0])
        iterate.update()
        # the same margins but for the shift, so the same dual variables
        rows = [iterate.evaluation.p[0].clone()]
        assert iterate.evaluation.log_loss.item() < (-1990 if shift else 10)
        for t in range(50):
            gradient = iterate.gradient.clone()
            gradient[0, 2] = 0.0
            pull = Pull(t, iterate.theta, gradient, iterate.evaluation.log_weight)
            iterate.theta.add_(0.02 * adam.direction(pull, memory).vector)
            iterate.update()
            rows.append(iterate.theta[0].clone())
        paths.append(rows[1:])
    assert torch.allclose(torch.stack(paths[0]), torch.stack(paths[1]), atol=1e-9)


@pytest.mark.parametrize("epsilon", [0.0, 1e-2])
def test_the_handover_is_the_first_step_with_every_root_below_epsilon(epsilon: float) -> None:
    said = {"optimizer": {**ADAM, "epsilon": epsilon}, "run.steps": 400, "measure.groups": ["norms"]}
    training = trained({**said, "data.n": 4, "network.widths": [12]})
    (handover,) = training.history.events["handover_step"]
    if epsilon == 0:
        assert handover is None
        return
    assert handover is not None and handover > 5
    _, thetas = history({**said, "data.n": 4, "network.widths": [12]})
    plain = Plain(training)
    square, power, first = torch.zeros_like(thetas[0][0]), 1.0, None
    for t, theta in enumerate(thetas[:-1]):
        square, power = 0.95 * square + 0.05 * plain.at(theta[0]).gradient().square(), power * 0.95
        if first is None and (square / (1 - power)).sqrt().max().item() < epsilon:
            first = t
    assert first == handover


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_weight_decay_of_adamw_is_torchs(decay: float) -> None:
    said = {
        **NETWORKS["gelu with biases"],
        "optimizer": {**ADAM, "kind": "adamw", "weight_decay": decay, "epsilon": 1e-8},
        "run.steps": 40,
    }
    by = by_torch(said, torch.optim.AdamW, lr=0.02, betas=(0.9, 0.95), eps=1e-8, weight_decay=decay)
    agree(said, by, tolerance=1e-8)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_is_torchs(nesterov: bool, reduction: str) -> None:
    said = {
        **NETWORKS["relu"],
        "loss": {"kind": "logistic", "reduction": reduction},
        "optimizer": {
            "kind": "momentum",
            "beta": 0.8,
            "nesterov": nesterov,
            "step": {"kind": "constant", "eta": 0.02},
        },
        "run.steps": 60,
    }
    agree(said, by_torch(said, torch.optim.SGD, lr=0.02, momentum=0.8, nesterov=nesterov))


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_adagrad_and_rmsprop_without_epsilon_are_torchs(reduction: str) -> None:
    """Torch adds epsilon to the root, the lab under it."""
    for kind, optimizer, options in (
        ("adagrad", torch.optim.Adagrad, {}),
        ("rmsprop", torch.optim.RMSprop, {"alpha": 0.95}),
    ):
        said = {
            **NETWORKS["gelu with biases"],
            "loss": {"kind": "exponential", "reduction": reduction},
            "optimizer": {"kind": kind, "epsilon": 0.0, "step": {"kind": "constant", "eta": 0.01}},
            "run.steps": 50,
        }
        agree(said, by_torch(said, optimizer, lr=0.01, eps=0.0, **options), tolerance=1e-8)


def test_normalised_adagrad_steps_along_its_metric() -> None:
    """By theory P5: theta += a h/max(h) o ghat, h = (epsilon + sum of squares)^(-1/2) of the real gradients."""
    said = {"optimizer": {"kind": "adagrad", "epsilon": 1e-8}, "network.widths": [], "run.steps": 25}
    training, thetas = history({**said, "data": {"kind": "hyperplane", "n": 9, "d": 3}})
    plain = Plain(training)
    squares = torch.zeros_like(thetas[0][0])
    for t in range(25):
        now = plain.at(thetas[t][0])
        gradient = now.gradient()
        squares += gradient.square()
        h = (1e-8 + squares).rsqrt()
        ghat = -gradient / now.loss()
        assert torch.allclose(thetas[t + 1][0], now.theta + 0.05 * h / h.max() * ghat, rtol=1e-10)


def test_normalised_momentum_adds_up_normalised_gradients() -> None:
    said = {
        "optimizer": {"kind": "momentum", "beta": 0.5, "step": {"kind": "normalised", "a": 0.03}},
        "run.steps": 20,
    }
    training, thetas = history(said)
    plain, memory = Plain(training), torch.zeros_like(thetas[0][0])
    for t in range(20):
        now = plain.at(thetas[t][0])
        memory = 0.5 * memory - now.gradient() / now.loss()
        assert torch.allclose(thetas[t + 1][0], now.theta + 0.03 * memory, rtol=1e-10)
