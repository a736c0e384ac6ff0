"""The files a command leaves: tried before anything is trained, written as JSON that every reader takes."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..claims import Verdict
from ..experiment.claims import Claim
from ..experiment.document import Document
from ..files import STANDARD_OUTPUT, check_writable, is_standard_output, sweep_temporaries, write_whole
from ..words.errors import Refusal
from .signals import BrokenOff
from .training_run import Trained


class Outputs:
    """The files that a command was asked for: tried before its work, written after it, each on its own."""

    def __init__(
        self, paths: Mapping[str, Path | None], besides: Mapping[str, Path | None] | None = None
    ) -> None:
        """Try every file.

        Args:
            paths: by option; None where it was not given.
            besides: what else the command writes or reads, by the word that names it: no output takes its place.

        Raises:
            Refusal: where one cannot be written, or is another one's too.
        """
        self._paths = {option: path for option, path in paths.items() if path is not None}
        self._failures: list[Exception] = []
        sweep_temporaries()
        places = {_place(path): word for word, path in (besides or {}).items() if path is not None}
        for option, path in self._paths.items():
            check_writable(path, option)
            place = str(STANDARD_OUTPUT) if is_standard_output(path) else _place(path)
            if place != os.devnull and places.setdefault(place, option) != option:
                raise Refusal(option, str(path), f"is what {places[place]} names, too; choose another file")

    @property
    def words_go_to_stderr(self) -> bool:
        """Say whether standard output is one of the files."""
        return any(is_standard_output(path) for path in self._paths.values())

    def write(self, option: str, content: Callable[[], str | bytes]) -> None:
        """Write the file of an option, where there is one; what goes wrong is told by `raise_failures`."""
        path = self._paths.get(option)
        if path is not None:
            with self.apart():
                write_whole(path, content(), option)

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """Keep what goes wrong here from all other files."""
        try:
            yield
        except BrokenOff:
            self._failures.append(Refusal("", None, "a second Ctrl-C broke off what was being written"))
        except Exception as error:
            self._failures.append(error)

    def raise_failures(self) -> None:
        """Tell what could not be written, once all else is."""
        if len(self._failures) == 1:
            raise self._failures[0]
        if self._failures:
            raise ExceptionGroup("files that could not be written", self._failures)


def _place(path: Path) -> str:
    """Return where a path leads, by links or without."""
    try:
        return os.path.realpath(path)
    except ValueError:  # no system has it: whoever reads it says so
        return str(path)


def json_text(content: Any) -> str:
    """Return JSON text; numbers that are not finite become null."""
    return json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def run_json(trained: Trained) -> dict[str, Any]:
    """Return what the JSON of `run` says of one experiment, its claims apart."""
    history, started = trained.history, trained.history.started
    remarks = history.remarks | {r.title: r.remark for r in history.references if r.values and r.remark}
    return {
        "status": history.status,
        "steps": history.step,
        "seconds": history.seconds,
        "experiment": trained.experiment.model_dump(mode="json"),
        "final": {name: history.records.final(name).tolist() for name in history.records.names},
        "events": history.events,
        "edits": [asdict(edit) for edit in history.edits],
        "environment": dict(started.environment) if started is not None else {},
        "data": asdict(started.data) if started is not None and started.data is not None else None,
        **({"remarks": remarks} if remarks else {}),
    }


def claim_json(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    """Return what JSON says of a claim and its verdict."""
    return {
        "text": claim.text,
        "check": claim.check,
        "verdict": verdict.status,
        "expect": claim.expect,
        "value": verdict.values,
    }


def document_json(
    document: Document, trained: Sequence[Trained], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    """Return the JSON of `run`.

    One experiment: what it came to, with its claims. Several: that by name, each with the claims that are
    about it alone, and all claims.
    """
    pairs = list(zip(document.claims, verdicts, strict=True))
    claims = [claim_json(claim, verdict) for claim, verdict in pairs]
    if not document.variations:
        return {**run_json(trained[0]), "claims": claims}
    first = document.variations[0].name
    runs = {}
    for one in trained:
        own = [claim_json(c, v) for c, v in pairs if c.compare is None and (c.run or first) == one.name]
        runs[one.name] = {**run_json(one), "claims": own}
    return {"runs": runs, "claims": claims}
