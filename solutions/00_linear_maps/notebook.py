# %% [markdown]
# # What one matrix can do
#
# Neural networks are built from one part, repeated many times: the **linear layer**, which is a matrix and a
# **bias**, a row of numbers that is added. In this notebook you take a single one, watch it learn, and write down what
# it computes.
#
# You will train it on two sets of points. On the first set it learns to send every point to its target. On the second
# it fails, however long you train it. The layer is the same, and so is the training. **Why does it fit the first data
# set exactly, but not the second?** This question runs through the whole course: the next notebooks build, piece by
# piece, the networks that can do what one layer can't.
#
# **How it works.** Run the cells one after the other, each with Shift+Enter. There are 6 tasks, 10 points in all, and
# each has a cell for your code. The `check(...)` cell below it gives a quick answer as often as you like; the marks come
# from more tests of the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is
# yours to play with: change a number, run the cell again, and see what happens. Section 1 and the first task take about ten
# minutes; the rest takes about forty.

# %% locked="setup"
# Locked: what the notebook works with.
import torch
from torch import nn

from course_lib import check, plots
from course_lib.animation import animate_training
from course_lib.datasets import linear_by_parts, rotation_translation
from course_lib.training import train_model

torch.set_num_threads(1)  # for matrices as small as these, several threads only wait for one another

# %% [markdown]
# ## 1 · One layer, two sets of points
#
# A point of the plane is a row of two numbers. A layer with two inputs and two outputs takes a point and gives a
# point, so it moves points. The first data set has 100 points in `X`, and for each of them a target in `y`: the place
# to which the layer should move it.

# %% locked="data"
# Locked: the first data set.
X, y = rotation_translation(seed=0)  # (100, 2) and (100, 2)

# %% [markdown]
# The layer starts as the **identity**, which moves no point. Then it is trained: in many small steps its numbers are
# changed so that its points come closer to their targets. `train_model` from the course's library does that, and records
# where the points are along the way; `animate_training` shows it. `epochs` is the number of steps, and `lr` says how
# large they are.

# %% locked="identity"
# Locked: a linear layer that starts as the identity.
def identity_layer():
    """nn.Linear(2, 2) with the identity as its weights and zeros as its bias."""
    start = nn.Linear(2, 2)
    nn.init.eye_(start.weight)
    nn.init.zeros_(start.bias)
    return start


# %%
first = train_model(identity_layer(), X, y, lr=0.01, epochs=1000)
animate_training(first, y, title="First data set: every point arrives")

# %% [markdown]
# Press *Play*, or drag the slider. The filled points are where the layer puts the points of `X`, its *predictions*. The
# open circles are the targets. The *error* above the slider says how far they are from one another: it falls from 31 to
# nearly 0, so every point arrives at its own target.
#
# The second data set has three clouds of 100 points, and their targets. Each cloud has a colour and a symbol; its
# targets are drawn open. The layer starts as the identity again and is trained in the same way. Watch what it does near
# step 50.

# %% locked="parts"
# Locked: the second data set, and where its clouds are.
X_parts, y_parts = linear_by_parts(seed=0)  # (300, 2) and (300, 2)
clouds = {"lower right": slice(0, 100), "middle": slice(100, 200), "upper right": slice(200, 300)}

# %%
which = torch.arange(300) // 100  # the cloud of each row: 0, 1 or 2
second = train_model(identity_layer(), X_parts, y_parts, lr=0.01, epochs=500)
animate_training(second, y_parts, groups=which, title="Second data set: no cloud arrives")

# %% [markdown]
# Near step 50 all points lie on a line, and then the layer flips the plane over. In the end no cloud has the position
# and the shape of its targets: no cloud arrives. Why? To answer, look at what the layer computes.
#
# ## 2 · What a layer computes
#
# In the whole course, data has one sample (here: one point) per row. A layer with the weights $w$ and the bias $b$
# computes $x\,w^T + b$, as `torch.nn.Linear` does:
#
# | | shape | |
# |---|---|---|
# | $x$ | (n, d) | one sample per row |
# | $w$ | (m, d) | one row per output |
# | $b$ | (m,) | one number per output |
# | $x\,w^T + b$ | (n, m) | one sample per row, one output per column |
#
# ### Task 1 · Predict (2 points)
#
# Write `predict(X, w, b)`, which computes $X\,w^T + b$ for a whole matrix of samples at once: X is (n, d), w is
# (m, d), b is (m,), and the result is (n, m). A *tensor* is PyTorch's array: `@`, `.T`, `+` and `.mean()` work as in
# NumPy. Two requests:
#
# - leave the arguments as they were: the caller may still need them;
# - compute with tensors from beginning to end: no `.item()`, no `.tolist()`, no NumPy in between. Then PyTorch can find
#   the *gradients*, which say how the result changes when an argument moves a little. Training needs them.

