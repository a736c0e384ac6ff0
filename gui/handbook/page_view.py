"""One section of the handbook on screen: Markdown as Qt renders it, with formulas and pictures in their places."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QEvent, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from gui.plots.formulas import SHARPNESS, formulas
from gui.theme import theme

from .formula_text import lines_of, mathtext
from .pages import PageSection, folder, slug

_BLOCK = re.compile(r"```math\n(.*?)```", re.DOTALL)
_INLINE = re.compile(r"\$`(.+?)`\$", re.DOTALL)
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?!formula:)[^)]*\)\s*")
FORMULA = "formula:"
SMALLER = 1.18
"""What formulas in running text are divided by: they are rendered for tooltips of their own."""
RENDERED_EVERY = 120
"""Milliseconds between two times that formulas which were rendered meanwhile are put in."""


class PageView(QTextBrowser):
    """Shows a section; a link to another leaves as a signal."""

    place_wanted = Signal(str)
    """Where a link leads, such as 'theory#95-adam'."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("handbook_page")
        self.setOpenLinks(False)
        self.setReadOnly(True)
        self.document().setDocumentMargin(14)
        self._section: PageSection | None = None
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

    @property
    def section(self) -> PageSection | None:
        """What can be read."""
        return self._section

    def show_section(self, section: PageSection, heading: str = "") -> None:
        """Show a section from its beginning, or from one of its headings on."""
        self._section = section
        self._pictures.clear()
        self._show()
        self.verticalScrollBar().setValue(0)
        if heading and heading != (section.headings or ("",))[0]:
            self._scroll_to(heading)

    def _show(self) -> None:
        """Put the section's text into the document."""
        assert self._section is not None
        self._formulas = []
        text = _BLOCK.sub(self._blocks, self._section.text)
        text = _INLINE.sub(self._inline, text)
        if folder() is None:
            text = _PICTURE.sub("", text)
        document = self.document()
        document.setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        self._missing = {formula for formula in self._formulas if not formulas().known(formula)}
        self._dress()

    def _blocks(self, found: re.Match[str]) -> str:
        return "\n\n".join(f"  {self._shown(line)}" for line in lines_of(found[1])) + "\n"

    def _inline(self, found: re.Match[str]) -> str:
        return self._shown(mathtext(found[1]))

    def _shown(self, formula: str) -> str:
        """Return what stands for a formula in the text: its picture, or its letters where there is none."""
        if formulas().image(formula, theme().colours.text) is None:
            self._formulas.append(formula)
            return f"`{formula}`"
        self._formulas.append(formula)
        return f"![formula]({FORMULA}{len(self._formulas) - 1})"

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

    def _dress(self) -> None:
        """Give code, headings and formulas their looks, which Markdown does not say."""
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        block = self.document().begin()
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

    def _scroll_to(self, heading: str) -> None:
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == heading:
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(round(top))
                return
            block = block.next()

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
        self.verticalScrollBar().setValue(place)

    @Slot(QUrl)
    def _on_anchor_clicked(self, url: QUrl) -> None:
        place = url.toString()
        if place.startswith(("http:", "https:")):
            QDesktopServices.openUrl(url)
        elif self._section is not None:
            self.place_wanted.emit(f"{self._section.page}{place}" if place.startswith("#") else place)
