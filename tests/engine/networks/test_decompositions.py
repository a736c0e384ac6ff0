"""Decompositions: the numbers of torch where matrices are finite, NaN where they are not."""

from __future__ import annotations

import math

import pytest
import torch

from engine.networks.decompositions import eigh, singular_values, svd
from engine.networks.sites import largest_singular_value, polar_factor


def matrices(size: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(*size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("size", [(3, 4, 4), (3, 2, 5), (3, 1, 5), (2, 3, 6, 4)])
def test_a_matrix_that_is_not_finite_leaves_the_others_alone(wrong: float, size: tuple[int, ...]) -> None:
    fine = matrices(size)
    broken = fine.clone()
    broken[1, ..., 0, 0] = wrong
    for function in (lambda m: svd(m).values, singular_values, polar_factor):
        expected, result = function(fine), function(broken)
        assert torch.equal(result[0], expected[0]) and torch.equal(result[2:], expected[2:])
        assert not torch.isfinite(result[1]).all()
    largest = largest_singular_value(broken)
    assert not torch.isfinite(largest[1]).any() and torch.isfinite(largest[0]).all()


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_eigenvalues_too(wrong: float) -> None:
    fine = matrices((3, 4, 4))
    fine = fine + fine.mT
    broken = fine.clone()
    broken[1, 2, 2] = wrong
    for expected, result in zip(eigh(fine), eigh(broken), strict=True):
        assert torch.equal(result[0], expected[0]) and torch.equal(result[2], expected[2])
    assert eigh(broken)[0][1].isnan().all()


def test_finite_matrices_have_torch_s_numbers() -> None:
    fine = matrices((3, 4, 5))
    assert torch.equal(singular_values(fine), torch.linalg.svdvals(fine))
    for part, expected in zip(svd(fine), torch.linalg.svd(fine, full_matrices=False), strict=True):
        assert torch.equal(part, expected)
    assert not polar_factor(torch.zeros(2, 1, 3)).any()
