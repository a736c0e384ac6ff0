"""Losses in the log domain: against mpmath where float64 fails, and against torch where it does not."""

from __future__ import annotations

import math

import mpmath
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from engine.losses import Loss
from tests.engine.cases import experiment, plain_loss, plain_margins, prepared

mpmath.mp.dps = 60
KINDS = ("exponential", "logistic", "cross-entropy")
# losses of about e+690 = 1e+300, of 1, of 1e-500 and of 1e-2000; mixed, equal, and hugely spread margins
BINARY = {
    "1e+300": [-690.0, -689.5, -3.0],
    "around 1": [-0.7, 0.0, 0.1, 2.5],
    "just small": [20.5, 21.0, 25.0],
    "small": [31.0, 29.9, 30.1, 40.0],
    "1e-500": [1151.3, 1152.0, 1160.0],
    "1e-2000": [4605.2, 4605.3, 4700.0, 9000.0],
    "spread": [-400.0, 5.0, 900.0],
    "one sample": [0.3],
}


def tensor(values: object) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def exact_log_losses(kind: str, q: list[float]) -> tuple[float, float, list[float]]:
    """Return log of the loss, log S and p at margins q, in 60 digits."""
    precise = [mpmath.mpf(value) for value in q]
    if kind == "exponential":
        losses = weights = [mpmath.exp(-value) for value in precise]
    else:
        losses = [mpmath.log1p(mpmath.exp(-value)) for value in precise]
        weights = [1 / (1 + mpmath.exp(value)) for value in precise]
    total = mpmath.fsum(weights)
    return (
        float(mpmath.log(mpmath.fsum(losses))),
        float(mpmath.log(total)),
        [float(weight / total) for weight in weights],
    )


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("q", BINARY.values(), ids=BINARY)
def test_binary_losses_are_exact_far_from_float64(kind: str, q: list[float]) -> None:
    signs = tensor([[1.0 if i % 2 else -1.0 for i in range(len(q))]])
    evaluation = Loss(kind, signs, 1).evaluate((tensor([q]) * signs).unsqueeze(-1))
    log_loss, log_weight, p = exact_log_losses(kind, q)
    assert evaluation.log_loss.item() == pytest.approx(log_loss, rel=1e-14, abs=1e-14)
    assert evaluation.log_weight.item() == pytest.approx(log_weight, rel=1e-14, abs=1e-14)
    assert evaluation.p[0].tolist() == pytest.approx(p, rel=1e-11, abs=1e-300)
    assert evaluation.q[0].tolist() == q
    # the cotangent is p_n times the margin's own slope, which is the label
    assert evaluation.cotangent[0, :, 0].tolist() == pytest.approx((tensor(p) * signs[0]).tolist(), rel=1e-11)


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("shift", [0.0, 600.0, 1152.0, -690.0])
def test_several_classes_are_exact_far_from_float64(kind: str, shift: float) -> None:
    outputs = [[0.3, -1.2, 0.4], [2.0, 1.9, -0.5], [-0.1, 0.2, 0.25], [1.0, -7.0, 1.0]]
    labels = [0, 1, 2, 0]
    moved = [
        [v + shift * (c == y) for c, v in enumerate(row)] for row, y in zip(outputs, labels, strict=True)
    ]
    evaluation = Loss(kind, tensor([labels]), 3).evaluate(tensor([moved]))
    smooth, shares = [], []
    for row, y in zip(moved, labels, strict=True):
        terms = {j: mpmath.exp(-(mpmath.mpf(row[y]) - row[j])) for j in range(3) if j != y}
        smooth.append(-mpmath.log(mpmath.fsum(terms.values())))
        shares.append({j: term / mpmath.fsum(terms.values()) for j, term in terms.items()})
    log_loss, log_weight, p = exact_log_losses(kind, smooth)  # type: ignore[arg-type]
    assert evaluation.log_loss.item() == pytest.approx(log_loss, rel=1e-13)
    assert evaluation.log_weight.item() == pytest.approx(log_weight, rel=1e-13)
    assert evaluation.p[0].tolist() == pytest.approx(p, rel=1e-11)
    for n, y in enumerate(labels):
        assert evaluation.q[0, n].item() == min(moved[n][y] - moved[n][j] for j in range(3) if j != y)
        slopes = [1.0 if j == y else -float(shares[n][j]) for j in range(3)]
        assert evaluation.cotangent[0, n].tolist() == pytest.approx([p[n] * s for s in slopes], rel=1e-11)


@given(
    st.sampled_from(KINDS),
    st.integers(1, 5),
    st.integers(1, 7),
    st.integers(0, 99),
)
def test_gradient_is_autograds(kind: str, outputs: int, samples: int, seed: int) -> None:
    """As ghat = -grad L / S: the cotangent, times S, is minus the derivative of the summed loss."""
    generator = torch.Generator().manual_seed(seed)
    f = 2 * torch.randn(1, samples, outputs, generator=generator, dtype=torch.float64)
    labels = torch.randint(max(outputs, 2), (1, samples), generator=generator)
    if outputs == 1:
        labels = 2 * labels - 1
    evaluation = Loss(kind, labels.double(), outputs).evaluate(f)
    free = f[0].clone().requires_grad_()
    loss = plain_loss(kind, free, labels[0])
    (slope,) = torch.autograd.grad(loss, free)
    assert evaluation.log_loss.item() == pytest.approx(loss.log().item(), rel=1e-12, abs=1e-12)
    assert torch.allclose(
        -evaluation.log_weight.exp() * evaluation.cotangent[0], slope, rtol=1e-10, atol=1e-13
    )
    assert torch.allclose(evaluation.q[0], plain_margins(f[0], labels[0]), rtol=0, atol=0)
    assert evaluation.p.sum().item() == pytest.approx(1.0)


