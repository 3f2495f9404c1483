"""Send and receive whole frames on a socket, before a deadline. Both sides use this."""

from __future__ import annotations

import math
import select
import socket
import struct
import time
from collections.abc import Callable

import msgspec

from autograder.wire import bounds
from autograder.wire.bounds import UnsendableError, WireClosedError, WireError, WireTimeoutError
from autograder.wire.messages import Message

_MOST_PARTS = 64  # in one system call
_PREFIX = struct.Struct(">IQ")
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


class _Deadline:
    """A time (of time.monotonic) which `later` may put off, each time that it has passed."""

    def __init__(self, at: float, later: Callable[[], float] | None) -> None:
        self._at = at
        self._later = later

    def left(self) -> float:
        """Seconds until then.

        Raises:
            WireTimeoutError: there are none, and there will be none.
        """
        left = self._at - time.monotonic()
        if left <= 0 and self._later is not None:
            self._at = self._later()
            left = self._at - time.monotonic()
        if left <= 0:
            raise WireTimeoutError("no answer in time")
        return left


def send(
    sock: socket.socket,
    message: Message,
    bulk: list[memoryview] | None = None,
    timeout: float = 60.0,
    later: Callable[[], float] | None = None,
) -> None:
    """Send one frame; after `timeout` seconds, `later` gives the extended deadline.

    Raises:
        UnsendableError: the header is beyond its cap, or holds text that is not Unicode (nothing
            was sent).
        WireClosedError: the other side is gone.
        WireTimeoutError: the other side did not take it in `timeout` seconds.
    """
    try:
        header = _encoder.encode(message)
    except UnicodeEncodeError:
        raise UnsendableError("text with lone surrogates") from None
    if len(header) > bounds.MAX_HEADER:
        raise UnsendableError("more than 4 MiB of values that are not arrays")
    parts = [memoryview(part).cast("B") for part in bulk or () if part.nbytes]
    size = sum(part.nbytes for part in parts)
    _transfer(
        lambda views: sock.sendmsg(views, (), socket.MSG_DONTWAIT),
        [memoryview(_PREFIX.pack(len(header), size) + header), *parts], sock, select.POLLOUT,
        _Deadline(time.monotonic() + timeout, later),
    )  # fmt: skip


def receive(
    sock: socket.socket, deadline: float, later: Callable[[], float] | None = None
) -> tuple[Message, bytearray]:
    """One frame, whole, before `deadline` (time.monotonic).

    Once that has passed, wherever in the frame, `later` says the deadline that is fair by then.

    Raises:
        WireTimeoutError: the deadline passed; it holds for the frame, not for each read.
        WireClosedError: the other side closed.
        WireError: not a frame: a length beyond the caps, or a header that no type above fits.
    """
    until = _Deadline(deadline, later)
    prefix = bytearray(_PREFIX.size)
    _wait(sock, until, select.POLLIN)
    _read(sock, [prefix], until)
    header_length, bulk_length = _PREFIX.unpack(prefix)
    if header_length > bounds.MAX_HEADER or bulk_length > bounds.MAX_BULK:
        raise WireError("a frame beyond the caps")
    header, bulk = bytearray(header_length), bytearray(bulk_length)
    _read(sock, [header, bulk], until)
    try:
        return _decoder.decode(header), bulk
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise WireError("not a message") from None


def _read(sock: socket.socket, buffers: list[bytearray], deadline: _Deadline) -> None:
    """Fill the buffers, the last of which may be empty."""
    views = [memoryview(buffer) for buffer in buffers if buffer]
    _transfer(
        lambda views: sock.recvmsg_into(views, 0, socket.MSG_DONTWAIT)[0],
        views,
        sock,
        select.POLLIN,
        deadline,
    )


def _transfer(
    step: Callable[[list[memoryview]], int],
    views: list[memoryview],
    sock: socket.socket,
    event: int,
    deadline: _Deadline,
) -> None:
    """Repeat a step, which sends or fills the first bytes of the
    views and says how many, until none is left.
    """
    while views:
        try:
            count = step(views[:_MOST_PARTS])
        except BlockingIOError:
            _wait(sock, deadline, event)
            continue
        except OSError:
            count = 0
        if count == 0:
            raise WireClosedError("the other side is gone")
        while views and count >= views[0].nbytes:
            count -= views.pop(0).nbytes
        if views:
            views[0] = views[0][count:]
            deadline.left()


def _wait(sock: socket.socket, deadline: _Deadline, event: int) -> None:
    poll = select.poll()
    poll.register(sock, event)
    while not poll.poll(math.ceil(min(deadline.left(), 86_400.0) * 1000)):
        pass
