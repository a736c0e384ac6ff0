"""One section of the handbook on screen: Markdown as Qt renders it, with formulas and pictures in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QEvent, QSizeF, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QImage,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
)
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from gui.formula_letters import in_letters
from gui.plots.formulas import SHARPNESS, formulas
from gui.theme import mixed, theme

from .formula_text import lines_of, mathtext
from .long_tables import dress_tables, in_pieces
from .pages import INLINE, MATHEMATICS, HandbookPlace, PageSection, folder, slug

_PICTURE = re.compile(r"!\[([^\]]*)\]\((?!formula:)[^)]*\)\s*")
FORMULA = "formula:"
MARGIN = 14
"""Pixels around a page."""
SMALLER = 1.18
"""What formulas in running text are divided by: they are rendered for tooltips of their own."""
RENDERED_EVERY = 120
"""Milliseconds between two times that formulas which were rendered meanwhile are put in."""

MARKED = 0.18
"""Share of the accent in the ground of what is marked."""
ABOVE = 60
"""Pixels above what is marked where its heading is out of sight."""


class PageView(QTextBrowser):
    """Shows a section; a link to another leaves as a signal."""

    place_wanted = Signal(str)
    """Where a link leads, such as 'theory#95-adam'."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("handbook_page")
        self.setOpenLinks(False)
        self.setReadOnly(True)
        self._section: PageSection | None = None
        self._page: QTextDocument | None = None
        self._place = HandbookPlace("")
        """The heading and the paragraph that were wanted."""
        self._heading: QTextBlock | None = None
        self._wanted: QTextBlock | None = None
        """Where both are in the document."""
        self._stays = True
        """Whether what was wanted is to stay in sight: until somebody scrolls."""
        self._formulas: list[str] = []
        """The formulas of the section, by the numbers that stand for them in its text."""
        self._missing: set[str] = set()
        self._pictures: dict[str, QImage] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(RENDERED_EVERY)
        self._soon.timeout.connect(self._show_again)
        formulas().rendered.connect(self._on_rendered)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.verticalScrollBar().actionTriggered.connect(self._on_scrolled)

    @property
    def section(self) -> PageSection | None:
        """What can be read."""
        return self._section

    @property
    def place(self) -> HandbookPlace:
        """The heading and the paragraph of it that are meant."""
        return self._place

    def show_section(self, section: PageSection, place: HandbookPlace | None = None) -> None:
        """Show a section from its beginning, or from a heading on, with the paragraph marked that is meant."""
        self._section, self._place = section, place or HandbookPlace(section.page)
        self._pictures.clear()
        self._stays = True
        self._show()
        self._scroll()

    def _show(self) -> None:
        """Put the section's text into the document."""
        assert self._section is not None
        self._formulas = []
        text = MATHEMATICS.sub(self._lines, self._section.text)
        text = INLINE.sub(self._inline, text)
        if folder() is None:
            text = _PICTURE.sub("", text)
        text, shares = in_pieces(text)
        # one that nobody shows yet is filled ten times as fast: nothing is laid out meanwhile
        document = QTextDocument(self)
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(MARGIN)
        document.setDefaultFont(self.font())
        document.setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self._missing = {formula for formula in self._formulas if not formulas().known(formula)}
        self._dress(document)
        dress_tables(document, shares)
        before, self._page = self._page, document
        self._heading = self._wanted = None  # they are of the document before
        # one without a width would be laid out as a whole, and only then as far as it is seen
        document.setPageSize(QSizeF(self.viewport().width(), -1))
        self.setDocument(document)
        self._mark()
        if before is not None:
            before.setParent(
                None
            )  # it goes now: what it still lays out must not ask for formulas of this one

    def _lines(self, found: re.Match[str]) -> str:
        return "\n\n".join(f"  {self._shown(line)}" for line in lines_of(found[1])) + "\n"

    def _inline(self, found: re.Match[str]) -> str:
        return self._shown(mathtext(found[1]))

    def _shown(self, formula: str) -> str:
        """Return what stands for a formula in the text: its picture, or its letters where there is none."""
        if formulas().image(formula, theme().colours.text) is None:
            self._formulas.append(formula)
            return f"`{in_letters(formula)}`"
        self._formulas.append(formula)
        return f"![{in_letters(formula)}]({FORMULA}{len(self._formulas) - 1})"

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        url = name.toString() if isinstance(name, QUrl) else str(name)
        if url.startswith(FORMULA):
            image = formulas().image(self._formulas[int(url.removeprefix(FORMULA))], theme().colours.text)
            if image is not None:
                room = max(self.viewport().width() - 64, 200)
                image.setDevicePixelRatio(max(SHARPNESS * SMALLER, image.width() / room))
            return image
        place = folder()
        if place is not None and url.startswith("pictures/"):
            return self._picture(str(place / url))
        return None  # what a page names elsewhere is not fetched

    def _picture(self, path: str) -> QImage:
        """Return a picture, no wider than the page."""
        if path not in self._pictures:
            image = QImage(path)
            room = max(self.viewport().width() - 64, 200)
            sharp = self.devicePixelRatioF()
            if image.width() > room:
                image = image.scaledToWidth(round(room * sharp))
                image.setDevicePixelRatio(sharp)
            self._pictures[path] = image
        return self._pictures[path]

    def _dress(self, document: QTextDocument) -> None:
        """Give code, headings and formulas their looks, which Markdown does not say."""
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        block = document.begin()
        while block.isValid():
            level = block.blockFormat().headingLevel()
            if level:
                spaced = QTextBlockFormat()
                spaced.setTopMargin(14 if level > 1 else 2)
                spaced.setBottomMargin(4)
                cursor.setPosition(block.position())
                cursor.mergeBlockFormat(spaced)
            part = block.begin()
            while not part.atEnd():
                piece = part.fragment()
                form = piece.charFormat()
                if form.isImageFormat() and form.toImageFormat().name().startswith(FORMULA):
                    middle = QTextImageFormat(form.toImageFormat())
                    middle.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
                    cursor.setPosition(piece.position())
                    cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
                    cursor.mergeCharFormat(middle)
                part += 1
            block = block.next()
        cursor.endEditBlock()

    @property
    def marked(self) -> str:
        """The paragraph that is marked, as it can be read; '' for none."""
        return "" if self._wanted is None else self._wanted.text()

    def _blocks_from_heading(self) -> Iterator[QTextBlock]:
        """Give the heading that is wanted and what follows it, up to the next one of its level."""
        level: int | None = None
        for block in self._blocks():
            here = block.blockFormat().headingLevel()
            if level is not None and here and here <= level:
                break
            if (
                level is not None
                or not self._place.heading
                or (here and slug(block.text()) == self._place.heading)
            ):
                level = here if level is None else level
                yield block

    def _wanted_block(self) -> QTextBlock | None:
        """Return the paragraph, or the cell of a table, that is nothing but the words wanted, else that has them."""
        words = self._place.words
        if not words:
            return None
        here = list(self._blocks_from_heading())
        everywhere = [*here, *self._blocks()]
        cells = (block for block in everywhere if block.text() == words or _is_cell_of(block, words))
        return next(cells, next((block for block in everywhere if words in block.text()), None))

    def _blocks(self) -> Iterator[QTextBlock]:
        block = self.document().begin()
        while block.isValid():
            yield block
            block = block.next()

    def _mark(self) -> None:
        """Find the paragraph that is meant and colour it, or the row of a table."""
        self._heading, self._wanted = next(self._blocks_from_heading(), None), self._wanted_block()
        cursors = [] if self._wanted is None else _cursors_over(self._wanted)
        colour = QTextCharFormat()
        colour.setBackground(QColor(mixed(theme().colours.base, theme().colours.accent, MARKED)))
        colour.setProperty(QTextFormat.Property.FullWidthSelection, len(cursors) == 1)
        marks = []
        for cursor in cursors:
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = cursor, colour
            marks.append(mark)
        self.setExtraSelections(marks)

    def _scroll(self) -> None:
        """Bring the heading into sight, and what is marked with it; where both have no room, what is marked."""
        layout, top = self.document().documentLayout(), 0.0
        first = self._section.headings[:1] if self._section is not None else ()
        if self._heading is not None and self._place.heading and self._place.heading not in first:
            top = layout.blockBoundingRect(self._heading).top()
        if self._wanted is not None:
            there = layout.blockBoundingRect(self._wanted)
            if not top <= there.top() <= there.bottom() <= top + self.viewport().height():
                top = there.top() - ABOVE
        bar = self.verticalScrollBar()
        if top > bar.maximum():  # of a long page, whose end Qt lays out when it has time
            bar.setMaximum(max(round(layout.documentSize().height()) - self.viewport().height(), 0))
        bar.setValue(round(top))

    @Slot(int)
    def _on_scrolled(self, _action: int) -> None:
        self._stays = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._stays and self._section is not None:
            self._scroll()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._section is not None:
            self._soon.start()

    @Slot(str)
    def _on_rendered(self, formula: str) -> None:
        if formula in self._missing:
            self._missing.discard(formula)
            if not self._soon.isActive():
                self._soon.start()

    @Slot()
    def _show_again(self) -> None:
        """Put in what was rendered meanwhile; what is read stays where it is."""
        if self._section is None:
            return
        place = self.verticalScrollBar().value()
        self._show()
        if self._stays:
            self._scroll()
        else:
            self.verticalScrollBar().setValue(place)

    @Slot(QUrl)
    def _on_anchor_clicked(self, url: QUrl) -> None:
        place = url.toString()
        if place.startswith(("http:", "https:")):
            QDesktopServices.openUrl(url)
        elif self._section is not None:
            self.place_wanted.emit(f"{self._section.page}{place}" if place.startswith("#") else place)


def _is_cell_of(block: QTextBlock, words: str) -> bool:
    """Say whether a cell of a table begins with a name, which a symbol may follow."""
    return block.text().split()[:1] == [words] and QTextCursor(block).currentTable() is not None


def _cursors_over(block: QTextBlock) -> list[QTextCursor]:
    """Return what covers a paragraph or, of a cell of a table, every cell of its row."""
    cursor = QTextCursor(block)
    table = cursor.currentTable()
    if table is None:
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        return [cursor]
    row, cursors = table.cellAt(cursor).row(), []
    for column in range(table.columns()):
        cell = table.cellAt(row, column)
        over = cell.firstCursorPosition()
        over.setPosition(cell.lastCursorPosition().position(), QTextCursor.MoveMode.KeepAnchor)
        cursors.append(over)
    return cursors
