"""What every paper contains and which presets show it: the tables of `docs/papers.md`."""

from __future__ import annotations

from engine.experiment.copies.contents import KNOWN, SECTIONS, PaperContents, PaperItem, all_contents
from engine.experiment.copies.papers import papers_in

from .tables import code, table


def papers() -> str:
    """Return a section for every paper, with a table of its theorems, figures and experiments."""
    return "\n\n".join(map(_section, all_contents().values()))


def _section(contents: PaperContents) -> str:
    about = "".join(f"*{paper.title}.* arXiv {paper.arxiv}. " for paper in papers_in(contents.called))
    rows = [_row(item) for kind in SECTIONS for item in contents.of_kind(kind)]
    head = f"## {contents.called}\n\n{about}{contents.in_short()}.\n\nWhat is known of it: "
    known = contents.seen[:1].lower() + contents.seen[1:]
    return (
        f"{head}{known}\n\n{table(['', 'what it says', '', 'shown by', 'how it differs, or why not'], rows)}"
    )


def _row(item: PaperItem) -> list[str]:
    recalled = f" *({KNOWN[item.known]})*" if KNOWN[item.known] else ""
    presets = ", ".join(map(code, item.presets))
    return [item.kind, f"**{item.name}.** {item.says}{recalled}", item.standing, presets, item.remark]
