"""What tells presets on the same data apart at a glance: small signs of their networks and optimizers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from engine.experiment.document import Document
from engine.experiment.sweep import Grid
from gui.theme import theme

HEIGHT, PAD, GAP = 16.0, 6.0, 5.0


def badges(document: Document) -> tuple[list[str], list[str]]:
    """Return the words for the networks and for the optimizers of a document's experiments, each once."""
    experiments = document.experiments().values()
    networks = dict.fromkeys(e.network.in_brief() for e in experiments)
    optimizers = dict.fromkeys(e.optimizer.in_brief() for e in experiments)
    return list(networks), list(optimizers)


def map_badge(document: Document) -> list[str]:
    """Return the word for a map with the number of values of each axis, 'map 5 × 3'; none for a run."""
    if document.sweep is None:
        return []
    shape = Grid.of(document.base, document.sweep).shape
    return [f"map {' × '.join(map(str, shape))}"]


def paint_badges(painter: QPainter, box: QRectF, document: Document, font: QFont) -> float:
    """Draw the badges of a document from the left, as many as fit; return where they end."""
    colours = theme().colours
    networks, optimizers = badges(document)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    left = box.left()
    for words, colour in [
        *((w, colours.text) for w in map_badge(document)),
        *((w, colours.accent) for w in limited(networks)),
        *((w, colours.good) for w in limited(optimizers)),
    ]:
        width = metrics.horizontalAdvance(words) + 2 * PAD
        if left + width > box.right():
            break
        place = QRectF(left, box.top(), width, HEIGHT)
        ground = QColor(colour)
        ground.setAlphaF(0.12)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(QColor(colours.text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
        left += width + GAP
    return left


def limited(words: Sequence[str]) -> list[str]:
    """Return at most two of several words, and how many more there are."""
    return [*words[:2], f"+{len(words) - 2}"] if len(words) > 2 else list(words)
