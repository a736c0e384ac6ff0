"""The files a command leaves: checked before anything is trained, written as JSON that every reader takes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..claims import Verdict
from ..errors import Refusal
from ..experiment.claims import Claim
from ..experiment.document import Document
from ..files import write_whole
from .training_run import Trained


def check_writable(option: str, path: Path | None) -> None:
    """Refuse a file that could not be written, before the work whose results it is for.

    Raises:
        Refusal: where its folder is missing, or it is a folder.
    """
    if path is None:
        return
    if path.is_dir():
        raise Refusal(option, str(path), "is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise Refusal(option, str(path), "is in a folder that does not exist; make it first")


def write_json(path: Path | None, content: Any) -> None:
    """Write JSON; numbers that are not finite become null.

    Raises:
        Refusal: where the file cannot be written.
    """
    if path is not None:
        write_whole(path, json_text(content) + "\n", "--json")


def json_text(content: Any) -> str:
    """Return JSON text; numbers that are not finite become null."""
    return json.dumps(_finite(content), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def run_json(trained: Trained) -> dict[str, Any]:
    """Return what the JSON of `run` says of one experiment, its claims apart."""
    history = trained.history
    return {
        "status": history.status,
        "steps": history.step,
        "seconds": history.seconds,
        "experiment": trained.experiment.model_dump(mode="json"),
        "final": {name: history.records.final(name).tolist() for name in history.records.names},
        "events": history.events,
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
