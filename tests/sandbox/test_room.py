"""The grading room is a place where people's code works:
packages, threads, workers, compilers, odd modules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from conftest import Lab, at_most
from torch import nn

from autograder import wire
from autograder.core.limits import Limits
from autograder.pipeline.execute import Execution
from autograder.proxy.channel import StudentFault
from autograder.proxy.objects import RemoteSubmission

Notebook = Callable[..., RemoteSubmission]

LONG = Limits(cell_seconds=40, submission_seconds=120)
"""Where a seat imports what no notebook before asked for."""


def text(execution: Execution, index: int) -> str:
    """Everything a cell printed or raised."""
    outputs = execution.runs[index].outputs
    return "".join(str(o.get("text", "")) + str(o.get("evalue", "")) for o in outputs)


def kinds(execution: Execution, index: int) -> set[str]:
    """Of the data that a cell showed."""
    return {kind for output in execution.runs[index].outputs for kind in output.get("data", {})}


# --- packages ---


@pytest.mark.parametrize(
    "source",
    [
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 50",
        "import seaborn as sns\nimport pandas as pd\nsns.lineplot(pd.DataFrame({'a': [1, 2]}))",
        "from tqdm import tqdm, trange\nassert list(tqdm([1, 2])) == [1, 2]",
        "from tqdm.auto import tqdm\nassert list(tqdm([1, 2])) == [1, 2]",
        "from tqdm.notebook import tqdm\nassert list(tqdm([1, 2])) == [1, 2]",
        "from sklearn.linear_model import LinearRegression\nLinearRegression().fit([[1.], [2.]], "
        "[1., 2.])",
        "import numpy as np\nfrom sklearn.cluster import "
        "KMeans\nKMeans(2).fit(np.random.rand(500, 2))",
        "from scipy import stats\nstats.norm.pdf(0.)",
        "from ipywidgets import interact\n@interact(x=(0, 3))\ndef f(x):\n    print(x)",
        "import anywidget\nimport plotly.graph_objects as go\nf = "
        "go.FigureWidget(go.Scatter(y=[1]))\nf",
        "import torch\nfrom einops import rearrange\nassert rearrange(torch.ones(2, 3), 'a b -> b "
        "a').shape == (3, 2)",
        "import pandas as pd\npd.DataFrame({'a': [1, 2]}).plot()",
        "from joblib import Parallel, delayed\nassert Parallel(n_jobs=2)(delayed(abs)(i) for i in "
        "[-1, 2]) == [1, 2]",
    ],
    ids=lambda source: re.sub(r"\W+", " ", source)[:30],
)
def test_packages_of_this_field_are_there(lab: Lab, source: str) -> None:
    run = lab.run(source, limits=LONG)
    assert run.runs[0].ok, text(run, 0)
    assert "error" not in text(run, 0).lower()


def test_pictures_are_shown(lab: Lab) -> None:
    run = lab.run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "plt.plot([1, 2]);",
        "%matplotlib qt",
        "import matplotlib\nmatplotlib.use('TkAgg')\nplt.plot([1])\nplt.show(block=True)",
        "%matplotlib widget\nfig, ax = plt.subplots()",
        limits=LONG,
    )
    assert [run.runs[n].ok for n in range(5)] == [True] * 5
    for n in (0, 1, 3, 4):
        assert "image/png" in kinds(run, n), n


def test_a_package_loaded_ahead_costs_the_next_submission_nothing(lab: Lab) -> None:
    source = "import matplotlib.pyplot as plt"
    lab.run(source, limits=LONG)
    run = lab.run("import sys\nprint('matplotlib.pyplot' in sys.modules)", source, limits=LONG)
    assert text(run, 0) == "True\n"
    assert run.runs[1].ok


def test_a_package_that_the_room_lacks_is_named(lab: Lab) -> None:
    submission = lab.submission(
        "import lightning_bolts.models\ndef fit():\n    return 1",
        "def g():\n    import lightning_bolts\n",
        "import importlib\nh = 0\nname = 'secret_' + str(42)\nimportlib.import_module(name)",
        "import torch\ndel torch.nn\nimport torch.nothing\nk = 1",
    )
    with pytest.raises(
        StudentFault, match=r"`fit` is not defined: no module named lightning_bolts: .* matplotlib"
    ):
        _ = submission.fit
    with pytest.raises(
        StudentFault,
        match=r"ModuleNotFoundError, line 2 of the cell of task1: only ",
    ):
        submission.g()
    with pytest.raises(StudentFault, match=r"`k` is not defined: no module named torch") as caught:
        _ = submission.k
    assert "nothing" not in caught.value.hint


def test_a_name_that_the_source_does_not_have_is_not_told(lab: Lab) -> None:
    submission = lab.submission("name = 'sec' + 'ret42'\n__import__(name)\nfit = 1")
    with pytest.raises(StudentFault, match=r"`fit` is not defined: only ") as caught:
        _ = submission.fit
    assert "secret" not in caught.value.hint


def test_the_keyboard_is_told_of(lab: Lab) -> None:
    submission = lab.submission("n = int(input('how many? '))", "def ask():\n    return input()")
    with pytest.raises(
        StudentFault, match=r"`n` is not defined: input\(\) can't be answered while grading"
    ):
        _ = submission.n
    with pytest.raises(
        StudentFault, match=r"EOFError, line 2 of the cell of task1: input\(\) can't be answered"
    ):
        submission.ask()


def test_last_results_are_numbered_as_in_the_notebook(lab: Lab) -> None:
    submission = lab.submission(
        "6 * 7", "a = _", "b = Out[1] + 1\nc = In[1]", "[a, b]", "d = _4, ___, _i1", "1;", "e = _"
    )
    assert (submission.a, submission.b, submission.c) == (42, 43, "6 * 7")
    assert submission.d == ([42, 43], "", "6 * 7")
    assert submission.e == [42, 43]


# --- threads and workers ---

WIDE = """
import torch
from torch import nn
def wide():
    model = nn.Sequential(nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 512))
    x = torch.randn(2048, 512)
    model(x).square().mean().backward()
    return True
