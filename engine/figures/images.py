"""What pictures of values share: colours even about zero, a frame all round, a slim colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .plots import NEGATIVE, POSITIVE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.image import AxesImage


def even_image(axes: Axes, values: NDArray[np.floating], level: float, **how: Any) -> AxesImage:
    """Draw values (H, W) in colours from -level to level, white at zero; `how` goes to `imshow`."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("diverging", [NEGATIVE, "#ffffff", POSITIVE])
    return axes.imshow(values, cmap=colours, vmin=-level, vmax=level, **how)


def frame(axes: Axes) -> None:
    """Draw a line on all four sides."""
    for spine in axes.spines.values():
        spine.set_visible(True)


def colour_bar(image: AxesImage, beside: Axes | list[Axes], **how: Any) -> Colorbar:
    """Put an image's colour bar beside some axes; `how` goes to matplotlib."""
    figure = image.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=beside, **how)
    bar.outline.set_linewidth(0.4)
    return bar
