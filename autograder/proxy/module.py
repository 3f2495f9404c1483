"""Mirror a student's module: an `nn.Module` here has the same parameters and buffers as theirs."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch

from autograder import wire
from autograder.proxy.channel import Channel
from autograder.proxy.parameters import Unsized, parameter

LEAST_BYTES = 1024
"""What a parameter or a buffer takes on this side, however small it is."""
MAX_TENSORS = 5_000
"""Parameters and buffers of one module; as many containers may hold them."""

_RESERVED = frozenset(dir(torch.nn.Module()))
"""No module has a parameter of such a name, since PyTorch refuses it."""


class Mirror(torch.nn.Module):
    """The parameters and buffers of a student's module: what changes here is sent before the next
    call, and buffers that a call changed come back with its result.
    """

    def __init__(self, channel: Channel, handle: wire.Handle, name: str) -> None:
        super().__init__()
        self._channel = channel
        self._handle = handle
        self._name = name
        self._sent: dict[str, tuple[int, int]] = {}
        self._containers = itertools.count(1)
        self._mirror(wire.ModuleState(handle))

    def train(self, mode: bool = True) -> Mirror:
        """As `nn.Module.train`, on both sides."""
        super().train(mode)
        if "_handle" in self.__dict__:
            self.push_state()
            self._mirror(wire.ModuleState(self._handle, training=mode))
        return self

    def _apply(self, fn: Callable[[torch.Tensor], torch.Tensor], recurse: bool = True) -> Mirror:
        """Behind `.double()`, `.float()` and `.to(…)`: convert the student's module as well."""
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
            self.push_state()
            self._mirror(wire.ModuleState(self._handle, dtype=dtype, device=device))
        return self

    def refresh(self) -> None:
        """Take over what other code of the student's did to the module."""
        self._mirror(wire.ModuleState(self._handle))

    def trainable(self) -> list[torch.nn.Parameter]:
        """The parameters that want a gradient, each once, in order."""
        return [p for p in self.parameters() if p.requires_grad]

    def changes(self, packer: wire.Packer) -> list[tuple[str, wire.Value]]:
        """The changes here since both sides were last equal, packed; then count as equal."""
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

    def push_state(self) -> None:
        """Send changes without a computation, by a call that computes nothing."""
        packer = wire.Packer()
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
