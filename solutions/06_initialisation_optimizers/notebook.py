# %% [markdown]
# # How training starts, and how it moves
#
# In the last notebook you wrote gradient descent for a whole network. Two things were simply given there: the random
# numbers with which the weights began, and the rule by which they moved. This notebook is about both. First comes the
# **start**: which random numbers let a deep network learn at all. Then comes the **path**: a single point walks
# downhill, and you will see why momentum, AdaGrad, RMSprop and Adam take such different routes to the same place. By
# the end you will have written all of them.
#
# **How it works.** There are 7 tasks, 30 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests
# of the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play
# with: change a number, run the cell again, and see what happens.

# %% locked="setup"
# Locked: what the notebook works with.
import math
import time

import numpy as np
import torch

from course_lib import check, plots
from course_lib.landscapes import BEALE, RAVINE, SADDLE

torch.set_num_threads(1)  # for matrices as small as these, several threads only wait for one another

# %% [markdown]
# ## 1 · The first numbers
#
# Before a network has learned anything, its weights are numbers that somebody chose. Can all of them be 0? Then every
# unit of a layer computes the same, gets the same gradient and takes the same step. Units that begin equal stay
# equal, however long they are trained. Here are three hidden units that all begin with the weight ½:

# %%
twins = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
for parameter in twins.parameters():
    torch.nn.init.constant_(parameter, 0.5)
points = torch.randn(50, 2, generator=torch.Generator().manual_seed(0))
optimizer = torch.optim.SGD(twins.parameters(), lr=0.1)
for _ in range(200):
    optimizer.zero_grad()
    torch.nn.functional.mse_loss(twins(points), points.prod(dim=1, keepdim=True)).backward()
    optimizer.step()
print(twins[0].weight.detach())
plots.network(twins)

# %% [markdown]
# All three rows have changed, and all three are still the same: the network has three hidden units and works as if
# it had one. So the start must be **random**. This breaks the symmetry.
#
# How large should the random numbers be? A pre-activation is a sum of as many products as the layer has inputs. Call
# this number $\text{fan\_in}$, and let the weights be independent, with mean 0 and variance $\sigma^2$. Variances add
# up, so for inputs $x_1, x_2, \dots$, whose squares have the mean $\overline{x^2}$,
#
# $$\operatorname{Var}(z) = \text{fan\_in} \cdot \sigma^2 \cdot \overline{x^2}$$
#
# Each layer multiplies the size of its numbers by $\sqrt{\text{fan\_in}}\,\sigma$, or by less if the activation takes
# something away. A factor of ½ leaves a thousandth after ten layers. A factor of 2 makes the numbers a thousand times
# as large. The gradients on their way back meet the same matrices from the other side, where each unit has
# $\text{fan\_out}$ neighbours. Two choices keep the sizes about the same:
#
# | name | variance | made for |
# |---|---|---|
# | Xavier, or Glorot | $\dfrac{2}{\text{fan\_in} + \text{fan\_out}}$ | tanh; a compromise between the way forward and the way back |
# | He, or Kaiming | $\dfrac{2}{\text{fan\_in}}$ | ReLU, which sets half of the numbers to 0: the 2 makes up for it |
#
# ### Task 1 · Weights to begin with (5 points)
#
# Write two functions.
#
# `init_weights(fan_out, fan_in, scheme, generator)` gives a tensor of shape (fan_out, fan_in), floating-point
# numbers. The scheme is `"zeros"`, `"xavier"` or `"he"`. With the last two the numbers are drawn from the **normal**
# distribution with mean 0 and the variance of the table. All of them come from `generator`, a `torch.Generator`,
# which functions such as `torch.randn` take under that name: the same generator state gives the same weights, and the
# next layer drawn from the generator gets different ones. Set no seed inside the function.
#
# `activation_stds(weights, x, activation)` sends `x`, of shape (n, units of $h_0$), through the layers
#
# $$h_0 = x, \qquad h_l = f(h_{l-1} W_l^T), \qquad l = 1, \dots, L$$
#
# and returns the list of $L$ standard deviations, of $h_1$ to $h_L$, each taken over **all** entries of $h_l$ at
# once: samples and units together. `weights` is the list $[W_1, \dots, W_L]$, and `activation` is any function of a
# tensor. Whether you divide by the number of entries or by one less is up to you. The weights and `x` stay as they
# were.

