"""Figures on the clipboard, as other programs take them: as a picture and as SVG."""

from __future__ import annotations

import atexit
import sys
from functools import cache

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication, QImage

SVG = "image/svg+xml"


def put_on_clipboard(png: bytes, svg: bytes) -> None:
    """Put a figure on the clipboard, as a picture and as SVG."""
    data = QMimeData()
    data.setImageData(QImage.fromData(png))
    data.setData(SVG, svg)
    _let_go_at_the_end()
    QGuiApplication.clipboard().setMimeData(data)


@cache
def _let_go_at_the_end() -> None:
    """Take back what Python made before Python is gone: Qt would reach for it, and the process would crash.

    On Linux what is on the clipboard goes with its window anyway; elsewhere the system has a copy of its own.
    """
    if sys.platform.startswith("linux"):
        atexit.register(_let_go)


def _let_go() -> None:
    if QGuiApplication.instance() is None:
        return
    clipboard = QGuiApplication.clipboard()
    if clipboard.ownsClipboard() or QGuiApplication.platformName() == "offscreen":
        clipboard.clear()