def more():
    torch.set_num_threads(4)
    return wide()
def still_more():
    inner = torch._C
    (inner._set_num_threads if hasattr(inner, "_set_num_threads") else inner.set_num_threads)(4)
    return wide()
def between():
    torch.set_num_interop_threads(2)
    torch.set_num_interop_threads(3)
    return wide()
def limited():
    import threadpoolctl
    with threadpoolctl.threadpool_limits(4):
        return wide()
def counted():
    import os
    torch.set_num_threads(os.cpu_count() // 2)
    return wide()
"""


def test_more_threads_do_no_harm(notebook: Notebook) -> None:
    """Whatever was asked for before the fork, and after it, by whichever door."""
    submission = notebook(
        WIDE, "torch.set_num_threads(4)\nwide()", "import torch._C\nstill_more()", seconds=15.0
    )
    for name in ("wide", "more", "between", "still_more", "limited", "counted", "wide"):
        assert getattr(submission, name)(), name


def test_a_wrong_number_of_threads_is_an_error_as_ever(notebook: Notebook) -> None:
    submission = notebook("import torch\ndef f(n):\n    torch.set_num_threads(n)")
    for number in (0, "2"):
        with pytest.raises(StudentFault, match=r"RuntimeError|TypeError"):
            submission.f(number)


WORKERS = """
import multiprocessing as mp, os, torch
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from torch.utils.data import DataLoader, TensorDataset
def square(x):
    return x * x
data = TensorDataset(torch.ones(20, 2))
def loaded(**options):
    return sum(int(batch.sum()) for (batch,) in DataLoader(data, batch_size=4, **options)) == 40
def loader():
    return loaded(num_workers=2) and loaded(num_workers=os.cpu_count(), persistent_workers=True)
def loader_anew():
    return loaded(num_workers=2, multiprocessing_context="spawn")
def loader_files():
    torch.multiprocessing.set_sharing_strategy("file_system")
    return loaded(num_workers=2)
def pools():
    for method in ("fork", "spawn", "forkserver", None):
        with mp.get_context(method).Pool(2) as pool:
            assert pool.map(square, range(3)) == [0, 1, 4]
    return True
def default_is_spawn():
    mp.set_start_method("spawn", force=True)
    with mp.Pool(2) as pool:
        return pool.map(square, range(3)) == [0, 1, 4]
def executors():
    for kind in (ProcessPoolExecutor, ThreadPoolExecutor):
        with kind(2) as pool:
            assert list(pool.map(square, range(3))) == [0, 1, 4]
    return True
def jobs():
    from joblib import Parallel, delayed
    for options in ({}, {"prefer": "threads"}, {"backend": "multiprocessing"}):
        assert Parallel(n_jobs=2, **options)(delayed(square)(i) for i in range(3)) == [0, 1, 4]
    return Parallel(n_jobs=-1)(delayed(lambda x: x + 1)(i) for i in range(2)) == [1, 2]
def searched():
    import numpy as np
    from sklearn.linear_model import Ridge
    from sklearn.model_selection import GridSearchCV
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, n_jobs=2, cv=2)
    found = search.fit(np.random.rand(20, 3), np.random.rand(20))
    return found.best_params_["alpha"] > 0
