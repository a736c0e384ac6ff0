"""Where no run is looked at every part of the window says the same: what is to come, and where runs are."""

from __future__ import annotations

from gui.model.engine_query import SELECT

from .lab import Lab


def everywhere(lab: Lab) -> dict[str, str]:
    """Return what each tab with a picture of a step says in its place."""
    tabs, said = lab.window.parts.tabs, {}
    for name in ("surface", "kernel", "neurons", "samples", "layers"):
        tabs.bring(name)
        said[name] = tabs[name].view.nothing.text()
        assert tabs[name].view.pages.currentIndex() == 0, name
    return said


def test_no_part_shows_a_run_that_is_not_looked_at(quick: Lab) -> None:
    lab, run_list = quick, quick.window.model.run_list
    lab.run_through("Gone", steps=200)
    lab.until(lambda: lab.status("step"))
    lab.window.parts.tabs.bring("layers")
    for empty in (False, True):
        if empty:
            run_list.delete([run.id for run in run_list.runs])
        run_list.select("")
        lab.until(lambda: not lab.status("step"))
        assert not any(label.text() for label in lab.window.parts.status.labels.values())
        assert lab.window.parts.transport._steps.text() == "" and not lab.window.parts.side.hints.isVisible()
        assert set(lab.verdicts) == {"not yet"} and not lab.window.parts.side.notes.text.isEnabled()
        assert "Solved exactly when a run begins" in lab.window.parts.side.references.lines()[0]
        said = everywhere(lab)
        assert all("once a run" in sentence for sentence in said.values())
        assert all((SELECT in sentence) is not empty for sentence in said.values())
        assert not lab.window.parts.tabs["neurons"].view.layer_box.isVisible()
