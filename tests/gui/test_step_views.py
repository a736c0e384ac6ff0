"""What views of stored steps show of a step that the engine has not answered yet, and of another replica."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from engine.protocol.layers import LayerSpectrum, LayersReady, SpectraSeen
from engine.protocol.samples import MarginsSeen, SamplesReady
from gui.layers.layers_view import LayersView
from gui.samples.samples_view import SamplesView
from gui.samples.weights_plot import WeightsPlot


def layers(replica: int = 0, scale: float = 1.0) -> LayersReady:
    now = scale * 2.0 ** -np.arange(10.0)
    ranks = np.array([0, 2, 9])
    return LayersReady(1, "run", 9, replica, (LayerSpectrum("W1", "", 10, 10, False, True, now, now, ranks),))


def samples(count: int, looked_at: int) -> SamplesReady:
    margins, places = np.arange(1.0, count + 1), np.arange(looked_at) + (count - looked_at)
    weights = np.where(margins < 4, np.exp(-margins), 0.0)
    seen = MarginsSeen(9, margins[places], 1.0)
    return SamplesReady(
        1, "run", 9, 0, np.where(margins % 2, 1, -1), margins, weights, None, places, seen, exponent=1.0
    )


def test_values_of_a_stored_step_stand_where_those_of_the_answer_do(qtbot: QtBot) -> None:
    view = LayersView()
    qtbot.addWidget(view)
    view.show_layers(layers())
    view.show_seen(SpectraSeen(4, (np.array([3.0, 2.0, 1.0]),)))
    np.testing.assert_allclose(10 ** view.now.marks.getData()[0], [1, 3, 10])
    np.testing.assert_allclose(10**view.now.start.xData, [1, 3, 10])


def test_layers_of_one_value_are_points_and_the_table_names_their_colours(qtbot: QtBot) -> None:
    view = LayersView()
    qtbot.addWidget(view)
    one = layers().layers[0]
    single = replace(one, name="v", now=np.array([3.0]), start=np.array([2.0]), ranks=np.array([0]))
    view.show_layers(replace(layers(), layers=(one, single, replace(single, name="w"))))
    assert [len(line.xData) for line in view.now._lines] == [10, 1, 1]
    assert len(view.now.marks.data) == 10 + 2
    assert view.table.text().count("━") == 3


def test_another_replica_s_values_over_steps_are_drawn_at_once(qtbot: QtBot) -> None:
    view = LayersView()
    qtbot.addWidget(view)
    view.show_layers(layers())
    before = view.over_steps.canvas.view.viewRange()
    view.show_layers(layers(replica=1, scale=1e6))
    assert view.over_steps.canvas.view.viewRange() != before


def test_support_vectors_are_not_guessed_from_some_of_the_samples(qtbot: QtBot) -> None:
    view = SamplesView()
    qtbot.addWidget(view)
    for count, marked in ((10, True), (20, False)):
        picture = samples(count, 10)
        view.show_samples(picture)
        view.show_seen(replace(picture.now, step=4))
        assert bool(len(view.map.support.getData()[0])) == marked
        assert view.histogram.limit.isVisible() == marked


def test_samples_of_weight_zero_are_told_apart(qtbot: QtBot) -> None:
    plot = WeightsPlot()
    qtbot.addWidget(plot)
    plot.show_weights(samples(10, 10), None)
    assert plot.canvas.note == "7 of weight 0"