# %% solution="init"
def init_weights(fan_out, fan_in, scheme, generator):
    """A weight matrix (fan_out, fan_in) for "zeros", "xavier" or "he", drawn from a torch.Generator."""
    ### BEGIN SOLUTION
    if scheme == "zeros":
        return torch.zeros(fan_out, fan_in)
    units = (fan_in + fan_out) if scheme == "xavier" else fan_in
    return torch.randn(fan_out, fan_in, generator=generator) * math.sqrt(2 / units)
    ### END SOLUTION


def activation_stds(weights, x, activation):
    """The list of the standard deviations of h_1, …, h_L; weights: L matrices, x: (n, units of h_0)."""
    ### BEGIN SOLUTION
    stds, h = [], x
    for weight in weights:
        h = activation(h @ weight.T)
        stds.append(h.std(correction=0).item())
    return stds
    ### END SOLUTION


# %% test="init" points=5
check("init")

# %% [markdown]
# Here are five starts of the same network, which has eight layers of 100 units with ReLU. Move the slider from start to
# start. On the left are the outputs of each layer, from the first at the top to the last. On the right are the
# gradients that come back when a random gradient with standard deviation 1 enters at the end.

# %%
def layers_of(scheme, gain=1.0, width=100, depth=8):
    """Weights of a network, from your own function; `gain` makes them larger or smaller."""
    generator = torch.Generator().manual_seed(1)
    return [gain * init_weights(width, width, scheme, generator).float() for _ in range(depth)]


def watch(weights, x, activation):
    """The outputs of all layers, and the gradient at each of them for a random one at the end."""
    outputs = []
    for weight in weights:
        x = activation(x @ weight.detach().to(x.dtype).T)
        outputs.append(x.requires_grad_() if not x.requires_grad else x)
    upstream = torch.randn(x.shape, generator=torch.Generator().manual_seed(2))
    gradients = torch.autograd.grad(x, outputs, upstream)
    return [h.detach() for h in outputs], gradients


STARTS = {
    "zeros": layers_of("zeros"),
    "too small": layers_of("he", gain=0.4),
    "too large": layers_of("he", gain=2.5),
    "Xavier": layers_of("xavier"),
    "He": layers_of("he"),
}
inputs = torch.randn(200, 100, generator=torch.Generator().manual_seed(3))
seen = {name: watch(weights, inputs, torch.relu) for name, weights in STARTS.items()}
plots.layer_histograms(
    {name: outputs for name, (outputs, _) in seen.items()},
    {name: gradients for name, (_, gradients) in seen.items()},
    title="Eight layers with ReLU, five starts",
)

# %% [markdown]
# With zeros nothing arrives at all. With weights that are too small the numbers shrink from layer to layer until the
# last layers hardly tell one sample from another, and the gradients shrink on their way back: this is the **vanishing
# gradient** again. With weights that are too large both grow from layer to layer: the gradients **explode**. Xavier
# loses a factor of about $\sqrt 2$ with each ReLU. With He the last layer looks like the first one, and so do the
# gradients.
#
# The same in one picture, with your `activation_stds`, for ReLU (try `torch.tanh` in its place):

# %%
spreads = {
    name: activation_stds(weights, inputs, torch.relu)
    for name, weights in STARTS.items()
    if name != "zeros"  # its standard deviations are 0, which a logarithmic scale can't show
}
figure = plots.losses(spreads, title="Standard deviation after each layer, ReLU")
figure.update_xaxes(title_text="layer, counted from 0")
figure.update_yaxes(title_text="standard deviation", exponentformat="power")

# %% [markdown]
# Does it matter for learning? Each of the five networks gets an output layer and is trained in the same way to tell
# two half moons apart, which you will see below. Only the start differs.

# %%
from sklearn.datasets import make_moons


