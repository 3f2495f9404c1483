# %% [markdown]
# # Where gradients stop
#
# A network learns from a message. The message starts at the loss and says "a little more, please" or "a little less".
# It travels backwards through the network, from each layer to the one before it, and each layer multiplies it by a
# number of its own. Multiply by one quarter ten times over, and a shout becomes a whisper: one part in a million is
# left. Multiply by 0 a single time, and nothing is left at all.
#
# The first is the **vanishing gradient**, the second a **dead unit**. In this notebook you follow the message through
# one neuron by hand, write the step by which it gets through, watch it fade in a deep network, and count the units
# that will never hear it again.
#
# **How it works.** There are 8 tasks, 20 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests of
# the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play with:
# change numbers, run it again, see what happens.

# %% locked="setup"
# Locked: what the notebook works with.
import torch

from course_lib import check, plots

# %% [markdown]
# ## 1 · One neuron
#
# A neuron does two things, one after the other. It adds up its inputs, each with a weight of its own, and adds a bias.
# Then it puts the sum $z$, its *pre-activation*, through the ReLU:
#
# $$z = x \cdot w + b = x_1 w_1 + x_2 w_2 + b, \qquad a = \mathrm{ReLU}(z) = \max(0, z)$$
#
# Here is one, with two inputs:

# %% locked="data"
# Locked: the neuron of tasks 1, 2 and 4, and its input.
x = torch.tensor([1.0, 1.0])  # (2,)
w = torch.tensor([1.0, 1.0])  # (2,)
b = torch.tensor(-5.0)  # a single number

# %% [markdown]
# ### Task 1 · Forward (2 points)
#
# What are $z$ and $a$? Find them on paper first. A formula and typed numbers are both fine, here and in the next task.

# %% solution="pre_activation"
# z: what goes into the ReLU; a: what comes out of it. Two single numbers.
### BEGIN SOLUTION
z = x @ w + b
a = torch.relu(z)
### END SOLUTION

# %% test="pre_activation" points=2
check("pre_activation")

# %% [markdown]
# How would $a$ change if one of the inputs moved a little? This is what a *gradient* tells you: nudge an input by a
# tiny step, and the output moves by the gradient times that step. When two steps follow each other, the nudge passes
# through one and then the other, so the two factors are multiplied. That is the **chain rule**:
#
# $$\frac{\partial a}{\partial x_i} = \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial x_i}$$
#
# The first factor is the slope of the ReLU at $z$. On the left you see the function, on the right its slope:

# %%
plots.activation("relu", extent=5.0)

# %% [markdown]
# Two pieces, two slopes, and a jump at 0 where the function has no slope. Software needs a number there all the same.
# In this notebook, as in PyTorch's own `relu`, **the slope at exactly 0 is 0**.
#
# ### Task 2 · Two gradients (2 points)
#
# Give $\partial z / \partial x$ and $\partial a / \partial x$, one number for each of the two inputs.
#
# A warning: older versions of this exercise mix up $z$ with $a$, and the first of these gradients with the second. So
# ask of each: is there a ReLU between the two ends?

# %% solution="local_gradients"
# dz_dx: how z changes with x, shape (2,); da_dx: how a changes with x, shape (2,)
### BEGIN SOLUTION
dz_dx = w.clone()
da_dx = (z > 0) * dz_dx
### END SOLUTION

# %% test="local_gradients" points=2
check("local_gradients")

