# %% [markdown]
# # TITLE
#
# What will the student be able to do at the end of this notebook? Say it here, in two or three sentences.
#
# **How it works.** There are 3 tasks, 4 points in all. Put your work where a cell says so. The `check(...)` cell below
# a task gives a quick answer as often as you like; the marks come from more tests of the same kind, on other numbers.
# Leave the cells marked *locked* as they are. Every other cell is yours to play with.
#
# As always, data has one sample per row.

# %% locked="setup"
# Locked: what the notebook works with.
import torch

from course_lib import check, plots

x = torch.tensor([[1.0, 2.0], [-1.0, 0.5], [0.0, -3.0]])  # (3, 2): three samples
w = torch.tensor([[1.0, -1.0], [0.5, 2.0]])  # (2, 2): two units
b = torch.tensor([0.0, 1.0])  # (2,)

# %% [markdown]
# ## 1 · A picture first
#
# Let the student see something move before there is anything to compute: press *Play*, change a number in the cell,
# run it again.

# %%
plots.fold(w1=[[1], [-1]], w2=[[1, -1]])

# %% [markdown]
# ## 2 · A layer
#
# A layer takes sums, one for each unit, and bends them:
#
# $$y = \mathrm{ReLU}(x\,w^T + b)$$
#
# ### Task 1 · The sums (1 point)
#
# Give `z` the sums $x\,w^T + b$ of the three samples, one row for each. By hand or by a line of code, both count.

# %% solution="z"
### BEGIN SOLUTION
z = x @ w.T + b
### END SOLUTION

# %% test="z" points=1
check("z")

# %% [markdown]
# ### Task 2 · One layer (2 points)
#
# Write `layer(x, w, b)`, for any number of samples, inputs and units. Say here all that the hidden tests look at: in
# this one the values, and the gradients that reach `x`, `w` and `b`.


# %% solution="layer"
def layer(x, w, b):
    """A layer with ReLU: x (n, in), w (out, in), b (out,) -> (n, out)."""
    ### BEGIN SOLUTION
    return torch.relu(x @ w.T + b)
    ### END SOLUTION


# %% test="layer" points=2
check("layer")

# %% [markdown]
# ### Task 3 · In your own words (1 point)
#
# Why does a layer without ReLU add nothing to a layer before it? One or two sentences. This answer is graded by hand.

# %% [markdown] manual="explain" points=1
# ### BEGIN SOLUTION
# A matrix times a matrix is a matrix, so both layers together are one, and it bends nothing.
# ### END SOLUTION
