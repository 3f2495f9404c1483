"""Functions of two numbers to walk down: a valley that turns, a ravine, a saddle.

Each is a `Landscape`: its value and its gradient, where its minima are, and what to show of it.
`plots.contour_paths` draws it.

    from course_lib.landscapes import BEALE
    BEALE(3.0, 0.5)            # 0.0
    BEALE.gradient(3.0, 0.5)   # (0.0, 0.0)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True)
class Landscape:
    """A function of two numbers.

    - `name`: what figures call it.
    - `value`: `value(x, y)`, the height. Numbers, arrays and tensors go in, the same comes out.
    - `gradient`: `gradient(x, y)`, the pair of both partial derivatives.
    - `view`: (left, right, bottom, top), the part of the plane that is worth seeing.
    - `minima`: the points (x, y) at which it is lowest; all have the same height.
    - `saddles`: the points at which the gradient is 0 though there are lower ones all around it.
    - `start`: a point from which the way down is worth watching.

    Called, a landscape is its value. One of your own:

        Landscape(
            name="A bowl",
            value=lambda x, y: x**2 + y**2,
            gradient=lambda x, y: (2 * x, 2 * y),
            view=(-2, 2, -2, 2),
        )

    Raises:
        ValueError: `view` has no area.
    """

    name: str
    value: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], tuple[Any, Any]]
    view: tuple[float, float, float, float]
    minima: tuple[Point, ...] = ()
    saddles: tuple[Point, ...] = ()
    start: Point = (0.0, 0.0)

    def __post_init__(self) -> None:
        left, right, bottom, top = self.view
        if not (left < right and bottom < top):
            raise ValueError(
                f"view must be (left, right, bottom, top), left < right and bottom < top, not "
                f"{self.view}"
            )

    def __call__(self, x: Any, y: Any) -> Any:
        """The height at (x, y)."""
        return self.value(x, y)


_BEALE = (1.5, 2.25, 2.625)


def _beale(x: Any, y: Any) -> Any:
    return sum((c - x * (1 - y**k)) ** 2 for k, c in enumerate(_BEALE, start=1))


def _beale_gradient(x: Any, y: Any) -> tuple[Any, Any]:
    across, up = 0.0 * x, 0.0 * y
    for k, c in enumerate(_BEALE, start=1):
        twice = 2 * (c - x * (1 - y**k))
        across = across - twice * (1 - y**k)
        up = up + twice * k * x * y ** (k - 1)
    return across, up


BEALE = Landscape(
    name="Beale's function",
    value=_beale,
    gradient=_beale_gradient,
    view=(-1.0, 4.0, -1.5, 2.5),
    minima=((3.0, 0.5),),
    saddles=((0.0, 1.0),),
    start=(0.8, 1.6),
)
"""Beale's function: steep walls around a flat valley that turns.

f(x, y) = (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²

Its only minimum is f(3, 0.5) = 0. At (0, 1) is a saddle point, where plain descent can get stuck.

Source: E. M. L. Beale, *On an Iterative Method for Finding a Local Minimum of a Function of More
than One Variable*, Princeton 1958; problem 5 of Moré, Garbow and Hillstrom, *Testing Unconstrained
Optimization Software*, ACM Transactions on Mathematical Software 7 (1981).

Example: BEALE(0.0, 0.0) is 14.203125; BEALE.gradient(0.0, 0.0) is (−12.75, 0).
"""

STEEP = 20.0  # how many times as strongly the ravine bends across as along

RAVINE = Landscape(
    name="A ravine",
    value=lambda x, y: (x**2 + STEEP * y**2) / 2,
    gradient=lambda x, y: (x, STEEP * y),
    view=(-3.0, 3.0, -2.0, 2.0),
    minima=((0.0, 0.0),),
    start=(-2.5, 1.5),
)
"""A ravine: steep from wall to wall, almost flat along its bed.

f(x, y) = (x² + 20 y²) / 2, with the gradient (x, 20 y)

Its only minimum is f(0, 0) = 0. Plain descent with the learning rate η multiplies x by 1 − η and y
by 1 − 20 η in each step: beyond η = 0.1 it diverges, and below it is slow along the bed.

Source: the convex quadratic of G. Goh, *Why Momentum Really Works*, Distill 2017, with the
eigenvalues 1 and 20; B. T. Polyak, *Some methods of speeding up the convergence of iteration
methods*, 1964, has momentum as the answer.

Example: RAVINE(1.0, 1.0) is 10.5; RAVINE.gradient(1.0, 1.0) is (1, 20).
"""

SADDLE = Landscape(
    name="A saddle between two minima",
    value=lambda x, y: x**2 / 2 - y**2 / 2 + y**4 / 4,
    gradient=lambda x, y: (x, y**3 - y),
    view=(-1.6, 1.6, -1.5, 1.5),
    minima=((0.0, -1.0), (0.0, 1.0)),
    saddles=((0.0, 0.0),),
    start=(-1.4, 0.01),
)
"""A saddle between two minima.

f(x, y) = x²/2 − y²/2 + y⁴/4, with the gradient (x, y³ − y)

At (0, 0) the gradient is 0, with a minimum along x and a maximum along y. The minima are
f(0, ±1) = −1/4. Who starts on the ridge, at y = 0, runs into the saddle point and stays there; who
starts beside it turns away, slowly at first.

Source: a double well in y and a parabola in x; the question is that of Y. Dauphin et al.,
*Identifying and attacking the saddle point problem in high-dimensional non-convex optimization*,
NeurIPS 2014.

Example: SADDLE(1.0, 1.0) is 0.25; SADDLE.gradient(1.0, 1.0) is (1, 0).
"""

LANDSCAPES = {"beale": BEALE, "ravine": RAVINE, "saddle": SADDLE}
