"""Views of a map: its cells, its slices, its axes, its training. Widgets that know no model."""

from __future__ import annotations