# %% solution="predict"
def predict(X, w, b):
    """The outputs (n, m) of a linear layer for X (n, d), w (m, d) and b (m,)."""
    ### BEGIN SOLUTION
    return X @ w.T + b
    ### END SOLUTION


# %% test="predict" points=2
check("predict")

# %% [markdown]
# A green line with a ✓ means that this check passed. A red one with a ✗ says what is wrong. Fix your cell, run it, and
# run the check again; this costs nothing.
#
# What does such a layer do to the plane? Below, a grid of points goes in, drawn as filled circles. What comes out is
# drawn as open circles, and the arrows lead from some points to where they went.

# %%
weights = torch.tensor([[1.0, 0.5], [-0.2, 0.8]])
bias = torch.tensor([6.0, 1.0])

moving = nn.Linear(2, 2)
moving.load_state_dict({"weight": weights, "bias": bias})
grid = torch.cartesian_prod(torch.linspace(-2, 2, 9), torch.linspace(-2, 2, 9))
plots.dataset(grid, moving(grid), title="A grid of points, moved by a linear layer")

# %% [markdown]
# The matrix turns, stretches and shears the grid; the bias moves it as a whole. Whatever the numbers are, straight
# lines stay straight, parallel lines stay parallel, and points that are evenly spaced on a line stay evenly spaced.
#
# Put other numbers into the cell with the grid and run it again. What do `[[0.0, -1.0], [1.0, 0.0]]`,
# `[[1.0, 0.0], [0.0, -1.0]]` and `[[1.0, 1.0], [0.5, 0.5]]` do? (The last one flattens the grid: different points land
# on the same one.)
#
# Your function and PyTorch's layer should agree. The difference below is 0, or as small as rounding makes it:

# %%
difference = predict(grid, weights, bias) - moving(grid)
print("largest difference:", difference.abs().max().item())

# %% [markdown]
# ## 3 · The first data set: a turn and a move

# %%
plots.dataset(X, y, title="The first data set")

# %% [markdown]
# The targets of the first data set follow one rule. Every point is turned by θ = 30° about the origin and then moved by
# t = (5, 5); a little noise is added, with a standard deviation of 0.01:
#
# $$
# y = X R + t + \text{noise}, \qquad
# R = \begin{bmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{bmatrix}
# $$
#
# Note which side R is on. Samples are rows, so R is to their right, and with a positive angle the points turn
# **clockwise**. Many books write points as columns, with R to their left; there the points turn the other way.
#
# ### Task 2 · The rotation matrix (2 points)
#
# Write `rotation_matrix(degrees)`, which takes an angle in degrees, any whole or decimal number, and returns R: a
# tensor of shape (2, 2), in float32 or float64 (numbers with about 7 or 16 digits). Each entry must be correct to within
# 0.00001. The sine and cosine of Python (`import math`) and of PyTorch take angles in radians: 180° is π radians.

# %% solution="rotation"
def rotation_matrix(degrees):
    """The matrix R (2, 2) with which X @ R turns the rows of X by an angle in degrees."""
    ### BEGIN SOLUTION
    angle = torch.deg2rad(torch.tensor(float(degrees)))
    cos, sin = torch.cos(angle), torch.sin(angle)
    return torch.stack([torch.stack([cos, -sin]), torch.stack([sin, cos])])
    ### END SOLUTION


# %% test="rotation" points=2
check("rotation")

# %% [markdown]
# Turn the first data set by any angle that you like. (`.to(X.dtype)` gives the matrix the float type of X.)

# %%
angle = 45
turned = X @ rotation_matrix(angle).to(X.dtype)
plots.dataset(X, turned, title=f"Turned by {angle}°")

# %% [markdown]
# ## 4 · How wrong is a prediction?
#
# Training needs one number that says how far the predictions are from their targets. Such a number is called the
# **loss**. Here it is the **mean squared error**, the mean of the squared differences over all entries of two matrices,
# the predictions $\hat y$ and the targets $y$:
#
# $$
# \mathrm{MSE} = \frac{1}{n\,m} \sum_{i=1}^{n} \sum_{j=1}^{m} (\hat y_{ij} - y_{ij})^2
# $$
#
# ### Task 3 · The mean squared error (1 point)
#
# Write `mse(prediction, y)` for two matrices of the same shape (n, m). The result is a tensor with no dimensions: a
# single number in a tensor, such as `torch.tensor(3.0)`. Leave both arguments as they were, and let gradients flow back
# to the prediction.

# %% solution="mse"
def mse(prediction, y):
    """The mean squared error of a prediction (n, m) for the targets y (n, m), a tensor with no dimensions."""
    ### BEGIN SOLUTION
    return ((prediction - y) ** 2).mean()
    ### END SOLUTION


# %% test="mse" points=1
check("mse")

