"""Runs on the student's side: answer the requests of tests with the notebook's objects.

Nothing here judges: values, gradients and state go over the wire, and every comparison is made on
the other side. What a student's code raises is told by kind, place, name and message; the other
side decides which of these the student reads, since a text could carry a hidden input.
"""

from __future__ import annotations

import functools
import os
import socket
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from plotly.basedatatypes import BaseFigure
from torch import nn
from torch.nn.parameter import is_lazy

from autograder import wire
from autograder.student.figures import figure_json
from autograder.student.raised_error import cut, let_go, raised


class _MissingNameError(NameError):
    """A driver asked for a name that the notebook does not have."""


class Namespace:
    """The notebook's global names as attributes: what a driver receives as its first argument."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise _MissingNameError(name, name=name) from None


@dataclass(frozen=True)
class _Graph:
    """What backward needs of one call: inputs and parameters
    that want a gradient, and outputs that have one.
    """

    leaves: list[torch.Tensor]
    outputs: list[torch.Tensor]


class Answers:
    """The loop of one test process; `printed` takes what the student's code has printed."""

    def __init__(
        self,
        sock: socket.socket,
        names: dict[str, Any],
        printed: Callable[[], str] = lambda: "",
    ) -> None:
        self._socket = sock
        self._names = names
        self._printed = printed
        self._objects: list[Any] = []
        self._graphs: dict[int, _Graph] = {}

    def serve(self) -> None:
        """Answer until the other side closes."""
        handlers: dict[type, Callable[[Any, wire.Unpacker, wire.Packer], wire.Message]] = {
            wire.Lookup: self._lookup,
            wire.Attribute: self._attribute,
            wire.Call: self._call,
            wire.Drive: self._drive,
            wire.Backward: self._backward,
            wire.ModuleState: self._module_state,
            wire.TakePrinted: self._take_printed,
        }
        own = os.getpid()
        while True:
            try:
                message, bulk = wire.receive(self._socket, time.monotonic() + 86_400)
            except wire.WireClosedError:
                return
            packer = wire.Packer(self._other)
            reply: wire.Message
            try:
                reply = handlers[type(message)](message, wire.Unpacker(bulk), packer)
            except wire.UnsendableError:
                reply, packer = wire.Unsendable(), wire.Packer()
            except _MissingNameError as error:
                reply, packer = wire.Missing(str(error.name)), wire.Packer()
            # Whatever student code raises is an answer.
            except BaseException as error:  # noqa: BLE001
                reply, packer = raised(error), wire.Packer()
                let_go(error)
            if os.getpid() != own:
                return  # a process that the student's code forked, and that came out of it as well
            try:
                wire.send(self._socket, reply, packer.bulk)
            except wire.UnsendableError:
                wire.send(self._socket, wire.Unsendable())
            except wire.WireError:
                return

    # --- requests ---

    def _lookup(self, message: wire.Lookup, _: wire.Unpacker, packer: wire.Packer) -> wire.Message:
        if message.name not in self._names:
            return wire.Missing()
        return wire.Result(packer.pack(self._names[message.name]))

    def _attribute(
        self, message: wire.Attribute, _: wire.Unpacker, packer: wire.Packer
    ) -> wire.Message:
        target = self._objects[message.target.id]
        if not hasattr(target, message.name):
            return wire.Missing()
        return wire.Result(packer.pack(getattr(target, message.name)))

    def _call(
        self, message: wire.Call, unpacker: wire.Unpacker, packer: wire.Packer
    ) -> wire.Message:
        target = self._objects[message.target.id]
        if message.name is not None and self._names.get(message.name) is not target:
            return wire.Missing()
        tensors: list[torch.Tensor] = []
        args = [self._rebuild(value, unpacker, tensors) for value in message.args]
        kwargs = {
            name: self._rebuild(value, unpacker, tensors) for name, value in message.kwargs.items()
        }
        if message.state is not None:
            self._write_state(target, message.state, unpacker)
        unpacker.end()
        given: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
        before = {key: _contents(value) for key, value in given}
        value = target(*args, **kwargs)
        packed = packer.pack(value)
        if message.graph is not None:
            leaves = [tensor for tensor in tensors if tensor.requires_grad]
            if isinstance(target, nn.Module):
                leaves += [p for p in target.parameters() if p.requires_grad and wire.sendable(p)]
            outputs = [tensor for tensor in packer.tensors if tensor.requires_grad]
            self._graphs[message.graph] = _Graph(leaves, outputs)
        changed = [
            (key, packer.pack(after)) for key, after in given if before[key] != _contents(after)
        ]
        return wire.Result(packed, changed, self._buffers(target, packer))

    def _drive(
        self, message: wire.Drive, unpacker: wire.Unpacker, packer: wire.Packer
    ) -> wire.Message:
        module: dict[str, Any] = {"__name__": "drivers"}
        exec(_compiled(message.source), module)
        args = [self._rebuild(value, unpacker, []) for value in message.args]
        kwargs = {
            name: self._rebuild(value, unpacker, []) for name, value in message.kwargs.items()
        }
        unpacker.end()
        return wire.Result(
            packer.pack(module[message.name](Namespace(self._names), *args, **kwargs))
        )

    def _backward(
        self, message: wire.Backward, unpacker: wire.Unpacker, packer: wire.Packer
    ) -> wire.Message:
        graph = self._graphs[message.graph]
        upstream = [
            None if value is None else unpacker.unpack_state(value) for value in message.gradients
        ]
        unpacker.end()
        pairs = [
            (o, g.to(o.device))
            for o, g in zip(graph.outputs, upstream, strict=True)
            if g is not None
        ]
        gradients: list[torch.Tensor | None] = [None] * len(graph.leaves)
        if pairs:
            outputs, given = zip(*pairs, strict=True)
            gradients = list(
                torch.autograd.grad(
                    outputs, graph.leaves, given, retain_graph=True, allow_unused=True
                )
            )
        return wire.Result(
            wire.Sequence([None if g is None else packer.pack_state(g) for g in gradients])
        )

    def _module_state(
        self, message: wire.ModuleState, unpacker: wire.Unpacker, packer: wire.Packer
    ) -> wire.Message:
        module = self._objects[message.target.id]
        self._write_state(module, message.state, unpacker)
        if message.device is not None:
            module.to(device=message.device)
        if message.dtype is not None:
            dtype = wire.DTYPES[
                message.dtype
            ]  # of real numbers: complex ones stay, as with .double()
            module._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)
        if message.training is not None:
            module.train(message.training)
        numbers: dict[int, int] = {}
        parameters = [
            (
                name,
                numbers.setdefault(id(p), len(numbers)),
                None if is_lazy(p) else packer.pack_state(p),
            )
            for name, p in module.named_parameters(remove_duplicate=False)
            if is_lazy(p) or wire.sendable(p)
        ]
        return wire.ModuleDescription(
            parameters, self._buffers(module, packer), bool(module.training)
        )

    def _take_printed(self, _: wire.TakePrinted, *__: Any) -> wire.Message:
        return wire.Printed(cut(self._printed(), wire.bounds.MAX_PRINTED))

    # --- helpers ---

    def _other(self, value: Any) -> wire.Value:
        """Pack values without a form of their own: other numbers, figures, and handles."""
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value)
        if isinstance(value, BaseFigure):
            return wire.Figure(figure_json(value))
        kind = "object"
        if isinstance(value, nn.Module):
            kind = "module"
        elif isinstance(value, type):
            kind = "class"
        elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType):
            kind = "function"
        self._objects.append(value)
        return wire.Handle(len(self._objects) - 1, kind)

    def _rebuild(
        self, value: wire.Value, unpacker: wire.Unpacker, tensors: list[torch.Tensor]
    ) -> Any:
        """A value with handles replaced by their objects; tensors are noted."""
        if isinstance(value, wire.Handle):
            return self._objects[value.id]
        if isinstance(value, wire.Sequence):
            items = [self._rebuild(item, unpacker, tensors) for item in value.items]
            return tuple(items) if value.is_tuple else items
        if isinstance(value, wire.Mapping):
            return {unpacker.unpack(k): self._rebuild(v, unpacker, tensors) for k, v in value.pairs}
        rebuilt = unpacker.unpack(value)
        if isinstance(value, wire.Tensor):
            rebuilt = rebuilt.to(value.device).requires_grad_(value.requires_grad)
            tensors.append(rebuilt)
        return rebuilt

    def _write_state(
        self, module: nn.Module, state: list[tuple[str, wire.Value]], unpacker: wire.Unpacker
    ) -> None:
        own = dict(module.named_parameters(remove_duplicate=False)) | dict(module.named_buffers())
        for name, value in state:
            new = unpacker.unpack_state(value)
            own[name].data = new.to(own[name].device)
            if isinstance(value, wire.Tensor) and isinstance(own[name], nn.Parameter):
                own[name].requires_grad_(value.requires_grad)

    def _buffers(self, target: Any, packer: wire.Packer) -> list[tuple[str, wire.Value]]:
        if not isinstance(target, nn.Module):
            return []
        return [
            (name, packer.pack_state(buffer))
            for name, buffer in target.named_buffers()
            if wire.sendable(buffer)
        ]


@functools.cache
def _compiled(source: str) -> types.CodeType:
    return compile(source, "<drivers>", "exec")


def _contents(value: Any) -> bytes | None:
    """The bytes of a tensor or an array, to see whether a call changed it in place."""
    if isinstance(value, torch.Tensor):
        return wire.tensor_bytes(value).tobytes()
    if hasattr(value, "tobytes"):
        return bytes(value.tobytes())
    return None
