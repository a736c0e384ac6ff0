"""The plot editor: which columns run upwards, what runs to the right, logarithms, limits, the name."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from engine.experiment.columns import COLUMNS, title_of
from engine.figures.own_plots import AxisLimits, Ends, OwnPlot
from engine.figures.plots import COLUMN, HORIZONTAL, LOG_COLUMN, HorizontalAxis, horizontal
from engine.words.formats import editable_number
from gui.plain_text import PlainLabel
from gui.search_line import SearchLine
from gui.views.dialog import Dialog

SHARED = "As in all plots"
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
"""What may be thousands with a comma between them, or a decimal comma."""
LOGS = {"log_step": "step", "log_time": "time"}
"""Axes that are the logarithm of another one."""


class PlotEditor(Dialog):
    """Asks what a plot is to show; of the lab's own plots the limits alone."""

    described = Signal(object, object)
    """An `OwnPlot`, and its `AxisLimits`."""

    def __init__(
        self,
        plot: OwnPlot,
        limits: AxisLimits,
        recorded: Sequence[str],
        shared: HorizontalAxis,
        parent: QWidget,
        *,
        limits_alone: bool = False,
        log: bool | None = None,
    ) -> None:
        """Show what a plot shows.

        Args:
            plot: the plot to begin with.
            limits: of its axes.
            recorded: the columns that runs have recorded.
            shared: what runs to the right in all plots.
            parent: the window.
            limits_alone: whether nothing else can be said.
            log: whether the value axis is logarithmic where that cannot be said; None: as the plot says.
        """
        title = f"Axes of “{plot.title}”" if limits_alone else "New plot" if not plot.id else "Edit plot"
        super().__init__("plot_editor", title, QSize(460, 220 if limits_alone else 560), parent)
        self._plot, self._shared, self._limits_alone = plot, shared, limits_alone
        self._fixed_log = log
        self.title = QLineEdit(plot.title, self)
        self.title.setObjectName("plot_title")
        self.search = SearchLine("plot_search", "Search measurements", self)
        self.columns = QListWidget(self)
        self.columns.setObjectName("plot_columns")
        self.columns.setAccessibleName("measurements that run upwards")
        self.search.lead_to(self.columns)
        self._fill_columns(recorded)
        self.across = QComboBox(self)
        self.across.setObjectName("plot_across")
        self.across.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.across.setMinimumContentsLength(24)
        self._fill_across(recorded)
        self.log_across = QCheckBox("Logarithmic", self)
        self.log_across.setObjectName("plot_log_across")
        self.log_up = QCheckBox("Logarithmic", self)
        self.log_up.setObjectName("plot_log_up")
        self.log_up.setToolTip("Values of 0 or below are gaps then, and counted.")
        self.log_up.setChecked(plot.log)
        self._show_across(plot.horizontal)
        self.ends = [QLineEdit(self) for _ in range(4)]
        for line, name in zip(self.ends, ("x_low", "x_high", "y_low", "y_high"), strict=True):
            line.setObjectName(name)
            line.setPlaceholderText("automatic")
            line.setMinimumWidth(60)
            line.setAccessibleName({"x": "horizontal", "y": "value"}[name[0]] + f" axis, {name[2:]} end")
        self._show_limits(limits)
        self.problem = PlainLabel("", self)
        self.problem.setObjectName("plot_problem")
        self.problem.setProperty("role", "bad")
        self.problem.setWordWrap(True)
        standard = QDialogButtonBox.StandardButton
        box = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        box.setObjectName("plot_buttons")
        self.ok = box.button(standard.Ok)
        box.accepted.connect(self.accept)
        self.fill(self._form(), box, scrolls=True)
        self._connect()
        self._check()

    def _form(self) -> QWidget:
        body = QWidget(self)
        form = QFormLayout(body)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        if self._limits_alone:
            for widget in (self.title, self.search, self.columns, self.across, self.log_across, self.log_up):
                widget.hide()
        else:
            form.addRow("Name", self.title)
            form.addRow("Upwards", self.search)
            form.addRow("", self.columns)
            form.addRow("", self.log_up)
            form.addRow("To the right", self.across)
            form.addRow("", self.log_across)
        for words, low, high in (
            ("Horizontal axis", self.ends[0], self.ends[1]),
            ("Value axis", self.ends[2], self.ends[3]),
        ):
            line = QWidget(self)
            grid = QGridLayout(line)
            grid.setContentsMargins(0, 0, 0, 0)
            grid.addWidget(low, 0, 0)
            grid.addWidget(PlainLabel("to", self), 0, 1)
            grid.addWidget(high, 0, 2)
            form.addRow(f"{words} from", line)
        form.addRow("", self.problem)
        return body

    def _connect(self) -> None:
        for line in (self.title, *self.ends):
            line.textChanged.connect(self._on_changed)
        self.search.textChanged.connect(self._on_searched)
        self.columns.itemChanged.connect(self._on_changed)
        self.across.currentIndexChanged.connect(self._on_across_changed)
        for box in (self.log_across, self.log_up):
            box.toggled.connect(self._on_changed)
        self.accepted.connect(self._on_accepted)

    # --- what is offered ---

    def _fill_columns(self, recorded: Sequence[str]) -> None:
        known = [c.name for c in COLUMNS if not c.name.endswith("*")]
        for name in dict.fromkeys((*self._plot.columns, *recorded, *known)):
            item = QListWidgetItem(title_of(name))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            )
            chosen = name in self._plot.columns
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
            if name not in recorded:
                item.setToolTip("No run on screen has recorded it.")
            self.columns.addItem(item)

    def _fill_across(self, recorded: Sequence[str]) -> None:
        self.across.addItem(f"{SHARED} ({self._shared.title})", "")
        for axis in HORIZONTAL:
            if axis.id not in LOGS:
                self.across.addItem(axis.title, axis.id)
        known = [c.name for c in COLUMNS if not c.name.endswith("*")]
        for name in dict.fromkeys((*recorded, *known)):
            self.across.addItem(title_of(name), COLUMN + name)

    def _show_across(self, id: str) -> None:
        plain = LOGS.get(id, id)
        if id.startswith(LOG_COLUMN):
            plain = COLUMN + id.removeprefix(LOG_COLUMN)
        if self.across.findData(plain) < 0:
            self.across.addItem(horizontal(plain).title, plain)
        self.across.setCurrentIndex(self.across.findData(plain))
        self.log_across.setChecked(plain != id)
        self._show_whether_log()

    def _show_whether_log(self) -> None:
        """Offer logarithms where an axis does not say itself whether it has them."""
        id = str(self.across.currentData())
        free = id.startswith(COLUMN) or id in LOGS.values()
        self.log_across.setEnabled(free)
        if not free:
            axis = horizontal(id) if id else self._shared
            self.log_across.setChecked(axis.log)
            self.log_across.setToolTip("The axis chosen says this itself.")
        else:
            self.log_across.setToolTip("Values of 0 or below have no place then, and are counted.")

    def _show_limits(self, limits: AxisLimits) -> None:
        logs = (self.axis.log, self.axis.log, self._log, self._log)
        for line, end, log in zip(self.ends, (*limits.x, *limits.y), logs, strict=True):
            line.setText("" if end is None else shown_end(end, log))

    # --- what is chosen ---

    @property
    def horizontal(self) -> str:
        """Return the id of what runs to the right; '': as in all plots."""
        id = str(self.across.currentData())
        if not self.log_across.isChecked():
            return id
        if id.startswith(COLUMN):
            return LOG_COLUMN + id.removeprefix(COLUMN)
        return next((log for log, plain in LOGS.items() if plain == id), id)

    @property
    def axis(self) -> HorizontalAxis:
        """Return what runs to the right."""
        return horizontal(self.horizontal) if self.horizontal else self._shared

    @property
    def _log(self) -> bool:
        return self.log_up.isChecked() if self._fixed_log is None else self._fixed_log

    def chosen(self) -> list[str]:
        """Return the columns that run upwards."""
        items = (self.columns.item(row) for row in range(self.columns.count()))
        ticked = [item for item in items if item.checkState() is Qt.CheckState.Checked]
        return [str(item.data(Qt.ItemDataRole.UserRole)) for item in ticked]

    def limits(self) -> AxisLimits:
        """Return the limits typed.

        Raises:
            ValueError: where one cannot be, with what to do.
        """
        texts = [line.text() for line in self.ends]
        return AxisLimits(
            typed_ends("horizontal axis", texts[0], texts[1], self.axis.log),
            typed_ends("value axis", texts[2], texts[3], self._log),
        )

    def _check(self) -> None:
        problem = ""
        if not self._limits_alone and not self.chosen():
            problem = "Tick at least one measurement that runs upwards."
        elif not self._limits_alone and not self.title.text().strip():
            problem = "Give the plot a name."
        else:
            try:
                self.limits()
            except ValueError as wrong:
                problem = str(wrong)
        self.problem.setText(problem)
        self.ok.setEnabled(not problem)
        self.ok.setToolTip(problem)

    @Slot()
    def _on_changed(self, *_: object) -> None:
        self._check()

    @Slot(int)
    def _on_across_changed(self, _index: int) -> None:
        self._show_whether_log()
        self._check()

    @Slot(str)
    def _on_searched(self, words: str) -> None:
        wanted = words.casefold().split()
        for row in range(self.columns.count()):
            item = self.columns.item(row)
            text = f"{item.text()} {item.data(Qt.ItemDataRole.UserRole)}".casefold()
            item.setHidden(not all(word in text for word in wanted))

    @Slot()
    def _on_accepted(self) -> None:
        plot = self._plot
        if not self._limits_alone:
            plot = replace(
                plot,
                title=" ".join(self.title.text().split()),
                columns=tuple(self.chosen()),
                horizontal=self.horizontal,
                log=self.log_up.isChecked(),
            )
        self.described.emit(plot, self.limits())


