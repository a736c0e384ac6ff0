"""The same steps in other hands: a plain PyTorch loop, JAX's compiled loop where it is installed, bare products."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ..device import computing
from ..training.loop import Training
from .cases import StepsCase

Loop = Callable[[int], float]
"""Takes so many steps, and returns their seconds."""


def plain_loop(case: StepsCase, threads: int) -> Loop:
    """Return the loop that PyTorch's own tutorials write: nn.Sequential, an optimizer, zero_grad, backward, step."""
    x, y, dtype = _data(case)
    layers: list[nn.Module] = []
    for rows, columns in case.layers:
        layers += [nn.Linear(columns, rows, bias=False), nn.ReLU()]
    network = nn.Sequential(*layers[:-1]).to(dtype)
    adam = "adam" in case.optimizer
    optimizer: torch.optim.Optimizer = (
        torch.optim.Adam(network.parameters(), lr=case.learning_rate)
        if adam
        else torch.optim.SGD(network.parameters(), lr=case.learning_rate)
    )
    entropy = nn.CrossEntropyLoss(reduction="sum")

    def loss_of(x: Tensor, y: Tensor) -> Tensor:
        if case.digits:
            return entropy(network(x), y.long())  # type: ignore[no-any-return]
        return torch.exp(-y * network(x).squeeze(1)).sum()

    def run(steps: int) -> float:
        with computing(threads), torch.enable_grad():
            started = time.perf_counter()
            for _ in range(steps):
                chosen = torch.randperm(len(x))[: case.batch] if case.batch else slice(None)
                optimizer.zero_grad()
                loss_of(x[chosen], y[chosen]).backward()
                optimizer.step()
            return time.perf_counter() - started

    return run


def products(case: StepsCase, threads: int) -> Loop:
    """Return the matrix products of a step and nothing else, by the library's own, into memory that is there."""
    count, dtype = case.batch or case.samples, _dtype(case)

    def made(*shape: int) -> Tensor:
        return torch.randn(case.replicas, *shape, dtype=dtype)

    ups, downs, back = [], [], []
    for i, (rows, columns) in enumerate(case.layers):
        seen, weight, out = made(count, columns), made(rows, columns), made(count, rows)
        ups.append((seen, weight.mT, out))
        downs.append((made(count, rows).mT, seen, made(rows, columns)))
        if i:
            back.append((made(count, rows), weight, made(count, columns)))
    pairs = ups + downs + back
    if case.replicas == 1:
        pairs = [(a[0], b[0], out[0]) for a, b, out in pairs]
    multiply: Callable[..., Tensor] = torch.mm if case.replicas == 1 else torch.bmm

    def run(steps: int) -> float:
        with computing(threads):
            started = time.perf_counter()
            for _ in range(steps):
                for a, b, out in pairs:
                    multiply(a, b, out=out)
            return time.perf_counter() - started

    return run


def jax_loop(case: StepsCase) -> Loop | None:
    """Return JAX's jitted fori_loop of gradient descent, which watches nothing; None for what it is not written for."""
    installed = importlib.util.find_spec("jax") is not None
    if not installed or case.batch or case.digits or "steepest" not in case.optimizer:
        return None
    jax: Any = importlib.import_module("jax")
    jnp: Any = importlib.import_module("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    x, y, _ = _data(case)
    inputs, labels = jnp.asarray(x.numpy()), jnp.asarray(y.numpy())

    def loss(weights: Any) -> Any:
        h = inputs
        for weight in weights[:-1]:
            h = jax.nn.relu(h @ weight.T)
        return jnp.exp(-labels * (h @ weights[-1].T)[:, 0]).sum()

    def one(_: Any, weights: Any) -> Any:
        return jax.tree_util.tree_map(
            lambda w, g: w - case.learning_rate * g, weights, jax.grad(loss)(weights)
        )

    def many(steps: Any, weights: Any) -> Any:
        return jax.lax.fori_loop(0, steps, one, weights)

    many = jax.jit(jax.vmap(many, (None, 0)) if case.replicas > 1 else many)
    lead = (case.replicas,) if case.replicas > 1 else ()
    drawn = [torch.randn(*lead, *shape, dtype=x.dtype).numpy() / shape[1] ** 0.5 for shape in case.layers]
    weights = [jnp.asarray(weight) for weight in drawn]
    jax.block_until_ready(many(1, weights))

    def run(steps: int) -> float:
        started = time.perf_counter()
        jax.block_until_ready(many(steps, weights))
        return time.perf_counter() - started

    return run


def _dtype(case: StepsCase) -> torch.dtype:
    return {"float64": torch.float64, "float32": torch.float32}[case.dtype]


def _data(case: StepsCase) -> tuple[Tensor, Tensor, torch.dtype]:
    """Return the first replica's samples (N, d) and labels (N,)."""
    problem = Training(case.experiment("torch")).problem
    return problem.x[0], problem.labels[0], problem.dtype
