"""Icons: files that take the theme's colour, and none that is asked for is missing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from pytestqt.qtbot import QtBot

from gui import icons
from gui.icons import SIZES, icon, pixmap

GUI = Path(__file__).parents[2] / "gui"
FILES = sorted((GUI / "svg").glob("*.svg"))
NAMES = [file.stem for file in FILES]


def pixels(picture: QPixmap) -> np.ndarray:
    """Return red, green, blue and alpha (h, w, 4)."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGBA8888)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_files_are_drawn_in_a_square_in_no_colour_of_their_own(file: Path) -> None:
    root = ET.parse(file).getroot()
    assert root.get("viewBox") == "0 0 24 24"
    paints = {each.get(name) for each in root.iter() for name in ("fill", "stroke")} - {None}
    assert "currentColor" in paints and paints <= {"currentColor", "none"}


def test_every_icon_that_is_asked_for_is_there_and_every_one_there_is_asked_for() -> None:
    sources = [file.read_text("utf-8") for file in GUI.rglob("*.py")]
    quoted = {word for text in sources for word in re.findall(r"\"([a-z-]+)\"", text)}
    called = {word for text in sources for word in re.findall(r"\b(?:icon|pixmap)\(\"([a-z-]+)\"", text)}
    assert called <= set(NAMES)
    assert set(NAMES) <= quoted


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
def test_icons_take_the_colour_and_are_sharp(qtbot: QtBot, name: str, size: int) -> None:
    drawn = pixmap(name, size, "#d55e00")
    assert drawn.size() == QSize(2 * size, 2 * size) and drawn.devicePixelRatio() == 2
    colours = pixels(drawn)
    covered = colours[colours[..., 3] == 255][:, :3].astype(int)
    assert len(covered) and np.abs(covered - (0xD5, 0x5E, 0x00)).max() <= 2, "rounding"
    edge = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]])
    assert not edge[:, 3].any(), "nothing is cut off"


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_pressed_is_weak_all_over(qtbot: QtBot, name: str) -> None:
    strong, weak = (
        icon(name).pixmap(QSize(32, 32), 2.0, mode) for mode in (QIcon.Mode.Normal, QIcon.Mode.Disabled)
    )
    alpha = pixels(strong)[..., 3]
    assert np.abs(pixels(weak)[..., 3] - icons.WEAK * alpha).max() <= 2


def test_a_transparent_colour_stays_one(qtbot: QtBot) -> None:
    half = QColor("#0072b2")
    half.setAlphaF(0.5)
    drawn = pixels(pixmap("stop", 24, half.name(QColor.NameFormat.HexArgb)))
    assert abs(int(drawn[24, 24, 3]) - 127) <= 2


def test_an_icon_that_is_none_is_an_error(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError):
        pixmap("nothing", 16, "#000000")
