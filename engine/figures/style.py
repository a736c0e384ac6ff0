"""How figures look and how they become files: real millimetres, fonts as text, the same bytes every time."""

from __future__ import annotations

import contextlib
import io
import shutil
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.figures.origin import FileAbout
from engine.figures.own_matplotlib import own_settings
from engine.words.errors import Refusal, path_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

StyleName = Literal["paper", "slides"]
STYLES: tuple[StyleName, ...] = ("paper", "slides")
Family = Literal["sans", "serif", "times"]
FONTS: dict[Family, tuple[str, list[str], str]] = {
    "sans": ("sans-serif", ["DejaVu Sans", "Verdana", "sans-serif"], "dejavusans"),
    "serif": ("serif", ["DejaVu Serif", "serif"], "dejavuserif"),
    "times": ("serif", ["STIXGeneral", "DejaVu Serif", "serif"], "stix"),
}
"""Of text, with what stands in where letters are missing, and of formulas: matplotlib brings them all."""
SUFFIXES = (".pdf", ".svg", ".png", ".pgf")
TEX = ("xelatex", "lualatex", "pdflatex")
"""What measures the text of a PGF file, the one preferred first."""
MILLIMETRE = 1 / 25.4
"""In inches."""
INK = "#262626"
FAINT = "#8a8a8a"
MOST_MM, LEAST_MM = 2000.0, 25.0
MOST_DOTS = 100_000_000
"""Of a PNG file, which takes memory for each."""


@dataclass(frozen=True)
class Style:
    """Sizes in points."""

    font: float
    line: float
    dpi: int
    """Of PNG files, and of images within the others."""
    family: Family = "sans"
    formulas: bool = True
    """Whether legends of few columns give their formulas."""
    moments: bool = True
    """Whether it is drawn where runs are fitted and separated."""


def style(name: StyleName, width_mm: float) -> Style:
    """Return the sizes of a style: those of a paper's column, or larger ones that grow with a slide."""
    if name == "paper":
        return Style(font=7.5, line=1.1, dpi=300)
    font = min(max(0.075 * width_mm, 8.0), 20.0)
    return Style(font=font, line=0.13 * font, dpi=200)


def check_size(width_mm: float, height_mm: float | None) -> None:
    """Refuse a size that no page has.

    Raises:
        Refusal: with the field.
    """
    for field, value in (("width_mm", width_mm), ("height_mm", height_mm)):
        if value is not None and not LEAST_MM <= value <= MOST_MM:
            raise Refusal(field, value, f"must be from {LEAST_MM:g} to {MOST_MM:g} millimetres")


def suffix_of(path: Path) -> str:
    """Return the kind of file that a path asks for.

    Raises:
        Refusal: where no figure is of that kind.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise Refusal(
            "", path_in_words(path), f"is no kind of figure; let the name end in {', '.join(SUFFIXES)}"
        )
    return suffix


@contextlib.contextmanager
def dressed(look: Style) -> Iterator[None]:
    """Let matplotlib draw and write in a style, whatever the user's own settings are."""
    family, fonts, formulas = FONTS[look.family]
    small = 0.9 * look.font
    thin = max(0.5, 0.5 * look.line)
    ours: dict[str, Any] = {
        "font.family": family,
        f"font.{family}": fonts,
        "font.size": look.font,
        "mathtext.fontset": formulas,
        "axes.labelsize": look.font,
        "axes.titlesize": 1.1 * look.font,
        "axes.titlelocation": "left",
        "axes.labelcolor": INK,
        "axes.edgecolor": INK,
        "axes.linewidth": thin,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.formatter.useoffset": False,
        "axes.formatter.use_mathtext": True,
        "axes.formatter.limits": (-4, 6),
        "text.color": INK,
        "lines.linewidth": look.line,
        "lines.scale_dashes": True,
        "legend.fontsize": small,
        "legend.frameon": False,
        "legend.handlelength": 2.4,
        "legend.handletextpad": 0.6,
        "legend.columnspacing": 1.4,
        "legend.labelspacing": 0.35,
        "legend.borderaxespad": 0.2,
        "figure.constrained_layout.h_pad": 0.02,
        "figure.constrained_layout.w_pad": 0.02,
        "pdf.fonttype": 42,  # TrueType: text stays text, as journals ask
        "ps.fonttype": 42,
        "svg.fonttype": "none",
        "svg.hashsalt": "margin-lab",
        "pgf.texsystem": latex() or TEX[0],
        "pgf.rcfonts": False,  # text is set in the font of the document that takes the figure
        "savefig.dpi": look.dpi,
        "figure.dpi": 100,
    }
    for axis in ("xtick", "ytick"):
        ours |= {
            f"{axis}.labelsize": small,
            f"{axis}.color": INK,
            f"{axis}.direction": "out",
            f"{axis}.major.size": 0.4 * look.font,
            f"{axis}.minor.size": 0.22 * look.font,
            f"{axis}.major.width": thin,
            f"{axis}.minor.width": 0.7 * thin,
        }
    with own_settings(ours), warnings.catch_warnings():
        # a run's name may hold letters that the font lacks; the figure is then drawn with boxes for them
        warnings.filterwarnings("ignore", message=r"Glyph .* missing")
        yield


