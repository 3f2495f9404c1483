"""Record the input of every ReLU in a network, while a copy of the network runs."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from course_lib._arrays import Array, Values, finite_array
from course_lib._notes import CannotDrawError

RELUS = {
    torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_, functional.relu,
    functional.leaky_relu,
    functional.leaky_relu_, torch.prelu, torch.Tensor.prelu,
}  # fmt: skip
FLOORS = {
    torch.clamp, torch.Tensor.clamp, torch.clamp_min, torch.Tensor.clamp_min, torch.maximum,
    torch.Tensor.maximum,
}  # fmt: skip


class Watched:
    """A copy of a network, on the CPU in double precision and evaluation mode.

    Raises:
        CannotDrawError: the network can't be copied.
    """

    def __init__(self, network: nn.Module) -> None:
        try:
            self._network = deepcopy(network).to("cpu", torch.float64).eval()
        except RuntimeError as error:  # torch copies no tensor that belongs to a graph
            raise CannotDrawError(
                "The model can't be copied: does it keep a result of an earlier call? Keep "
                "result.detach() instead."
            ) from error

    def layers(self, points: Array) -> list[Array]:
        """The pre-activations (n, units) of every ReLU layer at points (n, 2)."""
        return self._run(points)[1]

    def check_linear(self, polygons: list[Array]) -> None:
        """Check that the network is linear on each of these convex polygons.

        Raises:
            CannotDrawError: the network is not linear there.
        """
        weights = [
            np.arange(1.0, len(p) + 1)[:, None] / (len(p) * (len(p) + 1) / 2) for p in polygons
        ]
        starts = np.cumsum([0, *(len(p) for p in polygons[:-1])])
        at_corners, _ = self._run(np.concatenate(polygons))
        mixed = np.add.reduceat(np.concatenate(weights) * at_corners, starts)
        inside, _ = self._run(
            np.array([(w * p).sum(axis=0) for w, p in zip(weights, polygons, strict=True)])
        )
        if not np.allclose(mixed, inside, rtol=1e-6, atol=1e-6 * float(np.abs(at_corners).max())):
            raise CannotDrawError(
                "This picture is for networks whose only non-linear functions are ReLUs. This "
                "model has another activation, or a ReLU that is neither nn.ReLU nor "
                "relu() nor clamp(min=0). A smooth function such as tanh has no regions in which "
                "it is linear."
            )

    def _run(self, points: Array) -> tuple[Array, list[Array]]:
        with torch.no_grad(), _Listener() as listener:
            try:
                out = self._network(torch.from_numpy(points))
            except (RuntimeError, TypeError, ValueError, IndexError) as error:
                raise CannotDrawError(
                    "This picture is for models that take points of shape (n, 2), in double "
                    f"precision too. This one raised {type(error).__name__}: {error}"
                ) from error
        found = [z.reshape(len(z), -1).numpy() for z in (out, *listener.heard)]
        if any(len(z) != len(points) for z in found):
            raise CannotDrawError(
                "This picture is for models that treat each row of their input, (n, 2), separately."
            )
        if not all(np.isfinite(z).all() for z in found):
            raise CannotDrawError("The model gives numbers that are not finite.")
        return found[0], found[1:]


class _Listener(TorchFunctionMode):
    """Notes the input of every ReLU that is called meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[torch.Tensor] = []

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = [value for value in (*args, *(kwargs or {}).values()) if value is not None]
        if func in RELUS:
            self.heard.append(given[0].clone())  # as the call may be in place
        elif func in FLOORS and len(given) == 2:
            for z, floor in (given, given[::-1]):
                if isinstance(z, torch.Tensor) and not torch.as_tensor(floor).any():
                    self.heard.append(z.clone())
                    break
        return func(*args, **(kwargs or {}))


def chain(weights: Sequence[Values], biases: Sequence[Values] | None) -> nn.Sequential:
    """The network of these layers, with a ReLU after each but the last.

    Raises:
        ValueError: weights and biases do not fit together, or are no lists.
    """
    if (
        isinstance(weights, torch.Tensor | np.ndarray | str)
        or not isinstance(weights, Sequence)
        or not weights
    ):
        raise ValueError(
            "model must be a module or a list of weights, (out, in) each, not "
            f"{type(weights).__name__}"
        )
    if biases is not None and len(biases) != len(weights):
        raise ValueError(
            f"there must be as many biases as weights, {len(weights)}, not {len(biases)}"
        )
    parts: list[nn.Module] = []
    size: int | None = 2
    for i, values in enumerate(weights):
        weight = torch.from_numpy(finite_array(f"weights[{i}]", values, (None, size)))
        size = len(weight)
        linear = nn.Linear(weight.shape[1], size, bias=biases is not None, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(weight)
            if biases is not None:
                linear.bias.copy_(
                    torch.from_numpy(finite_array(f"biases[{i}]", biases[i], (size,)))
                )
        parts += [linear, nn.ReLU()]
    return nn.Sequential(*parts[:-1])
