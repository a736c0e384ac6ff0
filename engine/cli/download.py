"""`marginlab download`: fetch a known set of pictures."""

from __future__ import annotations

from pathlib import Path

from ..data.download import Download, DownloadProgress
from ..data.idx_places import SETS, downloads_folder
from .progress import progress
from .words import say

KILOBYTE = 1000


def download_set(name: str, to: Path | None) -> int:
    """Fetch a set into a folder, the lab's own where none is named; return the exit status."""
    download = Download(name, to)
    with progress() as bar:
        shown = 0

        def tell(at: DownloadProgress) -> None:
            nonlocal shown
            if at.number != shown:
                shown = at.number
                bar.begin(f"{at.file} ({at.number} of {at.files})", (at.size or 0) // KILOBYTE, "kB")
            bar.show(at.received // KILOBYTE, at.host)

        folder = download.run(tell)
    place = name if folder == downloads_folder() / name else folder.absolute().as_posix()
    say(f'{SETS[name]} is in {folder}. Use it with [data] kind = "idx", folder = "{place}".')
    return 0
