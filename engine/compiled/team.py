"""Threads that share one look: parts of the samples, taken by whoever is free, put together in their order.

How the samples are divided follows from sizes alone, so that the numbers are the same with any number of threads. A
part is taken with a ticket. One thread leads: it says that tickets may be taken, takes them as the others do, and waits
until every part is done; whoever is late finds nothing left to do, and nobody waits for them.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.np.arrayobj import make_array

from .evaluation import CURVATURE, LOSS, Seen, look, look_at
from .jit import compiled, part, written
from .lengths import conjugate, log_add
from .networks import prepare
from .plan import Array, Given, Kinds, Layers, Moved, One, Room, SampleParts

TAKEN, ALLOWED, DONE, REPLICA, ASKED, OVER = range(6)
"""What tickets hold: how many are taken, may be taken, and are done; of which replica, with B^2 or not; the end."""
TICKETS = 8
PATIENCE = 200
"""How often a thread looks for something to do before it lets others have the processor."""
TOGETHER = 2048
"""Numbers of a gradient whose parts are put together at once, so that they stay in the first cache."""


@part
def replica(given: Given, moved: Moved, r: int) -> One:
    """Return one replica."""
    return One(
        moved.theta[r],
        given.frozen[r],
        given.x[r % given.x.shape[0]],
        given.labels[r % given.labels.shape[0]],
        given.scale[r],
        conjugate(given.numbers[r, 5]),
    )


@compiled
def looked(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    parts: SampleParts,
    room: Room,
    r: int,
    gradient: Array,
    asked: int,
) -> Seen:
    """Write the normalised gradient (P,) of one replica over all samples, and return what is seen."""
    if parts.seen.shape[0] > 1:
        return lead(kinds, layers, given, moved, parts, room, r, gradient, asked)
    return look(kinds, layers, replica(given, moved, r), room, parts.block, gradient, asked)


@compiled
def lead(
    kinds: Kinds,
    layers: Layers,
    given: Given,
    moved: Moved,
    parts: SampleParts,
    room: Room,
    r: int,
    gradient: Array,
    asked: int,
) -> Seen:
    """Write the normalised gradient (P,) of one replica and return what is seen, with whoever helps."""
    tickets, count = parts.tickets, parts.seen.shape[0]
    store(tickets, REPLICA, r)
    store(tickets, ASKED, asked)
    allowed = load(tickets, ALLOWED) + count
    store(tickets, ALLOWED, allowed)
    prepare(layers, replica(given, moved, r), room)
    ticket = take(tickets)
    while ticket >= 0:
        work(kinds, layers, given, moved, parts, room, ticket)
        ticket = take(tickets)
    looked = 0
    while load(tickets, DONE) < allowed:
        looked = wait(looked, parts.rest)
    return together(parts, gradient, asked)


@compiled
def assist(kinds: Kinds, layers: Layers, given: Given, moved: Moved, parts: SampleParts, room: Room) -> None:
    """Take parts that are to be done until there are no more to come."""
    tickets, count = parts.tickets, parts.seen.shape[0]
    prepared, looked = -1, 0
    while load(tickets, OVER) == 0:
        ticket = take(tickets)
        if ticket < 0:
            looked = wait(looked, parts.rest)
            continue
        looked = 0
        if ticket // count != prepared:
            prepared = ticket // count
            prepare(layers, replica(given, moved, load(tickets, REPLICA)), room)
        work(kinds, layers, given, moved, parts, room, ticket)


@compiled
def work(
    kinds: Kinds, layers: Layers, given: Given, moved: Moved, parts: SampleParts, room: Room, ticket: int
) -> None:
    """Look at one part of the samples."""
    tickets, count = parts.tickets, parts.seen.shape[0]
    k = ticket % count
    one = replica(given, moved, load(tickets, REPLICA))
    asked, samples = load(tickets, ASKED), one.x.shape[0]
    begin, end = samples * k // count, samples * (k + 1) // count
    seen = look_at(kinds, layers, one, room, parts.block, begin, end, parts.gradient[k], asked)
    for i in range(4):
        parts.seen[k, i] = seen[i]
    add(tickets, DONE, 1)


@compiled
def together(parts: SampleParts, gradient: Array, asked: int) -> Seen:
    """Write the gradient of all parts, in units of all of them, and return what is seen."""
    seen = parts.seen
    log_loss, log_weight, least, broken = seen[0, 0], seen[0, 1], math.inf, False
    most = -math.inf if asked == CURVATURE else 0.0
    for k in range(seen.shape[0]):
        if k > 0:
            log_loss, log_weight = log_add(log_loss, seen[k, 0]), log_add(log_weight, seen[k, 1])
        broken = broken or math.isnan(seen[k, 2])
        least = min(least, seen[k, 2])
        if asked == CURVATURE and not seen[k, 3] <= most:
            most = seen[k, 3]
    for begin in range(0, gradient.size if asked != LOSS else 0, TOGETHER):
        put_together(parts, log_weight, gradient, begin, min(begin + TOGETHER, gradient.size))
    return log_loss, log_weight, math.nan if broken else least, most


@compiled
def put_together(parts: SampleParts, log_weight: float, gradient: Array, begin: int, end: int) -> None:
    """Write a piece of the gradient of all parts, in units of all of them."""
    begun = False
    for k in range(parts.seen.shape[0]):
        share, here = math.exp(parts.seen[k, 1] - log_weight), parts.gradient[k]
        if share != 0.0:  # what weighs nothing has no gradient, or one that is no number
            for i in range(begin, end):
                gradient[i] = gradient[i] + share * here[i] if begun else share * here[i]
            begun = True


@compiled
def wait(looked: int, rest: int) -> int:
    """Return how often was looked by now; let others have the processor after many times."""
    if looked >= PATIENCE and rest != 0:
        call(rest)
    return looked + 1


@compiled
def take(tickets: Array) -> int:
    """Return a ticket, -1 where none is left."""
    while True:
        mine: int = load(tickets, TAKEN)
        if mine >= load(tickets, ALLOWED):
            return -1
        if swap(tickets, TAKEN, mine, mine + 1):
            return mine


def _place(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
    data = make_array(signature.args[0])(context, builder, arguments[0]).data
    return cgutils.gep_inbounds(builder, data, arguments[1])


_ORDER = "seq_cst"


@written
def load(context: Any, values: Any, i: Any) -> Any:
    """Return a number that other threads write."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        at = _place(context, builder, signature, arguments)
        return builder.load_atomic(at, _ORDER, 8)

    return types.int64(values, types.intp), build


@written
def store(context: Any, values: Any, i: Any, value: Any) -> Any:
    """Write a number that other threads read, after all that was written before."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        builder.store_atomic(arguments[2], _place(context, builder, signature, arguments), _ORDER, 8)
        return context.get_dummy_value()

    return types.void(values, types.intp, types.int64), build


@written
def add(context: Any, values: Any, i: Any, value: Any) -> Any:
    """Add to a number that other threads add to."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        builder.atomic_rmw("add", _place(context, builder, signature, arguments), arguments[2], _ORDER)
        return context.get_dummy_value()

    return types.void(values, types.intp, types.int64), build


@written
def swap(context: Any, values: Any, i: Any, before: Any, after: Any) -> Any:
    """Write a number if it is still what it was; say whether it was."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        at = _place(context, builder, signature, arguments)
        return builder.extract_value(builder.cmpxchg(at, arguments[2], arguments[3], _ORDER, _ORDER), 1)

    return types.boolean(values, types.intp, types.int64, types.int64), build


@written
def call(context: Any, place: Any) -> Any:
    """Call a function of the system that takes nothing, at an address."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        function = ir.FunctionType(ir.IntType(32), [])
        builder.call(builder.inttoptr(arguments[0], function.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.intp), build
