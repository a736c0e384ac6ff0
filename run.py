#!/usr/bin/env python3
"""Set Margin Lab up next to this file, once, and start it.

python run.py                 open the lab
python run.py FILE            open it with a session or an experiment file
python run.py run PRESET ...  a command without a window: run, verify, export, presets, devices, bench, download
python run.py test [ARGS...]  every check of the code; ARGS go to pytest
"""
# No `from __future__ import annotations` here: Python 3.6 would stop at it, before the sentence on versions.

import ast
import hashlib
import importlib.util
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

SUPPORTED = ("3.11", "3.12", "3.13")
VERSION = "{}.{}".format(*sys.version_info)
if VERSION not in SUPPORTED:
    interpreters = [name for name in ("python" + version for version in SUPPORTED) if shutil.which(name)]
    sys.exit(
        "Margin Lab needs Python {}; {} is Python {}. {}".format(
            ", ".join(SUPPORTED[:-1]) + " or " + SUPPORTED[-1],
            sys.executable,
            sys.version.split()[0],
            "Start it with: " + interpreters[-1] + " run.py"
            if interpreters
            else "Install one of them and start it with that.",
        )
    )

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PACKAGES = ENVIRONMENT / ("Lib/site-packages" if os.name == "nt" else f"lib/python{VERSION}/site-packages")
LOG = ENVIRONMENT / "install.log"
STAMP = ENVIRONMENT / "set-up.json"  # what is installed
# there while files are written: if it stays, they are not trusted
UNFINISHED = ENVIRONMENT / "set-up.unfinished"
# of what is installed, the large parts that neither the lab nor its checks import: not compiled beforehand
NEVER_IMPORTED = (
    r"site-packages.*[/\\](tests|testing|_inductor|physics|lexers|networkx|pip|mypyc?|torchgen)[/\\]"
)

PYTEST = ["-m", "pytest", "-nauto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"]
CHECKS = (
    (
        ("format", ["-m", "ruff", "format", "--check", "."]),
        ("lint", ["-m", "ruff", "check", "."]),
        # before whatever trains: else several processes would wait for the one that compiles it
        ("compiled step", ["-P", "-m", "engine.steppers"]),
    ),
    (
        ("imports", ["-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo"]),
        ("wheel", ["-m", "tests.wheel"]),
        ("types", ["-m", "mypy"]),
        # whole files to a worker, in the order of tests/conftest.py: fixtures are made once, the longest begin first
        ("tests", PYTEST),
    ),
)  # side by side in each part


class SetUpProblem(Exception):
    """What keeps the lab from starting: a sentence, and the remedy."""


def main(arguments: list[str]) -> int:
    """Set up what is missing, then become what the arguments ask for."""
    testing = arguments[:1] == ["test"]
    window = not testing and opens_window(arguments)
    linux = sys.platform.startswith("linux")
    try:
        platforms = qt_platforms(os.environ) if window and linux else ["offscreen"]
        if not platforms:
            raise SetUpProblem(
                "There is no display to open the window on: neither DISPLAY nor WAYLAND_DISPLAY says where. "
                "Start the lab from a desktop or through `ssh -X`, or on a virtual screen with "
                "`xvfb-run -a python run.py` (Debian's package xvfb), or work without a window: "
                "`python run.py run circle-global-margin`."
            )
        set_up(["test"] if testing else [])
        if linux and (window or testing):
            require_libraries(platforms)
    except SetUpProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped. The next start takes it up again.", file=sys.stderr)
        return 130
    if testing:
        return run_checks(arguments[1:])
    # -P: a folder named gui where the user happens to be is not ours.
    return become([str(PYTHON), "-P", "-m", "gui", *arguments])


def opens_window(arguments: list[str]) -> bool:
    """Say whether the lab opens its window for these arguments: they are neither a command nor an option."""
    return not arguments or not (arguments[0].startswith("-") or arguments[0] in commands())


