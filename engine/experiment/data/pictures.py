"""Kinds of data that are pictures or signals."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..fields import Integers, field
from .common import DataSpec, Family, FileSpec


class DigitsSpec(DataSpec):
    """The 8 x 8 handwritten digits of scikit-learn."""

    title: ClassVar[str] = "Digits"
    help: ClassVar[str] = (
        "1,797 real handwritten digits, 8 x 8 pixels in [0, 1]; those not trained on are the test set."
    )
    source: ClassVar[str] = "UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998)"
    family: ClassVar[Family] = "others"
    own_split: ClassVar[bool] = True
    slow_start: ClassVar[bool] = True
    kind: Literal["digits"]
    classes: Literal["all"] | Integers = field("all", "classes", "'all', or a list of digits such as [3, 8].")
    train: int = field(500, "training points", "Number of training points; the others test.", ge=2)


class IdxSpec(FileSpec):
    """A folder of IDX files: MNIST and what is stored like it."""

    title: ClassVar[str] = "MNIST (IDX)"
    help: ClassVar[str] = (
        "A folder with the IDX files of MNIST, Fashion-MNIST, KMNIST, EMNIST or your own, packed or not; bytes become "
        "pixels in [0, 1], other numbers stay as they are; equally many of each class."
    )
    source: ClassVar[str] = "LeCun et al. 1998; Xiao et al. 2017; Clanuwat et al. 2018"
    family: ClassVar[Family] = "others"
    own_split: ClassVar[bool] = True
    reads: ClassVar[str] = "folder"
    known_names: ClassVar[tuple[str, ...]] = ("mnist", "fashion-mnist", "kmnist")
    downloads: ClassVar[bool] = True
    kind: Literal["idx"]
    folder: str = field(
        ...,
        "folder",
        "Relative to the experiment file: the folder, one of its files, or how their names begin "
        "(emnist/emnist-letters); or mnist, fashion-mnist, kmnist for one that was downloaded or installed.",
        min_length=1,
    )
    classes: Literal["all"] | Integers = field("all", "classes", "'all', or a list of labels such as [3, 8].")
    train: int = field(1000, "training images", "Number of training images; 0 takes all.", ge=0)
    test: int = field(
        1000,
        "test images",
        "Number of test images at most, from the t10k files or, without them, from what is not trained on; 0 "
        "takes all there are.",
        ge=0,
    )


class SignalsSpec(DataSpec):
    """One-dimensional templates, scaled, stretched, shifted and covered with correlated noise."""

    title: ClassVar[str] = "Signals"
    help: ClassVar[str] = (
        "Ten short waveforms in signals of 40 samples, each scaled, stretched, shifted and covered with "
        "correlated noise: one-dimensional digits."
    )
    source: ClassVar[str] = "after Greydanus 2020 (MNIST-1D), with templates of our own"
    family: ClassVar[Family] = "others"
    kind: Literal["signals"]
    n: int = field(400, "signals", "Number of signals, over all classes.", ge=2)
    classes: int = field(10, "classes", "How many of the ten waveforms.", ge=2)
    scale: float = field(
        0.25, "scaling", "Amplitudes lie between 1 - this and 1 + this.", ge=0, lt=1, varies=True
    )
    stretch: float = field(
        0.4,
        "stretching",
        "A waveform is 12 samples long, and up to this share longer.",
        ge=0,
        le=2,
        varies=True,
    )
    shift: float = field(
        0.8,
        "shift",
        "How far a waveform moves from the middle: 0 not at all, 1 up to either end.",
        ge=0,
        le=1,
        varies=True,
    )
    noise: float = field(
        0.15,
        "noise",
        "Standard deviation of the noise, which is correlated over some samples.",
        ge=0,
        varies=True,
    )
