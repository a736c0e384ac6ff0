"""Claims with live verdicts: a sign and a word for each, the value beside the bound, the reason below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from engine.claims import Verdict
from engine.claims.verdict import number
from engine.experiment.claims import Claim
from gui.theme import theme

from .icons import pixmap
from .words import VERDICT_WORDS

EMPTY = "This experiment claims nothing.\nPresets come with claims that are judged while they run."

SET_ASIDE = (
    "The claims of “{title}” are about its own kind of data and of network, and are not judged here.\n"
    "They come back with these, or with Undo."
)


class ClaimRow(QFrame):
    """One claim; a click unfolds why it stands as it does."""

    toggled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("claim")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        self._word = QLabel(self)
        self._measured = QLabel(self)
        self._reason = QLabel(self)
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
        self._reason.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(8, 4, 8, 4)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        top = Qt.AlignmentFlag.AlignTop
        grid.addWidget(self._sign, 0, 0, top)
        grid.addWidget(self._text, 0, 1, 1, 2)
        grid.addWidget(self._word, 1, 1, top)
        grid.addWidget(self._measured, 1, 2)
        grid.addWidget(self._reason, 2, 1, 1, 2)
        grid.setColumnStretch(2, 1)
        self._shown: tuple[Claim, Verdict] | None = None

    @property
    def unfolded(self) -> bool:
        return not self._reason.isHidden()

    def show_verdict(self, claim: Claim, verdict: Verdict) -> None:
        """Show a claim and what became of it."""
        if (claim, verdict) == self._shown:
            return
        self._shown = claim, verdict
        self._text.setText(claim.text)
        self._word.setText(VERDICT_WORDS[verdict.status][1])
        parts = [f"{_measured(verdict)} · {verdict.bound}"]
        if claim.expect != "holds":
            parts.append("as expected" if verdict.as_expected else f"expected: {claim.expect}")
        self._measured.setText(" · ".join(parts))
        self._reason.setText(verdict.sentence)
        self.setToolTip(f"<p>{verdict.sentence}</p>")
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

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.unfold(not self.unfolded)

    @Slot(bool)
    def unfold(self, wanted: bool) -> None:
        """Show or hide the reason."""
        self._reason.setVisible(wanted)
        self.toggled.emit()


def _measured(verdict: Verdict) -> str:
    """Return the value, or the least and the largest over the replicas."""
    values = sorted(value for value in verdict.values if value is not None)
    if not values:
        return "–"
    low, high = number(values[0]), number(values[-1])
    return low if low == high else f"{low} to {high}"


class ClaimsView(QScrollArea):
    """The claims of the run looked at, or of the experiment before it has run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("claims_view")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: list[ClaimRow] = []
        inside = QWidget(self)
        self._layout = QVBoxLayout(inside)
        self._layout.setContentsMargins(0, 2, 0, 2)
        self._layout.setSpacing(0)
        self._empty = QLabel(EMPTY, inside)
        self._empty.setProperty("role", "faint")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._layout.addWidget(self._empty)
        self._layout.addStretch(1)
        self.setWidget(inside)

    def show_verdicts(self, judged: Sequence[tuple[Claim, Verdict]], set_aside: str = "") -> None:
        """Show claims with their verdicts, in order; rows that are there are used again.

        Where an edit made the claims of a preset those of another experiment, `set_aside` is its title.
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
        self._empty.setText(SET_ASIDE.format(title=set_aside) if set_aside else EMPTY)
        self._empty.setVisible(not judged)
