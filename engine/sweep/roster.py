"""Who is there of a cluster's workers, and who of them may train: versions, in words."""

from __future__ import annotations

import queue
from collections import Counter
from collections.abc import Mapping
from typing import Any

from distributed import Client, Future

from ..words.errors import Refusal
from ..words.formats import counted
from .remote import Facts, facts


class Roster:
    """The workers of a cluster as they were when somebody looked."""

    def __init__(self, client: Client, place: str) -> None:
        """Make one that has not looked yet."""
        self._client, self._place, self._here = client, place, facts()
        self.sentences: queue.SimpleQueue[str] = queue.SimpleQueue()
        """What is to be said of them."""
        self.threads = self.memory = 0
        self.dashboard = ""
        self._fit: dict[str, int] = {}
        self._unfit: dict[str, str] = {}
        self._said: set[str] = set()
        self._call: Future[Facts] | None = None

    @property
    def workers(self) -> int:
        """Return how many may train."""
        return len(self._fit)

    @property
    def fit(self) -> list[str]:
        """Return the addresses of those who may train."""
        return list(self._fit)

    @property
    def only(self) -> list[str] | None:
        """Return who may train, where not all may."""
        return self.fit if self._unfit and self._fit else None

    def refuse_if_nobody_fits(self) -> None:
        """Refuse a cluster none of whose workers may train.

        Raises:
            Refusal: with the reason of the first.
        """
        if self._unfit and not self._fit:
            why = next(iter(self._unfit.values()))
            raise Refusal(
                "--on",
                self._place,
                f"has nobody who could train: {counted(len(self._unfit), 'worker')} {why}",
            )

    def look(self) -> None:
        """Look who is there, and ask those who are new what they are."""
        threads: Mapping[str, int] = self._client.nthreads()
        self._unfit = {at: why for at, why in self._unfit.items() if at in threads}
        fit = {at: count for at, count in threads.items() if at in self._fit}
        new = [at for at in threads if at not in fit and at not in self._unfit]
        if new:
            asked = self._client.run(facts, workers=new, on_error="return")
            fit |= {at: threads[at] for at, answer in asked.items() if self._may_train(at, answer)}
            self._tell(asked)
        if new or fit.keys() != self._fit.keys():
            self._fit, self.threads = fit, sum(fit.values())
            self._take_in_what_they_have()
        if threads:
            self._call = None
        elif self._call is None:  # tasks are what some clusters grow by
            self._call = self._client.submit(facts, pure=False)

    def look_again(self) -> None:
        """Ask everybody anew at the next look."""
        self._fit = {}

    def _take_in_what_they_have(self) -> None:
        told = self._client.scheduler_info(n_workers=-1)
        self.memory = sum(
            told["workers"][at]["memory_limit"] or 0 for at in self._fit if at in told["workers"]
        )
        self.dashboard = self._client.dashboard_link if "dashboard" in told.get("services", {}) else ""

    def _may_train(self, at: str, answer: Any) -> bool:
        if isinstance(answer, OSError):  # it went meanwhile, and is asked again if it has not
            return False
        if not isinstance(answer, Facts):
            self._unfit[at] = f"without a Margin Lab that trains maps ({answer}); install there what is here"
        elif answer.records != self._here.records:
            self._unfit[at] = (
                "with another Margin Lab, whose records are not those of this one; install the same"
            )
        elif not answer.packages["torch"]:
            self._unfit[at] = "without torch; install there what Margin Lab needs"
        return at not in self._unfit

    def _tell(self, asked: Mapping[str, Any]) -> None:
        """Say of those who are new what is not as it is here, each thing once."""
        found = Counter(f"{self._unfit[at]}; left out" for at in asked if at in self._unfit)
        for at, answer in asked.items():
            if at not in self._unfit and isinstance(answer, Facts):
                found.update(self._differences(answer))
        for words, count in found.items():
            if words not in self._said:
                self._said.add(words)
                self.sentences.put(f"{self._place}: {counted(count, 'worker')} of {len(asked):,}: {words}")

    def _differences(self, there: Facts) -> list[str]:
        told = []
        if not there.packages["numba"]:
            told.append("without numba: torch's steps are taken, which are slower")
        versions = {"Python": (there.python, self._here.python)} | {
            name: (of, self._here.packages[name]) for name, of in there.packages.items()
        }
        unlike = [
            f"{name} {of} (here {here})"
            for name, (of, here) in versions.items()
            if of and here and of != here
        ]
        if unlike:
            told.append(f"with {', '.join(unlike)}; values may differ by rounding")
        return told


def refuse_other_scheduler(place: str, there: Mapping[str, Any]) -> None:
    """Refuse a scheduler of another version of distributed than is here.

    Raises:
        Refusal: with both.
    """
    here = facts().packages["distributed"]
    if there.get("distributed") != here:
        raise Refusal(
            "--on",
            place,
            f"has a scheduler of distributed {there.get('distributed')}, and here is {here}; "
            "install the same on both sides",
        )
