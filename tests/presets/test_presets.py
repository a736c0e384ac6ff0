"""The shipped presets: they read well, their data are found, and their claims end as they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import load_preset, presets
from engine.claims import judge_all
from engine.data import make_data
from engine.experiment.columns import COLUMNS, column
from engine.experiment.document import parse, to_toml
from engine.experiment.experiment import with_values
from engine.records import RunLog
from engine.training import Training

SHIPPED = [entry.id for entry in presets() if not entry.own]
FIRST = ["circle-global-margin", "deep-linear-alignment", "digits-two-step-rules", "rings-ntk"]


def test_the_presets_that_the_lab_opens_with_are_there() -> None:
    assert set(FIRST) <= set(SHIPPED)
    assert [id for id in SHIPPED if id in FIRST] == FIRST
    assert all(not entry.error for entry in presets())


@pytest.mark.parametrize("id", SHIPPED)
def test_it_says_what_it_shows(id: str) -> None:
    document = load_preset(id)
    about = document.about
    assert document.base.title and len(document.base.title) < 90
    assert about.paper and about.theorem.endswith(".") and about.look_for.endswith(".")
    assert document.claims
    assert len({claim.text for claim in document.claims}) == len(document.claims)
    for claim in document.claims:
        assert column(claim.of), f"{claim.of} is no column"
        assert all(column(b) for b in (claim.at_least, claim.at_most) if isinstance(b, str))
        assert any(c.name == claim.against for c in COLUMNS) or claim.against == "step"
    entry = next(entry for entry in presets() if entry.id == id)
    assert (entry.title, entry.paper, entry.look_for) == (document.base.title, about.paper, about.look_for)


@pytest.mark.parametrize("id", SHIPPED)
def test_it_survives_its_own_file(id: str) -> None:
    document = load_preset(id)
    assert parse(to_toml(document), document.folder) == document


@pytest.mark.parametrize("id", SHIPPED)
def test_its_data_are_found(id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Wherever the lab is started from."""
    monkeypatch.chdir(tmp_path)
    document = load_preset(id)
    for experiment in document.experiments().values():
        data = make_data(experiment.data, document.folder)
        assert len(data.x) >= 2 and np.isfinite(data.x).all()


def test_a_replica_of_the_first_preset_is_its_own_run() -> None:
    base = with_values(
        load_preset(FIRST[0]).base, {"run.steps": 2500, "measure.groups": ["margins", "layers"]}
    )
    runs = [Training(with_values(base, change)) for change in ({"replicas": 4}, {"seed": 3})]
    for training in runs:
        for _ in training.run():
            pass
    together, alone = (training.log.records for training in runs)
    for name in alone.names:
        np.testing.assert_allclose(together.final(name)[3], alone.final(name)[0], 1e-9, 1e-12, err_msg=name)


# what the papers' acceptance asks beyond the claims (theory.md 8), by preset


def circle(logs: dict[str, RunLog]) -> None:
    records = logs[""].records
    assert records.final("normalized_margin")[0] / (0.0461480 / 2) >= 0.999
    assert records.final("cos_gradient")[0] >= 0.999
    assert records.final("log_loss")[0] < -30
    assert records.final("margin_ratio")[0] <= 1


def deep_linear(logs: dict[str, RunLog]) -> None:
    log = logs[""]
    names = log.records.names
    assert log.records.final("margin_ratio")[0] >= 0.99
    assert all(log.records.final(n)[0] <= 1e-2 for n in names if n.startswith("layer_rank_ratio"))
    assert all(log.records.final(n)[0] >= 1 - 1e-6 for n in names if n.startswith("layer_alignment"))
    assert log.records.final("layer_norm_drift")[0] <= 1e-2
    assert log.records.final("cos_reference")[0] >= 0.9999
    assert 1 - log.records.final("cos_gradient")[0] <= 1e-3
    assert log.counters["smoothed_margin_decreases"][0] == 0


def digits(logs: dict[str, RunLog]) -> None:
    constant, based = logs["constant"].records, logs["loss-based"].records
    assert constant.final("accuracy")[0] == based.final("accuracy")[0] == 1
    assert based.final("layer_product_margin")[0] >= 1.8 * constant.final("layer_product_margin")[0]
    assert abs(based.final("test_accuracy")[0] - constant.final("test_accuracy")[0]) < 0.02
    assert based.final("log_loss")[0] <= -20 * np.log(10) and constant.final("log_loss")[0] > -2 * np.log(10)
    assert logs["constant"].events["separated_step"] == [None]


def rings(logs: dict[str, RunLog]) -> None:
    records = logs[""].records
    cosine = records.column("ntk_prediction_cosine")[:, 0]
    fitted = logs[""].events["fitted_step"][0]
    assert fitted is not None and np.nanmax(cosine) >= 0.97
    assert np.nanmax(cosine) - records.final("ntk_prediction_cosine")[0] >= 0.02
    final = records.column("prediction_cosine_final")[records.steps >= fitted, 0]
    final = final[~np.isnan(final)]
    assert len(final) > 3 and final[-1] == 1 and (np.diff(final) > 0).all()


ACCEPTANCE: dict[str, Callable[[dict[str, RunLog]], None]] = dict(
    zip(FIRST, (circle, deep_linear, digits, rings), strict=True)
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("id", SHIPPED)
def test_its_claims_end_as_it_says(id: str) -> None:
    """Half a minute each, a minute and a half in all on two cores."""
    document = load_preset(id)
    logs: dict[str, RunLog] = {}
    for name, experiment in document.experiments().items():
        training = Training(experiment, document.folder)
        for _ in training.run():
            pass
        logs[name] = training.log
        assert training.log.status == "done"
    for claim, verdict in zip(document.claims, judge_all(document, logs), strict=True):
        assert verdict.as_expected, f"{claim.text}: {verdict.status}. {verdict.sentence}"
    if id in ACCEPTANCE:
        ACCEPTANCE[id](logs)
