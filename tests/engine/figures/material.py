"""What the tests of figures share: a run's log with every column that plots show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.experiment.columns import COLUMNS
from engine.figures.area import draw_alone
from engine.figures.draw import FigureRequest, FigureTrace
from engine.figures.drawable import alone, of_picture
from engine.figures.plots import PALETTE
from engine.figures.style import Style, StyleName
from engine.protocol.pictures import Picture
from engine.protocol.records import RecordBatch, Records, schedule
from engine.protocol.run_history import RunHistory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def columns(replicas: int = 1, last: int = 15000, slow: float = 1.0) -> dict[str, np.ndarray]:
    """Return values (T, R) such as runs have: negative and undefined margins first, thinned measurements."""
    t = 1.0 + np.array(schedule(last, 50, None))[:, None] * np.linspace(1, 1.5, replicas) * slow
    log_loss = 3 - 0.5 * np.log(t) ** 2
    values = {
        column.name.replace(".*", ".W2"): 0.5 / t**0.3 for column in COLUMNS if column.name != "log_loss"
    }
    values |= {"log_loss": log_loss, "log_time": np.log(t) - log_loss, "param_norm": np.log(1 + t)}
    values |= {"layer_norm.W1": 0.4 * np.log(1 + t), "cos_gradient": 1 - 0.5 / t, "accuracy": 1 - 1 / t}
    values["normalized_margin"] = np.where(t > 20, 0.02 - 0.1 / t, -1.0 / t)
    values["smoothed_margin"] = np.where(t > 50, 0.02 - 0.4 / t, np.nan)
    thinned = np.full_like(t, np.nan)
    thinned[::8] = 1 - 0.3 * t[::8] / last
    return values | {"ntk_prediction_cosine": thinned, "ntk_drift": 1 - thinned, "stationarity": thinned}


def log_of(values: dict[str, np.ndarray], steps: np.ndarray, separated: list[int | None]) -> RunHistory:
    """Return a log with these columns."""
    records = Records(next(iter(values.values())).shape[1])
    records.extend(RecordBatch(steps, values))
    return RunHistory(records, events={"separated_step": separated})


def a_log(replicas: int = 1, slow: float = 1.0) -> RunHistory:
    values = columns(replicas, slow=slow)
    return log_of(values, np.array(schedule(15000, 50, None)), [60] * replicas)


def traces(
    *replicas: int, names: tuple[str, ...] = ("constant step", "loss-based step")
) -> tuple[FigureTrace, ...]:
    return tuple(
        FigureTrace(name, PALETTE[place], a_log(count, slow=1.0 + place))
        for place, (count, name) in enumerate(zip(replicas, names, strict=False))
    )


def request(plot: str = "margins", *replicas: int, **said: object) -> FigureRequest:
    return FigureRequest(plot, traces(*(replicas or (1,))), **said)  # type: ignore[arg-type]


def picture_alone(id: str, picture: Picture, width_mm: float, look: Style) -> Figure:
    """Return the figure of a picture alone; call it inside `dressed`."""
    drawable = of_picture(id, picture)
    return draw_alone(drawable.draw, width_mm, drawable.height(width_mm), look)


def picture_bytes(id: str, picture: Picture, suffix: str, width_mm: float, style_name: StyleName) -> bytes:
    """Return the content of a picture's file."""
    return alone(of_picture(id, picture), suffix, width_mm, style_name)