def latex() -> str:
    """Return the LaTeX that is installed here; '' for none."""
    return next((name for name in TEX if shutil.which(name)), "")


def why_not(suffix: str) -> str:
    """Say why no file of a kind can be written here; '' where one can."""
    if suffix != ".pgf" or latex():
        return ""
    return f"PGF needs LaTeX to measure text, and none of {', '.join(TEX)} is installed here"


def to_bytes(figure: Figure, suffix: str, about: FileAbout) -> bytes:
    """Return a figure as a file's content, inside `dressed`; without a date: the same bytes every time.

    Raises:
        Refusal: where no file of that kind can be written here, or what is drawn has no room.
    """
    if why := why_not(suffix):
        raise Refusal("format", suffix[1:], f"cannot be written: {why}; choose PDF or SVG")
    if suffix == ".png":
        _check_dots(figure)
    buffer = io.BytesIO()
    said: dict[str, Any] = {} if suffix == ".pgf" else {"metadata": about.metadata(suffix)}
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="constrained_layout not applied")
        try:
            figure.savefig(buffer, format=suffix[1:], **said)
        except UserWarning:
            raise Refusal(
                "",
                None,
                "there is too little room for what is to be drawn; make it larger, or its fonts smaller",
            ) from None
    if suffix == ".pgf":
        return about.comment.encode() + buffer.getvalue()
    return buffer.getvalue()


def file_of(
    draw: Callable[[Style], Figure],
    suffix: str,
    about: FileAbout,
    *,
    width_mm: float,
    style_name: StyleName,
    height_mm: float | None = None,
) -> bytes:
    """Return the content of a figure's file ('.pdf', '.svg', '.png'), drawn in a style.

    Raises:
        Refusal: where the size is none.
    """
    check_size(width_mm, height_mm)
    look = style(style_name, width_mm)
    with dressed(look):
        return to_bytes(draw(look), suffix, about)


def _check_dots(figure: Figure) -> None:
    """Refuse a picture of more dots than memory is taken for."""
    from matplotlib import rcParams

    width, height = (int(side * rcParams["savefig.dpi"]) for side in figure.get_size_inches())
    if width * height > MOST_DOTS:
        dots = f"{width:,} x {height:,} dots, and {MOST_DOTS:,} in all are the most"
        raise Refusal(
            "", None, f"the picture has {dots}; make it smaller, its resolution lower, or choose PDF"
        )


def written(text: str, field: str) -> str:
    """Return text that may have $formulas$.

    Raises:
        Refusal: where one of them cannot be set.
    """
    from matplotlib.cbook import is_math_text
    from matplotlib.mathtext import MathTextParser

    for line in text.split("\n"):
        try:
            if is_math_text(line):
                MathTextParser("path").parse(line)
        except (ValueError, RecursionError) as error:
            why = str(error).strip().rpartition("\n")[2].partition("  (at char")[0]
            words = why.removeprefix("ParseFatalException: ").removeprefix("ParseException: ")
            raise Refusal(field, text, f"has a formula that cannot be set: {words}") from None
    return text


def axis_titles(names: Sequence[str]) -> tuple[str, str]:
    """Return the titles of the axes of a plane of inputs, by the data's own names where they have them."""
    first, second = names if len(names) == 2 else ("", "")
    return plain(first) or "$x_1$", plain(second) or "$x_2$"


def plain(text: str) -> str:
    """Return text as matplotlib is to show it: dollars stay dollars, a leading underscore hides nothing."""
    text = " ".join(text.split()).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text
