"""The shipped presets: they read well, their data are found, and their claims end as they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import load_preset, presets
from engine.claims import judge_all
from engine.data import make_data
from engine.experiment.claims import EVENT_STEPS
from engine.experiment.document import Document, parse, to_toml
from engine.experiment.experiment import with_values
from engine.protocol.run_history import RunHistory
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.training.loop import Training

from .mutations import MUTATIONS, Mutation, claim_of, judged, outcome

ENTRIES = {entry.id: entry for entry in presets() if not entry.own}
SHIPPED = list(ENTRIES)
FIRST = ["circle-global-margin", "digits-two-step-rules", "rings-ntk", "deep-linear-alignment"]


def test_the_presets_that_the_lab_opens_with_are_there() -> None:
    assert set(FIRST) <= set(SHIPPED)
    assert SHIPPED[0] == FIRST[0] and [id for id in SHIPPED if id in FIRST] == FIRST
    assert all(not entry.error for entry in presets())


@pytest.mark.parametrize("id", SHIPPED)
def test_it_says_what_it_shows(id: str) -> None:
    document = load_preset(id)
    about = document.about
    assert document.base.title and len(document.base.title) < 90
    assert about.paper and about.theorem.endswith(".") and about.look_for.endswith(".")
    assert document.claims
    assert len({claim.text for claim in document.claims}) == len(document.claims)
    entry = ENTRIES[id]
    assert (entry.title, entry.paper, entry.look_for) == (document.base.title, about.paper, about.look_for)


@pytest.mark.parametrize("id", SHIPPED)
def test_it_says_how_long_it_takes_and_ends_with_presets_to_try_next(id: str) -> None:
    about = load_preset(id).about
    assert about.seconds and 1 <= len(about.try_next) <= 3
    assert set(about.try_next) <= set(SHIPPED) - {id}
    assert ENTRIES[id].try_next == about.try_next and ENTRIES[id].reading == about.path
    kinds = {experiment.network.kind for experiment in load_preset(id).experiments().values()}
    assert set(ENTRIES[id].networks) == kinds


def test_every_preset_is_met_by_going_on_from_the_first() -> None:
    met: set[str] = set()
    ahead = [FIRST[0]]
    while ahead:
        id = ahead.pop()
        met.add(id)
        ahead += set(ENTRIES[id].try_next) - met
    assert met == set(SHIPPED)


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
    together, alone = (training.history.records for training in runs)
    for name in alone.names:
        np.testing.assert_allclose(together.final(name)[3], alone.final(name)[0], 1e-9, 1e-12, err_msg=name)


# what the papers' acceptance asks beyond the claims (theory.md 8), by preset


def circle(logs: dict[str, RunHistory]) -> None:
    records = logs[""].records
    assert records.final("normalized_margin")[0] / (0.0461480 / 2) >= 0.999
    assert records.final("cos_gradient")[0] >= 0.999
    assert records.final("log_loss")[0] < -30
    assert records.final("margin_ratio")[0] <= 1


def deep_linear(logs: dict[str, RunHistory]) -> None:
    log = logs[""]
    names = log.records.names
    assert log.records.final("margin_ratio")[0] >= 0.99
    assert all(log.records.final(n)[0] <= 1e-2 for n in names if n.startswith("layer_rank_ratio."))
    assert all(log.records.final(n)[0] >= 1 - 1e-6 for n in names if n.startswith("layer_alignment."))
    assert log.records.final("layer_norm_drift")[0] <= 1e-2
    assert log.records.final("cos_reference")[0] >= 0.9999
    assert 1 - log.records.final("cos_gradient")[0] <= 1e-3
    assert log.counters["smoothed_margin_decreases"][0] == 0


def rings(logs: dict[str, RunHistory]) -> None:
    records = logs[""].records
    cosine = records.column("ntk_prediction_cosine")[:, 0]
    fitted = logs[""].events["fitted_step"][0]
    assert fitted is not None and np.nanmax(cosine) >= 0.97
    assert np.nanmax(cosine) - records.final("ntk_prediction_cosine")[0] >= 0.02
    final = records.column("prediction_cosine_final")[records.steps >= fitted, 0]
    final = final[~np.isnan(final)]
    assert len(final) > 3 and final[-1] == pytest.approx(1, abs=1e-12) and (np.diff(final) > 0).all()


ACCEPTANCE: dict[str, Callable[[dict[str, RunHistory]], None]] = dict(
    zip((FIRST[0], *FIRST[2:]), (circle, rings, deep_linear), strict=True)
)


WHOLE = (*ACCEPTANCE, "lyu-li-line-search", "papyan-neural-collapse")
"""Those that take a few seconds; `marginlab verify` runs all of them to the end, in ten minutes or more."""


def logs_of(id: str, steps: int | None = None) -> tuple[Document, dict[str, RunHistory]]:
    """Train every experiment of a preset, for so many steps or to its end."""
    document, logs = load_preset(id), {}
    for name, experiment in document.experiments().items():
        shortened = with_values(experiment, {"run.steps": steps}) if steps else experiment
        training = Training(shortened, document.folder)
        for _ in training.run():
            pass
        logs[name] = training.history
        assert training.history.status == "done"
    return document, logs


@pytest.mark.parametrize("id", WHOLE)
def test_its_claims_end_as_it_says(id: str) -> None:
    document, logs = logs_of(id)
    for claim, verdict in zip(document.claims, judge_all(document, logs), strict=True):
        assert verdict.as_expected, f"{claim.text}: {verdict.status}. {verdict.sentence}"
    if id in ACCEPTANCE:
        ACCEPTANCE[id](logs)


@pytest.mark.parametrize("id", sorted(set(SHIPPED) - set(WHOLE)))
def test_its_claims_are_about_what_it_measures(id: str) -> None:
    """Its first steps: every column that a claim names is there."""
    document, logs = logs_of(id, steps=2)
    if document.sweep is not None:
        names = logs[""].records.names
        assert {claim.of for claim in document.claims} <= {*names, *EVENT_STEPS}
        assert set(document.sweep.columns) <= set(names)
        return
    for claim, verdict in zip(document.claims, judge_all(document, logs), strict=True):
        assert "was not measured" not in verdict.sentence, f"{claim.text}: {verdict.sentence}"


@pytest.mark.parametrize("id", [id for id in SHIPPED if load_preset(id).sweep is not None])
def test_a_map_has_few_points_and_each_is_allowed(id: str) -> None:
    document = load_preset(id)
    points = list(points_of(document))
    assert ENTRIES[id].is_map and 3 < len(points) <= 500
    assert all(claim.about_a_map for claim in document.claims)
    assert sum(task.seconds for task in planned(document, points)) < 120  # of one core, by sizes alone


def test_there_are_presets_of_every_paper() -> None:
    """By theory section 8: at least 24, the ones that break a theorem among them."""
    assert len(SHIPPED) >= 24
    papers = " ".join(load_preset(id).about.paper for id in SHIPPED)
    for name in (
        "Soudry", "Gunasekar", "Tsilivis", "Zhang", "Wang", "Ji & Telgarsky 2019", "Lyu & Li 2020", "Cai",
        "Ji & Telgarsky 2020", "Schechtman", "Telgarsky 2022", "Papyan", "Kunin", "Chizat & Bach",
    ):  # fmt: skip
        assert name in papers, name
    expected = {claim.expect for id in SHIPPED for claim in load_preset(id).claims}
    assert expected == {"holds", "fails", "void"}


@pytest.mark.parametrize(
    "mutation", [m for m in MUTATIONS if m.quick], ids=lambda m: f"{m.preset}: {m.claim}"
)
def test_a_claim_fails_of_a_preset_with_one_thing_wrong(mutation: Mutation) -> None:
    verdict = judged(mutation)
    assert outcome(verdict) == "fails", verdict.sentence


def test_some_claim_of_every_check_is_seen_to_fail() -> None:
    used = {claim.check for id in SHIPPED for claim in load_preset(id).claims}
    assert {claim_of(mutation).check for mutation in MUTATIONS if mutation.quick} == used


def test_every_mutation_is_about_a_claim() -> None:
    for mutation in MUTATIONS:
        assert claim_of(mutation).expect == "holds" or not mutation.quick
