"""A hidden test works with a submission's functions and modules as with its own."""

from __future__ import annotations

from collections.abc import Callable

import drivers_for_tests
import numpy as np
import pytest
import torch

from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteModule, RemoteObject, RemoteSubmission
from course_lib import expect
from course_lib.expect import Mismatch

Notebook = Callable[..., RemoteSubmission]

LAYER = """
import torch
def layer(x, w, b):
    return torch.relu(x @ w.T + b)
"""
BLOCK = """
import torch
from torch import nn
class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(n, n), nn.ReLU())
        self.norm = nn.BatchNorm1d(n)
        self.out = nn.Linear(n, n)
        self.out.weight = self.inner[0].weight
    def forward(self, x):
        return x + self.out(self.norm(self.inner(x)))
"""


def grad(tensor: torch.Tensor) -> torch.Tensor:
    assert tensor.grad is not None
    return tensor.grad


def local(source: str, name: str) -> Callable[..., torch.nn.Module]:
    names: dict[str, Callable[..., torch.nn.Module]] = {}
    exec(source, names)
    return names[name]


def test_values_keep_their_types(notebook: Notebook) -> None:
    submission = notebook(
        "import numpy as np, torch\na = [1, 2.5, (True, None, 'x')]\nb = np.eye(2, "
        "dtype='float32')\n"
        "c = torch.arange(6).reshape(2, 3).T\nd = {'k': np.float64(3)}\ne = 2**70\nf = "
        "np.zeros((0, 3))"
    )
    assert submission.a == [1, 2.5, (True, None, "x")]
    assert type(submission.b) is np.ndarray
    assert submission.b.dtype == np.float32
    assert torch.equal(submission.c, torch.arange(6).reshape(2, 3).T)
    assert submission.c.stride() == (1, 3)
    assert float(submission.d["k"]) == 3
    assert submission.e == 2**70
    assert submission.f.shape == (0, 3)


def test_gradients_are_those_of_the_same_function_here(notebook: Notebook) -> None:
    submission = notebook(LAYER)
    generator = torch.Generator().manual_seed(3)
    x, w, b = (
        torch.randn(*s, generator=generator, dtype=torch.float64) for s in ((5, 3), (4, 3), (4,))
    )
    mine = [t.clone().requires_grad_() for t in (x, w, b)]
    theirs = [t.clone().requires_grad_() for t in (x, w, b)]
    upstream = torch.randn(5, 4, generator=generator, dtype=torch.float64)
    torch.autograd.backward([torch.relu(mine[0] @ mine[1].T + mine[2])], [upstream])
    submission.layer(*theirs).backward(upstream)
    for here, there in zip(mine, theirs, strict=True):
        assert torch.equal(grad(here), grad(there))


def test_gradients_flow_through_what_is_computed_around_the_call(notebook: Notebook) -> None:
    submission = notebook(LAYER)
    x = torch.ones(2, 3, requires_grad=True)
    out = submission.layer(x * 2, torch.ones(4, 3), torch.zeros(4)).sum() * 3
    out.backward()
    assert torch.equal(grad(x), torch.full((2, 3), 24.0))


def test_a_detached_result_does_not_require_grad(notebook: Notebook) -> None:
    submission = notebook("def f(x):\n    return x.detach() * 2, x * 2")
    x = torch.ones(2, requires_grad=True)
    first, second = submission.f(x)
    assert not first.requires_grad
    second.sum().backward()
    assert torch.equal(grad(x), torch.tensor([2.0, 2.0]))


def test_a_result_without_tensors(notebook: Notebook) -> None:
    submission = notebook("def f(x):\n    return None\ndef g(x):\n    return [1, 'a']")
    x = torch.ones(2, requires_grad=True)
    assert submission.f(x) is None
    assert submission.g(x) == [1, "a"]


def test_an_argument_changed_in_place_is_changed_here(notebook: Notebook) -> None:
    submission = notebook("def f(x, y, *, z):\n    x.clamp_(min=0)\n    z[0] = 7\n    return x")
    x, y, z = torch.tensor([-1.0, 1.0]), torch.tensor([-1.0]), np.zeros(2)
    submission.f(x, y, z=z)
    assert x.tolist() == [0.0, 1.0]
    assert y.tolist() == [-1.0]
    assert z.tolist() == [7.0, 0.0]


def test_a_module_is_a_module(notebook: Notebook) -> None:
    submission = notebook(BLOCK)
    block = submission.Block(3)
    assert isinstance(block, torch.nn.Module)
    twin = local(BLOCK, "Block")(3)
    assert list(block.state_dict()) == list(twin.state_dict())
    twin.load_state_dict(block.state_dict())
    assert len(list(block.parameters())) == len(list(twin.parameters()))

    x = torch.randn(6, 3)
    mine, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    twin(mine).pow(2).sum().backward()
    block(theirs).pow(2).sum().backward()
    assert torch.allclose(grad(mine), grad(theirs), atol=1e-4)
    for here, there in zip(twin.parameters(), block.parameters(), strict=True):
        assert torch.allclose(grad(here), grad(there), atol=1e-4)
    for (name, old), (other, new) in zip(twin.named_buffers(), block.named_buffers(), strict=True):
        assert name == other
        assert torch.allclose(old, new, atol=1e-5), name


