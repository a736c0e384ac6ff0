"""What a person does with a map that was easily lost: figures without a run."""

from __future__ import annotations

import pytest

from tests.gui.lab import Lab
from tests.gui.mapping import ETA, maps, sweep, trained, write

pytestmark = pytest.mark.one_window


def test_a_map_is_exported_and_composed_where_there_is_no_run(mapped: Lab) -> None:
    assert "or a map" in mapped.window.commands.why_not("compose")
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    trained(mapped)
    assert "no stored steps" in mapped.window.commands.why_not("animate")
    for tab in ("maps", "plots"):
        mapped.window.parts.tabs.bring(tab)
        mapped.menu("File", "Compose figure…")
        dialog = mapped.dialog("composer")
        assert [panel.shows for panel in dialog.composition.figure.panels] == ["sweep_map"]
        dialog.reject()
    mapped.menu("File", "Export figure…")
    mapped.dialog("figure_dialog").reject()
    maps(mapped).delete()
    assert not mapped.window.commands["export_figure"].isEnabled()