def train_from(start, steps=100):
    """The losses of a network that begins with these weights; Adam trains it on the moons."""
    X, y = (torch.as_tensor(part).float() for part in make_moons(200, noise=0.2, random_state=0))
    layers = [w.detach().clone().requires_grad_() for w in (start[0][:, :2], *start[1:], start[0][:1])]
    optimizer, found = torch.optim.Adam(layers, lr=0.001), []
    for _ in range(steps):
        h = X
        for weight in layers[:-1]:
            h = torch.relu(h @ weight.T)
        loss = torch.nn.functional.binary_cross_entropy_with_logits((h @ layers[-1].T)[:, 0], y)
        found.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return found


plots.losses({name: train_from(start) for name, start in STARTS.items()}, title="Nine layers on two moons")

# %% [markdown]
# With zeros the network never learns. From the start that is too small, Adam needs about twenty steps before the loss
# moves. From the one that is too large, the loss begins above 100, and it still jumps up and down when the others have
# settled. The He start is the first to get there.
#
# ## 2 · How large is a step?
#
# A network that has started well must still move. Gradient descent takes a step against the gradient, and the
# **learning rate** $\eta$ says how large the step is: $w \leftarrow w - \eta\, \nabla L(w)$. Early in training the
# minimum is far away, and large steps help. Later, large steps jump over it, back and forth. So the rate can follow a
# **schedule**:
#
# | schedule | rate at step $t$ |
# |---|---|
# | exponential decay | $\eta_0\, e^{-kt}$ |
# | inverse time decay | $\dfrac{\eta_0}{1 + kt}$ |
# | cyclical | a triangle, up from $\eta_{\min}$ to $\eta_{\max}$ and down again, over and over |
#
# ### Task 2 · Three schedules (4 points)
#
# Write three functions. Each takes plain numbers and returns a number.
#
# - `exponential_decay(lr0, k, step)` and `inverse_time_decay(lr0, k, step)`: the formulas of the table, with
#   $\eta_0$ = `lr0`. At step 0 the rate is `lr0`.
# - `cyclical(lr_min, lr_max, step_size, step)`: `lr_min` at step 0, `lr_max` at step `step_size`, `lr_min` again at
#   2 · `step_size`, straight lines in between; then the triangle starts again. `step` and `step_size` need not be whole
#   numbers.

# %% solution="schedules"
def exponential_decay(lr0, k, step):
    """The rate lr0·e^(−k·step)."""
    ### BEGIN SOLUTION
    return lr0 * math.exp(-k * step)
    ### END SOLUTION


def inverse_time_decay(lr0, k, step):
    """The rate lr0/(1 + k·step)."""
    ### BEGIN SOLUTION
    return lr0 / (1 + k * step)
    ### END SOLUTION


def cyclical(lr_min, lr_max, step_size, step):
    """The rate of a triangle: lr_min at step 0, lr_max at step_size, lr_min at 2·step_size, and so on."""
    ### BEGIN SOLUTION
    below_peak = abs(step / step_size % 2 - 1)
    return lr_max - (lr_max - lr_min) * below_peak
    ### END SOLUTION


# %% test="schedules" points=4
check("schedules")

# %%
plots.schedules(
    {
        "constant": lambda step: 0.1,
        "exponential decay, k = 0.03": lambda step: exponential_decay(0.1, 0.03, step),
        "inverse time decay, k = 0.03": lambda step: inverse_time_decay(0.1, 0.03, step),
        "cyclical, step_size = 20": lambda step: cyclical(0.01, 0.1, 20, step),
    },
    title="Learning rates",
)

# %% [markdown]
# Both decays begin with the same slope. Then the exponential one goes on losing the same share with every step, while
# the other loses a smaller and smaller share. The cyclical rate looks odd at first. Its large steps can escape from
# places where small ones would get stuck, and it begins with small steps, when large ones would be dangerous. Section 6
# has an example.
#
# ## 3 · A landscape to walk in
#
# The loss of a real network depends on thousands of weights, and nobody can look at it. So we take a loss of two
# numbers that is known for being difficult, **Beale's function**:
#
# $$f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2$$
#
# Here it is from above. Lines connect points of equal height, and heights are on a logarithmic scale, since the walls
# are a thousand times as high as the floor of the valley. The only minimum is at $(3, 0.5)$, where all three terms are 0.

