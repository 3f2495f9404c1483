# %% [markdown]
# # The fold: what a ReLU can do that no matrix can
#
# Draw the number line on a strip of paper. A matrix can stretch the strip, shrink it or turn it round, and that is
# all: the strip stays straight. Now crease the paper at 0 and fold it. Two numbers that were far apart lie on top of
# each other, and each side can go its own way. A neural network does nothing else. Its matrices stretch and turn;
# its **ReLU** is the crease.
#
# In this notebook you compute a small network by hand, build one that bends the line as you please, measure how badly
# a single matrix fails at the same job, and count the pieces into which a layer cuts the plane.
#
# **How it works.** There are 9 tasks, 20 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests of
# the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play with:
# change numbers, run it again, see what happens.
#
# **One convention for the whole course.** Data has one sample per row. A layer with weights `W` and bias `b` computes
# `x @ W.T + b`, as `torch.nn.Linear` does:
#
# | | shape | |
# |---|---|---|
# | `x` | (n, in) | one sample per row |
# | `W` | (out, in) | one unit per row |
# | `b` | (out,) | one number per unit |
# | `x @ W.T + b` | (n, out) | one sample per row, one unit per column |

# %% locked="setup"
# Locked: what the notebook works with.
import torch

from course_lib import check, plots

# %% [markdown]
# ## 1 · A hinge
#
# The rectified linear unit keeps a positive number and replaces a negative one by 0:
#
# $$\mathrm{ReLU}(z) = \max(0, z)$$

# %%
plots.activation("relu")

# %% [markdown]
# Two straight pieces and a hinge. To the left of 0 the slope is 0, to the right it is 1; at 0 itself there is no
# slope, which is what the two open circles say. Software has to pick a value there, and does.
#
# The next cell moves the hinge. Which number moved it, and which way? Try `torch.relu(-z)` and `3 * torch.relu(z)`, or
# the names `"tanh"`, `"sigmoid"`, `"leaky_relu"` and `"gelu"` for other functions that can take its place.

# %%
plots.activation(lambda z: torch.relu(z - 1))

# %% [markdown]
# ## 2 · Two hinges make a fold
#
# One hinge throws half of the line away. Two hinges, facing in opposite directions, keep all of it.
# Take two samples of one number each, $x_1$ and $-x_2$, where $x_1$ and $x_2$ are positive, and two units with the
# weights 1 and −1, without biases:
#
# $$
# x = \begin{bmatrix} x_1 \\ -x_2 \end{bmatrix}, \quad
# w_1 = \begin{bmatrix} 1 \\ -1 \end{bmatrix}, \quad
# x\,w_1^T = \begin{bmatrix} x_1 & -x_1 \\ -x_2 & x_2 \end{bmatrix}, \quad
# \mathrm{ReLU}(x\,w_1^T) = \begin{bmatrix} x_1 & 0 \\ 0 & x_2 \end{bmatrix}
# $$
#
# A row is a sample, a column is a unit. (You may meet the third matrix with its rows and columns swapped; with one
# sample per row it is the one above.) Look at the last matrix: the positive sample lives in the first column only, the
# negative one in the second only. They no longer get in each other's way, so the next layer can treat them
# differently.
#
# Press *Play*. On the left you see where the numbers from −2 to 2 land in the plane of the two hidden units. At first
# the hidden layer is linear, and the line stays a line. Then the crease comes in. On the right is the output of a
# second layer, with the slope on either side of 0.

# %%
plots.fold()

# %% [markdown]
# The finished network leaves positive numbers as they are and mirrors the negative ones. The picture does not show its
# second-layer weights: you will find such weights in task 4.
#
# ## 3 · The same by hand
#
# Four samples of two numbers each, and the weights of two layers without biases:

# %% locked="data"
# Locked: the samples and the weights of tasks 1 to 4.
x = torch.tensor([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [-2.0, -2.0]])  # (4, 2)
w1 = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])  # (2, 2)
w2 = torch.tensor([[1.0, -1.0]])  # (1, 2)

# %% [markdown]
# ### Task 1 · The hidden layer (2 points)
#
# Compute $z_1 = x\,w_1^T$. Do the first row on paper before you let the computer do all four. A formula and typed
# numbers are both fine, here and in the next three tasks.

