# %% [markdown]
# # Your turn: bend a line yourself
#
# So far the networks were given to you. Now you get a line of points, a curve that it should become, and an empty page.
# How wide, how deep, which activation, which learning rate, how long: all of it is your choice. You build a network,
# train it, measure it on points that it has never seen, and animate how it learned.
#
# **How it works.** There are 6 tasks, 20 points in all. Put your work where a cell says so. The `check(...)` cell
# below each task gives a quick answer as often as you like; the marks come from more tests of the same kind, on other
# numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play with.
#
# As always, data has one sample per row.

# %% locked="setup"
# Locked: what the notebook works with.
import torch
from torch import nn

from course_lib import check, datasets, plots
from course_lib.animation import animate_training, compare_training
from course_lib.training import train_model

torch.set_num_threads(1)  # for matrices as small as these, several threads only wait for one another

# %% [markdown]
# ## 1 · A line and a curve
#
# The 500 points of `X` lie along a diagonal: the first number runs from −1 to 1, the second one from 1 to −1. To both
# a little noise is added, with a standard deviation of 0.1. Each point has a target in `y`, and the arrows below lead
# from some points to theirs.

# %% locked="data"
# Locked: the points and their targets.
X, y = datasets.quadratic()  # (500, 2) and (500, 2)

# %%
parts = (2.5 * (X[:, 0] + 1)).clamp(0, 4).int()  # five parts of the line, to tell them apart
plots.dataset(X, y, groups=parts)

# %% [markdown]
# The targets follow from the points by a formula. The formula applies to each entry separately; no noise is added to
# the targets:
#
# $$y = 2x + x^2 + \tfrac12$$
#
# ### Task 1 · The target (2 points)
#
# Write `target(X)`: the formula, for any number of points. Leave `X` as it was.

# %% solution="target"
def target(X):
    """The targets (n, 2) of the points X (n, 2)."""
    ### BEGIN SOLUTION
    return 2 * X + X.square() + 0.5
    ### END SOLUTION


# %% test="target" points=2
check("target")

# %% [markdown]
# Your formula and the data should agree. The difference below is 0, or as small as rounding makes it:

# %%
print("largest difference:", (target(X) - y).abs().max().item())

# %% [markdown]
# Here is your function for one of the two numbers, and its derivative. The slope is 0 at −1 and 4 at 1. This is what
# makes the task one for a network: a matrix has the same slope everywhere.

# %%
plots.activation(lambda x: target(torch.stack([x, x], dim=1))[:, 0], extent=1.3)

# %% [markdown]
# ## 2 · Two yardsticks
#
# Is an error of 0.05 good or bad? The number alone does not tell. So we first measure two models that need no training:
#
# - **the best constant**: every point is sent to the mean of the targets;
# - **the best straight map**: the best matrix and bias that there are.
#
# And we measure them where it counts, on *new* points. The errors of this notebook are mean squared errors over 2000
# points that no training has seen.

# %%
X_new, y_new = datasets.quadratic(n=2000, seed=1)


def with_ones(X):
    return torch.cat([X, torch.ones(len(X), 1)], dim=1)  # the column of ones is for the bias


best_map = torch.linalg.lstsq(with_ones(X), y).solution
constant_error = (y.mean(dim=0) - y_new).square().mean().item()
straight_error = (with_ones(X_new) @ best_map - y_new).square().mean().item()
print(f"best constant:     {constant_error:.4f}")
print(f"best straight map: {straight_error:.4f}")

# %% [markdown]
# The straight map does well, for a straight map. But look at what it does. Below, a single linear layer is trained by
# gradient descent, and `train_model` takes a picture of its predictions every few steps. Press *Play*: the cloud turns,
# grows and moves, and stays as straight as it was.

# %%
linear = train_model(nn.Linear(2, 2), X, y, lr=0.05, epochs=200, record_every=4, progress=False)
animate_training(linear, y, groups=parts, title="A linear layer does what it can")

# %% [markdown]
# ## 3 · A network of your own
#
# What can you choose?
#
# | choice | what it does | worth a try |
# |---|---|---|
# | width | each hidden ReLU adds one crease; a curve needs several | 2, 8, 32, 128 |
# | depth | creases are folded again by the next layer | 1, 2, 3 hidden layers |
# | activation | ReLU makes straight pieces, `nn.Tanh` and `nn.SiLU` make smooth ones | each of them |
# | residual blocks | `x + f(x)`: a block begins near the identity, and gradients have a way around it | 1 or 2 blocks |
# | batch normalisation | keeps the numbers between layers at one scale; `nn.BatchNorm1d` | after a block |
# | output | decides which values can be reached at all | look at the smallest target before you put anything there |
#
# ### Task 2 · The model (2 points)
#
# Write `make_model()`, without arguments. It returns a new, untrained `nn.Module` that turns points (n, 2) into points
# (n, 2), for any n. Called twice, it returns two models that share nothing. You can come back and change it as often as
# you like.

