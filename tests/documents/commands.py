"""Every command and option: the reference of `docs/command-line.md`."""

from __future__ import annotations

from typing import Any

from typer.main import get_command

from engine.cli.app import app
from engine.cli.status import Status
from engine.inspection.predictors import PREDICTORS

from .tables import code, table

STATUS = {
    Status.DONE: "done",
    Status.CLAIM: "a claim did not end as expected",
    Status.BAD_INPUT: "bad input: one sentence says what is wrong and what is allowed",
    Status.ENGINE: "the engine failed",
    Status.HUNG_UP: "the terminal was closed (SIGHUP); what was recorded is kept",
    Status.INTERRUPTED: "stopped by Ctrl-C (SIGINT); what was recorded is kept",
    Status.TERMINATED: "stopped by SIGTERM, as schedulers send it; what was recorded is kept",
}


def names() -> list[str]:
    """Return the words that begin a command line without a window."""
    return list(_commands())


def commands() -> str:
    """Return a section for every command: what it does, how it is written, its options."""
    return "\n\n".join(_section(name, command) for name, command in _commands().items())


def statuses() -> str:
    """Return what a command leaves behind for scripts."""
    return table(["exit status", "meaning"], [[str(int(status)), STATUS[status]] for status in Status])


def predictors() -> str:
    """Return what can stand beside the network in a surface."""
    return table(["`--comparator`", "what it is"], [[code(name), p.title] for name, p in PREDICTORS.items()])


def _commands() -> dict[str, Any]:
    group: Any = get_command(app)
    return dict(group.commands)


def _section(name: str, command: Any) -> str:
    rows = [_row(parameter) for parameter in command.params]
    head = f"### `{name}`\n\n{command.help}\n\n    {_usage(name, command.params)}"
    return f"{head}\n\n{table(['word or option', 'default', 'meaning'], rows)}" if rows else head


def _usage(name: str, parameters: list[Any]) -> str:
    needed = [_words(one) for one in parameters if one.required or one.param_type_name == "argument"]
    free = any(not one.required and one.param_type_name == "option" for one in parameters)
    return " ".join(["marginlab", name, *needed, *(["[OPTIONS]"] if free else [])])


def _row(parameter: Any) -> list[str]:
    shown = getattr(parameter, "show_default", None)
    value = shown if isinstance(shown, str) else parameter.default
    default = "" if value in (None, False, ()) else code(value)
    return [code(_words(parameter)), "required" if parameter.required else default, parameter.help or ""]


def _words(parameter: Any) -> str:
    value = parameter.metavar or parameter.name.upper()
    if parameter.param_type_name == "argument":
        return value
    return parameter.opts[0] if parameter.is_flag else f"{parameter.opts[0]} {value}"
