"""Which plug-ins the window lets in when it starts: what its user ticked, in a file that is none of Qt's or torch's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from ...words.errors import Refusal, path_in_words
from .installed import plain
from .loaded import WRONG, switch_on


def preferences_file() -> Path:
    """Return where the names are kept, one a line; it need not be there."""
    from platformdirs import user_data_path

    return user_data_path("margin-lab", appauthor=False) / "plug-ins.txt"


def preferred() -> list[str]:
    """Return the names of the plug-ins that are ticked; none where that cannot be read."""
    return _names_in(preferences_file())


def prefer(names: Iterable[str]) -> None:
    """Let these plug-ins in, and no others, when the window starts next: those, too, that it did not get beyond.

    Raises:
        Refusal: where that cannot be kept.
    """
    file = preferences_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{name}\n" for name in names), "utf-8")
    except OSError as error:
        raise Refusal("", path_in_words(file), f"cannot be written: {error.strerror or error}") from None
    _note_begun([])


def let_in_preferred() -> None:
    """Let the ticked plug-ins in, but for those that the lab did not get beyond when it started before.

    The name of one is kept in a file while it is let in, so that one that hangs, or ends the process, does so once.
    """
    left_out = {plain(name): name for name in _names_in(_begun_file())}
    for name in preferred():
        if plain(name) in left_out:
            WRONG[plain(name)] = (
                f"The plug-in {name} is left out: the lab did not get beyond it when it started before. "
                "Tick it anew under File, Plug-ins to try it once more."
            )
            continue
        _note_begun([*left_out.values(), name])
        switch_on([name])
        _note_begun(left_out.values())


def _begun_file() -> Path:
    """Return where the names stand of those that are being let in; it need not be there."""
    return preferences_file().with_name("plug-ins-begun.txt")


def _note_begun(names: Iterable[str]) -> None:
    text, file = "".join(f"{name}\n" for name in names), _begun_file()
    with contextlib.suppress(OSError):  # a disk that takes no note keeps no plug-in out
        if text:
            file.write_text(text, "utf-8")
        else:
            file.unlink(missing_ok=True)


def _names_in(file: Path) -> list[str]:
    """Return the names in a file, one a line; none where it cannot be read."""
    try:
        lines = file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [name for line in lines if (name := line.strip())]