def test_a_module_trains_with_an_optimizer_of_this_side(notebook: Notebook) -> None:
    submission = notebook(BLOCK)
    block = submission.Block(2)
    twin = local(BLOCK, "Block")(2)
    twin.load_state_dict(block.state_dict())
    x, y = torch.randn(8, 2), torch.randn(8, 2)
    for model in (block, twin):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        for _ in range(5):
            optimizer.zero_grad()
            torch.autograd.backward([torch.nn.functional.mse_loss(model(x), y)])
            optimizer.step()
    for (name, here), there in zip(
        twin.state_dict().items(), block.state_dict().values(), strict=True
    ):
        assert torch.allclose(here, there, atol=1e-4), name


def test_modes_dtypes_and_loaded_state_reach_the_student_side(notebook: Notebook) -> None:
    submission = notebook(BLOCK + "\nmodel = Block(2)\ndef training():\n    return model.training")
    block = submission.model
    twin = local(BLOCK, "Block")(2)
    with torch.no_grad():
        for tensor in twin.state_dict().values():
            tensor.copy_(torch.rand(tensor.shape) + 0.5 if tensor.is_floating_point() else tensor)
    block.load_state_dict(twin.state_dict())
    block.eval()
    twin.eval()
    assert not submission.training()
    x = torch.randn(1, 2)
    assert torch.allclose(block(x), twin(x))
    block.double()
    twin.double()
    assert block(x.double()).dtype == torch.float64
    assert torch.allclose(block(x.double()), twin(x.double()))
    assert all(
        t.dtype == torch.float64 for t in block.state_dict().values() if t.is_floating_point()
    )


def test_a_module_passed_back_is_the_one_that_came(notebook: Notebook) -> None:
    submission = notebook(
        "import torch\nfrom torch import nn\nmodel = nn.Linear(2, 1)\ndef same(m):\n    return m "
        "is model\n"
        "def halve(m):\n    with torch.no_grad():\n        m.weight.mul_(0.5)\n    m.eval()\n    "
        "return m.weight.sum()"
    )
    model = submission.model
    assert isinstance(model, RemoteModule)
    assert submission.same(model) is True
    with torch.no_grad():
        next(model.parameters()).fill_(1.0)
    assert float(submission.halve(model)) == 1.0
    assert model.state_dict()["weight"].tolist() == [[0.5, 0.5]]
    assert not model.training


def test_other_objects_are_handles(notebook: Notebook) -> None:
    submission = notebook(
        "class Stopper:\n    def __init__(self, patience):\n        self.patience = patience\n    "
        "    self.seen = []\n"
        "    def step(self, loss):\n        self.seen.append(loss)\n        return len(self.seen) "
        "> self.patience"
    )
    stopper = submission.Stopper(1)
    assert isinstance(stopper, RemoteObject)
    assert [stopper.step(0.5), stopper.step(0.5)] == [False, True]
    assert stopper.seen == [0.5, 0.5]
    with pytest.raises(StudentFault, match="no attribute `restore`"):
        _ = stopper.restore


def test_a_figure_arrives_as_its_json(notebook: Notebook) -> None:
    submission = notebook(
        "import plotly.graph_objects as go\nfigure = go.Figure(go.Scatter(y=[1, 2]))"
    )
    assert '"type":"scatter"' in submission.figure.json


def test_a_driver_runs_on_the_other_side(notebook: Notebook) -> None:
    submission = notebook("def total(loader):\n    return sum(a * b for a, b in loader)")
    assert submission.drive(drivers_for_tests.call_with_loader, 4) == 0 + 2 + 6 + 12


def test_a_driver_that_misses_a_name_tells_it_whatever_its_arguments_are(
    notebook: Notebook,
) -> None:
    submission = notebook("pass")
    with pytest.raises(StudentFault, match="`total` is not defined"):
        submission.drive(drivers_for_tests.call_with_array, np.ones((2, 3)))


def test_what_a_student_raises_is_told_by_kind_and_place_only(notebook: Notebook) -> None:
    submission = notebook(
        "pass", "class Mine(ValueError):\n    pass\ndef f(x):\n    raise Mine(f'secret {x}')"
    )
    with pytest.raises(StudentFault) as caught:
        submission.f(42)
    assert caught.value.outcome == "error"
    assert caught.value.hint == "your code raised ValueError, line 4 of the cell of task1"


