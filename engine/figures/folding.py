"""Folds text that is wider than its room over lines, and leaves out of its middle what no line takes."""

from __future__ import annotations

import re

TOKEN = re.compile(r"(?:\\.|\$(?:\\.|[^$\\])*\$|[^\s$]|\$)+")
"""What no line parts: words and $formulas$."""
FORMULA = re.compile(r"(?<!\\)\$(?:\\.|[^$\\])*\$")
DOTS = "…"
SPARE = 0.98
"""Of a room, that text takes: the kinds of files measure it a little differently."""


def width_of(text: str, size: float) -> float:
    """Return the width of text of some size, its widest line's, in points; call it inside `dressed`."""
    from matplotlib.cbook import is_math_text
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    widths = [0.0]
    for line in text.split("\n"):
        is_math = bool(is_math_text(line))
        words = line if is_math else line.replace(r"\$", "$")
        if words.strip():
            font = FontProperties(size=size)
            measured = text_to_path.get_text_width_height_descent(words, font, is_math)
            widths.append(float(measured[0]))
    return max(widths)


def folded(text: str, room: float, size: float, most_lines: int = 2) -> str:
    """Return text in so many lines at most, none wider than a room in points; what has no place is left out."""
    room *= SPARE
    if width_of(text, size) <= room:
        return text
    start = " " if text.startswith(" ") else ""
    room -= len(start) * size / 2
    for words in (text, FORMULA.sub("", text)):
        lines = _lines(words, room, size)
        if len(lines) <= most_lines and width_of("\n".join(lines), size) <= room:
            return start + "\n".join(lines)
    words = " ".join(FORMULA.sub("", text).split())
    kept, low, high = DOTS, 1, max(len(words) - 1, 1)
    while low <= high:
        count = (low + high) // 2
        lines = _lines(_without_middle(words, count), room, size)
        if len(lines) <= most_lines and width_of("\n".join(lines), size) <= room:
            kept, low = "\n".join(lines), count + 1
        else:
            high = count - 1
    return start + kept


def _without_middle(words: str, count: int) -> str:
    """Return text with so many letters of its own, the last of them from its end: names differ there."""
    head = count - count // 2
    tail = words[len(words) - count // 2 :].removeprefix("$")
    return f"{words[:head].rstrip(chr(92))}{DOTS}{tail}"


def _lines(text: str, room: float, size: float) -> list[str]:
    """Return words in as few lines as they take."""
    lines: list[str] = []
    for word in TOKEN.findall(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]
