"""Which data a run is of: checksums, and where data of before are read from now."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data import DataCheck, make_data, stand_in, where_data_lie
from engine.experiment.data import DataSpec
from engine.experiment.document import DocumentRef
from engine.experiment.experiment import with_values
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.inspection.inspected_run import InspectionCache
from engine.protocol.kernel import AskKernel
from engine.protocol.pictures import Subject
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import experiment, experiment_to_toml
from tests.engine.data.idx_files import write_set

ROWS = "".join(f"{np.cos(i):.3f},{np.sin(i):.3f},{i % 2}\n" for i in range(12))
OTHER = ROWS.replace("0.540", "0.541")


def csv(path: str) -> DataSpec:
    return with_values(experiment({}), {"data": {"kind": "csv", "path": path}}).data


def sha256_of(data: DataSpec, folder: Path) -> str:
    return DataCheck(data, folder).checksum([make_data(data, folder)])


def test_a_file_has_the_checksum_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    assert len(OTHER) == len(ROWS) and OTHER != ROWS
    assert sha256_of(csv("a.csv"), tmp_path) == hashlib.sha256(ROWS.encode()).hexdigest()
    (tmp_path / "b.csv").write_text(ROWS.replace(",", ";"))  # the same points in other words
    assert sha256_of(csv("b.csv"), tmp_path) != sha256_of(csv("a.csv"), tmp_path)


def test_a_set_of_files_is_another_with_each_of_them(tmp_path: Path) -> None:
    write_set(tmp_path / "set", [0, 1, 0, 1], [0, 1, 1], packed=False)
    data = with_values(experiment({}), {"data": {"kind": "idx", "folder": "set", "train": 0, "test": 0}}).data
    seen = {sha256_of(data, tmp_path)}
    files = sorted((tmp_path / "set").iterdir())
    for file in files:
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(bytes(content))
        seen.add(sha256_of(data, tmp_path))
    assert len(seen) == len(files) + 1


@pytest.mark.parametrize("said", [{"kind": "circle"}, {"kind": "points"}, {"kind": "blobs", "classes": 3}])
def test_data_that_are_made_have_the_checksum_of_their_arrays(said: dict[str, Any]) -> None:
    data = with_values(experiment({}), {"data": said}).data
    made = make_data(data)
    assert DataCheck(data, None).checksum([made]) == DataCheck(data, None).checksum([make_data(data)])
    for part in ("labels", "x_test", "labels_test"):
        other = replace(made, **{part: np.ones((1,) * getattr(made, part).ndim, getattr(made, part).dtype)})
        assert DataCheck(data, None).checksum([made]) != DataCheck(data, None).checksum([other]), part
    noisy = data.model_copy(update={"normalize": "unit-norm"})
    assert DataCheck(data, None).checksum([make_data(noisy)]) != DataCheck(data, None).checksum([made])


def test_a_file_that_changes_while_it_is_read_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    check = DataCheck(csv("a.csv"), tmp_path)
    made = make_data(csv("a.csv"), tmp_path)
    (tmp_path / "a.csv").write_text(OTHER + "1,1,1\n")
    with pytest.raises(Refusal, match=r"'a.csv' was changed while it was read"):
        check.checksum([made])


def places(tmp_path: Path, *, stored: str | None, beside: str | None) -> tuple[Path, KnownData]:
    """Make a folder of before and one of the session, each with such a file or none."""
    before, now = tmp_path / "before", tmp_path / "now"
    for folder, content in ((before, stored), (now, beside)):
        folder.mkdir()
        if content is not None:
            (folder / "a.csv").write_text(content)
    return before, KnownData(hashlib.sha256(ROWS.encode()).hexdigest(), str(now))


@pytest.mark.parametrize(
    ("stored", "beside", "taken"),
    [(ROWS, OTHER, "before"), (ROWS, None, "before"), (None, ROWS, "now"), (OTHER, ROWS, "now")],
)
def test_the_stored_folder_is_tried_first_then_the_session_s(
    stored: str | None, beside: str | None, taken: str, tmp_path: Path
) -> None:
    before, known = places(tmp_path, stored=stored, beside=beside)
    for path in ("a.csv", str(before / "a.csv"), "../before/a.csv"):
        data, folder = where_data_lie(csv(path), before, known)
        found = (folder / getattr(data, data.reads)).resolve()
        assert found == (tmp_path / taken / "a.csv").resolve()


@pytest.mark.parametrize(("stored", "beside"), [(OTHER, None), (None, OTHER), (OTHER, OTHER)])
def test_other_data_are_refused_by_name(stored: str | None, beside: str | None, tmp_path: Path) -> None:
    before, known = places(tmp_path, stored=stored, beside=beside)
    with pytest.raises(
        Refusal, match=r"data\.path: 'a\.csv' is no longer what this run was trained on \(.*a\.csv has"
    ) as refusal:
        where_data_lie(csv("a.csv"), before, known)
    # a new run would look where the experiment says, and there is nothing any more
    assert ("choose that file and press Run" in str(refusal.value)) is (stored is None)


def test_data_that_are_nowhere_are_refused_as_ever_and_those_of_earlier_labs_are_found(
    tmp_path: Path,
) -> None:
    before, known = places(tmp_path, stored=None, beside=None)
    with pytest.raises(Refusal, match="is not there"):
        where_data_lie(csv("a.csv"), before, known)
    (tmp_path / "now" / "a.csv").write_text(OTHER)
    unknown = KnownData("", known.beside)
    assert where_data_lie(csv("a.csv"), before, unknown) == (csv("a.csv"), tmp_path / "now")
    with pytest.raises(Refusal, match="is not there"):  # of that name there may be any
        where_data_lie(csv(str(before / "a.csv")), before, unknown)
    assert where_data_lie(csv("a.csv"), before, NOTHING_KNOWN) == (csv("a.csv"), before)


@pytest.mark.parametrize("path", ["a.csv", "../before/a.csv", "{}/before/a.csv"])
def test_a_new_run_takes_what_is_where_it_says_and_else_looks_beside_its_session(
    path: str, tmp_path: Path
) -> None:
    before, known = places(tmp_path, stored=OTHER, beside=ROWS)
    data, anew = csv(path.format(tmp_path)), replace(known, anew=True)
    assert stand_in(data, before, anew) == (data, before, "")  # whatever runs of before read
    (before / "a.csv").unlink()
    here = tmp_path / "now" / "a.csv"
    said, folder, words = stand_in(data, before, anew)
    assert (folder / said.path).resolve() == here  # type: ignore[attr-defined]
    assert "before/a.csv is not there; " in words and f"{here} is read in its place" in words
    assert "by its name" not in words
    here.write_text(OTHER)
    with pytest.raises(Refusal, match=r"'.*a\.csv' is not there, and .*now/a\.csv is another file than runs"):
        stand_in(data, before, anew)
    said, folder, words = stand_in(data, before, replace(anew, sha256=""))
    assert (folder / said.path).resolve() == here and "taken by its name" in words  # type: ignore[attr-defined]


def test_a_run_goes_on_and_is_looked_at_with_its_own_data_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    said = {"data": {"kind": "csv", "path": "a.csv"}, "run.steps": 20, "measure.groups": ["norms"]}
    one = experiment(said)
    first = Training(one, tmp_path)
    for _ in first.run():
        pass
    known, snapshot = KnownData(first.problem.sha256, str(tmp_path / "moved")), first.snapshot(resumable=True)
    longer = with_values(one, {"run.steps": 30})
    straight = Training(longer, tmp_path)
    for _ in straight.run():
        pass
    (tmp_path / "moved").mkdir()
    shutil.move(tmp_path / "a.csv", tmp_path / "moved" / "a.csv")
    moved = Training(longer, tmp_path, snapshot, known=known)
    for _ in moved.run():
        pass
    assert (moved.state.theta == straight.state.theta).all()
    (tmp_path / "moved" / "a.csv").write_text(OTHER)
    with pytest.raises(Refusal, match=r"a\.csv has changed since"):
        Training(longer, tmp_path, snapshot, known=known)
    ref = DocumentRef(experiment_to_toml(one), folder=str(tmp_path), known=known)
    question = AskKernel(Subject(1, "run", ref, 20, snapshot.arrays["theta"]))
    with pytest.raises(Refusal, match=r"a\.csv has changed since"):
        InspectionCache().at(question.subject, None)


def test_a_changed_time_alone_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    known = KnownData(sha256_of(csv("a.csv"), tmp_path))
    os.utime(tmp_path / "a.csv", (0, 0))
    assert where_data_lie(csv("a.csv"), tmp_path, known) == (csv("a.csv"), tmp_path)
