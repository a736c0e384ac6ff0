"""What each plot shows, for the window and for exported figures alike: columns, axes, colours."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from engine.experiment.columns import PLUG_IN_COLUMNS, title_of, unlogged
from engine.protocol.records import Array, Records

LN10 = math.log(10)
MOST_NAMED_RUNS = 12
"""Runs that a legend names; of more it says how many there are."""
MOST_MARKED = 6
"""Runs whose moments are lines through a plot; of more they are ticks at its foot."""


@dataclass(frozen=True)
class PlotSpec:
    """One plot: which columns it can show, which at first, and how its value axis runs."""

    id: str
    title: str
    columns: tuple[str, ...]
    """In the order of legend and line style; `.*` stands for one column a layer, or a number."""
    shown: tuple[str, ...]
    """Those drawn at first."""
    axis: str
    """Label of the value axis."""
    log: bool = False
    in_log10: tuple[str, ...] = ()
    """Columns held as natural logs that are drawn as log10."""
    one_minus: bool = False
    """Whether the plot offers log10(1 - value), for cosines near 1."""
    horizontal: str = ""
    """Id of a horizontal axis of its own; '': the one that is chosen for all plots."""


def _of_plug_ins() -> list[PlotSpec]:
    """Return the plot of what plug-ins measure, where there are some: they are switched on before this is imported."""
    names = tuple(column.name for column in PLUG_IN_COLUMNS)
    return [PlotSpec("plug_ins", "Measured by plug-ins", names, names, "value")] if names else []


PLOTS: tuple[PlotSpec, ...] = (
    PlotSpec(
        "margins",
        "Margins",
        (
            "normalized_margin",
            "smoothed_margin",
            "best_margin",
            "margin_ratio",
            "layer_product_margin",
            "smoothed_margin_own",
            "modified_margin",
            "homogenized_margin",
            "margin_l1",
            "margin_linf",
            "margin_lp",
            "margin_spectral",
            "margin_ratio_l2",
            "margin_ratio_l1",
            "margin_ratio_linf",
            "certified_ratio",
            "margin",
        ),
        ("normalized_margin", "smoothed_margin", "best_margin"),
        "margin",
    ),
    PlotSpec(
        "norms",
        "Parameter norm",
        (
            "param_norm",
            "layer_norm.*",
            "norm_l1",
            "norm_linf",
            "gradient_norm",
            "step_size",
            "step_bound",
            "conditioner_spread",
        ),
        ("param_norm", "layer_norm.*"),
        "norm",
        log=True,
    ),
    PlotSpec(
        "directions",
        "Direction cosines",
        (
            "cos_gradient",
            "cos_gradient_mean",
            "cos_reference",
            "cos_initial",
            "cos_previous",
            "layer_alignment.*",
            "cos_gradient_own",
            "cos_gradient_own_mean",
            "cos_frobenius",
            "cos_nuclear",
            "selection_ratio",
            "optimal_tokens",
            "optimal_attention",
        ),
        ("cos_gradient", "cos_gradient_mean", "cos_reference", "cos_initial"),
        "cosine",
        one_minus=True,
    ),
    PlotSpec(
        "kernel",
        "NTK comparison",
        (
            "ntk_prediction_cosine",
            "ntk_agreement",
            "ntk_alignment",
            "prediction_cosine_final",
            "ntk_target_alignment",
            "ntk_limit_alignment",
            "twin_prediction_cosine",
            "twin_agreement",
            "ntk_own_margin_ratio",
            "ntk_own_cosine",
            "twin_margin_ratio",
        ),
        ("ntk_prediction_cosine", "ntk_agreement", "ntk_alignment", "twin_prediction_cosine"),
        "cosine, share, ratio",
        one_minus=True,
    ),
    PlotSpec(
        "kernel_to_margin",
        "From kernel to margin",
        (
            "ntk_prediction_cosine",
            "cos_reference",
            "test_accuracy",
            "accuracy",
            "prediction_cosine_final",
            "twin_prediction_cosine",
        ),
        ("ntk_prediction_cosine", "cos_reference", "test_accuracy"),
        "cosine, share",
    ),
    PlotSpec(
        "loss",
        "Loss and accuracy",
        ("log_loss", "accuracy", "test_accuracy", "twin_log_loss", "robust_accuracy"),
        ("log_loss", "accuracy", "test_accuracy", "twin_log_loss"),
        "log₁₀ loss",
        in_log10=("log_loss", "twin_log_loss"),
    ),
    PlotSpec(
        "stationarity",
        "Stationarity",
        (
            "kkt_epsilon",
            "kkt_delta",
            "stationarity",
            "tangential_residual",
            "bregman_gap",
            "asymptote_distance",
            "smoothed_margin_worst_drop",
            "smoothed_margin_own_worst_drop",
        ),
        ("kkt_epsilon", "kkt_delta", "stationarity"),
        "residual",
        log=True,
    ),
    PlotSpec("path", "Path of the direction", ("direction_path",), ("direction_path",), "length"),
    PlotSpec(
        "path_left",
        "Path still to come",
        ("path_left", "path_left_error"),
        ("path_left", "path_left_error"),
        "length",
        log=True,
    ),
    PlotSpec(
        "layers",
        "Layers",
        ("layer_rank_ratio.*", "rank_one_defect", "balance_drift", "layer_norm_drift", "balance_bound"),
        ("layer_rank_ratio.*", "rank_one_defect", "balance_bound"),
        "ratio, squared norm",
        log=True,
    ),
    PlotSpec(
        "components",
        "Components",
        ("component.*", "component_count"),
        ("component.*",),
        "size",
    ),
    PlotSpec(
        "angles",
        "Angles",
        ("predictor_angle", "angle_reference", "angle_conditioned", "extremal_angle"),
        ("predictor_angle", "angle_reference", "angle_conditioned", "extremal_angle"),
        "degrees",
    ),
    PlotSpec(
        "rates",
        "Rates",
        ("log_rate", "norm_growth", "asymptote_loss"),
        ("log_rate", "asymptote_loss"),
        "constant",
    ),
    PlotSpec(
        "neurons",
        "Neurons",
        (
            "rotation",
            "early_alignment",
            "coordinate_mass",
            "active_fraction",
            "hidden_distance",
            "hidden_change",
        ),
        ("rotation", "early_alignment", "coordinate_mass", "active_fraction"),
        "rotation",
    ),
    PlotSpec(
        "homogeneity",
        "Homogeneity",
        (
            "homogeneity_defect",
            "defect_bound",
            "homogenization_gap",
            "homogenization_bound",
            "homogeneity_order",
        ),
        ("homogeneity_defect", "defect_bound", "homogenization_gap", "homogenization_bound"),
        "distance from homogeneous",
        log=True,
    ),
    PlotSpec(
        "collapse",
        "Neural collapse",
        ("nc1", "nc2_norm", "nc2_angle", "nc3", "nc4"),
        ("nc1", "nc2_norm", "nc2_angle", "nc3"),
        "distance from collapse",
        log=True,
    ),
    PlotSpec(
        "curvature",
        "Curvature",
        ("sharpness", "step_bound"),
        ("sharpness", "step_bound"),
        "curvature",
        log=True,
    ),
    PlotSpec(
        "edge",
        "Edge of stability",
        ("edge", "edge_line"),
        ("edge", "edge_line"),
        "learning rate times sharpness",
        log=True,
    ),
    PlotSpec(
        "robustness",
        "Robustness",
        ("robust_accuracy", "input_margin"),
        ("robust_accuracy", "input_margin"),
        "share, distance",
    ),
    PlotSpec(
        "margin_distribution",
        "Distribution of margins",
        ("margin_percentile.*",),
        ("margin_percentile.*",),
        "margin",
    ),
    PlotSpec(
        "kernel_drift",
        "Drift of the kernel",
        ("ntk_drift", "hidden_distance", "hidden_change"),
        ("ntk_drift",),
        "drift",
        log=True,
    ),
    PlotSpec(
        "kernel_margin",
        "Margins of the kernel",
        (
            "ntk_margin",
            "margin_over_ntk",
            "twin_normalized_margin",
            "twin_margin_ratio",
            "twin_margin_at_equal_loss",
            "ntk_own_margin_ratio",
            "twin_norm",
        ),
        ("ntk_margin", "margin_over_ntk", "twin_normalized_margin"),
        "margin",
        log=True,
    ),
    PlotSpec(
        "kernel_spectrum",
        "Spectrum of the kernel",
        ("ntk_eigenvalue.*", "ntk_effective_rank"),
        ("ntk_eigenvalue.*",),
        "eigenvalue, rank",
        log=True,
    ),
    PlotSpec(
        "twin",
        "Distance from the linearised twin",
        ("twin_distance_train", "twin_distance_test", "twin_distance_grid"),
        ("twin_distance_train", "twin_distance_test", "twin_distance_grid"),
        "relative distance",
        log=True,
    ),
    *_of_plug_ins(),
)


def plot(id: str) -> PlotSpec:
    """Return a plot by its id.

    Raises:
        KeyError: where there is none.
    """
    return next(p for p in PLOTS if p.id == id)


@dataclass(frozen=True)
class HorizontalAxis:
    """One choice of what runs to the right."""

    id: str
    title: str
    values: Callable[[Records], Array]
    """(T, R) positions; NaN where undefined."""
    below: Callable[[Records], int] | None = None
    """Counts values that have no logarithm and so no position; None: there are none that anybody would miss."""

    @property
    def log(self) -> bool:
        """Say whether positions are log10 of what the axis says."""
        return self.title.startswith("log₁₀ ")

    @property
    def words(self) -> str:
        """Return what the axis says, without its logarithm and remarks."""
        return self.title.removeprefix("log₁₀ ").partition(" (")[0]


def _steps(records: Records) -> Array:
    return np.repeat(records.steps.astype(float)[:, None], records.replicas, axis=1)


def _log10_steps(records: Records) -> Array:
    return log10_of(_steps(records))


def _column(name: str) -> Callable[[Records], Array]:
    def values(records: Records) -> Array:
        if name not in records:
            return np.full((len(records), records.replicas), np.nan)
        return records.column(name)

    return values


def _log10_of_log(name: str, sign: float) -> Callable[[Records], Array]:
    column = _column(name)
    return lambda records: sign * column(records) / LN10


def _time(records: Records) -> Array:
    with np.errstate(over="ignore"):
        return np.exp(_column("log_time")(records))


def log10_of(values: Array) -> Array:
    """Return log10 of values; NaN where there is none."""
    return np.log10(values, out=np.full_like(values, np.nan), where=values > 0)


HORIZONTAL: tuple[HorizontalAxis, ...] = (
    HorizontalAxis("log_step", "log₁₀ step", _log10_steps),
    HorizontalAxis("step", "step", _steps),
    HorizontalAxis("log_time", "log₁₀ time (sum of learning rates)", _log10_of_log("log_time", 1.0)),
    HorizontalAxis("time", "time (sum of learning rates)", _time),
    HorizontalAxis("log_inverse_loss", "log₁₀ 1/loss", _log10_of_log("log_loss", -1.0)),
    HorizontalAxis("norm", "log₁₀ parameter norm", lambda records: log10_of(_column("param_norm")(records))),
)
NATURAL_LOGS = ("log_loss", "twin_log_loss", "log_time")
"""Columns that are natural logarithms of what people look at."""
COLUMN, LOG_COLUMN = "column:", "log_column:"
"""What an id begins with that names a column as horizontal axis: its values, or their log10."""


def horizontal(id: str) -> HorizontalAxis:
    """Return a horizontal axis by its id; any column is one, as `column:NAME` or `log_column:NAME`.

    Raises:
        KeyError: where there is none.
    """
    known = next((axis for axis in HORIZONTAL if axis.id == id), None)
    if known is not None:
        return known
    for start in (COLUMN, LOG_COLUMN):
        if id.startswith(start) and id != start:
            return _column_axis(id, id.removeprefix(start), start == LOG_COLUMN)
    raise KeyError(id)


@cache
def _column_axis(id: str, name: str, log: bool) -> HorizontalAxis:
    values, title = _column(name), title_of(name)
    if not log:
        return HorizontalAxis(id, title, values)
    if name in NATURAL_LOGS:
        return HorizontalAxis(id, f"log₁₀ {unlogged(title)}", _log10_of_log(name, 1.0))
    return HorizontalAxis(
        id,
        f"log₁₀ {title}",
        lambda records: log10_of(values(records)),
        lambda records: int((values(records) <= 0).sum()),
    )


# Okabe & Ito's palette, ordered so that neighbours stay apart for every common colour blindness
PALETTE: tuple[str, ...] = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6BB1",
    "#7F7F7F",
)
"""One colour a run; series within a plot differ by line style."""
NEGATIVE, POSITIVE = PALETTE[0], PALETTE[1]
"""Ends of the diverging colours of surfaces: class -1 and class 1."""
LINE_STYLES: tuple[str, ...] = ("solid", "dash", "dot", "dashdot", "dashdotdot")


def columns_in(spec: PlotSpec, recorded: list[str]) -> list[str]:
    """Return the recorded columns a plot can show, one a layer where the plot says `.*`."""
    columns: list[str] = []
    for name in spec.columns:
        if name.endswith(".*"):
            columns += [c for c in recorded if c.startswith(name[:-1])]
        elif name in recorded:
            columns.append(name)
    return columns


@cache
def among(columns: tuple[str, ...], name: str) -> bool:
    """Say whether a recorded column is one of some; `.*` stands for one column a layer."""
    return any(name == c or (c.endswith(".*") and name.startswith(c[:-1])) for c in columns)


def line_style(place: int) -> tuple[str, int]:
    """Return the style of the column at a place of a plot's list, and how often all were used up before."""
    return LINE_STYLES[place % len(LINE_STYLES)], place // len(LINE_STYLES)
