"""How a map is looked at before anybody chose anything, and that what was chosen is kept."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal

from engine.catalog import find
from engine.experiment.document import Document
from engine.protocol.points import PointResult
from gui.model.maps.lab_map import LabMap
from gui.model.maps.shown_map import ShownMap


class MapsAtHand(QObject):
    """One map that is looked at."""

    points_changed, listed = Signal(), Signal()
    shown_id, maps = "1", ()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.shown = LabMap.of("1", document)
        named = [*document.about.show, *(claim.of for claim in document.claims), "log_loss"]
        values = dict.fromkeys(reversed(named), 1.0)
        self.shown.take([PointResult(point, "done", 9, 0.1, values) for point in range(2)])


@pytest.mark.parametrize(
    ("preset", "column", "kind", "across"),
    [
        ("map-relu-phases", "hidden_change", "slices", "width"),
        ("map-adam-handover", "predictor_angle", "slices", "epsilon"),
        ("map-xor-samples", "test_accuracy", "slices", "n"),
    ],
)
def test_a_preset_s_map_opens_on_what_it_is_about(preset: str, column: str, kind: str, across: str) -> None:
    maps = MapsAtHand(find(preset))
    shown = ShownMap(maps)  # type: ignore[arg-type]
    seen = shown.slices()
    assert seen is not None and (seen.name, shown.kind) == (column, kind) and across in seen.across.title
    assert find(preset).claims and shown.state()["kind"] == "", "nothing was chosen"


def test_what_was_chosen_of_a_map_is_kept() -> None:
    maps = MapsAtHand(find("map-relu-phases"))
    shown, again = ShownMap(maps), ShownMap(maps)  # type: ignore[arg-type]
    view, _, _ = shown.offered()
    shown.choose((0, 1))
    shown.look_as("cells")
    shown.look(type(view)("log_loss", view.across, view.up))
    assert shown.cell == (0, 1), "another column has the same places"
    again.restore(shown.state())
    seen = again.seen()
    assert seen is not None and (seen.name, again.kind) == ("log_loss", "cells")


def test_a_map_without_claims_opens_as_colours_of_its_first_axes() -> None:
    document = find("map-relu-phases")
    bare = document.model_copy(update={"claims": (), "about": document.about.model_copy(update={"show": ()})})
    shown = ShownMap(MapsAtHand(bare))  # type: ignore[arg-type]
    view, _, _ = shown.offered()
    assert (view.of, view.across, shown.kind) == ("log_loss", 0, "cells")
