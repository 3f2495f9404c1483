"""Call a function or module on the student's side, and let gradients flow through the call."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import torch

from autograder import wire
from autograder.proxy.channel import Channel, StudentFault
from autograder.proxy.flat import Flat, flatten
from autograder.proxy.module import Mirror


class Held:
    """An object that stays on the student's side; it goes back there as the handle that it is."""

    _handle: wire.Handle


class ReboundError(Exception):
    """A global name does not stand any more for what was to be called."""


def as_handle(value: Any) -> wire.Value:
    """The handle of an object of the student's; a module's changes are sent first.

    Raises:
        UnsendableError: it is another object.
    """
    if isinstance(value, Mirror):
        value.push_state()
    if isinstance(value, Held | Mirror):
        return value._handle
    raise wire.UnsendableError(
        f"a test passed a {type(value).__name__}, which has no form on the wire"
    )


def call(
    channel: Channel,
    handle: wire.Handle,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    module: Mirror | None = None,
    *,
    bound_to: str | None = None,
) -> Flat:
    """Call what a handle stands for; the tensors of the result are in the graph of the arguments.

    Args:
        name: of what is called, for hints.
        module: what is called, if it is a module: its parameters are inputs as well.
        bound_to: a global name that must still stand for it.

    Raises:
        StudentFault: it raised, hung, ended the process, or returned what has no form.
        ReboundError: the name stands for something else by now, and nothing was called.
    """
    made = Call(channel, handle, name, args, kwargs, module, bound_to)
    if module is not None and module.lazy:
        made.run()  # now its parameters have their sizes, and autograd can be told of them
        module.refresh()
    if made.differentiable:
        tensors = _RemoteCall.apply(made, *made.inputs)  # type: ignore[no-untyped-call]
        result = made.run().with_tensors(tensors)
    else:
        result = made.run()
    for value in (*args, *kwargs.values()):
        if isinstance(value, Mirror):
            value.refresh()
    return result


_graphs = itertools.count()


class Call:
    """One call of a function or module on the student's side, and its backward pass."""

    def __init__(
        self,
        channel: Channel,
        handle: wire.Handle,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        module: Mirror | None,
        bound_to: str | None = None,
    ) -> None:
        self._channel, self._handle, self._name = channel, handle, name
        self._args, self._kwargs, self._module = args, kwargs, module
        self._packer = wire.Packer(as_handle)
        packed = [self._packer.pack(value) for value in args]
        named = {key: self._packer.pack(value) for key, value in kwargs.items()}
        self.inputs = [t for t in self._packer.tensors if t.requires_grad]
        if module is not None:
            self.inputs += module.trainable()
        self._graph = next(_graphs) if self.inputs and torch.is_grad_enabled() else None
        state = module.changes(self._packer) if module is not None else None
        self._message = wire.Call(handle, packed, named, self._graph, state, bound_to)
        self.result: Flat | None = None

    @property
    def differentiable(self) -> bool:
        return self._graph is not None

    def run(self) -> Flat:
        """Make the call, unless it was made; its result."""
        if self.result is not None:
            return self.result
        answer, unpacker = self._channel.request(self._message, self._packer)
        if isinstance(answer, wire.Missing) and self._message.name is not None:
            raise ReboundError
        if not isinstance(answer, wire.Result):
            raise self._channel.protocol_fault()
        try:
            result = flatten(answer.value, unpacker)
            self._write_back(answer.changed, unpacker)
            if self._module is not None:
                self._module.take_buffers(answer.state, unpacker)
            else:
                for _, value in answer.state:
                    unpacker.unpack(value)
            unpacker.end()
        except wire.WireError:
            raise self._channel.protocol_fault() from None
        self.result = result
        return result

    def backward(self, gradients: tuple[torch.Tensor | None, ...]) -> list[torch.Tensor | None]:
        """Gradients of the inputs, given those of the differentiable tensors of the result."""
        assert self._graph is not None
        tensors = self.run().tensors
        given = [g for g, (_, wanted) in zip(gradients, tensors, strict=True) if wanted]
        packer = wire.Packer(as_handle)
        packed = [packer.pack(g) for g in given]
        answer, unpacker = self._channel.request(wire.Backward(self._graph, packed), packer)
        result = self._gradients(answer, unpacker)
        if len(result) != len(self.inputs):
            raise self._channel.protocol_fault()
        checked: list[torch.Tensor | None] = []
        for gradient, leaf in zip(result, self.inputs, strict=True):
            if gradient is not None and (gradient.shape, gradient.dtype) != (
                leaf.shape,
                leaf.dtype,
            ):
                raise StudentFault(
                    "failed", f"a gradient of {self._name} has a different shape from its argument"
                )
            checked.append(None if gradient is None else gradient.to(leaf.device))
        return checked

    def _gradients(
        self, answer: wire.Message, unpacker: wire.Unpacker
    ) -> list[torch.Tensor | None]:
        if not isinstance(answer, wire.Result) or not isinstance(answer.value, wire.Sequence):
            raise self._channel.protocol_fault()
        try:
            found = [
                None if value is None else unpacker.unpack_state(value)
                for value in answer.value.items
            ]
            unpacker.end()
        except wire.WireError:
            raise self._channel.protocol_fault() from None
        return found

    def _write_back(
        self, changed: list[tuple[int | str, wire.Value]], unpacker: wire.Unpacker
    ) -> None:
        """Do to the caller's arguments what the student's function did to its own."""
        for key, value in changed:
            new = unpacker.unpack(value)
            own: Any = dict([*enumerate(self._args), *self._kwargs.items()]).get(key)
            if isinstance(own, torch.Tensor) and isinstance(new, torch.Tensor):
                if (own.dtype, own.shape) != (new.dtype, new.shape):
                    raise StudentFault(
                        "failed", f"{self._name} changed the shape or the type of an argument"
                    )
                own.data = new.to(own.device)
            elif isinstance(own, np.ndarray) and isinstance(new, np.ndarray):
                if (own.dtype, own.shape) != (new.dtype, new.shape):
                    raise StudentFault(
                        "failed", f"{self._name} changed the shape or the type of an argument"
                    )
                own[...] = new
            else:
                raise wire.WireError("an argument that was not given")


class _RemoteCall(torch.autograd.Function):
    """Carries one call and its backward pass over the wire."""

    @staticmethod
    def forward(ctx: Any, call: Call, *_: torch.Tensor) -> tuple[torch.Tensor, ...]:
        outputs = call.run().tensors
        ctx.call = call
        ctx.mark_non_differentiable(*[t for t, wanted in outputs if not wanted])
        return tuple(t for t, _ in outputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:
        return (None, *ctx.call.backward(gradients))