def queue():
    q = mp.Queue()
    worker = mp.Process(target=lambda: q.put(float(torch.ones(2).sum())))
    worker.start()
    return q.get() == 2.0
"""


@pytest.mark.parametrize(
    "name",
    [
        "loader", "loader_anew", "loader_files", "pools", "default_is_spawn", "executors", "jobs",
        "searched", "queue",
    ],
)  # fmt: skip
def test_workers_work(notebook: Notebook, name: str) -> None:
    assert getattr(notebook(WORKERS, seconds=15.0), name)()


# --- modules of every kind ---

MODULES = """
import warnings
from collections import OrderedDict
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune
def base():
    return nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2))
class Odd(nn.Module):
    def __init__(self, extra):
        super().__init__()
        self.inner, self.extra = base(), extra
    def forward(self, x):
        return self.inner(x)
class Buffers(Odd):
    def __init__(self):
        super().__init__(None)
        self.register_buffer("calls", torch.zeros(1, dtype=torch.long))
        self.register_buffer("scale", torch.ones(2), persistent=False)
        self.register_buffer("none", None)
        self.register_buffer("phase", torch.ones(2, dtype=torch.complex64))
        self.register_buffer("empty", torch.zeros(0))
        self.register_buffer("mask", torch.eye(2).to_sparse())
    def forward(self, x):
        self.calls += 1
        return self.inner(x) * self.scale + torch.sparse.mm(self.mask.to(x.dtype), x.T).T
class Complex(Odd):
    def __init__(self):
        super().__init__(nn.Parameter(torch.ones(2, 2, dtype=torch.complex64)))
    def forward(self, x):
        return self.inner(x) + (x.to(self.extra.dtype) @ self.extra).real.to(x.dtype)
class Compiled(Odd):
    @torch.compile(mode="max-autotune", fullgraph=True)
    def forward(self, x):
        return self.inner(x)
class Branches(Odd):
    def __init__(self):
        super().__init__(1)
    def forward(self, x):
        if x.sum() > 0:
            return self.inner(x)
        return self.inner(x) * 1.0
