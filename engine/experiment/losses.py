"""What a user may say about the loss."""

from __future__ import annotations

from typing import Literal

from .fields import Fields, field


class LossSpec(Fields):
    """The loss of one sample as a function of its margin, and what a learning rate multiplies."""

    kind: Literal["exponential", "logistic", "cross-entropy"] = field(
        ...,
        "loss",
        "exponential: exp(-q); logistic: log(1 + exp(-q)); "
        "cross-entropy: log(1 + exp(-q)) with a smooth margin q over several classes.",
    )
    reduction: Literal["sum", "mean"] = field(
        "sum",
        "reduction",
        "What a constant learning rate multiplies: the sum or the mean over samples. log_loss always is the sum's.",
    )
