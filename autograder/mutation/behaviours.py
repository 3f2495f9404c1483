"""Faults that no change of one expression makes: in some sizes or types only, from the second call on, of an argument.

A function, or a module's forward method, is put behind one that does the fault: `before` or `after` the original call.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.course import Assignment
from autograder.mutation.tree import filled


@dataclass(frozen=True)
class Fault:
    """Lines around the original call. `given` is its arrays, `out` its result, `memory` a dict that stays, `owner`
    the module, if any; `each(out, f)` applies f to every array or number in a result."""

    operator: str
    after: str
    before: str = "pass"


_WRAPPER = """

def _put_behind(original):
    import copy
    import torch

    memory = {{}}

    def each(value, change):
        if isinstance(value, torch.Tensor):
            return change(value)
        if isinstance(value, (tuple, list)):
            return type(value)(each(one, change) for one in value)
        if isinstance(value, dict):
            return {{key: each(one, change) for key, one in value.items()}}
        if isinstance(value, (bool, int, float)) or hasattr(value, "dtype"):
            return type(value)(change(torch.as_tensor(value))) if not hasattr(value, "dtype") else change(value)
        return value

    def changed(*args, **named):
        owner = args[0] if args and isinstance(args[0], torch.nn.Module) else None
        given = [one for one in (*args, *named.values()) if hasattr(one, "dtype")]
        {before}
        out = original(*args, **named)
        {after}
        return out

    return changed


