"""`marginlab sweep`: train the points of a map, keep what becomes of them, judge its claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

from rich.console import Console

from ..catalog import find
from ..claims import Verdict, judge_map
from ..experiment.claims import Claim
from ..experiment.document import Document
from ..experiment.sweep import Grid
from ..protocol.points import PointResult, Task
from ..sweep.conduct import Conductor, SweepProgress
from ..sweep.order import order_of
from ..sweep.places import place_of
from ..sweep.plan import planned
from ..sweep.points import Point, points_of
from ..sweep.workers import Workers, WorkersGone
from ..words.errors import Refusal
from ..words.formats import counted, duration, estimated_duration
from .axes import with_axes
from .outputs import Outputs, json_text
from .progress import ProgressDisplay, progress
from .settings import Settings
from .signals import StopSignals
from .status import Status
from .sweep_files import csv_of, json_of
from .sweep_keeper import SweepKeeper
from .tables import console, print_claims
from .words import escaped, warn

WHYS = 3
"""Different reasons of failed points that are told."""


def sweep_experiment(
    experiment: str,
    settings: Settings,
    *,
    axes: list[str],
    seeds: int | None,
    on: str,
    out: Path | None,
    csv: Path | None,
    json: Path | None,
) -> int:
    """Train every point of a map and write what was asked for; return the exit status.

    Raises:
        Refusal: where the map, a setting, a place or a file is not possible.
    """
    place_of(on)
    document = with_axes(settings.applied_to(find(experiment)), axes, seeds)
    if document.sweep is None:
        raise Refusal("sweep", None, "is missing: this is a run, not a map; give it axes with --axis PATH=…")
    points = list(points_of(document))
    outputs = Outputs({"--csv": csv, "--json": json}, {"EXPERIMENT": Path(experiment), "--out": out})
    with StopSignals() as signals:
        with signals.breaking():
            begun = workers_of(document, points, on)
        with closing(begun) as workers:
            keeper = SweepKeeper(document, out, {p.number: p.key for p in points})
            results = dict(keeper.known)
            with outputs.apart(), keeper:
                if keeper.stale:
                    warn(f"{keeper.stale}: trained anew.")
                tasks = planned(document, (point for point in points if point.number not in results))
                _say_how_many(document, points, results, tasks)
                with progress() as shown:
                    lost = train_points(document, tasks, results, workers, keeper, shown, signals)
        claims = judged(document, results)
        stopped = signals.number is not None
        told = "stopped" if stopped else "done"
        outputs.write("--csv", lambda: csv_of(document, points, results))
        outputs.write("--json", lambda: json_text(json_of(document, points, results, claims, told)))
    to = console(to_stderr=outputs.words_go_to_stderr)
    _print(to, document, points, results, claims)
    outputs.raise_failures()
    if stopped:
        kept = "what ended is kept; the same command goes on" if out is not None else "what ended is written"
        warn(f"Stopped; {kept}.")
        return Status.of_signal(signals.number)
    if lost or any(result.status == "failed" for result in results.values()):
        return Status.ENGINE
    return Status.DONE if all(verdict.as_expected for _, verdict in claims) else Status.CLAIM


def _say_how_many(
    document: Document, points: Sequence[Point], known: Mapping[int, PointResult], tasks: Sequence[Task]
) -> None:
    """Say how many points there are, and about how long they take on one core, before anything is trained."""
    assert document.sweep is not None, "it is a map"
    settings, seeds = len(points) // document.sweep.seeds, document.sweep.seeds
    count = counted(settings, "point")
    count += f" with {seeds} seeds each, {len(points):,} runs" if seeds > 1 else ""
    done = f"; {len(known):,} are known already" if known else ""
    left = estimated_duration(sum(task.seconds for task in tasks))
    work = (
        f"; about {left} of one core in {len(tasks):,} task{'s' if len(tasks) > 1 else ''}" if tasks else ""
    )
    warn(f"{count}{done}{work}.")


def train_points(
    document: Document,
    tasks: Sequence[Task],
    results: dict[int, PointResult],
    workers: Workers,
    keeper: SweepKeeper,
    shown: ProgressDisplay,
    signals: StopSignals,
    title: str = "",
) -> bool:
    """Train tasks, and take up what becomes of their points; say whether workers were lost for good.

    title: what the progress is called; '' takes the map's own.
    """
    if not tasks:
        return False
    conductor = Conductor(document, tasks)
    count = len(results) + sum(len(task.points) for task in tasks)
    shown.begin(title or document.base.title or "map", count, "runs", timed=False)
    try:
        with signals.stopping(lambda sentence: conductor.stop()):
            for ended, how_far in conductor.results(workers):
                results.update({result.point: result for result in ended})
                keeper.take(ended)
                for sentence in workers.told():
                    shown.tell(sentence)
                shown.show(how_far.known + how_far.ended, _remark(workers, how_far))
    except WorkersGone as gone:
        warn(str(gone))
        return True
    return False


def _remark(workers: Workers, how_far: SweepProgress) -> str:
    left = "" if how_far.left is None else f", about {estimated_duration(how_far.left)} left"
    lost = f", {counted(how_far.lost, 'worker')} lost" if how_far.lost else ""
    return f"{workers.words}{left}{lost}"


def workers_of(document: Document, points: Sequence[Point], on: str) -> Workers:
    """Return what trains at a place that `--on` names, once it is there, with the data of all points.

    Raises:
        Refusal: where it names no place, nobody is there, or data cannot be read.
    """
    workers = place_of(on).workers(order_of(document, (point.experiment.data for point in points)), on)
    try:
        workers.begin(Event())
    except BaseException:
        workers.close()
        raise
    return workers


def judged(document: Document, results: Mapping[int, PointResult]) -> list[tuple[Claim, Verdict]]:
    """Judge the claims of a map, in their order."""
    assert document.sweep is not None, "it is a map"
    return judge_map(document, Grid.of(document.base, document.sweep), results)


def ended_points(points: int, results: Mapping[int, PointResult]) -> str:
    """Say how many of a map's runs came to what, and how long they trained."""
    statuses = Counter(result.status for result in results.values())
    told = ", ".join(f"{count:,} {status}" for status, count in statuses.most_common())
    missing = points - len(results)
    seconds = sum(result.seconds for result in results.values())
    untrained = f", {missing:,} not trained" if missing else ""
    return f"{told or 'none trained'}{untrained}; {duration(seconds)} of training"


def _print(
    to: Console,
    document: Document,
    points: Sequence[Point],
    results: Mapping[int, PointResult],
    claims: Sequence[tuple[Claim, Verdict]],
) -> None:
    """Print how many points came to what, why some failed, and the verdicts on its claims."""
    if document.base.title:
        to.print(f"[bold]{escaped(document.base.title)}[/]")
    to.print(ended_points(len(points), results))
    whys = Counter(result.why for result in results.values() if result.status == "failed")
    for why, count in whys.most_common(WHYS):
        to.print(f"  {count:,} failed: {escaped(why)}")
    if claims:
        to.print()
        print_claims(to, [claim for claim, _ in claims], [verdict for _, verdict in claims])
