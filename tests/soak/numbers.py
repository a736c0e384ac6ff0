"""Print figures that tests only sample: gaps from stationarity, certificates of kernel margins, inputs of 1e39.

`python -m tests.soak.numbers --steps 12000` takes a few minutes; exit status 0 only if every bound holds.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

import numpy as np

from engine.catalog import load_preset, presets
from engine.kernels import solve_kernel_references
from engine.references import CERTIFIED, ReferenceUnavailable, asked_anew
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import columns, experiment, trained
from tests.soak.paths import add_backend, why_left_out

NORMS = ("l2", "linf", "l1", "spectral")
FALLS = 4.0
"""Factor by which the gap at the end is below that where all is fitted, at least."""
SAME = 1e-12
SCALES = (1e30, 1e39)


def gaps(steps: int, backend: str) -> Iterator[tuple[str, bool]]:
    """Descend in every norm on the circle, 60 units; tell the gap where all is fitted, soon after, and at the end."""
    for norm in NORMS:
        said = {
            "data.n": 24,
            "network": {"kind": "mlp", "widths": [60], "init": {"kind": "fan-in", "scale": 0.1}},
            "optimizer": {"kind": "steepest", "norm": norm},
            "measure": {"groups": ["directions", "margins", "norms"], "per_decade": 40},
            "run": {"steps": steps, "device": "cpu", "threads": 1, "backend": backend},
        }
        if why := why_left_out(experiment(said), backend):
            yield f"{norm}: left out, {why}", True
            continue
        found = columns(trained(said))
        gap, step = found["bregman_gap"][:, 0], found["step"]
        there = np.flatnonzero(np.isfinite(gap))
        if not there.size:
            yield f"{norm}: never fitted", False
            continue
        first = int(there[0])
        soon = int(np.searchsorted(step, 2 * step[first]))
        good = bool(gap[-1] * FALLS <= gap[first])
        words = (
            f"{gap[first]:.3g} at {step[first]}, {gap[soon]:.3g} at {step[soon]}, {gap[-1]:.3g} at {step[-1]}"
        )
        yield f"{norm}: {words}", good


def kernels(count: int) -> Iterator[tuple[str, bool]]:
    """Solve the initial tangent kernel's margin of the presets' runs; tell the gap that certifies it."""
    shipped = [entry.id for entry in presets() if not entry.own]
    for name in shipped[:count]:
        document = load_preset(name)
        for run, one in document.experiments().items():
            title = f"{name} {run}".strip()
            try:
                solved, _ = solve_kernel_references(Training(one, document.folder).problem, ask=asked_anew)
            except (ReferenceUnavailable, Refusal) as error:
                yield f"{title}: none ({str(error)[:80]})", True
                continue
            gap = max(reference.gap for each in solved for reference in each)
            yield f"{title}: {gap:.1e}", gap <= CERTIFIED


def scales(steps: int, backend: str) -> Iterator[tuple[str, bool]]:
    """Train squared ReLU [10, 8] on inputs of 1e30 and of 1e39; tell how far the alignments are apart."""
    found = []
    for scale in SCALES:
        said = {
            "data": {"kind": "circle", "n": 8, "radius": scale},
            "network": {"kind": "mlp", "widths": [10, 8], "activation": "relu2"},
            "optimizer": {"kind": "adam", "epsilon": 0.0, "step": {"kind": "constant", "eta": 0.01}},
            "measure": {"groups": ["directions"], "every": 1},
            "run": {"steps": steps, "device": "cpu", "threads": 1, "backend": backend},
        }
        found.append(columns(trained(said))["cos_gradient"])
    apart = float(np.abs(found[0] - found[1]).max())
    words = f"cos_gradient {found[0][-1, 0]:.15g} and {found[1][-1, 0]:.15g}, apart by at most {apart:.1e}"
    yield words, apart <= SAME


def main(arguments: list[str] | None = None) -> int:
    """Print every figure with whether it is within its bound; return 0 if all are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=12_000, help="of descent on the circle")
    parser.add_argument(
        "--presets", type=int, default=sys.maxsize, help="how many presets' kernels are solved"
    )
    add_backend(parser)
    asked = parser.parse_args(arguments)
    parts = {
        "gap from stationarity (bregman_gap)": gaps(asked.steps, asked.backend),
        "certificates of initial kernels": kernels(asked.presets),
        "inputs of 1e30 and 1e39": scales(20, asked.backend),
    }
    failures = 0
    for title, lines in parts.items():
        print(title)
        for words, good in lines:
            failures += not good
            print(f"  {words}{'' if good else '   OUTSIDE ITS BOUND'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
