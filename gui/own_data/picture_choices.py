"""What people choose of a set of pictures: classes, and how many train and test."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit, QSpinBox, QWidget

from engine.data.recognition import DataLook
from engine.experiment.data import DataSpec, IdxSpec

from .choices import DataChoices

MOST = 10_000_000


class PictureChoices(DataChoices):
    """Classes as people list them; 0 pictures are all there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = QLineEdit(self)
        self.classes.setObjectName("own_data_classes")
        self.classes.setAccessibleName("Classes")
        self.classes.setPlaceholderText("all, or 3, 8")
        self.classes.setAcceptDrops(False)
        self.train, self.test = QSpinBox(self), QSpinBox(self)
        for box, name, title in ((self.train, "train", "Train on"), (self.test, "test", "Test on")):
            box.setObjectName(f"own_data_{name}")
            box.setAccessibleName(title)
            box.setRange(0, MOST)
            box.setSpecialValueText("all")
            box.setSuffix(" pictures")
            box.setKeyboardTracking(False)
            box.setMinimumHeight(self.fontMetrics().height() + 9)
            box.lineEdit().setAcceptDrops(False)
        self.add("Classes", self.classes)
        self.add("Train on", self.train)
        self.add("Test on", self.test)
        self.classes.editingFinished.connect(self._on_classes)
        self.train.valueChanged.connect(self._on_train)
        self.test.valueChanged.connect(self._on_test)

    def show_look(self, data: DataSpec, look: DataLook) -> None:
        if not isinstance(data, IdxSpec):
            return
        text = "all" if data.classes == "all" else ", ".join(map(str, data.classes))
        if not self.classes.hasFocus():
            self.classes.setText(text)
        for box, count in ((self.train, data.train), (self.test, data.test)):
            box.blockSignals(True)
            box.setValue(count)
            box.blockSignals(False)

    @Slot()
    def _on_classes(self) -> None:
        words = self.classes.text().replace(",", " ").replace(";", " ").split()
        numbers = tuple(int(word) for word in words if word.isdecimal())
        whole = not words or words == ["all"]
        self.chosen.emit(
            {"classes": "all" if whole else numbers if len(numbers) == len(words) else words}, False
        )

    @Slot(int)
    def _on_train(self, count: int) -> None:
        self.chosen.emit({"train": count}, False)

    @Slot(int)
    def _on_test(self, count: int) -> None:
        self.chosen.emit({"test": count}, False)
