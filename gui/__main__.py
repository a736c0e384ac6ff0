"""Where `marginlab` begins: commands without a window go to the engine, before anything of Qt is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from difflib import get_close_matches
from os.path import isdir, isfile
from pathlib import Path

from engine.cli import COMMANDS
from engine.cli.words import forgiving_output, warn
from engine.machine import limit_libraries


def main(arguments: Sequence[str] | None = None) -> int:
    """Obey a command, or open the lab with a file; return the exit status."""
    limit_libraries()
    words = sys.argv[1:] if arguments is None else list(arguments)
    ticked = words[:1] != ["--no-plugins"]
    named, words = _plug_ins_before(words if ticked else words[1:])
    if words and words[0] in COMMANDS:
        words[1:1] = [option for name in named for option in ("--plugin", name)]
    if words and (words[0] in COMMANDS or words[0].startswith("-")):
        from engine.cli import main as obey

        return obey(words)
    with forgiving_output():
        problem = _why_not_open(words)
        if problem:
            warn(problem)
            return 2
        return _open_lab(Path(words[0]) if words else None, named, ticked=ticked)


def _plug_ins_before(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the plug-ins that are named before everything else, and what follows."""
    named: list[str] = []
    while words and words[0].startswith("--plugin"):
        option, equals, name = words[0].partition("=")
        taken = 1 if equals else 2
        if option != "--plugin" or len(words) < taken:
            break
        named.append(name if equals else words[1])
        words = words[taken:]
    return named, words


def _why_not_open(words: Sequence[str]) -> str:
    """Say why the lab cannot be opened with these words, '' where it can."""
    if len(words) > 1 and isfile(words[0]):
        return f"The lab opens one file at a time; leave out {' '.join(words[1:])}."
    if not words or isfile(words[0]):
        return ""
    if isdir(words[0]):
        return f"'{words[0]}' is a folder; name a session or an experiment file."
    from engine.catalog import presets

    ids = [entry.id for entry in presets()]
    if words[0] in ids:
        return (
            f"'{words[0]}' is a preset; `marginlab run {words[0]}` runs it, and the lab's gallery opens it."
        )
    close = get_close_matches(words[0], [*COMMANDS, *ids], n=1, cutoff=0.5)
    remedy = f"did you mean '{close[0]}'?" if close else f"commands: {', '.join(COMMANDS)}"
    return f"'{words[0]}' is neither a command nor a file; {remedy}"


def _let_in(plug_ins: Sequence[str], *, ticked: bool) -> None:
    """Let plug-ins in, before anything that shows kinds or columns is imported."""
    if plug_ins:
        from engine.experiment.plug_ins.loaded import switch_on

        switch_on(plug_ins)
    if ticked:
        from engine.experiment.plug_ins.preferences import let_in_preferred

        let_in_preferred()


def _open_lab(file: Path | None, plug_ins: Sequence[str], *, ticked: bool) -> int:
    """Open the window with plug-ins, and those that its user ticked; return the exit status when it has closed."""
    _let_in(plug_ins, ticked=ticked)
    try:
        from gui.app import open_lab
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("PySide6"):
            raise  # a fault of ours, not of the system
        warn(f"The window cannot start: {error}. `python run.py` says which library is missing.")
        return 3
    return open_lab(file)


if __name__ == "__main__":
    sys.exit(main())