def test_a_missing_name_is_told(notebook: Notebook) -> None:
    with pytest.raises(StudentFault, match="`nothing` is not defined"):
        _ = notebook("x = 1").nothing


def test_a_hang_a_crash_and_hunger_cost_one_process_each(notebook: Notebook) -> None:
    submission = notebook(
        "import os, ctypes\ndef hang():\n    while True:\n        pass\ndef leave():\n    "
        "os._exit(0)\n"
        "def segfault():\n    ctypes.string_at(0)\ndef eat():\n    return [bytearray(10**7) for _ "
        "in range(10**4)]\n"
        "def fine():\n    return 1",
        seconds=4.0,
    )
    for name, outcome in (
        ("hang", "timeout"),
        ("leave", "crashed"),
        ("segfault", "crashed"),
        ("eat", "out_of_memory"),
    ):
        with pytest.raises(StudentFault) as caught:
            getattr(submission, name)()
        assert caught.value.outcome == outcome, name
        assert submission.fine() == 1


def test_a_tensor_that_finds_no_memory_is_told_as_memory(notebook: Notebook) -> None:
    submission = notebook(
        "import torch\ndef hoard():\n    return [torch.ones(2**24) for _ in range(64)]"
    )
    with pytest.raises(StudentFault) as caught:
        submission.hoard()
    assert caught.value.outcome == "out_of_memory"


def test_lies_about_a_result_are_the_students_fault(notebook: Notebook) -> None:
    submission = notebook(
        "from autograder import wire\nimport torch\n"
        "class Liar(torch.nn.Module):\n    def named_parameters(self, *a, **k):\n        yield "
        "'../x', torch.ones(1)\n"
        "def f(x):\n    wire.Packer.pack = lambda self, v, d=0: wire.Array('float32', [10**12])\n "
        "   return x\n"
        "def g(x):\n    wire.Packer.pack = lambda self, v, d=0: wire.Tensor('float64', [2], "
        "[7])\n    return x"
    )
    for name in ("f", "g"):
        with pytest.raises(StudentFault, match="is not a result"):
            getattr(submission, name)(1.0)
    with pytest.raises(StudentFault, match="is not a result"):
        submission.Liar()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "def value():\n    pass",
            "is a function, expected a torch tensor: it is the function itself; was it meant to",
        ),
        (
            "class value:\n    pass",
            "is a class, expected a torch tensor: it is the class itself; was it meant",
        ),
        (
            "import torch\nvalue = torch.ones(2, device='meta')",
            "is an object of another kind, expected a torch tensor",
        ),
    ],
    ids=["function", "class", "no_numbers"],
)
def test_what_stays_there_is_called_what_it_is(notebook: Notebook, source: str, said: str) -> None:
    with pytest.raises(Mismatch) as caught:
        expect.tensor(notebook(source).value, shape=(2,), what="value")
    assert said in str(caught.value)
    assert str(caught.value).endswith(("called?", "tensor"))


def test_nothing_raises_but_a_students_fault_for_strange_values(notebook: Notebook) -> None:
    submission = notebook(
        "deep = []\nfor _ in range(200):\n    deep = [deep]\nown = []\nown.append(own)\n"
        "wide = list(range(10**6))\nlong = 'x' * 10**7\nimport torch\nmany = torch.zeros(2**25)\n"
        "class Odd:\n    def __getattr__(self, n):\n        raise SystemExit\nodd = Odd()\nkeys = "
        "{(1, 2): 3, 4.5: 6}\n"
        "import numpy as np\nobjects = np.array([object()])\nsparse = torch.eye(3).to_sparse()\n"
        "complex_ = torch.ones(2, dtype=torch.complex64)"
    )
    for name in ("deep", "own", "wide", "long", "many"):
        with pytest.raises(StudentFault, match="too large"):
            getattr(submission, name)
    for name in ("odd", "objects", "sparse", "complex_"):
        assert isinstance(getattr(submission, name), RemoteObject)
    assert submission.keys == {(1, 2): 3, 4.5: 6}


def test_a_function_that_is_bound_anew_is_the_new_one(notebook: Notebook) -> None:
    """The process is not asked for a function's name again, but a call says which name it means."""
    submission = notebook(
        "def first(x):\n    global first\n    first = lambda x: x + 100\n    return x + 1\n"
        "def gone(x):\n    global gone\n    del gone\n    return x\n"
        "def value(x):\n    global value\n    value = 7\n    return x\n"
    )
    assert [submission.first(1), submission.first(1), submission.first(2)] == [2, 101, 102]
    assert submission.gone(1) == 1
    with pytest.raises(StudentFault, match="`gone` is not defined"):
        submission.gone(1)
    assert submission.value(1) == 1
    with pytest.raises(TypeError, match="object is not callable"):
        submission.value(1)
    assert submission.value == 7
