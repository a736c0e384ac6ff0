"""Where a map is trained: the places that `--on` names. No experiment says it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol.points import Order
from ..words.errors import Refusal
from .workers import Workers

if TYPE_CHECKING:
    from .standby import Standby


@dataclass(frozen=True)
class TrainingPlace:
    """One way to say where tasks are trained."""

    written: str
    means: str
    pattern: str
    """What its names look like, as a regular expression."""
    made: Callable[[Order, str, Standby | None], Workers]
    count: Callable[[str], int] | None = None
    """How many processes of this machine a name means, 0 for one a core; None where they are not of this machine."""

    def workers(self, order: Order, name: str, standby: Standby | None = None) -> Workers:
        """Return what trains there; processes of this machine are a standby's, before and after."""
        return self.made(order, name, standby)


def place_of(name: str) -> TrainingPlace:
    """Return the place of a name.

    Raises:
        Refusal: where there is none.
    """
    for place in PLACES:
        if re.fullmatch(place.pattern, name):
            return place
    written = [place.written for place in PLACES]
    raise Refusal("--on", name, f"is no place to train; say {', '.join(written[:-1])} or {written[-1]}")


def _count(name: str) -> int:
    return int(name.partition(":")[2] or 0)


def _local(order: Order, name: str, standby: Standby | None) -> Workers:
    from .local import LocalWorkers

    return LocalWorkers(order, _count(name), standby)


def _dask(order: Order, name: str, _: Standby | None) -> Workers:
    _need_dask(name)
    from .cluster import ClusterWorkers
    from .schedulers import of_this_machine

    return ClusterWorkers(order, name, of_this_machine())


def _address(order: Order, name: str, _: Standby | None) -> Workers:
    _need_dask(name)
    from .cluster import ClusterWorkers
    from .schedulers import at

    return ClusterWorkers(order, name, at(name, name))


def _file(order: Order, name: str, _: Standby | None) -> Workers:
    _need_dask(name)
    try:
        address = json.loads(Path(name).read_text("utf-8"))["address"]
    except OSError as error:
        raise Refusal("--on", name, f"cannot be read ({(error.strerror or str(error)).lower()})") from None
    except (ValueError, KeyError, TypeError):
        raise Refusal("--on", name, "is no scheduler file of dask: it has no address") from None
    from .cluster import ClusterWorkers
    from .schedulers import at

    return ClusterWorkers(order, name, at(name, str(address), name))


def _need_dask(name: str) -> None:
    """Refuse a cluster where dask.distributed is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        remedy = "needs dask.distributed, which is not installed here: pip install 'margin-lab[cluster]'"
        raise Refusal("--on", name, remedy) from error


PLACES = (
    TrainingPlace("local", "a process a core of this machine", "local", _local, _count),
    TrainingPlace("local:N", "N processes of this machine", "local:[1-9][0-9]{0,3}", _local, _count),
    TrainingPlace("dask", "a dask cluster of this machine, which ends with the map", "dask", _dask),
    TrainingPlace("tcp://HOST:PORT", "the cluster of a dask scheduler", r"tcp://.+:[0-9]+", _address),
    TrainingPlace(
        "tls://HOST:PORT",
        "the same, with the certificates of dask's configuration",
        r"tls://.+:[0-9]+",
        _address,
    ),
    TrainingPlace("FILE.json", "the cluster of a scheduler file", r".+\.json", _file),
)
"""Every way to say where tasks are trained."""
