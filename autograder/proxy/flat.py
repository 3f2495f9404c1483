"""Flatten a received value into leaves (tensors, numbers, handles), and rebuild it from them.

A `torch.autograd.Function` returns tensors side by side, not in lists or dicts, and they take part
in the graph only as its `apply` gives them back. So the result of a call is flattened, its tensors
pass through `apply`, and the rest is built around them. The nesting is kept with the number of each
leaf, so that both ways agree without walking in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch

from autograder import wire


@dataclass(frozen=True)
class _Sequence:
    items: list[_Node]
    is_tuple: bool


@dataclass(frozen=True)
class _Mapping:
    pairs: list[tuple[_Node, _Node]]


_Node = _Sequence | _Mapping | int  # a leaf is its number


@dataclass(frozen=True)
class Flat:
    """A value's leaves.

    Attributes:
        leaves: everything in it that is no list, tuple or dict.
        wanted: for each leaf, whether it is a tensor that depends on the inputs of the call.
        nesting: where the leaves stand.
    """

    leaves: list[Any]
    wanted: list[bool]
    nesting: _Node

    @property
    def tensors(self) -> list[tuple[torch.Tensor, bool]]:
        """The tensors among the leaves, each with whether it is wanted."""
        pairs = zip(self.leaves, self.wanted, strict=True)
        return [(leaf, wanted) for leaf, wanted in pairs if isinstance(leaf, torch.Tensor)]

    def with_tensors(self, tensors: Iterable[torch.Tensor]) -> Flat:
        """The same value with other tensors, in the order of `tensors`."""
        given = iter(tensors)
        leaves = [next(given) if isinstance(leaf, torch.Tensor) else leaf for leaf in self.leaves]
        return replace(self, leaves=leaves)

    def build(self, made: Callable[[wire.Handle, str], Any], name: str) -> Any:
        """Put the value together; `made` turns a handle into an object, given its name for hints.

        Raises:
            WireError: a key of a dict can't be one.
        """
        return self._build(self.nesting, made, name)

    def _build(self, node: _Node, made: Callable[[wire.Handle, str], Any], name: str) -> Any:
        if isinstance(node, _Sequence):
            items = [self._build(item, made, f"{name}[{i}]") for i, item in enumerate(node.items)]
            return tuple(items) if node.is_tuple else items
        if isinstance(node, _Mapping):
            built: dict[Any, Any] = {}
            for key, item in node.pairs:
                own = self._build(key, made, name)
                try:
                    hash(own)
                except TypeError:
                    raise wire.WireError("a key of a dict that can't be one") from None
                built[own] = self._build(item, made, f"{name}[…]")
            return built
        leaf = self.leaves[node]
        return made(leaf, name) if isinstance(leaf, wire.Handle) else leaf


def flatten(value: wire.Value, unpacker: wire.Unpacker) -> Flat:
    """Unpack every leaf of a value.

    Raises:
        WireError: it is nested too deeply, or a part of it breaks the wire's rules.
    """
    leaves: list[Any] = []
    wanted: list[bool] = []

    def walk(value: wire.Value, depth: int) -> _Node:
        if depth > wire.bounds.MAX_DEPTH:
            raise wire.WireError("nested too deeply")
        if isinstance(value, wire.Sequence):
            return _Sequence([walk(item, depth + 1) for item in value.items], value.is_tuple)
        if isinstance(value, wire.Mapping):
            unpacker.check_keys(value)
            pairs = [(walk(key, depth + 1), walk(item, depth + 1)) for key, item in value.pairs]
            return _Mapping(pairs)
        leaf = unpacker.unpack(value)
        depends = isinstance(value, wire.Tensor) and value.requires_grad
        leaves.append(leaf)
        wanted.append(depends and leaf.is_floating_point())
        return len(leaves) - 1

    return Flat(leaves, wanted, walk(value, 0))
