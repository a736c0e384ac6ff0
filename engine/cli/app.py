"""The command line itself: words and options, exit statuses, and one sentence for whatever goes wrong."""

from __future__ import annotations

import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..words.errors import Refusal, is_out_of_memory, one_line
from .signals import StopSignals
from .status import Status
from .words import forgiving_output, say, warn

HELP = (
    "Margin Lab: a desktop laboratory for the implicit bias of gradient methods.\n\n"
    "marginlab opens the lab where one left off, marginlab FILE a session or an experiment file; --plugin NAME before "
    "the file lets an installed plug-in in. "
    "The commands below work without a window."
)
EPILOG = (
    "Exit status: 0 done, 1 a claim did not end as expected, 2 bad input, 3 the engine failed. "
    "--debug, or MARGINLAB_DEBUG=1, shows where it failed."
)

# UsageError, which typer keeps in another place from version to version
_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]


app = typer.Typer(
    help=HELP,
    epilog=EPILOG,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


ByValue = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Of plots: colour runs by the values of a field, such as eta, or by the last ones of a measurement.",
    ),
]
OneRun = Annotated[str | None, typer.Option(metavar="ID", help="One run alone, by id or title.")]
Sizes = Annotated[
    str | None,
    typer.Option(metavar="paper|slides", help="Sizes of text and lines.", show_default="paper"),
]


def _let_in(names: list[str] | None) -> None:
    """Switch plug-ins on, before an experiment is read; one that cannot be is told, and left out."""
    if not names:
        return
    from ..experiment.plug_ins.loaded import switch_on

    for sentence in switch_on(names):
        warn(sentence)


PlugIns = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="NAME",
        help="Let an installed plug-in in, by its package's name. May be repeated.",
        callback=_let_in,
    ),
]


def obey(arguments: Sequence[str]) -> int:
    """Obey a command line and return its exit status."""
    debug = "--debug" in arguments or os.environ.get("MARGINLAB_DEBUG", "") not in ("", "0")
    words = [word for word in arguments if word != "--debug"]
    with forgiving_output(), StopSignals() as signals:
        status = _obeyed(words, debug, signals)
        if signals.number is None:
            return status
        warn("Stopped.")
        return Status.of_signal(signals.number)


def _obeyed(words: list[str], debug: bool, signals: StopSignals) -> int:
    try:
        with signals.breaking():
            return int(app(words, prog_name="marginlab", standalone_mode=False) or Status.DONE)
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except Exception as error:
        if signals.number is not None:  # typer's own word for it
            return Status.INTERRUPTED
        if debug:
            traceback.print_exc()
        status, sentence = explained(error)
        warn(sentence)
        return status


def explained(error: Exception) -> tuple[Status, str]:
    """Return the exit status of an error and the one sentence that people read."""
    if isinstance(error, _USAGE_ERROR):
        return Status.BAD_INPUT, one_line(str(getattr(error, "format_message", error.__str__)()))
    if isinstance(error, Refusal):
        return Status.BAD_INPUT, str(error)
    if isinstance(error, ExceptionGroup):
        parts = [explained(part) for part in error.exceptions]
        return parts[0][0], "\n".join(sentence for _, sentence in parts)
    if is_out_of_memory(error):
        return Status.ENGINE, "The engine failed: the machine has too little memory for this."
    words = one_line(str(error)).rstrip(".")
    return Status.ENGINE, f"The engine failed: {words or 'it did not say why'} ({type(error).__name__})."


def _version(wanted: bool) -> None:
    if not wanted:
        return
    from ..files import version_of

    say(f"Margin Lab {version}" if (version := version_of()) else "Margin Lab, not installed")
    raise typer.Exit


