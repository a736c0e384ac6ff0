"""Kernels and surfaces as the window asks for them: against gradients by autograd, and predictors by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from engine.experiment.document import DocumentRef
from engine.inspection.inspected_run import InspectionCache
from engine.inspection.kernel import KernelPictures
from engine.inspection.predictors import PREDICTORS, PredictionPlace, predicted
from engine.inspection.surface import SurfacePictures
from engine.kernels import KernelTooLarge
from engine.messages import AskKernel, AskSurface, KernelReady, NoKernel, Subject, SurfaceReady
from engine.references import ReferenceUnavailable
from engine.training.loop import Training
from tests.engine.cases import experiment, experiment_to_toml


def trained(said: dict[str, Any]) -> Training:
    training = Training(experiment(said))
    for _ in training.run():
        pass
    return training


def ask(kind: type, said: dict[str, Any], theta: Any, **more: Any) -> Any:
    document = DocumentRef(experiment_to_toml(experiment(said)))
    of_run = {name: more.pop(name) for name in ("replica", "twin") if name in more}
    return kind(Subject(1, "run", document, 30, theta, **of_run), **more)


def answer(said: dict[str, Any], training: Training, **more: Any) -> KernelReady:
    theta = training.state.theta.numpy()
    found = KernelPictures(InspectionCache()).answer(ask(AskKernel, said, theta, **more), None)
    assert isinstance(found, KernelReady)
    return found


def by_autograd(training: Training, theta: torch.Tensor, replica: int, layer: str) -> np.ndarray:
    """Return the kernel (N, N) traced over the outputs, from each sample's gradient."""
    problem = training.problem
    network, x = problem.network.one(replica), problem.x[replica : replica + 1]
    where = network.layer_slices()[layer] if layer else slice(None)
    rows = torch.func.jacrev(lambda t: network.outputs(t[None], x)[0])(theta[replica])[..., where]
    return torch.einsum("ncp,mcp->nm", rows, rows).numpy()


SAID = {"replicas": 2, "network.widths": [6], "data.n": 12, "run.steps": 30}
CLASSES = {
    "data": {"kind": "blobs", "n": 12, "classes": 3},
    "loss.kind": "cross-entropy",
    "network.widths": [5],
    "run.steps": 20,
}


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
    views = KernelPictures(InspectionCache())
    missing = views.answer(ask(AskKernel, SAID, theta, layer="W7"), None)
    assert isinstance(missing, NoKernel) and "no layer W7 trains here; there are W1, W2" in missing.sentence
    nowhere = views.answer(ask(AskKernel, SAID, None), None)
    assert isinstance(nowhere, NoKernel) and "no parameters at hand" in nowhere.sentence
    broken = views.answer(ask(AskKernel, SAID, np.full_like(theta, np.nan)), None)
    assert isinstance(broken, NoKernel) and "not finite" in broken.sentence


