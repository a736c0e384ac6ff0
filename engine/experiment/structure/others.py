"""Networks that are no chain of matrices: residual, diagonal, no-rotation, quasi-homogeneous ones and attention."""

from __future__ import annotations

from ..networks import AttentionSpec, DiagonalSpec, NoRotationSpec, QuasiSpec, ResidualSpec
from .activations import DEGREE, asymptotic_degree, pieces
from .shape import Ends, Layer, Structure, trains


def residual(network: ResidualSpec, ends: Ends) -> Structure:
    """Return the structure of h_0 = W_1 x, h <- h + V phi(U h) for every block, f = W_last h.

    The skip connection has a lower degree than the block beside it, so that the sum has none; the largest one is
    M = D_B + 1 with D_0 = 1 and D_(b+1) = k (D_b + 1) + 1.
    """
    width = network.width
    sizes = [(width, ends.inputs)]
    for _ in range(network.blocks):
        sizes += [(width * pieces(network.activation), width), (width, width)]
    sizes.append((ends.outputs, width))
    last = len(sizes)

    def caption(k: int) -> str:
        return "" if k in (1, last) else ("U" if k % 2 == 0 else "V, skip")

    layers = tuple(
        Layer(
            f"W{k}",
            rows,
            columns,
            width if k < last else rows,
            False,
            trains(network.train, f"W{k}"),
            activated=k % 2 == 0,
            caption=caption(k),
        )
        for k, (rows, columns) in enumerate(sizes, start=1)
    )
    activation = network.activation
    linear = activation == "linear"
    if not any(layer.trained for layer in layers[1:-1]):  # the blocks are a fixed map of what comes in
        if layers[0].trained and DEGREE[activation] != 1:
            return Structure(
                layers, None, f"network.activation {activation} is not of degree 1", activation=activation
            )
        degrees = tuple(1.0 for layer in layers if layer.trained)
        return Structure(
            layers, float(sum(degrees)), exact_layer_degrees=degrees, activation=activation, linear=linear
        )
    why_not = "skip connections are of lower degree than the blocks beside them"
    k = asymptotic_degree(activation)
    order = None
    if k is not None and all(layer.trained for layer in layers):
        order = 1
        for _ in range(network.blocks):
            order = k * (order + 1) + 1
        order += 1
    return Structure(layers, None, why_not, order=order, activation=activation, linear=linear)


def diagonal(network: DiagonalSpec, ends: Ends) -> Structure:
    """Return the structure of f(x) = <u^D - v^D, x>: homogeneous of degree D in (u, v)."""
    size = ends.inputs * ends.outputs
    layers = tuple(
        Layer(name, size, 1, ends.outputs, False, trains(network.train, name), by_element=True, caption=word)
        for name, word in (("W1", "u"), ("W2", "v"))
    )
    if not all(layer.trained for layer in layers):
        frozen = next(layer.caption for layer in layers if not layer.trained)
        return Structure(layers, None, f"{frozen}^D does not train and stays as it is", linear=True)
    return Structure(layers, float(network.depth), linear=True)


def no_rotation(network: NoRotationSpec, ends: Ends) -> Structure:
    """Return the structure of f(x) = sum_j a_j phi(r_j <u_j, x>): r by element, then a."""
    width = network.width
    layers = (
        Layer(
            "W1",
            width * pieces(network.activation),
            1,
            width,
            False,
            trains(network.train, "W1"),
            by_element=True,
            caption="norms r",
        ),
        Layer("W2", ends.outputs, width, ends.outputs, False, trains(network.train, "W2")),
    )
    k = DEGREE[network.activation]
    constants = width * pieces(network.activation) * ends.inputs
    linear = network.activation == "linear"
    if k is None and layers[0].trained:
        order = 2 if asymptotic_degree(network.activation) and layers[1].trained else None
        why_not = f"the activation {network.activation} has no degree"
        return Structure(
            layers, None, why_not, order=order, activation=network.activation, constants=constants
        )
    each = (float(k or 1), 1.0)
    degrees = tuple(degree for degree, layer in zip(each, layers, strict=True) if layer.trained)
    return Structure(
        layers,
        sum(degrees),
        exact_layer_degrees=degrees,
        activation=network.activation,
        linear=linear,
        constants=constants,
    )


def quasi(network: QuasiSpec, ends: Ends) -> Structure:
    """Return the structure of f(x) = u v x_1 + <b, (x_2, ...)>: lambda = 1/2 for u and v, 1 for b."""
    others = ends.inputs - 1
    shapes = [("W1", ends.outputs, "u", 0.5), ("W2", ends.outputs, "v", 0.5)]
    shapes += [("W3", ends.outputs * others, "b", 1.0)] if others else []
    layers = tuple(
        Layer(name, rows, 1, ends.outputs, False, trains(network.train, name), by_element=True, caption=word)
        for name, rows, word, _ in shapes
    )
    on = [layer.trained for layer in layers]
    product, rest = float(on[0] + on[1]), (1.0 if others and on[2] else 0.0)
    powers = sorted({product, rest} if others else {product})
    if len(powers) == 1 and powers[0] > 0:
        degrees = tuple(1.0 for trained in on if trained) if not others else ()
        return Structure(layers, powers[0], exact_layer_degrees=degrees, linear=True)
    why_not = "the first input passes two parameters and the others one"
    weights = tuple((name, weight) for name, _, _, weight in shapes) if all(on) and others else ()
    return Structure(layers, None, why_not, weights=weights, linear=True)


def token_shape(ends: Ends) -> tuple[int, int]:
    """Return (tokens, numbers of each): the rows of a picture, else every input by itself."""
    return ends.image or (ends.inputs, 1)


def attention(network: AttentionSpec, ends: Ends) -> Structure:
    """Return the structure of f(X) = <v, X^T softmax(X W z)>: W, or Q^T and K with W = K Q^T; v is constant."""
    _, size = token_shape(ends)
    rank = network.rank or size
    shapes = [("W1", size, size, "key-query W")]
    if network.form == "factored":
        shapes = [("W1", rank, size, "queries Qᵀ"), ("W2", size, rank, "keys K")]
    layers = tuple(
        Layer(
            name,
            rows,
            columns,
            rows,
            False,
            trains(network.train, name),
            activated=False,
            caption=word,
        )
        for name, rows, columns, word in shapes
    )
    why_not = "attention mixes its tokens by softmax, which has no degree: outputs stay bounded as W grows"
    return Structure(layers, None, why_not, constants=ends.outputs * size)