# %% [markdown]
# ## 2 · The way back
#
# Now the neuron sits in a network, and somewhere behind it there is a loss $L$. The message that arrives from there is
# $g = \partial L / \partial a$, the **upstream gradient**: how much the loss would rise if $a$ rose a little. All
# the neuron has to do is to pass it on, with the factors of its own steps:
#
# - through the ReLU: $\dfrac{\partial L}{\partial z} = g \cdot \mathrm{ReLU}'(z)$,
# - and from $z$ to the inputs, to the weights and to the bias.
#
# The second step is yours. What is $z$ multiplied by when $x_1$ moves? When $w_1$ moves? When $b$ does?
#
# With a whole batch, each sample $i$ has its own $x_i$, its own $z_i$ and its own $g_i$. But there is only one $w$ and
# one $b$, and every sample has its say: their contributions **add up**. (They are not averaged. If the loss is a mean,
# its $1/n$ is in every $g_i$ already.)
#
# ### Task 3 · Backward (4 points)
#
# Write `neuron_backward(x, w, b, upstream)`. It returns three gradients of the loss:
#
# | | | shape |
# |---|---|---|
# | `x` | one sample per row | (n, d) |
# | `w` | one weight per input | (d,) |
# | `b` | a tensor with a single number in it | () |
# | `upstream` | $\partial L / \partial a_i$ for each sample | (n,) |
# | `dx`, returned | gradient for each sample | (n, d) |
# | `dw`, returned | gradient for the weights | (d,) |
# | `db`, returned | gradient for the bias | () |
#
# Where a pre-activation is exactly 0, the slope of the ReLU is 0. Leave the arguments as they were.

# %% solution="neuron_backward"
def neuron_backward(x, w, b, upstream):
    """Gradients (dx, dw, db) of the loss, shapes (n, d), (d,) and ().

    x: (n, d), w: (d,), b: (), upstream: (n,), the gradient of the loss with respect to ReLU(x·w + b).
    """
    ### BEGIN SOLUTION
    z = x @ w + b
    dz = upstream * (z > 0)
    return dz[:, None] * w, x.T @ dz, dz.sum()
    ### END SOLUTION


# %% test="neuron_backward" points=4
check("neuron_backward")

# %% [markdown]
# PyTorch does the same when you call `backward()`. On a random batch the differences are 0, or as small as rounding
# makes them:

# %%
batch, weights, bias = torch.randn(6, 3), torch.randn(3), torch.randn(())
message = torch.randn(6)
leaves = [value.clone().requires_grad_() for value in (batch, weights, bias)]
torch.relu(leaves[0] @ leaves[1] + leaves[2]).backward(message)
mine = neuron_backward(batch, weights, bias, message)
for name, ours, leaf in zip(("dx", "dw", "db"), mine, leaves, strict=True):
    print(f"largest difference in {name}:", (torch.as_tensor(ours) - leaf.grad).abs().max().item())

# %% [markdown]
# ## 3 · A neuron that can't learn
#
# Let us train the neuron of tasks 1 and 2. Its input is `x`, and its target output is 2. The loss is $\frac12 (a -
# 2)^2$, so the upstream gradient is $a - 2$: negative, which means "more, please". Each step moves the weights and the
# bias against their gradients.

# %%
def descend(start, steps=40, rate=0.05):
    """The losses of gradient descent on the neuron's weights and bias, when the bias begins at `start`."""
    weights, bias = w.clone(), torch.tensor(float(start))
    found = []
    for _ in range(steps):
        error = torch.relu(x @ weights + bias) - 2
        found.append(error.item() ** 2 / 2)
        _, dw, db = neuron_backward(x[None], weights, bias, error[None])
        weights, bias = weights - rate * dw, bias - rate * db
    return found


plots.losses({"b = −5": descend(b)}, title="A neuron with target 2")

# %% [markdown]
# A perfectly flat line. The message came in loud and clear, 2 in size, and the neuron passed on nothing: print
# `neuron_backward(x[None], w, b, torch.tensor([-2.0]))` and see. A step of length 0 leaves everything as it is, and so
# the next step is of length 0 too. Neither a larger rate nor longer training will help.
#
# ### Task 4 · Wake it up (2 points)
#
# The weights and the input stay as they are. Find a bias `b_alive` with which the neuron lets the gradient through at
# `x`. Many numbers will do.

