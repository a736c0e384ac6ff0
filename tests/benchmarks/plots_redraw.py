"""How long the window needs to redraw its plots: `python -m tests.benchmarks.plots_redraw`.

Prints the median and the 99th percentile, in milliseconds, of `PlotsView.refresh()` and of painting
everything, for four plots of three curves each while a run grows from 300 to 2,000 records, at 1600x900.
"""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from engine.protocol.messages import RunStatus
from engine.protocol.records import Array, RecordBatch, Records, schedule
from engine.protocol.run_history import RunHistory


def fake_log(last: int = 15000, replicas: int = 1, seed: int = 0, per_decade: int = 100) -> RunHistory:
    """Return a run that looks like training on the circle: margins up to 0.02, loss down to 1e-40."""
    steps = np.array(schedule(last, per_decade, None))
    log = RunHistory(Records(replicas))
    log.records.extend(RecordBatch(steps, fake_columns(steps, replicas, seed)))
    generator = np.random.default_rng(seed)
    separated = generator.integers(180, 420, replicas)
    log.events["separated_step"] = [int(s) for s in separated]
    log.events["fitted_step"] = [int(s * 0.6) for s in separated]
    log.status = RunStatus.DONE
    return log


def fake_columns(steps: np.ndarray, replicas: int, seed: int) -> dict[str, Array]:
    """Return smooth curves with a little chatter, (T, R) each."""
    generator = np.random.default_rng(seed)
    t = np.log10(steps + 1.0)[:, None]
    speed = 1 + 0.12 * generator.standard_normal(replicas)[None]
    t = t * speed
    noise = generator.standard_normal((len(steps), replicas))
    rise = 1 / (1 + np.exp(-4 * (t - 2.6)))
    log_loss = 3.2 - 0.3 * t - 95 * np.maximum(t - 2.2, 0) ** 1.8 / 4.4
    norm = 1.3 + 0.1 * t + 9 * np.maximum(t - 2, 0) ** 1.5 / 3
    margin = 0.0231 * rise - 0.16 * np.exp(-1.2 * t)
    cosine = 1 - 0.9 * np.exp(-1.1 * np.maximum(t - 0.4, 0)) * (1 + 0.06 * noise)
    columns = {
        "log_loss": log_loss,
        "accuracy": np.clip(np.round((0.45 + 0.55 * rise + 0.02 * noise) * 24) / 24, 0, 1),
        "test_accuracy": np.clip(0.42 + 0.5 * rise + 0.01 * noise, 0, 1),
        "normalized_margin": margin,
        "smoothed_margin": margin - 3.2 / norm**2 * np.exp(-0.8 * t),
        "margin_ratio": margin / 0.0231,
        "param_norm": norm,
        "layer_norm.W1": norm * 0.71,
        "layer_norm.W2": norm * 0.69,
        "gradient_norm": 0.4 / norm,
        "cos_gradient": np.clip(cosine, -1, 1),
        "cos_gradient_mean": 1 - 0.8 * np.exp(-1.3 * np.maximum(t - 0.6, 0)),
        "cos_reference": 1 - 0.98 * np.exp(-0.7 * t),
        "cos_initial": 0.35 + 0.65 * np.exp(-0.5 * t),
        "kkt_epsilon": np.sqrt(2 * np.clip(1 - cosine, 0, 2)),
        "kkt_delta": 0.3 * np.exp(-1.2 * t),
        "rank_one_defect": np.where(t < 0.4, 0.0, 1e-3 * np.exp(t)),
        "layer_rank_ratio.W1": 0.6 * np.exp(-0.8 * t) + 1e-3,
        "layer_rank_ratio.W2": 0.5 * np.exp(-0.9 * t) + 1e-3,
        "log_time": 2.0 * t + np.maximum(-log_loss, 0),
    }
    kernel = {
        "ntk_prediction_cosine": 0.97 - 0.25 * rise,
        "ntk_agreement": 0.98 - 0.12 * rise,
        "ntk_alignment": 1 - 0.35 * rise,
        "stationarity": 0.9 * np.exp(-t),
    }
    for name, values in kernel.items():  # measured at every eighth record
        columns[name] = np.where(np.arange(len(steps))[:, None] % 8 == 0, values, np.nan)
    return {name: np.broadcast_to(values, (len(steps), replicas)).copy() for name, values in columns.items()}


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
    from PySide6.QtWidgets import QApplication

    from gui.plots.plots_view import PlotsView
    from gui.plots.traces import Trace
    from gui.theme import apply_theme, run_colour

    # Other work on the machine counts, as it does for a user; --cpu leaves it out.
    clock = time.thread_time if "--cpu" in sys.argv else time.perf_counter
    app = QApplication([])
    apply_theme(app, "light")
    for replicas in (1, 16):
        view = PlotsView()
        view.set_shown(("margins", "norms", "directions", "kernel"))
        view.plots["margins"].choose("margin_ratio", True)
        view.plots["directions"].choose("cos_initial", False)
        view.resize(1600, 900)
        view.show()
        whole = fake_log(600_000, replicas, per_decade=500).records.all()
        log = RunHistory(Records(replicas), events={"separated_step": [300] * replicas})
        log.records.extend(part(whole, 0, 300))
        view.set_traces([Trace("a", "run 1", run_colour(0), True, log)])
        app.processEvents()
        times: dict[str, list[float]] = {"refresh": [], "paint": [], "together": [], "nothing new": []}
        for start in range(300, min(2000, len(whole.steps)) - 6, 6):
            log.records.extend(part(whole, start, start + 6))
            began = clock()
            view.refresh()
            drawn = clock()
            app.processEvents()  # paints whatever has changed
            done = clock()
            view.refresh()
            times["nothing new"].append(clock() - done)
            times["refresh"].append(drawn - began)
            times["paint"].append(done - drawn)
            times["together"].append(done - began)
        print(f"{replicas} replica{'s' if replicas > 1 else ''}, {len(log.records):,} records at the end")
        for what, seconds in times.items():
            ms = 1000 * np.array(seconds)
            print(f"  {what:12} median {np.median(ms):6.2f} ms   p99 {np.percentile(ms, 99):6.2f} ms")
        view.close()
        view.deleteLater()
        app.processEvents()


def part(whole: RecordBatch, start: int, stop: int) -> RecordBatch:
    """Return some rows of a batch."""
    rows = slice(start, stop)
    return RecordBatch(whole.steps[rows], {name: values[rows] for name, values in whole.columns.items()})


if __name__ == "__main__":
    main()
