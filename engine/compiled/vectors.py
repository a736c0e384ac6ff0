"""Vectors of the processor's width, for loops that are written for LLVM by hand.

Numba's own loops keep the order of a sum, so that one addition waits for the one before, and hold no block of a product
in registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba.core import types
from numba.np.arrayobj import make_array

from .jit import written

SIZE, SHORT, DOUBLE = ir.IntType(64), ir.IntType(32), ir.DoubleType()
_FUSED = ("contract",)


def _registers() -> tuple[int, int]:
    """Return the bytes of the processor's vectors, and how many rows of three vectors its registers hold."""
    has = binding.get_host_cpu_features()
    if has.get("avx512f"):
        return 64, 8
    if has.get("avx"):
        return 32, 4
    return 16, 8 if has.get("neon") else 4


BYTES, ROWS = _registers()


@written
def address(context: Any, array: Any) -> Any:
    """Return where an array's first element lies."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.ptrtoint(make_array(array)(context, builder, arguments[0]).data, SIZE)

    return types.intp(array), build


def once(
    builder: ir.IRBuilder,
    name: str,
    scalar: Any,
    takes: list[Any],
    body: Callable[[ir.IRBuilder, Any], Any],
    returns: Any = None,
) -> ir.Function:
    """Return a function of a module, written into it the first time."""
    name, module = f"{name}_{scalar}", builder.module
    if name not in module.globals:
        function = ir.Function(module, ir.FunctionType(returns or ir.VoidType(), takes), name)
        function.linkage = "linkonce_odr"  # modules that are linked have one of them
        function.attributes.add("noinline")
        inner = ir.IRBuilder(function.append_basic_block("entry"))
        value = body(inner, function.args)
        inner.ret_void() if value is None else inner.ret(value)
    return module.globals[name]


def calling(of: Any, name: str, body: Any) -> Callable[..., Any]:
    """Return what calls a function, for the type of an array, that returns nothing.

    Its floating numbers are of that type; what it is given first is the array alone.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        scalar = context.get_value_type(of.dtype)
        narrow = scalar != DOUBLE
        given = [builder.fptrunc(a, scalar) if narrow and a.type == DOUBLE else a for a in arguments[1:]]
        builder.call(once(builder, name, scalar, [a.type for a in given], body(scalar)), given)
        return context.get_dummy_value()

    return build


def splat(builder: ir.IRBuilder, value: Any, lanes: int) -> Any:
    """Return a vector of one number."""
    unknown = ir.Constant(ir.VectorType(value.type, lanes), ir.Undefined)
    first = builder.insert_element(unknown, value, SHORT(0))
    return builder.shuffle_vector(first, unknown, ir.Constant(ir.VectorType(SHORT, lanes), [0] * lanes))


def across(builder: ir.IRBuilder, vector: Any, put: Callable[[Any, Any], Any]) -> Any:
    """Put a vector's lanes together, halves with halves."""
    parts = [builder.extract_element(vector, SHORT(lane)) for lane in range(vector.type.count)]
    while len(parts) > 1:
        half = len(parts) // 2
        parts = [put(one, other) for one, other in zip(parts[:half], parts[half:], strict=True)]
    return parts[0]


def lanes_below(builder: ir.IRBuilder, count: Any, lanes: int, first: int = 0) -> Any:
    """Return which lanes, numbered from `first` on, are below a count."""
    numbers = ir.Constant(ir.VectorType(SIZE, lanes), [first + lane for lane in range(lanes)])
    return builder.icmp_signed("<", numbers, splat(builder, count, lanes))


def on(builder: ir.IRBuilder, at: Any, further: int) -> Any:
    """Return a place so many further on."""
    return builder.add(at, SIZE(further)) if further else at


def below(builder: ir.IRBuilder, number: int, bound: Any) -> Any:
    """Say whether a number is below a bound."""
    return builder.icmp_signed("<", SIZE(number), bound)


def plus(builder: ir.IRBuilder, total: Any, a: Any, b: Any) -> Any:
    """Return total + a b, rounded once where the processor can."""
    return builder.fadd(total, builder.fmul(a, b, flags=_FUSED), flags=_FUSED)


def bent(builder: ir.IRBuilder, value: Any, slope: Any) -> Any:
    """Return a vector, times a slope where it is not above 0."""
    low = builder.fmul(value, splat(builder, slope, value.type.count))
    return builder.select(builder.fcmp_ordered(">", value, ir.Constant(value.type, None)), value, low)


def passed(builder: ir.IRBuilder, value: Any, decides: Any, slope: Any) -> Any:
    """Return a vector, times a slope where what decides is not above 0; a slope of 0 makes 0 of whatever it is."""
    zero = ir.Constant(value.type, None)
    flat = builder.fcmp_ordered("==", slope, ir.Constant(slope.type, 0.0))
    low = builder.select(flat, zero, builder.fmul(value, splat(builder, slope, value.type.count)))
    return builder.select(builder.fcmp_ordered(">", decides, zero), value, low)


def size_of(scalar: Any) -> int:
    """Return the bytes of a number."""
    return 8 if scalar == DOUBLE else 4


def load(builder: ir.IRBuilder, at: Any, of: Any, mask: Any = None) -> Any:
    """Return the number or vector at an address; of lanes that a mask leaves out, zeros."""
    pointer, align = builder.inttoptr(at, of.as_pointer()), size_of(getattr(of, "element", of))
    if mask is None:
        return builder.load(pointer, align=align)
    load = _masked(builder, "load", of, ir.FunctionType(of, [pointer.type, SHORT, mask.type, of]))
    return builder.call(load, [pointer, SHORT(align), mask, ir.Constant(of, None)])


def store(builder: ir.IRBuilder, value: Any, at: Any, mask: Any = None) -> None:
    """Write a number or vector to an address, without the lanes that a mask leaves out."""
    of = value.type
    pointer, align = builder.inttoptr(at, of.as_pointer()), size_of(getattr(of, "element", of))
    if mask is None:
        builder.store(value, pointer, align=align)
        return
    takes = ir.FunctionType(ir.VoidType(), [of, pointer.type, SHORT, mask.type])
    builder.call(_masked(builder, "store", of, takes), [value, pointer, SHORT(align), mask])


def _masked(builder: ir.IRBuilder, what: str, vector: Any, function: Any) -> ir.Function:
    """Return LLVM's load or store of some lanes of a vector."""
    name, module = f"llvm.masked.{what}.v{vector.count}f{8 * size_of(vector.element)}.p0", builder.module
    return module.globals.get(name) or ir.Function(module, function, name)