# %% solution="alive_bias"
# b_alive: a single number. This one won't do.
b_alive = b
### BEGIN SOLUTION
b_alive = -1.0
### END SOLUTION

# %% test="alive_bias" points=2
check("alive_bias")

# %%
plots.losses({"b = −5": descend(b), "your bias": descend(b_alive)}, title="A neuron with target 2")

# %% [markdown]
# Same task, same rate, same steps. The only difference is on which side of the kink the neuron started. Try other
# starts: how close can a neuron that learns come to one that never will?
#
# ## 4 · Four slopes
#
# ReLU's slope is all or nothing. Other functions are gentler, and each has its price. The **sigmoid** squeezes every
# number between 0 and 1:
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}$$

# %%
plots.activation("sigmoid", extent=8.0)

# %% [markdown]
# Look at the scale on the right. How large does the slope of the sigmoid ever get? And what is left of it at $z = 6$?
# Far from 0 on either side the function is *saturated*: it is flat, and whoever learns through it learns slowly.
#
# Change the name to `"tanh"`, `"relu"` or `"leaky_relu"` and compare. The hyperbolic tangent is a sigmoid stretched to
# the range from −1 to 1, $\tanh(z) = 2\,\sigma(2z) - 1$, and steeper in its middle. The **leaky ReLU** keeps a small
# slope on the left, where ReLU has none; in the picture it is 0.1, so that you can see it.
#
# ### Task 5 · The derivatives (3 points)
#
# Write the four derivatives. Each takes a tensor $z$ of any shape and returns the slope at each of its entries, in the
# same shape and dtype.
#
# - `sigmoid_grad(z)` and `tanh_grad(z)`: try to express the slope in terms of the function itself.
# - `relu_grad(z)`: 0 at exactly 0.
# - `leaky_relu_grad(z, slope=0.01)`: 1 for $z > 0$ and `slope` otherwise, at exactly 0 as well.
#
# Two requests: leave `z` as it was, and return a finite number for every finite $z$, a million included. How large is
# $e^{1000}$ for a computer, and what does it make of infinity divided by infinity?

# %% solution="activation_derivatives"
def sigmoid_grad(z):
    """The slope of the sigmoid at each entry of z; any shape in, the same shape out."""
    ### BEGIN SOLUTION
    s = torch.sigmoid(z)
    return s * (1 - s)
    ### END SOLUTION


def tanh_grad(z):
    """The slope of tanh at each entry of z."""
    ### BEGIN SOLUTION
    return 1 - torch.tanh(z) ** 2
    ### END SOLUTION


def relu_grad(z):
    """The slope of ReLU at each entry of z, 0 at exactly 0."""
    ### BEGIN SOLUTION
    return (z > 0).to(z.dtype)
    ### END SOLUTION


def leaky_relu_grad(z, slope=0.01):
    """The slope of the leaky ReLU at each entry of z, `slope` at exactly 0."""
    ### BEGIN SOLUTION
    return torch.where(z > 0, torch.ones_like(z), torch.full_like(z, slope))
    ### END SOLUTION


# %% test="activation_derivatives" points=3
check("activation_derivatives")

# %%
here = torch.tensor([0.0, 1.0, 2.0, 4.0, 8.0, -8.0])
print("z          " + "".join(f"{value:9.0f}" for value in here))
four = {"sigmoid": sigmoid_grad, "tanh": tanh_grad, "ReLU": relu_grad, "leaky ReLU": leaky_relu_grad}
for name, slopes in four.items():
    print(f"{name:11}" + "".join(f"{value:9.5f}" for value in slopes(here)))

# %% [markdown]
# What is a slope of 0.1 worth against one of 0? Here is the neuron of section 3 once more, beside one with a leak. Both
# begin at $b = -5$:

