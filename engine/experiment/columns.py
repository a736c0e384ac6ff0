"""Every column a run can record: name, formula, source, cost. The one place that forms, plots, help and README read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

Scale = Literal["linear", "log", "fraction"]


@dataclass(frozen=True)
class Column:
    """One measurement.

    `name` may end in `.*` where there is one column a layer, such as `layer_norm.W1`.
    """

    name: str
    group: str
    title: str
    """The label in legends; says which norm."""
    formula: str
    """Mathtext, without the dollars."""
    help: str
    source: str = ""
    scale: Scale = "linear"
    """How its axis wants it; log values may be 0 or below and leave a gap."""
    cost: str = "every record"

    def matches(self, name: str) -> bool:
        """Say whether a recorded column is this one."""
        return name == self.name or (self.name.endswith(".*") and name.startswith(self.name[:-1]))


_LL = "Lyu & Li 2020"
_JT = "Ji & Telgarsky 2020"
_JT19 = "Ji & Telgarsky 2019"

COLUMNS: tuple[Column, ...] = (
    # --- loss ---
    Column(
        "log_loss",
        "loss",
        "log loss (sum)",
        r"\log \mathrm{Loss},\ \mathrm{Loss}=\sum_n \ell(q_n)",
        "Natural log of the loss summed over the training set, whatever the reduction.",
    ),
    Column(
        "accuracy",
        "loss",
        "train accuracy",
        r"\#\{q_n>0\}/N",
        "Share of training samples with a positive margin.",
        scale="fraction",
    ),
    Column(
        "test_accuracy",
        "loss",
        "test accuracy",
        r"\#\{q_n>0\}/N_{\mathrm{test}}",
        "The same on the test set.",
        scale="fraction",
    ),
    Column(
        "separated",
        "loss",
        "separated",
        r"\mathrm{Loss}<\ell(0)",
        "1 once the summed loss is below that of one sample at margin 0: the theorems' t0.",
        _LL,
        scale="fraction",
    ),
    Column(
        "fitted",
        "loss",
        "fitted",
        r"q_{\min}>0",
        "1 once every training sample is on its right side.",
        scale="fraction",
    ),
    # --- margins ---
    Column(
        "margin",
        "margins",
        "margin",
        r"q_{\min}=\min_n y_n f(x_n)",
        "The smallest margin; several classes: the true output minus the largest other.",
        _LL,
    ),
    Column(
        "normalized_margin",
        "margins",
        "normalized margin (l2)",
        r"q_{\min}/\|\theta\|_2^L",
        "The margin over the Euclidean norm of all trained parameters to the power of the degree.",
        _LL,
    ),
    Column(
        "smoothed_margin",
        "margins",
        "smoothed margin (l2)",
        r"\ell^{-1}(\mathrm{Loss})/\|\theta\|_2^L",
        "What gradient flow provably increases; a lower bound of the normalized margin.",
        _LL,
    ),
    Column(
        "layer_product_margin",
        "margins",
        "margin over product of layer norms",
        r"q_{\min}/\prod_k\|W_k\|_F^{d_k}",
        "The multi-homogeneous normalisation, d_k the degree in layer k; a layer's norm includes its biases.",
        f"{_LL}, eq. 4",
    ),
    Column(
        "margin_l1",
        "margins",
        "normalized margin (l1)",
        r"q_{\min}/\|\theta\|_1^L",
        "The margin over the l1 norm to the power of the degree.",
        "Tsilivis et al. 2024",
    ),
    Column(
        "margin_l2",
        "margins",
        "normalized margin (l2)",
        r"q_{\min}/\|\theta\|_2^L",
        "The margin over the l2 norm to the power of the degree: the same number as normalized_margin.",
        "Tsilivis et al. 2024",
    ),
    Column(
        "margin_linf",
        "margins",
        "normalized margin (l-infinity)",
        r"q_{\min}/\|\theta\|_\infty^L",
        "The margin over the largest absolute parameter to the power of the degree.",
        "Tsilivis et al. 2024",
    ),
    Column(
        "margin_spectral",
        "margins",
        "normalized margin (spectral)",
        r"q_{\min}/\max_k\|W_k\|_{2}^L",
        "The margin over the largest singular value of any layer to the power of the degree.",
        "Tsilivis et al. 2024",
    ),
    Column(
        "smoothed_margin_own",
        "margins",
        "smoothed margin (optimizer's norm)",
        r"\ell^{-1}(\mathrm{Loss})/\|\theta\|^L",
        "The smoothed margin in the norm that the optimizer descends in.",
        "Tsilivis et al. 2024",
    ),
    Column(
        "margin_ratio",
        "margins",
        "margin / reference",
        r"\bar\gamma/\gamma^*",
        "The margin in the reference's norm over the exact optimum (two-layer ReLU: over gamma_F1/2).",
        "Chizat & Bach 2020",
    ),
    # --- norms ---
    Column(
        "param_norm",
        "norms",
        "parameter norm (l2)",
        r"\rho=\|\theta\|_2",
        "Euclidean norm of all trained parameters.",
        _LL,
        scale="log",
    ),
    Column(
        "norm_l1", "norms", "parameter norm (l1)", r"\|\theta\|_1", "Sum of absolute parameters.", scale="log"
    ),
    Column(
        "norm_linf",
        "norms",
        "parameter norm (l-infinity)",
        r"\|\theta\|_\infty",
        "Largest absolute parameter.",
        scale="log",
    ),
    Column(
        "layer_norm.*",
        "norms",
        "layer norm",
        r"\|W_k\|_F",
        "Euclidean norm of one layer's weights and biases.",
        _JT19,
        scale="log",
    ),
    Column(
        "gradient_norm",
        "norms",
        "normalised gradient norm (l2)",
        r"\|\hat g\|_2,\ \hat g=-\nabla\mathrm{Loss}/S",
        "Norm of the normalised gradient, S the sum of the sample weights -l'(q_n).",
        scale="log",
    ),
    Column(
        "step_size",
        "norms",
        "step size",
        r"a,\ \theta\leftarrow\theta+a\,\hat g",
        "Length of the step that led here, in units of the normalised gradient (Adam: its learning rate).",
        scale="log",
    ),
    Column(
        "log_learning_rate",
        "norms",
        "log learning rate",
        r"\log\eta=\log a-\log S",
        "Natural log of the true learning rate of the step that led here.",
    ),
    Column(
        "log_time",
        "norms",
        "log time",
        r"\log T=\log\sum_s\eta_s",
        "Natural log of the sum of all learning rates so far: gradient flow's time.",
        _LL,
    ),
    # --- directions ---
    Column(
        "cos_initial",
        "directions",
        "cosine with the start",
        r"\cos(\theta_t,\theta_0)",
        "Cosine of the parameters with their initial value.",
    ),
    Column(
        "cos_previous",
        "directions",
        "cosine with the previous record",
        r"\cos(\theta_t,\theta_{t'})",
        "Cosine of the parameters with those at the record before.",
        _JT,
    ),
    Column(
        "cos_reference",
        "directions",
        "cosine with the reference",
        r"\cos(w_t,w^*)",
        "Cosine of the predictor with the exact solution's.",
        _JT19,
    ),
    Column(
        "cos_gradient",
        "directions",
        "alignment",
        r"\beta=\cos(\theta,-\nabla\mathrm{Loss})",
        "Cosine of the parameters with the negative gradient; 1 at a stationary direction.",
        f"{_LL}; {_JT}, Thm 4.1",
    ),
    Column(
        "cos_gradient_mean",
        "directions",
        "alignment, 200-step mean",
        r"\cos(\theta,\overline{\hat g})",
        "The same with the normalised gradient averaged over the last 200 steps, which sees through chatter at kinks.",
        f"{_LL}; {_JT}",
    ),
    Column(
        "cos_gradient_own",
        "directions",
        "alignment (optimizer's norm)",
        r"\beta_*=\langle\theta,\hat g\rangle/(\|\theta\|\|\hat g\|_*)",
        "Alignment in the norm that the optimizer descends in.",
        "Tsilivis et al. 2024",
    ),
    Column(
        "direction_path",
        "directions",
        "path length of the direction",
        r"\zeta=\sum_s\|u_{s+1}-u_s\|_2,\ u=\theta/\|\theta\|_2",
        "Length of the curve of the normalised parameters, summed over every step; finite in theory.",
        f"{_JT}, Thm 3.1",
    ),
    # --- stationarity ---
    Column(
        "kkt_epsilon",
        "stationarity",
        "KKT epsilon (relative)",
        r"\varepsilon=\sqrt{2(1-\beta)}",
        "Distance from stationarity of the margin problem, relative to the norm of the scaled parameters.",
        f"{_LL}, C.6-C.8",
        scale="log",
    ),
    Column(
        "kkt_delta",
        "stationarity",
        "KKT delta",
        r"\delta=\max_n\lambda_n(q_n/q_{\min}-1)",
        "Violation of complementary slackness by the gradient's own dual weights.",
        f"{_LL}, C.6-C.8",
        scale="log",
    ),
    Column(
        "stationarity",
        "stationarity",
        "NNLS stationarity residual",
        r"\min_{\lambda\geq0}\|\hat\theta-\sum_n\lambda_n\nabla q_n\|_2",
        "Smallest distance of the direction from the cone of margin gradients of the samples with q <= 1.05 q_min.",
        _LL,
        scale="log",
        cost="at every record, or at fewer where that would cost over a tenth of the run",
    ),
    Column(
        "support_count",
        "stationarity",
        "support samples",
        r"\#\{q_n<q_{\min}+\log100\}",
        "Samples that carry more than a hundredth of the largest weight.",
        _LL,
    ),
    # --- layers ---
    Column(
        "layer_rank_ratio.*",
        "layers",
        "rank ratio",
        r"\sigma_2/\sigma_1",
        "Second singular value of a layer over its first; 0 at rank one.",
        _JT19,
        scale="log",
    ),
    Column(
        "layer_alignment.*",
        "layers",
        "layer alignment",
        r"|\langle v_{k+1},u_k\rangle|",
        "How well a layer's leading left singular vector meets the next one's leading right one.",
        _JT19,
    ),
    Column(
        "balance_drift",
        "layers",
        "balance drift",
        r"\max_k\|\Delta(W_{k+1}^\top W_{k+1}-W_kW_k^\top)\|_F",
        "How far gradient flow's invariants moved since the start (ReLU-like: their diagonals, biases included).",
        _JT19,
        scale="log",
    ),
    Column(
        "layer_norm_drift",
        "layers",
        "drift of layer norm differences",
        r"\max_k|\Delta(\|W_{k+1}\|_F^2-\|W_k\|_F^2)|",
        "How far the differences of squared layer norms moved since the start.",
        _JT19,
        scale="log",
    ),
    Column(
        "rank_one_defect",
        "layers",
        "rank-one defect",
        r"\max_k\|W_k\|_F^2-\|W_k\|_2^2",
        "Squared singular values beyond the first, the largest layer's.",
        f"{_JT19}, Lemma 2",
        scale="log",
    ),
    Column(
        "balance_bound",
        "layers",
        "bound D on the rank-one defect",
        r"D",
        "Lemma 2's constant, from the initial weights alone.",
        f"{_JT19}, Lemma 2",
        scale="log",
    ),
    # --- tangent kernel ---
    Column(
        "ntk_drift",
        "kernel",
        "kernel drift",
        r"\|K_t-K_0\|_F/\|K_0\|_F",
        "How far the tangent kernel moved from its start.",
        "Jacot et al. 2018",
        scale="log",
        cost="at every record, or at fewer where that would cost over a tenth of the run",
    ),
    Column(
        "ntk_alignment",
        "kernel",
        "kernel alignment with the start",
        r"\langle K_t,K_0\rangle_F/(\|K_t\|_F\|K_0\|_F)",
        "Cosine of the tangent kernel with its initial value.",
        "Jacot et al. 2018",
        cost="at every record, or at fewer where that would cost over a tenth of the run",
    ),
    Column(
        "ntk_prediction_cosine",
        "kernel",
        "prediction cosine with NTK max-margin",
        r"\cos(f_t,f_{K_0})",
        "Uncentred cosine of the network's predictions with the max-margin predictor of its initial tangent kernel.",
        f"after {_JT}, Fig. 1",
        cost="at every record, or at fewer where that would cost over a tenth of the run",
    ),
    Column(
        "ntk_agreement",
        "kernel",
        "sign agreement with NTK max-margin",
        r"\#\{\mathrm{sign}\,f_t=\mathrm{sign}\,f_{K_0}\}/G",
        "Share of points on which the two predictors agree.",
        f"after {_JT}, Fig. 1",
        cost="at every record, or at fewer where that would cost over a tenth of the run",
    ),
    Column(
        "prediction_cosine_final",
        "kernel",
        "prediction cosine with the end",
        r"\cos(f_t,f_T)",
        "Uncentred cosine of the predictions with those at the last record; filled in when the run ends.",
        f"after {_JT}, Fig. 1",
        cost="when a run ends",
    ),
)


@cache
def column(name: str) -> Column | None:
    """Return what is known of a recorded column, layers' columns included; None for a strange one."""
    return next((c for c in COLUMNS if c.matches(name)), None)


@cache
def title_of(name: str) -> str:
    """Return the label of a recorded column: `layer_norm.W2` gives 'layer norm W2'."""
    known = column(name)
    if known is None:
        return name
    return f"{known.title} {name.rpartition('.')[2]}" if known.name.endswith(".*") else known.title


def formula_of(name: str) -> str:
    """Return a recorded column's formula as mathtext without dollars, its layer's number filled in."""
    known = column(name)
    if known is None:
        return ""
    number = name.rpartition(".W")[2] if known.name.endswith(".*") else ""
    return (
        known.formula.replace("_{k+1}", f"_{{{int(number) + 1}}}").replace("_k", f"_{{{number}}}")
        if number
        else known.formula
    )
