"""The card that is none fails and waits where a real one would."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.engine.devices.pretended_card import CARD, OnCard, PretendedCard, WrongDevice, plugged_in, values


@pytest.fixture
def card() -> Iterator[PretendedCard]:
    with plugged_in() as card:
        yield card


def there(*numbers: float) -> Tensor:
    return torch.tensor(numbers, device=CARD)


def test_what_is_computed_lies_where_its_arguments_do(card: PretendedCard) -> None:
    x = there(1.0, -2.0)
    assert x.device == CARD and x.is_cuda and not x.is_cpu
    for made in (
        x + 1,
        x.abs().sum(),
        x[0],
        x[None].mT,
        torch.zeros_like(x),
        x.max(0).values,
        torch.stack([x, x]),
    ):
        assert isinstance(made, OnCard)
    assert torch.zeros(2, device=x.device).device == CARD
    assert torch.zeros(2, device="cpu").is_cpu
    assert torch.where(x > 0, 1.0, x).tolist() == [1.0, -2.0]


MEETINGS: dict[str, Callable[[Tensor, Tensor], object]] = {
    "added": lambda x, y: x + y,
    "multiplied": lambda x, y: torch.bmm(x[None, None], y[None, :, None]),
    "stacked": lambda x, y: torch.stack([x[0], y[0]]),
    "written": lambda x, y: torch.add(x, 1, out=y),
    "chosen by": lambda x, y: torch.where(y > 0, x, 0.0),
}


@pytest.mark.parametrize("how", MEETINGS)
def test_tensors_of_two_devices_do_not_meet(card: PretendedCard, how: str) -> None:
    with pytest.raises(WrongDevice, match="on the card and on the processor"):
        MEETINGS[how](there(1.0, 2.0), torch.ones(2, device="cpu"))


def test_a_number_may_come_from_the_processor(card: PretendedCard) -> None:
    assert values(there(1.0, 2.0) * torch.tensor(3.0)).tolist() == [3.0, 6.0]
    assert card.waits == [card.waits[0]], "but for what was copied there"


WAITING: dict[str, Callable[[Tensor], object]] = {
    "item": lambda x: x[0].item(),
    "__bool__": lambda x: bool((x > 0).all()),
    "__float__": lambda x: float(x[0]),
    "__array__": np.asarray,
    "tolist": lambda x: x.tolist(),
    "copied to the processor": lambda x: x.cpu(),
    "copied to the card": lambda x: torch.ones(2, device="cpu").to(x),
    "nonzero": lambda x: x.nonzero(),
    "where": lambda x: torch.where(x > 0),
    "index": lambda x: x[x > 0],
    "unique": lambda x: torch.unique(x),
    "linalg.svd": lambda x: torch.linalg.svd(x[None]),
}


@pytest.mark.parametrize("what", WAITING)
def test_waits_are_written_down(card: PretendedCard, what: str) -> None:
    x = there(1.0, 2.0)
    card.waits.clear()
    WAITING[what](x)
    assert [wait.what for wait in card.waits] == [what]


def test_a_pinned_copy_and_a_condition_wait_for_nothing(card: PretendedCard) -> None:
    x = there(1.0, 2.0)
    card.waits.clear()
    torch.ones(2, device="cpu").pin_memory().to(CARD, non_blocking=True)
    x.copy_(torch.zeros(2, device="cpu").pin_memory(), non_blocking=True)
    x[x > 0] = 1.0
    x[torch.tensor(0, device="cpu").pin_memory().numpy() :] += x.max()
    assert card.waits == []


def test_the_engine_makes_nothing_without_a_device(card: PretendedCard) -> None:
    from engine.measurements.vector_history import VectorHistory

    with pytest.raises(WrongDevice, match=r"vector_history\.py.*empty without the device"):
        VectorHistory("nothing").cosines_with_the_last()
