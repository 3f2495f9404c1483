"""Run torch's default Adam faster on small CPU networks, with results equal bit for bit.

A network of a few dozen numbers trains at the pace of Python, not of arithmetic: torch.optim.Adam
runs ten small operations for every parameter, and `Tensor.backward` prepares for longer than a
layer takes. Here the gradients of all parameters lie in one buffer, as do their moments, so an
operation runs once for all. The parameters stay where they are.

Whatever doesn't fit goes to torch.optim.Adam: from the first step, or, when the model changes in
the middle of training what it differentiates, from that step on, with the moments reached.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

BETA_1, BETA_2, EPS = 0.9, 0.999, 1e-8
DTYPES = (torch.float32, torch.float64)
TABLE = 128  # corrections that are made at once
# numbers; longer operations are divided among threads, and there arithmetic counts anyway
LARGEST = 32_768

# What `Tensor.backward` calls in the end.
_ENGINE: Any = getattr(torch.autograd.Variable, "_execution_engine", None)


class FastAdam:
    """Adam with betas (0.9, 0.999) and eps 1e-8 on the parameters of a model.

    `reason` says why torch.optim.Adam does the work; it is None while that isn't so.
    """

    def __init__(self, model: nn.Module, lr: float) -> None:
        self._model = model
        self._parameters = list(model.parameters())
        self._lr = lr
        self._flat: _Flat | None = None
        self._plain: torch.optim.Adam | None = None
        self.reason: str | None = None

    def step(self, loss: torch.Tensor) -> None:
        """Differentiate the loss, a scalar, and update every parameter that it depends on.

        Gradients of earlier steps don't count. The loss's graph is freed.

        Raises:
            RuntimeError: torch can't differentiate the loss, or Adam can't use the gradients.
        """
        if self._flat is not None:
            if self._flat.backward(loss):
                self._flat.update()
            else:
                self._hand_over(self._flat)
        elif self._plain is not None:
            self._plain.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._plain.step()
        else:
            self._begin(loss)

    def clear(self) -> None:
        """Forget all gradients."""
        for parameter in self._parameters:
            parameter.grad = None

    def _begin(self, loss: torch.Tensor) -> None:
        """Take the first step. It shows which parameters take part."""
        self.clear()
        loss.backward()  # type: ignore[no-untyped-call]
        self.reason = _misfit(self._model, self._parameters)
        if self.reason is None:
            self._flat = _Flat(self._parameters, self._lr, torch.ones_like(loss))
            self._flat.update()
        else:
            self._plain = torch.optim.Adam(self._parameters, self._lr)
            self._plain.step()

    def _hand_over(self, flat: _Flat) -> None:
        """Take a step, whose gradients are there, and all later ones with torch.optim.Adam."""
        self.reason = "the gradients are other ones than in the first step"
        self._plain = torch.optim.Adam(self._parameters, self._lr)
        self._plain.state.update(flat.state())
        flat.clear_unused()
        self._flat = None
        self._plain.step()


class _Flat:
    """The parameters that have a gradient, with their gradients and moments in flat buffers.

    While it works, such a parameter's `.grad` is a part of the flat gradient. Autograd adds to it
    in place, and each addition counts up the part's version: so it shows whether the parameter got
    one gradient in a step.

    NumPy does what is rounded after every operation. Adam's running averages are of the form a +
    b·c, which torch rounds once or twice, depending on the processor: so torch does these, both in
    one `addcmul_`.
    """

    def __init__(self, parameters: list[nn.Parameter], lr: float, one: torch.Tensor) -> None:
        self._active = [p for p in parameters if p.grad is not None]
        self._inactive = [p for p in parameters if p.grad is None]
        self._lr = lr
        self._one = (one,)  # the derivative of the loss by itself
        self._taken = 0
        ends = list(accumulate((p.numel() for p in self._active), initial=0))
        self._places = list(pairwise(ends))
        rows = torch.zeros(8, ends[-1], dtype=self._active[0].dtype, device="cpu")
        self._averages, self._weights, self._values = rows[:2], rows[2:4], rows[4:6]
        self._squares, self._roots = rows[1], rows[6]
        self._weights[0] = 1 - BETA_1
        (
            self._mean,
            self._square,
            _,
            self._weighted,
            self._change,
            self._gradient,
            self._root,
            self._move,
        ) = rows.numpy()
        self._square_weight, self._square_decay, self._eps = self._constants(
            1 - BETA_2, BETA_2, EPS
        )
        self._corrections: list[tuple[Any, Any]] = []  # of the next steps, the last one first
        # The same memory, with versions of their own that start at 0.
        self._gradients = [part.data for part in self._parts(self._values[1])]
        for parameter, part in zip(self._active, self._gradients, strict=True):
            assert parameter.grad is not None
            part.copy_(parameter.grad)
            parameter.grad = part
        self._aim()

    def backward(self, loss: torch.Tensor) -> bool:
        """Write the loss's gradients; whether exactly the first step's parameters got one."""
        self._gradient.fill(0)
        _ENGINE.run_backward((loss,), self._one, False, False, (), True, True)
        version = self._taken + 1
        for part in self._gradients:
            if part._version != version:
                return False
        return not self._inactive or all(p.grad is None for p in self._inactive)

    def update(self) -> None:
        """Change the parameters. NumPy may warn of overflow: that is training that diverges."""
        if list(map(torch.Tensor.data_ptr, self._active)) != self._addresses:
            self._aim()
        if not self._corrections:
            self._corrections = self._next_corrections()
        step_size, root_size = self._corrections.pop()
        self._taken += 1
        gradient, mean, square, root, move = (
            self._gradient,
            self._mean,
            self._square,
            self._root,
            self._move,
        )
        np.subtract(gradient, mean, self._change)
        np.multiply(gradient, self._square_weight, self._weighted)
        np.multiply(square, self._square_decay, square)
        self._averages.addcmul_(self._weights, self._values)
        torch.sqrt(self._squares, out=self._roots)
        np.divide(root, root_size, root)
        np.add(root, self._eps, root)
        np.multiply(mean, step_size, move)
        np.divide(move, root, move)
        list(map(np.add, self._targets, self._moves, self._targets))

    def state(self) -> Iterator[tuple[nn.Parameter, dict[str, torch.Tensor]]]:
        """The parameters, each with its state in torch.optim.Adam."""
        means, squares = (self._parts(average.clone()) for average in self._averages)
        for parameter, mean, square in zip(self._active, means, squares, strict=True):
            step = torch.tensor(float(self._taken), dtype=torch.float32, device="cpu")
            yield parameter, {"step": step, "exp_avg": mean, "exp_avg_sq": square}

    def clear_unused(self) -> None:
        """After a `backward`: take the gradient from each parameter that it gave none."""
        for parameter, part in zip(self._active, self._gradients, strict=True):
            if parameter.grad is part and part._version == self._taken:
                parameter.grad = None

    def _next_corrections(self) -> list[tuple[Any, Any]]:
        """Adam's bias corrections of mean and root mean square, for the next TABLE steps."""
        steps = range(self._taken + TABLE, self._taken, -1)
        step_sizes = self._constants(*(-(self._lr / (1 - BETA_1**step)) for step in steps))
        root_sizes = self._constants(*((1 - BETA_2**step) ** 0.5 for step in steps))
        return list(zip(step_sizes, root_sizes, strict=True))

    def _constants(self, *values: float) -> list[Any]:
        """Numbers as arrays without dimensions: NumPy takes those faster than Python's numbers."""
        return [np.array(value, self._mean.dtype) for value in values]

    def _aim(self) -> None:
        """Find where the parameters lie: a model may give them new memory."""
        self._addresses = [p.data_ptr() for p in self._active]
        moves = self._parts(torch.from_numpy(self._move))
        self._moves = [part.numpy() for part in moves]
        self._targets = [p.detach().numpy() for p in self._active]

    def _parts(self, flat: torch.Tensor) -> list[torch.Tensor]:
        """The part of a flat buffer that belongs to each parameter, in the parameter's shape."""
        return [
            flat[a:b].view(p.shape) for (a, b), p in zip(self._places, self._active, strict=True)
        ]


