"""Which data a document means, as a file for others says it: the checksum of what lies there now."""

from __future__ import annotations

from pathlib import Path

from engine.experiment.data import FileSpec
from engine.experiment.document import Document, Variation
from engine.experiment.experiment import with_values


def with_checksums(document: Document) -> Document:
    """Return the document with the checksums of the files that its data are read from, where they are there.

    A checksum that it says already stays: it is what the experiment is about.
    """
    folder = document.folder or Path()
    base = document.base
    own = _checksum(base.data, folder)
    changed = (
        document.model_copy(update={"base": with_values(base, {"data.sha256": own})}) if own else document
    )
    variations = []
    for variation in document.variations:
        data = with_values(base, variation.set).data
        sha256 = "" if data == base.data else _checksum(data, folder)
        said = dict(variation.set)
        if sha256 and isinstance(said.get("data"), dict):
            said["data"] = {**said["data"], "sha256": sha256}
        elif sha256:
            said["data.sha256"] = sha256
        elif own and data.named_file and data != base.data:
            said["data.sha256"] = ""
        variations.append(Variation(name=variation.name, set=said))
    return changed.model_copy(update={"variations": tuple(variations)})


def _checksum(data: object, folder: Path) -> str:
    """Return the checksum to say; '' for none, or one that is said."""
    if not isinstance(data, FileSpec) or data.sha256 or data.named_file in data.known_names:
        return ""
    from engine.data.recognition import checksum_of

    return checksum_of(data, folder)
