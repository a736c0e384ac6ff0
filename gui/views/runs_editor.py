"""The editor of a panel's runs: typed names apart by commas, or ticks in a list of what is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QWidget

from gui.forms.quoted import parse_quoted, quoted
from gui.forms.text_editors import TextEditor
from gui.tool_buttons import tool_button

EXAMPLE = 'is no name; write first run, "a, b"'
ALL = "All that are shown"


class RunsEditor(TextEditor):
    """A line of names, with a button that lists the runs and groups there are."""

    def __init__(self, offered: Mapping[str, str], parent: QWidget | None = None) -> None:
        """Offer titles by the words that name them."""
        super().__init__(parse_names, names_text, "all that are shown", parent)
        self._chosen: tuple[str, ...] = ()
        self.menu = QMenu(self)
        self.menu.setObjectName("runs_menu")
        self.menu.setToolTipsVisible(True)
        for word, title in {"": ALL, **offered}.items():
            action = self.menu.addAction(title.replace("&", "&&"))
            action.setCheckable(True)
            action.setData(word)
        self.menu.triggered.connect(self._on_triggered)
        self.button = tool_button("Choose", self, name="choose_runs", help="Choose among the runs shown.")
        self.button.setMenu(self.menu)
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.setSpacing(4)
        layout.addWidget(self.button)

    def show_value(self, value: Any) -> None:
        super().show_value(value)
        self._chosen = tuple(value)
        for action in self.menu.actions():
            word = action.data()
            action.setChecked(word in self._chosen if word else not self._chosen)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        word = action.data()
        others = tuple(name for name in self._chosen if name != word)
        self.committed.emit(() if not word else (*others, word) if action.isChecked() else others)


def parse_names(text: str) -> tuple[str, ...]:
    """Read names of runs apart by commas; one with a comma stands in quotes.

    Raises:
        UnreadableError: where a quote is not closed, or something follows it.
    """
    return tuple(word for word, is_quoted in parse_quoted(text, EXAMPLE) if word or is_quoted)


def names_text(names: Sequence[str]) -> str:
    """Write names so that they are read as the same ones."""
    return ", ".join(map(_name_text, names))


def _name_text(name: str) -> str:
    return name if re.fullmatch(r"[^\s,;\"'\[\]](?:[^,;\]]*[^\s,;\]])?", name) else quoted(name)
