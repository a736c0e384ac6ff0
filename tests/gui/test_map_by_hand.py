"""What a person does with a map that was easily lost: figures without a run, what is typed and not yet entered."""

from __future__ import annotations

import pytest

from tests.gui.lab import Lab
from tests.gui.mapping import ETA, WIDTHS, maps, page, sweep, trained, write

pytestmark = pytest.mark.one_window


def test_a_map_is_exported_and_composed_where_there_is_no_run(mapped: Lab) -> None:
    assert "or a map" in mapped.window.commands.why_not("compose")
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    trained(mapped)
    assert "no stored steps" in mapped.window.commands.why_not("animate")
    for tab in ("maps", "plots"):
        mapped.window.parts.tabs.bring(tab)
        mapped.menu("File", "Compose figure…")
        dialog = mapped.dialog("composer")
        assert [panel.shows for panel in dialog.composition.figure.panels] == ["sweep_map"]
        dialog.reject()
    mapped.menu("File", "Export figure…")
    mapped.dialog("figure_dialog").reject()
    maps(mapped).delete()
    assert not mapped.window.commands["export_figure"].isEnabled()


def test_run_map_trains_what_is_typed_without_return(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    mapped.write(page(mapped).axes.seeds, "1")
    trained(mapped)
    assert not page(mapped).training.run.isEnabled()
    mapped.write(page(mapped).axes.lines[ETA], "0.2, 0.4, 2")
    mapped.write(page(mapped).axes.seeds, "2")
    trained(mapped)
    shown = maps(mapped).shown
    assert shown is not None and (shown.grid.axes, shown.grid.sweep.seeds) == (((0.2, 0.4, 2),), 2)
    mapped.write(page(mapped).axes.lines[ETA], "0.2, rubbish")
    mapped.press(page(mapped).training.run)
    assert maps(mapped).under_way is None and len(maps(mapped).maps) == 2
    assert not page(mapped).training.run.isEnabled()


def test_a_refusal_says_the_field_the_value_and_what_to_do_until_it_is_mended(mapped: Lab) -> None:
    mapped.window.parts.tabs.bring("maps")
    for path in (ETA, WIDTHS):
        sweep(mapped, path)
    for text, said in (
        ("10, 20", "hidden widths: 10 is of the wrong type; it must be a list, written [10]"),
        ("rubbish", "hidden widths: 'rubbish' is of the wrong type"),
        ("[4], [8], [4]", "hidden widths: has the value [4] twice"),
    ):
        write(mapped, WIDTHS, "[4], [8]")
        assert not page(mapped).axes.refusal.text() and page(mapped).training.run.isEnabled()
        write(mapped, WIDTHS, text)
        assert page(mapped).axes.refusal.text().startswith(said)
        assert not page(mapped).training.run.isEnabled()
    write(mapped, ETA, "0.1, 1")
    assert page(mapped).axes.refusal.text(), "what is refused in one line stays when another is written"


def test_what_is_typed_for_one_document_is_gone_in_another(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    editor, axes = mapped.window.model.editor, page(mapped).axes
    mapped.write(axes.seeds, "7")
    write(mapped, ETA, "rubbish")
    mapped.type("!")
    editor.load(editor.document)
    mapped.until(lambda: axes.lines[ETA].text() == "0.1, 1")
    assert not axes.is_typed and not axes.refusal.text() and editor.document.sweep.seeds == 7


def test_the_page_says_what_is_next(mapped: Lab) -> None:
    mapped.window.parts.tabs.bring("maps")
    assert "Add an axis above" in page(mapped).nothing.text()
    sweep(mapped, ETA)
    assert page(mapped).nothing.text().startswith("Run map")
