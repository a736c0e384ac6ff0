"""Columns about neural collapse: what features and weights of the last layer tend to."""

from __future__ import annotations

from .column import Column

PAPYAN = "Papyan, Han & Donoho 2020"

COLLAPSE: tuple[Column, ...] = (
    Column(
        "nc1",
        "collapse",
        "NC1: variability within classes",
        r"\mathrm{tr}(\Sigma_W\Sigma_B^+)/C",
        "Covariance of features within classes against that of the class means; 0 when every class is one point.",
        PAPYAN,
        scale="log",
    ),
    Column(
        "nc2_norm",
        "collapse",
        "NC2: spread of the means' norms",
        r"\mathrm{std}_c\|\mu_c-\mu_G\|/\mathrm{mean}_c\|\mu_c-\mu_G\|",
        "0 when all class means are equally far from their centre.",
        PAPYAN,
        scale="log",
    ),
    Column(
        "nc2_angle",
        "collapse",
        "NC2: distance from equal angles",
        r"\max_{c\neq c'}|\cos(\mu_c-\mu_G,\mu_{c'}-\mu_G)+1/(C-1)|",
        "0 when the class means make a simplex.",
        PAPYAN,
        scale="log",
    ),
    Column(
        "nc3",
        "collapse",
        "NC3: distance of weights from means",
        r"\|W/\|W\|_F-M/\|M\|_F\|_F,\ M_c=\mu_c-\mu_G",
        "0 when the last layer's weights, without its biases, are the class means, up to scale.",
        PAPYAN,
        scale="log",
    ),
    Column(
        "nc4",
        "collapse",
        "NC4: not the nearest mean",
        r"\#\{\arg\max_cf_c\neq\arg\min_c\|h-\mu_c\|\}/N",
        "Share of training samples that the network, biases included, does not put into the class of the nearest mean.",
        PAPYAN,
        scale="fraction",
    ),
)
