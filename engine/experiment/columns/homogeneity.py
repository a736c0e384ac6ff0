"""Columns about near-homogeneity: how far a network is from homogeneous, and the margins that say so."""

from __future__ import annotations

from .column import CAI, THINNED, Column

HOMOGENEITY: tuple[Column, ...] = (
    Column(
        "homogeneity_defect",
        "homogeneity",
        "homogeneity defect",
        r"\max_n|\langle\nabla f(x_n),\theta\rangle-Mf(x_n)|",
        "How far Euler's identity fails: rounding for a homogeneous network, which verifies its degree (M = L).",
        f"{CAI}, Def. 1",
        scale="log",
        cost=THINNED,
    ),
    Column(
        "defect_bound",
        "homogeneity",
        "bound p' on the defect",
        r"p'(\|\theta\|_2)",
        "The polynomial bound that follows from the structure alone.",
        f"{CAI}, Def. 1",
        scale="log",
    ),
    Column(
        "homogeneity_order",
        "homogeneity",
        "order of the defect",
        r"d\log D(r)/d\log r,\ D(r)=\max_n|\langle\nabla f(r\theta),r\theta\rangle-Mf(r\theta)|",
        "Slope of the defect along the ray, from r = 1 to 8; near-homogeneity asks for at most M - 1.",
        f"{CAI}, Def. 1",
        cost=THINNED,
    ),
    Column(
        "homogenization_gap",
        "homogeneity",
        "distance from the homogenization",
        r"\max_n|f(x_n)-f_H(x_n)|,\ f_H=\lim_r f(r\theta)/r^M",
        "How far the outputs are from those of the homogeneous network that it tends to.",
        CAI,
        scale="log",
        cost=THINNED,
    ),
    Column(
        "homogenization_bound",
        "homogeneity",
        "bound p_a on that distance",
        r"p_a(\|\theta\|_2)",
        "The bound that follows from p'; once log 1/Loss is above it, the data are strongly separated.",
        CAI,
        scale="log",
    ),
    Column(
        "modified_margin",
        "homogeneity",
        "modified margin (l2)",
        r"(\log(1/\mathrm{Loss})-p_a(\|\theta\|_2))/\|\theta\|_2^M",
        "What gradient flow provably increases once it is positive; Loss is the sum.",
        CAI,
    ),
    Column(
        "homogenized_margin",
        "homogeneity",
        "homogenized margin (l2)",
        r"\min_n y_nf_H(x_n)/\|\theta\|_2^M",
        "The normalized margin of the homogeneous network that it tends to.",
        CAI,
        cost=THINNED,
    ),
    Column(
        "modified_margin_decreases",
        "homogeneity",
        "decreases of the modified margin (l2)",
        r"\#\{s:\gamma^{GF}_{s+1}<\gamma^{GF}_s\}",
        "Steps since strong separability at which it fell; every step is looked at.",
        CAI,
    ),
    Column(
        "modified_margin_worst_drop",
        "homogeneity",
        "worst drop of the modified margin (l2)",
        r"\max_s(\gamma^{GF}_s-\gamma^{GF}_{s+1})/|\gamma^{GF}_s|",
        "The largest relative fall in one step since strong separability.",
        CAI,
        scale="log",
    ),
)
