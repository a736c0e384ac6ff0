"""The lab opens no socket of the internet that nobody asked for: not at its start, not in a run, not in a command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import no_network

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(not no_network.POSSIBLE, reason="another system: its kernel takes no filter")
EXPERIMENT = """version = 1
data = { kind = "circle", n = 6 }
network = { kind = "mlp", widths = [4] }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
run = { steps = 30 }
"""
COMMANDS = """
from engine.cli import main
assert main(["run", "tiny.toml", "--out", "tiny.mlab", "--csv", "tiny.csv", "--json", "tiny.json"]) == 0
assert main(["export", "tiny.mlab", "--figure", "margins", "--out", "margins.pdf"]) == 0
for command in ("presets", "devices"):
    assert main([command]) == 0
"""
WINDOW = """
import sys
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

class Person(QObject):
    status = ""

    @Slot()
    def begin(self):
        self.window = next(w for w in QApplication.topLevelWidgets() if w.objectName() == "main_window")
        self.window.model.trainer.run_ended.connect(self.see)
        self.window.model.transport.run_anew()

    @Slot(str)
    def see(self, id):
        Person.status = str(self.window.model.run_list.get(id).status)
        self.window.close()

if __name__ == "__main__":
    from tests.no_network import forbid
    forbid()
    from gui.app import open_lab
    app = QApplication(["margin-lab"])
    person = Person()
    QTimer.singleShot(0, person.begin)
    assert open_lab("tiny.toml") == 0
    assert Person.status == "done", Person.status
"""


def run(code: str, here: Path) -> subprocess.CompletedProcess[str]:
    (here / "tiny.toml").write_text(EXPERIMENT)
    script = here / "script.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}")
    return subprocess.run([sys.executable, script], cwd=here, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6"])
def test_the_guard_ends_who_opens_one(family: str, tmp_path: Path) -> None:
    """Also in what a process starts; sockets within the machine stay allowed."""
    inner = f"import socket; socket.socketpair(); socket.socket(socket.{family})"
    code = (
        "import subprocess\nfrom tests.no_network import forbid\nforbid()\n"
        f"print(subprocess.run([sys.executable, '-c', {inner!r}]).returncode)"
    )
    assert run(code, tmp_path).stdout.split() == [str(no_network.KILLED)]


def test_commands_open_none(tmp_path: Path) -> None:
    done = run(f"from tests.no_network import forbid\nforbid()\n{COMMANDS}", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "margins.pdf").exists()


def test_the_window_and_its_engine_open_none(tmp_path: Path) -> None:
    done = run(WINDOW, tmp_path)
    assert done.returncode == 0, done.stderr
