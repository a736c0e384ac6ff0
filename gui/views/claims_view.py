"""Claims with live verdicts: a sign and a word for each, the value beside the bound, the reason below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.claims import Verdict
from engine.experiment.claims import Claim
from engine.words.formats import with_minus
from gui.cards.help_card import show_card
from gui.cards.help_text import HelpText, claim_text
from gui.forms.section import paint_chevron
from gui.icons import pixmap
from gui.plain_text import PlainLabel
from gui.theme import theme

from .status_words import VERDICT_WORDS

EMPTY = "This experiment claims nothing.\nPresets come with claims that are judged while they run."


@dataclass(frozen=True)
class SetAside:
    """Claims of what was loaded that are not about what became of it."""

    title: str
    settings: str
    """The setting that they were made with."""
    number: int
    of: int

    def __str__(self) -> str:
        which = f"{self.number} of the {self.of} claims" if self.number < self.of else "The claims"
        return (
            f"{which} of “{self.title}” {'was' if self.number == 1 < self.of else 'were'} made with {self.settings}, "
            f"and {'is' if self.number == 1 < self.of else 'are'} not judged here.\n"
            "They come back with that."
        )


class ClaimRow(QFrame):
    """One claim: its verdict, and the value beside the bound or, unfolded, the whole reason."""

    toggled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("claim")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._sign = PlainLabel("", self)
        self._text = PlainLabel("", self)
        self._word = PlainLabel("", self)
        self._measured = PlainLabel("", self)
        self._reason = PlainLabel("", self)
        self._chevron = Chevron(self)
        for label, name in (
            (self._word, "claim_word"),
            (self._text, "claim_text"),
            (self._measured, "claim_measured"),
            (self._reason, "claim_reason"),
        ):
            label.setObjectName(name)
            label.setWordWrap(label in (self._text, self._reason, self._measured))
        self._measured.setProperty("role", "faint")
        self._reason.setProperty("role", "faint")
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * 0.92)
        bold = QFont(small)
        bold.setWeight(QFont.Weight.DemiBold)
        self._word.setFont(bold)
        self._measured.setFont(small)
        self._reason.setFont(small)
        self._unfolded = False
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._sign, 0, 0, top)
        grid.addWidget(self._text, 0, 1, 1, 2)
        grid.addWidget(self._chevron, 0, 3, top)
        grid.addWidget(self._word, 1, 1, top)
        grid.addWidget(self._measured, 1, 2, 1, 2)
        grid.addWidget(self._reason, 2, 1, 1, 3)
        grid.setColumnStretch(2, 1)
        self._shown: tuple[Claim, Verdict] | None = None

    @property
    def unfolded(self) -> bool:
        """Whether the reason can be read."""
        return not self._reason.isHidden()

    @property
    def foldable(self) -> bool:
        """Whether the reason can be hidden; that of a claim that fails, or is void, is always told."""
        return self._shown is not None and self._shown[1].status not in ("fails", "void")

    def show_verdict(self, claim: Claim, verdict: Verdict) -> None:
        """Show a claim and what became of it."""
        if (claim, verdict) == self._shown:
            return
        self._shown = claim, verdict
        self._text.setText(claim.text)
        self.setAccessibleName(f"{claim.text}: {VERDICT_WORDS[verdict.status][1]}")
        self._word.setText(VERDICT_WORDS[verdict.status][1])
        self._reason.setText(with_minus(verdict.sentence))
        self._fold()
        self._dress()

    def _dress(self) -> None:
        if self._shown is None:
            return
        verdict = self._shown[1]
        glyph, _, tone = VERDICT_WORDS[verdict.status]
        colours = theme().colours
        if verdict.status in ("fails", "void") and verdict.as_expected:
            tone = "good"
        colour = getattr(colours, tone)
        self._sign.setPixmap(pixmap(glyph, 16, colour))
        self._word.setStyleSheet(f"color: {colour};")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def help_text(self) -> HelpText | None:
        """Return what a help card says of the claim."""
        return None if self._shown is None else claim_text(*self._shown)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if (text := self.help_text()) is not None:
            show_card(text, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.unfold(not self._unfolded)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.unfold(not self._unfolded)
        else:
            super().keyPressEvent(event)

    @Slot(bool)
    def unfold(self, wanted: bool) -> None:
        """Show or hide the reason."""
        self._unfolded = wanted
        self._fold()
        self.toggled.emit()

    def _fold(self) -> None:
        """Show the reason, or in its place the value and the bound that are in it."""
        if self._shown is None:
            return
        claim, verdict = self._shown
        whole = self._unfolded or not self.foldable
        parts = [] if whole else [part for part in (verdict.measured, verdict.bound) if part]
        if claim.run and claim.pair is None:
            parts.insert(0, claim.run)  # of several runs the one that it is about
        if claim.expect != "holds":
            parts.append("as expected" if verdict.as_expected else f"expected: {claim.expect}")
        self._measured.setText(with_minus(" · ".join(parts)))
        self._reason.setVisible(whole)
        self._chevron.setVisible(self.foldable)
        self._chevron.set_open(self._unfolded)
        self.setCursor(Qt.CursorShape.PointingHandCursor if self.foldable else Qt.CursorShape.ArrowCursor)
        click = "Click to hide the reason." if whole else "Click for the reason; a right click explains."
        self.setToolTip(click if self.foldable else "")


class Chevron(QWidget):
    """The mark of a row that opens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open = False
        self.setFixedSize(14, 16)

    def set_open(self, wanted: bool) -> None:
        """Point down where the row is open, else to the right."""
        if wanted != self._open:
            self._open = wanted
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme().colours.faint), 1.3))
        paint_chevron(painter, QPointF(7, 8), self._open)
        painter.end()


class ClaimsView(QScrollArea):
    """The claims of the run looked at, or of the experiment before it has run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("claims_view")
        self.setAccessibleName("Claims")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.rows: list[ClaimRow] = []
        inside = QWidget(self)
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(0, 2, 0, 2)
        self._layout.setSpacing(0)
        self._empty = PlainLabel(EMPTY, inside)
        self._empty.setProperty("role", "faint")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(12, 0, 12, 0)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)
        self.setWidget(inside)

    def show_verdicts(
        self, judged: Sequence[tuple[Claim, Verdict]], set_aside: SetAside | None = None
    ) -> None:
        """Show claims with their verdicts, in order; rows that are there are used again.

        Where an edit made claims of a preset those of another experiment, `set_aside` says which they were.
        """
        while len(self.rows) > len(judged):
            row = self.rows.pop()
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self.rows) < len(judged):
            row = ClaimRow(self.widget())
            self._layout.insertWidget(len(self.rows), row)
            row.show()
            self.rows.append(row)
        for row, (claim, verdict) in zip(self.rows, judged, strict=True):
            row.show_verdict(claim, verdict)
        self._empty.setText(str(set_aside or EMPTY))
        self._empty.setVisible(set_aside is not None or not judged)