# %% solution="model"
def make_model():
    """A new, untrained module: points (n, 2) in, points (n, 2) out."""
    ### BEGIN SOLUTION
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
    ### END SOLUTION


# %% test="model" points=2
check("model")

# %% [markdown]
# This is your network. (The picture shows the `nn.Linear` layers of a model, and needs at least one.)

# %%
plots.network(make_model())

# %% [markdown]
# ## 4 · Training
#
# `train_model(model, X, y, lr=0.01, epochs=1000)` trains a model with the Adam optimizer, on all points at each step.
# The result has the attributes `model`, the trained one, and `losses`, one for each step. You may just as well write a
# loop of your own, with any optimizer:
#
# ```python
# for step in range(steps):
#     loss = ((model(X) - y) ** 2).mean()
#     optimizer.zero_grad()
#     loss.backward()
#     optimizer.step()
# ```
#
# ### Task 3 · Fit the curve (8 points)
#
# Write `fit(X, y)`: it makes a new model, trains it on its arguments and returns the trained model. It leaves `X` and
# `y` as they were and takes at most 60 seconds (one or two will do). The hidden tests call it with points of their own,
# put the model into evaluation mode and measure its error on new points. If those points are on a GPU, the model should
# be there too: `model.to(X.device)` sees to that. Credit comes in steps:
#
# | step | the error is below |
# |---|---|
# | 1 | half of the best constant's |
# | 2 | a tenth of the best constant's |
# | 3 | half of the best straight map's |
# | 4 | a tenth of the best straight map's |
#
# Some of the tests use another curve. A function that has memorised this curve will not pass.

# %% solution="fit"
def fit(X, y):
    """A model trained on the points X (n, 2) and their targets y (n, 2)."""
    ### BEGIN SOLUTION
    model = make_model().to(X.device)
    return train_model(model, X, y, lr=0.01, epochs=500, progress=False).model
    ### END SOLUTION


# %% test="fit" points=8
check("fit")

# %% [markdown]
# How far do you get? The last number has to be below 0.1 for full credit. (The pictures after this cell show the same
# `model`, so run it first.)

# %%
model = fit(X, y).eval()
with torch.no_grad():
    error = (model(X_new) - y_new).square().mean().item()
print(f"error on new points:    {error:.6f}")
print(f"/ best constant's:      {error / constant_error:.4f}")
print(f"/ best straight map's:  {error / straight_error:.4f}")

# %% [markdown]
# How does it do that? Walk along the diagonal and watch the first output, on the left, and its slope, on the right. The
# slope should rise steadily from 0 to 4. What a ReLU network does instead is a staircase: each step, up or down, is the
# crease of one hidden unit. (With a smooth activation there are no steps, of course.)

# %%
plots.activation(lambda t: model(torch.stack([t, -t], dim=1).float())[:, 0], extent=1.0)

# %% [markdown]
# Seen from above, the creases cut the plane into pieces, and in each piece your network is a matrix and a bias of its
# own. (This picture is for networks with ReLU; given another activation, it says so.) In how many pieces has training
# seen a point?

# %%
plots.partition(model, points=X, extent=1.6)

# %% [markdown]
# ## 5 · The film
#
# ### Task 4 · Frames (3 points)
#
# Write `training_frames(X, y)`: it trains a new model and returns what the model predicted for `X` on the way, as a
# tensor or an array of shape (frames, n, 2). The first frame is taken before the first step of training, the last one
# at the end, and there are at least 20. `X` and `y` stay as they were. Two hints:
#
# - `train_model(..., record_every=10)` keeps the predictions of every tenth step in `trajectory`.
# - In a loop of your own, keep copies: `prediction.detach().clone()`.

# %% solution="frames"
def training_frames(X, y):
    """What a model predicts for X (n, 2) while it learns y (n, 2): (frames, n, 2)."""
    ### BEGIN SOLUTION
    model = make_model().to(X.device)
    return train_model(model, X, y, lr=0.01, epochs=500, record_every=10, progress=False).trajectory
    ### END SOLUTION


