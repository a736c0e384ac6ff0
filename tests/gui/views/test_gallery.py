"""The gallery: presets under their papers, told apart at a glance, and a search that says when it finds none."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication, QComboBox

from engine.catalog import load_preset, presets
from engine.experiment.copies.contents import all_contents
from gui.theme import DARK, LIGHT, apply_theme
from gui.views.gallery import Gallery
from gui.views.preset_badges import badges, map_badge, paint_badges
from gui.views.preset_cards import CARD, ENTRY, HEADING, PICTURE
from gui.views.preset_filters import READING, first_paper


@pytest.fixture
def gallery(qtbot) -> Gallery:
    gallery = Gallery()
    qtbot.addWidget(gallery)
    gallery.show()
    return gallery


def headings(gallery: Gallery) -> list[str]:
    items = [gallery.list.item(row) for row in range(gallery.list.count())]
    return [item.data(HEADING) for item in items if item.data(HEADING)]


@pytest.mark.parametrize(
    ("reference", "paper"),
    [
        ("Lyu & Li 2020", "Lyu & Li 2020"),
        ("after Lyu & Li 2020, Fig. 1", "Lyu & Li 2020"),
        ("Lyu & Li 2020, assumption (A4)", "Lyu & Li 2020"),
        ("Gunasekar et al. 2018; Lyu & Li 2020", "Gunasekar et al. 2018"),
        ("a talk", "a talk"),
        ("", "Others"),
    ],
)
def test_a_preset_stands_under_its_first_paper(reference: str, paper: str) -> None:
    assert first_paper(reference) == paper


def listed(gallery: Gallery) -> dict[str, str]:
    """Return the heading over every preset that is listed."""
    under, heading = {}, ""
    for row in range(gallery.list.count()):
        item = gallery.list.item(row)
        heading = item.data(HEADING) or heading
        if item.data(ENTRY):
            under[item.data(ENTRY).id] = heading
    return under


def choose(box: QComboBox, data: str) -> None:
    box.setCurrentIndex(box.findData(data))


def test_the_reading_path_comes_first_and_every_preset_is_listed_once(gallery: Gallery) -> None:
    assert headings(gallery)[:3] == list(READING.values())
    under = listed(gallery)
    assert set(under) == {entry.id for entry in presets()}
    assert under["circle-global-margin"] == "1  Start here" and gallery.current.id == "circle-global-margin"
    assert under["lyu-li-too-narrow"] == "2  Break it" and under["chizat-lazy-or-rich"] == "3  Vary it"
    assert min(list(under.values()).count(heading) for heading in READING.values()) >= 5


def test_filters_leave_what_has_the_network_the_optimizer_and_the_paper(gallery: Gallery) -> None:
    choose(gallery.filters.optimizer, "adam")
    adam = {"zhang-adam-epsilon", "zhang-beta2-throttle", "adam-networks", "map-adam-handover"}
    assert set(listed(gallery)) == adam | {"gronich-vardi-momentum", "tsilivis-adam-digits", "zhang-rates"}
    choose(gallery.filters.paper, "Wang et al. 2021")
    assert set(listed(gallery)) == {"zhang-adam-epsilon", "map-adam-handover", "tsilivis-adam-digits"}
    choose(gallery.filters.network, "diagonal")
    assert headings(gallery) == ["No preset is of these kinds."]


def test_what_a_preset_takes_and_what_to_try_next_can_be_read_and_followed(gallery: Gallery) -> None:
    words = gallery.details.text()
    assert "About 2 s on two cores; needs nothing but the lab." in words and "Try next" in words
    gallery.search.setText("circle")
    gallery.details.linkActivated.emit("soudry-log-direction")
    assert gallery.current.id == "soudry-log-direction" and gallery.search.text() == ""


def test_every_paper_has_one_heading_over_all_its_presets(gallery: Gallery) -> None:
    choose(gallery.filters.arranged, "paper")
    found = headings(gallery)
    papers = {first_paper(entry.paper) for entry in presets()}
    assert len(found) == len(set(found)) and set(found) == papers | set(all_contents())
    assert len(papers) <= len(presets()) / 2
    assert listed(gallery) == {entry.id: first_paper(entry.paper) for entry in presets()}


def test_badges_tell_presets_on_the_same_data_apart() -> None:
    told = {
        id: badges(load_preset(id))
        for id in (
            "circle-global-margin",
            "adam-networks",
            "ji-telgarsky-alignment",
            "tsilivis-three-flavours",
        )
    }
    assert told["circle-global-margin"] == (["ReLU 2 layers"], ["gradient descent"])
    assert told["adam-networks"] == (["ReLU 2 layers"], ["Adam"])
    assert told["ji-telgarsky-alignment"] == (["ReLU² 2 layers"], ["gradient descent"])
    assert told["tsilivis-three-flavours"] == (
        ["linear model"],
        ["gradient descent", "sign descent, l∞", "coordinate descent, l1"],
    )
    for entry in presets():
        assert all(all(words) for words in badges(load_preset(entry.id)))


def test_a_map_says_so_on_its_card() -> None:
    assert map_badge(load_preset("map-deep-linear")) == ["map 5 × 3"]
    assert map_badge(load_preset("circle-global-margin")) == []


def test_badges_stay_in_their_box() -> None:
    picture = QImage(400, 30, QImage.Format.Format_ARGB32)
    with QPainter(picture) as painter:
        document = load_preset("tsilivis-three-flavours")
        whole = paint_badges(painter, QRectF(0, 0, 400, 20), document, QFont())
        narrow = paint_badges(painter, QRectF(0, 0, 120, 20), document, QFont())
    assert 0 < narrow <= 120 + 5 < whole <= 400 + 5


def test_a_long_title_has_two_lines_on_its_card(gallery: Gallery) -> None:
    metrics = QFontMetrics(gallery.list.font())
    room = gallery.list.viewport().width() - PICTURE.width() - 32
    longest = max((entry.title for entry in presets()), key=metrics.horizontalAdvance)
    assert metrics.horizontalAdvance(longest) > room / 1.2  # else nothing is tested
    assert metrics.horizontalAdvance(longest) < 1.8 * room
    item = next(
        gallery.list.item(row)
        for row in range(gallery.list.count())
        if gallery.list.item(row).text() == longest
    )
    assert gallery.list.visualItemRect(item).height() == CARD and longest in item.toolTip()
    gallery.list.scrollToItem(item)
    gallery.grab()


def test_a_search_without_hits_says_so(gallery: Gallery) -> None:
    gallery.search.setText("perpetuum mobile")
    assert headings(gallery) == ["No preset matches “perpetuum mobile”."]
    assert "titles, papers" in gallery.details.text() and not gallery.open_button.isEnabled()
    gallery.search.setText("")
    assert gallery.current is not None and gallery.open_button.isEnabled()


def test_a_search_finds_what_papers_contain(gallery: Gallery) -> None:
    gallery.search.setText("vgg cifar-10")
    assert "Lyu & Li 2020" in headings(gallery) and not any("No preset" in h for h in headings(gallery))
    assert gallery.paper is not None and "VGG" in gallery.details.text()
    choose(gallery.filters.network, "diagonal")
    assert gallery.paper is None, "filters are about presets"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_heading_of_a_chosen_paper_is_written_like_text(
    gallery: Gallery, qapp: QApplication, mode: str
) -> None:
    apply_theme(qapp, mode)
    gallery.details.linkActivated.emit("paper:Lyu & Li 2020")
    item = gallery.list.currentItem()
    assert item.data(Qt.ItemDataRole.AccessibleTextRole).startswith("Lyu & Li 2020: ")
    picture = gallery.list.viewport().grab(gallery.list.visualItemRect(item)).toImage()
    seen = {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}
    apply_theme(qapp, "light")
    colours = DARK if mode == "dark" else LIGHT
    assert QColor(colours.text).rgb() in seen and QColor(colours.faint).rgb() not in seen


def test_a_papers_heading_says_what_of_it_is_here_and_leads_to_the_presets(gallery: Gallery) -> None:
    gallery.details.linkActivated.emit("paper:Lyu & Li 2020")
    assert gallery.paper is not None and gallery.current is None and not gallery.open_button.isEnabled()
    words = gallery.details.text()
    assert "Theorem 4.3: rates" in words and 'href="lyu-li-rates"' in words
    assert "CIFAR-10 with VGG-16" in words and "Not here. Data and size" in words
    assert "recalled, not checked" not in words  # it was read
    choose(gallery.filters.optimizer, "steepest")
    assert gallery.paper is not None and gallery.paper.called == "Lyu & Li 2020"
    gallery.details.linkActivated.emit("lyu-li-rates")
    assert gallery.current.id == "lyu-li-rates" and 'href="paper:Lyu &amp; Li 2020"' in gallery.details.text()


def test_a_paper_all_of_whose_presets_are_on_the_reading_path_is_found_from_them(gallery: Gallery) -> None:
    assert "Jacot, Gabriel & Hongler 2018" not in headings(gallery)
    gallery.details.linkActivated.emit("paper:Jacot, Gabriel & Hongler 2018")
    assert gallery.paper is not None and "recalled, not checked" in gallery.details.text()
