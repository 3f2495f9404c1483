"""What is told of an exception: messages of libraries, written
anew, and nothing that a hostile student can choose.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from autograder.proxy import raised
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission
from autograder.proxy.raised import message_of, name_of, names_in, names_of_heads

Notebook = Callable[..., RemoteSubmission]

# what a line of a student's says, the exception's name, its message as told
REAL: list[tuple[str, str, str]] = [
    ("torch.linalg.inv(0 * x)", "LinAlgError", "linalg.inv: The diagonal element … is zero, the "
                                               "inversion could not be completed because the "
                                               "input matrix is singular."),
    ("np.linalg.inv(np.zeros((3, 3)))", "LinAlgError", "Singular matrix"),
    ("torch.linalg.solve(0 * x, x)", "LinAlgError",
     "torch.linalg.solve: The solver failed because the input matrix is singular."),
    ("x @ torch.ones(2, 3)", "RuntimeError", "mat1 and mat2 shapes cannot be multiplied "
"(…x… and …x…)"),
    ("x + torch.ones(2)", "RuntimeError",
     "The size of tensor a (…) must match the size of tensor b (…) at non-singleton dimension …"),
    ("x.double() @ x", "RuntimeError", "expected m1 and m2 to have the same dtype, but got: "
"double != float"),
    ("x.view(7)", "RuntimeError", "shape '[…]' is invalid for input of size …"),
    ("x.foo", "AttributeError", "'Tensor' object has no attribute 'foo'"),
    ("torch.foo(x)", "AttributeError", "module 'torch' has no attribute 'foo'"),
    ("hiden + 1", "NameError", "name 'hiden' is not defined"),
    ("g(x)", "TypeError", "g() missing … required positional argument: '…'"),
    ("relu()", "NameError", "name 'relu' is not defined"),
    ("torch.relu([1.0])", "TypeError", "relu(): argument 'input' (position …) must be "
"Tensor, not list"),
    ("a, b = x", "ValueError", "too many values to unpack (expected …)"),
    ("x[9]", "IndexError", "index … is out of bounds for dimension … with size …"),
    ("[1][3]", "IndexError", "list index out of range"),
    ("{}['width']", "KeyError", "'width'"),
    ("x + None", "TypeError", "unsupported operand type(s) for +: 'Tensor' and 'NoneType'"),
    ("None(x)", "TypeError", "'NoneType' object is not callable"),
    ("x.sum().backward()", "RuntimeError", "element … of tensors does not require grad and does "
                                           "not have a grad_fn"),
    ("torch.ones(2, requires_grad=True).add_(1)", "RuntimeError",
     "a leaf Variable that requires grad is being used in an in-place operation."),
    ("bool(x)", "RuntimeError", "Boolean value of Tensor with more than one value is ambiguous"),
    ("x & x", "NotImplementedError", "\"…\" not implemented for 'Float'"),
    ("1 / 0", "ZeroDivisionError", "division by zero"),
    ("int('7.25')", "ValueError", "invalid literal for int() with base …: …"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_messages_of_libraries_are_told_without_their_numbers(notebook: Notebook) -> None:
    lines = "".join(f"def f{n}(x):\n    {line}\n" for n, (line, _, _) in enumerate(REAL))
    submission = notebook("import numpy as np, torch\ndef g(x, y): pass\n" + lines)
    for number, (line, name, message) in enumerate(REAL):
        with pytest.raises(StudentFault) as fault:
            getattr(submission, f"f{number}")(torch.ones(3, 3))
        place, _, told = fault.value.hint.partition(": ")
        assert (line, place.split(",")[0], told) == (line, f"your code raised {name}", message)


def test_a_call_that_does_not_fit_names_the_function_and_its_arguments(notebook: Notebook) -> None:
    submission = notebook("def two_layer(x, w1, b1): pass")
    with pytest.raises(StudentFault) as fault:
        submission.two_layer(1, 2)
    assert (
        fault.value.hint
        == "your code raised TypeError: two_layer() missing … required positional argument: 'b1'"
    )


# --- hostile ---

SPELLED = """
import torch
words = "one two three four five six seven eight nine ten".split()
def told(kind, text):
    raise kind(text)
