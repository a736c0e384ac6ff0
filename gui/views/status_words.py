"""The words, icons and colours for what became of runs and claims, and what margins are shares of."""

from __future__ import annotations

from engine.protocol.messages import RunStatus

STATUS_WORDS = {
    RunStatus.QUEUED: ("wait", "queued"),
    RunStatus.STARTING: ("wait", "preparing"),
    RunStatus.RUNNING: ("run", "running"),
    RunStatus.PAUSED: ("pause", "paused"),
    RunStatus.DONE: ("check", "done"),
    RunStatus.STOPPED: ("stop", "stopped"),
    RunStatus.DIVERGED: ("warning", "diverged"),
    RunStatus.FAILED: ("cross", "failed"),
}
"""The icon and the word for a run's status."""
STATUS_TONES = {
    RunStatus.DONE: "good",
    RunStatus.DIVERGED: "bad",
    RunStatus.FAILED: "bad",
    RunStatus.RUNNING: "accent",
}
"""The theme's colour for a run's status, where it is not a faint one."""
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
    "lp-margin": "lp margin",
    "spectral-margin": "spectral margin",
    "conditioned-svm": "margin in its metric",
}
"""What `margin_ratio` is a share of, by the kind of the reference that was solved."""
