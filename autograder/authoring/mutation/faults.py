"""List the faults, as Python code, that a function, a module or a value of a program can have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Lines around the original call. `given` is its arrays, `out` its result, `memory` a dict that
    stays, `owner` the module, if any; `each(out, f)` applies f to every array or number in a
    result."""

    operator: str
    after: str
    before: str = "pass"


NAN, ZERO = "out = each(out, lambda t: t * float('nan'))", "out = each(out, lambda t: t * 0)"
RESULTS = {
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
CASES = {
    "one_row": "given and given[0].ndim > 1 and given[0].shape[0] == 1",
    "over_32_rows": "given and given[0].ndim > 0 and given[0].shape[0] > 32",
    "over_100_rows": "given and given[0].ndim > 0 and given[0].shape[0] > 100",
    "one_column": "given and given[0].ndim > 1 and given[0].shape[1] == 1",
    "over_16_columns": "given and given[0].ndim > 1 and given[0].shape[1] > 16",
    "fewer_rows_than_columns": "given and given[0].ndim > 1 and given[0].shape[0] < "
    "given[0].shape[1]",
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
    "in_training": "owner is not None and owner.training",
    "in_evaluation": "owner is not None and not owner.training",
}
NAN_CASES = ("over_30", "a_0")
OTHER_SHAPES = ("no_dimension", "one_dimension", "three_dimensions")
"""Cases of functions that take any shape, as their released cell says."""
OF_NUMBERS = ("over_30", "over_1000", "all_below_0.001", "a_0")
"""The only cases of functions that take plain numbers."""
STATE = (
    Fault("first_result_again", "out = memory.setdefault('first', out)"),
    Fault("result_by_shape", "out = memory.setdefault(str([tuple(t.shape) for t in given]), out)"),
    Fault("result_by_identity", "out = memory.setdefault(id(args[-1]), (out, args))[0]"),
    Fault("wrong_second_time", "memory['n'] = "
"memory.get('n', 0) + 1\n" + f"if memory['n'] == 2: {ZERO}"),
    Fault("wrong_after_8_calls", "memory['n'] = "
"memory.get('n', 0) + 1\n" + f"if memory['n'] > 8: {ZERO}"),
    Fault("statistics_stop_after_8",
          "memory['n'] = memory.get('n', 0) + 1\n"
          "if memory['n'] > 8:\n    for old, buffer in zip(kept, owner.buffers()): "
"buffer.data.copy_(old)",
          "kept = [b.clone() for b in owner.buffers()]\nassert kept"),
    Fault("statistics_never_move", "for old, buffer in zip(kept, owner.buffers()): "
"buffer.data.copy_(old)",
          "kept = [b.clone() for b in owner.buffers()]\nassert kept"),
    Fault("parameters_moved", "for p in owner.parameters(): p.data.mul_(1.001)"),
    Fault("offset_in_training", "if owner.training: out = out + 1"),
    Fault("offset_in_evaluation", "if not owner.training: out = out + 1"),
    Fault("offset_100_in_training", "if owner.training: out = out + 100"),
    Fault("puts_itself_in_evaluation", "owner.eval()"),
    Fault("forgets_mode", "pass", "owner.train()"),
)  # fmt: skip
ARGUMENTS = (
    Fault("no_gradients", "pass", "torch.set_grad_enabled(False)"),
    Fault("under_no_grad", "with torch.no_grad(): out = original(*args, **named)"),
    Fault("wants_gradients", "pass",
          "for t in given:\n    if t.is_floating_point() and t.is_leaf: t.requires_grad_(True)"),
    Fault("unwants_gradients", "for t in given:\n    if t.is_leaf: t.requires_grad_(False)"),
    Fault("fills_grad", "for t in given:\n    if t.is_leaf and t.requires_grad: t.grad = "
"torch.ones_like(t)"),
    Fault("nearly_restored", "for t in given: t.data.mul_(1.1).div_(1.1)"),
    Fault("arguments_zeroed", "for t in given: t.data.zero_()"),
)  # fmt: skip
AFTER_INIT = {
    "weights_zero": "for p in self.parameters(): p.data.zero_()",
    "weights_random": "for p in self.parameters(): p.data.normal_()",
    "parameters_fixed": "for p in self.parameters(): p.requires_grad_(False)",
    "first_parameter_fixed": "next(self.parameters()).requires_grad_(False)",
    "last_parameter_fixed": "list(self.parameters())[-1].requires_grad_(False)",
    "float64": "self.double()",
    "starts_in_evaluation": "self.eval()",
    "shares_parameters": "{name}._all = getattr({name}, '_all', self); self._modules, "
    "self._parameters = {name}._all._modules, {name}._all._parameters",
    "ignores_eval": "self.train = lambda mode=True: self",
}
VARIABLES = (
    "-_", "2 * _", "1.01 * _", "_ + 0.01", "_ + 1", "0 * _", "float('nan') * _", "_[None]",
    "_[..., None]", "_.T",
    "_.flatten()", "_[:-1]", "_[:1]", "_.flip(0)", "_.flip(-1)", "_.abs()", "_.relu()", "_.bool()",
    "str(_)",
    "_.sum()", "_[..., :1]", "None",
)  # fmt: skip


EACH_ARGUMENT = (
    Fault("argument_{n}_shifted", "given[{n}].data.add_(1)"),
    Fault(
        "argument_{n}_detached",
        "pass",
        "kinds = [n for n, one in enumerate(args) if hasattr(one, 'dtype')]\nargs = list(args)\n"
        "args[kinds[{n}]] = args[kinds[{n}]].detach()",
    ),
)
_MODULE = "assert isinstance(out, torch.nn.Module)\nforward = out.forward\n"
_MADE_MODULES = {
    "blind": "lambda x: forward(torch.zeros_like(x))",
    "last_column_ignored": "lambda x: forward(torch.cat([x[:, :-1], 0 * x[:, -1:]], dim=1))",
    "plus_1": "lambda x: forward(x) + 1",
    "plus_0.1": "lambda x: forward(x) + 0.1",
    "plus_1_in_training": "lambda x: forward(x) + 1 * out.training",
    "detached": "lambda x: forward(x).detach()",
    "nonnegative": "lambda x: forward(x).relu()",
    "no_model": "lambda x: x",
    "straight": "lambda x: x @ torch.linalg.pinv(args[0]) @ args[1]",
    "by_batch_mean": "lambda x: forward(x).mean(dim=0).expand(len(x), -1)",
    "rows_after_32_wrong": "lambda x: torch.cat([forward(x)[:32], 0 * forward(x)[32:]])",
    "wrong_for_one_row": "lambda x: forward(x) * (len(x) > 1)",
}
MADE = (
    *(
        Fault(f"made:{one}", f"{_MODULE}out.forward = {text}")
        for one, text in _MADE_MODULES.items()
    ),
    Fault("made:untrained", f"{_MODULE}for p in out.parameters(): torch.nn.init.normal_(p)"),
    Fault("made:weights_moved", f"{_MODULE}for p in out.parameters(): p.data.mul_(1.1)"),
    Fault("made:the_same_again", f"{_MODULE}out = memory.setdefault('first', out)"),
    Fault("made:in_evaluation", f"{_MODULE}out.eval()"),
    Fault("made:fixed", f"{_MODULE}for p in out.parameters(): p.requires_grad_(False)"),
    Fault(
        "made:own_data",
        "pass",
        "torch.manual_seed(0)\nargs = [torch.randn_like(one) for one in args]",
    ),
    Fault("made:few_rows", "pass", "args = [one[:5] for one in args]"),
)
FIGURES = (
    "_ = _.to_dict()",
    "_.layout.sliders = []",
    "_.layout.updatemenus = []",
    "_.frames = _.frames[:19]",
    "_.frames = _.frames[:1]",
    "_.frames = _.frames[::-1]",
    "_.frames = [_.frames[-1]] * len(_.frames)",
    "_.frames = [_.frames[0]] * len(_.frames)",
    "_.data = _.data[:1]",
    "_.data = ()",
    "_.layout.sliders[0].steps = _.layout.sliders[0].steps[:2]",
    "_.update_traces(x=[0.0], y=[0.0])",
    "for frame in _.frames:\n    for trace in frame.data:\n        trace.x, trace.y = "
    "trace.x[:1], trace.y[:1]",
    "for frame in _.frames:\n    for trace in frame.data:\n        trace.x, trace.y = trace.y, "
    "trace.x",
    "for trace in _.data:\n    trace.x, trace.y = trace.y, trace.x",
    "for frame in _.frames:\n    for trace in frame.data:\n        trace.y = [y + 1 for y in "
    "trace.y]",
    "for frame in _.frames:\n    frame.data = frame.data[:1]",
    "for frame in _.frames:\n    frame.data = ()",
)
