"""The landscapes of `course_lib.landscapes`, by what calculus says of them."""

import dataclasses

import numpy as np
import pytest
import torch

from course_lib.landscapes import BEALE, LANDSCAPES, RAVINE, SADDLE, Landscape

ALL = pytest.mark.parametrize("landscape", LANDSCAPES.values(), ids=LANDSCAPES)


def points(landscape: Landscape) -> tuple[torch.Tensor, torch.Tensor]:
    """A thousand points of the view and beyond it."""
    generator = torch.Generator().manual_seed(0)
    left, right, bottom, top = landscape.view
    share = 2 * torch.rand(2, 1000, generator=generator, dtype=torch.float64) - 0.5
    return left + share[0] * (right - left), bottom + share[1] * (top - bottom)


@ALL
def test_the_gradient_is_that_of_autograd(landscape: Landscape) -> None:
    x, y = (values.requires_grad_() for values in points(landscape))
    expected = torch.autograd.grad(landscape(x, y).sum(), (x, y))
    for found, wanted in zip(landscape.gradient(x, y), expected, strict=True):
        torch.testing.assert_close(found.detach(), wanted, atol=1e-9, rtol=1e-9)


@ALL
def test_minima_are_the_lowest_points_and_in_view(landscape: Landscape) -> None:
    heights = {float(landscape(*minimum)) for minimum in landscape.minima}
    assert len(heights) == 1
    assert float(landscape(*points(landscape)).min()) > heights.pop()
    left, right, bottom, top = landscape.view
    for x, y in (*landscape.minima, *landscape.saddles, landscape.start):
        assert left < x < right
        assert bottom < y < top


@ALL
def test_the_gradient_is_zero_at_minima_and_saddles_only(landscape: Landscape) -> None:
    for point in (*landscape.minima, *landscape.saddles):
        assert landscape.gradient(*point) == (0, 0)
    assert landscape.gradient(*landscape.start) != (0, 0)


@ALL
def test_a_saddle_has_higher_and_lower_points_around_it(landscape: Landscape) -> None:
    angles = torch.linspace(0, 6.28, 100, dtype=torch.float64)
    for x, y in landscape.saddles:
        around = landscape(x + 0.01 * angles.cos(), y + 0.01 * angles.sin())
        assert around.min() < landscape(x, y) < around.max()


@ALL
def test_numbers_arrays_and_tensors(landscape: Landscape) -> None:
    x, y = landscape.start
    assert isinstance(landscape(x, y), float)
    assert all(isinstance(part, float) for part in landscape.gradient(x, y))
    height, slopes = landscape(x, y), landscape.gradient(x, y)
    for kind in (np.array, torch.tensor):
        columns = kind([x, x]), kind([y, y])
        assert landscape(*columns).tolist() == pytest.approx([height] * 2)
        for slope, found in zip(slopes, landscape.gradient(*columns), strict=True):
            assert found.tolist() == pytest.approx([slope] * 2)


def test_the_examples_of_the_descriptions() -> None:
    assert (BEALE(0.0, 0.0), BEALE.gradient(0.0, 0.0)) == (14.203125, (-12.75, 0))
    assert (RAVINE(1.0, 1.0), RAVINE.gradient(1.0, 1.0)) == (10.5, (1, 20))
    assert (SADDLE(1.0, 1.0), SADDLE.gradient(1.0, 1.0)) == (0.25, (1, 0))


def test_a_landscape_stays_as_it_is() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        BEALE.name = "mine"  # type: ignore[misc]


@pytest.mark.parametrize("view", [(1, 1, 0, 1), (0, 1, 2, 1), (0, float("nan"), 0, 1)])
def test_a_view_without_area(view: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="view must be"):
        Landscape("flat", lambda x, _: x, lambda _, __: (1.0, 0.0), view)
