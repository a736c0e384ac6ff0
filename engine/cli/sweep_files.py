"""The files of `marginlab sweep`: one row a point and seed as CSV, and everything as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from ..claims import Verdict
from ..experiment.claims import Claim
from ..experiment.document import Document
from ..experiment.toml_text import value_text
from ..figures.table import name_cell
from ..protocol.points import PointResult
from ..sweep.points import Point
from .outputs import claim_json


def csv_of(document: Document, points: Sequence[Point], results: Mapping[int, PointResult]) -> str:
    """Return `point`, `seed`, the axes, `status`, `steps`, last values, events and verdicts: a row a point and seed."""
    assert document.sweep is not None, "it is a map"
    paths = [axis.path for axis in document.sweep.axes]
    known = [results[point.number] for point in points if point.number in results]
    finals = list(dict.fromkeys(name for result in known for name in result.last_values))
    events = list(dict.fromkeys(name for result in known for name in result.events))
    claims = max((len(result.verdicts) for result in known), default=0)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    verdicts = [f"claim.{k + 1}" for k in range(claims)]
    writer.writerow(["point", "seed", *map(name_cell, paths), "status", "steps", *finals, *events, *verdicts])
    for point in points:
        result = results.get(point.number)
        if result is None:
            continue
        last = result.last_values
        writer.writerow(
            [
                point.setting.number,
                point.experiment.seed,
                *(name_cell(value_text(point.setting.values[path])) for path in paths),
                result.status,
                result.step,
                *(repr(last[name]) if name in last else "" for name in finals),
                *(result.events.get(name, "") for name in events),
                *(result.verdicts[k] if k < len(result.verdicts) else "" for k in range(claims)),
            ]
        )
    return stream.getvalue()


def json_of(
    document: Document,
    points: Sequence[Point],
    results: Mapping[int, PointResult],
    judged: Sequence[tuple[Claim, Verdict]],
    status: str,
) -> dict[str, Any]:
    """Return the JSON of `sweep`: axes, points with what became of them, and all claims."""
    assert document.sweep is not None, "it is a map"
    return {
        "status": status,
        "axes": [axis.model_dump(mode="json", exclude_none=True) for axis in document.sweep.axes],
        "points": [_point(point, results[point.number]) for point in points if point.number in results],
        "claims": [claim_json(claim, verdict) for claim, verdict in judged],
    }


def _point(point: Point, result: PointResult) -> dict[str, Any]:
    return {
        "point": point.setting.number,
        "seed": point.experiment.seed,
        "values": dict(point.setting.values),
        "status": result.status,
        "steps": result.step,
        **({"why": result.why} if result.why else {}),
        "final": dict(result.last_values),
        "events": dict(result.events),
        "claims": list(result.verdicts),
    }
