"""The gallery: every published claim, and one's own presets, ready to run."""

from __future__ import annotations

import html

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.catalog import PresetEntry, delete_own_preset, load_preset, presets
from engine.experiment.copies.contents import PaperContents, all_contents
from engine.experiment.document import Document
from engine.experiment.networks import NetworkSpec
from engine.words.errors import Refusal
from engine.words.formats import duration
from gui.panels.about_view import links_to
from gui.plain_text import RichLabel, tooltip
from gui.search_line import SearchLine

from .dialog import Dialog
from .paper_contents import PAPER, described_paper, papers_linked
from .preset_cards import CONTENTS, ENTRY, HEADING, PresetDelegate
from .preset_filters import OWN, PresetFilters

NOTHING_FOUND = "The search looks through titles, papers, theorems, what to look for and what papers contain."


class Gallery(Dialog):
    """Lists presets under their papers, and says what of a paper is here; the preset chosen leaves as a signal."""

    preset_chosen = Signal(str, bool)
    """Its id, and whether it is to run at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("gallery", "Presets", QSize(980, 640), parent)
        self.search = SearchLine(
            "gallery_search", "Search titles, papers and what they contain", self, "Search"
        )
        self.filters = PresetFilters(presets(), self)
        self.list = QListWidget(self)
        self.list.setObjectName("gallery_list")
        self.list.setAccessibleName("Presets")
        self.list.setItemDelegate(PresetDelegate(self.list))
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.details = RichLabel("", self)
        self.details.setObjectName("gallery_details")
        self.details.setWordWrap(True)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.details.linkActivated.connect(self._on_link_activated)
        self.details.setContentsMargins(16, 8, 16, 8)
        self._build()
        self.search.textChanged.connect(self._on_search_changed)
        self.filters.changed.connect(self._on_filters_changed)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemActivated.connect(self._on_activated)
        self.search.lead_to(self.list)
        self.refill()

    def _build(self) -> None:
        scroll = self._scroll = QScrollArea(self)
        scroll.setAccessibleName("What the preset says")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.details)
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.search)
        column.addWidget(self.filters)
        column.addWidget(self.list, 1)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(left)
        split.addWidget(scroll)
        split.setSizes([540, 440])
        split.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(self)
        self.run_button = self._button(buttons, "Open and run", "gallery_run")
        self.open_button = self._button(buttons, "Open", "gallery_open")
        self.delete_button = self._button(buttons, "Delete", "gallery_delete", destructive=True)
        self.delete_button.setToolTip("Delete this preset of your own; shipped presets stay.")
        self.open_button.setDefault(True)
        buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.run_button.clicked.connect(self._on_run_clicked)
        self.open_button.clicked.connect(self._on_open_clicked)
        self.delete_button.clicked.connect(self._on_delete_clicked)
        self.fill(split, buttons)

    @staticmethod
    def _button(box: QDialogButtonBox, text: str, name: str, destructive: bool = False) -> QPushButton:
        roles = QDialogButtonBox.ButtonRole
        button = box.addButton(text, roles.DestructiveRole if destructive else roles.ActionRole)
        button.setObjectName(name)
        return button

    @property
    def current(self) -> PresetEntry | None:
        item: QListWidgetItem | None = self.list.currentItem()
        return None if item is None else item.data(ENTRY)

    @property
    def paper(self) -> PaperContents | None:
        """Return what the paper contains whose heading is selected; None where no heading is."""
        item: QListWidgetItem | None = self.list.currentItem()
        return None if item is None else all_contents().get(item.data(HEADING) or "")

    def refill(self, select: str = "") -> None:
        """List what there is now, and select a preset by its id, or a paper by the link to it."""
        self.list.clear()
        wanted = self.search.text().strip()
        words = wanted.lower().split()
        found = [entry for entry in presets() if all(word in _searched(entry) for word in words)]
        groups = self.filters.grouped(found)
        if self.filters.shows_papers(searched=bool(words)):  # of no preset, or of presets under another paper
            own = {OWN: groups.pop(OWN)} if OWN in groups else {}
            there = (
                paper for paper, told in all_contents().items() if all(w in told.searched for w in words)
            )
            groups |= {paper: [] for paper in there if paper not in groups}
            groups |= own
        for heading, entries in groups.items():
            self._add_heading(heading)
            if select == f"{PAPER}{heading}" or (not found and self.list.currentItem() is None):
                self.list.setCurrentRow(self.list.count() - 1)
            for entry in entries:
                item = QListWidgetItem()
                item.setText(entry.title)
                item.setToolTip(tooltip("\n".join(filter(None, (entry.title, entry.paper)))))
                item.setData(ENTRY, entry)
                self.list.addItem(item)
                if self.list.currentItem() is None or entry.id == select:
                    self.list.setCurrentItem(item)
        if not groups:
            none = "No preset is of these kinds." if found else "There are no presets."
            self._add_heading(f"No preset matches “{wanted}”." if wanted else none)
        self._show_current()

    def _add_heading(self, text: str) -> None:
        item = QListWidgetItem()
        item.setData(HEADING, text)
        contents = all_contents().get(text)
        if contents is None:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        else:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setText(text)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}: {contents.in_short()}")
            item.setData(CONTENTS, contents.in_short())
            item.setToolTip(tooltip("Its theorems, figures and experiments, and which presets show them."))
        self.list.addItem(item)

    def _show_current(self) -> None:
        entry = self.current
        for button in (self.run_button, self.open_button):
            button.setEnabled(entry is not None and not entry.error)
        self.delete_button.setVisible(entry is not None and entry.own)
        if self.paper is not None:
            self.details.setText(described_paper(self.paper))
        else:
            self.details.setText(NOTHING_FOUND if entry is None else described(entry))

    def _choose(self, run: bool) -> None:
        entry = self.current
        if entry is not None and not entry.error:
            self.accept()
            self.preset_chosen.emit(entry.id, run)

    @Slot(str)
    def _on_search_changed(self, _text: str) -> None:
        self.refill()

    @Slot()
    def _on_filters_changed(self) -> None:
        entry, paper = self.current, self.paper
        self.refill(entry.id if entry is not None else "" if paper is None else f"{PAPER}{paper.called}")

    @Slot(str)
    def _on_link_activated(self, link: str) -> None:
        """Select the preset that a link names, whatever is searched for, or the paper."""
        self.search.clear()
        for box in (self.filters.paper, self.filters.network, self.filters.optimizer):
            box.setCurrentIndex(0)
        self.refill(link)
        if link.startswith(PAPER) and self.paper is None:  # all its presets are on the reading path
            self.filters.arranged.setCurrentIndex(self.filters.arranged.findData("paper"))
            self.refill(link)
        hints = QListWidget.ScrollHint
        of_paper = hints.PositionAtTop if self.paper is not None else hints.EnsureVisible
        self.list.scrollToItem(self.list.currentItem(), of_paper)
        self.list.setFocus()

    @Slot()
    def _on_current_changed(self) -> None:
        self._scroll.verticalScrollBar().setValue(0)
        self._show_current()

    @Slot()
    def _on_activated(self) -> None:
        self._choose(False)

    @Slot()
    def _on_open_clicked(self) -> None:
        self._choose(False)

    @Slot()
    def _on_run_clicked(self) -> None:
        self._choose(True)

    @Slot()
    def _on_delete_clicked(self) -> None:
        entry = self.current
        if entry is None or not entry.own:
            return
        try:
            delete_own_preset(entry.id)
        except Refusal as refusal:
            self.details.setText(html.escape(str(refusal)))
            return
        self.refill()


def _searched(entry: PresetEntry) -> str:
    return f"{entry.title} {entry.paper} {entry.theorem} {entry.look_for} {entry.id}".lower()


def described(entry: PresetEntry) -> str:
    """Return what the gallery says of a preset, as rich text."""
    parts = [f"<h3>{html.escape(entry.title)}</h3>"]
    if entry.paper:
        parts.append(f"<p><i>{papers_linked(entry.paper)}</i></p>")
    if entry.error:
        return "".join([*parts, f"<p>{html.escape(entry.error)}</p>"])
    for title, text in (("Theorem", entry.theorem), ("Look for", entry.look_for)):
        if text:
            parts.append(f"<p><b>{title}.</b> {html.escape(text)}</p>")
    try:
        document = load_preset(entry.id)
    except Refusal as refusal:
        return "".join([*parts, f"<p>{html.escape(str(refusal))}</p>"])
    if document.about.notes:
        parts.append(f"<p><b>Notes.</b> {html.escape(document.about.notes)}</p>")
    parts.append(f"<p><b>Experiment.</b> {html.escape(in_short(document))}</p>")
    if document.claims:
        rows = "".join(
            f"<li>{html.escape(claim.text)}{_expected(claim.expect)}</li>" for claim in document.claims
        )
        parts.append(f"<p><b>Claims</b></p><ul>{rows}</ul>")
    parts.append(f"<p><b>Takes.</b> {html.escape(what_it_takes(entry, document))}</p>")
    if following := links_to(document.about.try_next):
        parts.append(f"<p><b>Try next.</b> {following}</p>")
    return "".join(parts)


def what_it_takes(entry: PresetEntry, document: Document) -> str:
    """Say how long a preset runs, and what it needs besides the lab."""
    time = f"About {duration(entry.seconds)} on two cores" if entry.seconds else "Its time is not known"
    needs = []
    for data in (experiment.data for experiment in document.experiments().values()):
        named = str(getattr(data, data.reads)) if data.reads else ""
        if named and data.downloads:
            needs.append(f"{named} (Data > Download)")
        elif named and entry.own:
            needs.append(f"the file {named}")
    return f"{time}; needs {', '.join(dict.fromkeys(needs)) or 'nothing but the lab'}."


def in_short(document: Document) -> str:
    """Say in one line what a document trains."""
    base = document.base
    network = network_in_short(base.network)
    names = f" in {len(document.variations)} runs" if document.variations else ""
    return (
        f"{base.data.title.lower()} data, {network}, {base.loss.kind} loss, "
        f"{base.optimizer.title} with {base.optimizer.step.kind} steps, {base.run.steps:,} steps{names}"
    )


def network_in_short(network: NetworkSpec) -> str:
    """Say in a few words which network it is."""
    return f"{network.words()} {'-'.join(map(str, network.units()))}".rstrip()


def _expected(expect: str) -> str:
    return "" if expect == "holds" else f" (expected: {expect})"
