"""Where a map is trained, as people choose it: here, in so many processes, or by a cluster's address."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from gui.choice_box import ChoiceBox
from gui.fitted_line import FittedLine
from gui.plain_text import tooltip

MOST_PROCESSES = 9999
LETTERS = 17
"""Of an address that are seen."""
HERE, SOME, DASK, CLUSTER = "local", "local:", "dask", "cluster"
OFFERS = (
    (HERE, "here", "A process a core of this machine."),
    (SOME, "here, processes:", "So many processes of this machine."),
    (DASK, "dask, here", "A dask cluster of this machine, which ends with the map."),
    (CLUSTER, "a cluster:", "The cluster of a dask scheduler, by its address or its scheduler file."),
)


class PlaceBoxes(QWidget):
    """Says a place as the command line writes it; its boxes stand in the row of whoever makes it."""

    place_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()  # it shows nothing itself
        self.where = ChoiceBox(parent)
        self.where.setObjectName("map_where")
        self.where.setAccessibleName("Where it runs")
        self.where.setToolTip(tooltip("Where maps are trained; kept on this machine, not in the experiment."))
        self.where.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.processes = QSpinBox(parent)
        self.processes.setObjectName("map_processes")
        self.processes.setAccessibleName("Processes")
        self.processes.setRange(1, MOST_PROCESSES)
        self.processes.setKeyboardTracking(False)
        self.address = FittedLine("m" * LETTERS, parent)
        self.address.setObjectName("map_address")
        self.address.setAccessibleName("Address of a cluster")
        self.address.setPlaceholderText("tcp://HOST:8786")
        self.address.setToolTip(tooltip("tcp://HOST:PORT, tls://HOST:PORT, or a scheduler file FILE.json."))
        self.where.offer(OFFERS, HERE)
        self.show_place(HERE)
        self.where.activated.connect(self._on_where)
        self.processes.valueChanged.connect(self._on_chosen)
        self.address.editingFinished.connect(self._on_chosen)

    @property
    def place(self) -> str:
        """Return what is chosen."""
        kind = str(self.where.currentData())
        if kind == CLUSTER:
            return self.address.text().strip()
        return f"{SOME}{self.processes.value()}" if kind == SOME else kind

    def show_place(self, place: str) -> None:
        """Show a place; one that is being written stays."""
        if self.address.hasFocus():
            return
        kind = place if place in (HERE, DASK) else SOME if place.startswith(SOME) else CLUSTER
        self.where.setCurrentIndex([offer[0] for offer in OFFERS].index(kind))
        count = place.removeprefix(SOME)
        if kind == SOME and count.isascii() and count.isdigit():
            self.processes.blockSignals(True)
            self.processes.setValue(int(count))
            self.processes.blockSignals(False)
        if kind == CLUSTER:
            self.address.setText(place)
        self._show_boxes()

    def let(self, choose: bool) -> None:
        """Let a person choose, or not: while a map is trained."""
        for box in (self.where, self.processes, self.address):
            box.setEnabled(choose)

    def _show_boxes(self) -> None:
        kind = self.where.currentData()
        self.processes.setVisible(kind == SOME)
        self.address.setVisible(kind == CLUSTER)

    @Slot(int)
    def _on_where(self, _place: int) -> None:
        self._show_boxes()
        if self.where.currentData() == CLUSTER and not self.address.text():
            self.address.setFocus()
        else:
            self._on_chosen()

    @Slot()
    def _on_chosen(self) -> None:
        if self.place:
            self.place_chosen.emit(self.place)