# %% test="frames" points=3
check("frames")

# %% [markdown]
# ### Task 5 · The animation (3 points)
#
# Make a Plotly figure of your training, with the points of this notebook, and call it `figure`. It needs
#
# - at least 20 frames in which the predictions for all 500 points move from where they began to where they ended (more
#   than 200 add nothing),
# - the target `y` as points, all the time: its first column across, its second one upwards,
# - a button that plays, and a slider that reaches frames all through the film.
#
# `animate_training` from section 2 does all that; it takes what `train_model` returns, or your frames, and with
# `groups=parts` it colours the parts of the line. Plotly Express does it too, with `px.scatter(...,
# animation_frame=...)`, if you add the target. To keep your film as a page that opens in any browser: `from
# course_lib.animation import save_html`, then `save_html(figure, "film.html")`.

# %% solution="animation"
# figure: the film of your training, a Plotly figure
### BEGIN SOLUTION
figure = animate_training(training_frames(X, y), y, title="A line becomes a curve")
### END SOLUTION
figure

# %% test="animation" points=3
check("animation")

# %% [markdown]
# ## 6 · What happens if …?
#
# Now for experiments. The cell below trains your model, one that bends nothing, and yours with a ReLU behind its
# output, and shows them in one film. A click in the legend hides a model, or shows it again. Then add variants of your
# own: 2 hidden units, 100 hidden units, two hidden layers, another activation, residual blocks, batch normalisation. Or
# give one of them a rate of 0.1, and another a rate of 0.0001.

# %%
variants = {
    "linear": nn.Linear(2, 2),
    "mine": make_model(),
    "mine, then a ReLU": nn.Sequential(make_model(), nn.ReLU()),
}
runs = {}
for name, variant in variants.items():
    runs[name] = train_model(variant, X, y, lr=0.01, epochs=500, progress=False)
compare_training(runs, y, title="One target, several models")

# %% [markdown]
# The same trainings as numbers. The scale is logarithmic: one line down is ten times better.

# %%
plots.losses(runs)

# %% [markdown]
# ### Task 6 · What you found (2 points)
#
# Which variants did you try, at least three, and what happened in each? Give the error on new points or what you saw in
# the film, and a reason where you have one. Four to eight sentences. This answer is graded by hand.

# %% [markdown] manual="findings" points=2
# ### BEGIN SOLUTION
# A single linear layer comes near the error of the best straight map, 0.10, and more steps change little: its cloud stays
# straight. With 2 hidden ReLU units I got 0.13 to 0.14, and in one of six starts 1.48, which is the best constant: there
# both units were off for all points. With 32 units the error is about 0.001 after 500 steps. There are enough creases
# for both outputs, and it does no harm if some units are off.
#
# With a ReLU on the output the same network ends at 0.048 at best, however long it is trained: targets below 0 can't be
# reached, and their points pile up on the axes. In every other start it is stuck at more than 1, because an output
# that is off for all points passes no gradient.
#
# A rate of 0.0001 is too small for 500 steps: the film ends when the cloud has hardly moved, at an error above 1. A rate
# of 0.1 was better than 0.01 here, 0.0002 instead of 0.001, although the loss jumps up now and then.
# ### END SOLUTION

# %% [markdown]
# ## For the curious · Beyond the edge, and how good it could be
#
# No points here, and no checks. The cells below use the `model` and the `error` of section 4.
#
# The network has seen points between −1.3 and 1.3 or so. What does it say about the rest of the line? Far from the
# points there are no creases, so it goes straight on, while the parabola rises and turns. A network is good where it
# has seen points; elsewhere, nobody knows.

# %%
plots.activation(lambda t: model(torch.stack([t, -t], dim=1).float())[:, 0], extent=4.0)

# %% [markdown]
# And how good could it be in between? A piecewise linear function with $k$ creases, evenly placed on a line of length
# $L$, has pieces of length $h = L / (k + 1)$, and the best straight piece for $x^2$ on each of them has a mean squared
# error of $h^4 / 180$. So twice as many creases make it 16 times better. Below is what a ReLU network with one hidden
# layer could reach, if half of its units put their creases there for each output. Find yours in the table: does
# training put the creases where they would help most?

# %%
print(f"your model: {error:.1e}")
print("units  with ideal creases")
for units in (4, 8, 16, 32, 64, 128):
    piece = 2.4 / (units / 2 + 1)  # nearly all points lie between −1.2 and 1.2
    print(f"{units:5}  {piece**4 / 180:.1e}")
