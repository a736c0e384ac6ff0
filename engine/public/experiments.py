"""Load an experiment, whatever names it: a preset's id, a file, or a file's text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..catalog import find
from ..experiment.document import Document, parse
from ..experiment.document import load as load_file
from ..experiment.provenance import with_settings


def load(
    experiment: str | Path | Document,
    *,
    set: Mapping[str, Any] | None = None,
    folder: str | Path | None = None,
) -> Document:
    """Load an experiment, with some of its fields set.

    Args:
        experiment: a preset's id, the path of an experiment file, or the text of one (of several lines).
        set: dotted paths and their values, such as {"data.n": 48, "optimizer.step.eta": 0.1}; in each of
            the document's experiments, over what a variation or an edit sets.
        folder: where relative paths start in a text; None: the working folder. A file's start beside it.

    Raises:
        Refusal: where there is no such experiment, or it says something wrong: with field, value and remedy.
    """
    if isinstance(experiment, Document):
        document = experiment
    elif isinstance(experiment, Path):
        document = load_file(experiment)
    elif "\n" in experiment:
        document = parse(experiment, None if folder is None else Path(folder))
    else:
        document = find(experiment)
    return with_settings(document, set or {})
