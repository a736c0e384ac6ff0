"""Experiments drawn at random over every kind, tiny enough to run by the dozen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from engine.experiment.data import DATA_KINDS
from engine.experiment.measure import GROUP_TITLES
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.optimizers import OPTIMIZER_KINDS
from engine.experiment.step_rules import STEP_KINDS
from engine.experiment.structure import Ends, structure
from tests.engine.data.idx_files import write_set
from tests.engine.networks.plain_networks import ACTIVATIONS, BIASES

Said = dict[str, Any]
GROUPS = tuple(GROUP_TITLES)


def some(**choices: st.SearchStrategy[Any]) -> st.SearchStrategy[Said]:
    """Draw tables with any subset of these keys."""
    return st.fixed_dictionaries({}, optional=choices)


def positive(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_subnormal=False)


COMMON = {
    "seed": st.integers(0, 5),
    "label_noise": st.sampled_from([0.0, 0.2]),
    "random_labels": st.booleans(),
    "normalize": st.sampled_from(["none", "max-norm", "standardize"]),
    "append_constant": st.booleans(),
    "view": st.sampled_from([0.0, 1.5]),
}
COLUMNS = {
    "label": st.sampled_from(["last", "label", 4]),
    "ignore": st.sampled_from([[], ["a"], [2, "c"]]),
    "header": st.sampled_from(["auto", True]),
}
HELD_OUT = {"test_fraction": st.sampled_from([0.0, 0.3])}


def write_files(folder: Path) -> None:
    """Write what drawn experiments of the kinds csv, npz and idx read."""
    random = np.random.default_rng(4)
    points = random.normal(size=(9, 3))
    rows = [*(f"{a:.3f},{b:.3f},{c:.3f},{i % 3}" for i, (a, b, c) in enumerate(points))]
    (folder / "three.csv").write_text("a,b,c,label\n" + "\n".join(rows) + "\n", "utf-8")
    signs = np.where(points[:, 0] > 0, 1, -1)
    signs[:2] = 1, -1
    np.savez(folder / "two.npz", x=points, y=signs)
    write_set(folder / "pictures", [0, 1, 2] * 4, [2, 0, 1, 1])


FEW = st.integers(4, 12)
OWN: dict[str, st.SearchStrategy[Said]] = {
    "xor": some(n=FEW, noise=positive(0, 0.5), extra=st.integers(0, 2)),
    "moons": some(n=FEW, noise=positive(0, 0.3)),
    "spirals": some(n=FEW, classes=st.integers(2, 4), turns=positive(0, 2), noise=positive(0, 0.1)),
    "clusters": some(k=st.integers(2, 3), n=FEW, extra=st.integers(0, 2)),
    "planted": some(
        n=FEW, d=st.integers(1, 4), margin=positive(0.1, 2), support=st.integers(1, 4), gap=positive(0.1, 1)
    ),
    "parity": some(d=st.integers(2, 3), k=st.integers(1, 2), n=st.just(0) | FEW),
    "teacher": some(
        d=st.integers(3, 5), n=FEW, width=st.integers(2, 4), sparse=st.integers(0, 3), margin=positive(0, 0.2)
    ),
    "tokens": some(n=FEW, tokens=st.integers(2, 4), d=st.integers(2, 4), spread=positive(0, 0.9)),
    "modular": some(modulus=st.integers(2, 3)),
    "idx": some(
        classes=st.sampled_from(["all", [0, 2], [1, 2]]), train=st.integers(4, 8), test=st.integers(0, 3)
    ),
}
"""Own fields of the kinds whose fields can be drawn one by one; what is left out is small below."""
SMALL: dict[str, Said] = {
    **{kind: {"n": 8} for kind in ("xor", "moons", "spirals", "clusters", "planted", "teacher", "tokens")},
    "modular": {"modulus": 3},
    "idx": {"folder": "pictures", "train": 6},
}


@st.composite
def data(draw: st.DrawFn) -> Said:
    """Draw any kind of data, at most a dozen points."""
    kind = draw(st.sampled_from(sorted(DATA_KINDS)))
    match kind:
        case _ if kind in OWN:
            own = SMALL.get(kind, {}) | draw(OWN[kind])
        case "collapse":
            classes = draw(st.integers(2, 3))
            own = {"n": draw(st.integers(2 * classes, 12)), "classes": classes, "d": draw(st.integers(4, 5))}
            own |= draw(
                some(groups=st.just(classes + 1), correlation=positive(0, 0.5), spread=positive(0, 1))
            )
        case "signals":
            classes = draw(st.integers(2, 4))
            own = {"n": draw(st.integers(2 * classes, 12)), "classes": classes}
            own |= draw(some(scale=positive(0, 0.9), stretch=positive(0, 1), shift=positive(0, 1)))
        case "circle":
            own = draw(some(n=st.integers(4, 9), phase=positive(0.05, 0.6), radius=positive(0.5, 2)))
        case "rings":
            own = draw(some(inner=st.integers(2, 5), outer=st.integers(2, 6), inner_std=positive(0.1, 0.5)))
            own = {"inner": 4, "outer": 4, **own}
        case "blobs":
            classes = draw(st.integers(2, 4))
            own = {"n": draw(st.integers(2 * classes, 12)), "d": draw(st.integers(1, 4)), "classes": classes}
            own |= draw(some(separation=positive(1, 4), std=positive(0.1, 1)))
        case "hyperplane":
            own = {"n": draw(st.integers(4, 12)), "d": draw(st.integers(1, 4))}
            own |= draw(some(margin=positive(0, 0.5)))
        case "points":
            x = [[1.0, 0.2], [-0.8, 0.1], [0.3, 1.1], [0.2, -1.0], [1.5, 1.5]]
            own = {
                "x": x,
                "y": draw(st.sampled_from([[1.0, -1.0, 1.0, -1.0, 1.0], [0.0, 1.0, 2.0, 1.0, 0.0]])),
            }
        case "csv":
            own = {"path": "three.csv", **draw(some(**COLUMNS))}
        case "npz":
            own = {"path": "two.npz"}
        case _:
            own = {"classes": draw(st.sampled_from([[3, 8], [0, 1, 7]])), "train": draw(st.integers(4, 10))}
    common = {**COMMON, **({} if DATA_KINDS[kind].own_split else HELD_OUT)}
    return {"kind": kind, **own, **draw(some(**common))}


def trained_layers(count: int) -> st.SearchStrategy[list[str]]:
    names = [f"W{k + 1}" for k in range(count)]
    return st.lists(st.sampled_from(names), min_size=1, max_size=count, unique=True)


ACTIVATED = {
    "activation": st.sampled_from(ACTIVATIONS),
    "negative_slope": positive(0, 0.5),
}


@st.composite
def network(draw: st.DrawFn) -> Said:
    """Draw any kind of network, small in every way."""
    kind = draw(st.sampled_from(list(NETWORK_KINDS)))
    small = st.integers(1, 6)
    layers = 2
    own: Said = {}
    match kind:
        case "mlp":
            own = {
                "widths": draw(st.lists(small, max_size=2)),
                **draw(some(bias=st.sampled_from(BIASES), **ACTIVATED)),
            }
            layers = len(own["widths"]) + 1
        case "conv":
            own = {"channels": draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))}
            own |= {"widths": draw(st.lists(small, max_size=1))}
            layers = len(own["channels"]) + len(own["widths"]) + 1
            pools = st.sampled_from(["max", "average", "none"])
            windows = {"kernel": st.integers(1, 4), "pool": pools, "pool_size": st.integers(1, 3)}
            own |= draw(some(bias=st.sampled_from(BIASES), **windows, **ACTIVATED))
        case "residual":
            own = {"blocks": draw(st.integers(1, 2)), **draw(some(width=small, **ACTIVATED))}
            layers = 2 * own["blocks"] + 2
        case "diagonal":
            own = draw(some(depth=st.integers(1, 4)))
        case "no-rotation":
            own = {"width": draw(small), **draw(some(**ACTIVATED))}
        case "attention":
            layers = 2 if draw(st.booleans()) else 1
            own = draw(some(head=st.sampled_from(["first", "random"])))
            own |= {"form": "factored", "rank": draw(st.integers(0, 3))} if layers > 1 else {}
        case "free-features":
            own = draw(some(features=small, feature_scale=positive(0.3, 2)))
    init = draw(
        some(
            kind=st.sampled_from(["fan-in", "normal", "he", "zeros", "identity"]),
            scale=positive(0.05, 2),
            bias=positive(0, 0.5),
        )
    )
    widths = own.get("widths")
    if widths and widths[-1] % 2 == 0 and draw(st.booleans()):
        init["symmetrized"] = True
    if widths and draw(st.booleans()):
        init["exponent"] = draw(positive(0.1, 2))
    shared = some(output_scale=positive(0.2, 3), init=st.just(init), train=trained_layers(layers))
    return {"kind": kind, **own, **draw(shared)}


RULES: dict[str, st.SearchStrategy[Said]] = {
    "safe": some(c=positive(0.1, 1), kappa=positive(0.005, 0.1), refresh=st.integers(1, 30)),
    "constant": some(eta=positive(1e-3, 1)),
    "power": some(eta=positive(1e-3, 1), exponent=positive(0, 1.5)),
    "normalised": some(a=positive(1e-3, 0.3), exponent=positive(0, 1.5)),
    "theory": some(a0=positive(1e-3, 0.2)),
    "loss-based": some(alpha=positive(1e-2, 1), up=positive(1.05, 2), down=positive(1.05, 2)),
    "line-search": some(a=positive(1e-2, 1), up=positive(1.05, 2), down=positive(1.05, 2)),
    "adaptive": some(),
}
BETA, EPSILON = positive(0, 0.99), st.sampled_from([0.0, 1e-8, 1e-2])
OPTIMIZERS: dict[str, st.SearchStrategy[Said]] = {
    "steepest": some(norm=st.sampled_from(["l2", "linf", "l1", "spectral", "lp"]), p=positive(1.05, 12)),
    "sgd": some(batch=st.integers(1, 6), replacement=st.booleans()),
    "momentum": some(beta=BETA, nesterov=st.booleans()),
    "adam": some(beta1=BETA, beta2=BETA, epsilon=EPSILON),
    "adamw": some(beta1=BETA, beta2=BETA, epsilon=EPSILON),
    "adagrad": some(epsilon=EPSILON),
    "rmsprop": some(beta2=BETA, epsilon=EPSILON),
    "muon": some(beta=BETA, nesterov=st.booleans()),
    "shampoo": some(beta=positive(0, 1), epsilon=EPSILON),
    "flow": some(rtol=positive(1e-7, 1e-2)),
    "margin-flow": some(arc=positive(1e-3, 0.3)),
    "mirror": some(p=positive(1.05, 12)),
}


@st.composite
def optimizer(draw: st.DrawFn, network: Said) -> Said:
    """Draw an optimizer with a step rule that it takes for this network."""
    linear = network["kind"] == "mlp" and not network.get("widths")
    fields = NETWORK_KINDS[network["kind"]].model_validate(network)
    degree = structure(fields, Ends(2, 1)).degree
    starts = network.get("init", {}).get("kind") != "zeros" and degree is not None
    starts = starts and getattr(fields, "pool", "") != "max"
    only = {"mirror": linear, "margin-flow": starts}
    kind = draw(st.sampled_from([kind for kind in OPTIMIZERS if only.get(kind, True)]))
    said: Said = {"kind": kind, **draw(OPTIMIZERS[kind])}
    if kind != "margin-flow":
        said |= draw(some(weight_decay=positive(0, 0.1)))
    rules = list(OPTIMIZER_KINDS[kind].steps)
    if kind == "steepest" and draw(st.booleans()):
        said["scaled"], rules = False, ["constant", "power"]
    if said.get("norm", "l2") != "l2" or said.get("weight_decay") or degree is None:
        rules = [rule for rule in rules if rule != "theory"]
    if kind == "mirror" and said.get("p", 3.0) > 2:
        rules.remove("safe")
    rule = draw(st.sampled_from(rules))
    if draw(st.booleans()) or rule != OPTIMIZER_KINDS[kind].steps[0]:
        said["step"] = {"kind": rule, **draw(RULES[rule])}
    return said


@st.composite
def experiments(draw: st.DrawFn) -> Said:
    """Draw the tables of a whole experiment of at most a dozen steps."""
    network_said = draw(network())
    said: Said = {
        "version": 1,
        "data": draw(data()),
        "network": network_said,
        "loss": {
            "kind": draw(st.sampled_from(["exponential", "logistic", "cross-entropy"])),
            **draw(some(reduction=st.sampled_from(["sum", "mean"]))),
        },
        "optimizer": draw(optimizer(network_said)),
        "measure": draw(
            some(
                groups=st.one_of(st.just("auto"), st.lists(st.sampled_from(GROUPS), max_size=4, unique=True)),
                per_decade=st.integers(1, 200),
                every=st.integers(1, 4),
                grid=st.integers(2, 6),
            )
        ),
        "run": {
            "steps": draw(st.integers(1, 12)),
            "device": draw(st.sampled_from(["auto", "cpu"])),
            **draw(some(dtype=st.sampled_from(["float64", "float32"]), threads=st.integers(0, 2))),
            **draw(
                some(stop=some(log_loss=positive(-5, 0), seconds=positive(1, 9), plateau=positive(1e-3, 1)))
            ),
        },
    }
    said |= draw(some(seed=st.integers(0, 99), title=st.sampled_from(["", 'a "title" with\nlines'])))
    return said | draw(replicated(said))


@st.composite
def replicated(draw: st.DrawFn, said: Said) -> Said:
    """Draw replicas, or a `vary` of a number or two that the experiment has."""
    if draw(st.booleans()):
        return draw(some(replicas=st.integers(1, 3)))
    kind = said["optimizer"]["kind"]
    rule = said["optimizer"].get("step", {"kind": OPTIMIZER_KINDS[kind].steps[0]})["kind"]
    rate = STEP_KINDS[rule].rate
    choices: dict[str, st.SearchStrategy[Any]] = {
        "network.init.scale": positive(0.05, 2),
        "network.output_scale": positive(0.2, 3),
        **({f"optimizer.step.{rate}": positive(1e-3, 0.5)} if rate else {}),
        "data.seed": st.integers(0, 3),
        "data.label_noise": st.sampled_from([0.0, 0.2]),
    }
    paths = draw(st.lists(st.sampled_from(list(choices)), max_size=2, unique=True))
    count = draw(st.integers(1, 3))
    vary = {path: [draw(choices[path]) for _ in range(count)] for path in paths}
    return {"vary": vary} if vary else {}
