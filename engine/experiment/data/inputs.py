"""Kinds of data of many inputs: separable by a plane, by few inputs, by a teacher, by group, by a sum."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..fields import field
from .common import DataSpec, Family


class HyperplaneSpec(DataSpec):
    """Gaussian points on both sides of a random hyperplane through the origin."""

    title: ClassVar[str] = "Hyperplane"
    help: ClassVar[str] = (
        "Gaussian points labelled by a random hyperplane, pushed away from it by a margin: linearly separable."
    )
    family: ClassVar[Family] = "inputs"
    kind: Literal["hyperplane"]
    n: int = field(40, "points", "Number of points.", ge=2)
    d: int = field(10, "dimension", "Number of inputs.", ge=1)
    margin: float = field(0.1, "margin", "Smallest distance from the hyperplane.", ge=0, varies=True)
    sparse: int = field(
        0,
        "sparsity",
        "How many inputs the label depends on, the first ones, on all of them alike; 0: all, as chance has it.",
        ge=0,
    )


class PlantedSpec(DataSpec):
    """Linear data whose maximum margin, its direction and its support vectors are known exactly."""

    title: ClassVar[str] = "Planted"
    help: ClassVar[str] = (
        "Points whose hard-margin separator is known by construction: a random direction, the margin that you "
        "say, and as many support vectors, all of equal weight."
    )
    family: ClassVar[Family] = "inputs"
    kind: Literal["planted"]
    n: int = field(40, "points", "Number of points.", ge=2)
    d: int = field(10, "dimension", "Number of inputs.", ge=1)
    margin: float = field(
        0.5, "margin", "The maximum margin, in the Euclidean norm.", symbol=r"\gamma", gt=0, varies=True
    )
    support: int = field(3, "support vectors", "Points that lie exactly on the margin.", ge=1)
    gap: float = field(
        0.5, "gap", "How much further than the margin all other points are, at least.", gt=0, varies=True
    )


class ParitySpec(DataSpec):
    """Signs whose first k multiply to the label."""

    title: ClassVar[str] = "Parity"
    help: ClassVar[str] = (
        "Points of the cube {±1}^d/√d, all of them or a sample; the label is the product of the first k "
        "signs. k = 2 is XOR."
    )
    source: ClassVar[str] = "Telgarsky 2022"
    family: ClassVar[Family] = "inputs"
    kind: Literal["parity"]
    d: int = field(4, "dimension", "Number of inputs.", symbol="d", ge=1)
    k: int = field(2, "sparsity", "How many inputs the label depends on: the first ones.", symbol="k", ge=1)
    n: int = field(0, "points", "Points drawn from the cube, with replacement; 0 takes the whole cube.", ge=0)


class TeacherSpec(DataSpec):
    """Gaussian points labelled by a random two-layer ReLU network."""

    title: ClassVar[str] = "Teacher"
    help: ClassVar[str] = (
        "Gaussian points labelled by the sign of a random two-layer ReLU network without biases, which a wide "
        "enough student of the same kind can match."
    )
    source: ClassVar[str] = "after Tsilivis et al. 2024"
    family: ClassVar[Family] = "inputs"
    kind: Literal["teacher"]
    d: int = field(10, "dimension", "Number of inputs.", symbol="d", ge=1)
    n: int = field(100, "points", "Number of points.", ge=2)
    width: int = field(
        4, "width", "The teacher's hidden units: half of them add, half of them subtract.", ge=2
    )
    sparse: int = field(0, "sparsity", "How many inputs the teacher looks at, the first ones; 0: all.", ge=0)
    margin: float = field(
        0.0,
        "margin",
        "Points at which the teacher's output is smaller in size than this are drawn anew; its typical size is "
        "about 0.6.",
        ge=0,
        varies=True,
    )


class TokensSpec(DataSpec):
    """Sequences of tokens of which one decides the label."""

    title: ClassVar[str] = "Tokens"
    help: ClassVar[str] = (
        "Sequences of tokens, a row each, for attention to choose from: a token's first number says how much it "
        "speaks for a label, its others are noise. One token of each sequence speaks for the label fully, the rest "
        "less."
    )
    source: ClassVar[str] = "after Ataee Tarzanagh, Li, Thrampoulidis & Oymak 2023"
    family: ClassVar[Family] = "inputs"
    kind: Literal["tokens"]
    n: int = field(10, "sequences", "Number of sequences; their labels alternate.", ge=2)
    tokens: int = field(
        4, "tokens", "Tokens of a sequence; one of them, at a random place, is relevant.", symbol="T", ge=2
    )
    d: int = field(8, "dimension", "Numbers of a token.", symbol="d", ge=2)
    spread: float = field(
        0.0,
        "spread of scores",
        "The relevant token scores 1, the label times its first number; all others score between this and minus this, "
        "at random: at 0 they are alike, and near 1 it pays almost as much to choose another.",
        ge=0,
        lt=1,
        varies=True,
    )


class CollapseSpec(DataSpec):
    """Groups around unit directions, each group close to its own and far from all others."""

    title: ClassVar[str] = "Groups"
    help: ClassVar[str] = (
        "Groups in small balls around unit directions: a point's correlation with its own direction is near 1, "
        "with every other near the one that you say. The neural-collapse setting."
    )
    source: ClassVar[str] = "after Telgarsky 2022; Papyan, Han & Donoho 2020"
    family: ClassVar[Family] = "inputs"
    kind: Literal["collapse"]
    n: int = field(40, "points", "Number of points, over all groups.", ge=2)
    d: int = field(8, "dimension", "Number of inputs.", ge=1)
    classes: int = field(4, "classes", "Number of classes.", ge=2)
    groups: int = field(
        0, "groups", "Number of groups, which go to the classes in turn; 0: one for each class.", ge=0
    )
    correlation: float = field(
        0.0,
        "correlation",
        "Cosine between any two directions: 0 orthogonal, -1/(groups - 1) a simplex.",
        ge=-1,
        lt=1,
        varies=True,
    )
    spread: float = field(
        0.2, "spread", "Radius of a group: no correlation is off by more.", ge=0, varies=True
    )


class ModularSpec(DataSpec):
    """Addition modulo a number, learned from one-hot pairs."""

    title: ClassVar[str] = "Modular sum"
    help: ClassVar[str] = (
        "Every pair (a, b) as two one-hot codes side by side, with the class (a + b) mod p; hold a part out "
        "with the test fraction."
    )
    source: ClassVar[str] = "after Power et al. 2022; Morwani et al. 2024"
    family: ClassVar[Family] = "inputs"
    kind: Literal["modular"]
    modulus: int = field(
        7, "modulus", "Number of values that a and b take, and of classes.", symbol="p", ge=2
    )
