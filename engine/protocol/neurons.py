"""The question for the units of a layer, and its answer: where they point, how far they have turned, what they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pictures import Picture, Question
from .records import Array
from .stored_steps import NO_STEPS, StoredSteps

MOST_UNITS = 1000
"""Units of a layer that are looked at; of more those of the longest weights."""
MOST_TILES = 400
"""Units whose weights are shown as pictures."""


@dataclass(frozen=True)
class UnitLayer:
    """A layer whose units can be looked at."""

    name: str
    """As the layer is called; '' of predictors that no layer is."""
    units: int
    word: str
    """What they are, in the plural: units, outputs, filters."""


@dataclass(frozen=True)
class AskNeurons(Question):
    """Look at the units of one layer."""

    layer: str = ""
    """Its name; '' for the first."""
    units: tuple[int, ...] | None = None
    """Which of its units, where it has more than are looked at; None: those of the longest weights."""
    stored: StoredSteps = NO_STEPS
    """Further steps to look at these units at."""


@dataclass(frozen=True)
class UnitsSeen:
    """U units at one step. Angles are in degrees; NaN where a vector is 0 and has no direction."""

    step: int
    norm: Array
    """||w_j|| (U,), w_j the weights that come in, the bias included where there is one."""
    turned: Array
    """The angle (U,) between w_j and w_j at the start."""
    leading: Array
    """The angle (U,), 0 to 90, between w_j and the layer's leading direction: the first right singular vector of the
    matrix of all w_j."""
    out: Array
    """||a_j|| (U,), a_j the weights that go out; NaN where no layer follows."""
    share: Array
    """sum_n ||a_j h_nj||_1 / sum_k sum_n ||a_k h_nk||_1 (U,), h_nj what unit j makes of sample n."""
    side: NDArray[np.int64]
    """What a unit speaks for (U,): the sign of its output weight, or the class of the largest; 0 or -1 for none."""
    slope: Array | None = None
    """(U, 2), how the unit's input grows with the two inputs, in raw units; up to a positive factor where every
    point is divided by its own norm. None where it is not linear in them, or they are not two."""
    offset: Array | None = None
    """(U,), that input at the origin: the line <slope, x> + offset = 0 is where the unit bends."""
    extremal: Array | None = None
    """The angle (U,) between w_j and the nearest extremal direction of its sign; None where these are not known."""


@dataclass(frozen=True)
class NeuronsReady(Picture):
    """The units of one layer at the step looked at, and at further steps."""

    layer: UnitLayer
    layers: tuple[UnitLayer, ...]
    """All that can be looked at, from the input up."""
    units: NDArray[np.int64]
    """Which units of the layer these are (U,)."""
    now: UnitsSeen
    stored: tuple[UnitsSeen, ...] = ()
    """The same at the further steps."""
    limit: UnitsSeen | None = None
    """The same in the direction of the limit that was predicted last, as of that step; None where none was."""
    classes: int = 2
    speaks: bool = True
    """Whether units speak for a class: their output weights are those of the network's outputs."""
    why_no_plane: str = ""
    """Why there are no arrows and lines over the data, where there are none."""
    why_no_share: str = ""
    """Why units have no share, where they have none."""
    extremes: Array | None = None
    """How the input of a unit grows (K, 2), in raw units, that points along an extremal direction, to which units turn
    first from a small start; None where these are not known, or there is no plane."""
    extreme_sides: NDArray[np.int64] | None = None
    """The sign (K,) of the output weights of units that they draw."""
    line: str = ""
    """What the lines in the plane are: kinks, or where a unit's input is 0; '' where they are none."""
    bias: bool = False
    """Whether w_j has a bias, or an appended constant, as its last number."""
    samples: int = 0
    """Training samples that shares are of."""
    tiles: NDArray[np.float32] | None = None
    """The weights of the first units as pictures (M, height, width); None where they are none."""
    points: Array | None = None
    """Raw training points (N, 2) beneath the arrows."""
    labels: NDArray[np.int64] | None = None
    view: float = 1.0
    """Half the side of the square that shows the points."""
    input_names: tuple[str, ...] = ()
    """What the data call their inputs; none where they do not say."""
    class_names: tuple[str, ...] = ()
    """What the data call their classes, in the order of labels."""

    @property
    def left_out(self) -> int:
        """Return how many units of the layer are not looked at."""
        return self.layer.units - len(self.units)
