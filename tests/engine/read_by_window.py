"""How the window reads what the engine process says."""

from __future__ import annotations

import pickle
from typing import Any


class ReadByWindow(pickle.Unpickler):
    """Reads a message as the window can: with nothing that has to be imported for it and that a window has not."""

    def find_class(self, module: str, name: str) -> Any:
        assert module.partition(".")[0] in ("engine", "numpy", "pathlib", "builtins", "collections"), (
            f"a message names {name} of {module}, which the window would import to read it"
        )
        return super().find_class(module, name)