# %% solution="z1"
# z1: the hidden layer before the ReLU, shape (4, 2)
### BEGIN SOLUTION
z1 = x @ w1.T
### END SOLUTION

# %% test="z1" points=2
check("z1")

# %% [markdown]
# ### Task 2 · The crease (2 points)
#
# Compute $y_1 = \mathrm{ReLU}(z_1)$. ReLU looks at each number alone and knows nothing of its neighbours. Which column
# do the first two samples live in afterwards, and which one the last two?

# %% solution="y1"
# y1: the hidden layer after the ReLU, shape (4, 2)
### BEGIN SOLUTION
y1 = torch.relu(z1)
### END SOLUTION

# %% test="y1" points=2
check("y1")

# %% [markdown]
# ### Task 3 · The second layer (2 points)
#
# Compute $z_2 = y_1 w_2^T$, with $w_2 = [1, -1]$.
#
# A warning: some copies of this exercise show the result for a different $w_2$. Do the multiplication yourself, one row
# at a time, and mind the signs.

# %% solution="z2"
# z2: the output of the network, shape (4, 1)
### BEGIN SOLUTION
z2 = y1 @ w2.T
### END SOLUTION

# %% test="z2" points=2
check("z2")

# %% [markdown]
# Compare each value of your `z2` with the sum of the numbers in that row of `x`. Has the ReLU left any trace in the
# output?
#
# Here is the same network on the number line (each sample of ours is one number written twice, so the line tells the
# whole story). Press *Play* and watch the right-hand side.

# %%
plots.fold(w1=[[1], [-1]], w2=[[1, -1]])

# %% [markdown]
# A crease is only a chance. What becomes of it is up to the layer that comes after.
#
# ### Task 4 · Use the fold (2 points)
#
# Keep `x`, `w1` and the ReLU. Find weights `w2_abs`, shape (1, 2), with which the network gives 2 and 4 for the first
# two samples, and 2 and 4 again for the last two, which are their mirror images. This is the network that you saw in
# section 2.

# %% solution="w2_abs"
# w2_abs: the weights of the second layer, shape (1, 2)
### BEGIN SOLUTION
w2_abs = torch.tensor([[1.0, 1.0]])
### END SOLUTION

# %% test="w2_abs" points=2
check("w2_abs")

# %% [markdown]
# ## 4 · The general network
#
# Everything so far was one case of the **multi-layer perceptron** with one hidden layer:
#
# $$\hat y = \mathrm{ReLU}(x\,w_1^T + b_1)\,w_2^T + b_2$$
#
# | | shape |
# |---|---|
# | `x` | (n, in) |
# | `w1`, `b1` | (hidden, in), (hidden,) |
# | `w2`, `b2` | (out, hidden), (out,) |
# | result | (n, out) |
#
# The biases put the creases where they are wanted, as you saw with the hinge that moved.
#
# ### Task 5 · Two layers, any size (3 points)
#
# Write `relu` and `two_layer` with plain tensor operations. Two requests:
#
# - leave the arguments as they were: the caller may still need them;
# - let gradients flow back to every argument, since training will ask for them. Stay with operations on tensors, and
#   autograd does the rest.

# %% solution="two_layer"
def relu(z):
    """max(0, z), entry by entry; any shape in, the same shape out."""
    ### BEGIN SOLUTION
    return z.clamp(min=0)
    ### END SOLUTION


def two_layer(x, w1, b1, w2, b2):
    """The network's output (n, out).

    x: (n, in), w1: (hidden, in), b1: (hidden,), w2: (out, hidden), b2: (out,).
    """
    ### BEGIN SOLUTION
    hidden = relu(x @ w1.T + b1)
    return hidden @ w2.T + b2
    ### END SOLUTION


# %% test="two_layer" points=3
check("two_layer")

# %% [markdown]
# Your function and PyTorch's own modules should tell the same story. The difference below is 0, or as small as
# rounding makes it:

# %%
network = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
batch = torch.randn(7, 3)
with torch.no_grad():
    difference = two_layer(batch, *network.parameters()) - network(batch)
print("largest difference:", difference.abs().max().item())

