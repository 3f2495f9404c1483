"""The training loop: bit for bit the plain loop, what it keeps,
when it stops, and what it refuses.
"""

import copy
import pickle
import signal
from collections.abc import Callable, Iterator
from typing import Any

import IPython
import numpy as np
import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parametrizations

from course_lib import _progress_line, training
from course_lib._fast_adam import LARGEST, FastAdam
from course_lib._quick_modules import DICTIONARIES, quick_modules
from course_lib.datasets import Dataset, linear_by_parts
from course_lib.training import TrainingDiverged, TrainingRun, train_model

DATA = linear_by_parts(20)  # 60 rows
DOUBLE = linear_by_parts(20, dtype=torch.float64)
STEPS = 60


class Block(nn.Module):
    """x + linear(ReLU(linear(x)))."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(size, size), nn.Linear(size, size)

    def forward(self, x: torch.Tensor) -> Any:
        return x + self.second(torch.relu(self.first(x)))


class Forward(nn.Module):
    """A network of some parts and a forward function over them."""

    def __init__(self, forward: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self._forward = forward
        for name, part in parts.items():
            setattr(self, name, part)
        self.calls = 0

    def forward(self, x: torch.Tensor) -> Any:
        self.calls += 1
        return self._forward(self, x)


class OwnBatchNorm(nn.Module):
    """Batch normalisation whose running mean is a new tensor after every pass."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.mean: torch.Tensor = 0.9 * self.mean + 0.1 * x.mean(dim=0).detach()
        return (x - x.mean(dim=0)) / (x.var(dim=0) + 1e-5).sqrt()


def mlp(hidden: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 2))


def frozen() -> nn.Module:
    model = mlp()
    model[0].weight.requires_grad_(False)
    return model


def tied() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    model[2].weight = model[0].weight
    return model


def one_memory() -> nn.Module:
    """Two parameters that see the same numbers."""
    model = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    model[2].weight.data = model[0].weight.data
    return model


def transposed_for_ever() -> nn.Module:
    """Weights tied by a transposed view that was made once, before training."""
    first = nn.Linear(2, 2)
    model = Forward(lambda self, x: torch.tanh(self.first(x)) @ self.view, first=first)
    model.view = first.weight.t()
    return model


def hooked(kind: str) -> nn.Module:
    first, relu, last = nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)
    weight: Any = first.weight
    if kind == "gradient":
        weight.register_hook(lambda gradient: 2 * gradient)
    elif kind == "replace":

        def replace(parameter: torch.Tensor) -> None:
            assert parameter.grad is not None
            parameter.grad = parameter.grad.clamp(-0.1, 0.1)

        weight.register_post_accumulate_grad_hook(replace)
    elif kind == "backward":

        def halve(_module: nn.Module, gradients: Any, _outer: Any) -> Any:
            return (0.5 * gradients[0],)

        relu.register_full_backward_hook(halve)
    else:
        relu.register_forward_hook(lambda _module, _arguments, output: 2 * output)
    return nn.Sequential(first, relu, last)


def some_steps_only() -> nn.Module:
    """A block takes part in some steps and not in others, the first one included."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.last(self.block(x) if self.calls % 3 else x)

    return Forward(forward, block=Block(2), last=nn.Linear(2, 2))


def joins_late() -> nn.Module:
    """A block takes part from the fifth step on."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.last(self.block(x) if self.calls > 5 else x)

    return Forward(forward, block=Block(2), last=nn.Linear(2, 2))


def freezes_late() -> nn.Module:
    def forward(self: Any, x: torch.Tensor) -> Any:
        self.first.weight.requires_grad_(self.calls < 10)
        return self.second(torch.relu(self.first(x)))

    return Forward(forward, first=nn.Linear(2, 3), second=nn.Linear(3, 2))


def clips_gradients_late() -> nn.Module:
    """From the tenth step on, a gradient is changed in place in the middle of the way back."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        def clip(_gradient: torch.Tensor) -> None:
            self.second.weight.grad.mul_(0.1)

        hidden = self.first(x)
        if hidden.requires_grad and self.calls > 10:
            hidden.register_hook(clip)
        return self.second(torch.relu(hidden))

    return Forward(forward, first=nn.Linear(2, 3), second=nn.Linear(3, 2))


def new_memory() -> nn.Module:
    """Weights that are kept positive by giving the parameter other data."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        self.layer.weight.data = self.layer.weight.data.clamp(min=0.1)
        return self.layer(x)

    return Forward(forward, layer=nn.Linear(2, 2))


