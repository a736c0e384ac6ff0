"""The JSON files of `marginlab bench`: written, read, and put together."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..bench import BenchFound, found_adapter
from ..files import is_standard_output
from ..words.errors import Refusal, one_line


def bench_json(found: BenchFound) -> dict[str, Any]:
    """Return what JSON says of a bench."""
    return dataclasses.asdict(found)


def read_benches(paths: Sequence[Path], option: str) -> BenchFound:
    """Read files that were measured in pieces; where several have a figure, the last one's counts.

    Raises:
        Refusal: where one is none of them, or was measured elsewhere than the first.
    """
    found = [_read(path, option) for path in paths]
    for path, other in zip(paths, found, strict=True):
        if unlike := other.unlike(found[0]):
            raise Refusal(option, str(path), f"was measured otherwise than {paths[0]}: {', '.join(unlike)}")
    return reduce(BenchFound.joined, found)


def _read(path: Path, option: str) -> BenchFound:
    if is_standard_output(path):
        raise Refusal(option, str(path), "has to be a file that `marginlab bench --json` wrote")
    try:
        return found_adapter().validate_json(path.read_bytes())
    except OSError as error:
        raise Refusal(option, str(path), f"cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        remedy = f"is no file that `marginlab bench --json` of this version wrote: {place}: {one_line(first['msg'])}"
        raise Refusal(option, str(path), remedy) from error
