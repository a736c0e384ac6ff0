"""How the window writes numbers, durations and states."""

from __future__ import annotations

import math

STATUS_WORDS = {
    "queued": ("wait", "queued"),
    "starting": ("wait", "preparing"),
    "running": ("run", "running"),
    "paused": ("pause", "paused"),
    "done": ("check", "done"),
    "stopped": ("stop", "stopped"),
    "diverged": ("warning", "diverged"),
    "failed": ("cross", "failed"),
}
"""The icon and the word for a run's status."""
VERDICT_WORDS = {
    "holds": ("check", "holds", "good"),
    "fails": ("cross", "fails", "bad"),
    "not yet": ("ring", "not yet", "faint"),
    "void": ("void", "void", "caution"),
}
"""The icon, the word and the theme's colour for a verdict."""


MARGIN_REFERENCES = {
    "f1": "½ F1 margin",
    "f1-fixed-directions": "½ F1 margin",
    "l2-svm": "l2 margin",
    "multiclass-svm": "l2 margin",
    "l1-margin": "l1 margin",
    "linf-margin": "l∞ margin",
    "spectral-margin": "spectral margin",
    "conditioned-svm": "margin in its metric",
}
"""What `margin_ratio` is a share of, by the kind of the reference that was solved."""


def number(value: float | None, digits: int = 5) -> str:
    """Write a measured value."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.{digits - 3}e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.{digits}g}"


def short_count(value: int) -> str:
    """Write a number of steps for a tick: 1, 10, 100, 1k, 10k, 1M."""
    for limit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if value >= limit:
            return f"{value / limit:g}{letter}"
    return str(value)


def duration(seconds: float) -> str:
    """Write a duration: 0:42, 12:05, 3 h 20 min."""
    if not math.isfinite(seconds):
        return "–"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02}"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} days"