def written_by_another() -> nn.Module:
    """One network makes the weights with which another one, whose own never train, is called."""
    target = nn.Linear(2, 2)

    def forward(self: Any, x: torch.Tensor) -> Any:
        weight = self.writer(x.mean(dim=0)).view(2, 2)
        return functional_call(target, {"weight": weight}, (x,)) + self.inner(x)

    class Inner(nn.Module):
        """The same with a layer of its own."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, x: torch.Tensor) -> Any:
            return functional_call(self.layer, {"weight": 2 * self.layer.weight.t()}, (x,))

    return Forward(forward, writer=nn.Linear(2, 4), inner=Inner())


def rebuilt_late() -> nn.Module:
    """From the tenth step on a bias is gone, a layer is another one, and there is a new buffer."""

    def forward(self: Any, x: torch.Tensor) -> Any:
        if self.calls == 10:
            self.first.bias = None
            self.second = nn.Identity()
            self.register_buffer("shift", torch.ones(2))
            del self.third
        x = self.second(torch.relu(self.first(x)))
        return x + self.shift if self.calls >= 10 else self.third(x)

    return Forward(forward, first=nn.Linear(2, 2), second=nn.Linear(2, 2), third=nn.Linear(2, 2))


def finds_attributes_itself() -> nn.Module:
    class Doubling(nn.Linear):
        def __init__(self) -> None:
            super().__init__(2, 2)
            nn.init.normal_(vars(self)["_parameters"]["weight"])

        def __getattr__(self, name: str) -> Any:
            found: Any = super().__getattr__(name)
            return 2 * found if name == "weight" else found

    return nn.Sequential(Doubling(), nn.Linear(2, 2))


def with_a_number() -> nn.Module:
    return Forward(
        lambda self, x: self.layer(x) * self.scale,
        layer=mlp(),
        scale=nn.Parameter(torch.tensor(0.5)),
    )


def not_contiguous() -> nn.Module:
    model = nn.Linear(2, 2)
    model.weight = nn.Parameter(torch.randn(2, 2).t())
    return model


def two_dtypes() -> nn.Module:
    def forward(self: Any, x: torch.Tensor) -> Any:
        return self.second(torch.relu(self.first(x)).double()).float()

    return Forward(forward, first=nn.Linear(2, 3), second=nn.Linear(3, 2).double())


FOUR = {
    "linear": lambda: nn.Linear(2, 2),
    "mlp": lambda: mlp(2),
    "residual": lambda: nn.Sequential(nn.Linear(2, 2), Block(2), Block(2), nn.Linear(2, 2)),
    "residual_bn": lambda: nn.Sequential(
        nn.Linear(2, 2), Block(2), nn.BatchNorm1d(2), Block(2), nn.BatchNorm1d(2), nn.Linear(2, 2)
    ),
}
ALL_FAST: dict[str, Callable[[], nn.Module]] = {
    **FOUR,
    "wide": lambda: mlp(200),
    "dropout": lambda: nn.Sequential(nn.Linear(2, 16), nn.Dropout(0.5), nn.Linear(16, 2)),
    "layer without weights": lambda: nn.Sequential(
        nn.Linear(2, 2), nn.Tanh(), nn.BatchNorm1d(2, affine=False)
    ),
    "own batch norm": lambda: nn.Sequential(nn.Linear(2, 2), OwnBatchNorm(), nn.Linear(2, 2)),
    "no running statistics": lambda: nn.Sequential(
        nn.Linear(2, 2), nn.BatchNorm1d(2, track_running_stats=False)
    ),
    "unused layer": lambda: Forward(
        lambda self, x: self.used(x), used=mlp(), unused=nn.Linear(5, 5)
    ),
    "frozen weight": frozen,
    "tied weight": tied,
    "one memory": one_memory,
    "view made once": transposed_for_ever,
    "weight norm": lambda: nn.Sequential(
        parametrizations.weight_norm(nn.Linear(2, 3)), nn.Linear(3, 2)
    ),
    "forward hook": lambda: hooked("forward"),
    "new memory": new_memory,
    "written by another": written_by_another,
    "finds attributes itself": finds_attributes_itself,
    "a number": with_a_number,
    "lazy": lambda: nn.Sequential(nn.LazyLinear(3), nn.ReLU(), nn.LazyLinear(2)),
}
HANDED_OVER = {
    "some steps only": some_steps_only,
    "joins late": joins_late,
    "freezes late": freezes_late,
    "rebuilt late": rebuilt_late,
    "clips gradients late": clips_gradients_late,
}
NEVER_FAST: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "gradient hook": (lambda: hooked("gradient"), "hooks"),
    "gradient replaced": (lambda: hooked("replace"), "hooks"),
    "backward hook": (lambda: hooked("backward"), "hooks"),
    "not contiguous": (not_contiguous, "not contiguous"),
    "two dtypes": (two_dtypes, "float32 or all float64"),
    "large": (lambda: mlp(LARGEST // 4), "more than 32768"),
}
EVERY = {**ALL_FAST, **HANDED_OVER, **{name: make for name, (make, _) in NEVER_FAST.items()}}


def build(name: str) -> nn.Module:
    """A model, the same each time."""
    torch.manual_seed(5)
    return EVERY[name]()


class Plain:
    """The plain loop: what it leaves, and the predictions and
    losses on the way, each before its step.
    """

    def __init__(
        self, model: nn.Module, data: Dataset, steps: int = STEPS, lr: float = 0.01
    ) -> None:
        criterion = nn.MSELoss()
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        self.predictions, self.losses = [], []
        for _ in range(steps):
            prediction = model(data.X)
            self.predictions.append(prediction.detach().clone())
            loss = criterion(prediction, data.y)
            self.losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def assert_same_state(model: nn.Module, other: nn.Module) -> None:
    """All parameters and buffers are equal, bit for bit."""
    one, two = model.state_dict(), other.state_dict()
    assert one.keys() == two.keys()
    for name in one:
        assert torch.equal(one[name], two[name]), name


def train(
    model: nn.Module, data: Dataset = DATA, epochs: int = STEPS, **options: Any
) -> TrainingRun:
    return train_model(model, *data, epochs=epochs, progress=False, **options)


def steps_with(adam: FastAdam, model: nn.Module, data: Dataset, count: int) -> None:
    for _ in range(count):
        adam.step(nn.functional.mse_loss(model(data.X), data.y))


class TestSameAsThePlainLoop:
    @pytest.mark.parametrize("name", EVERY)
    def test_parameters_buffers_losses_and_frames(self, name: str) -> None:
        model, other = build(name), build(name)
        torch.manual_seed(1)
        plain = Plain(other, DATA)
        random_state = torch.get_rng_state()
        torch.manual_seed(1)
        run = train(model, record_every=7)
        assert_same_state(model, other)
        assert run.losses.tolist() == plain.losses
        for step, frame in zip(run.steps[:-1], run.trajectory, strict=False):
            assert torch.equal(frame, plain.predictions[step])
        assert torch.equal(torch.get_rng_state(), random_state)

    @pytest.mark.parametrize("name", FOUR)
    def test_in_double_precision(self, name: str) -> None:
        model, other = build(name).double(), build(name).double()
        plain = Plain(other, DOUBLE)
        run = train(model, DOUBLE)
        assert_same_state(model, other)
        assert run.losses.dtype == run.trajectory.dtype == torch.float64
        assert run.losses.tolist() == plain.losses

    @pytest.mark.parametrize("name", FOUR)
    def test_over_many_steps_and_another_rate(self, name: str) -> None:
        model, other = build(name), build(name)
        Plain(other, DATA, steps=400, lr=0.1)
        train(model, epochs=400, lr=0.1)
        assert_same_state(model, other)

    @pytest.mark.parametrize("name", ["residual_bn", "dropout"])
    def test_in_evaluation_mode(self, name: str) -> None:
        model, other = build(name).eval(), build(name).eval()
        Plain(other, DATA)
        train(model)
        assert_same_state(model, other)
        assert not any(module.training for module in model.modules())

    def test_twice_in_a_row(self) -> None:
        """A training starts with fresh moments, as a new optimizer does."""
        model, other = build("mlp"), build("mlp")
        for _ in range(2):
            Plain(other, DATA)
            train(model)
        assert_same_state(model, other)

    def test_gradients_from_before_do_not_count(self) -> None:
        model, other = build("mlp"), build("mlp")
        model(DATA.X).sum().backward()
        Plain(other, DATA)
        train(model)
        assert_same_state(model, other)

    def test_where_gradients_are_switched_off(self) -> None:
        model, other = build("mlp"), build("mlp")
        Plain(other, DATA)
        with torch.no_grad():
            train(model)
        assert_same_state(model, other)

    def test_sparse_gradients_are_refused_as_adam_refuses_them(self) -> None:
        model = Forward(
            lambda self, x: self.table((x[:, 0] > 0).long()), table=nn.Embedding(2, 2, sparse=True)
        )
        with pytest.raises(RuntimeError, match="sparse"):
            train(model)

    @pytest.mark.cuda
    @pytest.mark.parametrize("name", FOUR)
    def test_on_the_gpu(self, name: str) -> None:
        model, other = build(name), build(name).cuda()
        data = Dataset(DATA.X.cuda(), DATA.y.cuda())
        plain = Plain(other, data)
        run = train(model, device="cuda")
        assert_same_state(model, other)
        assert run.losses.tolist() == plain.losses
        assert run.losses.device.type == run.trajectory.device.type == "cpu"
        assert {p.device.type for p in model.parameters()} == {"cuda"}

    @pytest.mark.cuda
    def test_model_on_the_gpu_stays_there(self) -> None:
        model = build("mlp").cuda()
        train(model)
        assert {p.device.type for p in model.parameters()} == {"cuda"}


class TestFastPath:
    """The faster arithmetic is used where it can be, and left where it can't."""

    @pytest.mark.parametrize("name", ALL_FAST)
    def test_used(self, name: str) -> None:
        model = build(name)
        adam = FastAdam(model, 0.01)
        steps_with(adam, model, DATA, 12)
        assert adam.reason is None

    @pytest.mark.parametrize("name", NEVER_FAST)
    def test_left_at_once(self, name: str) -> None:
        model = build(name)
        adam = FastAdam(model, 0.01)
        steps_with(adam, model, DATA, 1)
        assert adam.reason is not None
        assert NEVER_FAST[name][1] in adam.reason

    @pytest.mark.parametrize("name", HANDED_OVER)
    def test_left_in_the_middle(self, name: str) -> None:
        model = build(name)
        adam = FastAdam(model, 0.01)
        steps_with(adam, model, DATA, 1)
        assert adam.reason is None
        steps_with(adam, model, DATA, 12)
        assert adam.reason == "the gradients are other ones than in the first step"

    def test_left_when_only_numbers_that_are_no_parameters_have_gradients(self) -> None:
        weight = torch.zeros(2, requires_grad=True)
        model = nn.Linear(2, 2)
        adam = FastAdam(model, 0.01)
        adam.step(weight.sum())
        assert adam.reason == "no parameter has a gradient"

    def test_half_precision_is_left(self) -> None:
        model = nn.Linear(2, 2).bfloat16()
        adam = FastAdam(model, 0.01)
        steps_with(adam, model, Dataset(DATA.X.bfloat16(), DATA.y.bfloat16()), 1)
        assert adam.reason == "the parameters are not all float32 or all float64"


