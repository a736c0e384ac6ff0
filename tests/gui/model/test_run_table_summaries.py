"""What the table knows of each run: verdicts follow the runs compared, a digest may say anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.document import parse
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from engine.session import Digest
from engine.session.run_digests import RunDigests
from gui.model.run import Run
from gui.model.run_table.summary import RunSummary, digest_of, summary_from, summary_of
from gui.model.run_table.summary_reader import SummaryReader
from gui.model.session_model import SessionModel
from tests.gui.lab import CIRCLE
from tests.gui.model.driving import wait_for

TWO = CIRCLE.format(title="two", steps=50) + (
    '[[experiments]]\nname = "a"\n[[experiments]]\nname = "b"\nset = { seed = 1 }\n'
    '[[claims]]\ntext = "a is as good"\ncheck = "ratio"\nof = "margin_ratio"\ncompare = ["a", "b"]\nat_least = 0.0\n'
)


def verdicts(model: SessionModel) -> list[str]:
    summaries = [model.table.summary(run.id) for run in model.run_list.runs]
    return [summary.verdicts["a is as good"].status for summary in summaries if summary is not None]


def test_a_run_is_judged_again_once_the_run_that_it_is_compared_with_has_ended(
    qtbot: QtBot, model: SessionModel
) -> None:
    model.table.watch(True)
    model.editor.load(parse(TWO))
    model.transport.run()
    wait_for(qtbot, model, "idle")
    qtbot.waitUntil(lambda: not model.table.is_busy)
    assert verdicts(model) == ["holds", "holds"]
    first, second = model.run_list.runs
    kept = [summary_from(model.store.session.digests.get(run.id)) for run in (first, second)]
    assert [summary.verdicts["a is as good"].status for summary in kept if summary] == ["holds", "holds"]
    model.run_list.delete([second.id])
    qtbot.waitUntil(lambda: not model.table.is_busy)
    assert verdicts(model) == ["not yet"]


def test_what_the_session_says_of_a_run_is_not_written_again(
    qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.table.watch(True)
    model.editor.load(parse(CIRCLE.format(title="one", steps=50)))
    model.transport.run()
    wait_for(qtbot, model, "idle")
    qtbot.waitUntil(lambda: not model.table.is_busy)
    (run,) = model.run_list.runs
    noted: list[str] = []
    monkeypatch.setattr(RunDigests, "note", lambda self, run, digest: noted.append(run))
    monkeypatch.setattr(Run, "is_at_hand", property(lambda self: False))
    found = SummaryReader(model.run_list, model.store, model).at_once(run)
    assert found is not None and found.finals and noted == []


def test_what_was_read_of_a_run_that_has_gone_on_since_is_not_noted(
    qtbot: QtBot, model: SessionModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.editor.load(parse(CIRCLE.format(title="one", steps=50)))
    model.transport.run()
    wait_for(qtbot, model, "idle")
    (run,) = model.run_list.runs
    noted: list[str] = []
    monkeypatch.setattr(RunDigests, "note", lambda self, run, digest: noted.append(run))
    for seconds, times in ((run.seconds, 1), (run.seconds + 1, 1)):
        reader = SummaryReader(model.run_list, model.store, model)
        reader.ask(run)
        run.history.seconds = seconds
        qtbot.waitUntil(lambda reader=reader: not reader.unread)
        assert noted == [run.id] * times


def summary() -> RunSummary:
    records = Records(2)
    experiment = parse(CIRCLE.format(title="", steps=50)).base.model_copy(update={"replicas": 2})
    return summary_of(experiment, RunHistory(records), {}, {})


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.update(step="ten"),
        lambda told: told.update(replicas=3),
        lambda told: told.update(vary={"seed": [1]}),
        lambda told: told.update(events={"fitted_step": ["soon"]}),
        lambda told: told["fields"].update(seed="x"),
        lambda told: told["fields"].update(title={"a": 1}),
        lambda told: told["fields"].update(seed=10**400),
        lambda told: told.update(seconds=None),
    ],
)
def test_a_digest_that_is_not_as_it_should_be_is_none(spoil: Callable[[dict[str, Any]], None]) -> None:
    digest = digest_of(summary())
    finals = {"log_loss": np.zeros(2)}
    assert summary_from(Digest(digest.text, finals)) is not None
    assert summary_from(Digest(digest.text, {"log_loss": np.zeros(3)})) is None
    told = json.loads(digest.text)
    spoil(told)
    assert summary_from(Digest(json.dumps(told), finals)) is None


def test_data_that_an_experiment_carries_in_itself_is_not_copied_into_the_table() -> None:
    base = parse(CIRCLE.format(title="", steps=50)).base
    large = base.model_copy(update={"data": base.data.model_copy(update={"kind": "x" * 100_000})})
    told = summary_of(large, RunHistory(Records(1)), {}, {})
    assert str(told.fields["data.kind"]).startswith("100,000 characters")
    assert len(digest_of(told).text) < 10_000
