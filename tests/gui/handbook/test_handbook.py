"""The handbook is opened, searched and read, from Help and from a hint."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.handbook.handbook_dialog import HandbookDialog

from ..lab import Lab


def handbook(lab: Lab) -> HandbookDialog:
    dialog = lab.dialog("handbook")
    assert isinstance(dialog, HandbookDialog)
    return dialog


def test_search_the_handbook_with_the_keyboard_and_follow_a_link_and_back(quick: Lab) -> None:
    quick.key(Qt.Key.Key_F1, Qt.KeyboardModifier.ShiftModifier)
    dialog = handbook(quick)
    assert dialog.page.section is not None and dialog.page.section.title == "Guide"
    quick.until(dialog.search.hasFocus)
    before = len(dialog._before)
    quick.type("neural collapse")
    assert len(dialog._before) == before + 1  # one search, however many letters
    assert dialog.list.count() > 2 and "neural collapse" in dialog.page.toPlainText().lower()
    dialog.page.place_wanted.emit("theory.md#95-adam")
    assert dialog.page.section.page == "theory" and "9.5 Adam" in dialog.page.toPlainText()
    quick.key(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert "neural collapse" in dialog.page.toPlainText().lower()
    dialog.open_place("nowhere.md")
    assert dialog.page.toPlainText() == "The handbook has no page “nowhere.md”."
    dialog.search.setText("support vector")
    assert dialog.page.marked == "support vector"  # what a hit explains is marked
    dialog.search.setText("perpetuum mobile")
    assert dialog.list.item(0).text() == "No page has “perpetuum mobile”."
    dialog.close()


def test_formulas_and_pictures_of_a_page_are_shown(quick: Lab) -> None:
    quick.window.learn.open_handbook("theory#94-ties")
    dialog = handbook(quick)
    dialog.open_place("guide#read-the-margins")
    assert dialog.page.loadResource(2, "pictures/margins.png").width() > 100
    dialog.open_place("theory#6-telgarsky-2022")
    quick.until(lambda: "formula:" in dialog.page.toHtml())
    dialog.close()
    quick.window.learn.open_handbook("theory")  # the one before is gone for good
    quick.until(lambda: quick.dialogs("handbook") not in ([], [dialog]))
    quick.dialogs("handbook")[-1].close()