def commands() -> tuple[str, ...]:
    """Read the words that begin a command line without a window; the lab cannot be imported before it is set up."""
    file = ROOT / "engine" / "cli" / "__init__.py"
    for statement in ast.parse(file.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "COMMANDS":
            return tuple(ast.literal_eval(statement.value))
    raise SetUpProblem(f"{file} does not list the commands; get the lab anew.")


def become(command: list[str]) -> int:
    """Replace this process by a command; where a system cannot, run it and return its exit status."""
    if os.name == "posix":
        os.execv(command[0], command)
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the child heard it too, and decides
            continue


def run_checks(arguments: list[str]) -> int:
    """Run every check to its end, whatever the others say; return 0 if all passed."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # hundreds of processes begin: what one of them has compiled need not be compiled by the next
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    failed = []
    for part in CHECKS:
        checks: list[Check] = []
        try:
            for name, command in part:
                more = arguments if name == "tests" else []
                checks.append(Check(name, [str(PYTHON), *command, *more], environment))
            failed += [check.name for check in checks if check.show()]
        finally:
            for check in checks:
                check.end()
    if failed:
        print(f"Not passed: {', '.join(failed)}.", flush=True)
    return 1 if failed else 0


class Check:
    """A check that runs beside others: what it says is kept until those before it have had their say."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.start = time.monotonic()
        self.seconds = 0.0
        self.said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        """Keep what the check says, until it ends."""
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for chunk in iter(lambda: os.read(stream.fileno(), 1 << 16), b""):
                self.said.put(chunk)
        self.process.wait()
        self.seconds = time.monotonic() - self.start
        self.said.put(b"")

    def show(self) -> int:
        """Pass on what the check said and says, until it ends; return its exit status."""
        print(f"\n--- {self.name}", flush=True)
        for chunk in iter(self.said.get, b""):
            sys.stdout.buffer.write(chunk)
            sys.stdout.flush()
        status = self.process.returncode
        print(f"--- {self.name}: {'FAILED' if status else 'ok'}, {self.seconds:.1f} s", flush=True)
        return status

    def end(self) -> None:
        """Leave no process behind, where the checks were broken off."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


# Set-up -----------------------------------------------------------------------------------------------------


def set_up(extras: list[str]) -> None:
    """Make .venv hold the lab and its extras; return at once where it does."""
    import tomllib  # not above: the Pythons that are too old for the lab lack it

    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    key = fingerprint(pyproject, (ROOT / "constraints.txt").read_text("utf-8"), str(ROOT))
    installed_key, installed_extras = read_stamp()
    whole = PYTHON.exists() and not UNFINISHED.exists()
    if whole and installed_key == key and set(extras) <= set(installed_extras):
        return
    print("Setting up Margin Lab in .venv: once, some minutes.", file=sys.stderr, flush=True)
    if not (whole and python_of_environment() == VERSION and has_pip()):
        make_environment()
    extras = sorted({*extras, *installed_extras})
    install(extras)
    STAMP.write_text(json.dumps({"key": key, "extras": extras}), "utf-8")
    compile_packages()
    compile_step()


def fingerprint(pyproject: dict[str, Any], constraints: str, place: str) -> str:
    """Name what an installation depends on: the place too, as it is made in place; no tool settings."""
    parts = [pyproject.get("build-system"), pyproject["project"], pyproject.get("tool", {}).get("setuptools")]
    text = json.dumps([parts, constraints, place, VERSION], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_stamp() -> tuple[str, list[str]]:
    """Return the fingerprint and the extras of what is installed; nothing if that cannot be told."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
        return str(stamp["key"]), [str(extra) for extra in stamp["extras"]]
    except (OSError, ValueError, KeyError, TypeError):
        return "", []


def python_of_environment() -> str:
    """Return the version, as in 3.11, of the Python that .venv was made with."""
    try:
        text = (ENVIRONMENT / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        return ""
    return "".join(re.findall(r"^version\s*=\s*(\d+\.\d+)", text, re.MULTILINE)[:1])


def has_pip() -> bool:
    """Tell whether .venv can install anything."""
    command = [str(PYTHON), "-I", "-m", "pip", "--version"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def make_environment() -> None:
    """Make .venv anew."""
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{VERSION}-venv"
        if not is_root_on_debian():
            raise SetUpProblem(
                f"{sys.executable} cannot make a virtual environment, since it lacks ensurepip. "
                f"On Debian or Ubuntu: sudo apt-get install {package}"
            )
        apt_install([package], "Python's venv")
    base = getattr(sys, "_base_executable", sys.executable)  # never the environment that is being replaced
    command = [base, "-m", "venv", str(ENVIRONMENT)]
    try:
        if ENVIRONMENT.exists():
            shutil.rmtree(ENVIRONMENT)
        ENVIRONMENT.mkdir()
        UNFINISHED.touch()
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            output = " ".join((made.stdout + made.stderr).split())
            raise SetUpProblem(f"`{' '.join(command)}` failed: {output}")
        UNFINISHED.unlink()
    except OSError as error:
        raise SetUpProblem(
            f"{ENVIRONMENT} cannot be made anew: {error}. Remove it, then start again."
        ) from None


def install(extras: list[str]) -> None:
    """Install the lab in place with the pinned versions, showing what pip is at."""
    command = [str(PYTHON), "-I", "-u", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--no-compile", "-c", "constraints.txt", "-e", f".[{','.join(extras)}]" if extras else "."]
    progress = Progress(sys.stderr)
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    names: list[str] = []
    error = "pip stopped"
    pip = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PIP_USER": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with pip, LOG.open("w", encoding="utf-8") as log:
        threading.Thread(target=read_lines, args=(pip.stdout, lines), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=0.25)
            except queue.Empty:
                progress.show(installing(names, installed_packages()) if names else None)
                continue
            if line is None:
                break
            log.write(line)
            log.flush()
            if line.startswith("ERROR:"):
                error = line[6:].strip()
            if line.startswith("Installing collected packages:"):
                names = [name.strip() for name in line.split(":", 1)[1].split(",")]
                STAMP.unlink(missing_ok=True)
                UNFINISHED.touch()
            progress.show(doing(line))
    progress.end("failed" if pip.returncode else "installed")
    if pip.returncode:
        raise SetUpProblem(
            f"Setting up failed: {error.rstrip('.')}. Everything pip said is in {LOG}. "
            "Check the network and the free space on the disk, then start again."
        )
    UNFINISHED.unlink(missing_ok=True)


def compile_packages() -> None:
    """Compile what was installed to bytecode by all processors: pip would do it by one."""
    command = [str(PYTHON), "-I", "-m", "compileall", "-q", "-j", "0", "-x", NEVER_IMPORTED, str(PACKAGES)]
    _, progress = wait_for(command, "compiling the packages, once: some 15 s")
    progress.end("compiled")


def compile_step() -> None:
    """Compile the step of training and keep it, showing how long it takes; a lab without does it at its first run."""
    command = [str(PYTHON), "-P", "-m", "engine.steppers"]
    status, progress = wait_for(command, "compiling the step, once: about 10 s")
    progress.end("not compiled; the first run does it" if status else "compiled")


def wait_for(command: list[str], text: str) -> "tuple[int, Progress]":
    """Run a command that says nothing, showing how long it takes; return its exit status."""
    nothing, progress = subprocess.DEVNULL, Progress(sys.stderr)
    with subprocess.Popen(command, cwd=ROOT, stdin=nothing, stdout=nothing, stderr=nothing) as process:
        while process.poll() is None:
            progress.show(text)
            time.sleep(0.1)
    return process.returncode, progress


def read_lines(stream: Iterable[bytes], lines: "queue.SimpleQueue[str | None]") -> None:
    """Pass the lines of a stream on to a queue, None at its end."""
    for line in stream:
        lines.put(line.decode("utf-8", "replace"))
    lines.put(None)


def doing(line: str) -> str | None:
    """Say what a line of pip's output means; None if it is not worth showing."""
    for pattern, text in (
        (r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", "looking for {}"),
        (r"\s*Downloading (?:\S*/)?([\w.]+)-\d\S*\.whl (\(.*\))", "downloading {} {}"),
        (r"Processing (?:\S*/)?([\w.]+)-\d\S*\.whl", "reading {}"),
        (r"\s*(?:Installing build dep|Preparing editable|Building editable)", "preparing the lab itself"),
    ):
        match = re.match(pattern, line)
        if match:
            return text.format(*match.groups())
    return None


def installing(names: list[str], present: set[str]) -> str:
    """Say which of the packages, in pip's order, is being written."""
    waiting = [name for name in names if plain_name(name) not in present]
    if not waiting:
        return "finishing"
    return f"installing {waiting[0]} ({len(names) - len(waiting) + 1} of {len(names)})"


def installed_packages() -> set[str]:
    """Return the plain names of what is completely written into .venv."""
    return {plain_name(record.parent.name.split("-")[0]) for record in PACKAGES.glob("*.dist-info/RECORD")}


def plain_name(name: str) -> str:
    """Return a package's name as registries compare it: lower case, one dash for any of - _ and dots."""
    return re.sub(r"[-_.]+", "-", name).lower()


class Progress:
    """One line that changes on a terminal; elsewhere a line now and then."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.start = self.printed = time.monotonic()
        self.text = self.printed_text = "starting"

    def show(self, text: str | None) -> None:
        """Show a text, or the last one again, with the time since the start."""
        self.text = text or self.text
        now = time.monotonic()
        minutes, seconds = divmod(int(now - self.start), 60)
        line = f"  {minutes}:{seconds:02d}  {self.text}"
        if self.stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r" + line[:width].ljust(width))
        elif self.text != self.printed_text and now - self.printed >= 3:
            self.stream.write(line + "\n")
            self.printed, self.printed_text = now, self.text
        self.stream.flush()

    def end(self, text: str) -> None:
        """Show a last text, whenever the one before it was."""
        self.printed = 0.0
        self.show(text)
        if self.stream.isatty():
            self.stream.write("\n")


# Qt's system libraries (Linux) ------------------------------------------------------------------------------


def qt_platforms(environment: Mapping[str, str]) -> list[str]:
    """Return the Qt platforms that can open the window here, the likeliest first; empty without a display."""
    displays = {"wayland": "WAYLAND_DISPLAY", "xcb": "DISPLAY"}
    here = [platform for platform, variable in displays.items() if environment.get(variable)]
    chosen = re.split("[;:-]", environment.get("QT_QPA_PLATFORM", ""))[0]
    if chosen in displays:
        return [chosen] if chosen in here else []
    return [chosen] if chosen else here  # offscreen, vnc and others need no display


def require_libraries(platforms: list[str]) -> None:
    """Make sure that one platform has all its libraries: install them as root on Debian, else name them."""
    missing = missing_libraries(platforms)
    if missing and is_root_on_debian():
        apt_install([debian_package(library) for library in missing], "Qt's system libraries")
        missing = missing_libraries(platforms)
    if missing:
        packages = " ".join(sorted({debian_package(library) for library in missing}))
        raise SetUpProblem(
            f"Qt cannot start, since this system lacks {', '.join(missing)}. On Debian or Ubuntu: "
            f"sudo apt-get install {packages}. Elsewhere, install the packages that have these files."
        )


def missing_libraries(platforms: list[str]) -> list[str]:
    """Return the libraries missing for the last of the platforms, none if any platform has all of its own."""
    folder = PACKAGES / "PySide6" / "Qt"
    missing: list[str] = []
    for platform in platforms if shutil.which("ldd") else []:
        files = [folder / f"plugins/platforms/libq{platform}.so", folder / "lib/libQt6Widgets.so.6"]
        command = ["ldd", *(str(file) for file in files if file.exists())]
        environment = {**os.environ, "LC_ALL": "C"}
        listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
        missing = not_found(listed)
        if not missing:
            break
    return missing


def not_found(listed: str) -> list[str]:
    """Return the libraries that ldd said are not found, each once."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", listed, re.MULTILINE)))


def debian_package(library: str) -> str:
    """Return the Debian package of a shared library: Debian derives the names, but for a few old ones."""
    old = {"libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0", "libz.so.1": "zlib1g"}
    name, _, number = library.lower().partition(".so.")
    return old.get(library, name + ("-" if name[-1].isdigit() else "") + number)


def is_root_on_debian() -> bool:
    """Tell whether apt-get may be used without asking."""
    return os.name == "posix" and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def apt_install(packages: list[str], what: str) -> None:
    """Install Debian packages; the caller looks whether that helped."""
    packages = sorted(set(packages))
    print(f"Installing {what}: {' '.join(packages)}", file=sys.stderr, flush=True)
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "-qq", *arguments],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
