"""Which presets the gallery lists, and under which headings: the reading path, papers, networks, optimizers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSettings, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from engine.catalog import PresetEntry
from engine.experiment.fields import Kind
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.optimizers import OPTIMIZER_KINDS
from gui.plain_text import tooltip

OWN, OTHERS = "Your own", "Others"
READING = {"start here": "1  Start here", "break it": "2  Break it", "vary it": "3  Vary it"}
"""The parts of the reading path, as headings."""
ARRANGED = "gallery/arranged"


class PresetFilters(QWidget):
    """Combo boxes that say what is listed."""

    changed = Signal()

    def __init__(self, entries: Sequence[PresetEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.arranged = self._box("gallery_arranged", "How presets are arranged")
        self.arranged.addItem("Reading path", "path")
        self.arranged.addItem("By paper", "paper")
        stored = self.arranged.findData(str(QSettings().value(ARRANGED, "path")))
        self.arranged.setCurrentIndex(max(stored, 0))
        self.paper = self._box("gallery_paper", "Only presets after a paper")
        self.paper.addItem("All papers", "")
        for paper in sorted({first_paper(entry.paper) for entry in entries if not entry.own}):
            self.paper.addItem(paper, paper)
        self.network = self._kinds("gallery_network", "networks", NETWORK_KINDS, entries)
        self.optimizer = self._kinds("gallery_optimizer", "optimizers", OPTIMIZER_KINDS, entries)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for box in (self.arranged, self.paper, self.network, self.optimizer):
            row.addWidget(box, 1)
            box.currentIndexChanged.connect(self._on_changed)

    def _box(self, name: str, help: str) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name)
        box.setAccessibleName(help)
        box.setToolTip(tooltip(f"{help}."))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        return box

    def _kinds(
        self, name: str, part: str, kinds: Mapping[str, type[Kind]], entries: Sequence[PresetEntry]
    ) -> QComboBox:
        box = self._box(name, f"Only presets with one of the {part}")
        box.addItem(f"All {part}", "")
        there = {kind for entry in entries for kind in getattr(entry, part)}
        for kind, known in kinds.items():
            if kind in there:
                box.addItem(known.title, kind)
        return box

    def shows_papers(self, *, searched: bool) -> bool:
        """Say whether papers are listed that have no preset there: nothing is left out, and they are asked for.

        Args:
            searched: whether something is searched for, which may be in what a paper contains.
        """
        boxes = (self.paper, self.network, self.optimizer)
        by_paper = self.arranged.currentData() == "paper"
        return (by_paper or searched) and not any(box.currentData() for box in boxes)

    def grouped(self, entries: Sequence[PresetEntry]) -> dict[str, list[PresetEntry]]:
        """Return what is listed, by heading: one's own last, the reading path first where that is asked for."""
        by_path = self.arranged.currentData() == "path"
        groups: dict[str, list[PresetEntry]] = (
            {heading: [] for heading in READING.values()} if by_path else {}
        )
        for entry in filter(self._passes, entries):
            heading = READING.get(entry.reading, "") if by_path else ""
            heading = OWN if entry.own else heading or first_paper(entry.paper)
            groups.setdefault(heading, []).append(entry)
        return {heading: listed for heading, listed in groups.items() if listed}

    def _passes(self, entry: PresetEntry) -> bool:
        paper = self.paper.currentData()
        network, optimizer = self.network.currentData(), self.optimizer.currentData()
        return (
            (not paper or paper in entry.paper)
            and (not network or network in entry.networks)
            and (not optimizer or optimizer in entry.optimizers)
        )

    @Slot()
    def _on_changed(self) -> None:
        QSettings().setValue(ARRANGED, self.arranged.currentData())
        self.changed.emit()


def first_paper(reference: str) -> str:
    """Return the paper that a reference names first, without what is taken from it.

    'after Lyu & Li 2020, Fig. 1' and 'Lyu & Li 2020; Chizat & Bach 2020' are both under 'Lyu & Li 2020'.
    """
    first = reference.split(";")[0].removeprefix("after ").strip()
    dated = re.match(r".*?\b\d{4}\b", first)
    return dated[0] if dated else first or OTHERS
