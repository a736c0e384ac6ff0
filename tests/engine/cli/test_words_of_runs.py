"""What the command line says of a run besides its numbers: what a kernel is of, and what would have fitted sooner."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engine.cli import main
from tests.engine.cli.material import TEXT
from tests.engine.references.test_contradiction import clusters


def written(folder: Path, text: str) -> str:
    file = folder / "experiment.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_a_kernel_of_a_subset_is_named_as_such(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the summary and in JSON, beside its margin and for every column that is of it."""
    monkeypatch.setattr("engine.kernels.samples.LARGEST", 6)
    file = tmp_path / "run.json"
    text = TEXT.replace("n = 4", "n = 12").replace('["margins", "norms"]', '["kernel"]')
    assert main(["run", written(tmp_path, text), "--json", str(file)]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert "; of a fixed class-balanced subset of 6 samples" in words
    assert "ntk_drift, ntk_alignment, ntk_target_alignment" in words
    assert ": kernel on a fixed class-balanced subset of 6 samples" in words
    remarks = json.loads(file.read_text("utf-8"))["remarks"]
    assert remarks["margin of the initial tangent kernel"] == "of a fixed class-balanced subset of 6 samples"
    assert "subset of 6 samples" in remarks["ntk_margin"] and "subset of 6 samples" in remarks["ntk_drift"]


@pytest.mark.parametrize("norm", ["l1", "l2", "linf"])
def test_a_margin_that_is_not_known_to_the_last_digits_says_so(
    norm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of coordinates on a map, in metres: margins of some hundredths beside lengths of 4.65e7.

    How much is lost of each margin is up to the processor.
    """
    file = tmp_path / "run.json"
    points, labels = clusters(1e-2)
    linear = TEXT.replace("widths = [3]", "widths = []").replace(
        "[optimizer]", f'[optimizer]\nnorm = "{norm}"'
    )
    for offset, is_lost in (((5e6, 4.65e7), True), ((0.0, 0.0), False)):
        x = [[a + offset[0], b + offset[1], 1.0] for a, b in points.tolist()]
        data = f'[data]\nkind = "points"\nx = {x}\ny = {labels.astype(int).tolist()}\n'
        text = linear.replace('[data]\nkind = "circle"\nn = 4\nphase = 0.5\n', data)
        assert main(["run", written(tmp_path, text), "--json", str(file)]) == 0
        words = " ".join(capsys.readouterr().out.split())
        remarks = json.loads(file.read_text("utf-8")).get("remarks", {})
        gaps = {}
        for title in ("l1 margin", "l-infinity margin", "hard-margin SVM"):
            said = re.search(rf"{title}: [\d.e-]+; solved to a relative gap of ([\d.]+e-\d\d)", words)
            assert remarks.get(title) == (f"solved to a relative gap of {said[1]}" if said else None)
            gaps |= {} if said is None else {title: float(said[1])}
        assert bool(gaps) == is_lost and all(1e-9 <= gap < 1e-5 for gap in gaps.values())


def test_safe_steps_that_fit_too_slowly_say_what_fits_sooner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.training.hints.LONG", 40)
    constant = TEXT.replace("eta = 0.05", "eta = 1e-12")
    safe = TEXT.replace('{ kind = "constant", eta = 0.05 }', '{ kind = "safe", kappa = 1e-9 }')
    fitting = TEXT.replace('{ kind = "constant", eta = 0.05 }', '{ kind = "safe" }')
    cases = ((safe, "40", True), (safe, "39", False), (constant, "40", False), (fitting, "300", False))
    for text, steps, said in cases:
        assert main(["run", written(tmp_path, text), "--steps", steps, "--set", "network.widths=[12]"]) == 0
        words = " ".join(capsys.readouterr().out.split())
        assert (
            "(not every sample is fitted: safe steps are short until then; a line search" in words
        ) == said
