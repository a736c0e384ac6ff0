"""A draft trains until another takes its place; what it tells is what a run tells, in few messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.experiment.document import Document, DocumentRef
from engine.protocol.messages import (
    Drafted,
    Failed,
    Finished,
    Message,
    Noted,
    ReferenceSolved,
    SnapshotTaken,
    TrainDraft,
)
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from engine.references import Ask, Reference, ReferenceUnavailable, forget_answers
from engine.training.asked import PATIENCE, asked_training
from engine.training.drafts import Drafts
from engine.training.loop import Training
from engine.training.quick_answers import QUICK, WAITS, QuickAnswers
from engine.words.errors import Refusal
from tests.engine.cases import experiment

SHORT = {"run.steps": 60}


class Clock:
    """Seconds that pass when a test says so, and a little with each look."""

    def __init__(self, tick: float = 0.0) -> None:
        self.now, self._tick = 0.0, tick

    def __call__(self) -> float:
        self.now += self._tick
        return self.now


def prepared(said: dict[str, Any] | None = None) -> Callable[[TrainDraft, Ask], Training]:
    return lambda _draft, ask: Training(experiment(said or SHORT), ask=ask)


def asked(run: str, *, at_hand: bool = False) -> TrainDraft:
    return TrainDraft(run, DocumentRef(""), at_hand)


def told(drafts: Drafts) -> list[Drafted]:
    news: list[Drafted] = []
    while drafts.busy:
        news += drafts.go_on()
    return news


def history_of(messages: tuple[Message, ...] | list[Message]) -> RunHistory:
    history = RunHistory(Records(1))
    for message in messages:
        history.apply(message)
    return history


def test_a_short_draft_is_told_whole_and_in_one_message() -> None:
    drafts = Drafts(prepared(), Clock())
    drafts.ask(asked("a"))
    (news,) = told(drafts)
    assert news.run == "a" and isinstance(news.messages[-1], Finished)
    training = Training(experiment(SHORT))
    for _ in training.run():
        pass
    records, wanted = history_of(news.messages).records, training.history.records
    assert records.steps.tolist() == wanted.steps.tolist()
    for name in wanted.names:
        assert records.column(name).tobytes() == wanted.column(name).tobytes(), name


def test_a_long_draft_tells_what_it_has_and_goes_on() -> None:
    drafts = Drafts(prepared(SHORT | {"measure.every": 1}), Clock(tick=PATIENCE / 4))
    drafts.ask(asked("a"))
    news = told(drafts)
    assert len(news) > 2
    first = history_of(news[0].messages)
    assert not first.finished
    assert history_of([m for each in news for m in each.messages]).step == 60


def test_another_draft_takes_its_place_at_once_and_nothing_more_is_said_of_it() -> None:
    drafts = Drafts(prepared(), Clock())
    drafts.ask(asked("a"))
    list(drafts.go_on())
    drafts.ask(asked("b"))
    assert {news.run for news in told(drafts)} == {"b"}
    drafts.ask(asked("c"))
    drafts.drop()
    assert not drafts.busy and told(drafts) == []


def test_a_moving_hand_sees_something_of_each_and_the_newest_is_the_next() -> None:
    drafts = Drafts(prepared(), Clock())
    drafts.ask(asked("a", at_hand=True))
    news = list(drafts.go_on())
    for run in "bc":
        drafts.ask(asked(run, at_hand=True))
        assert drafts.next is None  # nothing would ever be seen
        news += drafts.go_on()
    assert [one.run for one in [*news, *told(drafts)]] == ["a", "c"]


def test_what_has_told_something_gives_way_at_once() -> None:
    drafts = Drafts(prepared(SHORT | {"measure.every": 1}), Clock(tick=PATIENCE / 4))
    drafts.ask(asked("a", at_hand=True))
    while not list(drafts.go_on()):
        pass
    drafts.ask(asked("b", at_hand=True))
    assert drafts.next is not None and {news.run for news in told(drafts)} == {"b"}


def test_a_draft_that_is_kept_goes_on_as_a_run_from_where_it_is() -> None:
    drafts = Drafts(prepared(SHORT | {"measure.every": 1}), Clock(tick=PATIENCE / 4))
    drafts.ask(asked("a"))
    news: list[Drafted] = []
    while not news:
        news += drafts.go_on()
    assert drafts.keep("another") == (None, [])
    driver, untold = drafts.keep("a")
    assert driver is not None and not drafts.busy
    messages = [*news[0].messages, *untold]
    while not driver.ended:
        messages += driver.go_on()
    assert history_of(messages).records.steps.tolist() == list(range(61))


def test_what_cannot_be_is_the_last_message() -> None:
    def refused(_draft: TrainDraft, _ask: Ask) -> Training:
        raise Refusal("data.n", 1, "is too few")

    drafts = Drafts(refused, Clock())
    drafts.ask(asked("a"))
    (news,) = told(drafts)
    (message,) = news.messages
    assert isinstance(message, Failed) and message.refusal is not None


def test_a_moving_hand_does_without_what_takes_long() -> None:
    forget_answers()
    drafts = Drafts(prepared(SHORT | {"data.phase": 0.0625}), Clock())
    drafts.ask(asked("a", at_hand=True))
    (moving,) = told(drafts)
    assert any(isinstance(m, Noted) and WAITS in m.notes.values() for m in moving.messages)
    (last,) = [m.snapshot for m in moving.messages if isinstance(m, SnapshotTaken)][-1:]
    assert last.step == 60 and not last.resumable  # it can be looked at, and is never gone on from
    columns = history_of(moving.messages).records.names
    assert {"normalized_margin", "param_norm", "cos_gradient"} <= set(columns) and "sharpness" not in columns
    drafts.ask(asked("b"))
    (resting,) = told(drafts)
    assert "sharpness" in history_of(resting.messages).records.names
    solved = [m.title for m in resting.messages if isinstance(m, ReferenceSolved) and m.values]
    drafts.ask(asked("c", at_hand=True))
    (known,) = told(drafts)
    assert [m.title for m in known.messages if isinstance(m, ReferenceSolved) and m.values] == solved
    now, then = (history_of(news.messages).records for news in (moving, resting))
    assert now.column("param_norm").tobytes() == then.column("param_norm").tobytes()


def test_a_moving_hand_sees_fewer_records_of_the_same_steps() -> None:
    document = Document(base=experiment({"run.steps": 400, "measure.per_decade": 200}))
    trained = [
        asked_training(TrainDraft("a", DocumentRef.of(document), at_hand), ready=lambda _: False)
        for at_hand in (True, False)
    ]
    for training in trained:
        for _ in training.run():
            pass
    few, all_of_them = (training.history.records for training in trained)
    assert len(few) < len(all_of_them) / 2 and trained[1].experiment == document.base
    assert few.final("param_norm").tobytes() == all_of_them.final("param_norm").tobytes()


def test_a_solver_that_was_quick_is_asked_while_the_hand_moves() -> None:
    forget_answers()
    clock, seconds = Clock(), [QUICK / 2]

    def slow(value: float) -> list[Reference]:
        clock.now += seconds[0]
        return []

    quick = QuickAnswers(clock)
    with pytest.raises(ReferenceUnavailable, match=WAITS):
        quick.at_hand(slow, 1.0)
    assert quick.whole(slow, 1.0) == []
    assert quick.at_hand(slow, 2.0) == []
    seconds[0] = 2 * QUICK
    assert quick.at_hand(slow, 3.0) == []  # as quick as it was the last time, for all that is known
    with pytest.raises(ReferenceUnavailable, match=WAITS):
        quick.at_hand(slow, 4.0)
    assert quick.at_hand(slow, 1.0) == []  # what is known is told whatever solving takes