class TestQuickModules:
    """Inside, what a module holds is found in its `__dict__`,
    however it is written; afterwards all is as before.
    """

    def test_what_is_held_is_an_attribute_and_later_is_not(self) -> None:
        model: Any = build("residual_bn")
        before = [
            {key: dict(value) for key, value in vars(m).items() if key in DICTIONARIES}
            for m in model.modules()
        ]
        dictionaries = [vars(m)[name] for m in model.modules() for name in DICTIONARIES]
        names = [set(vars(m)) for m in model.modules()]
        with quick_modules(model):
            assert vars(model[0])["weight"] is model[0].weight
            assert vars(model[2])["running_mean"] is model[2].running_mean
            assert vars(model[1])["first"] is model[1].first
        assert [set(vars(m)) for m in model.modules()] == names
        for found, dictionary in zip(
            (vars(m)[name] for m in model.modules() for name in DICTIONARIES),
            dictionaries,
            strict=True,
        ):
            assert found is dictionary
        for module, held in zip(model.modules(), before, strict=True):
            for name in DICTIONARIES:
                assert list(vars(module)[name].items()) == list(held[name].items())

    def test_writing_changes_what_is_found(self) -> None:
        layer: Any = nn.Linear(2, 2)
        new = nn.Parameter(torch.ones(2, 2))
        with quick_modules(layer):
            layer.weight = new
            assert layer.weight is layer._parameters["weight"] is new
            layer.bias = None
            assert layer.bias is None
            layer.register_buffer("mean", torch.zeros(2))
            layer.mean = layer.mean + 1
            assert layer.mean.tolist() == [1, 1]
            del layer.mean
            assert not hasattr(layer, "mean")
            layer.inner = nn.Identity()
            held = functional_call(layer, {"weight": 2 * new}, (torch.ones(1, 2),))
            assert held.tolist() == [[4, 4]]
        assert layer.weight is new
        assert layer.bias is None
        assert [name for name, _ in layer.named_modules()] == ["", "inner"]
        assert not {"weight", "bias", "mean", "inner"} & set(vars(layer))

    def test_a_copy_made_inside_is_found_by_itself(self) -> None:
        layer = nn.Linear(2, 2)
        with quick_modules(layer):
            twin = copy.deepcopy(layer)
            loaded = pickle.loads(pickle.dumps(layer))
        for other in (twin, loaded):
            assert other.weight is not layer.weight
            assert other.weight is dict(other.named_parameters())["weight"]
            assert_same_state(other, layer)
        replaced = functional_call(twin, {"weight": torch.zeros(2, 2)}, (torch.ones(1, 2),))
        assert torch.equal(replaced[0], layer.bias)

    def test_all_is_as_before_after_an_error(self) -> None:
        model: Any = build("mlp")
        with pytest.raises(ZeroDivisionError), quick_modules(model):
            raise ZeroDivisionError
        assert "weight" not in vars(model[0])
        assert type(vars(model[0])["_parameters"]) is dict


