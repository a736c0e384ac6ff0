"""Fetch a known set of IDX files from its mirrors; the standard library alone."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO
from urllib.parse import urlsplit

from engine.data.files import reason
from engine.data.idx import check_pair
from engine.data.idx_format import read_idx
from engine.data.idx_places import PACKAGES, SETS, STEMS, downloads_folder, files_in
from engine.errors import Refusal, nearest

MIRRORS: dict[str, tuple[str, ...]] = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    "fashion-mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    "kmnist": ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
}
"""Folders on the net that have the four files of a set, in the order in which they are asked."""
TIMEOUT = 15.0
"""Seconds that a mirror may be silent."""
LARGEST = 1 << 26
"""Bytes that a file of such a set never has."""
CHUNK = 1 << 16


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is."""

    file: str
    number: int
    """Which of the files it is, from 1."""
    files: int
    host: str
    received: int
    size: int | None
    """Bytes of the file, where the mirror tells."""


class Stopped(Exception):
    """The download was asked to stop."""


class _MirrorFault(Exception):
    """What keeps a mirror from giving a file, in words."""


class Download:
    """Fetches the files of one set, once; `stop` may be called from any thread."""

    def __init__(
        self,
        name: str,
        folder: Path | None = None,
        *,
        mirrors: Mapping[str, Sequence[str]] = MIRRORS,
        timeout: float = TIMEOUT,
    ) -> None:
        """Plan a download into a folder; None is the lab's own, where `data.folder` finds sets by name.

        Raises:
            Refusal: where no set has this name.
        """
        if name not in SETS:
            raise Refusal("", name, f"is no set that can be downloaded; {nearest(name, SETS)}")
        self.name = name
        self.folder = (folder or downloads_folder() / name).expanduser()
        self._mirrors = list(mirrors[name])
        self._timeout = timeout
        self._stopping = Event()
        self._response: http.client.HTTPResponse | None = None

    def run(self, told: Callable[[DownloadProgress], None]) -> Path:
        """Fetch every file as NAME.partial, check them all, and only then give them their names.

        A folder that already has a sound set is left as it is. Whatever happens, nothing half remains.

        Args:
            told: hears of every chunk, in the thread that calls this.

        Returns:
            The folder.

        Raises:
            Refusal: in one line, each mirror with its error and the two ways out; or why nothing can be written.
            Stopped: where `stop` was called.
        """
        if self._is_there():
            return self.folder
        names = [f"{stem}-idx{dimensions}-ubyte.gz" for stem, dimensions in STEMS]
        partials = [self.folder / f"{name}.partial" for name in names]
        made = not self.folder.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for number, partial in enumerate(partials, start=1):
                self._fetch(partial, number, told)
            for images, labels in (partials[:2], partials[2:]):
                check_pair(images, labels)
            for partial, name in zip(partials, names, strict=True):
                partial.replace(self.folder / name)
        except OSError as error:
            raise Refusal(
                "", None, f"{self.folder} cannot be written to ({reason(error)}); make room or allow it"
            ) from None
        finally:
            for partial in partials:
                with contextlib.suppress(OSError):
                    partial.unlink()
            if made:
                with contextlib.suppress(OSError):  # it stays where it holds anything
                    self.folder.rmdir()
        return self.folder

    def stop(self) -> None:
        """Stop; a mirror that falls silent half way is let go at once, one that never answered when its time is up."""
        self._stopping.set()
        response = self._response
        if response is not None:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # it may just have ended by itself
                connection = socket.fromfd(response.fileno(), socket.AF_INET, socket.SOCK_STREAM)
                connection.shutdown(socket.SHUT_RDWR)
                connection.close()

    def _is_there(self) -> bool:
        """Say whether the folder has the whole set, and it is sound."""
        try:
            found = files_in(self.folder, self.name)
            pairs = (found.train_images, found.train_labels), (found.test_images, found.test_labels)
            for images, labels in pairs:
                if images is None or labels is None:
                    return False
                check_pair(images, labels)
                read_idx(images, 3), read_idx(labels, 1)
        except (OSError, Refusal):
            return False
        return True

    def _fetch(self, partial: Path, number: int, told: Callable[[DownloadProgress], None]) -> None:
        """Fetch a file from the first mirror that has it, and ask that one first from then on.

        Raises:
            Refusal: where no mirror has it.
        """
        name = partial.name.removesuffix(".partial")
        faults: list[str] = []
        for mirror in list(self._mirrors):
            host = urlsplit(mirror).netloc
            try:
                with partial.open("wb") as file:
                    for received, size in self._received(mirror + name, file):
                        told(DownloadProgress(name, number, len(STEMS), host, received, size))
                _check(partial, number)
            except _MirrorFault as fault:
                faults.append(f"{host}: {fault}")
            else:
                self._mirrors.remove(mirror)
                self._mirrors.insert(0, mirror)
                return
        raise Refusal("", None, self._failure(faults))

    def _received(self, url: str, file: IO[bytes]) -> Iterator[tuple[int, int | None]]:
        """Write what a mirror sends into a file; yield how many bytes there are by now, and will be.

        Raises:
            _MirrorFault: where it sends nothing, not all, or too much.
        """
        received, size = 0, None
        for chunk, size in self._chunks(url):
            file.write(chunk)
            received += len(chunk)
            if received > LARGEST:
                raise _MirrorFault(f"sends more than {LARGEST >> 20} MB")
            yield received, size
        if size is not None and received < size:
            raise _MirrorFault(f"sent {received} of {size} bytes")

    def _chunks(self, url: str) -> Iterator[tuple[bytes, int | None]]:
        """Yield what a mirror sends, with the size that it tells."""
        request = urllib.request.Request(url, headers={"User-Agent": "margin-lab"})
        try:
            self._refuse_to_go_on()
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                self._response = response
                self._refuse_to_go_on()
                told = response.headers.get("Content-Length", "")
                size = int(told) if told.isdecimal() else None
                while chunk := response.read1(CHUNK):
                    self._refuse_to_go_on()
                    yield chunk, size
                self._refuse_to_go_on()
        except (OSError, http.client.HTTPException) as error:
            self._refuse_to_go_on()
            raise _MirrorFault(_words(error)) from None
        finally:
            self._response = None

    def _refuse_to_go_on(self) -> None:
        if self._stopping.is_set():
            raise Stopped

    def _failure(self, faults: list[str]) -> str:
        """Return one line: every mirror with its error, and two ways out."""
        package = PACKAGES["fashion-mnist"]
        use = "say fashion-mnist" if self.name == "fashion-mnist" else "use fashion-mnist, of the same size"
        names = ", ".join(f"{stem}-idx{dimensions}-ubyte.gz" for stem, dimensions in STEMS)
        return (
            f"{SETS[self.name]} could not be downloaded: {'; '.join(faults)}. Either install Debian's package "
            f"{package} and {use}, or put {names} into a folder and name it in data.folder."
        )


def _check(partial: Path, number: int) -> None:
    """Refuse what a mirror sent in a file's place."""
    try:
        read_idx(partial, STEMS[number - 1][1])
    except Refusal as refusal:
        raise _MirrorFault(f"sent a file that {refusal.remedy.partition(';')[0]}") from None


def _words(error: Exception) -> str:
    """Say in a few words what went wrong with a mirror."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}".strip()
    if isinstance(error, http.client.HTTPException):
        return "its answer is no HTTP"
    inner = getattr(error, "reason", error)
    if isinstance(inner, TimeoutError):
        return "timed out"
    if isinstance(inner, ssl.SSLError):
        return f"no safe connection ({inner.reason or 'TLS'})"
    return " ".join(reason(inner).split()) if isinstance(inner, BaseException) else str(inner)