def shown_end(end: float, log: bool) -> str:
    """Write an end of an axis as people type it."""
    if not log:
        return editable_number(end)
    return editable_number(10.0**end) if abs(end) < 300 else f"1e{end:.0f}"


def typed_ends(axis: str, low: str, high: str, log: bool) -> Ends:
    """Return where an axis begins and ends, as it is drawn; None for what is left free.

    Raises:
        ValueError: where it cannot, with what to do.
    """
    first, last = (_typed(axis, text, log) for text in (low, high))
    if first is not None and last is not None and first >= last:
        raise ValueError(
            f"The {axis} ends at {high.strip()}, which is not above {low.strip()}, where it begins."
        )
    return first, last


def _typed(axis: str, text: str, log: bool) -> float | None:
    text = text.strip().replace("−", "-")
    if not text:
        return None
    if THOUSANDS.fullmatch(text):
        plain, read = text.replace(",", ""), text.replace(",", ".", 1).replace(",", "")
        raise ValueError(f"The {axis}: {text} can be read in two ways; type {plain} or {read}.")
    text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"The {axis}: {text} is no number; leave it empty to let the data choose.") from None
    if not math.isfinite(value):
        raise ValueError(f"The {axis} cannot reach {text}.")
    if not log:
        return value
    if value <= 0:
        raise ValueError(f"The {axis} is logarithmic: {text} has no place on it; begin above 0.")
    return math.log10(value)
