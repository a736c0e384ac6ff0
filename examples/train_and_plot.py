"""Train an experiment without a window at three initialisation scales, and draw what they come to.

    python examples/train_and_plot.py                       20,000 steps, figures in this folder
    python examples/train_and_plot.py --steps 300 --to /tmp

It uses the public Python interface alone: docs/python.md.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import engine

SCALES = (0.1, 1.0, 3.0)


def main() -> None:
    """Train, print and draw."""
    parser = argparse.ArgumentParser(description="Small and large initialisations of one network.")
    parser.add_argument("--steps", type=int, default=20_000)
    parser.add_argument("--to", type=Path, default=Path(), help="the folder of the figures")
    arguments = parser.parse_args()

    runs = []
    for scale in SCALES:
        values = {"network.init.scale": scale, "title": f"initialisation x {scale:g}"}
        run = engine.train("circle-global-margin", set=values, steps=arguments.steps).run
        margin = run.final("normalized_margin")[0]
        print(f"{run.title}: {run.status} after {run.steps[-1]:,} steps, normalized margin {margin:.5f}")
        runs.append(run)
    for reference in runs[0].references:
        if reference.values:
            print(f"{reference.title}: {min(reference.values):.6g}")
    for plot in ("margins", "kernel"):
        path = arguments.to / f"{plot}.pdf"
        engine.figure(runs, plot, path, width_mm=120, title="One network, three initialisations")
        print(f"{path} is written")


if __name__ == "__main__":
    main()