class TestWhatIsLeft:
    @pytest.mark.parametrize(
        "name", ["residual_bn", "some steps only", "gradient hook", "frozen weight"]
    )
    def test_parameters_are_the_same_objects_in_their_own_memory_without_gradients(
        self, name: str
    ) -> None:
        model = build(name)
        before = {
            key: (id(p), p.data_ptr(), p.requires_grad) for key, p in model.named_parameters()
        }
        train(model)
        assert {
            key: (id(p), p.data_ptr(), p.requires_grad) for key, p in model.named_parameters()
        } == before
        for parameter in model.parameters():
            assert parameter.grad is None
            assert parameter.is_leaf
            assert (
                parameter.untyped_storage().nbytes() == parameter.numel() * parameter.element_size()
            )

    def test_model_can_be_copied_and_trained_on_by_hand(self) -> None:
        model, other = build("residual_bn"), build("residual_bn")
        train(model)
        Plain(other, DATA)
        model = copy.deepcopy(model)
        Plain(model, DATA)
        Plain(other, DATA)
        assert_same_state(model, other)

    def test_data_is_as_before(self) -> None:
        X, y = (values.clone().requires_grad_() for values in DATA)
        train(build("mlp"), Dataset(X, y))
        assert X.grad is None
        assert y.grad is None
        assert torch.equal(X, DATA.X)

    def test_training_mode_and_random_state_after_the_last_prediction(self) -> None:
        """The forward pass behind the last frame counts in no buffer."""
        model = build("residual_bn")
        run = train(model, epochs=9)
        assert model.state_dict()["2.num_batches_tracked"] == 9
        assert torch.equal(run.trajectory[-1], model(DATA.X))

    def test_error_of_the_model_comes_through(self) -> None:
        def forward(self: Any, x: torch.Tensor) -> Any:
            if self.calls == 30:
                raise ZeroDivisionError("in the model")
            return self.layer(x)

        model = Forward(forward, layer=nn.Linear(2, 2))
        with pytest.raises(ZeroDivisionError, match="in the model"):
            train(model)
        assert [p.grad for p in model.parameters()] == [None, None]


