"""Plans of tangent kernels: the cheapest within a budget that is kept, and what too large a kernel is told."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import torch

from engine.device import devices, free_memory
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.structure import Ends
from engine.kernels import KernelTooLarge, memory_budget, plan_kernel, tangent_kernel
from engine.kernels.cost import WAYS, KernelSize, Outputs, share_cost
from engine.networks import Network, build
from engine.words.errors import Refusal
from tests.engine.cases import prepared, trained

CPU = torch.device("cpu")
NETWORKS: dict[str, tuple[dict[str, Any], Ends]] = {
    "dense": ({"kind": "mlp", "widths": (96, 64), "bias": "all"}, Ends(20, 1)),
    "several outputs": ({"kind": "mlp", "widths": (64,)}, Ends(20, 5)),
    "convolutions": ({"kind": "conv", "channels": (4, 6), "widths": (16,)}, Ends(64, 2, (8, 8))),
    "residual": ({"kind": "residual", "width": 48}, Ends(10, 2)),
    "by element": ({"kind": "diagonal"}, Ends(30, 2)),
}
LARGE = 2**50


def network_of(case: str) -> tuple[Network, torch.Tensor]:
    said, ends = NETWORKS[case]
    fields = NETWORK_KINDS[said["kind"]].model_validate(said)
    return build([fields], [0], ends, torch.float64, CPU)  # type: ignore[list-item]


def peak(network: Network, theta: torch.Tensor, **chosen: Any) -> int:
    """Return the most bytes that a kernel's tensors held together, by torch's own record of allocations."""
    x = torch.randn(1, chosen["plan"].size.samples, network.ends.inputs, dtype=torch.float64)
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.no_grad(), torch.profiler.profile(activities=activities, profile_memory=True) as record:
        tangent_kernel(network, theta, x, **chosen)
    assert record.profiler is not None and record.profiler.kineto_results is not None
    events = [event for event in record.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        most = max(most, held)
    return most


@pytest.mark.parametrize("outputs", ["trace", "full"])
@pytest.mark.parametrize("case", NETWORKS)
def test_the_bytes_are_what_it_takes(case: str, outputs: Outputs) -> None:
    """Never less, and not much more, with a large and with a small budget."""
    (network, theta), samples = network_of(case), 60
    kernel = 8 * (samples * (1 if outputs == "trace" else network.outputs_count)) ** 2
    for way in (None, *WAYS):
        free = plan_kernel(network, samples, outputs=outputs, way=way, budget=LARGE)
        tight = kernel + (free.bytes - kernel) // 2
        for budget in (LARGE, tight):
            plan = plan_kernel(network, samples, outputs=outputs, way=way, budget=budget)
            assert plan.bytes <= budget
            taken = peak(network, theta, outputs=outputs, plan=plan)
            assert 0.5 * plan.bytes <= taken <= 1.02 * plan.bytes, (way, plan)


@pytest.mark.parametrize("outputs", ["trace", "full"])
@pytest.mark.parametrize("case", NETWORKS)
def test_the_choice_is_the_cheapest_by_its_own_estimate(case: str, outputs: Outputs) -> None:
    network = network_of(case)[0]
    for samples, others in ((1, None), (30, None), (700, None), (300, 40)):
        chosen = plan_kernel(network, samples, others, outputs, budget=LARGE)
        for way in WAYS:
            alone = plan_kernel(network, samples, others, outputs, budget=LARGE, way=way)
            assert chosen.seconds <= alone.seconds
            assert set(alone.ways) == {way}


def test_a_small_budget_costs_time_never_the_result() -> None:
    network, theta = network_of("convolutions")
    x = torch.randn(1, 60, 64, dtype=torch.float64)
    free = plan_kernel(network, 60, budget=LARGE)
    wanted = tangent_kernel(network, theta, x, plan=free)
    seconds = free.seconds
    for share in (2, 4, 8, 16):
        kernel = 8 * 60 * 60
        plan = plan_kernel(network, 60, budget=kernel + (free.bytes - kernel) // share)
        assert plan.seconds >= seconds
        seconds = plan.seconds
        found = tangent_kernel(network, theta, x, plan=plan)
        assert (found - wanted).abs().max() <= 1e-12 * wanted.abs().max()
    assert not plan.kept and plan.rows < 60


MANY = {"kind": "conv", "channels": (8, 64), "kernel": 3, "pool": "none"}


@pytest.mark.parametrize(
    ("said", "ends", "outputs", "layer", "way"),
    [
        # N^2 (a + b) against N^2 a b
        ({"kind": "mlp", "widths": (512, 512)}, Ends(64, 1), "trace", 1, "grams"),
        ({"kind": "mlp", "widths": (512, 512)}, Ends(64, 1), "trace", 2, "gradients"),
        # 784^2 pairs of pixels against 9 x 8 weights
        ({"kind": "conv", "channels": (8,)}, Ends(784, 1, (28, 28)), "trace", 0, "gradients"),
        # 2^2 pairs of pixels against 9 x 64 x 64 weights
        ({**MANY, "channels": (64, 64)}, Ends(4, 1, (2, 2)), "trace", 1, "grams"),
        # 16 pixels against 200 outputs
        (MANY, Ends(16, 200, (4, 4)), "full", 1, "products"),
    ],
)
def test_every_way_has_its_layers(
    said: dict[str, Any], ends: Ends, outputs: Outputs, layer: int, way: str
) -> None:
    fields = NETWORK_KINDS[said["kind"]].model_validate(said)
    network = build([fields], [0], ends, torch.float64, CPU)[0]  # type: ignore[list-item]
    assert plan_kernel(network, 500, outputs=outputs, budget=LARGE).ways[layer] == way


def test_costs_count_what_the_formulas_say() -> None:
    """Multiply-adds of a block of many samples: each formula's leading term."""
    said, ends = NETWORKS["convolutions"]
    network = network_of("convolutions")[0]
    layer = network.layers[1]
    a, b, s, c, n = layer.rows, layer.columns, layer.positions, ends.outputs, 10**9
    counts = {
        ("trace", "grams"): s**2 * (b + c * a),
        ("trace", "gradients"): c * a * b,
        ("trace", "products"): c * s * a * (b + 1),
        ("full", "grams"): s**2 * (b + c**2 * a),
        ("full", "gradients"): c**2 * a * b,
        ("full", "products"): c * s * a * (b + c),
    }
    assert (a, b, s) == (6, 36, 16) and not layer.bias and said["kind"] == "conv"
    for (outputs, way), count in counts.items():
        size = KernelSize(network.layers, 2, n, None, c, outputs, 8, "cpu")  # type: ignore[arg-type]
        cost = share_cost(size, layer, way, n, n)  # type: ignore[arg-type]
        assert cost.products == pytest.approx(2 * n**2 * count, rel=1e-6), (outputs, way)


# refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("others", [None, 5000])
@pytest.mark.parametrize("outputs", ["trace", "full"])
def test_too_large_a_kernel_is_told_what_would_fit(outputs: Outputs, others: int | None) -> None:
    network, budget = network_of("several outputs")[0], 2**28
    with pytest.raises(KernelTooLarge) as caught:
        plan_kernel(network, 200_000, others, outputs, budget=budget)
    said = str(caught.value)
    each = 1 if outputs == "trace" else 5
    size = f"{200_000 * each:,} x {(others or 200_000) * each:,}"
    assert said.startswith(f"A {size} tangent kernel needs about ")
    assert "and there are 256.0 MiB for it; up to " in said
    assert ("against these 5,000" in said) == (others is not None)
    found = re.search(r"up to ([\d,]+) samples", said)
    assert found
    fits = int(found[1].replace(",", ""))
    assert plan_kernel(network, fits, others, outputs, budget=budget).bytes <= budget
    with pytest.raises(KernelTooLarge):
        plan_kernel(network, round(1.02 * fits), others, outputs, budget=budget)


def test_where_not_one_sample_fits_it_says_so() -> None:
    with pytest.raises(KernelTooLarge, match=r"needs about .* not even one sample would fit\."):
        plan_kernel(network_of("dense")[0], 10, budget=1000)


def test_a_run_goes_on_without_too_large_a_kernel_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.kernels.plan.memory_budget", lambda device: 2000)
    training = trained({"run.steps": 20, "data.n": 24})
    assert training.history.status == "done" and "ntk_drift" not in training.history.records.names
    (note,) = [m.note for m in training.measurements if "ntk_drift" in m.columns]
    assert "not measured" in note and "would fit" in note
    assert "would fit" in training.references.why_none["kernel reference"]
    with pytest.raises(Refusal, match=r"measure\.twin.*would fit"):
        trained({"run.steps": 20, "data.n": 24, "measure.twin": True})


def test_kernels_of_too_many_replicas_are_refused_before_the_run() -> None:
    many = {"data": {"kind": "blobs", "n": 1000}, "replicas": 10**4, "network.widths": [1]}
    with pytest.raises(Refusal, match="leave kernel out, or take fewer replicas"):
        prepared({**many, "run.steps": 1})


def test_without_a_plan_it_is_refused_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    network, theta = network_of("dense")
    monkeypatch.setattr("engine.kernels.plan.memory_budget", lambda device: 2**20)
    monkeypatch.setattr(network, "forward", None)
    with pytest.raises(KernelTooLarge, match=r"there are 1\.0 MiB for it"):
        tangent_kernel(network, theta, torch.zeros(1, 1000, 20, dtype=torch.float64))


# words -----------------------------------------------------------------------------------------------------------


def test_the_budget_is_a_power_of_two_and_no_more_than_half() -> None:
    budget = memory_budget(CPU)
    assert budget & (budget - 1) == 0
    assert 2**20 <= budget <= devices()[0].memory / 2
    assert 2 * budget <= free_memory(CPU) * 1.5  # which others may have taken of since


def test_a_plan_says_what_it_is_going_to_do() -> None:
    network = network_of("several outputs")[0]
    plan = plan_kernel(network, 1000, budget=LARGE)
    sentence = str(replace(plan, rows=512, seconds=0.31, bytes=40 * 2**20))
    assert sentence == "1,000 x 1,000 kernel: layer by layer, 512 rows at a time, about 0.3 s and 40.0 MiB"
    methods = {way: plan_kernel(network, 10, way=way, budget=LARGE).method for way in WAYS}
    assert methods == {"grams": "layers", "gradients": "jacobian", "products": "products"}
    several = plan_kernel(network, 10, 4, "full", replicas=3, budget=LARGE)
    assert str(several).startswith("3 kernels of 50 x 20: ")
    assert "about 2 min" in str(replace(plan, seconds=130.0))
