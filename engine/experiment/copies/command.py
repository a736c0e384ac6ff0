"""Write an experiment as a command line of sh: a preset or a file with what is set of it, else the file itself."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from ..document import Document, to_toml
from ..toml_text import value_text
from .settings import settings_of

SHORT = {"run.steps": "--steps", "seed": "--seed", "replicas": "--replicas", "run.device": "--device"}
"""Fields that have an option of their own."""
BARE = re.compile(r"[A-Za-z_][\w./-]*")
"""Words that need no quotes on a command line: none that could be a number."""
TRUTHS = ("true", "false", "True", "False", "inf", "nan")
END = "END_OF_EXPERIMENT"
"""Behind the text of a file, longer where a line of the text is the same."""


def command(document: Document, known: Mapping[str, Document], *, steps: int | None = None) -> str:
    """Return a command line that trains a document.

    Args:
        document: what is trained; paths to its data as they are to stand in the command.
        known: experiments by what `marginlab run` calls them: the first that it can be made of by `--set` is taken.
        steps: where a run ends before its last step; None: as the document says.
    """
    for name, loaded in known.items():
        settings = settings_of(document, loaded)
        if settings is not None:
            if steps is not None:
                settings = settings | {"run.steps": steps}
            return shlex.join(["marginlab", "run", name, *options(settings)])
    file = shlex.quote(f"{_stem(document.base.title)}.toml")
    words = ["marginlab", "run", *([] if steps is None else ["--steps", str(steps)])]
    text, end = to_toml(document).rstrip(), END
    while end in text.split("\n"):
        end += "_"
    return f"cat > {file} <<'{end}'\n{text}\n{end}\n{shlex.join(words)} {file}"


def options(settings: Mapping[str, Any]) -> list[str]:
    """Return the words of a command line that set fields."""
    words: list[str] = []
    for path, value in settings.items():
        if path in SHORT:
            words += [SHORT[path], in_line(value)]
        else:
            words += ["--set", f"{path}={in_line(value)}"]
    return words


def in_line(value: Any) -> str:
    """Return a value in one line of TOML, as `--set` reads it; plain words without quotes."""
    if isinstance(value, str) and BARE.fullmatch(value) and value not in TRUTHS:
        return value
    return value_text(value)


def _stem(title: str) -> str:
    words = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()
    return words[:48].strip("-") or "experiment"
