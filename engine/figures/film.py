"""Pictures one after the other as a film: GIF by Pillow, MP4 and WebM by PyAV, which brings its own encoder."""

from __future__ import annotations

import io
from fractions import Fraction
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from engine.words.errors import Refusal

from .thinning import evenly

if TYPE_CHECKING:
    from PIL.Image import Image

FILMS = (".gif", ".mp4", ".webm")
MOST_GIF_RATE = 50.0
"""Pictures a second: programs show faster ones at a tenth of their speed."""
VIDEO = {".mp4": ("libx264", "mp4"), ".webm": ("libvpx-vp9", "webm")}
"""Encoder and container by the kind of file."""
MOST_FRAMES = 1000
LEAST_RATE, MOST_RATE = 1.0, 60.0
"""Pictures a second."""
COLOURS = 255
LAST_SECONDS = 1.5
"""How long the last picture of a GIF stands before it begins again."""


def why_no_film(suffix: str) -> str:
    """Say why no film of a kind can be made here; '' where one can."""
    if suffix in VIDEO and find_spec("av") is None:
        return "MP4 and WebM need PyAV, which is not installed here: pip install 'margin-lab[video]'"
    return ""


def slower(suffix: str, rate: float) -> str:
    """Say how much slower than asked a film plays; '' where it does not."""
    if suffix != ".gif" or rate <= MOST_GIF_RATE:
        return ""
    return f"A GIF shows {MOST_GIF_RATE:g} pictures a second at most, not {rate:g}; MP4 and WebM show more."


def check_film(suffix: str, rate: float) -> None:
    """Refuse a film that cannot be made.

    Raises:
        Refusal: with the field.
    """
    if suffix not in FILMS:
        raise Refusal("format", suffix.removeprefix("."), "is no kind of film; choose gif, mp4 or webm")
    if why := why_no_film(suffix):
        raise Refusal("format", suffix[1:], f"cannot be written: {why}; or choose GIF")
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise Refusal("rate", rate, f"must be from {LEAST_RATE:g} to {MOST_RATE:g} pictures a second")


def steps_shown(steps: list[int], most: int) -> list[int]:
    """Return at most so many of the steps, evenly in their order, the first and the last among them."""
    return [steps[place] for place in evenly(len(steps), max(min(most, MOST_FRAMES), 2))]


def gif_times(count: int, rate: float) -> list[int]:
    """Return how many milliseconds each picture stands: whole hundredths of a second, as GIF has them, right in all.

    None is shorter than two of them: programs show those at a tenth of their speed.
    """
    ends = [round(100 * (place + 1) / min(rate, MOST_GIF_RATE)) for place in range(count)]
    times = [10 * (end - start) for start, end in pairwise([0, *ends])]
    return [*times[:-1], max(times[-1], round(1000 * LAST_SECONDS))]


class FilmWriter:
    """Takes pictures and makes a film of them; all are as large as the first."""

    def __init__(self, suffix: str, rate: float) -> None:
        """Begin a film.

        Raises:
            Refusal: where none of this kind can be made here, or the rate is none.
        """
        check_film(suffix, rate)
        self._suffix, self._rate = suffix, rate
        self._size: tuple[int, int] | None = None
        self._pictures: list[Image] = []
        self._buffer = io.BytesIO()
        self._container: Any = None
        self._stream: Any = None

    def add(self, png: bytes) -> None:
        """Add a picture."""
        from PIL import Image

        picture = Image.open(io.BytesIO(png)).convert("RGB")
        if self._size is None:  # encoders take even sizes alone
            self._size = (picture.width + picture.width % 2, picture.height + picture.height % 2)
        if picture.size != self._size:
            whole = Image.new("RGB", self._size, "white")
            whole.paste(picture, (0, 0))
            picture = whole
        if self._suffix in VIDEO:
            self._encode(picture)
        else:
            self._pictures.append(picture.quantize(COLOURS, dither=Image.Dither.NONE))

    def content(self) -> bytes:
        """Return the film.

        Raises:
            Refusal: where no picture was added.
        """
        if self._size is None:
            raise Refusal("", None, "there is no picture to make a film of")
        if self._suffix in VIDEO:
            for packet in self._stream.encode():
                self._container.mux(packet)
            self._container.close()
            return self._buffer.getvalue()
        times = gif_times(len(self._pictures), self._rate)
        first, *others = self._pictures
        first.save(
            self._buffer, "GIF", save_all=True, append_images=others, duration=times, loop=0, optimize=False
        )
        return self._buffer.getvalue()

    def _encode(self, picture: Image) -> None:
        import av

        if self._container is None:
            encoder, container = VIDEO[self._suffix]
            self._container = av.open(self._buffer, "w", format=container)
            self._stream = self._container.add_stream(
                encoder, rate=Fraction(self._rate).limit_denominator(1000)
            )
            self._stream.width, self._stream.height = picture.size
            self._stream.pix_fmt = "yuv420p"
            self._stream.options = {"crf": "18" if self._suffix == ".mp4" else "24", "b": "0"}
        for packet in self._stream.encode(av.VideoFrame.from_image(picture)):
            self._container.mux(packet)
