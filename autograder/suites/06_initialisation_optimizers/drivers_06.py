"""What can't cross the wire: gradients to walk down, generators and activations.

The same fields are walked by the suite's own optimizers; nothing here knows where they lead.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch

from course_lib.drivers import kept

Gradient = Callable[[Any, Any], tuple[Any, Any]]
Activation = Callable[[torch.Tensor], torch.Tensor]

# Written with + - * ** alone: numbers, arrays and tensors go in, and come out as they are.
FIELDS: dict[str, Callable[..., Gradient]] = {
    "bowl": lambda a, b, c, px, py: (
        lambda x, y: (a * (x - px) + b * (y - py), b * (x - px) + c * (y - py))
    ),
    "bent": lambda a, b, d: lambda x, y: (a * x + d * x * y**2, b * y + d * x**2 * y),
    "slope": lambda a, b: lambda x, y: (a + 0 * x, b + 0 * y),
    "flat_in_y": lambda a, px: lambda x, y: (a * (x - px), 0 * y),
    "beale": lambda: beale,
}

ACTIVATIONS: dict[str, Activation] = {
    "relu": torch.relu,
    "tanh": torch.nn.Tanh(),  # a module, as students know them
    "sigmoid": torch.sigmoid,
    "wave": lambda z: 0.5 * z + z.sin(),  # one that no library knows
    "identity": lambda z: z,
    "in_place": torch.nn.ReLU(inplace=True),
}


def beale(x: Any, y: Any) -> tuple[Any, Any]:
    residues = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    across = 2 * sum(r * (y**k - 1) for k, r in enumerate(residues, 1))
    up = 2 * sum(r * k * x * y ** (k - 1) for k, r in enumerate(residues, 1))
    return across, up


def path(
    submission: Any,
    function: str,
    field: str,
    constants: list[float],
    start: tuple[float, float],
    hyper: dict[str, Any],
) -> Any:
    """A path of the student's."""
    return getattr(submission, function)(FIELDS[field](*constants), start, **hyper)


def path_by_default(
    submission: Any,
    function: str,
    field: str,
    constants: list[float],
    start: tuple[float, float],
    hyper: dict[str, Any],
    optional: dict[str, Any],
) -> Any:
    """A path where the function's own defaults are in use, as far as it has any."""
    walk = getattr(submission, function)
    known = inspect.signature(walk).parameters
    needed = {
        name: value
        for name, value in optional.items()
        if name in known and known[name].default is inspect.Parameter.empty
    }
    return walk(FIELDS[field](*constants), start, **hyper, **needed)


def paths(
    submission: Any,
    calls: list[tuple[str, str, list[float], tuple[float, float], dict[str, Any]]],
) -> list[Any]:
    """Paths one after the other in the same process, each as it is after the last."""
    return [path(submission, *call) for call in calls]


def draws(
    submission: Any, fan_out: int, fan_in: int, scheme: str, seed: int, times: int
) -> list[Any]:
    """The results of calls one after the other with the same generator."""
    generator = torch.Generator().manual_seed(seed)
    return [kept(submission.init_weights(fan_out, fan_in, scheme, generator)) for _ in range(times)]


def many(submission: Any, fan_out: int, fan_in: int, scheme: str, seed: int, times: int) -> Any:
    """All numbers of many calls with the same generator, a row for each call; else one result."""
    made = draws(submission, fan_out, fan_in, scheme, seed, times)
    alike = all(
        isinstance(weight, torch.Tensor)
        and weight.layout is torch.strided
        and weight.shape == (fan_out, fan_in)
        for weight in made
    )
    return torch.stack(made).flatten(1) if alike else made[0]


def repeated(
    submission: Any, fan_out: int, fan_in: int, scheme: str, seeds: list[int]
) -> list[Any]:
    """A result for each seed of the generator, while torch's own one is in ever another state."""
    made = []
    for number, seed in enumerate(seeds):
        torch.manual_seed(1000 + number)
        made += draws(submission, fan_out, fan_in, scheme, seed, 1)
    return made


def stds(submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str) -> Any:
    return submission.activation_stds(weights, x, ACTIVATIONS[activation])


def stds_of_parameters(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> Any:
    """The weights ask for gradients, as those of a model do."""
    parameters = [torch.nn.Parameter(weight) for weight in weights]
    return submission.activation_stds(parameters, x, ACTIVATIONS[activation])


def stds_and_arguments(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> Any:
    """The result of a second call, and the weights and x as the calls left them."""
    submission.activation_stds(weights, x, ACTIVATIONS[activation])
    result = kept(submission.activation_stds(weights, x, ACTIVATIONS[activation]))
    return result, [weight.detach() for weight in weights], x.detach()


def stds_around_a_step(
    submission: Any, weights: list[torch.Tensor], x: torch.Tensor, activation: str
) -> list[Any]:
    """Two results: of a call, and of one more after each argument was changed in place."""
    given, here = [weight.detach().clone() for weight in weights], x.detach().clone()
    first = kept(submission.activation_stds(given, here, ACTIVATIONS[activation]))
    for value in (*given, here):
        value.mul_(-0.75)
    return [first, kept(submission.activation_stds(given, here, ACTIVATIONS[activation]))]
