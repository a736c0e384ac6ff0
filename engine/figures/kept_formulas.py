"""Formulas are set once a process: matplotlib itself keeps fifty, of one figure, and forgets them with it."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Iterator
from typing import Any

MOST = 4096
"""How many formulas are kept, of some kilobytes each: a figure has up to a hundred."""
SAID_BY = ("font.family", "font.sans-serif", "font.serif", "mathtext.fontset")
"""What figures set differently and formulas are drawn by; size and weight come with the font that is asked for."""
_kept: dict[Hashable, Any] = {}


@contextlib.contextmanager
def kept_formulas() -> Iterator[None]:
    """Let matplotlib look here before it sets a formula: half a figure's time. Call it inside `own_settings`."""
    import matplotlib as mpl
    from matplotlib.mathtext import MathTextParser

    settings: Any = mpl.rcParams
    parsers: Any = MathTextParser
    own = parsers.parse
    drawn_by = str([settings[name] for name in SAID_BY])

    def parse(
        parser: Any, s: str, dpi: float = 72, prop: Any = None, *, antialiased: bool | None = None
    ) -> Any:
        font = None if prop is None else prop.copy()  # the caller's may change later
        key = (parser._output_type, drawn_by, s, dpi, font, antialiased)
        if key not in _kept:
            if len(_kept) >= MOST:
                _kept.clear()
            _kept[key] = own(parser, s, dpi, prop, antialiased=antialiased)
        return _kept[key]

    parsers.parse = parse
    try:
        yield
    finally:
        parsers.parse = own
