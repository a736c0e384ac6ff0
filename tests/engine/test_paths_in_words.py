"""How sentences say where a file is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.experiment.document import load
from engine.session import Session
from engine.words.errors import Refusal, path_in_words


def test_a_path_is_said_from_the_user_s_folder_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "ann")
    assert path_in_words(tmp_path / "ann" / "work" / "a.mlab") == str(Path("~/work/a.mlab"))
    assert path_in_words(tmp_path / "bob" / "a.mlab") == str(tmp_path / "bob" / "a.mlab")
    assert path_in_words(Path("work/a.mlab")) == str(Path("work/a.mlab"))  # as it was given


@pytest.mark.parametrize(("read", "name"), [(Session.open, "a.mlab"), (load, "a.toml")])
def test_sessions_and_experiments_are_named_alike(
    read: Callable[[Path], object], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    folder = tmp_path / "a folder with a name of many letters, as people have them"
    with pytest.raises(Refusal, match=rf"^'~/a folder with [^/]*/{name}' does not exist"):
        read(folder / name)