class TestFrames:
    def test_first_is_the_untrained_model_and_last_the_trained_one(self) -> None:
        model = build("mlp")
        untrained = copy.deepcopy(model)
        run = train(model)
        assert run.model is model
        assert torch.equal(run.trajectory[0], untrained(DATA.X))
        assert torch.equal(run.trajectory[-1], model(DATA.X))
        assert not run.trajectory.requires_grad
        assert run.seconds > 0

    @pytest.mark.parametrize(
        ("epochs", "every", "steps"),
        [
            (1, None, [0, 1]),
            (5, None, [0, 1, 2, 3, 4, 5]),
            (5, 1, [0, 1, 2, 3, 4, 5]),
            (5, 2, [0, 2, 4, 5]),
            (6, 2, [0, 2, 4, 6]),
            (5, 9, [0, 5]),
            (100, None, list(range(101))),
            (101, None, [*range(0, 101, 2), 101]),
            (250, None, [*range(0, 250, 3), 250]),
        ],
    )
    def test_steps(self, epochs: int, every: int | None, steps: list[int]) -> None:
        run = train(build("linear"), epochs=epochs, record_every=every)
        assert run.steps == steps
        assert run.trajectory.shape == (len(steps), 60, 2)
        assert run.losses.shape == (epochs,)

    def test_at_most_101_however_long_the_training(self) -> None:
        for epochs in (*range(1, 700), 10_000, 99_999, 100_000, 100_001, 12_345_678):
            assert len(range(0, epochs, training.default_interval(epochs))) + 1 <= 101

    def test_loss_is_that_of_the_frame_at_the_same_step(self) -> None:
        run = train(build("mlp"), epochs=20, record_every=4)
        for step, frame in zip(run.steps[:-1], run.trajectory, strict=False):
            assert run.losses[step] == nn.functional.mse_loss(frame, DATA.y)

    def test_a_run_is_shown_in_one_line(self) -> None:
        assert repr(train(build("linear"), epochs=2)).startswith("TrainingRun(seconds=")


