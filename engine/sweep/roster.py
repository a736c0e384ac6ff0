"""Who is there of a cluster's workers, and who of them may train: versions, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from distributed import Client, Future

from ..words.errors import Refusal
from ..words.formats import counted
from .remote import Facts, facts


class Roster:
    """The workers of a cluster as they were when somebody looked."""

    def __init__(self, client: Client, place: str, tell: Callable[[str], None]) -> None:
        """Make one that has not looked yet; `tell` is told what is to be said of workers."""
        self._client, self._place, self._tell, self._here = client, place, tell, facts()
        self.threads = self.memory = 0
        self.dashboard = ""
        self._fit: dict[str, int] = {}
        self._unfit: dict[str, str] = {}
        self._said: set[str] = set()
        self._call: Future[Facts] | None = None
        self.ready = False
        """Whether tasks go to none but those who may train."""

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
        return self.fit if self._unfit else None

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

    async def look(self) -> None:
        """Look who is there, and ask those who are new what they are."""
        threads: Mapping[str, int] = await self._client.nthreads()
        unfit = {at: why for at, why in self._unfit.items() if at in threads}
        ready, self.ready = self.ready, True
        fit = {at: count for at, count in threads.items() if at in self._fit and ready}
        new = [at for at in threads if at not in fit and at not in unfit]
        if new:
            asked = await self._client.run(facts, workers=new, on_error="return")
            answers = {at: answer for at, answer in asked.items() if not isinstance(answer, OSError)}
            why_not = {at: self._why_not(answer) for at, answer in answers.items()}
            unfit |= {at: why for at, why in why_not.items() if why}
            fit |= {at: threads[at] for at, why in why_not.items() if not why}
            self._say(answers, unfit, len(asked))
        if new or fit.keys() != self._fit.keys():
            self._fit, self.threads = fit, sum(fit.values())
            await self._take_in_what_they_have()
        self._unfit = unfit
        if threads:
            self._call = None
        elif self._call is None:  # tasks are what some clusters grow by
            self._call = self._client.submit(facts, pure=False)

    def look_again(self) -> None:
        """Ask everybody anew at the next look; until then nobody is `ready`."""
        self.ready = False

    async def _take_in_what_they_have(self) -> None:
        scheduler = self._client.scheduler
        assert scheduler is not None, "it has just answered"
        told = await scheduler.identity(n_workers=-1)
        self.memory = sum(
            told["workers"][at]["memory_limit"] or 0 for at in self._fit if at in told["workers"]
        )
        self.dashboard = self._client.dashboard_link if "dashboard" in told.get("services", {}) else ""

    def _why_not(self, answer: Any) -> str:
        """Say why a worker may not train; '' where it may."""
        if not isinstance(answer, Facts):
            return f"without a Margin Lab that trains maps ({answer}); install there what is here"
        if answer.records != self._here.records:
            return "with another Margin Lab, whose records are not those of this one; install the same"
        return "" if answer.packages["torch"] else "without torch; install there what Margin Lab needs"

    def _say(self, answers: Mapping[str, Any], unfit: Mapping[str, str], asked: int) -> None:
        """Say of those who are new what is not as it is here, each thing once."""
        found = Counter(f"{unfit[at]}; left out" for at in answers if at in unfit)
        for at, answer in answers.items():
            if at not in unfit:
                found.update(self._differences(answer))
        for words, count in found.items():
            if words not in self._said:
                self._said.add(words)
                self._tell(f"{counted(count, 'worker')} of {asked:,}: {words}")

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