@app.callback()
def lab(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Read the options that stand before a command."""


@app.command()
def run(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A preset's id or a file's path.")],
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a field, such as data.n=48. May be repeated."),
    ] = None,
    steps: Annotated[str | None, typer.Option(metavar="N", help="Set run.steps.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="S", help="Set seed.")] = None,
    replicas: Annotated[str | None, typer.Option(metavar="R", help="Set replicas.")] = None,
    device: Annotated[str | None, typer.Option(metavar="D", help="Set run.device.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="F.mlab", help="Keep the runs in a new session.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="F.csv", help="Write every record; - is standard output.")
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="F.json", help="Write final values and verdicts; - is standard output."),
    ] = None,
    plug_ins: PlugIns = None,
) -> int:
    """Train an experiment, or every experiment of a file, and judge its claims."""
    from .run import run_experiment
    from .settings import Settings

    shorthands = {"run.steps": steps, "seed": seed, "replicas": replicas, "run.device": device}
    return run_experiment(experiment, Settings.of(settings or [], shorthands), out=out, csv=csv, json=json)


@app.command()
def verify(
    presets: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PRESET]...", help="None named: all that ship with the lab."),
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, metavar="K", help="Repeat with seeds 0 to K-1.")] = None,
    backends: Annotated[
        list[str] | None,
        typer.Option(
            "--backend", metavar="B", help="Set run.backend. May be repeated: every preset by each of them."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="J", help="Run so many at once; else one a core. 1 shows each step by step."
        ),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="F", help="Write every verdict; - is standard output.")
    ] = None,
    plug_ins: PlugIns = None,
) -> int:
    """Run presets and see whether every claim ends as it says."""
    from .verify import verify_presets

    return verify_presets(presets or [], seeds=seeds, backends=backends or [], jobs=jobs, json=json)


@app.command()
def export(
    session: Annotated[Path, typer.Argument(metavar="F.mlab", help="A session.")],
    figure: Annotated[
        str,
        typer.Option(
            metavar="ID|F.toml",
            help="Which plot, such as margins, or surface, kernel_map, spectrum, sweep_map, sweep_slices, sweep_lines; "
            "or a file that composes a figure.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="A .pdf, .svg, .png, .pgf or .csv; - is standard output.")
    ],
    format: Annotated[
        str | None,
        typer.Option(
            metavar="pdf|svg|png|pgf|csv", help="What to write, where the name of FILE does not say it."
        ),
    ] = None,
    run: OneRun = None,
    width_mm: Annotated[
        float | None, typer.Option(metavar="MM", help="Width on paper.", show_default="85")
    ] = None,
    style: Sizes = None,
    step: Annotated[
        int | None,
        typer.Option(metavar="N", help="Of surface, kernel_map and spectrum: the snapshot nearest to N."),
    ] = None,
    replica: Annotated[
        int | None, typer.Option(metavar="R", help="Of these three: which replica.", show_default="0")
    ] = None,
    predictor: Annotated[
        str | None,
        typer.Option(
            "--comparator",
            metavar="NAME",
            help="Of surface: what stands beside the network.",
            show_default="ntk-max-margin",
        ),
    ] = None,
    map: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Of maps: which one, by id or title, where there are several."),
    ] = None,
    column: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of maps: which final column, event or claim.N.")
    ] = None,
    across: Annotated[
        str | None, typer.Option(metavar="PATH", help="Of maps: the axis that runs to the right.")
    ] = None,
    up: Annotated[
        str | None,
        typer.Option(metavar="PATH|none", help="Of maps: the axis that runs upwards, or has the lines."),
    ] = None,
    places: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="PATH=VALUE", help="Of maps: the value of another axis. Repeat it."),
    ] = None,
    over_seeds: Annotated[
        str | None,
        typer.Option(
            metavar="median|mean|spread",
            help="Of maps: what becomes of several seeds.",
            show_default="median",
        ),
    ] = None,
    log: Annotated[
        bool | None,
        typer.Option(
            "--log/--linear", help="Of maps: colours or heights by logarithms.", show_default="as suits"
        ),
    ] = None,
    contour: Annotated[
        float | None, typer.Option(metavar="X", help="Of sweep_map: a line where the column has this value.")
    ] = None,
    fit: Annotated[
        bool, typer.Option("--fit", help="Of sweep_slices: a line of least squares each.")
    ] = False,
    colour: ByValue = None,
    plug_ins: PlugIns = None,
) -> int:
    """Write a plot of a session, a picture of one step of a run, or a map, as a figure or as a table."""
    from .export import export_figure
    from .map_figures import MapOptions

    said = {"step": step, "replica": replica, "comparator": predictor}
    at = {name: value for name, value in said.items() if value is not None}
    of_map = MapOptions(map, column, across, up, tuple(places or ()), over_seeds, log, contour, fit)
    return export_figure(
        session,
        figure,
        out,
        run=run,
        width_mm=width_mm,
        style=style,
        format=format,
        at=at,
        colour=colour,
        of_map=of_map,
    )


@app.command()
def animate(
    session: Annotated[Path, typer.Argument(metavar="F.mlab", help="A session.")],
    figure: Annotated[
        str,
        typer.Option(metavar="ID|F.toml", help="What moves: as of export."),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .gif, .mp4 or .webm; - is standard output.")],
    format: Annotated[
        str | None,
        typer.Option(metavar="gif|mp4|webm", help="What to write, where the name of FILE does not say it."),
    ] = None,
    run: OneRun = None,
    frames: Annotated[int, typer.Option(metavar="N", help="Pictures at most, evenly over the steps.")] = 60,
    rate: Annotated[float, typer.Option(metavar="N", help="Pictures a second; a GIF has 50 at most.")] = 10,
    width_mm: Annotated[
        float | None, typer.Option(metavar="MM", help="Width of the page.", show_default="120")
    ] = None,
    style: Sizes = None,
    replica: Annotated[
        int | None, typer.Option(metavar="R", help="Of pictures: which replica.", show_default="0")
    ] = None,
    predictor: Annotated[
        str | None,
        typer.Option(
            "--comparator",
            metavar="NAME",
            help="Of surface: what stands beside the network.",
            show_default="ntk-max-margin",
        ),
    ] = None,
    colour: ByValue = None,
    plug_ins: PlugIns = None,
) -> int:
    """Write a film of a plot, a picture or a composed figure over the stored steps of a session."""
    from .animate import animate_figure

    said = {"replica": replica, "comparator": predictor}
    return animate_figure(
        session,
        figure,
        out,
        run=run,
        frames=frames,
        rate=rate,
        width_mm=width_mm,
        style=style,
        format=format,
        at={name: value for name, value in said.items() if value is not None},
        colour=colour,
    )


@app.command()
def sweep(
    experiment: Annotated[str, typer.Argument(metavar="EXPERIMENT", help="A preset's id or a file's path.")],
    axes: Annotated[
        list[str] | None,
        typer.Option(
            "--axis",
            metavar="PATH=…",
            help="A field and its values: PATH=v1,v2,… or PATH=lin:from:to:how-many or PATH=log:from:to:how-many. May "
            "be repeated; it takes the place of the file's axis of that field.",
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="K", min=1, help="Train every point with K seeds.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Set a field, such as data.n=48. May be repeated."),
    ] = None,
    on: Annotated[
        str,
        typer.Option(
            metavar="PLACE",
            help="Where to train: local, local:N (processes), dask, tcp://HOST:PORT, tls://HOST:PORT, or the FILE.json "
            "of a dask scheduler.",
        ),
    ] = "local",
    out: Annotated[
        Path | None,
        typer.Option(metavar="F.mlab", help="Keep the points in a session; one with the same map goes on."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="F.csv", help="Write a row a point and seed; - is standard output.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="F.json", help="Write points and verdicts; - is standard output.")
    ] = None,
    plug_ins: PlugIns = None,
) -> int:
    """Train every point of a map: an experiment over values of its fields, with several seeds each."""
    from .settings import Settings
    from .sweep import sweep_experiment

    return sweep_experiment(
        experiment,
        Settings.of(settings or [], {}),
        axes=axes or [],
        seeds=seeds,
        on=on,
        out=out,
        csv=csv,
        json=json,
    )


@app.command()
def presets(
    json: Annotated[bool, typer.Option("--json", help="As a JSON list of id, title and paper.")] = False,
    plug_ins: PlugIns = None,
) -> int:
    """List the presets that ship with the lab, and the user's own."""
    from .listings import list_presets

    return list_presets(as_json=json)


@app.command()
def devices() -> int:
    """List what this machine can compute on."""
    from .listings import list_devices

    return list_devices()


@app.command()
def bench(
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Only what has this in its title, such as kernel, steps, 200 x 20, training, measurements. "
            "May be repeated.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, for a first look.")] = False,
    json: Annotated[
        Path | None, typer.Option(metavar="F", help="Write what was measured; - is standard output.")
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--from", metavar="F", help="Show such a file instead of measuring; several are put together."
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="F", help="Say what became faster or slower since such a file was written."),
    ] = None,
) -> int:
    """Measure how fast this machine computes tangent kernels, takes steps and trains: some minutes, on an idle one."""
    from .bench import run_bench

    return run_bench(json=json, quick=quick, only=only or [], files=files or [], against=against)


@app.command()
def download(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="Which set: mnist, fashion-mnist or kmnist.")
    ] = "mnist",
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to, if not the lab's own folder.")
    ] = None,
) -> int:
    """Fetch MNIST, Fashion-MNIST or KMNIST, for data of kind idx."""
    from .download import download_set

    return download_set(name, to)
