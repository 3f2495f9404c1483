"""What a hidden test holds in its hands: the notebook's names, as if they were in this process.

Functions are called over the wire and take part in autograd here; modules are `nn.Module`s whose
parameters and buffers mirror the student's; other objects are handles. Everything that arrives is
rebuilt from bytes into exact types by `autograder.wire`; nothing of the student's is ever executed
here.
"""

from __future__ import annotations

import inspect
import itertools
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder import wire
from autograder.proxy.channel import Channel, StudentFault, gone
from autograder.proxy.mirror import Unsized, parameter
from autograder.sandbox.session import GoneError

LEAST_BYTES = 1024
"""What a parameter or a buffer takes on this side, however small it is."""
MAX_TENSORS = 5_000
"""Parameters and buffers of one module; as many containers may hold them."""

_RESERVED = frozenset(dir(torch.nn.Module()))
"""No module has a parameter of such a name, since PyTorch refuses it."""


class RemoteSubmission:
    """The notebook's global names as attributes: `submission.two_layer(x, …)`, `submission.z1`.

    Args:
        connect: a process to ask, when it is needed.
        undefined: what to say of a name that the notebook does not have ("" where it is not known
            which).
    """

    def __init__(
        self, connect: Callable[[], Channel], undefined: Callable[[str], StudentFault] | None = None
    ) -> None:
        self._connect = connect
        self._undefined = undefined or undefined_name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        channel = self._channel()
        answer, unpacker = channel.request(wire.Lookup(name))
        if isinstance(answer, wire.Missing):
            raise self._undefined(name)
        return _result(channel, answer, unpacker, f"`{name}`")

    def drive(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call a driver on the student's side: `function(namespace, *args, **kwargs)`.

        The whole source of its module is sent there, so that module must hold no expected value.

        Raises:
            StudentFault: it raised, hung or ended the process.
        """
        channel = self._channel()
        source = inspect.getsource(sys.modules[function.__module__])
        packer = wire.Packer(_other)
        message = wire.Drive(
            source,
            function.__name__,
            [packer.pack(value) for value in args],
            {name: packer.pack(value) for name, value in kwargs.items()},
        )
        answer, unpacker = channel.request(message, packer)
        if isinstance(answer, wire.Missing):
            # The name is the word of the student's side: it counts only if the driver, or its call,
            # holds it.
            texts = [value for value in args if isinstance(value, str)]  # an array has no one ==
            known = answer.name in texts or re.search(rf"\b{re.escape(answer.name)}\b", source)
            raise self._undefined(answer.name if answer.name.isidentifier() and known else "")
        result = _result(channel, answer, unpacker, f"{function.__name__}()")
        for value in (*args, *kwargs.values()):
            if isinstance(value, RemoteModule):
                value.refresh()
        return result

    def _channel(self) -> Channel:
        try:
            return self._connect()
        except GoneError as error:
            raise gone(error.cause) from None


def undefined_name(name: str, why: str = "") -> StudentFault:
    """What is told where the notebook does not have a name (""
    where it is not known which), and why.
    """
    return StudentFault(
        "failed", (f"`{name}`" if name else "a name of this task") + f" is not defined{why}"
    )


def defines(channel: Channel, name: str) -> bool:
    """Whether the notebook has a global name.

    Raises:
        StudentFault: its process does not answer.
    """
    return not isinstance(channel.request(wire.Lookup(name))[0], wire.Missing)


class RemoteObject:
    """An object that stays on the student's side: callable, with attributes."""

    def __init__(self, channel: Channel, handle: wire.Handle, name: str) -> None:
        self._channel = channel
        self._handle = handle
        self._name = name
        self._stands_for = handle.kind  # for hints: course_lib/expect.py

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return _call(self._channel, self._handle, self._name, args, kwargs, None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        answer, unpacker = self._channel.request(wire.Attribute(self._handle, name))
        if isinstance(answer, wire.Missing):
            raise StudentFault("failed", f"{self._name} has no attribute `{name}`")
        return _result(self._channel, answer, unpacker, f"{self._name}.{name}")

    def __repr__(self) -> str:
        return f"<{self._handle.kind} {self._name} of the submission>"


class RemoteModule(torch.nn.Module):
    """A student's module. Parameters and buffers are mirrors: what changes here is sent before the
    next call, and buffers that a call changed come back with its result."""

    def __init__(self, channel: Channel, handle: wire.Handle, name: str) -> None:
        super().__init__()
        self._channel = channel
        self._handle = handle
        self._name = name
        self._sent: dict[str, tuple[int, int]] = {}
        self._containers = itertools.count(1)
        self._mirror(wire.ModuleState(handle))

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's module; gradients flow to arguments and parameters."""
        return _call(self._channel, self._handle, self._name, args, kwargs, self)

    def train(self, mode: bool = True) -> RemoteModule:
        """As `nn.Module.train`, on both sides."""
        super().train(mode)
        if "_handle" in self.__dict__:
            self._push_state()
            self._mirror(wire.ModuleState(self._handle, training=mode))
        return self

    def _apply(
        self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True
    ) -> RemoteModule:
        """What `.double()`, `.float()` and `.to(…)` come down
        to: the student's module is converted as well.
        """
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        dtypes = {
            str(t.dtype).removeprefix("torch.")
            for t in self._tensors().values()
            if t.is_floating_point()
        }
        devices = {t.device.type for t in self._tensors().values()}
        dtype = dtypes.pop() if len(dtypes) == 1 else None
        device = devices.pop() if len(devices) == 1 else None
        if dtype or device:
            self._push_state()
            self._mirror(wire.ModuleState(self._handle, dtype=dtype, device=device))
        return self

    def refresh(self) -> None:
        """Take over what other code of the student's did to the module."""
        self._mirror(wire.ModuleState(self._handle))

    def trainable(self) -> list[torch.nn.Parameter]:
        """The parameters that want a gradient, each once, in order."""
        return [p for p in self.parameters() if p.requires_grad]

    def changes(self, packer: wire.Packer) -> list[tuple[str, wire.Value]]:
        """What was changed here since both sides were last
        equal, packed; from now on they count as equal.
        """
        changed: list[tuple[str, wire.Value]] = []
        for name, tensor in self._tensors().items():
            if self._sent.get(name) != _version(tensor):
                changed.append((name, packer.pack_state(tensor)))
                self._sent[name] = _version(tensor)
        return changed

    def take_buffers(self, state: list[tuple[str, wire.Value]], unpacker: wire.Unpacker) -> None:
        """Take over the buffers as a call left them.

        Raises:
            WireError: not what the module said it had.
        """
        own = dict(self.named_buffers())
        for name, value in state:
            new = unpacker.unpack_state(value)
            if name in own:
                own[name].data = new.to(own[name].device)
            elif self.lazy:
                continue  # it has just got a size
            else:
                raise wire.WireError("a buffer that the module did not have")
            self._sent[name] = _version(own[name])

    @property
    def lazy(self) -> bool:
        """Whether a parameter gets its size at the first call only."""
        return any(isinstance(own, Unsized) for own in self.parameters())

    def _update(self, own: torch.Tensor, new: torch.Tensor | None, wanted: bool) -> None:
        """Take over a parameter's values, and its size if it had none."""
        if isinstance(own, Unsized) and new is not None:
            self._channel.hold(new.nbytes)
            own.become(new, wanted)
        elif new is not None:
            own.data = new.to(own.device)
        elif not isinstance(own, Unsized):
            raise wire.WireError("a parameter that has lost its size")

    def _tensors(self) -> dict[str, torch.Tensor]:
        return dict(self.named_parameters(remove_duplicate=False)) | dict(self.named_buffers())

    def _push_state(self) -> None:
        """Send changes without a computation: a call of the
        module's state with nothing to compute.
        """
        packer = wire.Packer(_other)
        changed = self.changes(packer)
        if changed:
            self._channel.request(wire.ModuleState(self._handle, state=changed), packer)

    def _mirror(self, request: wire.ModuleState) -> None:
        answer, unpacker = self._channel.request(request)
        if not isinstance(answer, wire.ModuleDescription):
            raise self._channel.protocol_fault()
        try:
            own = self._tensors()
            if (
                len(own.keys() | {name for name, *_ in (*answer.parameters, *answer.buffers)})
                > MAX_TENSORS
            ):
                raise wire.WireError("too many parameters")
            shared: dict[int, torch.nn.Parameter] = {}
            for name, number, value in answer.parameters:
                new = None if value is None else unpacker.unpack_state(value)
                wanted = new is None or (isinstance(value, wire.Tensor) and value.requires_grad)
                if name in own:
                    self._update(own[name], new, wanted)
                else:
                    self._channel.hold(LEAST_BYTES if new is None else max(new.nbytes, LEAST_BYTES))
                    if number not in shared:
                        shared[number] = parameter(new, wanted)
                    self._place(name)._parameters[name.rpartition(".")[2]] = shared[number]
            for name, value in answer.buffers:
                new = unpacker.unpack_state(value)
                if name in own:
                    own[name].data = new.to(own[name].device)
                else:
                    self._channel.hold(max(new.nbytes, LEAST_BYTES))
                    self._place(name)._buffers[name.rpartition(".")[2]] = new
            unpacker.end()
        except (wire.WireError, RuntimeError):
            raise self._channel.protocol_fault() from None
        # Not by assignment: a parameter of the student's may have this name.
        self.__dict__["_sent"] = {
            name: _version(tensor) for name, tensor in self._tensors().items()
        }
        torch.nn.Module.train(self, answer.training)

    def _place(self, name: str) -> torch.nn.Module:
        """The container of a dotted name.

        Names are only ever keys of dicts here, never looked up as attributes.
        """
        *path, leaf = name.split(".")
        parts = [*path, leaf]
        if len(name) > 500 or not all(p and p.isprintable() and p not in _RESERVED for p in parts):
            raise wire.WireError("not a name for a parameter")
        place: torch.nn.Module = self
        for part in path:
            inner = place._modules.get(part)
            if inner is None:
                if next(self._containers) > MAX_TENSORS:
                    raise wire.WireError("too many containers of parameters")
                inner = place._modules[part] = torch.nn.Module()
            place = inner
        return place


def _version(tensor: torch.Tensor) -> tuple[int, int]:
    return (0, 0) if isinstance(tensor, Unsized) else (tensor.data_ptr(), tensor._version)


class _RemoteCall(torch.autograd.Function):
    """Carries one call and its backward pass over the wire."""

    @staticmethod
    def forward(ctx: Any, call: _Call, *_: torch.Tensor) -> tuple[torch.Tensor, ...]:
        outputs = call.tensors if call.was_run else call.run()
        ctx.call = call
        ctx.mark_non_differentiable(*[t for t, wanted in outputs if not wanted])
        return tuple(t for t, _ in outputs)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:
        return (None, *ctx.call.backward(gradients))


_graphs = itertools.count()


class _Call:
    """One call on its way: packs its arguments, and takes its
    result apart into tensors and the rest.
    """

    def __init__(
        self,
        channel: Channel,
        handle: wire.Handle,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        module: RemoteModule | None,
    ) -> None:
        self._channel, self._handle, self._name = channel, handle, name
        self._args, self._kwargs, self._module = args, kwargs, module
        self._packer = wire.Packer(_other)
        packed = [self._packer.pack(value) for value in args]
        named = {key: self._packer.pack(value) for key, value in kwargs.items()}
        self.inputs = [t for t in self._packer.tensors if t.requires_grad]
        if module is not None:
            self.inputs += module.trainable()
        self._graph = next(_graphs) if self.inputs and torch.is_grad_enabled() else None
        state = module.changes(self._packer) if module is not None else None
        self._message = wire.Call(handle, packed, named, self._graph, state)
        self.value: wire.Value = None
        self.tensors: list[tuple[torch.Tensor, bool]] = []
        self.was_run = False
        self.arrays: list[Any] = []

    @property
    def differentiable(self) -> bool:
        return self._graph is not None

    def run(self) -> list[tuple[torch.Tensor, bool]]:
        """Make the call; the tensors of its result, each with whether it depends on the inputs."""
        answer, unpacker = self._channel.request(self._message, self._packer)
        if not isinstance(answer, wire.Result):
            raise self._channel.protocol_fault()
        try:
            self.value = answer.value
            self.arrays = _leaves(answer.value, unpacker)
            self._write_back(answer.changed, unpacker)
            if self._module is not None:
                self._module.take_buffers(answer.state, unpacker)
            else:
                for _, value in answer.state:
                    unpacker.unpack(value)
            unpacker.end()
        except wire.WireError:
            raise self._channel.protocol_fault() from None
        flags = _requires_grad(answer.value)
        tensors = [t for t in self.arrays if isinstance(t, torch.Tensor)]
        self.tensors = [
            (t, wanted and t.is_floating_point()) for t, wanted in zip(tensors, flags, strict=True)
        ]
        self.was_run = True
        return self.tensors

    def backward(self, gradients: tuple[torch.Tensor | None, ...]) -> list[torch.Tensor | None]:
        """Gradients of the inputs, given those of the differentiable tensors of the result."""
        assert self._graph is not None
        given = [g for g, (_, wanted) in zip(gradients, self.tensors, strict=True) if wanted]
        packer = wire.Packer(_other)
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
                    "failed", f"a gradient of {self._name} has another shape than its argument"
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


def _call(
    channel: Channel,
    handle: wire.Handle,
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    module: RemoteModule | None,
) -> Any:
    call = _Call(channel, handle, name, args, kwargs, module)
    if module is not None and module.lazy:
        call.run()  # now its parameters have their sizes, and autograd can be told of them
        module.refresh()
    if call.differentiable:
        tensors = iter(_RemoteCall.apply(call, *call.inputs))  # type: ignore[no-untyped-call]
        leaves = iter(
            [next(tensors) if isinstance(leaf, torch.Tensor) else leaf for leaf in call.arrays]
        )
    else:
        if not call.was_run:
            call.run()
        leaves = iter(call.arrays)
    for value in (*args, *kwargs.values()):
        if isinstance(value, RemoteModule):
            value.refresh()
    return _assemble(channel, call.value, leaves, f"{name}(…)")


def _result(channel: Channel, answer: wire.Message, unpacker: wire.Unpacker, name: str) -> Any:
    if not isinstance(answer, wire.Result):
        raise channel.protocol_fault()
    try:
        leaves = _leaves(answer.value, unpacker)
        unpacker.end()
    except wire.WireError:
        raise channel.protocol_fault() from None
    return _assemble(channel, answer.value, iter(leaves), name)


def _leaves(value: wire.Value, unpacker: wire.Unpacker, depth: int = 0) -> list[Any]:
    """Everything in a value that is no list, tuple or dict, rebuilt, in the order of the wire."""
    if depth > wire.bounds.MAX_DEPTH:
        raise wire.WireError("nested too deeply")
    if isinstance(value, wire.Sequence):
        return [leaf for item in value.items for leaf in _leaves(item, unpacker, depth + 1)]
    if isinstance(value, wire.Mapping):
        unpacker.check_keys(value)
        flat = [part for pair in value.pairs for part in pair]
        return [leaf for part in flat for leaf in _leaves(part, unpacker, depth + 1)]
    return [unpacker.unpack(value)]


def _requires_grad(value: wire.Value) -> list[bool]:
    if isinstance(value, wire.Sequence):
        return [flag for item in value.items for flag in _requires_grad(item)]
    if isinstance(value, wire.Mapping):
        return [
            flag
            for key, item in value.pairs
            for flag in (*_requires_grad(key), *_requires_grad(item))
        ]
    return [value.requires_grad] if isinstance(value, wire.Tensor) else []


def _assemble(channel: Channel, value: wire.Value, leaves: Any, name: str) -> Any:
    """The value with its leaves in place, handles turned into objects to work with."""
    if isinstance(value, wire.Sequence):
        items = [
            _assemble(channel, item, leaves, f"{name}[{i}]") for i, item in enumerate(value.items)
        ]
        return tuple(items) if value.is_tuple else items
    if isinstance(value, wire.Mapping):
        result = {}
        for key, item in value.pairs:
            rebuilt = _assemble(channel, key, leaves, name)
            try:
                result[rebuilt] = _assemble(channel, item, leaves, f"{name}[…]")
            except TypeError:
                raise channel.protocol_fault() from None
        return result
    leaf = next(leaves)
    if isinstance(leaf, wire.Handle):
        made = RemoteModule if leaf.kind == "module" else RemoteObject
        return made(channel, leaf, name)
    return leaf


def _other(value: Any) -> wire.Value:
    """Objects of the student's go back as the handles that they are."""
    if isinstance(value, RemoteModule):
        value._push_state()
    if isinstance(value, RemoteObject | RemoteModule):
        return value._handle
    raise wire.UnsendableError(
        f"a test passed a {type(value).__name__}, which has no form on the wire"
    )
