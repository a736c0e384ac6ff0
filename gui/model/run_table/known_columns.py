"""Which columns there are: fields that differ among runs, measurements, events, claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.experiment.columns import column as measurement
from engine.experiment.columns import title_of
from engine.experiment.experiment import Experiment
from engine.experiment.titles import full_title, head, title

from .column import ColumnBook, TableColumn
from .rows import CLAIM, RUN_COLUMNS
from .summary import RunSummary
from .values import are_numbers, as_value

MOST_FIELDS = 8
"""Fields that differ, shown at first."""
FIRST_FINALS = (("margin_ratio", "normalized_margin"), ("log_loss",), ("test_accuracy", "accuracy"))
"""Measurements shown at first: of each group the first that was taken."""
FIRST_EVENTS = ("separated_step", "fitted_step", "diverged_step")
EVENT_HELP = "The first step at which it happened; the median over the replicas that have met it."


class KnownColumns:
    """Counts what summaries say, one by one, so that neither coming nor going looks at all of them."""

    def __init__(self) -> None:
        self._fields: dict[str, Counter[Any]] = {}
        self._titles: dict[str, tuple[str, str]] = {}
        """By path: a field's own title, and in full."""
        self._words: set[str] = set()
        """Fields that hold words in some run."""
        self._finals: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._met: Counter[str] = Counter()
        """Events that came, in some run."""
        self._claims: Counter[str] = Counter()
        self._edited = 0
        self._several = 0
        """Runs of several replicas."""

    def add(self, summary: RunSummary, described: Callable[[], Experiment]) -> None:
        """Take a summary into account; `described` gives its experiment, which is asked for new fields alone."""
        experiment: Experiment | None = None
        for path, value in summary.fields.items():
            if path not in self._titles:
                experiment = experiment or described()
                self._titles[path] = title(experiment, path), full_title(experiment, path)
            if not are_numbers([as_value(value)]):
                self._words.add(path)
        self._count(summary, 1)

    def remove(self, summary: RunSummary) -> None:
        """Take a summary out again."""
        self._count(summary, -1)

    def _count(self, summary: RunSummary, by: int) -> None:
        for path, value in summary.fields.items():
            known = tuple(summary.vary[path]) if path in summary.vary else value
            counter = self._fields.setdefault(path, Counter())
            key = known if isinstance(known, str | int | float | bool | None) else repr(known)
            counter[key] += by
            if not counter[key]:
                del counter[key]
        for counter, names in (
            (self._finals, summary.finals),
            (self._events, summary.events),
            (
                self._met,
                [name for name, steps in summary.events.items() if any(s is not None for s in steps)],
            ),
            (self._claims, summary.verdicts),
        ):
            counter.update(dict.fromkeys(names, by))
        self._edited += by * bool(summary.edits)
        self._several += by * (summary.replicas > 1)

    def differing(self) -> list[str]:
        """Return the fields that are not the same in all runs that have them, in the order of the form."""
        return [path for path, values in self._fields.items() if len(values) > 1]

    def varied(self, summaries: Iterable[RunSummary]) -> list[str]:
        """Return the fields that differ between replicas of some run."""
        return list(dict.fromkeys(path for summary in summaries for path in summary.vary))

    def book(self) -> ColumnBook:
        """Return all columns, with what is called alike told apart."""
        fields = [path for path, values in self._fields.items() if values]
        heads = Counter(self._titles[path][0] for path in fields)
        return ColumnBook(
            [
                *RUN_COLUMNS,
                *(self._field(path, heads) for path in fields),
                *(_final(name) for name in self._finals if self._finals[name] > 0),
                *(_event(name) for name in self._events if self._events[name] > 0),
                *(_claim(text, k) for k, text in enumerate(self._judged(), start=1)),
            ]
        )

    def _judged(self) -> list[str]:
        return [text for text, count in self._claims.items() if count > 0]

    def _field(self, path: str, heads: Mapping[str, int]) -> TableColumn:
        own, full = self._titles[path]
        called = head(own, full, alone=heads[own] == 1)
        return TableColumn(path, called, "field", full, path in self._words)

    def usual(
        self, *, by_replica: bool, titles: int, tagged: bool, noted: bool, varied: Iterable[str]
    ) -> list[str]:
        """Return the columns that say something, where the user has chosen none.

        Args:
            by_replica: whether a row is a replica.
            titles: how many experiments the runs are of.
            tagged: whether some run has tags.
            noted: whether some run has notes.
            varied: fields that differ between replicas.
        """
        differ = dict.fromkeys([*(varied if by_replica else ()), *self.differing()])
        return [
            "star",
            "name",
            *(["replica"] if by_replica and self._several else []),
            *(["experiment"] if titles > 1 else []),
            "status",
            *list(differ)[:MOST_FIELDS],
            "step",
            *(["edits"] if self._edited else []),
            *(
                name
                for names in FIRST_FINALS
                if (name := next((n for n in names if self._finals[n] > 0), ""))
            ),
            *(name for name in FIRST_EVENTS if self._met[name] > 0),
            *(["as_expected"] if self._judged() else []),
            *(["tags"] if tagged else []),
            *(["notes"] if noted else []),
        ]


def _final(name: str) -> TableColumn:
    known = measurement(name)
    told = "" if known is None else known.help
    return TableColumn(
        name, title_of(name), "measurement", f"{told}\nThe last value; the median over replicas.".strip()
    )


def _event(name: str) -> TableColumn:
    return TableColumn(name, name.replace("_", " "), "event", EVENT_HELP)


def _claim(text: str, number: int) -> TableColumn:
    return TableColumn(
        f"{CLAIM}{text}", f"claim {number}", "claim", text, is_text=True, alias=f"claim{number}"
    )
