"""The template of plug-ins as an installed package, in a folder of a test: its metadata, and a link to its modules."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "examples" / "plug_in"


def install(folder: Path) -> Path:
    """Lay the template out as pip would, and return the folder, to be put on the path."""
    project = tomllib.loads((TEMPLATE / "pyproject.toml").read_text("utf-8"))["project"]
    entry_points = ""
    for group, entries in project["entry-points"].items():
        entry_points += f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
    (folder / "margin_template").symlink_to(TEMPLATE / "margin_template")
    described(folder, project["name"], project["version"], entry_points, project["description"])
    return folder


def described(folder: Path, name: str, version: str, entry_points: str, summary: str = "") -> None:
    """Write the metadata of a package."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    said = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nAuthor: Ada\nSummary: {summary}\n"
    (info / "METADATA").write_text(said, "utf-8")
    (info / "entry_points.txt").write_text(entry_points, "utf-8")


def python(code: str, *folders: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python that finds packages in these folders, too."""
    paths = os.pathsep.join(map(str, (ROOT, *folders)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stderr
    return done