def _misfit(model: nn.Module, parameters: list[nn.Parameter]) -> str | None:
    """Why `_Flat` can't take a model's parameters with their first gradients, or None."""
    pairs = [(p, p.grad) for p in parameters if p.grad is not None]
    if _ENGINE is None:
        return "this version of torch has another engine"
    if not pairs:
        return "no parameter has a gradient"
    hooks = ("_backward_hooks", "_backward_pre_hooks", "_post_accumulate_grad_hooks")
    if any(
        getattr(owner, name, None) for owner in (*model.modules(), *parameters) for name in hooks
    ):
        return "there are hooks on the way back, which may change gradients"
    dtype = pairs[0][0].dtype
    for parameter, gradient in pairs:
        for kind, tensor in ((nn.Parameter, parameter), (torch.Tensor, gradient)):
            if (
                type(tensor) is not kind
                or tensor.layout is not torch.strided
                or tensor.device.type != "cpu"
            ):
                return "a parameter or a gradient is not an ordinary tensor on the CPU"
            if tensor.dtype != dtype or dtype not in DTYPES:
                return "the parameters are not all float32 or all float64"
            if not tensor.is_contiguous():
                return "a parameter or a gradient is not contiguous"
    if sum(p.numel() for p, _ in pairs) > LARGEST:
        return f"there are more than {LARGEST} numbers to train"
    return (
        None
        if _same_anywhere(dtype)
        else "on this processor a result depends on its place in a buffer"
    )


@cache
def _same_anywhere(dtype: torch.dtype) -> bool:
    """Whether `_Flat` gives bit for bit what Adam's operations give for every parameter by itself.

    That isn't certain: a processor's vector instructions take most of a buffer, scalar ones the
    rest, and the two may round differently. What has to be equal for random numbers in buffers of
    many lengths is so for others.
    """
    generator = torch.Generator("cpu").manual_seed(0)

    def normal(size: int) -> torch.Tensor:
        return torch.randn(size, generator=generator, dtype=dtype, device="cpu")

    parameters = [nn.Parameter(normal(size)) for size in (2, 4, 1, 6, 17, 32, 3, 40)]
    expected = [p.detach().clone() for p in parameters]
    means, squares = ([torch.zeros_like(p) for p in expected] for _ in range(2))
    for parameter in parameters:
        parameter.grad = normal(parameter.numel())
    flat = _Flat(parameters, 0.01, torch.ones((), dtype=dtype, device="cpu"))
    for step in range(1, 5):
        for parameter, p, mean, square in zip(parameters, expected, means, squares, strict=True):
            gradient = parameter.grad
            assert gradient is not None
            gradient.copy_(normal(gradient.numel()))
            mean.lerp_(gradient, 1 - BETA_1)
            square.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
            denominator = (square.sqrt() / (1 - BETA_2**step) ** 0.5).add_(EPS)
            p.addcdiv_(mean, denominator, value=-0.01 / (1 - BETA_1**step))
        flat.update()
    return all(torch.equal(p, q) for p, q in zip(parameters, expected, strict=True))
