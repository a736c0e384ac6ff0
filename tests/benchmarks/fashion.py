"""Two classes of Fashion-MNIST, a small convolutional network and the loss-based rule: how far in ten minutes.

    python -m tests.benchmarks.fashion [--classes 1 9] [--batch 100] [--all] [--seconds 600] [--device auto]

Wanted: 1,000 images of 28 x 28 at log10 loss < -50 in under ten minutes on two cores, margins shown. Debian's package
dataset-fashion-mnist installs the images. The default classes are trousers and ankle boots; sneakers and ankle boots
(7 9) need smaller batches and far longer to be fitted at all.
"""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from engine.experiment.experiment import Experiment, experiment_from
from engine.training.loop import Training

WANTED = -50.0
"""log10 of the loss."""


def experiment(classes: list[int], batch: int, train: int, seconds: float, device: str) -> Experiment:
    """Return the experiment; `train` images, 0 for all."""
    return experiment_from(
        {
            "version": 1,
            "data": {
                "kind": "idx",
                "folder": "fashion-mnist",
                "classes": classes,
                "train": train,
                "test": 1000,
            },
            "network": {"kind": "conv", "channels": [4, 8], "kernel": 3, "init": {"kind": "he"}},
            "loss": {"kind": "logistic"},
            "optimizer": {"kind": "sgd", "batch": batch, "step": {"kind": "loss-based"}},
            "run": {
                "steps": 10_000_000,
                "stop": {"log_loss": (WANTED - 1) * math.log(10), "seconds": seconds},
                "device": device,
                "threads": os.cpu_count() or 1,
            },
        }
    )


def shown(training: Training, name: str) -> str:
    """Return the last value of a column of the first replica."""
    return f"{training.history.records.final(name)[0]:.4g}"


def main() -> None:
    """Train, and print a line at every tenfold of the loss's exponent."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--classes", type=int, nargs=2, default=[1, 9])
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--all", action="store_true", help="all 12,000 images of both classes")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--device", default="auto")
    said = parser.parse_args()
    made = experiment(said.classes, said.batch, 0 if said.all else 1000, said.seconds, said.device)
    training = Training(made, Path.cwd())
    next_line = math.inf
    for batch in training.run():
        if batch is None or "log_loss" not in batch.columns:
            continue
        log10 = float(batch.columns["log_loss"][-1, 0]) / math.log(10)
        if log10 < next_line:
            next_line = 10 * math.floor(log10 / 10)
            print(
                f"{training.history.seconds:6.0f} s, step {training.step:8,}: log10 loss {log10:8.2f}",
                flush=True,
            )
    reached = training.history.records.final("log_loss")[0] / math.log(10)
    for name in ("margin", "normalized_margin", "smoothed_margin", "param_norm", "accuracy", "test_accuracy"):
        print(f"{name}: {shown(training, name)}")
    print(
        f"log10 loss {reached:.1f} after {training.history.seconds:.0f} s, {training.step:,} steps "
        f"(wanted < {WANTED:.0f})"
    )
    print(f"on {training.problem.device}, {training.problem.samples:,} images, {training.sentence}")


if __name__ == "__main__":
    main()
