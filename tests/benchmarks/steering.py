"""How well a slider steers: `python -m tests.benchmarks.steering [--seconds 6] [--preset circle-global-margin]`.

Opens the window over the real engine, runs the preset once, and drags the slider of a field to and fro by mouse
events, sixty a second. Prints the whole trajectories that were drawn a second (wanted: 10), each with margins, norms
and cosines at every record; the longest time from an edit to a picture of it or of a later one, and between two
pictures (wanted: 150 ms); and what an edit and a picture cost the window's thread. With --check the exit status is 0
only where both hold.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time

import numpy as np

from gui.model.draft import Draft
from tests.benchmarks.real_window import on_rounds, opened, own_folders

EVERY = 1 / 60
"""Seconds between two movements of the hand."""
ROUND = 2.0
"""Seconds of a movement to and fro."""
WANTED = ("normalized_margin", "param_norm", "cos_gradient")
LEAST_RATE, LONGEST_GAP = 10.0, 0.15


class Hand:
    """The window, and a hand on one of its sliders."""

    def __init__(self, preset: str, field: str) -> None:
        from engine.protocol.messages import RunStatus

        self._done = RunStatus.DONE
        self.app, self.window = opened()
        self.model = self.window.model
        self.until(lambda: self.model.trainer.ready is not None)
        self.window.files.open_preset(preset)
        self.model.transport.run()
        self.until(lambda: self.model.trainer.state == "idle" and len(self.model.run_list) > 0)
        row = self.window.parts.experiment.panel.row(field)
        if row is None or row.slider is None:
            raise SystemExit(f"{field} has no slider here")
        self.slider = row.slider
        self.edits: list[tuple[float, object]] = []
        self.pictures: list[tuple[float, object, bool]] = []
        """When, of which document, and whether its trajectory was whole."""
        self._at = self._waits_since = 0.0
        """When the hand moved last; and since when it has been where no edit says, as a slider takes its time."""
        self._place = self.slider.value()
        self.seconds: dict[str, list[float]] = {"edit": [], "picture": []}
        self._drawn: object = None
        self.model.editor.document_changed.connect(self._edited)
        plots = self.window.parts.plots
        self._round: object = None
        """The draft that was there when plots began to be drawn: all of them show it, or a later one."""
        on_rounds(plots, self._on_round)
        plots.drawn.connect(self._note)

    def until(self, condition: object, patience: float = 300.0) -> None:
        """Let the window live until something is so."""
        end = time.monotonic() + patience
        while not condition():  # type: ignore[operator]
            if time.monotonic() > end:
                raise SystemExit("the window did not come to it")
            self.app.processEvents()
            time.sleep(0.001)

    def _edited(self) -> None:
        """Note an edit, in whatever turn of the event loop it comes."""
        self.edits.append((self._waits_since or self._at, self.model.editor.document.base))
        self._place, self._waits_since = self.slider.value(), 0.0

    def _on_round(self) -> None:
        self._round = self.model.run_list.draft

    def _note(self) -> None:
        """Note a picture of a draft that had not been drawn."""
        started = time.perf_counter()
        draft = self._round
        if (
            not isinstance(draft, Draft)
            or draft.run is self._drawn
            or not self.window.parts.plots._data.get(draft.run.id)
        ):
            return
        self.app.sendPostedEvents()
        self.window.parts.plots.repaint()
        self._drawn = draft.run
        records = draft.run.history.records
        whole = draft.run.status is self._done and all(
            name in records and np.isfinite(records.column(name)).all() for name in WANTED
        )
        now = time.perf_counter()
        self.seconds["picture"].append(self.window.parts.plots.busy + now - started)
        self.pictures.append((now, draft.run.document.base, whole))

    def drag(self, seconds: float) -> None:
        """Press on the slider, move to and fro, and let go."""
        from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
        from PySide6.QtGui import QMouseEvent

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        slider, width = self.slider, self.slider.width()

        def mouse(kind: QEvent.Type, share: float, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
            at = QPointF(share * width, slider.height() / 2)
            event = QMouseEvent(
                kind, at, slider.mapToGlobal(at), button, buttons, Qt.KeyboardModifier.NoModifier
            )
            self.app.sendEvent(slider, event)

        began = self._at = time.perf_counter()
        mouse(QEvent.Type.MouseButtonPress, 0.5, left, left)
        loop = QEventLoop()

        def move() -> None:
            now = time.perf_counter()
            if now - began >= seconds:
                loop.quit()
                return
            moves.start(max(0, round(1000 * (EVERY - (now - began) % EVERY))))
            share = 0.5 + 0.3 * np.sin(2 * np.pi * (now - began) / ROUND)
            self._at, edits, worked = now, len(self.edits), time.thread_time()
            mouse(QEvent.Type.MouseMove, share, none, left)
            if len(self.edits) > edits:
                self.seconds["edit"].append(time.thread_time() - worked)
            if self.slider.value() == self._place:
                self._waits_since = 0.0
            else:
                self._waits_since = self._waits_since or now

        moves = QTimer(timerType=Qt.TimerType.PreciseTimer)
        moves.setSingleShot(True)
        moves.timeout.connect(move)
        moves.start(0)
        loop.exec()
        mouse(QEvent.Type.MouseButtonRelease, 0.5, left, none)
        self.spent = time.perf_counter() - began

    def close(self) -> None:
        self.window.close()
        self.app.processEvents()

    def lags(self) -> list[float]:
        """Return for every edit the time until it, or a later one, was drawn; the last ones have none."""
        places = {id(document): place for place, (_, document) in enumerate(self.edits)}
        lags: list[float] = []
        upto = 0
        for when, document, _ in self.pictures:
            place = places.get(id(document), -1)
            lags += [when - self.edits[k][0] for k in range(upto, place + 1)]
            upto = max(upto, place + 1)
        return lags


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--preset", default="circle-global-margin")
    parser.add_argument("--field", default="network.init.scale")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    hand = Hand(asked.preset, asked.field)
    hand.drag(0.5)  # what is imported and solved at first
    hand.until(lambda: hand.model.run_list.draft is not None)
    hand.edits.clear(), hand.pictures.clear()
    hand.drag(asked.seconds)
    hand.close()
    rate = sum(whole for _, _, whole in hand.pictures) / hand.spent
    times = [when for when, _, _ in hand.pictures]
    lags, gaps = hand.lags() or [float("inf")], list(np.diff(times)) or [float("inf")]
    print(f"{len(hand.edits)} edits in {hand.spent:.1f} s, {len(hand.pictures)} pictures")
    print(f"whole trajectories drawn: {rate:.1f} a second (wanted {LEAST_RATE:.0f})")
    for what, found in (("from an edit to its picture", lags), ("between two pictures", gaps)):
        p50, longest = 1000 * statistics.median(found), 1000 * max(found)
        print(f"{what}: median {p50:.0f}, longest {longest:.0f} ms (wanted {1000 * LONGEST_GAP:.0f})")
    for what, seconds in hand.seconds.items():
        if seconds:
            p50, longest = 1000 * statistics.median(seconds), 1000 * max(seconds)
            print(f"one {what} costs the window: median {p50:.1f}, longest {longest:.1f} ms")
    held = rate >= LEAST_RATE and max(lags) <= LONGEST_GAP and max(gaps) <= LONGEST_GAP
    sys.exit(0 if held or not asked.check else 1)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with own_folders(("DATA", "CONFIG", "STATE")):
        main()
