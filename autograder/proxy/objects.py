"""Proxies for a notebook's names: a hidden test uses them like objects of its own process.

Functions are called over the wire and take part in autograd here; modules are `nn.Module`s whose
parameters and buffers mirror the student's; other objects are handles. Everything that arrives is
rebuilt from bytes into exact types by `autograder.wire`; nothing of the student's is ever executed
here.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

from autograder import wire
from autograder.proxy.call import Held, ReboundError, as_handle, call
from autograder.proxy.channel import Channel, StudentFault, gone, no_result
from autograder.proxy.flat import Flat, flatten
from autograder.proxy.module import Mirror
from autograder.sandbox.session import Frame, GoneError


class RemoteSubmission:
    """The notebook's global names as attributes: `submission.two_layer(x, …)`, `submission.z1`.

    Args:
        connect: a process to ask, when it is needed.
        undefined: what to say of a name that the notebook does not have ("" where it is not known
            which).
        seen: the answer about a name that the notebook gave at the check; None where there is none.
    """

    def __init__(
        self,
        connect: Callable[[], Channel],
        undefined: Callable[[str], StudentFault] | None = None,
        seen: Callable[[str], Frame | None] = lambda _: None,
    ) -> None:
        self._connect = connect
        self._undefined = undefined or undefined_name
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if (seen := self._seen(name)) is not None:
            return self._value(name, None, seen[0], wire.Unpacker(seen[1]))
        channel = self._channel()
        if (known := channel.functions.get(name)) is not None:
            return RemoteFunction(channel, known, name, self._look_up)
        return self._look_up(name)

    def _look_up(self, name: str) -> Any:
        """Ask the process for the value of a name, and keep in mind which are functions."""
        channel = self._channel()
        channel.functions.pop(name, None)
        answer, unpacker = channel.request(wire.Lookup(name))
        handle = answer.value if isinstance(answer, wire.Result) else None
        if isinstance(handle, wire.Handle) and handle.kind == "function":
            channel.functions[name] = handle
        return self._value(name, channel, answer, unpacker)

    def _value(
        self, name: str, channel: Channel | None, answer: wire.Message, unpacker: wire.Unpacker
    ) -> Any:
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
        packer = wire.Packer(as_handle)
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
            if isinstance(value, Mirror):
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


class RemoteObject(Held):
    """An object that stays on the student's side: callable, with attributes."""

    def __init__(self, channel: Channel, handle: wire.Handle, name: str) -> None:
        self._channel = channel
        self._handle = handle
        self._name = name
        self._stands_for = handle.kind  # for hints: course_lib/_mismatch.py

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = call(self._channel, self._handle, self._name, args, kwargs)
        return _built(self._channel, result, f"{self._name}(…)")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        answer, unpacker = self._channel.request(wire.Attribute(self._handle, name))
        if isinstance(answer, wire.Missing):
            raise StudentFault("failed", f"{self._name} has no attribute `{name}`")
        return _result(self._channel, answer, unpacker, f"{self._name}.{name}")

    def __repr__(self) -> str:
        return f"<{self._handle.kind} {self._name} of the submission>"


class RemoteFunction(RemoteObject):
    """A function that an earlier test asked for by its global name.

    The process is not asked again, but the call says which name it is about. Where that stands for
    something else by now, what it stands for is called.

    Args:
        bound_to: the global name.
        look_up: asks the process for a name again.
    """

    def __init__(
        self, channel: Channel, handle: wire.Handle, bound_to: str, look_up: Callable[[str], Any]
    ) -> None:
        super().__init__(channel, handle, f"`{bound_to}`")
        self._bound_to = bound_to
        self._look_up = look_up

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self._bound_to
        try:
            result = call(self._channel, self._handle, self._name, args, kwargs, bound_to=name)
        except ReboundError:
            return self._look_up(name)(*args, **kwargs)
        return _built(self._channel, result, f"{self._name}(…)")


class RemoteModule(Mirror):
    """A student's module: called as any `nn.Module`."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the student's module; gradients flow to arguments and parameters."""
        result = call(self._channel, self._handle, self._name, args, kwargs, self)
        return _built(self._channel, result, f"{self._name}(…)")


def _result(
    channel: Channel | None, answer: wire.Message, unpacker: wire.Unpacker, name: str
) -> Any:
    if not isinstance(answer, wire.Result):
        raise _protocol_fault(channel)
    try:
        result = flatten(answer.value, unpacker)
        unpacker.end()
    except wire.WireError:
        raise _protocol_fault(channel) from None
    return _built(channel, result, name)


def _protocol_fault(channel: Channel | None) -> StudentFault:
    return no_result() if channel is None else channel.protocol_fault()


def _built(channel: Channel | None, result: Flat, name: str) -> Any:
    """The value, its handles turned into objects to work with."""

    def made(handle: wire.Handle, name: str) -> RemoteModule | RemoteObject:
        if channel is None:
            raise wire.WireError("an object where a plain value must be")
        kind = RemoteModule if handle.kind == "module" else RemoteObject
        return kind(channel, handle, name)

    try:
        return result.build(made, name)
    except wire.WireError:
        raise _protocol_fault(channel) from None