def says(x):
    told(ValueError, f"the first entry is {float(x[0])}")
def numbers(x):
    index = int(1e6 * float(x[0]))
    told(IndexError, f"index {index} is out of bounds for dimension 3 with size 41")
def words_of_it(x):
    told(NameError, "name 'seven_three_one' is not defined")
def of_line(x):
    told(NameError, "name '" + " ".join(words) + "' is not defined")
def its_class(x):
    told(type("Value731", (ValueError,), {}), "")
def library_class(x):
    told(type("LinAlgError", (ValueError,), {}), "Singular matrix 731")
def two_in_one(x):
    told(KeyError, "seven'\\n'three")
class Shows(Exception):
    def __str__(self):
        return "name '" + "seven" * 100 + "' is not defined"
def long(x):
    raise Shows
class Bad(Exception):
    def __str__(self):
        raise SystemExit(str(self.args))
def bad(x):
    raise Bad(7, 3, 1)
class Odd(str):
    def __getitem__(self, key):
        raise KeyError("731")
class Sub(Exception):
    def __str__(self):
        return Odd("seven")
def odd(x):
    raise Sub
def half(x):
    raise ValueError("\\ud800 731")
"""


def test_a_hidden_input_that_is_spelled_into_an_exception_is_not_told(notebook: Notebook) -> None:
    names = ["says", "numbers", "words_of_it", "of_line", "its_class", "library_class"]
    names += ["two_in_one", "long", "bad", "odd", "half"]
    submission = notebook(SPELLED)
    for name in names:
        with pytest.raises(StudentFault) as fault:
            getattr(submission, name)(torch.tensor([0.731]))
        hint = fault.value.hint
        assert hint.startswith("your code raised "), name
        assert not [word for word in ("731", "seven", "three", "0.7") if word in hint], (name, hint)


def test_what_a_message_can_say_is_bounded() -> None:
    """Bits: which template, and in each slot one of a closed list or of the few names of a line."""
    line = " ".join(f"name{n}" for n in range(1000))
    assert len(names_in(line)) == raised.MOST_NAMES
    assert (
        len(names_of_heads([f"def {line.replace(' ', '(): pass' + chr(10) + 'def ')}(): pass"]))
        == raised.MOST_NAMES
    )
    one = len(raised._WORDS) + raised.MOST_NAMES + 1
    # A function's name has a second part at most, which is one of the line's, or of two.
    choices = {"w": one, "i": one, "f": one * (1 + raised.MOST_NAMES + len(raised.METHODS))}
    said = [
        math.prod(choices.get(kind, 1) for kind in template.kinds)
        for template in raised._templates()
    ]
    assert math.log2(sum(said)) < 40


def test_a_function_s_name_does_not_spell_what_it_was_called_with() -> None:
    names = list("abcdefgh")
    for spelled in (
        "a.b.c.d.a.a.a.b.c.h.a.b.c.d.a.e.a.b.c.d",
        "a.b.c",
        "Linear.Tensor",
        "a.<locals>.b.<locals>.c",
    ):
        assert message_of(f"{spelled}() takes no arguments", names) == "…() takes no arguments"
    for told in ("a.b", "a.__init__", "Linear.forward", "a"):
        assert message_of(f"{told}() takes no arguments", names) == f"{told}() takes no arguments"


def test_every_template_is_found_and_told_as_it_stands() -> None:
    for template in raised._templates():
        text = template.parts[0]
        for kind, part in zip(template.kinds, template.parts[1:], strict=True):
            text += {
                "n": "41",
                "s": "[4, 1]",
                "w": "Tensor",
                "i": "spelled",
                "f": "secret.thing",
                "*": "4.25",
            }[kind]
            text += part
        told = message_of(text, [])
        assert told
        assert not [word for word in ("41", "4.25", "4, 1", "spelled", "secret") if word in told], (
            told
        )


def test_names_of_exceptions_come_from_closed_lists() -> None:
    assert name_of("RuntimeError", "_LinAlgError") == "LinAlgError"
    assert name_of("ValueError", "KeyError") == "KeyError"
    assert name_of("ValueError", "Mine") == "ValueError"
    assert name_of("Mine", "Mine") == "Exception"
