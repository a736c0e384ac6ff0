"""Tangent kernels against autograd's rows: every kind of network, every way, any blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.networks import NetworkSpec as Fields
from engine.experiment.structure import Ends
from engine.kernels import Plan, layer_kernels, plan_kernel, tangent_kernel
from engine.kernels.cost import RATES, WAYS, Outputs, Way
from engine.networks import Network, build
from tests.engine.networks.plain_networks import ACTIVATIONS, BIASES, plain_outputs

CPU = torch.device("cpu")
SAMPLES, OTHERS, REPLICAS = 7, 5, 2
BOTH: tuple[Outputs, ...] = ("trace", "full")
CONV = {"kind": "conv", "channels": (2, 3), "kernel": 3, "bias": "first", "widths": (4,)}
PICTURES = Ends(20, 1, (4, 5), SAMPLES)
KINDS: dict[str, tuple[dict[str, Any], Ends]] = {
    "dense": ({"kind": "mlp", "widths": (5, 4), "bias": "all"}, Ends(3, 1, None, SAMPLES)),
    "linear": ({"kind": "mlp"}, Ends(3, 1, None, SAMPLES)),
    "maximum pooling": (CONV, PICTURES),
    "average pooling": ({**CONV, "pool": "average", "bias": "none"}, PICTURES),
    "all biases": ({**CONV, "bias": "all"}, PICTURES),
    "no pooling": ({**CONV, "pool": "none", "widths": ()}, PICTURES),
    "one row of pixels": (CONV, Ends(6, 1, None, SAMPLES)),
    "residual": ({"kind": "residual", "width": 4, "blocks": 2}, Ends(3, 1, None, SAMPLES)),
    "diagonal": ({"kind": "diagonal", "depth": 3}, Ends(3, 1, None, SAMPLES)),
    "no rotation": ({"kind": "no-rotation", "width": 5}, Ends(3, 1, None, SAMPLES)),
    "free features": ({"kind": "free-features", "features": 4}, Ends(SAMPLES, 1, None, SAMPLES)),
    "quasi": ({"kind": "quasi"}, Ends(3, 1, None, SAMPLES)),
}


def fields_of(said: dict[str, Any]) -> Fields:
    init = {"kind": "he", "bias": 0.4}
    chosen = {"init": init, "output_scale": 1.7, **said}
    return NETWORK_KINDS[said["kind"]].model_validate(chosen)


def built(fields: Fields, ends: Ends, seed: int = 7) -> tuple[Network, Tensor, Tensor, Tensor]:
    """Return the network, theta (R, P), samples (R, N, d) and other points (R, M, d)."""
    seeds = range(seed, seed + REPLICAS)
    network, theta = build([fields] * REPLICAS, seeds, ends, torch.float64, CPU)
    generator = torch.Generator().manual_seed(seed)
    x, other = (
        torch.randn(REPLICAS, n, ends.inputs, dtype=torch.float64, generator=generator)
        for n in (SAMPLES, OTHERS)
    )
    return network, theta, x, other


def rows(network: Network, theta: Tensor, x: Tensor) -> Tensor:
    """Return df/dtheta (R, N, C, P) by autograd, output by output."""
    found = []
    for r in range(REPLICAS):
        parameters = theta[r].clone().requires_grad_()
        f = plain_outputs(network.fields, parameters, network.frozen[r], x[r], network.ends)
        each = [torch.autograd.grad(value, parameters, retain_graph=True)[0] for value in f.flatten()]
        found.append(torch.stack(each).view(*f.shape, -1))
    return torch.stack(found)


def expected(left: Tensor, right: Tensor, outputs: Outputs) -> Tensor:
    """Return the kernel of rows (R, N, C, P) and (R, M, C, P)."""
    if outputs == "trace":
        return torch.einsum("rncp,rmcp->rnm", left, right)
    return torch.einsum("rncp,rmep->rncme", left, right).flatten(3, 4).flatten(1, 2)


def agrees(found: Tensor, wanted: Tensor) -> bool:
    return found.shape == wanted.shape and bool(
        (found - wanted).abs().max() <= 1e-10 * wanted.abs().max().clamp(min=1e-12)
    )


def check(fields: Fields, ends: Ends) -> None:
    """Compare all ways, in one block and in tiny ones, kept and made anew."""
    network, theta, x, other = built(fields, ends)
    here, there = rows(network, theta, x), rows(network, theta, other)
    for outputs in BOTH:
        wanted, crossed = expected(here, here, outputs), expected(here, there, outputs)
        assert agrees(tangent_kernel(network, theta, x, outputs=outputs), wanted)
        assert agrees(tangent_kernel(network, theta, x, other, outputs), crossed)
        for way in WAYS:
            for others, to in ((None, None), (OTHERS, other)):
                whole = plan_kernel(network, SAMPLES, others, outputs, replicas=REPLICAS, way=way)
                for plan in (whole, replace(whole, rows=2, columns=3), replace(whole, rows=3, columns=2)):
                    for kept in (True, False):
                        found = tangent_kernel(network, theta, x, to, outputs, plan=replace(plan, kept=kept))
                        assert agrees(found, wanted if to is None else crossed), (way, outputs, plan)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_equals_autograd_every_way(kind: str, count: int) -> None:
    said, ends = KINDS[kind]
    check(fields_of(said), replace(ends, outputs=count))


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_and_bias_equals_autograd(name: str, bias: str) -> None:
    for widths in ((5,), (5, 4)):
        said = {"kind": "mlp", "widths": widths, "activation": name, "bias": bias, "negative_slope": 0.2}
        network, theta, x, other = built(fields_of(said), Ends(3, 2, None, SAMPLES))
        here, there = rows(network, theta, x), rows(network, theta, other)
        for outputs in BOTH:
            for way in (None, *WAYS):
                plan = plan_kernel(network, SAMPLES, OTHERS, outputs, replicas=REPLICAS, way=way)
                found = tangent_kernel(network, theta, x, other, outputs, plan)
                assert agrees(found, expected(here, there, outputs)), way


@pytest.mark.parametrize("train", [("W1",), ("W2",), ("W3",), ("W1", "W3"), ("W2", "W3")])
@pytest.mark.parametrize("kind", ["dense", "average pooling", "residual"])
def test_frozen_layers_have_no_share(kind: str, train: tuple[str, ...]) -> None:
    said, ends = KINDS[kind]
    check(fields_of({**said, "train": train}), replace(ends, outputs=2))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outputs", BOTH)
def test_layers_share_the_kernel(kind: str, outputs: Outputs) -> None:
    said, ends = KINDS[kind]
    network, theta, x, _ = built(fields_of(said), replace(ends, outputs=2))
    gradients = rows(network, theta, x)
    plan = plan_kernel(network, SAMPLES, outputs=outputs, replicas=REPLICAS, kept_apart=True)
    for chosen in (None, plan, replace(plan, rows=2, columns=4)):
        found = layer_kernels(network, theta, x, outputs=outputs, plan=chosen)
        assert list(found) == [network.layers[i].name for i in network.trained_layers]
        for name, place in network.layer_slices().items():
            part = gradients[..., place]
            assert agrees(found[name], expected(part, part, outputs)), name
        assert agrees(sum(found.values(), torch.zeros(())), expected(gradients, gradients, outputs))


def test_many_samples_pass_through_the_network_in_parts() -> None:
    """What a side is made of is the same in however many passes it was made."""
    for kind in ("dense", "maximum pooling", "diagonal"):
        said, ends = KINDS[kind]
        network, theta, x, other = built(fields_of(said), replace(ends, outputs=2))
        ways: tuple[Way | None, ...] = (None, *WAYS)
        for outputs in BOTH:
            for way in ways:
                plan = plan_kernel(network, SAMPLES, OTHERS, outputs, replicas=REPLICAS, way=way)
                wanted = tangent_kernel(network, theta, x, other, outputs, plan)
                for at_once in (1, 3):
                    parts = replace(plan, at_once=at_once)
                    assert agrees(tangent_kernel(network, theta, x, other, outputs, parts), wanted)


def test_products_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gradients of the right side, one sample's at a time."""
    said, ends = KINDS["no pooling"]
    network, theta, x, other = built(fields_of(said), replace(ends, outputs=3))
    for outputs in BOTH:
        plan = plan_kernel(network, SAMPLES, OTHERS, outputs, replicas=REPLICAS, way="products")
        wanted = tangent_kernel(network, theta, x, other, outputs, plan)
        monkeypatch.setitem(RATES, "cpu", replace(RATES["cpu"], block=1))
        assert agrees(tangent_kernel(network, theta, x, other, outputs, plan), wanted)
        monkeypatch.undo()


