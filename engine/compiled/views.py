"""A matrix of what lies in a flat array: what `reshape` gives, without the call of a library that it takes."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array


@intrinsic
def matrix(context: Any, flat: Any, start: Any, rows: Any, columns: Any) -> Any:
    """Return flat[start : start + rows * columns] as (rows, columns); nobody looks whether it is that long."""
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
