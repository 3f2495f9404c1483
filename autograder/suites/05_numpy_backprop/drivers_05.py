"""Runs on the student's side: gives a network weights of ours, calls it, and tells what it left.

Nothing here knows what is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NAMES = ("W1", "b1", "W2", "b2")


def network(submission: Any, sizes: list[int], weights: dict[str, Any], seed: int = 0) -> Any:
    """A new network with these weights, in the dtype that it gives them."""
    model = submission.NumpyMLP(*sizes, seed=seed)
    put(model, weights)
    return model


def put(model: Any, weights: dict[str, Any]) -> None:
    """Write into a network's arrays; where that is not possible, put others in their place."""
    for name, value in weights.items():
        own = np.asarray(getattr(model, name))
        kept = value.astype(own.dtype) if own.dtype.kind == "f" else value.copy()
        if own.shape == value.shape and own.flags.writeable:
            getattr(model, name)[...] = kept
        if not np.array_equal(getattr(model, name), kept):
            setattr(model, name, kept)


def state(model: Any) -> dict[str, Any]:
    """Copies of the four arrays."""
    return {name: np.array(getattr(model, name)) for name in NAMES}


def laid_out(value: Any, layout: str) -> Any:
    """A copy of an array; its entries need not lie in memory row by row."""
    if not isinstance(value, np.ndarray):
        return value
    if layout == "columns":
        return np.array(value, order="F")
    if layout == "apart":
        return np.repeat(value, 2, axis=-1)[..., ::2]
    return value.copy()


def call(
    submission: Any,
    method: str,
    sizes: list[int],
    weights: dict[str, Any],
    *args: Any,
    layout: str = "rows",
    before: tuple[tuple[str, list[Any]], ...] = (),
) -> dict[str, Any]:
    """Call a method of a network after other calls; its result, and what network and arguments are.

    The result is copied: a method may give away an array that it goes on with.
    """
    model = network(submission, sizes, weights)
    for name, given in before:
        getattr(model, name)(*(laid_out(value, "rows") for value in given))
    put(model, weights)
    used, given = state(model), [laid_out(value, layout) for value in args]
    result = getattr(model, method)(*given)
    kept = (
        {name: np.array(value) for name, value in result.items()}
        if isinstance(result, dict)
        else result
    )
    return {"result": kept, "used": used, "after": state(model), "args": given}


def twice(
    submission: Any, method: str, sizes: list[int], weights: dict[str, Any], *args: Any
) -> dict[str, Any]:
    """Both results of two calls with the same arguments, as they are after the second."""
    model = network(submission, sizes, weights)
    used, given = state(model), [laid_out(value, "rows") for value in args]
    results = [getattr(model, method)(*given) for _ in range(2)]
    return {"result": results, "used": used}


def two_networks(
    submission: Any, sizes: list[int], one: dict[str, Any], other: dict[str, Any], X: Any
) -> dict[str, Any]:
    """The first network's result, once a second one of the same class has other weights."""
    first = network(submission, sizes, one)
    used = state(first)
    network(submission, sizes, other, seed=1)
    return {"result": first.forward(X), "used": used}


def changed_weights(
    submission: Any,
    method: str,
    sizes: list[int],
    one: dict[str, Any],
    other: dict[str, Any],
    *args: Any,
) -> dict[str, Any]:
    """A result after the weights were changed since the last call with the same arguments."""
    model = network(submission, sizes, one)
    given = [laid_out(value, "rows") for value in args]
    getattr(model, method)(*given)
    put(model, other)
    used = state(model)
    return {"result": getattr(model, method)(*given), "used": used}


def learned(
    submission: Any,
    sizes: list[int],
    weights: dict[str, Any],
    X: Any,
    y: Any,
    epochs: int,
    rate: float,
) -> dict[str, Any]:
    """What a network says of X after a training, and the losses."""
    model = network(submission, sizes, weights)
    losses = model.train(X.copy(), y.copy(), epochs, rate)
    return {"result": model.forward(X.copy()), "losses": losses}


def converted(submission: Any, sizes: list[int], weights: dict[str, Any]) -> dict[str, Any]:
    """What to_torch makes of a network, and the network's arrays before and after."""
    model = network(submission, sizes, weights)
    used = state(model)
    module = submission.to_torch(model)
    return {"module": module, "used": used, "after": state(model)}


def converted_two(
    submission: Any, sizes: list[int], one: dict[str, Any], other: dict[str, Any]
) -> dict[str, Any]:
    """What to_torch makes of a first network, after it was called for another one as well."""
    model = network(submission, sizes, one)
    used = state(model)
    module = submission.to_torch(model)
    submission.to_torch(network(submission, sizes, other, seed=1))
    return {"module": module, "used": used}


def function_of(submission: Any, name: str, layout: str, *args: Any) -> Any:
    """A function's result for arrays that do not lie in memory row by row."""
    return getattr(submission, name)(*(laid_out(value, layout) for value in args))


def trained_again(
    submission: Any,
    sizes: list[int],
    weights: dict[str, Any],
    X: Any,
    y: Any,
    epochs: list[int],
    rate: float,
) -> dict[str, Any]:
    """The losses of several trainings of the same network, one after the other."""
    model = network(submission, sizes, weights)
    used = state(model)
    losses = [model.train(X.copy(), y.copy(), n, rate) for n in epochs]
    return {"result": losses, "used": used, "after": state(model)}


def attributes(submission: Any, sizes: list[int], options: dict[str, int]) -> dict[str, Any]:
    """The four attributes of a new network, whatever they are."""
    model = submission.NumpyMLP(*sizes, **options)
    return {name: getattr(model, name) for name in NAMES}


def untrained(submission: Any, sizes: list[int], seed: int, X: Any) -> Any:
    """What a new network says of X."""
    return submission.NumpyMLP(*sizes, seed=seed).forward(X.copy())


def changed_in_place(submission: Any, name: str, first: list[Any], second: list[Any]) -> Any:
    """A function's second result, for the same arrays with other numbers in them."""
    given = [value.copy() for value in first]
    getattr(submission, name)(*given)
    for array, value in zip(given, second, strict=True):
        array[...] = value
    return getattr(submission, name)(*given)
