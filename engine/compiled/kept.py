"""Where compiled code lies between processes, and what its folder is named by. Importing this costs nothing."""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..files import TemporaryFolder, user_cache
from ..files.made_folders import MadeFolder

FOLDER = "NUMBA_CACHE_DIR"
"""The variable that says where Numba's caches go, if anybody did."""


class Place:
    """The folder that functions which are compiled in this process are read from, or written to."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        """None: what is compiled stays in memory."""
        self.writes = False
        self.failure: OSError | None = None
        """What kept code from being written."""


PLACE = Place()


def code_folder(dtype: str) -> MadeFolder:
    """Return the folder of the code that takes steps of a dtype on this machine by this version."""
    return MadeFolder(folders() / f"{dtype}-{_key()}")


def folders() -> Path:
    """Return where the folders of all versions and processors lie."""
    chosen = os.environ.get(FOLDER)
    return Path(chosen) / "compiled" if chosen else user_cache("compiled")


def keep_for_this_process() -> None:
    """Keep code in a folder that goes with this process, where none can be written that stays."""
    folder = TemporaryFolder()
    os.environ[FOLDER] = str(folder.path)
    atexit.register(folder.clean_up)


def _key() -> str:
    """Name all that compiled code depends on: Numba itself does not notice what changes in other files."""
    from llvmlite import binding

    parts = [
        _version("margin-lab"),
        _version("numba"),
        _version("llvmlite"),
        sys.implementation.cache_tag or "",
    ]
    parts += [
        binding.get_process_triple(),
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
    ]
    digest = hashlib.sha256("\n".join(parts).encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(b"\0" + file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:24]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # used from a folder, never installed
        return ""