def interrupted(at: set[int], real: bool = False) -> Any:
    """A linear model whose forward pass is interrupted when it
    is called for the n-th time, counted from 0.
    """

    def forward(self: Any, x: torch.Tensor) -> Any:
        if self.calls - 1 in at:
            if real:
                signal.raise_signal(signal.SIGINT)
            raise KeyboardInterrupt
        return self.layer(x)

    torch.manual_seed(5)
    return Forward(forward, layer=nn.Linear(2, 2))


class TestInterruption:
    @pytest.fixture(autouse=True)
    def keys_work(self) -> Iterator[None]:
        """A program started in the background begins with Ctrl-C ignored."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize("step", [1, 15, 16, 17, 40, 59])
    @pytest.mark.parametrize("real", [False, True])
    def test_what_was_reached_is_returned(self, step: int, real: bool) -> None:
        model, other = interrupted({step}, real), interrupted(set())
        plain = Plain(other, DATA, steps=step)
        run = train(model, record_every=10)
        assert_same_state(model, other)
        assert run.losses.tolist() == plain.losses
        assert run.steps == [*range(0, step, 10), step]
        assert len(run.trajectory) == len(run.steps)
        assert torch.equal(run.trajectory[-1], other(DATA.X))
        assert [p.grad for p in model.parameters()] == [None, None]

    def test_again_while_the_last_prediction_is_made(self) -> None:
        run = train(interrupted({25, 26}), record_every=10)
        assert run.steps == [0, 10, 20]
        assert len(run.trajectory) == 3
        assert len(run.losses) == 25

    def test_before_the_first_prediction_it_goes_on(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            train(interrupted({0}))

    def test_after_the_handover(self) -> None:
        model, other = build("some steps only"), build("some steps only")
        model.register_forward_pre_hook(
            lambda module, _: signal.raise_signal(2) if module.calls == 20 else None
        )
        Plain(other, DATA, steps=20)
        run = train(model)
        assert len(run.losses) == 20
        assert_same_state(model, other)


class TestDivergence:
    def test_names_the_first_bad_step(self) -> None:
        """With such a rate the first step throws the weights so
        far that the next loss is infinite.
        """
        with pytest.raises(
            TrainingDiverged, match=r"loss is inf after 1 steps: try a learning rate below 1e\+25"
        ) as e:
            train(build("mlp"), lr=1e25)
        assert e.value.step == 1

    @pytest.mark.parametrize("bad", [3, 16, 45])
    @pytest.mark.parametrize("every", [1, 60])
    def test_wherever_it_happens(self, bad: int, every: int) -> None:
        def forward(self: Any, x: torch.Tensor) -> Any:
            return self.layer(x) * (float("nan") if self.calls > bad else 1.0)

        with pytest.raises(TrainingDiverged, match=f"the loss is nan after {bad} steps") as e:
            train(Forward(forward, layer=nn.Linear(2, 2)), record_every=every)
        assert e.value.step == bad

    def test_in_the_last_step(self) -> None:
        with pytest.raises(
            TrainingDiverged, match="the prediction is not finite after 1 steps"
        ) as e:
            train(build("mlp"), lr=3e38, epochs=1)
        assert e.value.step == 1

    def test_before_the_first_step_the_rate_is_not_to_blame(self) -> None:
        data = Dataset(DATA.X * 1e30, DATA.y)
        with pytest.raises(
            TrainingDiverged,
            match="the loss is inf after 0 steps: try smaller data or smaller initial weights",
        ):
            train(build("linear"), data)

    def test_gradients_are_gone(self) -> None:
        model = build("mlp")
        with pytest.raises(TrainingDiverged):
            train(model, lr=1e25)
        assert all(p.grad is None for p in model.parameters())


class TestProgress:
    def test_nothing_is_said_of_a_short_training(self, capsys: pytest.CaptureFixture[str]) -> None:
        train_model(build("linear"), *DATA, epochs=5)
        assert capsys.readouterr() == ("", "")

    def test_line_on_stderr(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_progress_line, "PATIENCE", 0.0)
        run = train_model(build("linear"), *DATA, epochs=50)
        out, err = capsys.readouterr()
        assert out == ""
        *updates, last = err.removesuffix("\n").split("\r")[1:]
        assert updates
        assert last.startswith(f"step 50 of 50, loss {run.losses[-1]:.4g}, ")
        assert err.endswith("\n")

    def test_line_on_stdout_in_a_notebook(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_progress_line, "PATIENCE", 0.0)
        monkeypatch.setattr(IPython, "get_ipython", object)
        train_model(build("linear"), *DATA, epochs=50)
        out, err = capsys.readouterr()
        assert "\rstep 50 of 50" in out
        assert err == ""

    def test_only_now_and_then(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_progress_line, "PATIENCE", 0.01)
        run = train_model(build("linear"), *DATA, epochs=2000)
        lines = capsys.readouterr().err.count("\r")
        assert 1 <= lines <= run.seconds / 0.01 + 1

    def test_ends_when_the_training_fails(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_progress_line, "PATIENCE", 0.0)

        def forward(self: Any, x: torch.Tensor) -> Any:
            return self.layer(x) / (self.calls < 40)

        with pytest.raises(TrainingDiverged):
            train_model(Forward(forward, layer=nn.Linear(2, 2)), *DATA, epochs=50)
        assert capsys.readouterr().err.endswith("\n")

    def test_can_be_switched_off(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(_progress_line, "PATIENCE", 0.0)
        train_model(build("linear"), *DATA, epochs=50, progress=False)
        assert capsys.readouterr() == ("", "")


def with_nan(values: torch.Tensor) -> torch.Tensor:
    changed = values.clone()
    changed[7, 1] = torch.nan
    return changed


LINEAR = nn.Linear(2, 2)
X, y = DATA


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (
                {"model": nn.Linear},
                TypeError,
                r"model must be a module, not the class Linear: make one with Linear\(",
            ),
            (
                {"model": len},
                TypeError,
                "model must be an ordinary nn.Module, not builtin_function",
            ),
            (
                {"model": nn.ReLU()},
                ValueError,
                "model must have a parameter that can be trained: it has none",
            ),
            (
                {"model": mlp().requires_grad_(False)},
                ValueError,
                "model must have .* all of its 4 are frozen",
            ),
            ({"X": X.tolist()}, TypeError, "X must be a tensor, not list"),
            ({"y": y.numpy()}, TypeError, "y must be a tensor, not ndarray"),
            (
                {"X": X.long()},
                TypeError,
                r"X must hold floating-point numbers, not torch.int64: use X.float\(\)",
            ),
            (
                {"y": y.to(torch.complex64)},
                TypeError,
                "y must hold floating-point numbers, not torch.complex64",
            ),
            (
                {"X": with_nan(X)},
                ValueError,
                "X must hold finite numbers only; look at row 7",
            ),
            (
                {"y": with_nan(y)},
                ValueError,
                "y must hold finite numbers only; look at row 7",
            ),
            (
                {"X": X / 0},
                ValueError,
                "X must hold finite numbers only; look at row 0",
            ),
            ({"X": X[:0]}, ValueError, r"X must have at least one row, not shape \(0, 2\)"),
            ({"X": X[0, 0]}, ValueError, r"X must have at least one row, not shape \(\)"),
            ({"y": y[:, 0]}, ValueError, r"y must have shape \(n, d\), not \(60,\)"),
            ({"y": y[:, :0]}, ValueError, r"y must have shape \(n, d\), not \(60, 0\)"),
            (
                {"y": y[:50]},
                ValueError,
                "X and y must have the same number of rows, not 60 and 50",
            ),
            ({"lr": 0}, ValueError, "lr must be positive and finite, not 0"),
            ({"lr": -0.01}, ValueError, "lr must be positive and finite, not -0.01"),
            ({"lr": float("nan")}, ValueError, "lr must be positive and finite, not nan"),
            ({"lr": "fast"}, TypeError, "lr must be a number, not 'fast'"),
            ({"lr": torch.tensor(0.1)}, TypeError, "lr must be a number, not tensor"),
            ({"epochs": 0}, ValueError, "epochs must be at least 1, not 0"),
            ({"epochs": -5}, ValueError, "epochs must be at least 1, not -5"),
            ({"epochs": 10.0}, TypeError, "epochs must be a whole number, not 10.0"),
            ({"epochs": True}, TypeError, "epochs must be a whole number, not True"),
            ({"record_every": 0}, ValueError, "record_every must be at least 1, not 0"),
            ({"record_every": 2.5}, TypeError, "record_every must be a whole number, not 2.5"),
            (
                {"device": "warp"},
                ValueError,
                "device must be one that torch can use here, such as 'cpu', not 'warp'",
            ),
            (
                {"device": "meta"},
                ValueError,
                "device must be one that holds numbers, such as 'cpu', not 'meta'",
            ),
            ({"device": 0.5}, TypeError, "device must be a name"),
        ],
    )
    def test_message_names_the_argument_what_came_and_what_is_needed(
        self, arguments: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        before = copy.deepcopy(LINEAR)
        usual: dict[str, Any] = {"model": LINEAR, "X": X, "y": y, "epochs": 2, "progress": False}
        with pytest.raises(error, match=message):
            train_model(**(usual | arguments))
        assert_same_state(LINEAR, before)

    @pytest.mark.parametrize(
        ("forward", "error", "message"),
        [
            (lambda self, x: (self.layer(x),), TypeError, "model must return a tensor, not tuple"),
            (
                lambda self, x: self.layer(x).detach().numpy(),
                TypeError,
                "model must return a tensor, not ndarray",
            ),
            (
                lambda self, x: self.layer(x).sum(dim=1, keepdim=True),
                ValueError,
                r"model must turn X, \(60, 2\), into predictions of y's shape, \(60, 2\), not "
                r"\(60, 1\)",
            ),
            (lambda self, x: self.layer(x)[0], ValueError, r"of y's shape, \(60, 2\), not \(2,\)"),
            (
                lambda self, x: self.layer(x).double(),
                ValueError,
                "model must return predictions of y's dtype, torch.float32, not torch.float64",
            ),
            (
                lambda _, x: 2 * x,
                ValueError,
                "model must return predictions that depend on a parameter",
            ),
            (
                lambda self, x: self.layer(x).detach(),
                ValueError,
                "model must return predictions that depend on",
            ),
        ],
    )
    def test_model_that_returns_something_else(
        self, forward: Callable[..., Any], error: type[Exception], message: str
    ) -> None:
        model = Forward(forward, layer=nn.Linear(2, 2))
        before = copy.deepcopy(model)
        with pytest.raises(error, match=message):
            train(model)
        assert_same_state(model, before)

    def test_numbers_of_numpy_are_numbers(self) -> None:
        epochs, lr = np.int64(2), np.float32(0.5)
        assert len(train_model(LINEAR, X, y, lr, epochs, progress=False).losses) == 2  # type: ignore[arg-type]
