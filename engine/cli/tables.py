"""What commands print: verdicts, final values and lists, as tables on stdout."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from ..claims import Verdict
from ..experiment.claims import Claim
from ..experiment.columns import title_of
from ..protocol.run_history import RunHistory
from ..words.formats import number
from .training_run import Trained
from .words import escaped

FINALS = (
    "accuracy",
    "test_accuracy",
    "margin",
    "normalized_margin",
    "smoothed_margin",
    "layer_product_margin",
    "margin_ratio",
    "param_norm",
    "cos_gradient",
    "cos_reference",
    "kkt_epsilon",
    "ntk_drift",
    "ntk_prediction_cosine",
)
"""The measurements whose final values are printed; all are in the files."""
WIDTH = 110
"""Characters a line where stdout is no terminal."""


def console(*, to_stderr: bool = False, width: int = WIDTH) -> Console:
    """Return a console on stdout that wraps words, and never colours or cuts what goes into a file.

    Args:
        to_stderr: speak there, as where a file that was asked for goes to stdout.
        width: characters a line where there is no terminal.
    """
    plain = Console(highlight=False, emoji=False, stderr=to_stderr)
    return (
        plain if plain.is_terminal else Console(highlight=False, emoji=False, stderr=to_stderr, width=width)
    )


def plain_table(*headers: str) -> Table:
    """Return a table without lines; the last column takes the room there is."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def print_finals(out: Console, trained: Sequence[Trained]) -> None:
    """Print the main final values, one column a run."""
    table = plain_table("final", *(one.name or "value" for one in trained))
    rows = {"log10 loss (sum)": [_spread(one.history, "log_loss", 1 / math.log(10)) for one in trained]}
    rows |= {title_of(name): [_spread(one.history, name) for one in trained] for name in FINALS}
    for event in ("separated", "fitted"):
        rows[f"{event} at step"] = [_event(one.history, event) for one in trained]
    for title, values in rows.items():
        if any(values):
            table.add_row(title, *values)
    out.print(table)


def print_claims(out: Console, claims: Sequence[Claim], verdicts: Sequence[Verdict]) -> None:
    """Print one line a claim, and below it why where it did not end as expected."""
    table = plain_table("verdict", "claim", "value", "bound")
    for claim, verdict in zip(claims, verdicts, strict=True):
        word = verdict.status if claim.expect == "holds" else f"{verdict.status} (expected: {claim.expect})"
        colour = "green" if verdict.as_expected else "red"
        why = (
            ""
            if verdict.as_expected and verdict.status == "holds"
            else f"\n[dim]{escaped(verdict.sentence)}[/]"
        )
        table.add_row(
            f"[{colour}]{word}[/]",
            escaped(claim.text) + why,
            escaped(verdict.measured),
            escaped(verdict.bound),
        )
    out.print(table)


def spread(values: Sequence[float]) -> str:
    """Write one value, or the smallest and the largest of several replicas'; '' where none is defined."""
    defined = [v for v in values if not math.isnan(v)]
    if not defined:
        return ""
    low, high = number(min(defined)), number(max(defined))
    return low if low == high else f"{low} to {high}"


def _spread(history: RunHistory, name: str, factor: float = 1.0) -> str:
    return spread(list(np.asarray(history.records.final(name) * factor))) if name in history.records else ""


def _event(history: RunHistory, event: str) -> str:
    steps = [step for step in history.events.get(f"{event}_step", []) if step is not None]
    if not steps:
        return ""
    return f"{min(steps):,}" if min(steps) == max(steps) else f"{min(steps):,} to {max(steps):,}"
