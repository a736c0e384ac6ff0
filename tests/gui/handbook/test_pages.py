"""The handbook's pages: every one is there, every link and formula of theirs can be followed and drawn."""

from __future__ import annotations

import re

import pytest

from gui.handbook.formula_text import lines_of, mathtext
from gui.handbook.pages import CHECKOUT, PAGES, find_section, sections
from gui.handbook.search import search
from gui.plots.formulas import render


def test_every_page_has_its_sections() -> None:
    assert {section.page for section in sections()} == set(PAGES)
    assert all(section.headings and section.title for section in sections())
    shown = "".join(section.text for section in sections())
    assert "<!--" not in shown and "{toctree}" not in shown


def test_links_between_pages_lead_to_sections() -> None:
    for section in sections():
        for page, heading in re.findall(r"\]\(((?:\.\./)?[\w/-]*\.md)?(#[\w-]+)?\)", section.text):
            if page or heading:
                found = find_section((page or f"{section.page}.md") + heading)
                assert found is not None, (section.place, page, heading)
                assert not heading or heading[1:] in found.headings, (section.place, page, heading)


@pytest.mark.parametrize("words", ["edge of stability", "NORMALIZED margin", "--set", "handover"])
def test_a_search_finds_words_on_all_pages(words: str) -> None:
    hits = search(words)
    assert hits and all(word in hits[0].section.text.lower() for word in words.lower().split())
    assert all(hit.snippet for hit in hits)


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("steer", "guide#steering"),
        ("margin", "guide#read-the-margins"),
        ("why is it void?", "guide#read-the-verdicts"),
        ("undo", "guide#keys?Ctrl+Z"),
        ("shortcuts", "guide#keys"),
        ("learning rate", "experiment-file#step-rules?eta"),
        ("seed", "experiment-file#top-level?seed"),
        ("stop early", "experiment-file#run?stop"),
        ("csv", "experiment-file#data#csv"),
        ("adam", "experiment-file#optimizer#adam"),
        ("support vector", "glossary#what-it-is-about?support vector"),
        ("normalized margin", "glossary#what-it-is-about?normalized margin"),
        ("NTK", "measurements#tangent-kernels"),
        ("sharpness", "measurements#columns?sharpness"),
        ("own data", "guide#your-own-data"),
        ("mnist", "guide#download-mnist-and-its-relatives"),
        ("export figure", "guide#figures-for-a-paper"),
        ("queue", "guide#the-queue"),
        ("notebook", "python#python"),
        ("vary learning rate", "guide#vary"),
    ],
)
def test_a_search_finds_the_right_place_first(asked: str, first: str) -> None:
    page, _, rest = first.partition("#")
    section, _, words = rest.partition("?")
    section, _, heading = section.partition("#")
    hit = search(asked)[0]
    assert (hit.section.page, hit.section.headings[0], hit.place.heading) == (page, section, heading)
    assert hit.place.words.startswith(words)


def test_a_search_finds_nothing_in_vain() -> None:
    assert search("perpetuum mobile") == search("  ") == []


def test_formulas_of_the_pages_can_be_drawn() -> None:
    text = "\n".join(page.read_text("utf-8") for page in CHECKOUT.rglob("*.md"))
    formulas = {mathtext(found) for found in re.findall(r"\$`(.+?)`\$", text)}
    for block in re.findall(r"```math\n(.*?)```", text, re.DOTALL):
        formulas.update(lines_of(block))
    assert len(formulas) > 1000
    for formula in sorted(formulas):
        assert render(formula).size, formula
