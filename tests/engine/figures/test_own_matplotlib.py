"""Figures are the same whatever matplotlib's user has set; settings that are broken break nothing here."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = """
import hashlib, locale, os
from engine.figures.draw import figure_bytes
from tests.engine.figures.material import request
for suffix in (".svg", ".png"):
    print(hashlib.sha256(figure_bytes(request("margins", 2, 1, 1), suffix)).hexdigest())
from gui.plots.formulas import render
print(hashlib.sha256(render(r"x_1^2 + \\theta").tobytes()).hexdigest())
print(locale.setlocale(locale.LC_NUMERIC), os.environ.get("MPLBACKEND"), os.getcwd() == os.environ["HERE"])
"""
OTHER = """
text.usetex: True
axes.formatter.use_locale: True
mathtext.default: bf
mathtext.fontset: stix
lines.linewidth: 9
savefig.bbox: tight
savefig.facecolor: red
path.sketch: 5, 100, 2
"""


def drawn(here: Path, **environment: str) -> list[str]:
    """Return what a process that is somewhere draws, as check sums, and how it leaves what is not its own."""
    here.mkdir(exist_ok=True)
    kept = {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": os.environ["MPLCONFIGDIR"], "HERE": str(here)}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        cwd=here,
        env={**os.environ, **kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_user_s_settings_change_no_figure_and_break_none(tmp_path: Path) -> None:
    plain = drawn(tmp_path / "plain")
    assert len({*plain[:3], hashlib.sha256(b"").hexdigest()}) == 4
    here, config = tmp_path / "here", tmp_path / "config"
    here.mkdir()
    (here / "matplotlibrc").write_text(OTHER)
    (config / "stylelib").mkdir(parents=True)
    # not to be decoded: reading it would be the end
    (config / "stylelib" / "broken.mplstyle").write_text("lines.linewidth: \u00e9\n", "latin-1")
    for fonts in Path(os.environ["MPLCONFIGDIR"]).glob("fontlist*"):
        (config / fonts.name).write_bytes(fonts.read_bytes())
    other = drawn(here, MPLBACKEND="no such thing", MPLCONFIGDIR=str(config), LC_ALL="de_DE.UTF-8")
    assert other[:3] == plain[:3]
    assert other[3] == f"{plain[3].split()[0]} no such thing True"
