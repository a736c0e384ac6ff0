"""Compile the steps of all precisions ahead, each in a process of its own, and keep them: `python -m engine.steppers`.

With a precision: that one, in this process. The exit status is 1 where the code cannot be kept.
"""

from __future__ import annotations

import subprocess
import sys

import torch

from .ahead import command, surroundings
from .first_use import have_compiled, is_kept

PRECISIONS = ("float64", "float32")


def main(names: list[str]) -> int:
    """Compile them; say on stderr what takes time."""
    if len(names) == 1:
        return 0 if have_compiled(getattr(torch, names[0]), _say) else 1
    missing = [name for name in names or PRECISIONS if not is_kept(getattr(torch, name))]
    children = [subprocess.Popen(command(name), env=surroundings()) for name in missing]
    return max((child.wait() for child in children), default=0)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