class Lists(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.ParameterList([nn.Parameter(torch.randn(2, 2)) for _ in range(3)])
        more = {"shift": torch.zeros(2), "the scale": torch.ones(2)}
        self.more = nn.ParameterDict({k: nn.Parameter(v) for k, v in more.items()})
        self.layers = nn.ModuleDict({k: nn.Linear(2, 2) for k in ("first", "a-b", "layer 2")})
    def forward(self, x):
        for weight in self.weights:
            x = torch.tanh(x @ weight)
        for layer in self.layers.values():
            x = layer(x)
        return x * self.more["the scale"] + self.more["shift"]
class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(2, 2), nn.Linear(2, 2)
        self.b.weight, self.c = self.a.weight, self.a
    def forward(self, x):
        return self.c(self.b(torch.tanh(self.a(x))))
class Keywords(Odd):
    def forward(self, x, *, scale=1.0, shift=None):
        return self.inner(x) * scale
def first_of(layer):
    return nn.Sequential(layer, nn.ReLU(), nn.Linear(8, 2))
def pruned():
    model = base()
    prune.l1_unstructured(model[0], "weight", 0.3)
    return model
def old_norm():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return first_of(nn.utils.weight_norm(nn.Linear(2, 8)))
def in_place():
    model = base()
    model.compile()
    return model
MADE = {
    "lazy": lambda: nn.Sequential(
        nn.LazyLinear(8), nn.LazyBatchNorm1d(), nn.ReLU(), nn.LazyLinear(2)),
    "float64": lambda: base().double(),
    "half": lambda: base().half(),
    "bfloat16": lambda: base().bfloat16(),
    "whole numbers": lambda: Odd(
        nn.Parameter(torch.zeros(1, dtype=torch.long), requires_grad=False)),
    "truth": lambda: Odd(nn.Parameter(torch.zeros(1, dtype=torch.bool), requires_grad=False)),
    "complex": Complex,
    "complex, frozen": lambda: Odd(
        nn.Parameter(torch.ones(2, dtype=torch.complex128), requires_grad=False)),
    "empty": lambda: Odd(nn.Parameter(torch.zeros(0, 3))),
    "frozen": lambda: Odd(nn.Parameter(torch.zeros(3), requires_grad=False)),
    "scalar": lambda: Odd(nn.Parameter(torch.tensor(1.0))),
    "buffers": Buffers,
    "compiled": lambda: torch.compile(base()),
    "compiled, with options": lambda: torch.compile(
        base(), mode="reduce-overhead", fullgraph=True, dynamic=True),
    "compiled in place": in_place,
    "compiled forward": lambda: Compiled(None),
    "scripted": lambda: torch.jit.script(base()),
    "scripted, with branches": lambda: torch.jit.script(Branches()),
    "traced": lambda: torch.jit.trace(base(), torch.randn(3, 2)),
    "weight norm": lambda: first_of(parametrizations.weight_norm(nn.Linear(2, 8))),
    "weight norm, the old one": old_norm,
    "spectral norm": lambda: first_of(parametrizations.spectral_norm(nn.Linear(2, 8))),
    "spectral norm, the old one": lambda: first_of(nn.utils.spectral_norm(nn.Linear(2, 8))),
    "orthogonal": lambda: first_of(parametrizations.orthogonal(nn.Linear(2, 8))),
    "data parallel": lambda: nn.DataParallel(base()),
    "lists": Lists,
    "named": lambda: nn.Sequential(
        OrderedDict({"fc-1": nn.Linear(2, 8), "act": nn.ReLU(), "out": nn.Linear(8, 2)})),
    "tied": Tied,
    "keywords": lambda: Keywords(None),
    "pruned": pruned,
    "averaged": lambda: torch.optim.swa_utils.AveragedModel(base()),
}
def make_model(kind):
    return MADE[kind]()
@torch.compile(fullgraph=True)
def compiled(x):
    return torch.relu(x)
@torch.compile
def compiled_too(x):
    return torch.relu(x)
@torch.jit.script
def scripted(x):
    return torch.relu(x)
"""
KINDS = re.findall(r'^    "([\w, ]+)": ', MODULES, re.MULTILINE)


@pytest.fixture(scope="module")
def modules(seat: Any) -> Any:
    made = Lab(seat)
    yield made.submission(MODULES, seconds=30.0)
    made.close()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_module_is_one_here(modules: RemoteSubmission, kind: str) -> None:
    """Called, differentiated, stepped, switched, saved, converted: as the same module at home."""
    model = modules.make_model(kind)
    assert isinstance(model, nn.Module)
    dtype = next(p.dtype for p in model.parameters() if p.is_floating_point())
    x = torch.randn(5, 2).to(dtype).requires_grad_()
    assert model(x).shape == (5, 2)
    model(x).float().square().sum().backward()
    assert x.grad is not None
    assert any(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in model.parameters())

    model.eval()
    before = model(x).detach()
    model.train()
    torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.05).step()
    model.eval()
    assert not torch.equal(before, model(x)), "the step did not reach the module"
    saved = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(saved)
    assert torch.equal(model(x), model(x))

    model.to("cpu").double()
    assert model(x.detach().double()).dtype == torch.float64
    assert sum(p.numel() for p in model.parameters()) > 6


@pytest.mark.parametrize("name", ["compiled", "compiled_too", "scripted"])
def test_compiled_functions_are_functions(modules: RemoteSubmission, name: str) -> None:
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    getattr(modules, name)(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 1.0]


def test_gradients_of_complex_parameters_are_those_of_the_module(notebook: Notebook) -> None:
    submission = notebook(MODULES)
    model = submission.make_model("complex")
    x = torch.randn(4, 2)
    model(x).sum().backward()
    gradient = dict(model.named_parameters())["extra"].grad
    weight = torch.ones(2, 2, dtype=torch.complex64, requires_grad=True)
    (x.to(weight.dtype) @ weight).real.sum().backward()  # type: ignore[no-untyped-call]
    assert gradient is not None
    assert weight.grad is not None
    assert torch.allclose(gradient, weight.grad)


def test_a_lazy_module_is_asked_once(notebook: Notebook) -> None:
    """Its first call gives the sizes; it is not made a second time for them."""
    submission = notebook(
        "from torch import nn\nclass Counts(nn.Module):\n    def __init__(self):\n        "
        "super().__init__()\n"
        "        self.layer, self.calls = nn.LazyLinear(3), 0\n    def forward(self, x):\n        "
        "self.calls += 1\n"
        "        return self.layer(x)\nmodel = Counts()\ndef calls():\n    return model.calls"
    )
    model = submission.model
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.1
    )  # as one may, before the sizes are known
    with pytest.raises(StudentFault, match="before the module was first called"):
        next(model.parameters()).numel()
    with pytest.raises(StudentFault, match="before the module was first called"):
        _ = next(model.parameters()).shape
    first = model(torch.ones(2, 4))
    first.sum().backward()
    optimizer.step()
    assert submission.calls() == 1
    assert model.state_dict()["layer.weight"].shape == (3, 4)
    assert float((first - model(torch.ones(2, 4))).detach().mean()) == pytest.approx(
        1.0, rel=1e-3
    )  # 0.1 * 2 * (4 + 1)


# --- figures ---


def test_a_film_of_many_megabytes_arrives(notebook: Notebook) -> None:
    submission = notebook(
        "import plotly.graph_objects as go, random\n"
        "def cloud():\n    return go.Scatter(x=[random.random() for _ in range(500)], y=[1.5] * "
        "500)\n"
        "figure = go.Figure([cloud()], frames=[go.Frame(data=[cloud(), cloud()]) for _ in "
        "range(200)])\n"
        "deep = {'a': 'ä', 'b': [1]}\nfor _ in range(40):\n    deep = [deep]\n"
        "nested = go.Figure(layout={'meta': deep})\n"
        "class Mine(go.Figure):\n    pass\nmine = Mine(go.Scatter(y=[1]))",
        seconds=20.0,
    )
    assert len(submission.figure.json) > 4_200_000  # what a message holds without a figure
    assert submission.figure.json.count('{"x":[') == 401
    assert "\\u00e4" in submission.nested.json
    assert '"scatter"' in submission.mine.json


@pytest.mark.parametrize("meta", ["'x' * (49 * 2**20)", "'[' * 300_001", "',' * 3_000_001"])
def test_a_figure_beyond_all_bounds_is_told(notebook: Notebook, meta: str) -> None:
    submission = notebook(
        f"import plotly.graph_objects as go\nfigure = go.Figure(layout=dict(meta={meta}))",
        seconds=15.0,
    )
    with pytest.raises(StudentFault, match="too large"):
        _ = submission.figure


def test_a_complex_tensor_is_part_of_a_state_only() -> None:
    tensor = torch.tensor([[1 + 2j], [3j]]).T.conj()
    packer = wire.Packer()
    packed = packer.pack_state(tensor)
    bulk = bytearray(b"".join(packer.bulk))
    assert torch.equal(wire.Unpacker(bulk).unpack_state(packed), tensor)
    with pytest.raises(wire.WireError):
        wire.Unpacker(bulk).unpack(packed)
    with pytest.raises(wire.UnsendableError):
        wire.Packer().pack(tensor)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"[]", 3),
        (b"[]", -1),
        ("ä".encode(), 2),
        (b"[" * 300_001, 300_001),
        (b"," * 3_000_001, 3_000_001),
    ],
    ids=["short", "negative", "not ASCII", "lists", "values"],
)
def test_a_figure_that_no_honest_sender_makes_is_refused(data: bytes, size: int) -> None:
    """The worker counts again what parsing would take; the student's side could skip it."""
    with pytest.raises(wire.WireError):
        wire.Unpacker(bytearray(data)).unpack(wire.Figure(size=size))


def test_a_figure_of_the_most_values_is_parsed_in_bounded_memory() -> None:
    text = "[" + "[]," * 299_000 + "1.5," * 2_400_000 + "1]"
    packer = wire.Packer()
    packed = packer.pack(wire.Figure(text))
    bulk = bytearray(b"".join(packer.bulk))
    with at_most(250 * 2**20):
        assert len(json.loads(wire.Unpacker(bulk).unpack(packed).json)) == 2_699_001
