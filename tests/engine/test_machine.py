"""Cores and memory: what taskset, control groups and ulimit leave to this process, not what the machine has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import machine

MEBIBYTE = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="another system: there are no control groups")


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a place for what the kernel says, of a machine with 64 cores and 4 GiB free."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text("MemTotal: 8388608 kB\nMemAvailable:    4194304 kB\n")
    monkeypatch.setattr(machine, "PROC", tmp_path / "proc")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    return tmp_path / "proc"


def mounted(proc: Path, group: str, mounts: str) -> Path:
    """Say in which group this process is and where groups are mounted; return the top of the mounts."""
    top = proc.parent / "cgroup"
    (proc / "self" / "cgroup").write_text(group)
    (proc / "self" / "mountinfo").write_text(mounts.format(top=top))
    return top


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


SECOND = "41 31 0:38 {root} {{top}} rw,relatime - cgroup2 cgroup2 rw\n"


@linux
@pytest.mark.parametrize(("group", "root"), [("0::/slurm/job", "/"), ("0::/box/slurm/job", "/box")])
def test_the_tightest_group_counts(group: str, root: str, proc: Path) -> None:
    """Of the second version; in a container the mount itself is a group."""
    top = mounted(proc, f"{group}\n", SECOND.format(root=root))
    write(top, memory__max="max", cpu__max="max 100000")
    write(
        top / "slurm",
        memory__max=str(300 * MEBIBYTE),
        memory__current=str(100 * MEBIBYTE),
        memory__stat=f"anon 5\ninactive_file {40 * MEBIBYTE}",
        cpu__max="350000 100000",
    )
    write(top / "slurm" / "job", memory__max=str(2000 * MEBIBYTE), memory__high="max", cpu__max="max 100000")
    assert machine.memory_at_hand() == 240 * MEBIBYTE
    assert machine.memory_limit() == int(machine.SHARE * 240 * MEBIBYTE)
    assert machine.physical_memory() == 300 * MEBIBYTE
    assert machine.cores() == 3
    write(top / "slurm" / "job", memory__high=str(50 * MEBIBYTE), cpu__max="50000 100000")
    assert machine.memory_at_hand() == 50 * MEBIBYTE
    assert machine.cores() == 1


@linux
def test_groups_of_the_first_version(proc: Path) -> None:
    mounts = "".join(
        f"3{i} 31 0:3{i} / {{top}}/{name} rw - cgroup cgroup rw,{name}\n"
        for i, name in enumerate(("cpu,cpuacct", "memory"))
    )
    top = mounted(proc, "5:cpu,cpuacct:/job\n4:memory:/job\n1:name=systemd:/\n", mounts)
    write(top / "memory", memory__limit_in_bytes="9223372036854771712", memory__usage_in_bytes="7")
    write(
        top / "memory" / "job",
        memory__limit_in_bytes=str(90 * MEBIBYTE),
        memory__usage_in_bytes=str(80 * MEBIBYTE),
        memory__stat=f"total_inactive_file {20 * MEBIBYTE}",
    )
    write(top / "cpu,cpuacct" / "job", cpu__cfs_quota_us="200000", cpu__cfs_period_us="100000")
    assert machine.memory_at_hand() == 30 * MEBIBYTE
    assert machine.cores() == 2
    write(top / "cpu,cpuacct" / "job", cpu__cfs_quota_us="-1")
    assert machine.cores() == 64


@linux
def test_without_groups_it_is_the_machine(proc: Path) -> None:
    assert machine.memory_at_hand() == 4 * 2**30
    assert machine.cores() == 64
    mounted(proc, "0::/gone\n", SECOND.format(root="/"))
    assert machine.memory_at_hand() == 4 * 2**30
    assert machine.cores() == 64


@linux
def test_libraries_are_told_of_a_share_that_they_do_not_see(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("OMP", "OPENBLAS", "MKL"):
        monkeypatch.delenv(f"{library}_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    machine.limit_libraries()
    assert "OMP_NUM_THREADS" not in os.environ
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    write(mounted(proc, "0::/\n", SECOND.format(root="/")), cpu__max="200000 100000")
    machine.limit_libraries()
    assert [os.environ[f"{name}_NUM_THREADS"] for name in ("OMP", "OPENBLAS", "MKL")] == ["2", "2", "7"]
    for library in ("OMP", "OPENBLAS"):
        monkeypatch.delenv(f"{library}_NUM_THREADS")


@linux
def test_taskset_and_ulimit_are_kept_to() -> None:
    code = """
import os, resource
from engine import machine
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
resource.setrlimit(resource.RLIMIT_AS, (2**29, 2**29))
print(machine.cores(), 0 < machine.memory_at_hand() < 2**29, machine.physical_memory() <= 2**29)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "True", "True"]


@linux
def test_what_a_process_may_have_follows_what_is_free_and_what_it_has() -> None:
    code = """
import resource
from engine import machine
def asked():
    try:
        return len(bytearray(400 * 2**20)) > 0
    except MemoryError:
        return False
machine.memory_at_hand = lambda: 2**28  # as where another one takes it all
machine.give_way()
print(asked())
machine.memory_at_hand = lambda: 2**30
machine.give_way()
print(asked())
kept = bytearray(700 * 2**20)
machine.give_way()
print(asked())
resource.setrlimit(resource.RLIMIT_DATA, (2**20, 2**31))
machine.memory_at_hand = lambda: 2**40
machine.give_way()
print(resource.getrlimit(resource.RLIMIT_DATA) == (2**31, 2**31))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True", "True", "True"]