# %%
def leaky_descend(start, slope=0.1, steps=150, rate=0.05):
    """As `descend`, for a neuron with a leaky ReLU; autograd finds the gradients."""
    weights, bias = w.clone().requires_grad_(), torch.tensor(float(start), requires_grad=True)
    found = []
    for _ in range(steps):
        error = torch.nn.functional.leaky_relu(x @ weights + bias, slope) - 2
        found.append(error.item() ** 2 / 2)
        dw, db = torch.autograd.grad(error**2 / 2, (weights, bias))
        with torch.no_grad():
            weights -= rate * dw
            bias -= rate * db
    return found


plots.losses({"leaky ReLU": leaky_descend(b), "ReLU": descend(b, steps=150)}, title="With a leak, and without")

# %% [markdown]
# For a long time the two can hardly be told apart. But the one with the leak creeps upwards, step by step, until it
# comes to the kink, and from there it runs. How long does it creep with `slope=0.05`?
#
# ## 5 · Layer upon layer
#
# Now put layers one behind the other, without biases for once. With $h_0 = x$, layer $l$ computes
#
# $$h_l = f(h_{l-1} W_l^T), \qquad l = 1, \dots, L.$$
#
# On its way from $h_l$ back to $h_{l-1}$ the message is multiplied by the slopes of $f$, entry by entry, and then by
# the matrix $W_l$. From the end of the network to its beginning that makes $L$ slopes and $L$ matrices. If each pair
# together shrinks the message by the same factor $q$, then $q^L$ is left of it.
#
# ### Task 6 · How loud is the message? (3 points)
#
# Let $S$ be the sum of all entries of $h_L$. Write `gradient_norms(weights, x, activation)`, which measures how large
# the gradient of $S$ is at each stage:
#
# $$\left\lVert \frac{\partial S}{\partial h_l} \right\rVert, \qquad l = 0, 1, \dots, L - 1$$
#
# - `weights` is the list $[W_1, \dots, W_L]$, where $W_l$ has as many rows as $h_l$ has columns; `x` is (n, in);
#   `activation` is any function of a tensor, such as `torch.tanh`.
# - The result is a list of $L$ numbers, the one for $h_0 = x$ first.
# - The norm is the root of the sum of the squares of *all* entries of a gradient, whatever its shape.
#
# Let autograd do the work: have every $h_l$ take part in one graph, and ask for all gradients at the end
# (`torch.autograd.grad` takes a list, `retain_grad()` is another way). The weights may be those of a model, which ask
# for gradients themselves. Neither they nor `x` must change, and that includes their `.grad`, which `backward()` fills
# for every tensor that asks for gradients; and a second call must give the same list as the first.

# %% solution="gradient_norms"
def gradient_norms(weights, x, activation):
    """The list of ‖∂S/∂h_l‖ for l = 0 … L−1, where S is the sum of h_L.

    weights: L matrices, (units of h_l, units of h_{l−1}) each; x: (n, units of h_0).
    """
    ### BEGIN SOLUTION
    hs = [x.detach().clone().requires_grad_()]
    for weight in weights:
        hs.append(activation(hs[-1] @ weight.T))
    gradients = torch.autograd.grad(hs[-1].sum(), hs[:-1])
    return [gradient.norm().item() for gradient in gradients]
    ### END SOLUTION


# %% test="gradient_norms" points=3
check("gradient_norms")

# %% [markdown]
# Twelve layers of 32 units, with random weights of a usual size. The same weights for three activations. Read the
# picture from the right, where the message comes from, to the left:

# %%
generator = torch.Generator().manual_seed(0)
samples = torch.randn(8, 32, generator=generator)
deep = [torch.randn(32, 32, generator=generator) / 32**0.5 for _ in range(12)]
three = {function.__name__: function for function in (torch.sigmoid, torch.tanh, torch.relu)}
norms = {name: gradient_norms(deep, samples, function) for name, function in three.items()}
figure = plots.losses(norms, title="The size of the gradient on its way back")
figure.update_xaxes(title_text="layer l")
figure.update_yaxes(title_text="norm of ∂S/∂h", exponentformat="power")

