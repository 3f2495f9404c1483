"""The course's data: its distributions, its seeds, and what is refused."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from course_lib import datasets
from course_lib.datasets import Dataset, linear_by_parts, quadratic, rotation_translation

Maker = Callable[..., Dataset]
MAKERS: tuple[Maker, ...] = (rotation_translation, linear_by_parts, quadratic)
every_dataset = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)


def turned_clockwise(X: torch.Tensor, degrees: float) -> torch.Tensor:
    """Rows turned clockwise, by complex numbers instead of a matrix."""
    turn = complex(math.cos(math.radians(degrees)), -math.sin(math.radians(degrees)))
    return torch.view_as_real(torch.view_as_complex(X.contiguous()) * turn)


def assert_normal(values: torch.Tensor, mean: tuple[float, float], deviation: float) -> None:
    """Rows (n, 2) have that mean and that deviation in each
    column, are uncorrelated and have no heavy tails.
    """
    n = len(values)
    z = (values.double() - torch.tensor(mean, dtype=torch.float64)) / deviation
    bound = 5 / math.sqrt(n)  # five standard errors
    assert z.mean(dim=0).abs().max() < bound
    assert (z.square().mean(dim=0) - 1).abs().max() < bound * math.sqrt(2)
    assert (z[:, 0] * z[:, 1]).mean().abs() < bound
    assert (z.pow(4).mean(dim=0) - 3).abs().max() < bound * math.sqrt(96)


class TestRotationTranslation:
    def test_shapes_and_kinds_when_nothing_is_said(self) -> None:
        X, y = rotation_translation()
        for values in (X, y):
            assert values.shape == (100, 2)
            assert values.dtype == torch.float32
            assert values.device.type == "cpu"
            assert not values.requires_grad

    def test_points_are_normal_with_deviation_5(self) -> None:
        assert_normal(rotation_translation(40_000).X, (0, 0), 5)

    def test_targets_without_noise_are_turned_30_degrees_clockwise_and_moved(self) -> None:
        X, y = rotation_translation(noise=0, dtype=torch.float64)
        torch.testing.assert_close(y, turned_clockwise(X, 30) + 5)

    def test_noise_has_the_deviation_asked_for_and_is_independent_of_the_points(self) -> None:
        X, y = rotation_translation(40_000, noise=0.2, dtype=torch.float64)
        rest = y - turned_clockwise(X, 30) - 5
        assert_normal(rest, (0, 0), 0.2)
        assert (X * rest).mean(dim=0).abs().max() < 5 * 5 * 0.2 / math.sqrt(40_000)

    def test_noise_when_nothing_is_said(self) -> None:
        X, y = rotation_translation(40_000, dtype=torch.float64)
        assert_normal(y - turned_clockwise(X, 30) - 5, (0, 0), 0.01)


class TestLinearByParts:
    def test_three_parts_of_n_rows(self) -> None:
        X, y = linear_by_parts()
        assert X.shape == y.shape == (300, 2)
        assert linear_by_parts(1).X.shape == (3, 2)

    def test_each_cloud_is_normal_around_its_mean(self) -> None:
        first, second, third = linear_by_parts(40_000).X.chunk(3)
        assert_normal(first, (3, -3), 1)
        assert_normal(second, (0, 0), 1)
        assert_normal(third, (3, 3), 1)

    def test_targets_without_noise_are_each_parts_linear_map(self) -> None:
        X, y = linear_by_parts(noise=0, dtype=torch.float64)
        first, second, third = X.chunk(3)
        move = torch.tensor([-3.0, 3.0], dtype=torch.float64)
        torch.testing.assert_close(
            y, torch.cat([3 * first, turned_clockwise(second, 150) + move, -5 * third])
        )

    def test_noise_has_the_deviation_asked_for_in_each_part(self) -> None:
        X, y = linear_by_parts(40_000, noise=0.5, dtype=torch.float64)
        clean = linear_by_parts(40_000, noise=0, dtype=torch.float64)
        assert torch.equal(X, clean.X)
        for rest in (y - clean.y).chunk(3):
            assert_normal(rest, (0, 0), 0.5)


class TestQuadratic:
    def test_shapes(self) -> None:
        X, y = quadratic()
        assert X.shape == y.shape == (500, 2)
        assert quadratic(1).X.shape == (1, 2)

    def test_points_without_noise_lie_on_the_falling_diagonal_in_equal_steps(self) -> None:
        X = quadratic(5, noise=0).X
        assert X.tolist() == [[-1, 1], [-0.5, 0.5], [0, 0], [0.5, -0.5], [1, -1]]

    def test_points_have_the_noise(self) -> None:
        diagonal = quadratic(40_000, noise=0).X
        assert_normal(quadratic(40_000).X - diagonal, (0, 0), 0.1)
        assert_normal(quadratic(40_000, noise=0.4).X - diagonal, (0, 0), 0.4)

    def test_targets_are_the_parabola_of_the_noisy_points_exactly(self) -> None:
        X, y = quadratic(dtype=torch.float64)
        torch.testing.assert_close(y, (X + 1).square() - 0.5, rtol=0, atol=1e-14)


@every_dataset
class TestSeeds:
    def test_same_seed_same_data_and_another_seed_other_data(self, make: Maker) -> None:
        first, again, other = make(seed=3), make(seed=3), make(seed=4)
        assert torch.equal(first.X, again.X)
        assert torch.equal(first.y, again.y)
        assert not torch.equal(first.X, other.X)

    def test_seed_is_0_when_left_out(self, make: Maker) -> None:
        assert torch.equal(make().X, make(seed=0).X)

    def test_generator_goes_on_where_it_was(self, make: Maker) -> None:
        generator = torch.Generator().manual_seed(3)
        first, second = make(generator=generator), make(generator=generator)
        assert torch.equal(first.X, make(seed=3).X)
        assert not torch.equal(first.X, second.X)

    def test_global_random_state_is_neither_changed_nor_read(self, make: Maker) -> None:
        torch.manual_seed(1)
        before = torch.get_rng_state()
        first = make()
        assert torch.equal(torch.get_rng_state(), before)
        torch.manual_seed(2)
        assert torch.equal(first.X, make().X)

    @pytest.mark.parametrize("dtype", datasets.DTYPES)
    def test_same_data_in_every_dtype_up_to_rounding(self, make: Maker, dtype: torch.dtype) -> None:
        data, exact = make(seed=3, dtype=dtype), make(seed=3, dtype=torch.float64)
        for values, wanted in zip(data, exact, strict=True):
            assert values.dtype == dtype
            torch.testing.assert_close(
                values.double(), wanted, rtol=0, atol=40 * torch.finfo(dtype).eps
            )

    def test_torchs_default_dtype_and_device_change_nothing(
        self,
        make: Maker,
        defaults: None,  # noqa: ARG002
    ) -> None:
        data = make()
        assert data.X.dtype == data.y.dtype == torch.float32
        assert data.X.device.type == data.y.device.type == "cpu"

    @pytest.mark.cuda
    def test_same_data_on_the_gpu(self, make: Maker) -> None:
        data, here = make(seed=3, device="cuda"), make(seed=3)
        assert data.X.device.type == data.y.device.type == "cuda"
        assert torch.equal(data.X.cpu(), here.X)
        assert torch.equal(data.y.cpu(), here.y)


@pytest.fixture
def defaults() -> Iterator[None]:
    """Another default dtype and device."""
    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    yield
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)


@every_dataset
class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"n": 0}, ValueError, "n must be at least 1, not 0"),
            ({"n": -3}, ValueError, "n must be at least 1, not -3"),
            ({"n": 10.0}, TypeError, "n must be a whole number, not 10.0"),
            ({"n": True}, TypeError, "n must be a whole number, not True"),
            ({"n": "10"}, TypeError, "n must be a whole number, not '10'"),
            ({"noise": -0.1}, ValueError, "noise must be at least 0 and finite, not -0.1"),
            ({"noise": math.nan}, ValueError, "noise must be at least 0 and finite, not nan"),
            ({"noise": math.inf}, ValueError, "noise must be at least 0 and finite, not inf"),
            ({"noise": None}, TypeError, "noise must be a number, not None"),
            ({"dtype": torch.int64}, ValueError, "dtype must be .* float32 .* not torch.int64"),
            ({"dtype": torch.complex64}, ValueError, "dtype must be .* not torch.complex64"),
            ({"dtype": float}, TypeError, "dtype must be a torch.dtype .* not <class 'float'>"),
            ({"device": "nowhere"}, ValueError, "device must be .* such as 'cpu', not 'nowhere'"),
            ({"device": "meta"}, ValueError, "device must be .* not 'meta'"),
            ({"device": "cuda:63"}, ValueError, "device must be .* not 'cuda:63'"),
            ({"device": 1.5}, TypeError, "device must be a name .* not 1.5"),
            ({"seed": -1}, ValueError, "seed must be at least 0, not -1"),
            ({"seed": 2**63}, ValueError, "seed must be below"),
            ({"seed": 0.5}, TypeError, "seed must be a whole number, not 0.5"),
            ({"generator": 3}, TypeError, "generator must be a torch.Generator, not 3"),
            (
                {"seed": 0, "generator": torch.Generator()},
                ValueError,
                "give either seed or generator, not both",
            ),
        ],
    )
    def test_message_names_the_argument(
        self, make: Maker, options: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            make(**options)

    @pytest.mark.cuda
    def test_generator_of_the_gpu(self, make: Maker) -> None:
        with pytest.raises(ValueError, match="generator must be on the CPU"):
            make(generator=torch.Generator("cuda"))
