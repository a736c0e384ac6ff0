"""What a paper contains, as the gallery says it: every theorem, figure and experiment, and which presets show it."""

from __future__ import annotations

from engine.experiment.copies.contents import KNOWN, SECTIONS, PaperContents, PaperItem, contents_in
from engine.experiment.copies.papers import papers_in
from gui.panels.about_view import links_to
from gui.plain_text import as_html

PAPER = "paper:"
"""How links to papers begin; those to presets are their ids."""
SIGNS = {"here": "●", "in part": "◐", "not here": "○"}


def described_paper(contents: PaperContents) -> str:
    """Return what the gallery says of a paper, as rich text."""
    about = "".join(
        f"<p><i>{as_html(paper.title)}.</i> arXiv\N{NO-BREAK SPACE}{as_html(paper.arxiv)}</p>"
        for paper in papers_in(contents.called)
    )
    known = f"<p>{as_html(contents.in_short())}. What is known of it: {_begun(contents.seen)}</p>"
    parts = [f"<h3>{as_html(contents.called)}</h3>", about, known]
    for kind, heading in SECTIONS.items():
        rows = "".join(map(_row, contents.of_kind(kind)))
        if rows:
            parts.append(f"<p><b>{heading}</b></p><table cellspacing='0' cellpadding='3'>{rows}</table>")
    return "".join(parts)


def papers_linked(reference: str) -> str:
    """Return what a preset says of its papers, as rich text: each that the lab knows is a link to its contents."""
    words = as_html(reference)
    for contents in contents_in(reference):
        called = as_html(contents.called)
        words = words.replace(called, f'<a href="{PAPER}{called}">{called}</a>', 1)
    return words


def _row(item: PaperItem) -> str:
    recalled = f" <i>({KNOWN[item.known]})</i>" if KNOWN[item.known] else ""
    told = f"<b>{as_html(item.name)}.</b> {as_html(item.says)}{recalled}"
    links = links_to(item.presets)
    shown = f"{item.standing.capitalize()}: {links}." if links else f"{item.standing.capitalize()}."
    remark = f" {as_html(item.remark)}" if item.remark else ""
    sign = f"<td style='vertical-align: top'>{SIGNS[item.standing]}</td>"
    return f"<tr>{sign}<td>{told}<br>{shown}{remark}</td></tr>"


def _begun(sentence: str) -> str:
    """Return a sentence as it stands after a colon."""
    return as_html(sentence[:1].lower() + sentence[1:])
