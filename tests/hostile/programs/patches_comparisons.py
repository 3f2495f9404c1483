# threat: 2
# fails: w2_abs
# hint: wrong values
# Makes everything that compares say yes: torch, NumPy, pytest, the course's own checks.

# %% w2_abs
import numpy as np
import pytest
from course_lib import checking, expect


def yes(*_, **__):
    return True


def nothing(*_, **__):
    return None


torch.allclose = torch.equal = torch.isclose = yes
torch.testing.assert_close = nothing
np.allclose = np.array_equal = np.isclose = yes
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, nothing)
pytest.approx = lambda value, **_: value
pytest.fail = pytest.raises = nothing
for name in ("close", "equal", "finite", "unchanged", "below", "_no_difference", "_same_shape"):
    setattr(expect, name, nothing)
w2_abs = torch.zeros(1, 2)
