"""The tables of `marginlab bench`."""

from __future__ import annotations

from rich.console import Console

from ..bench import BenchFound, LargeKernel, SideBySide, StepSpeed, Timed, TrainingSpeed, changes
from ..words.formats import byte_size, duration
from .tables import plain_table
from .words import escaped

HANDS = ("compiled", "torch", "plain", "jax", "products")


def print_bench(out: Console, found: BenchFound) -> None:
    """Print all that was found: medians, half the spread in percent, and ratios."""
    word = "thread" if found.threads == 1 else "threads"
    where = f"{found.device.name}: {found.device.title}, kernels with {found.threads} {word}, {found.dtype}"
    out.print(escaped(where))
    out.print("[dim]Medians; ±: half of what lies between the least and the most of several runs.[/]")
    if found.kernel is not None or found.large_kernel is not None:
        _print_kernels(out, found.kernel, found.large_kernel)
    if found.steps:
        _print_steps(out, found.steps)
    if found.training is not None or found.measurements:
        _print_training(out, found)


def print_changes(out: Console, before: BenchFound, now: BenchFound) -> None:
    """Print by how much the lab and the machine became slower."""
    out.print("\nBeside the earlier file (times as long as then; own: what the machine did divided out):")
    for words in now.unlike(before):
        out.print(f"  measured with {escaped(words)}")
    table = plain_table("what", "then", "now", "times", "machine", "own", "")
    for change in changes(before, now):
        then, today = _spread(change.before, change.unit), _spread(change.now, change.unit)
        machine, own = (
            ("", "") if change.machine is None else (f"{change.machine.median:.2f}", f"{change.own:.2f}")
        )
        indent = "" if change.title == change.title.lstrip() else "  "
        title = indent + escaped(change.title)
        table.add_row(title, then, today, f"{change.ratio:.2f}", machine, own, change.verdict)
    out.print(table if table.row_count else "  no figure is in both")


def _print_kernels(out: Console, beside: SideBySide | None, large: LargeKernel | None) -> None:
    table = plain_table("what", "found", "ratio")
    if beside is not None:
        table.add_row(beside.title, _seconds(beside.layers_seconds), "layer by layer")
        if beside.recipe_seconds is not None and beside.times_faster is not None:
            faster = f"{beside.times_faster:.3g} times as long; largest relative difference {beside.difference:.1e}"
            table.add_row("  torch.func, Jacobian contraction", _seconds(beside.recipe_seconds), faster)
        else:
            table.add_row("  torch.func, Jacobian contraction", "", escaped(beside.note))
        over = f"the kernel takes {beside.over_floor:.2f} times as long"
        table.add_row("  its matrix products alone", _seconds(beside.floor_seconds), over)
    if large is not None:
        table.add_row(*_large_row(large))
    out.print(table)


def _large_row(large: LargeKernel) -> tuple[str, str, str]:
    if large.seconds is None or large.planned_bytes is None:
        return large.title, "", escaped(large.note)
    peak = "unknown here" if large.peak_bytes is None else byte_size(large.peak_bytes)
    return (
        large.title,
        duration(large.seconds),
        f"peak memory {peak}, {byte_size(large.planned_bytes)} planned",
    )


def _print_steps(out: Console, steps: tuple[StepSpeed, ...]) -> None:
    hands = [hand for hand in HANDS if any(hand in speed.by for speed in steps)]
    out.print("\nSteps, microseconds each (and how many times as long as compiled ones):")
    table = plain_table("samples x inputs - hidden", *hands)
    for speed in steps:
        cells = []
        for hand in hands:
            timed = speed.by.get(hand)
            times = "" if hand == "compiled" or timed is None else f" ({speed.ratios[hand]:.3g})"
            cells.append("" if timed is None else f"{_spread(timed)}{times}")
        table.add_row(escaped(speed.title), *cells)
    out.print(table)


def _print_training(out: Console, found: BenchFound) -> None:
    out.print()
    table = plain_table("whole runs", "found", "ratio")
    if found.training is not None:
        for row in _training_rows(found.training):
            table.add_row(*row)
    for share in found.measurements:
        table.add_row(
            f"default measurements of {escaped(share.title)}",
            f"+{_spread(share.share.times(100), '%')}",
            f"beyond {share.steps:,} steps alone",
        )
    out.print(table)


def _training_rows(training: TrainingSpeed) -> list[tuple[str, str, str]]:
    speed = training.steps / training.lab_seconds.median
    title = escaped(f"{training.title}, on {training.device}")
    over, many = training.over_plain, training.many_over_one
    return [
        (title, _seconds(training.lab_seconds), f"{escaped(training.path)}, {speed:,.0f} steps/s"),
        (
            "  steps by torch",
            _seconds(training.torch_seconds),
            f"{training.torch_over_lab:.3g} times as long",
        ),
        (
            "  plain loop, no measurement",
            _seconds(training.plain_seconds),
            f"the lab takes {over:.3g} times as long",
        ),
        ("  16 replicas together", _seconds(training.many_seconds), f"{many:.2f} times as long as one"),
        ("  one record, all measurements", _seconds(training.record_seconds), ""),
    ]


def _seconds(timed: Timed) -> str:
    return _spread(timed.times(1e3), "ms") if timed.median < 0.1 else _spread(timed, "s")


def _spread(timed: Timed, unit: str = "") -> str:
    """Write a median with its unit, and half the spread where there is one."""
    median = f"{timed.median:,.3g}" if timed.median < 1000 else f"{timed.median:,.0f}"
    spread = f"±{100 * timed.spread:.0f}%" if timed.least < timed.most else ""
    return " ".join(filter(None, (median, unit, spread)))
