"""Numbers of the processor on their way to a device."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def sent(numbers: np.ndarray | Sequence[float], device: torch.device, into: Tensor | None = None) -> Tensor:
    """Return numbers on a device, in a tensor of it where one is given.

    A graphics card reads them by itself from memory that stays where it is: nobody waits for it.
    """
    here = torch.as_tensor(numbers) if into is None else torch.as_tensor(numbers, dtype=into.dtype)
    card = device.type == "cuda"
    if card:
        here = here.pin_memory()
    return here.to(device, non_blocking=card) if into is None else into.copy_(here, non_blocking=card)