def test_cross_entropy_is_torchs_own() -> None:
    f = torch.randn(2, 6, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    labels = tensor([[0, 1, 2, 3, 3, 0], [3, 3, 1, 0, 2, 2]])
    for kind in ("cross-entropy", "logistic"):
        found = Loss(kind, labels, 4).evaluate(f).log_loss
        for r in range(2):
            summed = functional.cross_entropy(f[r], labels[r].long(), reduction="sum")
            assert found[r].item() == pytest.approx(summed.log().item(), rel=1e-13)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("kind", KINDS)
def test_reduction_scales_the_step_and_nothing_else(kind: str, reduction: str) -> None:
    """One step of constant eta on the sum or the mean of N = 8 losses; log_loss is always the sum's."""
    said = {
        "loss": {"kind": kind, "reduction": reduction},
        "optimizer.step": {"kind": "constant", "eta": 0.05},
        "run.steps": 1,
    }
    before, after = prepared(said), prepared(said, steps=1)
    theta = before.state.theta[0].clone().requires_grad_()
    x, labels = before.problem.x[0], before.problem.labels[0]
    hidden, top = theta[:10].view(5, 2), theta[10:]
    losses = torch.relu(x @ hidden.T) @ top * labels
    each = torch.exp(-losses) if kind == "exponential" else torch.log1p(torch.exp(-losses))
    reduced = each.sum() if reduction == "sum" else each.mean()
    (slope,) = torch.autograd.grad(reduced, theta)
    assert torch.allclose(after.state.theta[0], theta - 0.05 * slope, rtol=0, atol=1e-15)
    recorded = before.history.records.column("log_loss")[0, 0]
    assert recorded == pytest.approx(each.sum().log().item(), rel=1e-13)


@given(st.floats(-2100.0, 11.0))
@example(-30.0)
@example(-29.999999)
@example(-30.000001)
@example(math.log(709.0))
@example(math.log(720.0))
@example(math.log(5000.0))
@example(math.log(math.log(2)))
def test_inverse_logistic_loss(log_loss: float) -> None:
    """l^-1(L) = -log(e^L - 1) on both sides of its switch, and where e^L overflows."""
    found = Loss("logistic", tensor([[1.0]]), 1).inverse(tensor([log_loss])).item()
    exact = -mpmath.log(mpmath.expm1(mpmath.exp(mpmath.mpf(log_loss))))
    assert found == pytest.approx(float(exact), rel=1e-13, abs=1e-13)


@given(st.floats(-700.0, 2000.0))
def test_inverse_undoes_one_samples_loss(q: float) -> None:
    for kind in KINDS:
        loss = Loss(kind, tensor([[1.0]]), 1)
        again = loss.inverse(loss.evaluate(tensor([[[q]]])).log_loss).item()
        # above 30 the logistic loss of a negative margin is the margin itself: what is lost is e^q
        assert again == pytest.approx(q, rel=1e-12, abs=1e-12) or (kind != "exponential" and q < -30)


@pytest.mark.parametrize(("kind", "threshold"), [("exponential", 1.0), ("logistic", math.log(2))])
def test_separation_threshold_is_the_sums(kind: str, threshold: float) -> None:
    """The SUM must fall below the loss of one sample at margin 0; a mean would do so too early."""
    loss = Loss(kind, tensor([[1.0] * 4]), 1)
    assert math.exp(loss.log_at_zero) == pytest.approx(threshold)
    at_zero = Loss(kind, tensor([[1.0]]), 1).evaluate(tensor([[[0.0]]])).log_loss.item()
    assert at_zero == pytest.approx(loss.log_at_zero, abs=1e-15)
    barely_fitted = loss.evaluate(torch.full((1, 4, 1), 0.1, dtype=torch.float64)).log_loss.item()
    assert barely_fitted > loss.log_at_zero


def test_smooth_margin_bounds_the_loss_of_several_classes() -> None:
    """The smoothed margin is below the margin, by at most log N(C-1): before division by rho^L."""
    f = 40 * torch.randn(5, 9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    labels = f.argmax(-1).double()  # every sample is fitted
    for kind in KINDS:
        loss = Loss(kind, labels, 4)
        evaluation = loss.evaluate(f)
        inverse, least = loss.inverse(evaluation.log_loss), evaluation.q.amin(1)
        assert (inverse <= least + 1e-12).all()
        assert (inverse >= least - math.log(9 * 3) - 1e-12).all()


def test_pair_cotangents_cover_every_rival() -> None:
    labels = tensor([[0, 2, 1]])
    f = torch.randn(1, 3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    pairs = Loss("cross-entropy", labels, 3).pair_cotangents(f)
    rivals = [{tuple(c[0, n].tolist()) for c in pairs} for n in range(3)]
    unit = torch.eye(3)
    for n, y in enumerate([0, 2, 1]):
        assert rivals[n] == {tuple((unit[y] - unit[j]).tolist()) for j in range(3) if j != y}
    gaps = torch.stack([(cotangent * f).sum(-1) for cotangent in pairs])
    assert torch.allclose(gaps.amin(0), Loss("cross-entropy", labels, 3).margins(f))


def test_experiment_names_the_three_losses() -> None:
    for kind in KINDS:
        assert experiment({"loss.kind": kind}).loss.kind == kind