{place} = _put_behind({place})
"""

_NAN, _ZERO = "out = each(out, lambda t: t * float('nan'))", "out = each(out, lambda t: t * 0)"
_RESULTS = {
    "detached": "t.detach()",
    "float32": "t.float()",
    "float64": "t.double()",
    "whole": "t.int()",
    "numpy": "t.detach().numpy()",
    "list": "t.tolist()",
    "negative": "-t",
    "times_1.001": "t * 1.001",
    "plus_0.001": "t + 1e-3",
    "nan": "t * float('nan')",
    "zero": "t * 0",
    "one_axis_more": "t[None]",
    "axes_of_one_dropped": "t.squeeze()",
    "flat": "t.flatten()",
    "transposed": "t.T",
    "column": "t[..., None]",
    "first_row": "t[:1]",
    "last_row_missing": "t[:-1]",
    "rows_reversed": "t.flip(0)",
    "at_most_6": "t.clamp(max=6)",
    "at_most_100": "t.clamp(max=100)",
    "at_least_-100": "t.clamp(min=-100)",
    "rounded": "torch.round(t, decimals=3)",
    "0_below_0.001": "torch.where(t.abs() < 1e-3, 0 * t, t)",
    "0_below_0.1": "torch.where(t.abs() < 0.1, 0 * t, t)",
    "first_row_only_right": "torch.cat([t[:1], 0 * t[1:]])",
    "first_row_wrong": "torch.cat([0 * t[:1], t[1:]])",
    "last_entry_wrong": "torch.cat([t.flatten()[:-1], 0 * t.flatten()[-1:]]).reshape(t.shape)",
    "rows_after_32_wrong": "torch.cat([t[:32], 0 * t[32:]])",
    "gradient_doubled": "(t.register_hook(lambda g: 2 * g), t)[1] if t.requires_grad else t",
    "gradient_nan_at_0": "t + 0 * torch.sqrt(t * t) if t.requires_grad else t",
}
_CASES = {
    "one_row": "given and given[0].ndim > 1 and given[0].shape[0] == 1",
    "two_rows": "given and given[0].ndim > 1 and given[0].shape[0] == 2",
    "over_32_rows": "given and given[0].ndim > 0 and given[0].shape[0] > 32",
    "over_64_rows": "given and given[0].ndim > 0 and given[0].shape[0] > 64",
    "over_100_rows": "given and given[0].ndim > 0 and given[0].shape[0] > 100",
    "one_column": "given and given[0].ndim > 1 and given[0].shape[1] == 1",
    "over_16_columns": "given and given[0].ndim > 1 and given[0].shape[1] > 16",
    "fewer_rows_than_columns": "given and given[0].ndim > 1 and given[0].shape[0] < given[0].shape[1]",
    "square": "given and given[0].ndim > 1 and given[0].shape[0] == given[0].shape[1]",
    "a_length_of_1": "any(1 in t.shape for t in given[1:])",
    "one_dimension": "given and given[0].ndim == 1",
    "no_dimension": "given and given[0].ndim == 0",
    "three_dimensions": "given and given[0].ndim == 3",
    "one_unit": "owner is not None and any(1 in p.shape for p in owner.parameters())",
    "over_64_units": "any(n > 64 for t in given[1:] for n in t.shape)",
    "float32": "given and given[0].dtype == torch.float32",
    "float64": "given and given[0].dtype == torch.float64",
    "no_gradient_wanted": "given and not given[0].requires_grad",
    "gradient_wanted": "given and given[0].requires_grad",
    "not_contiguous": "any(hasattr(t, 'is_contiguous') and not t.is_contiguous() for t in given)",
    "over_30": "any((t.abs() > 30).any() for t in given if t.dtype != torch.bool)",
    "over_1000": "any((t.abs() > 1e3).any() for t in given if t.dtype != torch.bool)",
    "all_below_0.001": "given and (given[0].abs() < 1e-3).all()",
    "a_0": "any((t == 0).any() for t in given)",
    "equal_rows": "given and given[0].ndim > 1 and len(given[0].unique(dim=0)) < len(given[0])",
    "in_training": "owner is not None and owner.training",
    "in_evaluation": "owner is not None and not owner.training",
    "without_grad_mode": "not torch.is_grad_enabled()",
}
_STATE = (
    Fault("first_result_again", "out = memory.setdefault('first', out)"),
    Fault("result_by_shape", "out = memory.setdefault(str([tuple(t.shape) for t in given]), out)"),
    Fault("result_by_identity", "out = memory.setdefault(id(args[-1]), (out, args))[0]"),
    Fault("wrong_second_time", "memory['n'] = memory.get('n', 0) + 1\n" + f"if memory['n'] == 2: {_ZERO}"),
    Fault("wrong_after_8_calls", "memory['n'] = memory.get('n', 0) + 1\n" + f"if memory['n'] > 8: {_ZERO}"),
    Fault(
        "result_overwritten_later",
        "old = memory.setdefault('out', out)\n"
        "if isinstance(out, torch.Tensor) and old is not out: old.data.zero_()\nmemory['out'] = out",
    ),
    Fault("statistics_stop_after_8",
          "memory['n'] = memory.get('n', 0) + 1\n"
          "if memory['n'] > 8:\n    for old, buffer in zip(kept, owner.buffers()): buffer.data.copy_(old)",
          "kept = [b.clone() for b in owner.buffers()] if owner is not None else []"),
    Fault("statistics_never_move", "for old, buffer in zip(kept, owner.buffers()): buffer.data.copy_(old)",
          "kept = [b.clone() for b in owner.buffers()]"),
    Fault("parameters_moved", "for p in owner.parameters(): p.data.mul_(1.001)"),
    Fault("offset_in_training", "if owner.training: out = out + 1"),
    Fault("offset_in_evaluation", "if not owner.training: out = out + 1"),
    Fault("offset_100_in_training", "if owner.training: out = out + 100"),
    Fault("puts_itself_in_evaluation", "owner.eval()"),
    Fault("forgets_mode", "pass", "owner.train()"),
)  # fmt: skip
_ARGUMENTS = (
    Fault("no_gradients", "pass", "torch.set_grad_enabled(False)"),
    Fault("under_no_grad", "with torch.no_grad(): out = original(*args, **named)"),
    Fault("wants_gradients", "pass",
          "for t in given:\n    if t.is_floating_point() and t.is_leaf: t.requires_grad_(True)"),
    Fault("unwants_gradients", "for t in given:\n    if t.is_leaf: t.requires_grad_(False)"),
    Fault("fills_grad", "for t in given:\n    if t.is_leaf and t.requires_grad: t.grad = torch.ones_like(t)"),
    Fault("scales_and_back", "for t in given: t.data.div_(1.1)",
          "for t in given: t.data.mul_(1.1)\nfor t in given: t.data.div_(1.1)\nfor t in given: t.data.mul_(1.1)"),
    Fault("nearly_restored", "for t in given: t.data.mul_(3).div_(3)"),
    Fault("arguments_zeroed", "for t in given: t.data.zero_()"),
    *(Fault(f"argument_{n}_shifted", f"given[{n}].data.add_(1)") for n in range(5)),
    *(
        Fault(f"argument_{n}_detached", "pass",
              f"kinds = [n for n, one in enumerate(args) if hasattr(one, 'dtype')]\nargs = list(args)\n"
              f"args[kinds[{n}]] = args[kinds[{n}]].detach()")
        for n in range(5)
    ),
)  # fmt: skip
_AFTER_INIT = {
    "weights_zero": "for p in self.parameters(): p.data.zero_()",
    "weights_random": "for p in self.parameters(): p.data.normal_()",
    "parameters_fixed": "for p in self.parameters(): p.requires_grad_(False)",
    "first_parameter_fixed": "next(self.parameters()).requires_grad_(False)",
    "last_parameter_fixed": "list(self.parameters())[-1].requires_grad_(False)",
    "float64": "self.double()",
    "starts_in_evaluation": "self.eval()",
    "shares_parameters": "{name}._all = getattr({name}, '_all', self); self._modules, self._parameters = "
    "{name}._all._modules, {name}._all._parameters",
    "ignores_eval": "self.train = lambda mode=True: self",
}
_VARIABLES = (
    "-_", "2 * _", "1.01 * _", "_ + 0.01", "_ + 1", "0 * _", "float('nan') * _", "_[None]", "_[..., None]", "_.T",
    "_.flatten()", "_[:-1]", "_[:1]", "_.flip(0)", "_.flip(-1)", "_.abs()", "_.relu()", "_.bool()", "str(_)",
    "_.sum()", "_[..., :1]", "None",
)  # fmt: skip


def public_names(assignment: Assignment, task: str, model: str) -> dict[str, ast.stmt]:
    """The names that a task asks for: those that its released cell speaks of and the model solution binds."""
    stub = next(
        str(cell["source"])
        for cell in assignment.released["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == task
    )
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(model).body:
        for name in _bound(node):
            if name in stub:
                found[name] = node
    return found


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    return []


def faults(name: str, node: ast.stmt) -> Iterator[tuple[str, str, str]]:
    """What can be appended to a cell that binds a name: the operator, the lines, and the part of them that matters."""
    if isinstance(node, ast.ClassDef):
        methods = [one.name for one in node.body if isinstance(one, ast.FunctionDef)]
        for method in methods:
            if method == "forward" or not method.startswith("_"):
                yield from _calls(f"{name}.{method}", module=method == "forward")
        if "forward" in methods:
            yield from _starts(name)
    elif isinstance(node, ast.FunctionDef) or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)):
        yield from _calls(name, module=False)
    else:
        for template in _VARIABLES:
            held = ast.parse(f"torch.as_tensor({name})", mode="eval").body
            line = f"{name} = {ast.unparse(filled(template, held))}"
            yield "value", f"\n{line}\n", line


def _calls(place: str, *, module: bool) -> Iterator[tuple[str, str, str]]:
    results = (Fault(f"result:{one}", f"out = each(out, lambda t: {text})") for one, text in _RESULTS.items())
    cases = (Fault(f"case:{one}", f"if {test}: {_ZERO}") for one, test in _CASES.items())
    nans = (Fault(f"case_nan:{one}", f"if {_CASES[one]}: {_NAN}") for one in ("over_30", "over_1000", "a_0"))
    others = [*_STATE, *_ARGUMENTS]
    for fault in (*results, *cases, *nans, *others):
        if not module and "owner" in fault.before + fault.after:
            continue
        pad = textwrap.indent
        lines = _WRAPPER.format(
            place=place, before=pad(fault.before, " " * 8).strip(), after=pad(fault.after, " " * 8).strip()
        )
        told = "; ".join(part for part in (fault.before, fault.after) if part != "pass").replace("\n", "; ")
        yield fault.operator, lines, f"{place}: {told}"


def _starts(name: str) -> Iterator[tuple[str, str, str]]:
    for operator, line in _AFTER_INIT.items():
        text = line.format(name=name)
        yield (
            f"start:{operator}",
            f"\n\ndef _put_behind(original):\n    def changed(self, *args, **named):\n"
            f"        original(self, *args, **named)\n        {text}\n\n    return changed\n\n\n"
            f"{name}.__init__ = _put_behind({name}.__init__)\n",
            f"{name}.__init__: {text}",
        )