# %% [markdown]
# The scale is logarithmic, so a straight line is a steady factor from layer to layer. Here are the factors:

# %%
for name, function in three.items():
    sizes = gradient_norms(deep, samples, function)
    left = float(sizes[0] / sizes[-1])
    print(f"{name:8} × {left ** (1 / 11):.2f} per layer, × {left:.0e} from the last to the first")

# %% [markdown]
# With sigmoids the first layers are told next to nothing, and they are the ones everything else is built on. Compare
# the sigmoid's factor with the largest slope that it has. With tanh most of the message comes through. And ReLU? Its
# slope is 1 wherever it is on, so no layer weakens what passes; but about half of the entries are off. Which factor
# would you expect when half of the squares in a norm are set to 0?
#
# More layers, other weights: what happens with 30 layers, or with `2 * torch.randn(...)`?
#
# ## 6 · Dead units
#
# It does no harm when a ReLU unit is off for one sample: another sample switches it on, and it learns from that one. But
# a unit that is off for **every** sample gets no message from anyone. It is **dead**.
#
# In the picture below each line is the kink of a unit, and the crosses are the samples. A pattern such as 101 says that
# in this region units 1 and 3 are on, and unit 2 is off. Which of the three units is dead?

# %%
generator = torch.Generator().manual_seed(5)
cloud = 0.8 * torch.randn(30, 2, generator=generator)
units = torch.tensor([[1.0, -0.5], [1.0, 1.0], [-0.3, 1.0]])
biases = torch.tensor([0.3, -3.3, -0.4])
plots.regions(units, biases, points=cloud)

# %% [markdown]
# ### Task 7 · Count the dead (2 points)
#
# Write `dead_fraction(x, weight, bias)` for a layer with the pre-activations `x @ weight.T + bias`: the share of its units
# whose pre-activation is 0 or less for every row of `x`, as a number from 0 to 1.

# %% solution="dead_units"
def dead_fraction(x, weight, bias):
    """The share of dead units of a ReLU layer: x (n, in), weight (hidden, in), bias (hidden,)."""
    ### BEGIN SOLUTION
    z = x @ weight.T + bias
    return (z <= 0).all(dim=0).double().mean().item()
    ### END SOLUTION


# %% test="dead_units" points=2
check("dead_units")

# %%
print(f"dead in the picture: {float(dead_fraction(cloud, units, biases)):.2f} of the units")

# %% [markdown]
# How do units die? Mostly because the steps are too large. One leap, and the kink of a unit lies beyond all the
# samples, with all of them on its off side. It will not come back, as you saw in section 3.
#
# Below, 40 hidden units learn a sine, twice. The *careful* run takes small steps. The *careless* one begins with five
# large steps and is just as careful from then on.

