"""Bounds that a theorem gives: only wrong code breaks them, so that a part of each is put in its place."""

from __future__ import annotations

import pytest

from engine.catalog import load_preset
from engine.claims import judge
from engine.experiment.experiment import with_values
from engine.training.loop import Training

EARLY = {"run.steps": 100, "measure.groups": ["homogeneity"]}


@pytest.mark.parametrize(
    ("id", "run", "part"),
    [
        ("cai-deep-biases", "two layers", 8),
        ("cai-deep-biases", "three layers", 25),
        ("cai-residual", "one block", 5),
        ("cai-residual", "GELU", 5),
        ("cai-residual", "two blocks", 20),
    ],
)
def test_a_part_of_a_bound_is_broken(id: str, run: str, part: int) -> None:
    """They are the looser the more layers share the norm."""
    document = load_preset(id)
    training = Training(with_values(document.experiments()[run], EARLY), document.folder)
    for _ in training.run():
        pass
    claims = [claim for claim in document.claims if claim.run == run and claim.check == "always"]
    assert len(claims) == 2
    for claim in claims:
        assert judge(claim, {run: training.history}).status == "holds"
        training.history.records.column(str(claim.at_most))[:] /= part
        verdict = judge(claim, {run: training.history})
        assert verdict.status == "fails", verdict.sentence
