"""Rendered formulas for tooltips; matplotlib is imported when the first is wanted, beside the event loop."""

from __future__ import annotations

import base64
import html
import threading
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal, Slot
from PySide6.QtGui import QColor, QImage, QImageWriter

from engine.experiment.columns import column, formula_of, title_of
from engine.figures.own_matplotlib import own_settings
from gui.formula_letters import in_letters
from gui.model.patience import no_collection
from gui.theme import theme

SHARPNESS = 2
"""Pixels an image has for each that it fills, so that it is sharp on fine screens too."""
SIZE = 12.0
"""Points of the formula's letters."""


class Formulas(QObject):
    """The formulas rendered so far, as coverage 0 to 255; others are rendered in a thread, one by one."""

    rendered = Signal(str)
    """A formula is there now, or turned out not to be renderable."""
    _finished = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._masks: dict[str, np.ndarray | None] = {}
        self._wanted: list[str] = []
        self._finished.connect(self._on_finished)

    def known(self, formula: str) -> bool:
        """Say whether nothing more will come for a formula."""
        return formula in self._masks

    def image(self, formula: str, colour: str) -> QImage | None:
        """Return a formula in a colour; None where it is not there (yet), and have it rendered then."""
        if formula not in self._masks:
            self._want(formula)
            return None
        mask = self._masks[formula]
        if mask is None:
            return None
        pixels = np.empty((*mask.shape, 4), np.uint8)
        c = QColor(colour)
        pixels[..., 0], pixels[..., 1], pixels[..., 2], pixels[..., 3] = c.blue(), c.green(), c.red(), mask
        height, width = mask.shape
        return QImage(pixels.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32).copy()

    def _want(self, formula: str) -> None:
        if formula in self._wanted:
            return
        self._wanted.append(formula)
        if len(self._wanted) == 1:
            self._start()

    def _start(self) -> None:
        threading.Thread(target=self._work, args=(self._wanted[0],), name="formula", daemon=True).start()

    def _work(self, formula: str) -> None:
        try:
            with no_collection():
                mask = render(formula)
        except Exception:  # a formula that matplotlib cannot read is shown as text
            mask = None
        try:
            self._finished.emit(formula, mask)
        except RuntimeError:  # the window has gone meanwhile
            return

    @Slot(str, object)
    def _on_finished(self, formula: str, mask: np.ndarray | None) -> None:
        self._masks[formula] = mask
        self._wanted.remove(formula)
        if self._wanted:
            self._start()
        self.rendered.emit(formula)


def render(formula: str) -> np.ndarray:
    """Return the coverage (H, W) of a formula in mathtext without dollars, at twice a screen's resolution."""
    with own_settings({}):
        from matplotlib.font_manager import FontProperties
        from matplotlib.mathtext import MathTextParser

        font = FontProperties(size=SIZE, math_fontfamily="dejavusans")
        parsed = MathTextParser("agg").parse(f"${formula}$", dpi=96 * SHARPNESS, prop=font)
        return np.array(parsed.image, dtype=np.uint8)


@lru_cache(maxsize=1)
def formulas() -> Formulas:
    """Return the formulas rendered so far."""
    return Formulas()


def image_tag(image: QImage) -> str:
    """Return an image as rich text."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)
    coded = base64.b64encode(data.data()).decode()
    size = f'width="{image.width() // SHARPNESS}" height="{image.height() // SHARPNESS}"'
    return f'<img src="data:image/png;base64,{coded}" {size}>'


def explanation(name: str, *remarks: str) -> str:
    """Return what a column is as rich text: title, formula (text until rendered), help, source, remarks."""
    known, formula = column(name), formula_of(name)
    faint = theme().colours.faint
    parts = [f"<b>{html.escape(title_of(name))}</b>"]
    if formula:
        image = formulas().image(formula, theme().colours.text)
        parts.append(image_tag(image) if image is not None else html.escape(in_letters(formula)))
    if known is not None:
        parts.append(html.escape(known.help))
        if known.source:
            parts.append(f'<span style="color:{faint}">{html.escape(known.source)}</span>')
    parts += [f'<span style="color:{faint}">{html.escape(remark)}</span>' for remark in remarks if remark]
    return (
        "<div style='width:320px'>"
        + "".join(f"<p style='margin:3px 0'>{part}</p>" for part in parts)
        + "</div>"
    )
