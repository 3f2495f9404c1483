"""`course_lib.expect`: any value comes in; an exact type or a
`Mismatch` that gives nothing away.
"""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from autograder.core.assignment import REPOSITORY
from course_lib import expect
from course_lib.expect import Mismatch

MATRIX = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


class OwnTensor(torch.Tensor):
    """A tensor that claims to equal everything."""

    def __eq__(self, other: object) -> Any:
        return True

    __hash__ = torch.Tensor.__hash__


class OwnFloat(float):
    """A number that claims to equal everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    "given",
    [
        MATRIX,
        MATRIX.float().requires_grad_(),
        MATRIX.T.contiguous().T,
        MATRIX.to(torch.int16),
        MATRIX.to(torch.uint8),
        MATRIX.to(torch.bfloat16),
        nn.Parameter(MATRIX),
        MATRIX.numpy(),
        MATRIX.numpy().astype(">f4"),
        MATRIX.numpy()[::-1].copy()[::-1],
        np.asfortranarray(MATRIX.numpy().astype(np.uint16)),
        [[1, 2.0], (3, np.float32(4))],
        ([1, 2], torch.tensor([3, 4])),
        [np.array([1, 2]), [torch.tensor(3.0), np.int8(4)]],
    ],
)
def test_values_accepts_every_form_of_numbers(given: object) -> None:
    found = expect.values(given, what="m", shape=(2, 2))
    assert type(found) is torch.Tensor
    assert found.dtype == torch.float64
    assert not found.requires_grad
    assert torch.equal(found, MATRIX)


@pytest.mark.parametrize(
    "given", [3, 3.0, np.float64(3), np.int32(3), torch.tensor(3), np.array(3.0)]
)
def test_a_single_number_has_no_dimension(given: object) -> None:
    assert expect.values(given, what="s").shape == ()
    assert expect.number(given, what="s") == 3.0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "m is None.*is a return or an assignment missing"),
        ("[[1, 2]]", "m is a str"),
        (object(), "m is an object"),
        (print, "the function itself"),
        (True, "m is a bool"),
        (1j, "m is a complex"),
        (OwnFloat(1), "m is an OwnFloat"),
        ({1: 2}, "m is a dict"),
        ([1, "2"], "m holds a str"),
        ([[1, 2], [3]], "different lengths"),
        ([1, [2]], "different lengths"),
        (ENDLESS, "levels deep"),
        (10**400, "too large"),
        (MATRIX > 2, "True and False"),
        ((MATRIX > 2).numpy(), "array of bool"),
        (np.array([1, None]), "array of object"),
        (np.array(["a"]), "expected numbers"),
        (MATRIX.to(torch.complex64), "complex64"),
        (MATRIX.to_sparse(), "sparse"),
        (MATRIX.to("meta"), "or meta tensor"),
        (MATRIX.as_subclass(OwnTensor), "m is an OwnTensor"),
        (np.ma.masked_array([1.0]), "m is a MaskedArray"),
    ],
)
def test_values_refuses_the_rest(given: object, says: str) -> None:
    with pytest.raises(Mismatch, match=says):
        expect.values(given, what="m")


def test_shape_is_never_broadcast() -> None:
    with pytest.raises(Mismatch, match=re.escape("m has shape (2,), expected (2, 1)")):
        expect.close(torch.ones(2), torch.ones(2, 1), what="m", rtol=0, atol=1)
    with pytest.raises(Mismatch, match="shape"):
        expect.values([], what="m", shape=(1, 0))
    with pytest.raises(Mismatch, match="shape"):
        expect.close(torch.empty(0), torch.ones(1), what="m", rtol=0, atol=1)


def test_tensor_returns_the_same_tensor_of_the_right_kind() -> None:
    leaf = torch.zeros(2, 3, requires_grad=True)
    assert (
        expect.tensor(leaf, what="m", shape=(2, 3), dtype=torch.float32, device=leaf.device) is leaf
    )
    with pytest.raises(Mismatch, match="m is float32, expected float64"):
        expect.tensor(leaf, what="m", dtype=torch.float64)
    with pytest.raises(Mismatch, match="on cpu, expected cuda"):
        expect.tensor(leaf, what="m", device=torch.device("cuda", 0))
    with pytest.raises(Mismatch, match="m is a ndarray, expected a torch tensor"):
        expect.tensor(np.zeros(2), what="m")


@pytest.mark.parametrize(
    "given", [torch.ones(1), [1.0], "1", float("nan"), torch.tensor(torch.inf), True]
)
def test_number_refuses_what_is_not_one_finite_number(given: object) -> None:
    with pytest.raises(Mismatch):
        expect.number(given, what="s")


@pytest.mark.parametrize("given", [7, np.int64(7), np.uint8(7), torch.tensor(7), np.array(7)])
def test_integer(given: object) -> None:
    found = expect.integer(given, what="n")
    assert type(found) is int
    assert found == 7


@pytest.mark.parametrize(
    "given", [7.0, True, "7", None, torch.tensor([7]), torch.tensor(7.0), np.bool_(True)]
)
def test_integer_refuses_other_kinds(given: object) -> None:
    with pytest.raises(Mismatch, match="n is"):
        expect.integer(given, what="n")


def test_items_compares_the_length() -> None:
    assert expect.items((1, None), what="pair", length=2) == [1, None]
    others: list[object] = [(1,), [], "ab", {1: 1, 2: 2}, torch.ones(2)]
    for given in others:
        with pytest.raises(Mismatch, match="pair"):
            expect.items(given, what="pair", length=2)


def test_close_names_the_first_place_and_the_likely_cause() -> None:
    actual = MATRIX.clone()
    actual[1, 0] += 1e-3
    expect.close(actual, MATRIX, what="m", rtol=0, atol=1e-2)
    with pytest.raises(Mismatch) as caught:
        expect.close(actual, MATRIX, what="m", rtol=0, atol=1e-4, hint="look at the sign")
    assert caught.value.hint == str(caught.value)
    assert "(first at entry (1, 0); 1 of 4 entries): look at the sign" in caught.value.hint


def test_no_hint_holds_a_value_that_was_compared() -> None:
    actual, expected = torch.full((2,), 271.0), torch.full((2,), 314.0)
    judged: list[Callable[[], object]] = [
        lambda: expect.close(actual, expected, what="m", rtol=0, atol=0),
        lambda: expect.equal(actual, expected, what="m"),
        lambda: expect.unchanged(actual, expected, what="m"),
        lambda: expect.values("271", what="m"),
        lambda: expect.number(actual, what="m"),
    ]
    for judge in judged:
        with pytest.raises(Mismatch) as caught:
            judge()
        assert "271" not in caught.value.hint
        assert "314" not in caught.value.hint


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_close_is_finite_first(bad: float) -> None:
    with pytest.raises(Mismatch, match="nan or infinity"):
        expect.close(torch.tensor([bad]), torch.ones(1), what="m", rtol=1e9, atol=1e9)


def test_an_expectation_that_is_not_finite_is_the_tests_fault() -> None:
    with pytest.raises(ValueError, match="must be finite"):
        expect.close(torch.ones(1), torch.tensor([torch.nan]), what="m", rtol=0, atol=0)


def test_equal_compares_the_dtype() -> None:
    on = torch.tensor([True, False])
    expect.equal(on.clone(), on, what="p")
    with pytest.raises(
        Mismatch,
        match="p is float32, expected bool: compare, with > for example, to get True and False",
    ):
        expect.equal(on.float(), on, what="p")
    with pytest.raises(Mismatch, match=r"entry 1.*a cause"):
        expect.equal(torch.tensor([True, True]), on, what="p", hint="a cause")


def test_unchanged_sees_values_shape_and_dtype() -> None:
    before = torch.randn(2, 3)
    expect.unchanged(before, before.clone(), what="x")
    for after in (before + 1e-6, before.T, before.double(), before[:1]):
        with pytest.raises(Mismatch, match="changed its argument x"):
            expect.unchanged(before, after, what="x")


def test_gradients_are_returned_by_name() -> None:
    x, w = torch.ones(2, requires_grad=True), torch.full((2,), 3.0, requires_grad=True)
    found = expect.gradients(x * w, {"x": x, "w": w}, torch.tensor([1.0, 2.0]), what="f(x)")
    assert found["x"].tolist() == [3.0, 6.0]
    assert found["w"].tolist() == [1.0, 2.0]


def test_gradients_says_where_no_gradient_arrives() -> None:
    x, w = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    upstream = torch.ones(2)
    with pytest.raises(Mismatch, match=r"no gradient reaches w from f\(x\)"):
        expect.gradients(x * w.detach(), {"x": x, "w": w}, upstream, what="f(x)")
    with pytest.raises(Mismatch, match="no gradient reaches x"):
        expect.gradients((x * w).detach(), {"x": x}, upstream, what="f(x)")
    with pytest.raises(Mismatch, match="f\\(x\\) has shape"):
        expect.gradients((x * w).sum(), {"x": x}, upstream, what="f(x)")
    with pytest.raises(Mismatch, match="requires_grad was switched off"):
        expect.gradients(x * w, {"u": upstream}, upstream, what="f(x)")


def test_gradients_blames_a_graph_that_the_code_broke() -> None:
    x = torch.ones(2, requires_grad=True)
    upstream = torch.ones(2)
    hidden = x.exp()
    output = hidden * 2
    hidden *= 2
    with pytest.raises(Mismatch, match="changed in place"):
        expect.gradients(output, {"x": x}, upstream, what="f(x)")
    used = x.exp()
    torch.autograd.grad(used, x, upstream)
    with pytest.raises(Mismatch, match="already used"):
        expect.gradients(used, {"x": x}, upstream, what="f(x)")


# --- Its reference ---

PUBLIC = {
    name: inspect.getdoc(one) or ""
    for name in expect.__all__
    if inspect.isfunction(one := getattr(expect, name))
}


class _Words(doctest.OutputChecker):
    """Takes an error by its own name, and lines that are wrapped."""

    def check_output(self, want: str, got: str, _: int) -> bool:
        return want.split() == got.replace("course_lib._mismatch.", "").split()


@pytest.mark.parametrize("name", PUBLIC)
def test_every_function_has_examples_that_hold(name: str) -> None:
    names = {"expect": expect, "torch": torch, "np": np}
    test = doctest.DocTestParser().get_doctest(PUBLIC[name], names, name, None, None)
    assert test.examples
    said: list[str] = []
    assert not doctest.DocTestRunner(_Words()).run(test, out=said.append).failed, "".join(said)


def test_the_guide_lists_every_function_in_its_own_words() -> None:
    guide = (REPOSITORY / "docs" / "authors.md").read_text(encoding="utf-8")
    rows = [line for line in guide.splitlines() if line.startswith("| `expect.")]
    assert sorted(rows) == sorted(
        f"| `expect.{name}` | {' '.join(said.partition(chr(10) * 2)[0].split())} |"
        for name, said in PUBLIC.items()
    )
