"""Kernels as the window asks for them, against gradients by autograd."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.inspection.answers import Answers
from engine.kernels import KernelTooLarge
from engine.protocol.kernel import AskKernel, KernelReady
from engine.protocol.pictures import NoPicture
from engine.training.loop import Training
from tests.engine.cases import trained
from tests.engine.inspection.questions import CLASSES, SAID, ask


def answer(said: dict[str, Any], training: Training, **more: Any) -> KernelReady:
    theta = training.state.theta.numpy()
    found = Answers().answer(ask(AskKernel, said, theta, **more), None)
    assert isinstance(found, KernelReady)
    return found


def by_autograd(training: Training, theta: torch.Tensor, replica: int, layer: str) -> np.ndarray:
    """Return the kernel (N, N) traced over the outputs, from each sample's gradient."""
    problem = training.problem
    network, x = problem.network.one(replica), problem.x[replica : replica + 1]
    where = network.layer_slices()[layer] if layer else slice(None)
    rows = torch.func.jacrev(lambda t: network.outputs(t[None], x)[0])(theta[replica])[..., where]
    return torch.einsum("ncp,mcp->nm", rows, rows).numpy()


@pytest.mark.parametrize(
    ("said", "replica", "layer"), [(SAID, 1, ""), (SAID, 0, "W1"), (CLASSES, 0, ""), (CLASSES, 0, "W2")]
)
def test_the_kernel_is_that_of_autograd_ordered_by_class(
    said: dict[str, Any], replica: int, layer: str
) -> None:
    training = trained(said)
    found = answer(said, training, replica=replica, layer=layer)
    whole = by_autograd(training, training.state.theta, replica, layer)
    assert (np.diff(found.labels) >= 0).all()
    assert (training.problem.dataset(replica).labels[found.samples] == found.labels).all()
    np.testing.assert_allclose(
        found.values, whole[np.ix_(found.samples, found.samples)], rtol=1e-5, atol=1e-6
    )
    values = np.sort(np.linalg.eigvalsh(whole))[::-1]
    np.testing.assert_allclose(found.now.eigenvalues, values, atol=1e-9 * values[0])
    assert found.now.trace == pytest.approx(np.trace(whole))
    first = by_autograd(training, training.problem.initial, replica, layer)
    cosine = (whole * first).sum() / np.linalg.norm(whole) / np.linalg.norm(first)
    assert found.alignment == pytest.approx(cosine)
    p = values[values > 1e-13 * values[0]] / values.sum()
    assert found.now.effective_rank == pytest.approx(np.exp(-(p * np.log(p)).sum()))
    for k in (0, 1):
        assert sum(shares[k] for shares in found.shares.values()) == pytest.approx(1.0)


def test_start_step_and_difference_fit_together() -> None:
    training = trained(SAID)
    start, step, difference = (
        answer(SAID, training, choice=choice).values for choice in ("start", "step", "difference")
    )
    np.testing.assert_allclose(difference, step - start, rtol=1e-4, atol=1e-5)
    assert np.abs(difference).max() > 0.01 * np.abs(start).max()
    over = answer(SAID, training, choice="step", normalised=True).values
    np.testing.assert_allclose(over, step / np.linalg.norm(step), rtol=1e-5)


def test_what_has_no_kernel_says_why() -> None:
    training = trained(SAID)
    theta = training.state.theta.numpy()
    views = Answers()
    missing = views.answer(ask(AskKernel, SAID, theta, layer="W7"), None)
    assert isinstance(missing, NoPicture) and "no layer W7 trains here; there are W1, W2" in missing.sentence
    nowhere = views.answer(ask(AskKernel, SAID, None), None)
    assert isinstance(nowhere, NoPicture) and "no parameters at hand" in nowhere.sentence
    broken = views.answer(ask(AskKernel, SAID, np.full_like(theta, np.nan)), None)
    assert isinstance(broken, NoPicture) and "not finite" in broken.sentence


def test_a_kernel_that_does_not_fit_is_refused_with_what_would(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained(SAID)
    monkeypatch.setattr("engine.kernels.plan.memory_budget", lambda device: 2**10)
    with pytest.raises(KernelTooLarge, match="would fit"):
        Answers().answer(ask(AskKernel, SAID, training.state.theta.numpy()), None)


def test_many_samples_become_a_subset_that_is_named() -> None:
    said = {**SAID, "data.n": 1200, "replicas": 1, "run.steps": 1}
    found = answer(said, trained(said))
    assert len(found.samples) == 1000 == len(set(found.samples.tolist()))
    assert found.values.shape == (1000, 1000) and found.values.dtype == np.float32
    assert found.note == "on a fixed class-balanced subset of 1,000 samples"


def test_a_kernel_of_zero_says_so() -> None:
    said = {**SAID, "network.init": {"kind": "zeros"}}
    training = trained({**said, "run.steps": 1})
    found = Answers().answer(ask(AskKernel, said, training.problem.initial.numpy()), None)
    assert isinstance(found, NoPicture) and "every gradient vanishes" in found.sentence
