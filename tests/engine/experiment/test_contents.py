"""What the papers contain: every preset is named under a paper that it names, and what none shows says why."""

from __future__ import annotations

from engine.catalog import presets
from engine.experiment.copies.contents import KNOWN, SECTIONS, all_contents, contents_in
from engine.experiment.copies.papers import PAPERS

ITEMS = [(paper, item) for paper, contents in all_contents().items() for item in contents.items]
SHIPPED = {entry.id: entry for entry in presets() if not entry.own}


def test_every_paper_says_what_it_contains() -> None:
    assert set(all_contents()) == {paper.called for paper in PAPERS}, "add it to contents.toml"
    assert all(contents.items and contents.seen.endswith(".") for contents in all_contents().values())


def test_every_item_is_shown_by_presets_that_there_are_or_says_why_not() -> None:
    for paper, item in ITEMS:
        where = f"{paper}, {item.name}"
        assert item.kind in SECTIONS and item.known in KNOWN and item.says.endswith("."), where
        assert set(item.presets) <= set(SHIPPED), where
        assert bool(item.presets) != bool(item.why_not), where
        assert item.presets or not item.differs, where


def test_every_preset_is_named_under_each_of_its_papers() -> None:
    shown: dict[str, set[str]] = {}
    for paper, item in ITEMS:
        for id in item.presets:
            shown.setdefault(id, set()).add(paper)
    missing = {
        id: [
            contents.called
            for contents in contents_in(entry.paper)
            if contents.called not in shown.get(id, ())
        ]
        for id, entry in SHIPPED.items()
    }
    assert {id: papers for id, papers in missing.items() if papers} == {}, "name them in contents.toml"
    assert set(SHIPPED) <= set(shown), "name them in contents.toml"


def test_every_part_of_a_presets_reference_is_a_paper_that_the_lab_knows() -> None:
    for id, entry in SHIPPED.items():
        for part in entry.paper.split("; "):
            assert any(part.removeprefix("after ").startswith(paper.called) for paper in PAPERS), (
                f"{id}: {part}"
            )


def test_a_paper_counts_its_items_as_they_stand() -> None:
    for paper, contents in all_contents().items():
        stands = [item.standing for item in contents.items]
        words = {"here": "here", "in part": "in part", "not here": "not"}
        told = [f"{stands.count(standing)} {word}" for standing, word in words.items() if standing in stands]
        shown = any(item.presets for item in contents.items)
        assert contents.in_short() == (", ".join(told) if shown else "none here"), paper


def test_why_not_says_what_it_would_take() -> None:
    for paper, item in ITEMS:
        assert not item.why_not.startswith("Not made yet"), f"{paper}, {item.name}: say what it would take"