# %% [markdown]
# How large is the error when no point moves, and how large is it with the true angle and the true move? What is left in the
# second case is the noise: its standard deviation is 0.01, and the square of that is 0.0001.

# %%
true_map = X @ rotation_matrix(30).to(X.dtype) + torch.tensor([5.0, 5.0])
print(f"no point moves:     {float(mse(X, y)):.4f}")
print(f"the true rule:      {float(mse(true_map, y)):.4f}")

# %% [markdown]
# ## 5 · What the layer has learnt
#
# The layer of the first animation does not know the rule. It has only seen the points and their targets, and it started as
# the identity: its matrix had ones on the diagonal and zeros elsewhere, and its bias was 0.
#
# In each step of the training, PyTorch computed how the error changes with each of the six numbers of the layer (the
# part of it that does so is called *autograd*), and the optimizer, **Adam**, changed each of them a little in the
# direction in which the error falls. The *learning rate* of 0.01 says how much. Since all points are used in each step,
# a step is also called an *epoch*.
#
# `first`, above, is the whole run: `first.model` is the trained layer, and `first.losses` has the loss, here the error,
# before each step. All points turned together and moved together, since the six numbers are the same for all of them.
# Here they are:

# %%
# detach() gives the numbers alone, without the way to their gradients.
print("weights:", first.model.weight.detach())
print("bias:   ", first.model.bias.detach())

# %% [markdown]
# The weights hold the cosine and the sine of 30°, which are 0.866 and 0.5. The layer has found the angle by itself. The
# bias is on its way to (5, 5) and has nearly arrived. With `epochs=2000` in section 1 it gets there.
#
# ### Task 4 · Read the rule off the layer (2 points)
#
# Write `recover(layer)`. It gets an `nn.Linear(2, 2)` that maps $x$ to $x R + t$, for some angle θ and some move t, and
# returns the pair `(degrees, translation)`:
#
# - `degrees` is θ in degrees, a number above −180 and not above 180, correct to within 0.5°;
# - `translation` is t: two numbers, as a tensor, an array, a list or a tuple, each correct to within 0.05.
#
# Both describe the layer as it is given, wherever its training stopped: it may not have arrived yet, like the one above.
#
# Three things to think about:
#
# - A layer computes $x\,w^T + b$. Which entries of its $w$ are cosines, which one is the sine, and which one is minus
#   the sine?
# - The cosine of 30° is also that of −30°, and the sine of 30° is also that of 150°. Neither by itself determines the
#   angle. `math.atan2` and `torch.atan2` take both, the sine first, and give an angle in radians.
# - The layer was trained, so its weights are only correct to about a hundredth. An entry that stands for a cosine may be
#   1.004, and `acos` has no answer for that.
#
# The layer may be in float32 or in float64. It must be the same after the call as before. No gradients are needed here:
# `.detach()` and `.item()` are fine.

# %% solution="recover"
def recover(layer):
    """The pair (degrees, translation) of a layer that maps x to x R + t."""
    ### BEGIN SOLUTION
    w, b = layer.weight.detach(), layer.bias.detach()
    degrees = torch.rad2deg(torch.atan2(w[0, 1] - w[1, 0], w[0, 0] + w[1, 1]))
    return degrees.item(), b.clone()
    ### END SOLUTION


# %% test="recover" points=2
check("recover")

# %%
degrees, translation = recover(first.model)
turn, across, up = (torch.as_tensor(number).item() for number in (degrees, *translation))
print(f"turned by {turn:.2f}°, moved by ({across:.2f}, {up:.2f})")

# %% [markdown]
# ### Task 5 · A function that fits (2 points)
#
# Write `fit_linear(X, y)`, which returns an `nn.Linear(2, 2)` fitted to X and y, both of shape (100, 2). They are like
# the first data set, in float32, but with any angle and any move: two numbers from −5 to 5, in general not equal.
#
# The method is your choice: `train_model` as above (with `progress=False` it prints nothing; what it returns has the
# layer in `.model`), a training loop of your own, or a formula. A call may take up to 30 seconds; the training in
# section 1 takes less than one. Leave X and y as they were, and start with a new layer in each call: `train_model`
# changes the one that it is given.
#
# The layer is judged by its error on *new* samples, made by the same rule. It is compared with the error of the **best
# constant**, a model that gives the mean of y for every sample. Below 0.1 times that error you get part of the marks, and
# below 0.01 times that error all of them. The training in section 1, with 1000 steps, reaches 0.001 times that error. A
# far move needs many steps, or larger ones.

# %% solution="fit_linear"
def fit_linear(X, y):
    """An nn.Linear(2, 2), fitted to X (100, 2) and y (100, 2)."""
    ### BEGIN SOLUTION
    layer = identity_layer().to(X.device)
    return train_model(layer, X, y, lr=0.05, epochs=500, progress=False).model
    ### END SOLUTION


