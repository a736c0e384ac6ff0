"""What a step costs: the lab's circle preset over a plain loop that measures nothing, and 16 replicas over one.

    python -m tests.benchmarks.training_speed [--runs 5]

Ratios within one run, medians of alternated runs. Wanted: at most 2.5 times the plain loop (15,000 steps, all default
measurements, references excluded), and 16 replicas in less than twice the time of one.
"""

from __future__ import annotations

import argparse
import statistics

from engine.bench.cases import SMALL
from engine.bench.loops import plain_loop
from engine.bench.training import MANY, PRESET, lab
from engine.catalog import load_preset
from engine.experiment.experiment import with_values


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    circle = load_preset(PRESET).base
    sixteen = with_values(circle, {"replicas": MANY})
    plain = plain_loop(SMALL, threads=1)
    over_plain, over_one = [], []
    for _ in range(runs):
        one, loop, many = lab(circle)[0], plain(circle.run.steps), lab(sixteen)[0]
        over_plain.append(one / loop)
        over_one.append(many / one)
        print(f"lab {one:.2f} s, plain loop {loop:.2f} s, ratio {one / loop:.2f}", end="; ")
        print(f"16 replicas {many:.2f} s, ratio {many / one:.2f}")
    print(f"lab over plain loop: median {statistics.median(over_plain):.2f} (wanted 2.5 at most)")
    print(f"16 replicas over one: median {statistics.median(over_one):.2f} (wanted below 2)")


if __name__ == "__main__":
    main()