# %%
def train(rates, hidden=40):
    """The losses of gradient descent with these rates, and the share of hidden units alive at each step."""
    generator = torch.Generator().manual_seed(0)
    t = torch.linspace(-2, 2, 64, dtype=torch.float64)[:, None]
    first, second = torch.randn(2, hidden, 1, generator=generator, dtype=torch.float64)
    zeros = torch.zeros(hidden, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    parameters = [value.requires_grad_() for value in (first, zeros[0], second.T / hidden**0.5, zeros[1])]
    found, alive = [], []
    for rate in rates:
        first, shift, second, offset = parameters
        loss = ((torch.relu(t @ first.T + shift) @ second.T + offset - torch.sin(3 * t)) ** 2).mean()
        found.append(loss.item())
        alive.append(1 - float(dead_fraction(t, first.detach(), shift.detach())))
        slopes = torch.autograd.grad(loss, parameters)
        parameters = [(p - rate * s).detach().requires_grad_() for p, s in zip(parameters, slopes, strict=True)]
    return found, alive


runs = {"careful": [0.02] * 300, "careless": [0.15] * 5 + [0.02] * 295}
figure = plots.losses({name: train(rates)[1] for name, rates in runs.items()}, title="Units alive")
figure.update_yaxes(type="linear", dtick=0.2, range=[0, 1.05], title_text="share of the units")

# %% [markdown]
# The careless run falls off a cliff and never climbs back: not one unit returns, although the steps are small again.
# (It may even lose some more. Why can this line only go down?) The few that are left have to do all the work:

# %%
plots.losses({name: train(rates)[0] for name, rates in runs.items()}, title="A sine, learned by the units alive")

# %% [markdown]
# Play with the rates: where does the dying begin? Then look at the remedies. Smaller steps are one. A leaky ReLU is
# another, and you know its slope. Weights of the right size are a third, and bypasses around the layers a fourth: both
# have a notebook of their own later in the course.
#
# ## 7 · In your own words
#
# ### Task 8 · Why the dead stay dead (2 points)
#
# Answer in four to six sentences. This answer is graded by hand.
#
# 1. A ReLU unit is off for every sample. What are the gradients of the loss with respect to its weights and its bias,
#    and which factor of the chain rule makes them so?
# 2. What does gradient descent do with this unit in the next step, and in the hundredth?
# 3. Name one change to the unit or to the training that prevents this, and say why it helps.

# %% [markdown] manual="explain_dead" points=2
# ### BEGIN SOLUTION
# By the chain rule the gradient of the loss with respect to the unit's weights and bias is a sum over the samples of
# the upstream gradient, the slope of the ReLU at $z$, and the input (1 for the bias). The unit is off for every
# sample, so the slope is 0 in each of these products, and both gradients are 0, however large the loss is.
#
# Gradient descent subtracts the rate times the gradient: nothing. The weights and the bias stay as they are, so on the
# same samples the unit is off in the next step as well, and in the hundredth. (Only what comes before it could wake
# it: if earlier layers learn, its inputs change.)
#
# A leaky ReLU has a small slope on the left, so some gradient always gets through, and the unit can move until a sample
# switches it on. Smaller steps or smaller initial weights make it less likely that the kink jumps over all the samples
# in the first place.
# ### END SOLUTION

# %% [markdown]
# ## For the curious · Weights of the right size
#
# No points here, and no checks. The cells below use your `gradient_norms`.
#
# In section 5 the weights were random numbers divided by $\sqrt{32}$, the root of the number of inputs. Half of the
# message, measured in squares, got lost in each ReLU. What if the weights make up for that, with $\sqrt{2}$? And what
# if they do more than that?

# %%
def with_gain(gain, activation):
    return gradient_norms([gain * v for v in deep], samples, activation)


gains = {"gain 1": 1.0, "gain √2": 2**0.5, "gain 2": 2.0}
found = {name: with_gain(gain, torch.relu) for name, gain in gains.items()}
figure = plots.losses(found, title="ReLU, with weights of three sizes")
figure.update_xaxes(title_text="layer l")
figure.update_yaxes(title_text="norm of ∂S/∂h", exponentformat="power")

# %% [markdown]
# If the weights are too small, the message vanishes; if they are too large, it *explodes*, which is no better. With
# $\sqrt 2$ it arrives about as loud as it was sent. This is how K. He, X. Zhang, S. Ren and J. Sun start their networks
# (*Delving Deep into Rectifiers*, ICCV 2015). X. Glorot and Y. Bengio had asked the same question for tanh
# (*Understanding the difficulty of training deep feedforward neural networks*, AISTATS 2010, PMLR 9:249–256).
#
# Does a gain help the sigmoid?

# %%
for gain in (1, 2, 4, 8):
    sizes = with_gain(gain, torch.sigmoid)
    print(f"gain {gain}: the first layer hears {sizes[0] / sizes[-1]:.0e} of what the last one does")

# %% [markdown]
# Larger weights make up for small slopes, but they also drive the units into saturation, where the slopes are smaller
# still. Which of the two wins? Try a gain of 30, and one of 300.