# %% test="fit_linear" points=2
check("fit_linear")

# %% [markdown]
# Try your functions together, with angles and moves of your own. The angle 200° comes back as −160°, which is the same
# turn:

# %%
for angle, move in ((30, (5.0, 5.0)), (-75, (-2.0, 4.0)), (200, (3.0, -1.0))):
    other_y = X @ rotation_matrix(angle).to(X.dtype) + torch.tensor(move)
    degrees, translation = recover(fit_linear(X, other_y))
    turn, across, up = (torch.as_tensor(number).item() for number in (degrees, *translation))
    print(f"{angle}° and {move}: the layer says {turn:.2f}° and ({across:.2f}, {up:.2f})")

# %% [markdown]
# ## 6 · The second data set: three clouds, three rules
#
# Back to the animation in which no cloud arrived. In each cloud the targets follow a rule of their own:
#
# | cloud | rows | around | rule, without noise |
# |---|---|---|---|
# | lower right | 0 to 99 | (3, −3) | $y = 3x$ |
# | middle | 100 to 199 | (0, 0) | $y = x R + (-3, 3)$, with θ = 150° |
# | upper right | 200 to 299 | (3, 3) | $y = -5x$ |

# %%
plots.dataset(X_parts, y_parts, groups=which, title="The second data set")

# %% [markdown]
# Each rule by itself is one that a linear layer can learn. But the layer gets all three clouds at once, and it is not
# told which cloud a point belongs to. It turns and stretches the plane as a whole, so it does the same to all clouds.
# The error stays large in each of them:

# %%
prediction = second.model(X_parts).detach()
for name, rows in clouds.items():
    print(f"{name:12} {float(mse(prediction[rows], y_parts[rows])):6.2f}")

# %% [markdown]
# Would more steps help? Here is the error over six times as many steps, beside that of the first data set:

# %%
patient = train_model(identity_layer(), X_parts, y_parts, lr=0.01, epochs=3000, progress=False)
print(f"after 500 steps {second.losses[-1]:.2f}, after 3000 steps {patient.losses[-1]:.2f}")
plots.losses({"first data set": first, "second data set": patient}, title="The error while training")

# %% [markdown]
# The error on the second data set stops falling at about 30. More steps do not help, and neither does another rate or
# another optimizer: this is the smallest error that *any* matrix and bias can have on these points. (In a later notebook
# you will compute it.) The training has found the best layer. The best layer is not good enough.
#
# ### Task 6 · In your own words (1 point)
#
# Why does the layer fit the first data set exactly, up to the noise, and why can't the same layer fit the second?
# Answer in two to four sentences. This answer is graded by hand.

# %% [markdown] manual="explain_linear" points=1
# ### BEGIN SOLUTION
# A linear layer applies one and the same map, $x\,w^T + b$, to every point. The rule of the first data set is such a
# map: with $w = R^T$ and $b = t$ the layer gives exactly $x R + t$, so training only has to find these six numbers,
# and nothing but the noise is left.
#
# The second data set has three different rules, one for each cloud. No single pair of $w$ and $b$ agrees with all
# three, so whatever the training does, the layer can only find the compromise with the smallest mean squared error.
# It is not a matter of more steps or another rate: the model can't express the rule.
#
# *Marking:* half a point for saying that the rule of the first data set is itself a linear map (one matrix, one bias)
# for all points; half a point for saying that the second needs different maps in different places while a layer has
# only one. "It needs more training" or "the data are too noisy" earns nothing for the second half.
# ### END SOLUTION

# %% [markdown]
# ## For the curious · One layer for each cloud, and two layers in a row
#
# No points here, and no checks. If each cloud gets a layer of its own, what error is left?

# %%
for name, rows in clouds.items():
    own = train_model(identity_layer(), X_parts[rows], y_parts[rows], lr=0.1, epochs=2000, progress=False)
    print(f"{name:12} {own.losses[-1]:.4f}")

# %% [markdown]
# Only the noise. So three matrices can do what one can't, provided that somebody decides which point goes to which
# matrix.
#
# Do more layers help? Here are two linear layers, one after the other, with twelve numbers instead of six:

# %%
double = nn.Sequential(identity_layer(), identity_layer())
stacked = train_model(double, X_parts, y_parts, lr=0.01, epochs=3000, progress=False)
print(f"one layer {patient.losses[-1]:.2f}, two layers {stacked.losses[-1]:.2f}")

# %% [markdown]
# Nothing is gained. Multiply it out: $(x\,w_1^T + b_1)\,w_2^T + b_2 = x\,(w_2 w_1)^T + (b_1 w_2^T + b_2)$, which is one
# linear layer again, and the same holds for a hundred. Something has to come between the layers, something that treats
# points in different places differently. A very simple function is enough. It is the subject of the next notebook.