# %% [markdown]
# ### Task 6 · A slope for each side (2 points)
#
# Positive numbers live in one hidden column, negative ones in the other. So each side can have a scale of its own.
#
# Write `sign_scale(c, d)`. For two plain numbers `c` and `d` it returns the weights of a network without biases, one
# number in, two hidden units, one number out, which turns
#
# - every $t > 0$ into $c\,t$,
# - every $t < 0$ into $d\,(-t)$.

# %% solution="sign_scale"
def sign_scale(c, d):
    """Weights (w1, w2) of the network, shapes (2, 1) and (1, 2), for plain numbers c and d."""
    ### BEGIN SOLUTION
    w1 = torch.tensor([[1.0], [-1.0]])
    w2 = torch.tensor([[float(c), float(d)]])
    return w1, w2
    ### END SOLUTION


# %% test="sign_scale" points=2
check("sign_scale")

# %% [markdown]
# See what you have built. Which `c` and `d` give the plain ReLU? Which ones give a straight line?

# %%
plots.fold(*sign_scale(2.0, 0.5))

# %% [markdown]
# ## 5 · What no matrix can do
#
# How close would one matrix come, with no ReLU at all? The circles are the target: the line with its left half
# mirrored. The dashed line is the best that a matrix can do, the dotted one the best straight line of all, one that
# need not pass through 0. The legend gives the mean squared error of each.

# %%
plots.linear_vs_relu(right=1.0, left=1.0)

# %% [markdown]
# Change `right` and `left` above. Is there a pair for which the dashed line meets every circle?
#
# ### Task 7 · The best matrix (3 points)
#
# Write `best_linear_map(x, y)`: the matrix $A$, shape (out, in), that makes the sum of squared errors
# $\lVert x A^T - y \rVert^2$ as small as any matrix can.
#
# The samples of this notebook are a hard case. Both columns of `x` are the same, so $x^T x$ has no inverse, and many
# matrices are equally good. Any one of them counts, but your function has to find one: it must also work when columns
# of `x` are repeated or zero, or when `x` has fewer rows than columns. Besides a repeated column there may be one that
# differs from it by very little: that small difference counts, in float32 too, and so do inputs whose numbers are all
# very small. Leave `x` and `y` as they were. Look around in the documentation of `torch.linalg`, and read what each
# function there assumes about its input.

# %% solution="best_linear"
def best_linear_map(x, y):
    """A matrix A (out, in) that minimises ‖x Aᵀ − y‖ for x (n, in) and y (n, out)."""
    ### BEGIN SOLUTION
    return (torch.linalg.pinv(x) @ y).T
    ### END SOLUTION


# %% test="best_linear" points=3
check("best_linear")

# %% [markdown]
# The contest on the four samples: the network of task 4 gets every value right. And the best matrix?

# %%
target = torch.tensor([[2.0], [4.0], [2.0], [4.0]])
attempt = x @ best_linear_map(x, target).T
print("wanted:      ", target.flatten().tolist())
print("best matrix: ", [round(value, 3) for value in attempt.flatten().tolist()])

# %% [markdown]
# Why so bad? Suppose that a matrix has chosen what to do with a sample $x$. What must it then do with $-x$? Keep your
# answer for the last task.
#
# ## 6 · Cutting the plane
#
# On a line, a hidden unit switches from off to on at one point. In the plane it switches along a straight line, where
# its *pre-activation*, the number that goes into the ReLU, is 0. So a layer cuts the plane into **regions**, and
# inside a region no unit switches: the same ones are on everywhere. Write 1 for on and 0 for off, and every region has
# its *pattern*.
#
# First the layer of our exercise, with the four samples. Its two units switch along the same line, in opposite
# directions:

# %%
plots.regions(w1, points=x)

# %% [markdown]
# Now three units with random weights and biases. Go from one region into the next: how many digits of the pattern
# change at a border? Which of the eight possible patterns is missing, if any? Try other seeds and more units.

# %%
units, seed = 3, 24
generator = torch.Generator().manual_seed(seed)
plots.regions(torch.randn(units, 2, generator=generator), torch.randn(units, generator=generator))

# %% [markdown]
# Inside one region, a unit that is on passes its number through, and a unit that is off gives 0. What kind of function
# is the whole network there? That, too, is worth a thought before the last task.
#
# ### Task 8 · Patterns and regions (2 points)
#
# Write
#
# - `activation_pattern(x, w1, b1)`: for every sample, which units are on. A unit is on when its pre-activation is
#   greater than 0.
# - `count_regions(x, w1, b1)`: how many different patterns the samples show, that is, in how many regions they lie.

