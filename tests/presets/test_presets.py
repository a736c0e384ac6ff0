"""Every shipped preset says what it is, finds its data, and ends as it promises."""

from __future__ import annotations

import pytest

from engine.catalog import load_preset, presets
from engine.claims import judge_all
from engine.data import sizes
from engine.experiment.document import parse, to_toml
from engine.records import RunLog

SHIPPED = [entry.id for entry in presets() if not entry.own]


@pytest.mark.parametrize("id", SHIPPED)
def test_it_says_what_it_is(id: str) -> None:
    document = load_preset(id)
    assert document.about.paper and document.about.theorem and document.about.look_for
    assert document.base.title
    assert document.claims


@pytest.mark.parametrize("id", SHIPPED)
def test_its_file_is_read_back_as_it_was_written(id: str) -> None:
    document = load_preset(id)
    assert parse(to_toml(document), document.folder) == document


@pytest.mark.parametrize("id", SHIPPED)
def test_its_data_are_there(id: str) -> None:
    document = load_preset(id)
    for experiment in document.experiments().values():
        samples, inputs, classes = sizes(experiment.data, document.folder)
        assert samples > 1 and inputs > 0 and classes > 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("id", SHIPPED)
def test_its_claims_end_as_expected(id: str) -> None:
    from engine.training import Training

    document = load_preset(id)
    logs: dict[str, RunLog] = {}
    for name, experiment in document.experiments().items():
        training = Training(experiment, document.folder)
        for _ in training.run():
            pass
        logs[name] = training.log
    for claim, verdict in zip(document.claims, judge_all(document, logs), strict=True):
        assert verdict.as_expected, f"{claim.text}: {verdict.status}, {verdict.values}, {verdict.sentence}"
