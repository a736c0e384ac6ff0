"""Every field of every kind steers: an edit of it gives a draft, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from PySide6.QtWidgets import QApplication

from engine.experiment.document import Document
from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.protocol.messages import Command, Failed, Finished, TrainDraft
from engine.training.asked import asked_training
from engine.training.drafts import Drafts
from engine.words.errors import Refusal
from gui.engine_thread import EngineThread
from gui.forms.field_spec import FieldSpec, field_specs, kinds_at
from gui.forms.slider_scale import scale_about
from gui.model.session_model import SessionModel
from tests.engine import drawn

Edit = tuple[str, Any]


class Ear(EngineThread):
    """An engine that only listens."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Command] = []

    def start_engine(self) -> None:
        pass

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    drawn.write_files(folder)
    return folder


@pytest.fixture
def model(qapp: QApplication) -> Iterator[SessionModel]:
    model = SessionModel(Ear())
    yield model
    model.close()
    model.deleteLater()


def fields(model: BaseModel, prefix: str = "") -> Iterator[tuple[FieldSpec, Any]]:
    """Yield every field of an experiment, those of the kinds within included."""
    for spec in field_specs(type(model), prefix):
        value = getattr(model, spec.name)
        yield spec, value
        if isinstance(value, BaseModel):
            yield from fields(value, spec.path)


def edits_of(spec: FieldSpec, value: Any) -> st.SearchStrategy[Edit] | None:
    """Return what a hand can make of a field: a place of its slider, another word, another kind."""
    if spec.shape.form in ("integer", "number") and value is not None:
        whole = spec.shape.form == "integer"
        scale = scale_about(value, spec.limits, whole)
        # few steps: what is trained is to be small, whatever the slider offers
        shares = st.floats(0, 0.6 if whole else 1)
        return shares.map(lambda share: (spec.path, scale.value_at(share)))
    if spec.shape.form == "switch":
        return st.just((spec.path, not value))
    if spec.shape.form == "choice":
        return st.sampled_from(spec.shape.values).map(lambda word: (spec.path, word))
    kinds = sorted(set(kinds_at(spec.path)) - {"digits", "mnist", "fashion-mnist", "idx", "csv", "npz"})
    return st.sampled_from(kinds).map(lambda kind: (f"{spec.path}.kind", kind)) if kinds else None


BASE = {
    "version": 1,
    "data": {"kind": "circle"},
    "network": {"kind": "mlp", "widths": [4]},
    "loss": {"kind": "exponential"},
    "optimizer": {"kind": "steepest"},
}
KINDS = [
    (path, kind)
    for path in ("data", "network", "network.init", "loss", "optimizer", "optimizer.step")
    for kind in kinds_at(path)
]


def tried(base: Experiment, path: str, value: Any) -> Experiment | Refusal:
    """Return the experiment with a field set, or why it cannot be."""
    try:
        return with_values(base, {path: value})
    except Refusal as refusal:
        return refusal


@pytest.mark.parametrize(("path", "kind"), KINDS)
def test_every_place_of_every_slider_is_taken_or_refused_in_a_sentence(path: str, kind: str) -> None:
    base = tried(experiment_from(BASE), f"{path}.kind", kind)
    if isinstance(base, Refusal):  # it goes with other kinds, or reads a file
        assert base.remedy
        return
    for spec, value in fields(base):
        if spec.shape.form in ("integer", "number") and value is not None:
            scale = scale_about(value, spec.limits, spec.shape.form == "integer")
            for share in (0.0, 0.37, 1.0):
                changed = tried(base, spec.path, scale.value_at(share))
                if isinstance(changed, Refusal):
                    assert changed.field and changed.remedy, spec.path
                else:
                    assert changed != base or scale.value_at(share) == value, spec.path


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.data())
def test_an_edit_of_any_field_gives_a_draft_or_a_refusal(
    model: SessionModel, files: Path, data: st.DataObject
) -> None:
    base = experiment_from(data.draw(drawn.experiments()))
    engine, editor = model.engine, model.editor
    assert isinstance(engine, Ear)
    editor.load(Document(base=base, folder=files))
    QApplication.processEvents()
    model.steering.switch(True)
    model.steering.drop()
    known = [edits for spec, value in fields(base) if (edits := edits_of(spec, value)) is not None]
    path, value = data.draw(st.one_of(known))
    engine.sent.clear()
    before = editor.document
    editor.edit(path, value)
    QApplication.processEvents()
    if editor.document == before:
        assert editor.refusals or not any(isinstance(c, TrainDraft) for c in engine.sent)
        return
    asked = next(command for command in engine.sent if isinstance(command, TrainDraft))
    assert asked.document.experiment() == editor.experiment
    drafts = Drafts(partial(asked_training, ready=lambda _: False))
    drafts.ask(asked)
    while drafts.busy:
        for news in drafts.go_on():
            model.steering._take(news)
    draft = model.run_list.draft
    if draft is None:
        assert [refusal.remedy for refusal in editor.refusals]
    else:
        last = draft.messages[-1]
        assert isinstance(last, Finished) or (isinstance(last, Failed) and last.refusal is not None)
        assert model.steering.can_keep or draft.at_hand
