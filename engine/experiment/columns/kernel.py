"""Columns about the tangent kernel."""

from __future__ import annotations

from .column import JT, THINNED, Column

KERNEL: tuple[Column, ...] = (
    Column(
        "ntk_drift",
        "kernel",
        "kernel drift",
        r"\|K_t-K_0\|_F/\|K_0\|_F",
        "How far the tangent kernel moved from its start.",
        "Jacot et al. 2018",
        scale="log",
        cost=THINNED,
    ),
    Column(
        "ntk_alignment",
        "kernel",
        "kernel alignment with the start",
        r"\langle K_t,K_0\rangle_F/(\|K_t\|_F\|K_0\|_F)",
        "Cosine of the tangent kernel with its initial value.",
        "Jacot et al. 2018",
        cost=THINNED,
    ),
    Column(
        "ntk_prediction_cosine",
        "kernel",
        "prediction cosine with NTK max-margin",
        r"\cos(f_t,f_{K_0})",
        "Uncentred cosine of the network's predictions with the max-margin predictor of its initial tangent kernel.",
        f"after {JT}, Fig. 1",
        cost=THINNED,
    ),
    Column(
        "ntk_agreement",
        "kernel",
        "sign agreement with NTK max-margin",
        r"\#\{\mathrm{sign}\,f_t=\mathrm{sign}\,f_{K_0}\}/G",
        "Share of points on which the two predictors agree.",
        f"after {JT}, Fig. 1",
        cost=THINNED,
    ),
    Column(
        "prediction_cosine_final",
        "kernel",
        "prediction cosine with the end",
        r"\cos(f_t,f_T)",
        "Uncentred cosine of the predictions with those at the last record; filled in when the run ends.",
        f"after {JT}, Fig. 1",
        cost="when a run ends",
    ),
    Column(
        "ntk_target_alignment",
        "kernel",
        "kernel alignment with the labels",
        r"\langle HK_tH,yy^\top\rangle_F/(\|HK_tH\|_F\|Hyy^\top H\|_F)",
        "Centred cosine of the tangent kernel with the labels' own (several classes: same class or not).",
        "Cortes, Mohri & Rostamizadeh 2012",
        cost=THINNED,
    ),
    Column(
        "ntk_margin",
        "kernel",
        "margin of the tangent kernel",
        r"\min_{p\in\Delta}\sqrt{p^\top(yy^\top\circ K_t)p}",
        "Maximum margin of the tangent kernel at this record, solved exactly; several classes: the least of one "
        "against the rest.",
        "Telgarsky 2022; Jacot et al. 2018",
        scale="log",
        cost=THINNED,
    ),
    Column(
        "margin_over_ntk",
        "kernel",
        "normalized margin (l2) / initial kernel's margin",
        r"\bar\gamma/\gamma_{K_0}",
        "The network's normalized margin over the maximum margin of its initial tangent kernel.",
        "Telgarsky 2022",
        scale="log",
    ),
)
