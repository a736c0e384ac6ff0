"""What an edited document may still say of itself: a preset's words are about its own data and network."""

from __future__ import annotations

from engine.experiment.document import About, Document
from engine.experiment.experiment import with_values

BASED_ON = "based on: "


def with_provenance(document: Document, loaded: Document) -> Document:
    """Return the document with the title, words and claims that are true of it.

    Claims and the sentence to look for were written for the kinds of data and network that were loaded.
    While others are chosen they are left out, and the title says where the experiment comes from.
    """
    own = loaded.base.title
    derived = BASED_ON + own.removeprefix(BASED_ON) if own else ""
    title = document.base.title
    if kinds(document) == kinds(loaded):
        title = own if title == derived else title
        about, claims = loaded.about, loaded.claims
    else:
        title = derived if title == own else title
        about, claims = About(show=loaded.about.show), ()
    if title != document.base.title:
        document = document.with_base(with_values(document.base, {"title": title}))
    if (about, claims) != (document.about, document.claims):
        document = document.model_copy(update={"about": about, "claims": claims})
    return document


def kinds(document: Document) -> dict[str, tuple[str, str]]:
    """Return the kinds of data and network of every experiment, by its name."""
    return {name: (e.data.kind, e.network.kind) for name, e in document.experiments().items()}