def test_a_kernel_that_does_not_fit_is_refused_with_what_would(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained(SAID)
    monkeypatch.setattr("engine.kernels.plan.memory_budget", lambda device: 2**10)
    with pytest.raises(KernelTooLarge, match="would fit"):
        KernelPictures(InspectionCache()).answer(ask(AskKernel, SAID, training.state.theta.numpy()), None)


def test_many_samples_become_a_subset_that_is_named() -> None:
    said = {**SAID, "data.n": 1200, "replicas": 1, "run.steps": 1}
    found = answer(said, trained(said))
    assert len(found.samples) == 1000 == len(set(found.samples.tolist()))
    assert found.values.shape == (1000, 1000) and found.values.dtype == np.float32
    assert found.note == "on a fixed class-balanced subset of 1,000 samples"


def surface(said: dict[str, Any], training: Training, **more: Any) -> SurfaceReady:
    theta = training.state.theta.numpy()
    found = SurfacePictures(InspectionCache()).answer(
        ask(AskSurface, said, theta, resolution=9, **more), None
    )
    assert isinstance(found, SurfaceReady)
    return found


def test_the_network_stands_beside_its_own_start_and_end() -> None:
    training = trained(SAID)
    last = training.snapshot(resumable=True)
    found = surface(SAID, training, comparator="latest", latest=last, replica=1)
    np.testing.assert_allclose(found.other, found.network)
    assert found.title == "network at step 30"
    assert "no later parameters" in surface(SAID, training, comparator="latest").why_no_other
    start = surface(SAID, training, comparator="start", replica=1)
    again = SurfacePictures(InspectionCache()).answer(
        ask(AskSurface, SAID, training.problem.initial.numpy(), resolution=9, replica=1), None
    )
    assert isinstance(again, SurfaceReady)
    np.testing.assert_allclose(start.other, again.network)


def test_kernel_regression_fits_the_labels_where_the_kernel_can() -> None:
    said = {**SAID, "network.widths": [80], "run.steps": 1}
    training = trained(said)
    found = surface(said, training, comparator="ntk-regression", replica=1)
    assert found.other is not None and np.isfinite(found.other).all()
    # at the training points themselves
    run = InspectionCache().at(ask(AskSurface, said, None).subject, training)
    one = predicted("ntk-regression", PredictionPlace(run, 1, run.problem.x[1:2]), "training points")
    assert one.outputs[:, 0].numpy() == pytest.approx(run.problem.labels[1].numpy(), abs=1e-6)


def test_the_infinite_width_predictor_separates_with_equal_least_margins() -> None:
    training = trained({**SAID, "run.steps": 1})
    run = InspectionCache().at(ask(AskSurface, SAID, None).subject, training)
    problem = run.problem
    found = predicted("infinite-max-margin", PredictionPlace(run, 1, problem.x[1:2]), "training points")
    margins = problem.labels[1].numpy() * found.outputs[:, 0].numpy()
    assert found.support is not None and found.support.any()
    assert margins[found.support] == pytest.approx(margins.min(), rel=1e-6) and margins.min() > 0
    tanh = {**SAID, "network.activation": "tanh", "run.steps": 1}
    assert surface(tanh, trained(tanh), comparator="infinite-max-margin").why_no_other


def test_the_twin_is_the_expansion_at_the_start() -> None:
    said = {**SAID, "measure": {"groups": ["kernel"], "twin": True}}
    training = trained(said)
    twin = training.snapshot(resumable=True).arrays["twin.coefficients"]
    found = surface(said, training, comparator="twin", twin=twin, replica=1)
    problem = training.problem
    rows = torch.func.jacrev(lambda t: problem.network.one(1).outputs(t[None], problem.x[1:2])[0, :, 0])(
        problem.initial[1]
    )
    point = torch.tensor([[[found.axis[6], found.axis[2]]]], dtype=torch.float64)
    there = torch.func.jacrev(lambda t: problem.network.one(1).outputs(t[None], point)[0, 0, 0])(
        problem.initial[1]
    )
    moved = rows.mT @ torch.as_tensor(twin[1])
    assert found.other is not None
    assert found.other[2, 6] == pytest.approx(float(there @ moved))
    assert "before runs kept their linearised twin" in surface(said, training, comparator="twin").why_no_other
    assert "trains no linearised twin" in surface(SAID, trained(SAID), comparator="twin").why_no_other


def test_a_comparator_that_is_not_known_is_no_error() -> None:
    training = trained({**SAID, "run.steps": 1})
    found = surface(SAID, training, comparator="oracle")
    assert found.other is None and "no predictor 'oracle'" in found.why_no_other
    assert next(iter(PREDICTORS)) == "ntk-max-margin"


def test_fixed_predictors_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    training = trained({**SAID, "run.steps": 1})
    run = InspectionCache().at(ask(AskSurface, SAID, None).subject, training)
    asked = []

    def predict(place: PredictionPlace) -> Any:
        asked.append(place.replica)
        raise ReferenceUnavailable("no")

    place = PredictionPlace(run, 0, run.problem.x[:1])
    for fixed in (True, False):
        kept = replace(PREDICTORS["start"], fixed=fixed)
        monkeypatch.setitem(PREDICTORS, "start", kept)
        assert (predicted("start", place, 3) is predicted("start", place, 3)) is fixed
    monkeypatch.setitem(PREDICTORS, "start", replace(PREDICTORS["start"], predict=predict))
    with pytest.raises(ReferenceUnavailable):
        predicted("start", place, 4)
    assert asked == [0]


def test_a_kernel_of_zero_says_so() -> None:
    said = {**SAID, "network.init": {"kind": "zeros"}}
    training = trained({**said, "run.steps": 1})
    found = KernelPictures(InspectionCache()).answer(
        ask(AskKernel, said, training.problem.initial.numpy()), None
    )
    assert isinstance(found, NoKernel) and "every gradient vanishes" in found.sentence
