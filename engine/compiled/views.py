"""Matrices in flat arrays, and norms that are added up coordinate by coordinate."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from .jit import compiled
from .lengths import log_add
from .plan import Array, Norm

LINF, L1, LP = int(Norm.LINF), int(Norm.L1), int(Norm.LP)


def _matrix(context: Any, flat: Any, start: Any, rows: Any, columns: Any) -> Any:
    if not isinstance(flat, types.Array) or flat.ndim != 1 or flat.layout != "C":
        return None
    of = types.Array(flat.dtype, 2, "C", readonly=not flat.mutable)
    return of(flat, types.intp, types.intp, types.intp), _build


def _build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
    source, start, rows, columns = arguments
    flat, of = signature.args[0], signature.return_type
    below = make_array(flat)(context, builder, source)
    size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(flat.dtype)))
    view = make_array(of)(context, builder)
    populate_array(
        view,
        data=cgutils.gep_inbounds(builder, below.data, start),
        shape=[rows, columns],
        strides=[builder.mul(columns, size), size],
        itemsize=size,
        meminfo=None,
    )
    return view._getvalue()


matrix: Callable[[Array, int, int, int], Array] = cast(Any, intrinsic(_matrix))
"""Return flat[start : start + rows * columns] as (rows, columns); nobody looks whether it is that long.

It is what `reshape` gives, without the call of a library that it takes.
"""


@compiled
def nothing(norm: int) -> float:
    """Return what `added` begins with."""
    return -math.inf if norm == LP else 0.0


@compiled
def squared(norm: int, total: float, power: float) -> float:
    """Return the square of a dual norm that `added` has added up; power: q of lq, the dual of lp."""
    if norm == LP:
        return math.exp(2 * total / power)
    return total * total if norm in (LINF, L1) else total


@compiled
def added(norm: int, total: float, part: float, power: float) -> float:
    """Add a coordinate's absolute value to a dual norm; l2: to its square; lq: to the log of its q-th power."""
    if norm == LP:
        return log_add(total, power * math.log(part)) if part > 0 else total
    if norm == LINF:  # whose dual is l1
        return total + part
    if norm == L1:
        return max(total, part)
    return total + part * part
