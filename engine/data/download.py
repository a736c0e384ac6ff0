"""Fetch a known set of IDX files from its mirrors."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from engine.data.fetch import Fetch, MirrorFault, Published, Stopped
from engine.data.files import reason
from engine.data.idx import check_pair
from engine.data.idx_format import read_idx
from engine.data.idx_places import PACKAGES, SETS, STEMS, downloads_folder, files_in
from engine.words.errors import Refusal, nearest

MIRRORS: dict[str, tuple[str, ...]] = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": (
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    "kmnist": ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
}
"""Folders on the net that have the four files of a set, in the order in which they are asked."""
TIMEOUT = 15.0
"""Seconds that a mirror may be silent."""
CHECKSUMS: dict[str, dict[str, Published]] = {
    "mnist": {
        "train-images-idx3-ubyte.gz": Published(
            9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        "train-labels-idx1-ubyte.gz": Published(
            28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        "t10k-images-idx3-ubyte.gz": Published(
            1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        "t10k-labels-idx1-ubyte.gz": Published(
            4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    },
    "fashion-mnist": {
        "train-images-idx3-ubyte.gz": Published(
            26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        "train-labels-idx1-ubyte.gz": Published(
            29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        "t10k-images-idx3-ubyte.gz": Published(
            4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        "t10k-labels-idx1-ubyte.gz": Published(
            5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    },
    "kmnist": {
        "train-images-idx3-ubyte.gz": Published(
            18_165_135, "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4"
        ),
        "train-labels-idx1-ubyte.gz": Published(
            29_497, "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17"
        ),
        "t10k-images-idx3-ubyte.gz": Published(
            3_041_136, "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5"
        ),
        "t10k-labels-idx1-ubyte.gz": Published(
            5_120, "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c"
        ),
    },
}
"""Bytes and SHA-256 of the files, as TensorFlow Datasets publishes them (url_checksums): nothing else is kept."""
STAGE = ".partial-"
"""How the folder's name starts, beside the files, in which they lie until all are there and sound."""
FORSAKEN = 3600.0
"""Seconds after which a stage in which nothing changes is what a killed lab left: no mirror may be silent so long."""


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


__all__ = ["CHECKSUMS", "MIRRORS", "Download", "DownloadProgress", "Stopped"]


class Download:
    """Fetches the files of one set, once; `stop` may be called from any thread."""

    def __init__(
        self,
        name: str,
        folder: Path | None = None,
        *,
        mirrors: Mapping[str, Sequence[str]] = MIRRORS,
        checksums: Mapping[str, Mapping[str, Published]] = CHECKSUMS,
        timeout: float = TIMEOUT,
    ) -> None:
        """Plan a download into a folder; None is the lab's own, where `data.folder` finds sets by name.

        Args:
            name: which set.
            folder: where to.
            mirrors: who has it, by set.
            checksums: what the files come to, by set and file; of others only the content is checked.
            timeout: seconds that a mirror may be silent.

        Raises:
            Refusal: where no set has this name.
        """
        if name not in SETS:
            raise Refusal("", name, f"is no set that can be downloaded; {nearest(name, SETS)}")
        self.name = name
        self.folder = (folder or downloads_folder() / name).expanduser()
        self._mirrors = list(mirrors[name])
        self._checksums = checksums.get(name, {})
        self._fetching = Fetch(timeout)

    def run(self, on_progress: Callable[[DownloadProgress], None]) -> Path:
        """Fetch every file into a stage of its own, check them all, and only then put them where they belong.

        A folder that already has a sound set is left as it is. Whatever happens, nothing half remains. Several
        downloads into one folder do not disturb each other.

        Args:
            on_progress: hears of every chunk, in the thread that calls this.

        Returns:
            The folder.

        Raises:
            Refusal: in one line, each mirror with its error and the two ways out; or why nothing can be written.
            Stopped: where `stop` was called.
        """
        if self._is_there():
            return self.folder
        stage: Path | None = None
        made = not self.folder.exists()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clear_forsaken()
            stage = Path(tempfile.mkdtemp(prefix=STAGE, dir=self.folder))
            files = [stage / f"{stem}-idx{dimensions}-ubyte.gz" for stem, dimensions in STEMS]
            for number, file in enumerate(files, start=1):
                self._fetch(file, number, on_progress)
            for images, labels in (files[:2], files[2:]):
                check_pair(images, labels)
            for file in files:
                file.replace(self.folder / file.name)
        except OSError as error:
            raise Refusal(
                "", None, f"{self.folder} cannot be written to ({reason(error)}); make room or allow it"
            ) from None
        finally:
            if stage is not None:
                shutil.rmtree(stage, ignore_errors=True)
            if made:
                with contextlib.suppress(OSError):  # it stays where it holds anything
                    self.folder.rmdir()
        return self.folder

    def stop(self) -> None:
        """Stop; a mirror that falls silent half way is let go at once, one that never answered when its time is up."""
        self._fetching.stop()

    def _clear_forsaken(self) -> None:
        """Clear away what killed labs left."""
        for stage in self.folder.glob(f"{STAGE}*"):
            with contextlib.suppress(OSError):  # another download ended meanwhile
                if time.time() - max(at.stat().st_mtime for at in (stage, *stage.iterdir())) > FORSAKEN:
                    shutil.rmtree(stage, ignore_errors=True)

    def _is_there(self) -> bool:
        """Say whether the folder has the whole set, and it is sound."""
        try:
            files = files_in(self.folder, self.name)
            pairs = (files.train_images, files.train_labels), (files.test_images, files.test_labels)
            for images, labels in pairs:
                if images is None or labels is None:
                    return False
                check_pair(images, labels)
                read_idx(images, 3), read_idx(labels, 1)
        except (OSError, Refusal):
            return False
        return True

    def _fetch(self, file: Path, number: int, on_progress: Callable[[DownloadProgress], None]) -> None:
        """Fetch a file from the first mirror that has it, and ask that one first from then on.

        Raises:
            Refusal: where no mirror has it.
        """
        faults: list[str] = []
        for mirror in list(self._mirrors):
            host = urlsplit(mirror).netloc

            def hear(received: int, size: int | None, host: str = host) -> None:
                on_progress(DownloadProgress(file.name, number, len(STEMS), host, received, size))

            try:
                self._fetching.file(mirror + file.name, file, self._checksums.get(file.name), hear)
                _check(file, number)
            except MirrorFault as fault:
                file.unlink(missing_ok=True)
                faults.append(f"{host}: {fault}")
            else:
                self._mirrors.remove(mirror)
                self._mirrors.insert(0, mirror)
                return
        raise Refusal("", None, self._failure(faults))

    def _failure(self, faults: list[str]) -> str:
        """Return one line: every mirror with its error, and two ways out."""
        package = PACKAGES["fashion-mnist"]
        use = "say fashion-mnist" if self.name == "fashion-mnist" else "use fashion-mnist"
        return (
            f"{SETS[self.name]} could not be downloaded: {'; '.join(faults)}. Install Debian's {package} and {use}, "
            "or put its four .gz files into a folder and name it in data.folder."
        )


def _check(file: Path, number: int) -> None:
    """Refuse what a mirror sent in a file's place."""
    try:
        read_idx(file, STEMS[number - 1][1])
    except Refusal as refusal:
        raise MirrorFault(f"sent a file that {refusal.remedy.partition(';')[0]}") from None