# %%
plots.contour_paths(BEALE, {"a point at rest": [BEALE.start]})

# %% [markdown]
# ### Task 3 · Beale's function and its gradient (3 points)
#
# Write `beale(x, y)`, the height at a point, and `beale_grad(x, y)`, the pair $\left(\dfrac{\partial f}{\partial x},
# \dfrac{\partial f}{\partial y}\right)$. Both take two numbers, which may be whole ones. The pair can be a tuple, a
# list, an array or a tensor. Each of the three squares gives two factors by the chain rule; how does $x y^3$ change
# when $y$ moves?

# %% solution="beale"
def beale(x, y):
    """Beale's function at a point: a number."""
    ### BEGIN SOLUTION
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return u**2 + v**2 + t**2
    ### END SOLUTION


def beale_grad(x, y):
    """Its two slopes at a point, along x and along y: a pair."""
    ### BEGIN SOLUTION
    u, v, t = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    along_x = 2 * u * (y - 1) + 2 * v * (y**2 - 1) + 2 * t * (y**3 - 1)
    along_y = 2 * u * x + 4 * v * x * y + 6 * t * x * y**2
    return along_x, along_y
    ### END SOLUTION


# %% test="beale" points=3
check("beale")

# %% [markdown]
# A gradient is easy to test, whatever the function is: take a small step $h$ to both sides, and divide the
# difference of the heights by $2h$.

# %%
x0, y0, h = 0.8, 1.6, 1e-5
by_steps = [
    float(beale(x0 + h, y0) - beale(x0 - h, y0)) / (2 * h),
    float(beale(x0, y0 + h) - beale(x0, y0 - h)) / (2 * h),
]
print("by small steps: ", [round(slope, 4) for slope in by_steps])
print("your beale_grad:", [round(float(slope), 4) for slope in beale_grad(x0, y0)])

# %% [markdown]
# ## 4 · Downhill, and with momentum
#
# A **path** is the list of all points that an optimizer visits, from the start to the last step: $p_0, p_1, \dots,
# p_T$. Write $g_t = \nabla f(p_t)$ for the gradient at the point of step $t$. Plain gradient descent, which deep
# learning calls SGD, takes the step
#
# $$p_{t+1} = p_t - \eta\, g_t$$
#
# With **momentum** the point has a velocity $v$, like a heavy ball. The velocity keeps a share $\mu$ of itself and
# gets the new gradient on top. It begins at $v_{-1} = 0$:
#
# $$v_t = \mu\, v_{t-1} + g_t, \qquad p_{t+1} = p_t - \eta\, v_t$$
#
# Where gradients point the same way for a while, the velocity grows, up to $1/(1-\mu)$ times the gradient. Where
# gradients change sign from step to step, they largely cancel out.
#
# **Nesterov's** momentum looks one step ahead: it acts as if the velocity had been applied once more, so it brakes
# earlier. In the form that PyTorch uses, $v_t$ is as before, and
#
# $$p_{t+1} = p_t - \eta\, (g_t + \mu\, v_t)$$
#
# ### Task 4 · Two ways down (5 points)
#
# Write `sgd_path(grad, start, lr, steps)` and `momentum_path(grad, start, lr, momentum, steps, nesterov=False)`.
# Both move as `torch.optim.SGD` does.
#
# | | |
# |---|---|
# | `grad` | a function that is called as `grad(x, y)` with two numbers and returns the pair of slopes |
# | `start` | a pair of numbers $(x, y)$, such as `(0.8, 1.6)` or `(1, 2)` |
# | `lr` | the learning rate $\eta$ |
# | `steps` | how many steps to take; with 0 the path is the start alone |
# | `momentum`, `nesterov` | the share $\mu$, and whether to look ahead |
# | returned | the path, an array or a tensor of shape (steps + 1, 2), the start in its first row |
#
# Everything but `grad` and `start` is passed by name, as in `sgd_path(beale_grad, (0.8, 1.6), lr=0.01, steps=100)`.
# Each call is a walk of its own: nothing carries over from an earlier one.

