"""Which kept points of a map are still what it says: other data and other labs make them stale, each in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.experiment.document import Document
from engine.experiment.networks import MlpSpec
from engine.protocol.points import PointResult
from engine.sweep import known, points
from engine.sweep.known import KnownPoints, are_other_files, known_points
from engine.sweep.points import lab_and_files, points_of
from tests.engine.sweep.material import SCALE, a_map


def kept(document: Document) -> dict[str, PointResult]:
    return {point.key: PointResult(point.number, "done", 20, 0.0) for point in points_of(document)}


def numbers(found: KnownPoints) -> list[int]:
    return sorted(found.results)


def test_what_is_kept_of_the_same_map_is_known() -> None:
    document = a_map(seeds=2)
    assert known_points(document, kept(document)) == KnownPoints(
        {number: PointResult(number, "done", 20, 0.0) for number in range(6)}
    )


def test_points_of_a_lab_whose_records_were_others_are_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    document = a_map()
    before = kept(document)
    monkeypatch.setattr(points, "RECORDS", points.RECORDS + 1)
    first = dict(list(kept(document).items())[:1])
    found = known_points(document, {**before, **first})
    assert numbers(found) == [0] and found.stale == "2 runs were trained by another version of the lab"


@pytest.fixture
def other_default() -> Iterator[None]:
    """Let the lab take other networks where nobody says their scale, as a later one might."""
    scale = MlpSpec.model_fields["output_scale"]
    before, scale.default = scale.default, 2.0
    points._fields_of.cache_clear()
    yield
    scale.default = before
    points._fields_of.cache_clear()


def test_of_a_map_that_was_trained_anew_in_part_every_point_of_the_other_lab_is_told(
    request: pytest.FixtureRequest,
) -> None:
    document = a_map(seeds=100)
    before = kept(document)
    request.getfixturevalue("other_default")
    anew = dict(list(kept(document).items())[:290])
    found = known_points(document, {**before, **anew})
    assert numbers(found) == list(range(290))
    assert found.stale == "10 runs were trained by another version of the lab"


def test_points_that_begin_alike_and_are_others_all_the_same_are_not_known() -> None:
    document = a_map(seeds=100)
    meant = kept(a_map(seeds=100, changes={"run.steps": 21}))
    found = known_points(document, {**meant, **dict(list(kept(document).items())[:100])})
    assert numbers(found) == list(range(100)) and "200 runs were trained by another" in found.stale


def test_every_kind_on_an_axis_has_keys_of_its_own() -> None:
    kinds = {"path": "data.kind", "values": ["circle", "xor"]}
    document = a_map([kinds, SCALE], changes={"data": {"kind": "circle"}})
    there = kept(document)
    assert numbers(known_points(document, there)) == list(range(6))
    assert len({lab_and_files(key) for key in there}) == 2


def on_files(folder: Path) -> Document:
    axis = {"path": "data.path", "values": ["a.csv", "b.csv"]}
    made = a_map([axis, SCALE], changes={"data": {"kind": "csv", "path": "a.csv"}})
    return made.model_copy(update={"folder": folder})


def test_points_on_a_file_that_was_changed_are_not_known_until_it_is_put_back(tmp_path: Path) -> None:
    document = on_files(tmp_path)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("a,b,label\n1,2,0\n3,4,1\n")
    before = kept(document)
    (tmp_path / "b.csv").write_text("a,b,label\n1,2,0\n3,5,1\n")
    found = known_points(document, before)
    assert numbers(found) == [0, 1, 2] and found.stale == "3 runs were trained before b.csv was changed"
    (tmp_path / "b.csv").write_text("a,b,label\n1,2,0\n3,4,1\n")
    assert numbers(known_points(document, before)) == list(range(6))
    files = known_points(document, before).files
    assert not are_other_files(document, files)
    (tmp_path / "b.csv").unlink()
    assert are_other_files(document, files)
    assert known_points(document, before).stale == "", "nobody knows"


def test_a_point_trained_alike_is_found_without_working_out_all(monkeypatch: pytest.MonkeyPatch) -> None:
    document = a_map(seeds=100)
    there, asked = kept(document), []
    worked_out = points.Keys.unseeded
    monkeypatch.setattr(known.Keys, "unseeded", lambda *said: asked.append(1) or worked_out(*said))
    assert len(known_points(document, there).results) == 300 and len(asked) <= known.SAMPLES + 1
    gone = {key: replace(result, point=999) for key, result in there.items()}
    assert known_points(document, gone).results == {}