def told(
    network: Network, theta: Tensor, x: Tensor, other: Tensor | None, plan: Plan
) -> list[tuple[float, float]]:
    """Return what is told while a kernel is computed."""
    seen: list[tuple[float, float]] = []
    tangent_kernel(network, theta, x, other, plan=plan, on_progress=lambda *said: seen.append(said))
    return seen


def test_progress_grows_to_one() -> None:
    network, theta, x, other = built(fields_of(KINDS["dense"][0]), KINDS["dense"][1])
    for others, to in ((None, None), (OTHERS, other)):
        whole = plan_kernel(network, SAMPLES, others, replicas=REPLICAS)
        for plan in (whole, replace(whole, rows=2, columns=2), replace(whole, rows=3, columns=3, kept=False)):
            seen = told(network, theta, x, to, plan)
            done = [part for part, _ in seen]
            assert done == sorted(set(done)) and done[0] > 0
            assert seen[-1] == (1.0, 0.0)
            assert all(left > 0 for _, left in seen[:-1])


def test_a_plan_for_another_kernel_is_refused() -> None:
    network, theta, x, other = built(fields_of(KINDS["dense"][0]), KINDS["dense"][1])
    plan = plan_kernel(network, SAMPLES, replicas=REPLICAS)
    with pytest.raises(ValueError, match="for another kernel"):
        tangent_kernel(network, theta, x, other, plan=plan)
    with pytest.raises(ValueError, match="for another kernel"):
        layer_kernels(network, theta, x, plan=plan)


def test_float32_and_shared_inputs() -> None:
    """Replicas that share their data have it as an expanded view."""
    network, theta, x, _ = built(fields_of(KINDS["dense"][0]), KINDS["dense"][1])
    shared = x[:1].expand_as(x)
    wanted = tangent_kernel(network, theta, shared)
    gradients = rows(network, theta, shared)
    assert agrees(wanted, expected(gradients, gradients, "trace"))
    fields, ends = network.fields, network.ends
    single, start = build([fields] * REPLICAS, range(7, 7 + REPLICAS), ends, torch.float32, CPU)
    found = tangent_kernel(single, start, shared.float())
    assert found.dtype == torch.float32
    assert (found - wanted).abs().max() <= 1e-5 * wanted.abs().max()