# %% solution="sgd"
def sgd_path(grad, start, lr, steps):
    """The path (steps + 1, 2) of gradient descent, the start first."""
    ### BEGIN SOLUTION
    path = [np.array(start, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * np.array(grad(*path[-1])))
    return np.array(path)
    ### END SOLUTION


def momentum_path(grad, start, lr, momentum, steps, nesterov=False):
    """The path (steps + 1, 2) of gradient descent with momentum, the start first."""
    ### BEGIN SOLUTION
    path, velocity = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        velocity = momentum * velocity + g
        path.append(path[-1] - lr * (g + momentum * velocity if nesterov else velocity))
    return np.array(path)
    ### END SOLUTION


# %% test="sgd" points=5
check("sgd")

# %% [markdown]
# A valley that is twenty times as steep across as along shows the difference: $f(x, y) = (x^2 + 20 y^2)/2$. Press
# *Play*, and choose a learning rate with the second slider. The arrows belong to momentum: the solid one is what the
# gradient alone would do, and the dotted one is what the velocity adds to it. In the second picture they belong to
# Nesterov's momentum.

# %%
def in_the_ravine(steps=60, rates=(0.01, 0.05, 0.09)):
    """Three paths for each rate, from the same start."""
    ways = {"SGD": {}, "momentum": {}, "Nesterov": {}}
    for lr in rates:
        ways["SGD"][lr] = sgd_path(RAVINE.gradient, RAVINE.start, lr=lr, steps=steps)
        heavy = {"lr": lr, "momentum": 0.8, "steps": steps}
        ways["momentum"][lr] = momentum_path(RAVINE.gradient, RAVINE.start, **heavy)
        ways["Nesterov"][lr] = momentum_path(RAVINE.gradient, RAVINE.start, **heavy, nesterov=True)
    return ways


plots.contour_paths(RAVINE, in_the_ravine(), arrows=["momentum"], title="A ravine: SGD and momentum")

# %%
plots.contour_paths(RAVINE, in_the_ravine(), arrows=["Nesterov"], title="A ravine: Nesterov's momentum")

# %% [markdown]
# With a rate of 0.01, SGD creeps along the floor, and both kinds of momentum are far ahead of it. With 0.05, momentum
# swings from wall to wall before it settles; Nesterov's form jumps across once and stays on the floor, since it brakes
# earlier. With 0.09, SGD jumps from wall to wall and gets a little lower each time, and momentum swings too. Nesterov's
# form takes the longest steps of the three: this rate is too large for it, and throws it out of the ravine. A rate above
# 0.1 would throw SGD out, too: try it.
#
# ## 5 · A rate for each coordinate
#
# In the ravine the same rate is too large for $y$ and too small for $x$. Could each coordinate have a rate of its
# own? Three methods divide each coordinate's step by the size of its own gradients so far. All operations apply to
# each coordinate separately, squares $g^2$ and roots included, and all averages and sums begin at 0.
#
# **AdaGrad** sums up all squares. The sum can only grow, so for the same gradient the steps become shorter and shorter:
#
# $$s_t = s_{t-1} + g_t^2, \qquad p_{t+1} = p_t - \eta\, \frac{g_t}{\sqrt{s_t} + \varepsilon}$$
#
# **RMSprop** forgets: it takes a running average of the squares, which keeps a share $\alpha$ of itself at each step:
#
# $$s_t = \alpha\, s_{t-1} + (1-\alpha)\, g_t^2, \qquad p_{t+1} = p_t - \eta\, \frac{g_t}{\sqrt{s_t} + \varepsilon}$$
#
# **Adam** takes a running average of the gradients as well, in place of momentum. With the two shares $\beta_1$ and
# $\beta_2$, and now with $g_t$ for the gradient in step number $t = 1, 2, 3, \dots$:
#
# $$m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t, \qquad v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2$$
#
# Both averages begin at 0, so at first they are too small: after $t$ steps the weights of all gradients in $m_t$
# add up to $1 - \beta_1^t$, not to 1. Adam divides by that sum. This is called **bias correction**:
#
# $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat v_t = \frac{v_t}{1 - \beta_2^t}, \qquad
# \text{step: } -\eta\, \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}$$
#
# A warning: some texts print $1 - \beta_1$ and $1 - \beta_2$ in these fractions, without the power. This is wrong: it
# agrees with the true sum in the first step only. Later the correction must fade away, and with the misprint it never
# does.
#
# The small number $\varepsilon$ avoids a division by 0 where all gradients so far were 0. Note where it stands: outside
# the root, and after the correction.
#
# ### Task 5 · Three adaptive methods (8 points)
#
# Write three functions. `grad`, `start`, `lr`, `steps` and the path are as in task 4. The other names and their defaults
# are those of `torch.optim.Adagrad`, `RMSprop` and `Adam`, and so are the paths.
#
# - `adagrad_path(grad, start, lr, steps, eps=1e-10)`
# - `rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8)`
# - `adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8)`

# %% solution="adaptive"
def adagrad_path(grad, start, lr, steps, eps=1e-10):
    """The path (steps + 1, 2) of AdaGrad, the start first."""
    ### BEGIN SOLUTION
    path, total = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        total = total + g**2
        path.append(path[-1] - lr * g / (np.sqrt(total) + eps))
    return np.array(path)
    ### END SOLUTION


def rmsprop_path(grad, start, lr, steps, alpha=0.99, eps=1e-8):
    """The path (steps + 1, 2) of RMSprop, the start first."""
    ### BEGIN SOLUTION
    path, average = [np.array(start, dtype=float)], np.zeros(2)
    for _ in range(steps):
        g = np.array(grad(*path[-1]))
        average = alpha * average + (1 - alpha) * g**2
        path.append(path[-1] - lr * g / (np.sqrt(average) + eps))
    return np.array(path)
    ### END SOLUTION


def adam_path(grad, start, lr, steps, betas=(0.9, 0.999), eps=1e-8):
    """The path (steps + 1, 2) of Adam, the start first."""
    ### BEGIN SOLUTION
    beta1, beta2 = betas
    path, m, v = [np.array(start, dtype=float)], np.zeros(2), np.zeros(2)
    for t in range(1, steps + 1):
        g = np.array(grad(*path[-1]))
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        path.append(path[-1] - lr * m_hat / (np.sqrt(v_hat) + eps))
    return np.array(path)
    ### END SOLUTION


# %% test="adaptive" points=8
check("adaptive")

# %% [markdown]
# Your Adam beside PyTorch's, on Beale's function. The largest difference should be as small as rounding makes it:

# %%
point = torch.tensor([0.8, 1.6], dtype=torch.float64)
theirs, optimizer = [point.clone()], torch.optim.Adam([point], lr=0.2)
for _ in range(100):
    point.grad = torch.tensor([float(slope) for slope in beale_grad(*point.tolist())], dtype=torch.float64)
    optimizer.step()
    theirs.append(point.clone())
ours = torch.as_tensor(adam_path(beale_grad, (0.8, 1.6), lr=0.2, steps=100))
print("largest difference:", (ours - torch.stack(theirs)).abs().max().item())

# %% [markdown]
# ## 6 · Eight ways through Beale's valley
#
# Now all of them set out from $(0.8, 1.6)$ at once, each with a rate that suits it. Two of them are SGD with a
# schedule from task 2. Press *Play*. A click on a name in the legend hides a path or brings it back, and a double
# click shows it alone. The legend says at which height each path ends.

# %%
START, STEPS = (0.8, 1.6), 100


def valley(x, y):
    """The gradient of Beale's function; flat far outside, where numbers would overflow."""
    return beale_grad(x, y) if max(abs(x), abs(y)) < 50 else (0.0, 0.0)


def scheduled_path(schedule):
    """SGD whose rate follows a schedule: one step of your `sgd_path` after the other."""
    path = [START]
    for step in range(STEPS):
        x, y = sgd_path(valley, path[-1], lr=float(schedule(step)), steps=1)[-1]
        path.append((float(x), float(y)))
    return path


OPTIMIZERS = {
    "SGD": lambda lr: sgd_path(valley, START, lr=lr, steps=STEPS),
    "SGD, decaying": lambda lr: scheduled_path(lambda t: exponential_decay(lr, 0.01, t)),
    "SGD, cyclical": lambda lr: scheduled_path(lambda t: cyclical(lr / 100, lr, STEPS, t)),
    "momentum": lambda lr: momentum_path(valley, START, lr=lr, momentum=0.9, steps=STEPS),
    "Nesterov": lambda lr: momentum_path(valley, START, lr=lr, momentum=0.9, steps=STEPS, nesterov=True),
    "AdaGrad": lambda lr: adagrad_path(valley, START, lr=lr, steps=STEPS),
    "RMSprop": lambda lr: rmsprop_path(valley, START, lr=lr, steps=STEPS),
    "Adam": lambda lr: adam_path(valley, START, lr=lr, steps=STEPS),
}
OWN_RATES = {
    "SGD": 0.01, "SGD, decaying": 0.02, "SGD, cyclical": 0.1, "momentum": 0.005, "Nesterov": 0.005,
    "AdaGrad": 0.4, "RMSprop": 0.1, "Adam": 0.2,
}
plots.contour_paths(
    BEALE, {name: OPTIMIZERS[name](lr) for name, lr in OWN_RATES.items()}, title="Eight optimizers, 100 steps"
)

# %% [markdown]
# Plain SGD falls down the wall and then creeps along the valley, where the slope is small. The two with momentum run
# past the minimum and turn back. The adaptive methods hardly notice how steep a wall is: each divides by the size of
# its own gradients, so both coordinates move at about the same speed. AdaGrad starts fast, and then every old gradient
# slows it down.
#
# The rates in that picture differ by a factor of up to eighty. What if all eight have the same rate? Choose it with the
# second slider. Paths that diverge end where they leave the picture, and the legend says so.

# %%
RATES = (0.002, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4)
plots.contour_paths(
    BEALE,
    {name: {lr: walk(lr) for lr in RATES} for name, walk in OPTIMIZERS.items()},
    title="Eight optimizers, one learning rate",
)

# %% [markdown]
# At 0.002 the two with momentum are far ahead. At 0.02 they leave the valley for good, and at 0.05 plain SGD does, too:
# its first step goes over the opposite wall. The cyclical schedule survives even 0.1: it begins with small steps on the
# steep wall and has its large ones where the ground is flat. (Starting with small rates is called *warm-up*, and
# large networks are trained with it.) At 0.4 Adam comes closest, and RMSprop is thrown about. So the question "Which
# optimizer is better?" has no answer without the rate.
#
# ### Task 6 · Reach the minimum (3 points)
#
# Choose an optimizer and its hyper-parameters: from $(0.8, 1.6)$, 500 steps on Beale's function must end within 0.05
# of the minimum $(3, 0.5)$. `choice` is a dict. Its `"optimizer"` is `"sgd"`, `"momentum"`, `"adagrad"`, `"rmsprop"`
# or `"adam"`, and its other keys are the keywords of your function for that optimizer, such as `"lr"`. The start, the
# gradient and the 500 steps are given. The marks don't depend on your functions here: PyTorch's own optimizers will run
# your choice.

# %% solution="reach_minimum"
# choice: the optimizer's name, and its hyper-parameters. This one won't do.
choice = {"optimizer": "sgd", "lr": 0.01}
### BEGIN SOLUTION
choice = {"optimizer": "adam", "lr": 0.2}
### END SOLUTION

# %% test="reach_minimum" points=3
check("reach_minimum")

# %% [markdown]
# ### Task 7 · Why the paths differ (2 points)
#
# Answer in four to six sentences, from the formulas and from what you saw. This answer is graded by hand.
#
# 1. Why does plain SGD fall fast and then creep, and what does momentum change about that?
# 2. Why do the adaptive methods survive rates at which SGD diverges?
# 3. Why does AdaGrad slow down while RMSprop doesn't?

# %% [markdown] manual="explain_paths" points=2
# ### BEGIN SOLUTION
# A step of plain SGD is the rate times the gradient. On the steep wall the gradient is large, so it falls fast; on
# the floor of the valley the gradient is small, and so are the steps. A rate that is large enough for the floor
# throws it over the wall. Momentum adds up gradients that point the same way, with a share of 0.9 to at most ten times
# one of them, so along the floor it becomes fast; across the valley the gradients change sign and cancel out. The price
# is that it runs past the minimum and has to come back.
#
# The adaptive methods divide each coordinate's gradient by the size of its own earlier gradients. So a step is
# about as long as the rate, whether the slope is steep or gentle, and the wall can't throw them out. AdaGrad
# divides by the root of the sum of all squares, which only grows, so its steps become shorter and shorter; RMSprop
# takes a running average, which forgets the steep wall once it lies behind.
# ### END SOLUTION

# %% [markdown]
# ## For the curious · Smooth or straight?
#
# No points here, and no checks. After the start and the path, a third choice is the activation. Here are small networks
# of one to four hidden layers with ten units each, once with ReLU and once with tanh, on the two half moons.
# Scikit-learn trains them with L-BFGS, which finds the lengths of its steps by itself. The samples shown are new ones
# that no network has seen. Those that a network gets wrong are crossed out.

# %%
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

X_train, y_train = make_moons(n_samples=100, noise=0.25, random_state=3)
X_new, y_new = make_moons(n_samples=200, noise=0.25, random_state=4)
models, seconds = {}, {}
for layers in (1, 2, 3, 4):
    for name, activation in (("ReLU", "relu"), ("tanh", "tanh")):
        model = MLPClassifier([10] * layers, activation=activation, solver="lbfgs", max_iter=1000, random_state=0)
        begin = time.perf_counter()
        with threadpool_limits(1):  # for networks as small as these, one thread is faster than several
            model.fit(X_train, y_train)
        label = f"{name}, {layers} layer{'s' if layers > 1 else ''}"
        models[label], seconds[label] = model.predict_proba, time.perf_counter() - begin
plots.decision_boundary(models, X_new, y_new, seconds=seconds, title="Two moons: ReLU and tanh")

# %% [markdown]
# ReLU draws its boundaries with straight pieces and corners, tanh with curves. More layers make it easier to fit every
# training sample, but they don't do better on the new ones. Compare the times, too. Then change the start
# (`random_state`) and run the cell again: what changes with it?
#
# ## For the curious · The saddle
#
# In networks with many weights, points where the gradient is 0 are hardly ever minima. Most are **saddle points**:
# downhill in some directions, uphill in others. Here is one with a minimum on either side. All paths begin nearly
# on the ridge, at $y = 0.01$, where the slope leads almost straight to the saddle point. Which of them gets away from
# it first? And what happens with $y = 0$?

# %%
ridge = (-1.4, 0.01)
plots.contour_paths(
    SADDLE,
    {
        "SGD": sgd_path(SADDLE.gradient, ridge, lr=0.1, steps=80),
        "momentum": momentum_path(SADDLE.gradient, ridge, lr=0.1, momentum=0.8, steps=80),
        "AdaGrad": adagrad_path(SADDLE.gradient, ridge, lr=0.1, steps=80),
        "RMSprop": rmsprop_path(SADDLE.gradient, ridge, lr=0.1, steps=80),
        "Adam": adam_path(SADDLE.gradient, ridge, lr=0.1, steps=80),
    },
    title="A saddle between two minima",
)

# %% [markdown]
# The adaptive methods divide the tiny slope along $y$ by its own size, and set off at once. SGD and momentum have to
# wait until the slope has grown.
#
# Where to read on: X. Glorot and Y. Bengio, *Understanding the difficulty of training deep feedforward neural
# networks*, AISTATS 2010; K. He, X. Zhang, S. Ren and J. Sun, *Delving Deep into Rectifiers*, ICCV 2015; J. Duchi,
# E. Hazan and Y. Singer, *Adaptive Subgradient Methods for Online Learning and Stochastic Optimization*, JMLR 12
# (2011); D. P. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015; L. N. Smith, *Cyclical
# Learning Rates for Training Neural Networks*, WACV 2017; G. Goh, *Why Momentum Really Works*, Distill 2017.
