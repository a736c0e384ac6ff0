"""Columns about layers and their units."""

from __future__ import annotations

from .column import JT19, Column

LAYERS: tuple[Column, ...] = (
    Column(
        "layer_rank_ratio.*",
        "layers",
        "rank ratio",
        r"\sigma_2/\sigma_1",
        "Second singular value of a layer over its first; 0 at rank one.",
        JT19,
        scale="log",
    ),
    Column(
        "layer_alignment.*",
        "layers",
        "layer alignment",
        r"|\langle v_{k+1},u_k\rangle|",
        "How well a layer's leading left singular vector meets the next one's leading right one.",
        JT19,
    ),
    Column(
        "balance_drift",
        "layers",
        "balance drift",
        r"\max_k\|\Delta(W_{k+1}^\top W_{k+1}-W_kW_k^\top)\|_F",
        "How far gradient flow's invariants moved since the start (ReLU-like: their diagonals, biases included).",
        JT19,
        scale="log",
    ),
    Column(
        "layer_norm_drift",
        "layers",
        "drift of layer norm differences",
        r"\max_k|\Delta(\|W_{k+1}\|_F^2-\|W_k\|_F^2)|",
        "How far the differences of squared layer norms moved since the start; above an activation of degree k the "
        "upper one counts k times, without its biases; the lower one's biases count with it.",
        JT19,
        scale="log",
    ),
    Column(
        "rank_one_defect",
        "layers",
        "rank-one defect",
        r"\max_k\|W_k\|_F^2-\|W_k\|_2^2",
        "Squared singular values beyond the first, the largest layer's.",
        f"{JT19}, Lemma 2",
        scale="log",
    ),
    Column(
        "balance_bound",
        "layers",
        "bound D on the rank-one defect",
        r"D",
        "Lemma 2's constant, from the initial weights alone.",
        f"{JT19}, Lemma 2",
        scale="log",
    ),
    Column(
        "layer_alignment_bound.*",
        "layers",
        "lower bound of layer alignment",
        r"\sqrt{1-(D+\|W_{k+1}(0)\|_2^2+\|W_k(0)\|_2^2)/\|W_{k+1}\|_2^2}",
        "How well neighbours must align at least under gradient flow; 0 until the layer above has outgrown the start.",
        f"{JT19}, Lemma 2",
    ),
    Column(
        "layer_spectral_share.*",
        "layers",
        "spectral share",
        r"\|W_k\|_2/\|W_k\|_F",
        "A layer's largest singular value over its Frobenius norm; 1 at rank one.",
        f"{JT19}, Fig. 1",
    ),
    Column(
        "component.*",
        "layers",
        "component",
        r"\sigma_k",
        "Linear networks of factors: how large the k-th largest component of the predictor is. Of diagonal networks a "
        "component is a coefficient, of others with several outputs a singular value. From a small start they grow one "
        "after another.",
        "Pesme & Flammarion 2023; Jacot, Ged et al. 2021",
    ),
    Column(
        "component_count",
        "layers",
        "components counted",
        r"\#\{k:\ \sigma_k>\sigma_1/10\}",
        "Linear networks of factors: how many components are above a tenth of the largest.",
        "after Pesme & Flammarion 2023",
    ),
    Column(
        "rotation",
        "neurons",
        "rotation",
        r"\sum_j|a_j|\|v_j\|(1-\cos(v_j,v_j(0)))/\sum_j|a_j|\|v_j\|",
        "Two-layer networks: how far hidden weights turned from their start, by their share in the output.",
        "Telgarsky 2022",
        scale="log",
    ),
    Column(
        "early_alignment",
        "neurons",
        "early alignment",
        r"\mathrm{mean}_j\cos(s_jw_j,D(w_j)),\ D(w)=\frac{1}{N}\sum_ny_n\varphi'(\langle w,x_n\rangle)x_n",
        "Two layers, one output without a bias, an activation of degree 1: how well units point where the first "
        "steps from zero draw them, s_j the sign of the output weight, averaged over the units that see a sample. "
        "From a small start it goes to 1 before the loss has moved, but for units that end on a kink.",
        "after Maennel, Bousquet & Gelly 2018",
    ),
    Column(
        "extremal_angle",
        "neurons",
        "angle to extremal directions",
        r"\mathrm{mean}_j\min_{u\in E(s_j)}\angle(w_j,u)",
        "The same networks: in degrees, the mean angle of units to the nearest extremal direction of their sign s, a "
        "local maximum of s⟨u, D(u)⟩ over unit vectors. Units with two weights have a list of all, kinks included; "
        "those with more are led uphill, on kinks to about a degree, and left out where that does not come to rest.",
        "after Maennel, Bousquet & Gelly 2018",
    ),
    Column(
        "hidden_distance",
        "neurons",
        "distance of the hidden weights",
        r"\|V-V_0\|_F",
        "Two-layer networks: how far the hidden weights moved from their start; beside the square root of the width.",
        "Telgarsky 2022",
        scale="log",
    ),
    Column(
        "hidden_change",
        "neurons",
        "relative change of the hidden weights",
        r"\|V-V_0\|_F/\|V_0\|_F",
        "Two-layer networks: how far the hidden weights moved from their start, over their norm there. A run with "
        "`stop.log_loss` ends where the loss first falls below it, and there its last value is taken. Over widths it "
        "falls in the linear phase, stays in the critical one and grows in the condensed one.",
        "Luo, Xu, Ma & Zhang 2021",
        scale="log",
    ),
    Column(
        "coordinate_mass",
        "neurons",
        "mass on the relevant coordinates",
        r"\|W_1P_S\|_F^2/\|W_1\|_F^2",
        "Share of the first layer's squared weights on the inputs that the labels depend on by construction.",
        "Telgarsky 2022",
        scale="fraction",
    ),
    Column(
        "active_fraction",
        "neurons",
        "active fraction",
        r"\#\{z_{nj}>0\}/(NM)",
        "Share of pairs of sample and hidden unit (and pixel) whose pre-activation is positive.",
        scale="fraction",
    ),
)
