"""Every experiment that the model allows runs, or says in a sentence why it does not."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.experiment.columns import column
from engine.experiment.document import document_from, parse
from engine.experiment.experiment import experiment_from
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine import drawn
from tests.engine.cases import experiment_to_toml, tables, trained


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    drawn.write_files(folder)
    return folder


DEAD = tables(
    {"data": {"kind": "points", "x": [[1.0, 1.0], [0.5, 1.0]], "y": [1.0, -1.0]}, "network.widths": [1]}
)
DEAD_EVERYWHERE = {**DEAD, "seed": 3, "replicas": 3, "run": {"steps": 8}}
ONE_OF_TWO_DIVERGES = {
    "version": 1,
    "data": {"kind": "modular", "modulus": 3},
    "network": {"kind": "mlp", "widths": []},
    "loss": {"kind": "exponential"},
    "optimizer": {"kind": "sgd"},
    "measure": {},
    "run": {"steps": 5, "device": "auto"},
    "replicas": 2,
}


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@example(
    {**tables(), "network": {"kind": "mlp", "widths": [3], "init": {"kind": "zeros"}}, "run": {"steps": 3}}
)
@example(DEAD_EVERYWHERE)
@example(ONE_OF_TWO_DIVERGES)
@given(drawn.experiments())
def test_every_experiment_runs(files: Path, said: dict[str, Any]) -> None:
    text = experiment_to_toml(experiment_from(said))
    try:
        training = Training(parse(text, files).base, files)
    except Refusal as refusal:
        refused = refusal
    else:
        check_run(training, said)
        return
    assert re.match(r"[a-z_.\[\]0-9]+: .+ ", str(refused)), refused


def check_run(training: Training, said: dict[str, Any]) -> None:
    """Train, and look at everything that is left behind."""
    steps = [batch.steps[-1] for batch in training.run() if batch is not None]
    log = training.history
    assert log.finished and log.status in ("done", "diverged")
    assert (log.status == "diverged") == ("diverged" in training.sentence)
    records = log.records
    assert records.replicas == experiment_from(said).replicas == training.problem.replicas
    assert records.steps[0] == 0 and records.steps[-1] == training.step in steps
    assert (np.diff(records.steps) > 0).all()
    if log.status == "done" and not training.sentence and "loss-based" not in str(said["optimizer"]):
        assert training.step == said["run"]["steps"]
    if log.status == "done":
        for replica in range(records.replicas):  # of one that diverged there is nothing from there on
            lost = log.lost(replica)
            has_values = np.isfinite(records.column("log_loss")[:, replica])
            assert (has_values == (True if lost is None else records.steps < lost)).all()
        assert np.isfinite(training.state.theta.numpy()).all()
    else:
        assert f"diverged after step {training.step}" in training.sentence
    for name in records.names:
        assert column(name) is not None, name
        assert not np.isinf(records.column(name)).any(), name
        assert records.column(name).shape == (len(records), records.replicas)
    for events in log.events.values():
        assert all(step is None or 0 <= step <= training.step + 1 for step in events)
    decays = training.experiment.optimizer.weight_decay > 0  # then nothing is counted
    assert all((np.isfinite(values) & (values >= 0) | decays).all() for values in log.counters.values())


@settings(max_examples=40)
@given(drawn.experiments(), st.randoms(use_true_random=False))
def test_a_letter_too_few_is_refused_with_the_nearest_name(said: dict[str, Any], random: Any) -> None:
    """Misspell a key or a word anywhere in an experiment that is right."""
    places = [(path, word) for path, word in words(said) if len(word) > 3]
    path, word = random.choice(places)
    i = random.randrange(1, len(word))
    wrong = word[:i] + word[i + 1 :]
    spoiled = replaced(said, path, word, wrong)
    with pytest.raises(Refusal) as caught:
        document_from(spoiled)
    suggested = re.search(r"did you mean '(.*)'\?", str(caught.value))
    assert suggested is not None
    # 'beta' is as near to beta1 as to beta2
    assert likeness(suggested.group(1).rpartition(".")[2], wrong) >= likeness(word, wrong)


def likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, second, first).ratio()


FREE = {"title", "path", "folder", "vary", "x", "y", "seed"}


def words(said: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    """Return every key with its own path, and every choice of a word with the path of its key."""
    found: list[tuple[tuple[str, ...], str]] = []
    for key, value in said.items():
        if key in FREE:
            continue
        if key != "kind":  # without it nothing is known of the other names
            found.append(((*path, key), key))
        if isinstance(value, dict):
            found += words(value, (*path, key))
        elif isinstance(value, str) and key not in ("device", "groups", "train", "classes"):
            found.append(((*path, key), value))
    return found


def replaced(said: dict[str, Any], path: tuple[str, ...], word: str, wrong: str) -> dict[str, Any]:
    """Return a copy with a key, or the value under it, misspelt."""
    head, *rest = path
    if rest:
        return {**said, head: replaced(said[head], tuple(rest), word, wrong)}
    if word == head:
        return {(wrong if key == head else key): value for key, value in said.items()}
    return {**said, head: wrong}


def test_the_presets_networks_in_small() -> None:
    """Ten digits with replicas: images, biases in the first layer, a test set, mini-batches, two step rules."""
    for step in ({"kind": "constant", "eta": 0.1}, {"kind": "loss-based"}):
        said = {
            "data": {"kind": "digits", "train": 60},
            "network": {"kind": "mlp", "widths": [8], "bias": "first", "init": {"kind": "he", "bias": 0.1}},
            "loss": {"kind": "cross-entropy", "reduction": "mean"},
            "optimizer": {"kind": "sgd", "batch": 20, "replacement": False, "step": step},
            "replicas": 2,
            "run.steps": 60,
        }
        training = trained(said)
        records = training.history.records
        assert training.history.status == "done" and training.step == 60
        assert (records.final("accuracy") > 0.3).all() and (records.final("test_accuracy") > 0.2).all()
        assert records.column("log_loss")[-1].max() < records.column("log_loss")[0].min()
