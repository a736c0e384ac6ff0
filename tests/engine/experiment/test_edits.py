"""What an experiment file says of edits that its runs take on their way."""

from __future__ import annotations

from typing import Any

import pytest

from engine.experiment.document import parse, to_toml
from engine.experiment.edits import LiveEdit, specs_of, taken_up, with_edits
from engine.words.errors import Refusal
from tests.engine.cases import experiment, experiment_to_toml

ONE = experiment_to_toml(experiment())
TWO = (
    ONE
    + """
[[experiments]]
name = "calm"
set = { "optimizer.step.c" = 0.25 }

[[experiments]]
name = "constant"
set = { "optimizer.step" = { kind = "constant", eta = 0.1 } }
"""
)
C, EVERY, PLATEAU = "optimizer.step.c", "measure.every", "run.stop.plateau"


def edit(step: int, run: str = "", **changes: Any) -> str:
    said = ", ".join(f'"{path.replace("__", ".")}" = {value}' for path, value in changes.items())
    return f"\n[[edits]]\nstep = {step}\nset = {{ {said} }}\n" + (f'run = "{run}"\n' if run else "")


def test_edits_are_read_written_and_given_to_their_experiment() -> None:
    text = TWO + edit(800, "calm", optimizer__step__c=1.9) + edit(9, "constant", optimizer__step__eta=0.2)
    document = parse(text)
    assert parse(to_toml(document)) == document
    assert [(e.step, e.set) for e in document.edits_of("calm")] == [(800, {C: 1.9})]
    assert [(e.step, e.set) for e in document.edits_of("constant")] == [(9, {"optimizer.step.eta": 0.2})]
    assert parse(ONE + edit(3, run__steps=9)).edits_of("")[0].step == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ONE + edit(8, optimizer__step__c=-1.0), r"edits\[0\].set.optimizer.step.c: -1.0 is too small"),
        (ONE + edit(8, optimizer__step__eta=1.0), r"edits\[0\].set.optimizer.step.eta: is not a known field"),
        (ONE + edit(8, data__n=12), r"edits\[0\].set.data.n: 12 .* takes effect with a new run"),
        (ONE + edit(8, seed=2), r"edits\[0\].set.seed: 2 .* takes effect with a new run"),
        (ONE + edit(8, title='"x"'), r"edits\[0\].set.title: 'x' is no setting"),
        (ONE + edit(-1, run__steps=5), r"edits\[0\].step: -1 is too small"),
        (ONE + "\n[[edits]]\nstep = 1\nset = {}\n", r"edits\[0\].set"),
        (ONE + "\n[[edits]]\nset = { seed = 1 }\n", r"edits\[0\].step: is missing"),
        (ONE + edit(8, "calm", run__steps=5), r"edits\[0\].run: 'calm' names no experiment of this file"),
        (TWO + edit(8, run__steps=5), r"edits\[0\].run: '' must name an experiment of this file"),
        (TWO + edit(8, "clam", run__steps=5), r"edits\[0\].run: 'clam' .* did you mean 'calm'"),
        (
            ONE.replace("[data]", f'[vary]\n"{C}" = [0.1, 0.2]\n\n[data]') + edit(8, optimizer__step__c=1.0),
            r"edits\[0\].set.optimizer.step.c: 1.0 differs between replicas",
        ),
    ],
)
def test_edits_that_no_run_could_take_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        parse(text)


def test_the_edits_of_a_run_as_a_file_says_them_make_the_same_of_its_experiment() -> None:
    """A field that is set no longer, for which TOML has no word, too."""
    start = experiment({EVERY: 3, PLATEAU: 0.1, "run.stop.seconds": 9.0})
    edits = [
        LiveEdit(5, C, 0.5, 1.9),
        LiveEdit(5, EVERY, 3, None),
        LiveEdit(7, PLATEAU, 0.1, None),
        LiveEdit(9, "run.steps", 60, 90),
        LiveEdit(9, EVERY, None, 4),
    ]
    specs = specs_of(start, edits)
    assert [spec.step for spec in specs] == [5, 7, 9]
    document = parse(experiment_to_toml(start)).with_edits_of("", specs)
    assert parse(to_toml(document)) == document
    reached = start
    for spec in specs:
        reached = with_edits(reached, [LiveEdit(0, path, None, value) for path, value in spec.set.items()])
    assert reached == with_edits(start, edits)
    assert (reached.measure.every, reached.run.stop.plateau, reached.run.stop.seconds) == (4, None, 9.0)


def test_words() -> None:
    said = [LiveEdit(800, C, 0.5, 1.9), LiveEdit(1200, EVERY, None, 5), LiveEdit(9, EVERY, 5, None)]
    assert [e.words for e in said] == ["c 0.5 to 1.9 at 800", "every to 5 at 1,200", "every 5 to none at 9"]
    assert [e.moves for e in said] == [True, False, False]


def test_an_edit_that_is_told_again_is_one_and_one_set_back_before_a_step_is_none() -> None:
    first, back = LiveEdit(8, C, 0.5, 1.9), LiveEdit(8, C, 1.9, 0.5)
    later = LiveEdit(9, C, 1.9, 0.5)
    assert taken_up([first, later], [first]) == [first, later]
    assert taken_up([later], [first]) == [first, later]
    assert taken_up([first], [back]) == []
    assert taken_up([first], [LiveEdit(8, C, 1.9, 0.7)]) == [LiveEdit(8, C, 0.5, 0.7)]
