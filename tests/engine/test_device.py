"""Devices, precision, memory and threads; what is not there is refused before anything is allocated."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from engine import device, machine
from engine.experiment.experiment import Experiment
from engine.experiment.run import RunSpec
from engine.run import problem
from engine.run.problem import prepare
from engine.words.errors import Refusal
from tests.engine.cases import experiment, trained


def test_the_processor_is_always_there() -> None:
    first = device.devices()[0]
    assert first.name == "cpu" and first.title and first.memory > 0 and first.float64
    assert device.resolve(RunSpec(device="cpu"), 0) == (torch.device("cpu"), torch.float64)
    assert device.resolve(RunSpec(device="auto", dtype="float32"), 1e3) == (
        torch.device("cpu"),
        torch.float32,
    )


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (
            {"device": "cuda"},
            "run.device: 'cuda' is not available: no CUDA device is there; choose auto or cpu",
        ),
        ({"device": "cuda:3"}, "run.device: 'cuda:3' is not available"),
        ({"device": "mps"}, "run.device: 'mps' is not available on this machine; choose auto or cpu"),
    ],
)
def test_devices_that_are_not_there(
    run: dict[str, Any], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(Refusal) as caught:
        device.resolve(RunSpec(**run), 1e12)
    assert str(caught.value).startswith(sentence)
    assert device.resolve(RunSpec(), 1e12)[0] == torch.device("cpu")


def test_devices_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    card = SimpleNamespace(name="A card", total_memory=2**34)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda i: card)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(device, "free_memory", lambda there: 2**34)
    assert [d.name for d in device.devices()] == ["cpu", "cuda:0", "cuda:1", "mps"]
    assert device.resolve(RunSpec(device="cuda:1"), 0)[0] == torch.device("cuda:1")
    assert device.resolve(RunSpec(device="cuda"), 0)[0] == torch.device("cuda:0")
    with pytest.raises(Refusal, match=r"there are 2, numbered from 0"):
        device.resolve(RunSpec(device="cuda:2"), 0)
    # auto: small work stays on the processor
    assert device.resolve(RunSpec(), 1e4)[0] == torch.device("cpu")
    assert device.resolve(RunSpec(), 1e12)[0] == torch.device("cuda:0")
    with pytest.raises(Refusal, match=r"run\.dtype: 'float64' is not available on mps"):
        device.resolve(RunSpec(device="mps"), 0)
    assert device.resolve(RunSpec(device="mps", dtype="float32"), 0) == (torch.device("mps"), torch.float32)
    with pytest.raises(Refusal, match=r"and cuda:0 has 16\.0 GiB free"):
        device.check_memory(2**35, torch.device("cuda:0"))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"replicas": 10**6, "network.widths": [1000]}, "replicas"),
        ({"network.widths": [10**6, 10**6]}, "network.widths"),
        ({"data.n": 10**10}, "data.n"),
        ({"data": {"kind": "blobs", "n": 10**5}, "network.widths": [10**6]}, "network.widths"),
        ({"run.steps": 10**12, "measure.every": 1}, "measure.every"),
    ],
)
def test_more_memory_than_there_is_is_refused_before_anything_is_made(
    said: dict[str, Any], field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(*_: object) -> None:
        raise AssertionError("something was made")

    monkeypatch.setattr(problem, "build", made)
    monkeypatch.setattr(problem.DataCheck, "made", made)
    monkeypatch.setattr(Experiment, "members", made)
    with pytest.raises(Refusal) as caught:
        prepare(experiment(said))
    assert caught.value.field == field
    assert "GiB" in str(caught.value) or "TiB" in str(caught.value)


def test_threads() -> None:
    """As asked for, as far as there are cores; small products are done by one."""
    assert device.threads_for(RunSpec(), 1e3) == 1
    assert device.threads_for(RunSpec(threads=1), 1e12) == 1
    cores = machine.cores()
    assert device.threads_for(RunSpec(threads=10**6), 1e3) == cores
    assert device.threads_for(RunSpec(), 1e12) == max(1, min(cores - 1, 8))


def test_computing_restores_what_it_changed() -> None:
    before = torch.get_num_threads()

    def fail() -> None:
        with device.computing(before + 1):
            assert torch.get_num_threads() == before + 1 and not torch.is_grad_enabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert torch.get_num_threads() == before and torch.is_grad_enabled()


def test_a_run_says_what_reproducing_it_needs() -> None:
    training = trained({"run.steps": 1})
    assert {"python", "torch", "numpy", "device", "threads"} <= training.environment.keys()
    assert training.environment["torch"] == torch.__version__


def test_float32_runs_follow_float64_runs() -> None:
    said = {"run.steps": 60, "measure.groups": ["margins", "norms", "directions"], "replicas": 2}
    double, single = trained(said), trained({**said, "run.dtype": "float32"})
    assert single.state.theta.dtype == torch.float32
    assert torch.allclose(single.state.theta.double(), double.state.theta, atol=1e-4)
    late = {"log_rate", "norm_growth"}  # the time is about 1, where its logarithm has no precision
    for name in set(double.history.records.names) - late:
        found, expected = single.history.records.final(name), double.history.records.final(name)
        assert found == pytest.approx(expected, rel=1e-2, abs=1e-3, nan_ok=True), name


@pytest.mark.skipif(sys.platform != "linux", reason="another C library")
def test_memory_that_nothing_needs_goes_back_to_the_system() -> None:
    code = """
from pathlib import Path
from engine import device
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
kept = [bytearray(60_000) for _ in range(5_000)]
between = bytearray(100)
full = resident()
del kept
device.return_freed_memory()
print(full - resident() > 200_000_000)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
