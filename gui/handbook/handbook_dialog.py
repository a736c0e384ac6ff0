"""The handbook in a window of its own: contents and search on the left, the page on the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QWidget,
)

from gui.layouts import in_column
from gui.plain_text import tooltip
from gui.search_line import SearchLine
from gui.views.dialog import Dialog

from .page_view import PageView
from .pages import HandbookPlace, PageSection, find_section, sections
from .search import search, searched

SECTION, PLACE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
MISSING = "The pages of the handbook are not where this lab was installed. They are in the folder docs of its source."


class HandbookDialog(Dialog):
    """Every page, offline; a search looks through all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("handbook", "Handbook", QSize(1000, 700), parent)
        self.search = SearchLine("handbook_search", "Search all pages", self)
        self.list = QListWidget(self)
        self.list.setObjectName("handbook_contents")
        self.list.setAccessibleName("Contents")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setWordWrap(True)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.page = PageView(self)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self._before: list[str] = []
        """The places that were read before, the latest last."""
        self._filling = self._searching = False
        left = QWidget(self)
        in_column((self.search, self.list), left, spacing=6).setStretch(1, 1)
        split = QSplitter(Qt.Orientation.Horizontal, self)
        split.addWidget(left)
        split.addWidget(self.page)
        split.setSizes([280, 720])
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.back = QPushButton("Back", self)
        self.back.setObjectName("handbook_back")
        self.back.setEnabled(False)
        self.back.setAutoDefault(False)
        buttons.addButton(self.back, QDialogButtonBox.ButtonRole.ActionRole)
        self.fill(split, buttons)
        QShortcut(QKeySequence("Alt+Left"), self).activated.connect(self.go_back)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.search.setFocus)
        self.search.textChanged.connect(self._on_search_changed)
        self.search.lead_to(self.list)
        self.search.returnPressed.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.page.place_wanted.connect(self.open_place)
        self.back.clicked.connect(self.go_back)
        self._unread = iter(sections())
        """The sections that a search has still to read."""
        self._reading = QTimer(self)
        self._reading.setInterval(0)
        self._reading.timeout.connect(self._on_read_on)
        self._reading.start()
        self._fill("")
        self.search.setFocus()

    @Slot()
    def _on_read_on(self) -> None:
        """Read one section ahead, so that the first letter of a search need not read all of them."""
        section = next(self._unread, None)
        if section is None:
            self._reading.stop()
        else:
            searched(section)

    @Slot(str)
    def open_place(self, place: str) -> None:
        """Show where a link leads, such as 'theory#95-adam', and mark the paragraph with its words, if it has any."""
        section = find_section(place)
        if section is None:
            self.page.setPlainText(MISSING if not sections() else f"The handbook has no page “{place}”.")
            return
        before = self.page.section
        if before is not None:
            self._before.append(before.place)
        self.search.clear()
        self._show(section, HandbookPlace.of(place))

    @Slot()
    def go_back(self) -> None:
        """Show what was read before."""
        if self._before:
            section = find_section(self._before.pop())
            if section is not None:
                self._show(section)

    def _show(self, section: PageSection, place: HandbookPlace | None = None) -> None:
        self._filling = True
        for row in range(self.list.count()):
            if self.list.item(row).data(SECTION) is section:
                self.list.setCurrentRow(row)
        self._filling = False
        self.page.show_section(section, place)
        self.back.setEnabled(bool(self._before))

    def _fill(self, words: str) -> None:
        """List the contents, or what a search finds."""
        self._filling = True
        self.list.clear()
        if words.strip():
            for hit in search(words):
                self._add(hit.section, f"{hit.section.title}\n{hit.snippet}", place=hit.place)
            if not self.list.count():
                self._add_words(f"No page has “{words.strip()}”.")
        else:
            page = ""
            for section in sections():
                inner = section.page == page
                self._add(section, f"      {section.title}" if inner else section.title, strong=not inner)
                page = section.page
        self._filling = False

    def _add(
        self, section: PageSection, text: str, strong: bool = False, place: HandbookPlace | None = None
    ) -> None:
        item = QListWidgetItem(text)
        item.setData(SECTION, section)
        item.setData(PLACE, place)
        item.setToolTip(tooltip(f"{section.title} ({section.page})"))
        if strong:
            font = self.list.font()
            font.setWeight(font.Weight.DemiBold)
            item.setFont(font)
        self.list.addItem(item)

    def _add_words(self, words: str) -> None:
        item = QListWidgetItem(words)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    @Slot(str)
    def _on_search_changed(self, text: str) -> None:
        self._fill(text)
        if text.strip() and self.list.count():
            self.list.setCurrentRow(0)
        self._searching = bool(text.strip())

    @Slot()
    def _on_chosen(self) -> None:
        """Read what is chosen, the first where nothing is."""
        if self.list.currentItem() is None:
            self.list.setCurrentRow(0)
        self.page.setFocus()

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_current_changed(self, item: QListWidgetItem | None, _before: QListWidgetItem | None) -> None:
        if item is None or self._filling:
            return
        section, place = item.data(SECTION), item.data(PLACE)
        if section is not None and (section is not self.page.section or place not in (None, self.page.place)):
            typing = self._searching and self.search.hasFocus()  # what letters led to was not chosen
            if self.page.section is not None and not typing:
                self._before.append(self.page.section.place)
            self.page.show_section(section, place)
            self.back.setEnabled(bool(self._before))
