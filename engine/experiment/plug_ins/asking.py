"""How plug-ins are asked, whose code nobody here has read: what goes wrong is a sentence that names whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...words.errors import Refusal, is_out_of_memory, one_line


def asked(field: str, name: str, what: str, ask: Callable[[], Any]) -> Any:
    """Return what a plug-in answers.

    Args:
        field: the dotted field that chose what it brings.
        name: what it brings.
        what: it would do, as sentences go on: 'to make its module'; '' for nothing that is worth a word.
        ask: asks it.

    Raises:
        Refusal: where it fails.
    """
    try:
        return ask()
    except Refusal:
        raise
    except Exception as error:
        said = one_line(str(error)) or "it did not say why"
        fails = f"fails {what}" if what else "fails"
        if is_out_of_memory(error):
            raise refused(field, name, f"{fails}: the machine has too little memory for it") from error
        raise refused(field, name, f"{fails}: {type(error).__name__}, {said}") from error


def refused(field: str, name: str, why: str) -> Refusal:
    """Return what says that something of a plug-in is not what it must be."""
    return Refusal(field, name, why)
