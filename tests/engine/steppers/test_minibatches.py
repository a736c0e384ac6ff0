"""Mini-batches: what is drawn, how often, and that seed and step decide it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.steppers.minibatches import MiniBatches

CPU = torch.device("cpu")


def test_an_epoch_without_replacement_takes_every_sample_once() -> None:
    batches = MiniBatches([3, 4], samples=10, batch=3, replacement=False, device=CPU)
    assert batches.per_epoch == 4
    for epoch in range(5):
        drawn = [batches.at(4 * epoch + k) for k in range(4)]
        assert [b.shape[1] for b in drawn] == [3, 3, 3, 1]
        for r in range(2):
            assert sorted(torch.cat(drawn, 1)[r].tolist()) == list(range(10))
    assert not torch.equal(batches.at(0)[0], batches.at(0)[1])
    assert not torch.equal(batches.at(0), batches.at(4))


def test_order_is_uniform_without_replacement() -> None:
    batches = MiniBatches([0], samples=5, batch=5, replacement=False, device=CPU)
    places = np.zeros((5, 5))
    for epoch in range(2000):
        places[np.arange(5), batches.at(epoch)[0].numpy()] += 1
    chi2 = ((places - 400) ** 2 / 400).sum()
    assert chi2 < 40  # 16 degrees of freedom: 40 is one in a thousand


def test_batches_with_replacement_are_uniform_and_independent() -> None:
    batches = MiniBatches([0], samples=6, batch=2, replacement=True, device=CPU)
    drawn = torch.cat([batches.at(step) for step in range(6000)]).numpy()
    counts = np.bincount(drawn.ravel(), minlength=6)
    assert ((counts - 2000) ** 2 / 2000).sum() < 20.5  # 5 degrees of freedom
    pairs = np.zeros((6, 6))
    np.add.at(pairs, (drawn[:, 0], drawn[:, 1]), 1)
    assert (
        (pairs - 6000 / 36) ** 2 / (6000 / 36)
    ).sum() < 66  # 35 degrees of freedom: the diagonal is there too
    assert (drawn[:-1] == drawn[1:]).mean() == pytest.approx(1 / 6, abs=0.02)


@pytest.mark.parametrize("replacement", [True, False])
def test_batches_are_a_function_of_seed_and_step(replacement: bool) -> None:
    def fresh(*seeds: int) -> MiniBatches:
        return MiniBatches(seeds, samples=20, batch=4, replacement=replacement, device=CPU)

    forwards = fresh(5, 6)
    row = [forwards.at(step).clone() for step in range(3000)]
    backwards = fresh(5, 6)
    for step in (2999, 1024, 1023, 1, 0, 5, 2999):
        assert torch.equal(backwards.at(step), row[step])
    alone = fresh(6)
    assert all(torch.equal(alone.at(step)[0], row[step][1]) for step in (0, 17, 1500))
    # an epoch that is run again draws anew, and the next one is as if nothing had happened
    assert not all(torch.equal(forwards.at(step, attempt=1), row[step]) for step in range(5))
    assert torch.equal(forwards.at(7), row[7])


def test_a_batch_is_never_larger_than_the_data() -> None:
    batches = MiniBatches([0], samples=3, batch=32, replacement=False, device=CPU)
    assert (batches.size, batches.per_epoch, batches.at(0).shape) == (3, 1, (1, 3))
    assert MiniBatches([0], samples=3, batch=32, replacement=True, device=CPU).at(5).shape == (1, 3)
