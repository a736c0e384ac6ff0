"""Help cards, claims and hints lead to a heading of the handbook, and to a paragraph under it that is marked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel
from pytestqt.qtbot import QtBot

from engine.claims.hints import RULES
from engine.experiment.experiment import Experiment
from engine.figures.plots import PLOTS
from gui.cards.help_text import CHECKS, REFERENCES, field_text, plot_text, reference_text
from gui.forms.field_spec import FieldSpec, field_specs, kinds_at
from gui.handbook.page_view import PageView
from gui.handbook.pages import HandbookPlace, find_section, readable

from ..lab import Lab, on_screen


def every_field(model: type[BaseModel], path: str = "") -> Iterator[FieldSpec]:
    """Return the fields of every kind."""
    for spec in field_specs(model, path):
        yield spec
        for kind in kinds_at(spec.path).values():
            yield from every_field(kind, spec.path)
        if spec.shape.model is not None:
            yield from every_field(spec.shape.model, spec.path)


def places() -> set[str]:
    fields = [field_text(spec) for spec in every_field(Experiment)]
    assert len(fields) > 400 and all(part.text for text in fields for part in text.parts)
    kinds = {field_text(spec, kind).more for spec in field_specs(Experiment) for kind in kinds_at(spec.path)}
    plots = {plot_text(spec, ()).more for spec in PLOTS}
    references = {reference_text(kind, of, "").more for kind, of in REFERENCES}
    checks = {f"experiment-file#claims?{check}" for check in CHECKS}
    return (
        {text.more for text in fields} | kinds | plots | references | checks | {rule.more for rule in RULES}
    )


def test_every_place_is_a_heading_with_the_words_that_are_marked_under_it() -> None:
    for link in places():
        place, section = HandbookPlace.of(link), find_section(link)
        assert section is not None and place.heading in section.headings, link
        words = place.words
        cells = [line.split("|")[1].split() for line in section.text.splitlines() if line.startswith("| ")]
        begun = any(cell[:1] in ([words], [f"`{words}`"]) for cell in cells)
        assert not words or begun or f"| {words} |" in readable(section.text), link


@pytest.mark.parametrize(
    ("link", "marked"),
    [
        ("guide#hints?constant step", "constant step"),
        ("experiment-file#safe?kappa", "kappa"),
        ("experiment-file#circle?seed", "seed"),
        ("guide#measure?power law", "Measure (Ctrl+M)"),
    ],
)
def test_a_place_is_marked_and_in_sight(qtbot: QtBot, link: str, marked: str) -> None:
    page = on_screen(qtbot, PageView(), 700, 500)
    section = find_section(link)
    assert section is not None
    page.show_section(section, HandbookPlace.of(link))
    assert page.marked.startswith(marked)
    (mark, *_) = marks = page.extraSelections()
    assert marks and page.viewport().rect().contains(page.cursorRect(mark.cursor).center())


def test_the_first_page_that_is_opened_is_marked_in_sight_and_so_is_the_next(quick: Lab) -> None:
    for link in ("measurements#columns?nc4", "guide#hints?margin falls", "measurements#columns?nc4"):
        quick.window.learn.open_handbook(link)
        page = quick.dialog("handbook").page
        assert page.marked.startswith(HandbookPlace.of(link).words)
        (mark, *_) = page.extraSelections()
        assert page.viewport().rect().contains(page.cursorRect(mark.cursor).center()), link
    quick.dialog("handbook").close()


def test_why_of_a_hint_opens_the_guide_at_its_line(quick: Lab) -> None:
    quick.window.learn.open_handbook("guide#hints?margin falls")
    dialog = quick.dialog("handbook")
    assert dialog.page.marked == "margin falls"
    dialog.page.place_wanted.emit("theory.md#95-adam")
    assert dialog.page.marked == "" and not dialog.page.extraSelections()
    dialog.close()
