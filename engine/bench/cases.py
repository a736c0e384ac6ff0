"""What steps are timed on: the shapes of the table, and other kinds of optimizer, batches, loss and precision."""

from __future__ import annotations

from dataclasses import dataclass

from ..experiment.document import parse
from ..experiment.experiment import Experiment


@dataclass(frozen=True)
class StepsCase:
    """Steps of one kind: full-batch gradient descent of the exponential loss where nothing else is said."""

    samples: int
    inputs: int
    widths: tuple[int, ...]
    replicas: int = 1
    optimizer: str = 'kind = "steepest"'
    rate: float = 0.0
    """Of learning; 0: 0.01 over the samples, at which the summed loss goes down."""
    batch: int = 0
    """Samples a step sees, drawn without replacement; 0: all."""
    digits: bool = False
    """Ten classes of real digits and cross-entropy, instead of two and the exponential loss."""
    dtype: str = "float64"
    words: str = ""
    """What is special about it."""

    @property
    def title(self) -> str:
        """Return its shape as the table has it: N x d - widths."""
        widths = self.widths
        alike = len(widths) > 1 and len(set(widths)) == 1
        hidden = f"{len(widths)} x {widths[0]}" if alike else ", ".join(map(str, widths))
        shape = f"{self.samples:,} x {self.inputs} - {hidden}"
        several = f"{self.replicas} replicas" if self.replicas > 1 else ""
        return ", ".join(filter(None, (shape, several, self.words)))

    @property
    def learning_rate(self) -> float:
        """Return the step size of plain gradient descent."""
        return self.rate or 0.01 / self.samples

    @property
    def layers(self) -> list[tuple[int, int]]:
        """Return rows and columns of the layers from the input up."""
        sizes = (self.inputs, *self.widths, 10 if self.digits else 1)
        return list(zip(sizes[1:], sizes[:-1], strict=True))

    @property
    def products(self) -> int:
        """Return the multiply-adds of a step: up, and down to weights and to inputs, all but the first layer's."""
        down = 2 * sum(rows * columns for rows, columns in self.layers) - self.layers[0][0] * self.inputs
        up = sum(rows * columns for rows, columns in self.layers)
        return self.replicas * (self.batch or self.samples) * (up + down)

    def experiment(self, backend: str) -> Experiment:
        """Return it as an experiment whose steps are taken so."""
        data = f'kind = "hyperplane", n = {self.samples}, d = {self.inputs}'
        if self.digits:
            data = f'kind = "digits", train = {self.samples}'
        loss = "cross-entropy" if self.digits else "exponential"
        batch = f", batch = {self.batch}" if self.batch else ""
        step = f'step = {{ kind = "constant", eta = {self.learning_rate} }}'
        (experiment,) = (
            parse(
                f"""version = 1
title = "bench"
replicas = {self.replicas}
data = {{ {data} }}
network = {{ kind = "mlp", widths = {list(self.widths)} }}
loss = {{ kind = "{loss}" }}
optimizer = {{ {self.optimizer}{batch}, {step} }}
run = {{ steps = 1000000000, dtype = "{self.dtype}", backend = "{backend}", device = "cpu" }}
"""
            )
            .experiments()
            .values()
        )
        return experiment


SMALL = StepsCase(24, 2, (20,))
SHAPES = (
    SMALL,
    StepsCase(50, 2, (50,)),
    StepsCase(200, 20, (200,)),
    StepsCase(1000, 64, (512,)),
    StepsCase(500, 64, (256, 256, 256, 256)),
    StepsCase(24, 2, (20,), replicas=16),
    StepsCase(24, 2, (20,), replicas=64),
    StepsCase(200, 20, (200,), replicas=16),
    StepsCase(200, 20, (200,), replicas=64),
)
"""Full-batch gradient descent in float64, as it was measured in other tools."""
OTHERS = (
    StepsCase(50, 2, (50,), optimizer='kind = "adam"', rate=0.001, words="Adam"),
    StepsCase(50, 2, (50,), optimizer='kind = "sgd"', batch=8, words="batches of 8"),
    StepsCase(50, 2, (50,), dtype="float32", words="float32"),
    StepsCase(500, 64, (64,), digits=True, words="digits, cross-entropy"),
)
