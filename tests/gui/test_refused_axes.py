"""What is written of a map's axes and not taken: said beside them, kept with its map, and gone with its session."""

from __future__ import annotations

import pytest

from tests.gui.lab import Lab
from tests.gui.mapping import ETA, WIDTHS, page, sweep, swept, write

pytestmark = pytest.mark.one_window


def test_what_was_refused_of_an_axis_is_there_again_with_it(mapped: Lab) -> None:
    swept(mapped)
    view, editor = page(mapped), mapped.window.model.editor

    def refused() -> None:
        write(mapped, ETA, "0.1, quick")
        mapped.until(lambda: "quick" in view.axes.refusal.text())

    def is_there() -> bool:
        return ETA in view.axes.lines and view.axes.lines[ETA].text() == "0.1, quick"

    refused()
    view.body.opened.emit((0, 1))
    mapped.until(lambda: not view.axes.lines)
    mapped.press(view.choices.edit)
    mapped.until(is_there)
    write(mapped, ETA, "0.1, 0.5, 1")
    refused()
    mapped.press(view.choices.edit)
    mapped.until(lambda: not is_there())
    editor.undo_stack.undo()
    mapped.until(is_there)


def test_what_was_refused_of_one_map_does_not_drive_out_that_of_another(mapped: Lab) -> None:
    swept(mapped)
    view, editor = page(mapped), mapped.window.model.editor

    def there(path: str, text: str) -> bool:
        return path in view.axes.lines and view.axes.lines[path].text() == text

    write(mapped, ETA, "0.1, quick")
    mapped.until(lambda: "quick" in view.axes.refusal.text())
    view.body.opened.emit((0, 1))
    mapped.until(lambda: not view.axes.lines)
    assert editor.experiment.replicas == 2  # its seeds
    mapped.choose(view.axes.add_box, WIDTHS)
    write(mapped, WIDTHS, "[4], wide")
    assert view.axes.seeds.value() == 2 and editor.experiment.replicas == 1
    mapped.until(lambda: "wide" in view.axes.refusal.text())
    mapped.press(view.choices.edit)
    mapped.until(lambda: there(ETA, "0.1, quick"))
    editor.undo_stack.undo()
    mapped.until(lambda: there(WIDTHS, "[4], wide"))


def test_what_is_several_runs_already_is_said_beside_the_axes(mapped: Lab) -> None:
    editor = mapped.window.model.editor
    assert editor.change({"vary": {ETA: [0.1, 1.0]}}, "Vary")
    sweep(mapped, WIDTHS)
    said = page(mapped).axes.refusal
    mapped.until(
        lambda: said.text() == "vary: does not go with [sweep]: an axis has values that vary; take it out"
    )
    mapped.until(said.isVisible)
