"""Who is there of a cluster's workers, and who of them may train: versions, in words."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from distributed import Client, Future
from tornado.httpclient import AsyncHTTPClient

from ..experiment.plug_ins.installed import plain
from ..experiment.plug_ins.loaded import ON
from ..words.errors import Refusal
from ..words.formats import counted
from .remote import Facts, facts

ASKS = 2.0
"""Seconds that workers are given to say what they are; who says nothing within that is silent until it does."""
STILL = 5
"""Looks between two at whose heart has beaten since; others are asked whether they are there."""


async def is_there(link: str) -> bool:
    """Say whether a page may be there: a scheduler without its dashboard listens at its place all the same."""
    if not link:
        return False
    try:
        answer = await AsyncHTTPClient().fetch(
            link, request_timeout=ASKS, validate_cert=False, raise_error=False
        )
    except Exception:  # a browser may know a way that this process does not
        return True
    return answer.code != HTTPStatus.NOT_FOUND


class Roster:
    """The workers of a cluster as they were when somebody looked."""

    def __init__(self, client: Client, place: str, tell: Callable[[str], None]) -> None:
        """Make one that has not looked yet; `tell` is told what is to be said of workers."""
        self._client, self._place, self._tell, self._here = client, place, tell, facts()
        self.threads = self.memory = 0
        self.dashboard = self._linked = ""
        self._fit: dict[str, int] = {}
        self._unfit: dict[str, str] = {}
        self._silent: frozenset[str] = frozenset()
        self._asked: dict[str, asyncio.Task[Any]] = {}
        self._beats: dict[str, float] = {}
        self._there = self._looks = self._doubts = 0
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
    def silent(self) -> frozenset[str]:
        """Return the addresses of those who are there and do not answer."""
        return self._silent

    @property
    def only(self) -> list[str] | None:
        """Return who may train, where not all may."""
        return self.fit if len(self._fit) < self._there else None

    def refuse_if_nobody_fits(self) -> None:
        """Refuse a cluster none of whose workers may train.

        Raises:
            Refusal: with the reason of the first.
        """
        if self._unfit and not self._fit and not self._silent:
            why = next(iter(self._unfit.values()))
            raise Refusal(
                "--on",
                self._place,
                f"has nobody who could train: {counted(len(self._unfit), 'worker')} {why}",
            )

    async def look(self) -> None:
        """Look who is there, and ask those who are new, or as still as if they were not, what they are.

        Nobody is waited for long, and what is found is taken up at once, at the end.
        """
        doubts = self._doubts
        threads: Mapping[str, int] = await self._client.nthreads()
        fit = {at: count for at, count in threads.items() if at in self._fit and self.ready}
        unfit = {at: why for at, why in self._unfit.items() if at in threads}
        self._looks += 1
        still = await self._still() if self._looks % STILL == 0 else set()
        new = [at for at in threads if at in still or not (at in fit or at in unfit or at in self._asked)]
        answers = await self._answers(new, threads)
        silent = frozenset(self._asked)
        why_not = {at: self._why_not(answer) for at, answer in answers.items()}
        unfit |= {at: why for at, why in why_not.items() if why}
        fit |= {at: threads[at] for at, why in why_not.items() if not why}
        fit = {at: count for at, count in fit.items() if at not in silent and at not in unfit}
        if new or fit.keys() != self._fit.keys():
            await self._take_in_what_they_have(fit)
        self._say(answers, unfit, len(threads))
        if silent - self._silent:
            one = len(silent) == 1
            self._tell(
                f"{counted(len(silent), 'worker')} of {len(threads):,} {'does' if one else 'do'} not answer; "
                f"{'it gets' if one else 'they get'} no tasks until {'it does' if one else 'they do'}"
            )
        self._fit, self._unfit, self._silent = fit, unfit, silent
        self._there, self.threads = len(threads), sum(fit.values())
        self.ready = self._doubts == doubts
        if threads:
            self._call = None
        elif self._call is None:  # tasks are what some clusters grow by
            self._call = self._client.submit(facts, pure=False)

    def look_again(self) -> None:
        """Ask everybody anew at the next look; until then nobody is `ready`."""
        self._doubts += 1
        self.ready = False

    async def _answers(self, new: list[str], threads: Mapping[str, int]) -> dict[str, Any]:
        """Return what those who are new say, and those who were silent before."""
        for at in self._asked.keys() - threads.keys():
            self._asked.pop(at).cancel()
        answers: dict[str, Any] = {}
        try:
            async with asyncio.timeout(ASKS):
                answers = await self._client.run(facts, workers=new, on_error="return") if new else {}
        except TimeoutError:
            self._asked |= {at: asyncio.create_task(self._ask(at)) for at in new}
            await asyncio.wait([self._asked[at] for at in new], timeout=ASKS)
        for at in [at for at, asked in self._asked.items() if asked.done()]:
            answers[at] = self._asked.pop(at).result()
            if isinstance(answers[at], OSError):
                self._asked[at] = asyncio.create_task(self._ask(at))
        return {at: answer for at, answer in answers.items() if not isinstance(answer, OSError)}

    async def _ask(self, at: str) -> Any:
        """Return what one worker says, however long that takes, or why it cannot be asked."""
        try:
            return (await self._client.run(facts, workers=[at], on_error="return"))[at]
        except Exception as error:
            return error if isinstance(error, OSError) else OSError(str(error))

    async def _identity(self) -> Mapping[str, Any]:
        scheduler = self._client.scheduler
        assert scheduler is not None, "it has just answered"
        told: Mapping[str, Any] = await scheduler.identity(n_workers=-1)
        return told

    async def _still(self) -> set[str]:
        """Return who may train and has not been heard of by the scheduler since this was asked before."""
        told = (await self._identity())["workers"]
        before, self._beats = self._beats, {at: it["last_seen"] for at, it in told.items()}
        return {at for at in self._fit if at in before and self._beats.get(at) == before[at]}

    async def _take_in_what_they_have(self, fit: Mapping[str, int]) -> None:
        told = await self._identity()
        self.memory = sum(told["workers"][at]["memory_limit"] or 0 for at in fit if at in told["workers"])
        link = self._client.dashboard_link if "dashboard" in told.get("services", {}) else ""
        if link != self._linked:  # it is looked for once
            self._linked, self.dashboard = link, link if await is_there(link) else ""

    def _why_not(self, answer: Any) -> str:
        """Say why a worker may not train; '' where it may."""
        if not isinstance(answer, Facts):
            return f"without a Margin Lab that trains maps ({answer}); install there what is here"
        if answer.records != self._here.records:
            return "with another Margin Lab, whose records are not those of this one; install the same"
        for plug_in in ON.values():
            if plain(plug_in.name) not in answer.plug_ins:
                return f"without the plug-in {plug_in.called}; install there what is here"
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
        versions |= {p.name: (there.plug_ins.get(plain(p.name), ""), p.version) for p in ON.values()}
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
