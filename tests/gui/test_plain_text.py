"""What files and people say is shown letter by letter, wherever the window shows it."""

from __future__ import annotations

import ast
import html
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6 import QtGui
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsScene,
    QGraphicsTextItem,
    QGraphicsView,
    QLabel,
    QTextEdit,
)

from engine.catalog import own_folder
from engine.experiment.document import parse, to_toml
from engine.protocol.messages import Failed, Recorded, ReferenceSolved
from engine.protocol.records import RecordBatch
from engine.session import Session
from engine.words.errors import Refusal
from gui.main_window import MainWindow
from gui.plain_text import LONGEST_TIP, PlainLabel, tooltip
from gui.plots.header import PlotHeader

from .lab import Lab

GUI = Path(__file__).parents[2] / "gui"
HOSTILE = '<img src="file:///hostile.png"><b>hostile</b> $\\frac{1$ &amp; \n<h1>hostile'
EXPERIMENT = f"""version = 1
title = '''{HOSTILE}'''
data = {{ kind = "csv", path = '''{HOSTILE.splitlines()[0]}''' }}
network = {{ kind = "mlp", widths = [4] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest" }}
[about]
paper = '''{HOSTILE}'''
theorem = '''{HOSTILE}'''
look_for = '''{HOSTILE}'''
notes = '''{HOSTILE}'''
[[experiments]]
name = '''{HOSTILE}'''
[[experiments]]
name = '''another {HOSTILE}'''
[[claims]]
text = '''{HOSTILE}'''
check = "final"
of = "margin"
at_least = 1
run = '''{HOSTILE}'''
"""


def said(app: QApplication) -> Iterator[tuple[str, str]]:
    """Yield every text that Qt would take for HTML, with the place where it stands."""
    for widget in app.allWidgets():
        place = f"{type(widget).__name__} {widget.objectName()!r}"
        tips = [widget.toolTip(), widget.statusTip(), widget.whatsThis()]
        tips += [action.toolTip() for action in widget.actions()]
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            rich = widget.textFormat() == Qt.TextFormat.RichText
            tips += [f"<p>{widget.text()}</p>" if rich else widget.text()]
        if isinstance(widget, QAbstractItemView | QComboBox) and widget.model() is not None:
            tips += list(tips_of(widget.model()))
        if isinstance(widget, QTextEdit):
            tips.append(widget.toHtml())
        if isinstance(widget, PlotHeader):
            tips += [widget.tip(entry.name) for entry in widget.entries]
        if isinstance(widget, QGraphicsView) and widget.scene() is not None:
            tips += list(texts_of(widget.scene()))
        yield from ((place, tip) for tip in tips if tip and QtGui.Qt.mightBeRichText(tip))


def tips_of(model: QAbstractItemModel) -> Iterator[str]:
    for row in range(model.rowCount()):
        yield str(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) or "")


def texts_of(scene: QGraphicsScene) -> Iterator[str]:
    for item in scene.items():
        yield item.toolTip()
        if isinstance(item, QGraphicsTextItem):
            yield item.toHtml()


def obeyed(text: str) -> list[str]:
    """Return what of the hostile text a reader of HTML obeys: the picture it loads, the words it makes bold."""
    document = QTextDocument()
    document.setHtml(text)
    orders = []
    block = document.begin()
    while block.isValid():
        for fragment in block.begin():
            form = fragment.fragment().charFormat()
            if form.isImageFormat() and "hostile" in form.toImageFormat().name():
                orders.append("picture")
            elif form.fontWeight() > 400 and fragment.fragment().text().strip() == "hostile":
                orders.append("bold")
        block = block.next()
    return orders


def assert_nothing_obeyed(app: QApplication, least: int) -> None:
    """Look through everything there is, and see that the hostile text is there at all."""
    places = {place: obeyed(text) for place, text in said(app) if obeyed(text)}
    assert places == {}
    labels = [label.text() for label in app.allWidgets() if isinstance(label, QLabel)]
    shown = sum(HOSTILE[:9] in text or html.escape(HOSTILE[:9]) in text for text in labels)
    assert shown >= least, "the text is nowhere: this test looks at nothing"


def test_the_test_sees_what_qt_would_obey(qapp: QApplication) -> None:
    assert obeyed(HOSTILE) == ["picture", "bold", "bold"]
    assert obeyed(tooltip(HOSTILE)) == [] and tooltip("") == ""
    assert len(tooltip("x" * 10_000)) < LONGEST_TIP + 20