# %% solution="regions"
def activation_pattern(x, w1, b1):
    """Which units are on: bool, (n, hidden), for x (n, in), w1 (hidden, in) and b1 (hidden,)."""
    ### BEGIN SOLUTION
    return x @ w1.T + b1 > 0
    ### END SOLUTION


def count_regions(x, w1, b1):
    """How many different patterns the rows of x (n, in) show: an int."""
    ### BEGIN SOLUTION
    return len(torch.unique(activation_pattern(x, w1, b1), dim=0))
    ### END SOLUTION


# %% test="regions" points=2
check("regions")

# %% [markdown]
# ## 7 · In your own words
#
# ### Task 9 · Explain the fold (2 points)
#
# Answer in four to six sentences, with numbers from this notebook where they help. This answer is graded by hand.
#
# 1. What does the network with your `w2_abs` do to samples 1 and 2, and what to samples 3 and 4?
# 2. Could a single matrix do the same? Give the reason, not only the result of task 7.
# 3. What, then, is the non-linearity between two linear layers good for?

# %% [markdown] manual="explain_fold" points=2
# ### BEGIN SOLUTION
# The network adds up the two numbers of a sample and returns the absolute value of the sum. For samples 1 and 2 it
# returns the sum as it is, 2 and 4; for samples 3 and 4 it multiplies the sum, −2 and −4, by −1 and returns 2 and 4
# again. So one linear map is at work on one side of the line $x_1 + x_2 = 0$, and another one on the other side.
#
# A single matrix can't do that: $(-x)A^T = -(xA^T)$, so if it sends sample 1 to 2, it has to send sample 3 to −2. The
# best compromise between the two demands, 2 and −2, lies halfway, which is 0 for all four samples.
#
# The non-linearity divides the space into regions, according to which units are on. Inside each region the network
# is linear, but the linear map may be a different one in every region. Without the ReLU the two layers would
# multiply out to one matrix, and there would be only one region.
# ### END SOLUTION

# %% [markdown]
# ## For the curious · How many pieces?
#
# No points here, and no checks. The cells below use your `count_regions`.
#
# Into how many pieces can $h$ straight lines cut the plane? Each new line gains most when it crosses all the older
# ones, away from their crossings. In $d$ dimensions, $h$ hyperplanes make at most
#
# $$\sum_{i=0}^{d} \binom{h}{i}$$
#
# pieces, which is $1 + h + h(h-1)/2$ in the plane. That is far less than the $2^h$ patterns that one could write down.
# Does a random layer reach the bound? We throw 500 darts at the plane and count the patterns that turn up, first for
# one unit of the layer, then for more and more of them. (In the last row, which pieces have the darts missed?)

# %%
from math import comb

generator = torch.Generator().manual_seed(1365)
darts = 3 * torch.randn(500, 2, generator=generator)
weights, biases = torch.randn(8, 2, generator=generator), torch.randn(8, generator=generator)
print("units  regions found  bound  patterns")
for units in (1, 2, 3, 5, 8):
    found = count_regions(darts, weights[:units], biases[:units])
    bound = sum(comb(units, i) for i in range(3))
    print(f"{units:5}  {found:13}  {bound:5}  {2**units:8}")

# %% [markdown]
# One layer is one round of cuts. The power of *deep* networks is to fold what has been folded already. Below, a number
# line is folded at its middle, stretched back to full length and folded again. A fold takes two ReLU units; three folds
# take six, and the line ends up in $2^3 = 8$ straight pieces. Six units side by side in one layer give a line of at
# most 7 pieces. Add a fold or two: who wins in the long run?

# %%
folds = 3


def folded(t):
    for _ in range(folds):
        t = 1 - 2 * t.abs()
    return t


plots.activation(folded, extent=1.0)

# %% [markdown]
# How many linear regions deep ReLU networks can have, and how to count those of a given one, is the subject of
# T. Serra, C. Tjandraatmadja and S. Ramalingam, *Bounding and Counting Linear Regions of Deep Neural Networks*,
# ICML 2018, PMLR 80:4558–4566.
