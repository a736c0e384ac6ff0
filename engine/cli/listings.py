"""`marginlab presets` and `marginlab devices`: what there is."""

from __future__ import annotations

import json

from ..catalog import PresetEntry, presets
from ..files import STANDARD_OUTPUT, write_whole
from .words import escaped


def list_presets(*, as_json: bool) -> int:
    """List presets, the user's own after the shipped ones; return the exit status."""
    entries = presets()
    if as_json:
        write_whole(
            STANDARD_OUTPUT,
            json.dumps([_json(entry) for entry in entries], indent=2, ensure_ascii=False) + "\n",
        )
        return 0
    from rich.table import Table

    from .tables import console

    table = Table(box=None, pad_edge=False, header_style="dim")
    for header in ("id", "title", "paper"):
        table.add_column(header, overflow="fold", no_wrap=header == "id")
    for entry in entries:
        whose = "[dim] (your own)[/]" if entry.own else ""
        wrong = f"\n[red]{escaped(entry.error)}[/]" if entry.error else ""
        table.add_row(escaped(entry.id), escaped(entry.title) + whose + wrong, escaped(entry.paper))
    console(width=160).print(table)
    return 0


def _json(entry: PresetEntry) -> dict[str, str]:
    row = {"id": entry.id, "title": entry.title, "paper": entry.paper}
    return {**row, "error": entry.error} if entry.error else row


def list_devices() -> int:
    """List devices as `run.device` names them; return the exit status."""
    from ..device import devices
    from ..words.formats import byte_size
    from .tables import console, plain_table

    table = plain_table("device", "what it is", "memory", "float64")
    for device in devices():
        memory = byte_size(device.memory) if device.memory else "unknown"
        table.add_row(device.name, escaped(device.title), memory, "yes" if device.float64 else "no")
    console().print(table)
    return 0
