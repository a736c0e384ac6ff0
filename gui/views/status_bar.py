"""The status bar: where it computes, how fast, how far, and how the engine is."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QStatusBar, QWidget

from engine.protocol.messages import STEPS, Started
from engine.words.formats import log10_loss, with_minus
from gui.model.run import Run
from gui.plain_text import ShortLabel

LOG10 = "log₁₀"
WARMING = "engine warming up"
PLACE = "Where this run computes, with what numbers and by what code"


class StatusBar(QStatusBar):
    """Six short facts from left to right; empty where there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_bar")
        self.setSizeGripEnabled(False)
        self.labels: dict[str, ShortLabel] = {}
        for name, help in (
            ("place", PLACE),
            ("speed", "Steps of training a second"),
            ("step", "The step that training has come to"),
            (
                "loss",
                "log₁₀ of the loss summed over the training set at the latest record; the worst replica's",
            ),
            ("separated", "The first step at which the summed loss was below that of one sample at margin 0"),
        ):
            label = ShortLabel("", self)
            label.setObjectName(f"status_{name}")
            label.setToolTip(help)
            label.setContentsMargins(8, 0, 8, 0)
            self.labels[name] = label
            self.addWidget(label)
        self.engine = ShortLabel(WARMING, self)
        self.engine.setObjectName("status_engine")
        self.engine.setProperty("role", "faint")
        self.engine.setContentsMargins(8, 0, 8, 0)
        self.addPermanentWidget(self.engine)

    def show_engine(self, sentence: str) -> None:
        """Say how the engine is."""
        self.engine.setText(sentence)

    def show_run(self, run: Run | None) -> None:
        """Show how a run stands."""
        texts, steps = dict.fromkeys(self.labels, ""), ""
        if run is not None:
            history = run.history
            if history.started is not None:
                texts["place"] = _place(history.started)
                steps = history.started.steps_in_words
            if history.steps_per_second:
                texts["speed"] = f"{history.steps_per_second:,.0f} steps/s"
            if len(history.records):
                texts["step"] = f"step {run.step:,}"
                texts["loss"] = _loss(run)
                texts["separated"] = _separated(run)
        for name, label in self.labels.items():
            if label.text() != texts[name]:
                label.setText(texts[name])
                label.setVisible(bool(texts[name]))
        self.labels["place"].setToolTip(": ".join(part for part in (PLACE, steps) if part))


def _place(started: Started) -> str:
    threads = f", {started.threads} threads" if started.threads > 1 else ""
    by = started.environment.get(STEPS, "")
    return f"{started.device} {started.dtype}{threads}" + (f", {by}" if by else "")


def _loss(run: Run) -> str:
    if "log_loss" not in run.history.records:
        return ""
    values, step = run.history.records.column("log_loss")[-1], int(run.history.records.steps[-1])
    if not np.isfinite(values).any():
        return ""
    at = "" if step == run.step else f" at step {step:,}"  # records may wait to be measured
    return with_minus(log10_loss(float(np.nanmax(values)), LOG10)) + at


def _separated(run: Run) -> str:
    steps = run.history.events.get("separated_step", [])
    known = [step for step in steps if step is not None]
    if not known:
        return "not separated yet" if run.status.under_way else "not separated"
    if len(known) < len(steps):
        return f"{len(known)} of {len(steps)} replicas separated"
    return f"separated at step {max(known):,}"
