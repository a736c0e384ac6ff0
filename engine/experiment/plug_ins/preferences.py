"""Which plug-ins the window lets in when it starts: what its user ticked, in a file that is none of Qt's or torch's."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...words.errors import Refusal, path_in_words


def preferences_file() -> Path:
    """Return where the names are kept, one a line; it need not be there."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "plug-ins.txt"


def preferred() -> list[str]:
    """Return the names of the plug-ins that are ticked; none where that cannot be read."""
    try:
        lines = preferences_file().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [name for line in lines if (name := line.strip())]


def prefer(names: Iterable[str]) -> None:
    """Let these plug-ins in, and no others, when the window starts next.

    Raises:
        Refusal: where that cannot be kept.
    """
    file = preferences_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{name}\n" for name in names), "utf-8")
    except OSError as error:
        raise Refusal("", path_in_words(file), f"cannot be written: {error.strerror or error}") from None
