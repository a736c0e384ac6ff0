"""Which data a run is of: a checksum of the files it read or, of data that are made, of the arrays themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.data.dataset import Dataset
from engine.data.files import Stamp, file_name, reason, stamp_of
from engine.data.source import copy_s_checksum
from engine.data.table import Maker
from engine.experiment.data import DataSpec
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.experiment.plain_files import opened
from engine.words.errors import Refusal

CHUNK = 1 << 20


def stamps(maker: Maker, data: DataSpec, folder: Path) -> tuple[Stamp, ...]:
    """Return what changes when a file does that data are read from; () where they are read from none.

    Raises:
        Refusal: where a file is missing.
    """
    return tuple(map(stamp_of, maker.files(data, folder))) if maker.files is not None else ()


def checksum(maker: Maker, data: DataSpec, folder: Path, made: Sequence[Dataset]) -> str:
    """Return the SHA-256 of data: of their file, of several files' checksums, or of the arrays where there is none.

    Files count by their bytes: arrays made of them may differ by rounding from one processor to the next.

    Raises:
        Refusal: where a file cannot be read.
    """
    copy = getattr(data, "embedded", "")
    if copy:
        return copy_s_checksum(copy)  # that of the file: it is the same
    if maker.files is not None:
        return _of_files(data, maker.files(data, folder))
    digest = hashlib.sha256()
    for dataset in made:
        for array in (dataset.x, dataset.labels, dataset.x_test, dataset.labels_test):
            digest.update(f"{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def checksum_of_files(maker: Maker, data: DataSpec, folder: Path) -> str:
    """Return the SHA-256 of the files that data are read from, or of their copy; '' where data are made.

    Raises:
        Refusal: where a file cannot be read.
    """
    copy = getattr(data, "embedded", "")
    if copy:
        return copy_s_checksum(copy)
    return "" if maker.files is None or not data.named_file else _of_files(data, maker.files(data, folder))


def refuse_others(maker: Maker, data: DataSpec, folder: Path) -> None:
    """Refuse files whose checksum is another than their experiment says.

    Raises:
        Refusal: naming the file.
    """
    promised = getattr(data, "sha256", "")
    if not promised or maker.files is None or not data.named_file:
        return
    files = maker.files(data, folder)
    if _of_files(data, files) != promised:
        raise Refusal(
            f"data.{data.reads}",
            file_name(data.named_file),
            f"is not what this experiment is about ({files[0]} has another checksum than data.sha256 says): put back "
            'what was there, or set data.sha256 to "" to take what is there',
        )


def found(maker: Maker, data: DataSpec, folder: Path, known: KnownData) -> tuple[DataSpec, Path]:
    """Return where the data of a run are read from now: where they were, else beside its session.

    Of data whose checksum is known, only files with that are taken; a new run takes any where its experiment says.

    Raises:
        Refusal: where the files are there and are others, or are not there.
    """
    if maker.files is None or known == NOTHING_KNOWN or not data.named_file:
        return data, folder
    missing: Refusal | None = None
    changed: Path | None = None
    then = "press Run for a new run on what is there now"
    for said, place in _places(data, folder, known):
        try:
            files = maker.files(said, place)
            as_it_is = not known.sha256 or (known.anew and missing is None)
            if as_it_is or _of_files(said, files) == known.sha256:
                return said, place
            if changed is None:
                changed = files[0]
                if missing is not None:  # not where the experiment says
                    then = f"choose that file and {then}"
        except Refusal as refusal:
            missing = missing or refusal
    if changed is not None:
        remedy = (
            f"is no longer what this run was trained on ({changed} has changed since): put back what was there "
            f"then, or {then}"
        )
        if known.anew:
            remedy = (
                f"is not there, and {changed} is another file than runs of this session were trained on: "
                "choose that one to train on it"
            )
        raise Refusal(f"data.{data.reads}", file_name(str(getattr(data, data.reads))), remedy)
    assert missing is not None
    raise missing


def in_place_of(data: DataSpec, folder: Path, known: KnownData, read: tuple[DataSpec, Path]) -> str:
    """Say which file is read in place of the one that an experiment names; '' where that one is."""
    said, place = read
    if (said, place) == (data, folder):
        return ""
    named, taken = (
        (at / Path(getattr(of, of.reads)).expanduser()).absolute() for of, at in ((data, folder), read)
    )
    why = (
        "the runs' checksum is its"
        if known.sha256
        else "it is taken by its name: no run says what was in the other"
    )
    return f"{named} is not there; {taken} is read in its place ({why})."


def _places(data: DataSpec, folder: Path, known: KnownData) -> Iterator[tuple[DataSpec, Path]]:
    """Give the ways to read a run's data: where its file said, the same from its session's folder, the name alone."""
    yield data, folder
    if known.folder is not None:
        yield data, known.folder
        if known.sha256 or known.anew:  # else a file of that name might be any
            name = Path(str(getattr(data, data.reads))).name
            yield data.model_copy(update={data.reads: name}), known.folder


def _of_files(data: DataSpec, files: Sequence[Path]) -> str:
    field = f"data.{data.reads}"
    try:
        digests = [_of_file(path, field, stamp_of(path)) for path in files]
    except OSError as error:
        name = file_name(str(getattr(data, data.reads)))
        raise Refusal(field, name, f"cannot be read ({reason(error)}); check the file") from None
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


@lru_cache(maxsize=8)
def _of_file(path: Path, field: str, _: Stamp) -> str:
    digest = hashlib.sha256()
    with opened(path, path.name, field) as (file, size):
        while size > 0 and (part := file.read(min(CHUNK, size))):
            digest.update(part)
            size -= len(part)
    return digest.hexdigest()
