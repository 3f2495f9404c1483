"""Speed up attribute access of PyTorch modules while a training lasts.

`self.weight` in a forward function costs as much as a small operation: Python looks in the module's
`__dict__`, makes an AttributeError with its text, and only then asks `nn.Module.__getattr__`, which
looks in three dictionaries of the module's own. Here what these dictionaries hold is in the
`__dict__` as well.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from torch import nn

DICTIONARIES = ("_parameters", "_buffers", "_modules")


class _Mirrored(dict[str, Any]):
    """A module's dictionary whose entries are attributes too; writing changes both."""

    def __init__(self, entries: dict[str, Any], module: nn.Module) -> None:
        super().__init__(entries)
        self._module = module
        vars(module).update(entries)

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        vars(self._module)[name] = value

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        vars(self._module).pop(name, None)

    def __deepcopy__(self, memo: dict[int, Any]) -> _Mirrored:
        """The same for a copy of the module."""
        return _Mirrored(copy.deepcopy(dict(self), memo), copy.deepcopy(self._module, memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)  # in a file it is a plain one


@contextlib.contextmanager
def quick_modules(model: nn.Module) -> Iterator[None]:
    """Inside, every module of the model that looks up attributes as `nn.Module` does is quick."""
    quick = [
        module for module in model.modules() if type(module).__getattr__ is nn.Module.__getattr__
    ]
    changed = []
    try:
        for module in quick:
            attributes = vars(module)
            for name in DICTIONARIES:
                changed.append((attributes, name, attributes[name]))
                attributes[name] = _Mirrored(attributes[name], module)
        yield
    finally:
        for attributes, name, plain in changed:
            mirrored = attributes[name]
            for entry in mirrored:
                attributes.pop(entry, None)
            plain.clear()
            plain.update(mirrored)
            attributes[name] = plain
