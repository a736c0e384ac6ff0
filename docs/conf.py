"""How Sphinx makes the site; `python -m sphinx -W docs build/docs`."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

project = "Margin Lab"
author = "Margin Lab developers"
extensions = ["myst_parser"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Margin Lab"
html_show_copyright = False
html_show_sphinx = False
exclude_patterns = ["build"]

FORMULA = re.compile(r"\$`(.+?)`\$")
"""A formula as Markdown readers on the web write it; Sphinx knows it as a role."""


def setup(app: Sphinx) -> None:
    """Let formulas between dollars be read as formulas."""
    app.connect("source-read", _as_roles)


def _as_roles(_app: Sphinx, _name: str, source: list[str]) -> None:
    source[0] = FORMULA.sub(r"{math}`\1`", source[0])
