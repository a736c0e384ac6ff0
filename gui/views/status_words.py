"""The words, icons and colours for what became of runs and claims, and what margins are shares of."""

from __future__ import annotations

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
