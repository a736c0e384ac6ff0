"""How a run's steps are laid out: blocks, parts and threads. All of it follows from sizes, nothing from a clock."""

from __future__ import annotations

from dataclasses import dataclass

from ..experiment.structure import Structure
from ..experiment.structure.cost import step_seconds

PER_CALL = 0.02
"""Seconds, by the model of what a step costs, that one call takes at most."""
PER_ENTRY = 8e-10
"""Seconds for every entry of the kernel in a step of the linearised twin, which is read from memory."""
CACHE = 2**20
"""Bytes that the values of one block take at most, so that they stay in a core's own cache."""
LEAST = 64
"""Samples of a block at least: below, weights are read more often than they are worth."""
PARTS, PART_SAMPLES, PART_SECONDS = 16, 100, 4e-5
"""Parts at most, and what a part has at least: samples, as gradients of parts are added up, and work."""
PART_BYTES = 2**28
"""Bytes that the gradients of all parts take at most."""
SHARED_SECONDS = 2e-4
"""Seconds of a call from which on it is worth waking other threads."""


@dataclass(frozen=True)
class Layout:
    """How the samples of a look are divided, and who does the work."""

    block: int
    """Samples that are looked at together, at most."""
    parts: int
    """Shares of the samples that threads may take; the numbers depend on them, and on nothing that a machine has."""
    threads: int
    """Threads that may work: on replicas of their own, or on parts."""
    seconds: float
    """Of one step of all replicas on one thread, by the model."""

    @property
    def most(self) -> int:
        """Return the steps that one call takes at most."""
        return max(1, int(PER_CALL / self.seconds))

    def worth_sharing(self, steps: int) -> bool:
        """Say whether other threads pay for so many steps."""
        return self.seconds * steps >= SHARED_SECONDS

    @property
    def words(self) -> str:
        """Say it in a few words, for the run's record."""
        divided = f", {self.parts} parts" if self.parts > 1 else ""
        threads = f", {self.threads} threads" if self.threads > 1 else ""
        return f"blocks of {self.block} samples{divided}{threads}"


def laid_out(
    structure: Structure,
    samples: int,
    replicas: int,
    size: int,
    threads: int,
    *,
    divisible: bool,
    twin: int,
    looks: int = 1,
) -> Layout:
    """Return the layout of steps that see so many samples.

    Args:
        structure: the network's.
        samples: that one step sees.
        replicas: how many there are.
        size: bytes of a number.
        threads: how many there may be.
        divisible: whether parts of the samples may be looked at apart from one another.
        twin: entries of a linearised twin's kernel; 0 without one.
        looks: at the samples, in a step.
    """
    layers = structure.layers
    parameters = sum(layer.size for layer in layers)
    values = sum(layer.rows + layer.columns for layer in layers)
    one = step_seconds(structure, samples)
    block = min(samples, max(LEAST, CACHE // (2 * size * values) // 8 * 8))
    parts = 1
    if divisible:
        most = min(PARTS, samples // PART_SAMPLES, int(one / PART_SECONDS), PART_BYTES // (size * parameters))
        while 2 * parts <= most:
            parts *= 2
    block = min(block, -(-samples // parts))
    used = min(threads, max(replicas, parts))
    return Layout(block, parts, used, (looks * one + PER_ENTRY * twin) * replicas)