def test_an_experiment_from_anywhere_is_shown_letter_by_letter(
    quick: Lab, window: MainWindow, qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.toml"
    path.write_text(EXPERIMENT, "utf-8")
    window.files.open_path(path)
    window.files.notice_posted.emit("bad", HOSTILE, HOSTILE)
    window.files.notice_posted.emit("bad", str(Refusal(HOSTILE, HOSTILE, HOSTILE)), "")
    window.parts.experiment.panel.header.show_refusals([Refusal("", HOSTILE, HOSTILE)])
    quick.until(lambda: window.parts.side.claims.rows)
    assert_nothing_obeyed(qapp, 5)


def test_a_session_from_anywhere_is_shown_letter_by_letter(
    quick: Lab, window: MainWindow, qapp: QApplication, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.mlab"
    text = to_toml(parse(EXPERIMENT))
    column = f"layer_norm.W{HOSTILE}"
    with Session.create(path) as session:
        session.document, session.notes = text, HOSTILE
        session.document_folder = str(tmp_path)
        run = session.add_run(
            text, title=HOSTILE, experiment=HOSTILE, replicas=1, folder=str(tmp_path.parent)
        )
        values = {name: np.linspace(0.1, 1, 3)[:, None] for name in ("log_loss", "margin", column, HOSTILE)}
        batch = RecordBatch(np.arange(3), values)
        session.store(Recorded(run, batch, {}, {}, 2, 0.1, 1.0))
        session.store(ReferenceSolved(run, "f1", HOSTILE, (), (), 0.1, HOSTILE))
        session.store(Failed(run, HOSTILE, HOSTILE))
        session.change_run(run, notes=HOSTILE)
    assert not window.files.open_path(path)  # its run names data elsewhere, letter by letter
    assert_nothing_obeyed(qapp, 1)
    window.outside._on_chosen("outside data", "read")
    quick.until(lambda: quick.rows)
    quick.until(lambda: window.parts.plots.plots["margins"].isVisible())
    for plot in window.parts.plots.plots.values():
        plot.canvas.set_left_title(HOSTILE, log=False)
        plot.canvas.set_bottom_title(HOSTILE, log=False, shown=True)
    qapp.processEvents()
    assert_nothing_obeyed(qapp, 3)


def test_presets_from_anywhere_are_shown_letter_by_letter(
    quick: Lab, window: MainWindow, qapp: QApplication
) -> None:
    own_folder().mkdir(parents=True)
    (own_folder() / "one.toml").write_text(EXPERIMENT, "utf-8")
    (own_folder() / "<b>hostile<b>.toml").write_text(f"title = '''{HOSTILE}'''\nstrange = 1\n", "utf-8")
    window.commands["presets"].trigger()
    gallery = quick.dialog("gallery")
    for row in range(gallery.list.count()):
        item = gallery.list.item(row)
        if "hostile" in item.text() and item.flags() & Qt.ItemFlag.ItemIsSelectable:
            gallery.list.setCurrentRow(row)
            assert_nothing_obeyed(qapp, 1)
    gallery.reject()


@pytest.mark.parametrize("path", sorted(GUI.rglob("*.py")), ids=lambda path: str(path.relative_to(GUI)))
def test_labels_and_tooltips_are_made_where_text_is_made_safe(path: Path) -> None:
    """A label of Qt's own guesses whether it is given HTML, and so does every tooltip that says more than a word."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = [node.func.id for node in calls if isinstance(node.func, ast.Name)]
    assert path.name == "plain_text.py" or "QLabel" not in names, (
        "take PlainLabel or RichLabel of gui.plain_text"
    )
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("setToolTip", "setStatusTip"):
            made = [node for node in ast.walk(call.args[-1]) if isinstance(node, ast.Call)]
            within = [node for one in made for node in ast.walk(one)]
            loose = [node for node in ast.walk(call.args[-1]) if isinstance(node, ast.FormattedValue)]
            loose = [node for node in loose if node not in within and node.value not in made]
            texts = [node for node in loose if node.format_spec is None]  # else a number
            assert texts == [], f"line {call.lineno}: take tooltip() of gui.plain_text"


def test_a_plain_label_says_what_it_is_given(qapp: QApplication) -> None:
    label = PlainLabel(HOSTILE)
    assert (label.text(), label.textFormat()) == (HOSTILE, Qt.TextFormat.PlainText)
    label.deleteLater()
