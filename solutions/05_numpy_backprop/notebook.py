# %% [markdown]
# # A network with no framework
#
# So far PyTorch found nearly every gradient for you. In this notebook it finds none. You build a network out of NumPy
# arrays, find its gradients with the chain rule, check them, and train it to read handwritten digits. Nothing is hidden:
# the whole network is four arrays and three methods.
#
# The way there follows history. A *perceptron* (1958) is one neuron with a rule that corrects its mistakes. It learns
# everything that a straight line can separate, and nothing else. A hidden layer removes that limit, but it needs a
# new rule for learning: **backpropagation**. At the end you hand your network over to PyTorch and compare.
#
# **How it works.** There are 8 tasks, 30 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests of
# the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play with.
#
# All tasks work with NumPy arrays: an array goes in, an array comes out. One row is one sample. Functions leave their
# arguments as they were.

# %% locked="setup"
# Locked: what the notebook works with.
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

from course_lib import check, plots

# %% [markdown]
# ## 1 · One neuron that corrects its mistakes
#
# A perceptron has a weight for each input, and a bias. Call $w \cdot x + b$ its *score* for the sample $x$. Its answer is
# 1 where the score is positive, and 0 elsewhere. Each sample comes with the right answer, its *label* $y$, 0 or 1.
#
# $$\hat y = \begin{cases} 1 & w \cdot x + b > 0 \\ 0 & \text{otherwise} \end{cases}$$
#
# It starts with $w = 0$ and $b = 0$, and looks at one sample after another. If its answer is right, nothing happens.
# If it is wrong, the sample corrects it:
#
# $$w \leftarrow w + (y - \hat y)\,x, \qquad b \leftarrow b + (y - \hat y)$$
#
# The factor $y - \hat y$ is 1 where the answer should have been 1, and −1 where it should have been 0. So a sample with
# label 1 pulls the score at its own position up, and a sample with label 0 pushes it down. One pass through all samples
# is an *epoch*. The training ends with the first epoch that has no mistake, or after `max_epochs`.
#
# ### Task 1 · The perceptron (4 points)
#
# Write two functions.
#
# - `perceptron_fit(X, y, max_epochs)` with `X` (n, d) and labels `y` (n,), whole numbers 0 and 1. It returns `(w, b,
#   mistakes)`: `w` is an array (d,), `b` a number, and `mistakes` the number of all updates in all epochs, an int. It
#   updates after every single mistake, and the next sample already sees the new `w` and `b`. Three things are up to you:
#   the answer where the score is exactly 0 (the formula says 0; in each function either will do), the order of the
#   samples, and a positive constant before both updates.
# - `perceptron_predict(X, w, b)` returns the labels 0 and 1 of all rows, an array (n,).

# %% solution="perceptron"
def perceptron_fit(X, y, max_epochs):
    """w, b and mistakes of a perceptron trained from zero: w (d,), b a number, mistakes an int.

    X: (n, d); y: (n,), labels 0 and 1. At most max_epochs times through the rows.
    """
    ### BEGIN SOLUTION
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(max_epochs):
        before = mistakes
        for row, label in zip(X, y, strict=True):
            error = label - (row @ w + b > 0)
            if error != 0:
                w, b, mistakes = w + error * row, b + error, mistakes + 1
        if mistakes == before:
            break
    return w, b, mistakes
    ### END SOLUTION


def perceptron_predict(X, w, b):
    """The label, 0 or 1, of each row of X (n, d): an array (n,)."""
    ### BEGIN SOLUTION
    return (X @ w + b > 0).astype(int)
    ### END SOLUTION


# %% test="perceptron" points=4
check("perceptron")

# %% [markdown]
# Here are two clouds of points. The animation calls your function with 1, 2, 3, … epochs and shows the line where the
# score is 0. Crosses mark the points that are still wrong.

# %%
def two_clouds(gap, n=60, seed=3):
    """Points on both sides of a slanted line, none nearer to it than gap / 2; and their labels."""
    drawn = np.random.default_rng(seed)
    direction = np.array([0.8, 0.6])
    points = drawn.normal(size=(n, 2))
    labels = np.arange(n) % 2
    along = (2 * labels - 1) * (gap / 2 + drawn.exponential(0.8, n)) + 0.5
    return points + np.outer(along - points @ direction, direction), labels


points, labels = two_clouds(gap=0.4)
trained = [perceptron_fit(points, labels, epochs) for epochs in range(1, 13)]
plots.separation(points, labels, [(w, b) for w, b, _ in trained], title="A perceptron at work")

# %% [markdown]
# Press *Play*. The line jumps: each mistake adds a whole sample to $w$ or takes one away, however far the sample was on
# the wrong side. Once an epoch has no mistake, the line stays where it is.
#
# ### How many mistakes?
#
# A. Novikoff proved in 1962 that the jumping must end. Append a constant 1 to each row, so that the bias is one weight
# among others. A row is an arrow now, of length $\sqrt{x_1^2 + \dots + x_d^2 + 1}$; let $R$ be the length of the longest
# one. On the line in the picture, $w_1 x_1 + w_2 x_2 + b \cdot 1 = 0$. With the constant 1 as a third coordinate this is
# a plane, and the origin lies on it. Let some such plane separate the labels, and let $\gamma$ be its distance from the
# nearest row, its *margin*. Then, in any order of the rows,
#
# $$\text{mistakes} \le \left(\frac{R}{\gamma}\right)^2 .$$
#
# The number of samples and the number of inputs do not matter. Only the margin does, compared with $R$: a narrow gap
# makes learning hard. The cell below shrinks the gap. Your counts stay far below the bound, which holds even for the
# worst points in the worst order. (For the margin, the cell takes the line that the clouds were made with. Another line
# with a wider margin would give a smaller bound.)

# %%
print("   gap  mistakes  (R/γ)²")
for gap in (2.0, 1.0, 0.5, 0.25, 0.1):
    rows, kinds = two_clouds(gap)
    extended = np.column_stack([rows, np.ones(len(rows))])
    line = np.array([0.8, 0.6, -0.5])
    margin = np.abs(extended @ line).min() / np.linalg.norm(line)
    radius = np.linalg.norm(extended, axis=1).max()
    _, _, count = perceptron_fit(rows, kinds, 10_000)
    print(f"{gap:6.2f}  {count:8}  {(radius / margin) ** 2:6.0f}")

# %% [markdown]
# ### What it can't do
#
# The bound is about labels that a line can separate. Here are four points for which there is no such line: the label is 1
# where exactly one of the two inputs is 1. This function is called XOR ("exclusive or").

# %%
corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
xor = np.array([0, 1, 1, 0])
for epochs in (1, 10, 100, 1000):
    print(f"{epochs:5} epochs: {perceptron_fit(corners, xor, epochs)[2]:5} mistakes")
tries = [perceptron_fit(corners, xor, epochs)[:2] for epochs in range(1, 13)]
plots.separation(corners, xor, tries, title="XOR: no line will do")

# %% [markdown]
# The line never comes to rest: every epoch has a mistake, for ever. M. Minsky and S. Papert showed in 1969 how much is
# beyond a single neuron. The remedy is a hidden layer: each hidden unit draws a line of its own, and the output
# combines them. But which unit should a mistake at the output correct? A slope could tell, but the step from 0 to 1 is
# flat on both sides. So the first thing we need is another function in its place.
#
# ## 2 · Activations, and their slopes
#
# A *hidden layer* is a row of neurons, its *units*, between the inputs and the output. Each unit passes its score $z$
# through an **activation**, a function that takes the place of the step. The most common one is
# $\mathrm{ReLU}(z) = \max(0, z)$: a unit is *on* where $z > 0$, and off elsewhere. Without an activation, two layers would
# be no more than one: a matrix times a matrix is a matrix.
#
# An activation is applied to each entry of an array. To learn, we ask how the *loss*, the one number that says how wrong
# the network is (section 3), changes with each weight. We go from the loss back to the weights (section 4), and on the
# way we need the activation's slope too. On the left is the function, on the right its slope.

# %%
plots.activation("relu", extent=4.0)

# %%
plots.activation("sigmoid", extent=6.0)

# %% [markdown]
# Try `"tanh"` and `"leaky_relu"` as well. The *sigmoid*, $1/(1 + e^{-z})$, is a smooth step from 0 to 1; its slope is never
# above ¼ and fades on both sides. ReLU's slope is 1 wherever the unit is on, and ReLU costs one comparison. This is why
# most networks use it.
#
# ReLU has no slope at exactly 0. We choose 0, as PyTorch does. Two formulas that you may find elsewhere fail. One divides
# $\mathrm{ReLU}(z)$ by $z$: at 0 this is 0/0, which is `nan`. The other converts a comparison with `np.float`, a name
# that NumPy removed in 2022: use `float` or `z.dtype` instead.
#
# The output layer needs something else when the answer is one of several kinds, such as one of ten digits. These kinds
# are called *classes* (they have nothing to do with Python's `class`). The network should give a probability for each
# class, so the numbers of each row should be positive and add up to 1. **Softmax** makes such numbers out of any row $z_1, \dots, z_k$; these $z$ are called
# *logits*:
#
# $$\mathrm{softmax}(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$
#
# In floating-point numbers $e^{z}$ is infinite from about 710 on (in float32 from 89 on). But only the differences
# between the logits matter: adding the same number to all logits of a row changes nothing. Which number makes every
# exponent harmless?
#
# ### Task 2 · ReLU, its slope, and softmax (2 points)
#
# - `relu(z)` and `relu_grad(z)` take an array of any shape and return numbers of the same shape; `relu_grad` is 0 at
#   exactly 0.
# - `softmax(z)` takes (n, k) and returns (n, k): each row by itself. It stays finite and right for entries from
#   −10,000 to 10,000.
#
# In NumPy, `np.maximum(a, b)` compares entry by entry, `.astype(float)` makes 1 and 0 of True and False, and a sum or a
# maximum along `axis=1` has the shape (n,), or with `keepdims=True` the shape (n, 1), which fits to every row.

# %% solution="activations"
def relu(z):
    """max(0, z), entry by entry: any shape in, the same shape out."""
    ### BEGIN SOLUTION
    return np.maximum(z, 0)
    ### END SOLUTION


def relu_grad(z):
    """The slope of ReLU at each entry of z, 0 at exactly 0."""
    ### BEGIN SOLUTION
    return (z > 0).astype(z.dtype)
    ### END SOLUTION


def softmax(z):
    """Each row of z (n, k) as probabilities."""
    ### BEGIN SOLUTION
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% test="activations" points=2
check("activations")

# %% [markdown]
# Three rows of logits as probabilities, and your `relu_grad` from −3 to 3. It should step from 0 to 1 at 0:

# %%
logits = np.array([[2.0, 1.0, 0.0], [200.0, 100.0, 0.0], [1.0, 1.0, 1.0]])
print(np.round(softmax(logits), 4))
plots.activation(lambda z: torch.as_tensor(relu_grad(z.detach().numpy())), derivative=False)

# %% [markdown]
# ## 3 · Two losses
#
# A loss says in one number how far the answers are from the truth; training makes it small. For numbers we take the
# **mean squared error**: the mean of $(\hat y - y)^2$ over all elements. For classes we take
# the **cross-entropy**. The labels are *one-hot*: a row of zeros with a single 1 at the true class. With $p_i$ for
# the probabilities of sample $i$, and $c_i$ for its true class,
#
# $$L = -\frac1n \sum_i \log p_{i,c_i} .$$
#
# It asks one thing about each sample: what probability did you give to the true class? An answer that is certain and
# right costs 0. Each time that probability is halved, the cost rises by $\log 2 = 0.69$. The cost of a probability of 0
# would be infinite, and a single infinity makes the mean useless. So programs add a tiny number to the probability, or
# put that number in place of any smaller probability, before they take the logarithm.
#
# ### Task 3 · Two losses (3 points)
#
# - `mse(prediction, y)`: two arrays of the same shape, any shape; the mean over all elements, one number.
# - `cross_entropy(y_onehot, probabilities)`: both (n, k); the mean over the samples, one number. Where the true class has
#   probability 0, the loss must be finite and large: more than a probability of 1/10,000 would cost. Probabilities above
#   0.0001 must count as they are, to two digits at least. (A tiny number such as 1e-12 does both.) The logarithm is the
#   natural one, `np.log`.

# %% solution="losses"
def mse(prediction, y):
    """The mean of the squared differences over all elements; both arrays have the same shape."""
    ### BEGIN SOLUTION
    return np.mean((prediction - y) ** 2)
    ### END SOLUTION


def cross_entropy(y_onehot, probabilities):
    """The mean over the samples of −log(probability of the true class); both (n, k)."""
    ### BEGIN SOLUTION
    return -np.mean(np.sum(y_onehot * np.log(np.maximum(probabilities, 1e-15)), axis=1))
    ### END SOLUTION


# %% test="losses" points=3
check("losses")

# %%
chances = np.array([0.99, 0.5, 0.1, 0.01, 0.0])
for chance in chances:
    row = np.array([[chance, 1 - chance]])
    print(f"true class given {chance:4.2f}: loss {float(cross_entropy(np.array([[1.0, 0.0]]), row)):6.3f}")

# %% [markdown]
# ## 4 · Back through two layers
#
# Now a network with a hidden layer learns numbers: a *regression* with one output. Its biases are handled by a trick.
# Put a column of ones before the inputs, and the bias is one more row of the weight matrix, **row 0**:
#
# $$
# X_b = [\,1, X\,], \quad Z = X_b W_1, \quad A = \mathrm{ReLU}(Z), \quad A_b = [\,1, A\,], \quad \hat y = A_b W_2,
# \quad L = \frac1n \sum_i (\hat y_i - y_i)^2
# $$
#
# | | shape |
# |---|---|
# | `X`, `y` | (n, d), (n, 1) |
# | `W1` | (1 + d, hidden), the biases in row 0 |
# | `W2` | (1 + hidden, 1), the bias in row 0 |
#
# Write $\delta Q$ for the gradient of $L$ with respect to $Q$: it says, for each entry of $Q$, how fast $L$ changes
# when this entry moves. It always has the shape of $Q$. The **chain rule** finds one gradient from another, from the
# loss backwards. Take one sample and one unit first: $\hat y = a\,w + b$. If $w$ grows by a small $\varepsilon$, then
# $\hat y$ grows by $a\,\varepsilon$, and so $L$ by $\delta \hat y \cdot a\,\varepsilon$. Hence $\delta w = a\,\delta
# \hat y$, and in the same way $\delta a = w\,\delta \hat y$. With $n$ samples the same weight is used $n$ times, and
# the parts add up: $\sum_i a_i\, \delta \hat y_i$. For whole matrices, this sum is $A_b^T\, \delta \hat y$:
#
# $$
# \begin{aligned}
# \delta \hat y &= \tfrac2n (\hat y - y) && \text{the square, and the mean} \\
# \delta W_2 &= A_b^T\, \delta \hat y && \text{the value that came in, times what comes back} \\
# \delta A_b &= \delta \hat y\; W_2^T && \text{the weight, times what comes back} \\
# \delta Z &= \delta A \odot \mathrm{ReLU}'(Z) && \delta A \text{ is } \delta A_b \text{ without the column of ones} \\
# \delta W_1 &= X_b^T\, \delta Z
# \end{aligned}
# $$
#
# The sign $\odot$ means multiplication entry by entry. If an entry of $Z$ grows by $\varepsilon$, that of $A$ grows by
# $\mathrm{ReLU}'(Z)\,\varepsilon$: as much where the unit is on, and not at all where it is off. The column of ones is no
# unit: nothing goes back through it.
#
# To keep the weights small, one adds $\frac{\lambda}{2}$ times the sum of all squared weights to the loss. This is *L2
# regularisation*. The slope of $\frac\lambda2 w^2$ is $\lambda w$, so $\lambda W$ is added to each gradient. Here all
# rows take part, those of the biases too.
#
# ### First write the check
#
# A network with a mistake in its gradient often still learns, only worse. So before you write a gradient, write what
# will test it. Move one entry $w$ of an array a little to each side. How much the loss changes tells the slope:
#
# $$\frac{\partial L}{\partial w} \approx \frac{L(w + h) - L(w - h)}{2h}$$
#
# The sign $\partial$ means that only this one number moves. All this needs two forward passes for each entry, far too
# many for training. For a test it is perfect: it knows nothing of the chain rule, so it does not make the same mistakes.
#
# ### Task 4 · The check, and the gradients (3 points)
#
# - `numeric_gradient(f, array)`: complete its loop. `f()` takes no argument and computes the loss from `array` as it is at
#   that moment, so change `array[place]` itself. It earns no points and the check below does not look at it, but it finds
#   your mistakes in this task and in task 6. Try it: for
#   `a = np.array([1.0, 2.0, 3.0])`, `numeric_gradient(lambda: (a**2).sum(), a)` is 2a. (Decimal numbers, please: an array
#   of whole numbers would swallow $h$.)
# - `regression_gradients(X, y, W1, W2, reg)` returns `(dW1, dW2)`, the gradients of the mean squared error with
#   `reg`·W added to each. `reg` is a number, the λ of the text.

# %% solution="regression"
def numeric_gradient(f, array, h=1e-6):
    """The slope of f() along each entry of array, by central differences; the same shape as array.

    f() reads array. Afterwards array holds its old numbers again.
    """
    slopes = np.zeros_like(array)
    for place in np.ndindex(*array.shape):
        start = array[place]
        ### BEGIN SOLUTION
        array[place] = start + h
        above = f()
        array[place] = start - h
        below = f()
        slopes[place] = (above - below) / (2 * h)
        ### END SOLUTION
        array[place] = start
    return slopes


def regression_gradients(X, y, W1, W2, reg):
    """(dW1, dW2), in the shapes of W1 (1 + d, hidden) and W2 (1 + hidden, 1); X: (n, d), y: (n, 1)."""
    ### BEGIN SOLUTION
    ones = np.ones((len(X), 1))
    Xb = np.hstack([ones, X])
    Z = Xb @ W1
    Ab = np.hstack([ones, np.maximum(Z, 0)])
    d_out = 2 / len(X) * (Ab @ W2 - y)
    d_Z = d_out @ W2[1:].T * (Z > 0)
    return Xb.T @ d_Z + reg * W1, Ab.T @ d_out + reg * W2
    ### END SOLUTION


# %% test="regression" points=3
check("regression")

# %% [markdown]
# Use your numeric gradient: it should find the same numbers, up to rounding. The loss below is the whole one, including
# the regularisation. A difference above 0.000001 means that one of your two functions has a mistake; a test of
# `numeric_gradient` on something simple tells which.

# %%
rng = np.random.default_rng(0)
X, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
W1, W2 = rng.normal(size=(4, 5)), rng.normal(size=(6, 1))


def output(X, W1, W2):
    """What the network of section 4 says, (n, 1)."""
    return relu(X @ W1[1:] + W1[:1]) @ W2[1:] + W2[:1]


def whole_loss():
    """The loss with the regularisation, λ = 0.5, of the arrays as they are."""
    return mse(output(X, W1, W2), y) + 0.5 / 2 * ((W1**2).sum() + (W2**2).sum())


for name, array, found in zip(("W1", "W2"), (W1, W2), regression_gradients(X, y, W1, W2, 0.5), strict=True):
    print(f"{name}: largest difference {np.abs(numeric_gradient(whole_loss, array) - found).max():.1e}")

# %% [markdown]
# ### Watch the gradients go back
#
# Here is one sample on its way through a network with two hidden units, and the gradients on their way back. **All
# gradients in the picture are yours.** For one sample, row 0 of `dW2` is what arrives at the output, since the input of
# that weight is 1; and row 0 of `dW1` is what arrives at $z$. Move the slider step by step. At each node, ask where its
# gradient comes from: what arrives from below, times what?

# %%
sample, target = np.array([[2.0]]), np.array([[1.0]])
first, second = np.array([[1.0, 0.5], [3.0, -1.0]]), np.array([[-4.0], [1.0], [2.0]])
d_first, d_second = regression_gradients(sample, target, first, second, 0.0)

z = sample @ first[1:] + first[:1]
told = output(sample, first, second)
edges = [("x", "z"), ("W1", "z"), ("b1", "z"), ("z", "a"), ("a", "ŷ"), ("W2", "ŷ"), ("b2", "ŷ"), ("ŷ", "L"), ("y", "L")]
values = {
    "W1": first[1], "x": sample[0, 0], "b1": first[0], "z": z[0], "W2": second[1:, 0], "a": relu(z)[0],
    "b2": second[0, 0], "ŷ": told[0, 0], "y": target[0, 0], "L": mse(told, target),
}
slopes = {
    "L": 1.0, "ŷ": d_second[0, 0], "b2": d_second[0, 0], "W2": d_second[1:, 0],
    "a": d_second[0, 0] * second[1:, 0], "z": d_first[0], "b1": d_first[0], "W1": d_first[1],
}
plots.graph(edges, values, slopes, title="Gradients, from the loss L upwards")

# %% [markdown]
# One of the two units is off for this sample. Which numbers does that set to 0? Change `sample` to −2 and predict the
# picture before you run the cell.
#
# Now train. The data are noise, so there is nothing to learn about new samples; but a network with 100 hidden units can
# fit 64 samples of noise all the same. (Predicting 0 for each of them would cost 1.32.) The scale is logarithmic: each
# line of the grid stands for ten times the loss of the one below it.

# %%
def descend(reg, epochs=3000, rate=1e-3, hidden=100):
    """The losses, without the regularisation, of gradient descent on 64 samples of noise."""
    rng = np.random.default_rng(11)
    X, y = rng.normal(size=(64, 10)), rng.normal(size=(64, 1))
    W1, W2 = rng.normal(size=(11, hidden)), rng.normal(size=(hidden + 1, 1))
    found = []
    for _ in range(epochs):
        found.append(float(mse(output(X, W1, W2), y)))
        dW1, dW2 = regression_gradients(X, y, W1, W2, reg)
        W1, W2 = W1 - rate * dW1, W2 - rate * dW2
    return found


plots.losses({f"λ = {reg:g}": descend(reg) for reg in (0.0, 0.5, 5.0)}, title="Mean squared error")

# %% [markdown]
# No framework, and not a single call to autograd. Without regularisation the loss falls all the way, and the network
# memorises the noise. The other two curves turn and rise again. That is no mistake: with λ the steps lower the *whole*
# loss, the error plus the regularisation, and the figure shows the error alone. First the error becomes small, then the
# weights do, at its expense. With λ = 5 the error ends near the 1.32 of predicting 0. When would you want that?
#
# ## 5 · A network that chooses
#
# For the digits we need classes, not numbers. The network has one hidden layer and ends in softmax:
#
# $$
# z_1 = X W_1 + b_1, \qquad a_1 = \mathrm{ReLU}(z_1), \qquad z_2 = a_1 W_2 + b_2, \qquad p = \mathrm{softmax}(z_2)
# $$
#
# The biases are arrays of their own again, one row each, and NumPy adds them to every row. Note the order: here the
# weights have the shape $(\text{input}, \text{hidden})$ and stand on the right, whereas `nn.Linear` keeps $(\text{hidden},
# \text{input})$ and transposes.

# %%
plots.network([4, 6, 3])

# %% [markdown]
# ### Task 5 · The Python class `NumpyMLP` (4 points)
#
# Write the class `NumpyMLP(input_size, hidden_size, output_size, seed=0)`.
#
# | attribute | shape |
# |---|---|
# | `W1`, `b1` | (input_size, hidden_size), (1, hidden_size) |
# | `W2`, `b2` | (hidden_size, output_size), (1, output_size) |
#
# - All four are arrays of float64 or float32. The weights are random: `np.random.default_rng(seed)` makes a generator
#   with the method `normal`. The same seed gives the same network, another seed gives another. A usual choice is a
#   standard deviation of $\sqrt{2/\text{inputs of the layer}}$; biases may start at 0.
# - `forward(X)` returns the probabilities, (n, output_size). It uses the arrays as they are when it is called. It may
#   store `self.z1` and `self.a1`: the way back will need both.

# %% solution="forward"
class NumpyMLP:
    """Linear, ReLU, linear, softmax: (n, input_size) in, probabilities (n, output_size) out."""

    def __init__(self, input_size, hidden_size, output_size, seed=0):
        ### BEGIN SOLUTION
        rng = np.random.default_rng(seed)
        self.W1 = rng.normal(0, np.sqrt(2 / input_size), (input_size, hidden_size))
        self.b1 = np.zeros((1, hidden_size))
        self.W2 = rng.normal(0, np.sqrt(1 / hidden_size), (hidden_size, output_size))
        self.b2 = np.zeros((1, output_size))
        ### END SOLUTION

    def forward(self, X):
        """The probabilities of the classes for each row of X."""
        ### BEGIN SOLUTION
        self.z1 = X @ self.W1 + self.b1
        self.a1 = relu(self.z1)
        return softmax(self.a1 @ self.W2 + self.b2)
        ### END SOLUTION


# %% test="forward" points=4
check("forward")

# %%
network = NumpyMLP(4, 6, 3, seed=1)
print(np.round(network.forward(np.random.default_rng(2).normal(size=(5, 4))), 3))

# %% [markdown]
# ## 6 · The gradients of a network
#
# From the loss back to $z_2$ there are two steps: the logarithm, and softmax. Each by itself is unpleasant: $-\log p$ has
# the slope $-1/p$, which is infinite for a probability of 0. Together they simplify to the shortest formula of this
# notebook. For one sample with the true class $c$,
#
# $$
# -\log p_c = -z_c + \log \sum_j e^{z_j}
# \qquad\Longrightarrow\qquad
# \frac{\partial(-\log p_c)}{\partial z_i} = p_i - y_i ,
# $$
#
# where $y$ is the one-hot row. The slope of $\log \sum_j e^{z_j}$ along $z_i$ is $e^{z_i} / \sum_j e^{z_j}$, which is $p_i$. The slope of $-z_c$ is $-1$ for $i = c$ and 0
# elsewhere, which is $-y_i$. So the gradient is *what the network said minus what is true*. No division by a probability
# is left, so the formula holds for a probability of 0, too. The loss is a mean over $n$ samples, so each of them counts
# with $1/n$:
#
# $$\delta z_2 = \tfrac1n (p - Y)$$
#
# From here on everything is as in section 4. A hidden unit feeds all $k$ outputs now, and what comes back from them adds
# up: for one sample $\delta a = \sum_j w_j\, \delta z_j$, where $w_j$ is the unit's weight for output $j$. For whole
# matrices, that sum is $\delta z_2\, W_2^T$. Each bias is added to every row, so its gradient is the sum over all rows,
# kept as a single row, in the shape of the bias.
#
# ### Task 6 · Backpropagation (8 points)
#
# Give `NumpyMLP` a method `gradients(X, y_onehot)`. It returns a dict with the keys `"W1"`, `"b1"`, `"W2"` and `"b2"`: the
# gradients of the mean cross-entropy, each in the shape of its array.
#
# - It works on a network whose `forward` was never called, or was called with other rows.
# - It changes neither the network's arrays nor its arguments, and returns the same result when it is called again.
# - It stays right where a probability is 0.
#
# The cell below adds a function to the class. You may do it another way: with a subclass of the same name, `class
# NumpyMLP(NumpyMLP):`, or by writing out the whole class again. If you run the cell of task 5 again, the class is a new
# one: run this cell again too, and later that of task 7.

# %% solution="gradients"
def gradients(self, X, y_onehot):
    """The gradients of the mean cross-entropy: a dict with the keys W1, b1, W2 and b2."""
    ### BEGIN SOLUTION
    z1 = X @ self.W1 + self.b1
    d_z2 = (self.forward(X) - y_onehot) / len(X)
    d_z1 = d_z2 @ self.W2.T * relu_grad(z1)
    return {
        "W1": X.T @ d_z1,
        "b1": d_z1.sum(axis=0, keepdims=True),
        "W2": relu(z1).T @ d_z2,
        "b2": d_z2.sum(axis=0, keepdims=True),
    }
    ### END SOLUTION


NumpyMLP.gradients = gradients


# %% test="gradients" points=8
check("gradients")

# %% [markdown]
# Your own check says how good your gradients are, entry by entry:

# %%
rng = np.random.default_rng(5)
rows, kinds = rng.normal(size=(6, 4)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
network = NumpyMLP(4, 5, 3, seed=2)
found = network.gradients(rows, kinds)
for name in found:
    by_steps = numeric_gradient(lambda: cross_entropy(kinds, network.forward(rows)), getattr(network, name))
    print(f"{name}: largest entry {np.abs(found[name]).max():.3f}, largest difference {np.abs(by_steps - found[name]).max():.1e}")

# %% [markdown]
# (If your arrays are float32, the check itself is only good to about a hundredth.)
#
# And here is one sample in a network with two units and two classes. For a single sample, your gradient of `b2` is what
# arrives at $z_2$, and that of `b1` is what arrives at $z_1$.

# %%
small = NumpyMLP(1, 2, 2, seed=6)
small.W1[...], small.b1[...] = [[1.0, -2.0]], [[0.5, 1.0]]
small.W2[...], small.b2[...] = [[1.0, 0.0], [2.0, -1.0]], [[0.0, 1.0]]
row, truth = np.array([[1.0]]), np.array([[1.0, 0.0]])
back = small.gradients(row, truth)

said, sums = small.forward(row), row @ small.W1 + small.b1
edges = [("x", "z1"), ("W1", "z1"), ("b1", "z1"), ("z1", "a1"), ("a1", "z2"), ("W2", "z2"), ("b2", "z2"), ("z2", "p"), ("p", "L"), ("Y", "L")]
values = {
    "W1": small.W1[0], "x": row[0, 0], "b1": small.b1[0], "z1": sums[0], "W2": small.W2, "a1": relu(sums)[0],
    "b2": small.b2[0], "z2": (relu(sums) @ small.W2 + small.b2)[0], "p": said[0], "Y": truth[0],
    "L": cross_entropy(truth, said),
}
slopes = {
    "L": 1.0, "p": -truth[0] / said[0], "z2": back["b2"][0], "b2": back["b2"][0], "W2": back["W2"],
    "a1": (back["b2"] @ small.W2.T)[0], "z1": back["b1"][0], "b1": back["b1"][0], "W1": back["W1"][0],
}
plots.graph(edges, values, slopes, title="Back through softmax and two layers")

# %% [markdown]
# Compare the node $z_2$ with the nodes $p$ and $Y$: is its gradient $p - Y$?
#
# ## 7 · Training
#
# ### Task 7 · Gradient descent (4 points)
#
# Give the class a method `train(X, y_onehot, epochs, learning_rate)`. In each epoch it takes one step: it computes the
# four gradients once, on *all* samples, and then every array moves against its gradient, by `learning_rate` times the
# gradient. It returns the list of the losses, one for each epoch, each taken **before** that epoch's step. A second call goes on from where
# the first one ended.

# %% solution="train"
def train(self, X, y_onehot, epochs, learning_rate):
    """Gradient descent on all of X; the list of losses, one per epoch, each before its update."""
    ### BEGIN SOLUTION
    losses = []
    for _ in range(epochs):
        losses.append(float(cross_entropy(y_onehot, self.forward(X))))
        for name, slope in self.gradients(X, y_onehot).items():
            setattr(self, name, getattr(self, name) - learning_rate * slope)
    return losses
    ### END SOLUTION


NumpyMLP.train = train


# %% test="train" points=4
check("train")

# %% [markdown]
# First the four points that no perceptron could learn. A hidden layer makes them easy:

# %%
solver = NumpyMLP(2, 8, 2, seed=1)
losses = solver.train(corners, np.eye(2)[xor], 500, 0.5)
print("said:", solver.forward(corners).argmax(axis=1), " true:", xor)

# %% [markdown]
# And now the digits: 1,797 pictures of 8 × 8 pixels, written by 13 people. A pixel is a number from 0 to 16; divided by
# 16, all inputs lie between 0 and 1. This is one of the pictures:

# %%
digits = load_digits()
pixels, numbers = digits.data / 16, digits.target
for line in digits.images[7]:
    print("".join(" .:-=+*#%@"[int(value / 16 * 9)] * 2 for value in line))
print("label:", numbers[7])

# %%
reader = NumpyMLP(64, 32, 10)
losses = reader.train(pixels, np.eye(10)[numbers], 300, 0.5)
right = reader.forward(pixels).argmax(axis=1) == numbers
print(f"{right.mean():.1%} of the pictures are read correctly")
plots.losses(losses, title="Learning to read: mean cross-entropy")

# %% [markdown]
# Four arrays and your own gradients read handwriting. These are pictures that the network has seen. How does it do on
# new ones? Train on the first 1,200 and look at the others:

# %%
careful = NumpyMLP(64, 32, 10)
careful.train(pixels[:1200], np.eye(10)[numbers[:1200]], 300, 0.5)
for name, part in (("seen", slice(0, 1200)), ("new", slice(1200, None))):
    right = careful.forward(pixels[part]).argmax(axis=1) == numbers[part]
    print(f"{name:5} {right.mean():.1%}")

# %% [markdown]
# ## 8 · The same network in torch
#
# PyTorch does exactly what you wrote, but for any network. To see that, hand your weights over.
#
# ### Task 8 · Into a module (2 points)
#
# Write `to_torch(model)`. It takes a `NumpyMLP` and returns an `nn.Module` that gives the same probabilities: (n,
# input_size) in, (n, output_size) out, in training mode as in evaluation mode. The module's parameters may be float32
# or float64; it is called with inputs of the same type. `model` stays as it is.
#
# The parts are `nn.Linear(inputs, outputs)`, `nn.ReLU()`, `nn.Softmax(dim=1)` (dimension 1 has the classes), and
# `nn.Sequential(…)`, which chains them. `layer.load_state_dict({"weight": …, "bias": …})` gives a layer its numbers, as
# tensors: `torch.tensor(array)`. `nn.Linear` keeps a weight of shape (outputs, inputs) and a bias of shape (outputs,).

# %% solution="to_torch"
def to_torch(model):
    """An nn.Module with the weights of a NumpyMLP that gives the same probabilities."""
    ### BEGIN SOLUTION
    layers = []
    for W, b in ((model.W1, model.b1), (model.W2, model.b2)):
        layer = torch.nn.Linear(*W.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(W.T))
            layer.bias.copy_(torch.as_tensor(b[0]))
        layers.append(layer)
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.Softmax(dim=1))
    ### END SOLUTION


# %% test="to_torch" points=2
check("to_torch")

# %% [markdown]
# The same probabilities, and now the same gradients? Autograd goes back through the module; your method goes back through
# the arrays. The lengths of the gradients are printed, sorted: the length of a matrix, the root of the sum of its squared
# entries, is also that of its transpose.

# %%
module = to_torch(reader)
kind = next((p.dtype for p in module.parameters()), torch.float64)
inputs, truth = torch.as_tensor(pixels, dtype=kind), torch.as_tensor(numbers)
found = module(inputs)
print("largest difference of a probability:", np.abs(found.detach().numpy() - reader.forward(pixels)).max())

(-torch.log(found[torch.arange(len(truth)), truth]).mean()).backward()
theirs = [p.grad.norm().item() for p in module.parameters() if p.grad is not None]
ours = [np.linalg.norm(slope) for slope in reader.gradients(pixels, np.eye(10)[numbers]).values()]
print("autograd:", np.round(sorted(theirs), 5))
print("yours:   ", np.round(sorted(ours), 5))

# %% [markdown]
# ## For the curious · Ten perceptrons, and why the mistakes end
#
# No points here, and no checks. A perceptron can choose among more than two classes. Give each class weights of its own;
# the class with the highest score is the answer. After a mistake, add the sample to the weights of the true class and take
# it away from those of the class that won. How well can *that* read?

# %%
def ten_perceptrons(rows, truth, epochs=20):
    """Weights (classes, inputs + 1) after some epochs, and the share of mistakes in each."""
    inputs = np.column_stack([rows, np.ones(len(rows))])
    weights, shares = np.zeros((10, inputs.shape[1])), []
    for _ in range(epochs):
        wrong = 0
        for one, kind in zip(inputs, truth, strict=True):
            winner = (weights @ one).argmax()
            if winner != kind:
                weights[kind] += one
                weights[winner] -= one
                wrong += 1
        shares.append(wrong / len(rows))
    return weights, shares


weights, shares = ten_perceptrons(pixels[:1200], numbers[:1200])
scores = np.column_stack([pixels[1200:], np.ones(len(pixels) - 1200)]) @ weights.T
print(f"new pictures: {(scores.argmax(axis=1) == numbers[1200:]).mean():.1%}")
figure = plots.losses(shares, title="Mistakes of ten perceptrons")
figure.update_layout(xaxis_title="epoch, counted from 0", yaxis_title="share of the samples")

# %% [markdown]
# For these pictures straight lines go a long way. XOR shows why they are not enough in general.
#
# **Why the mistakes end.** Let the rows end in their constant 1, and $w$ in the bias. Let $u$ be a direction of length 1
# that separates the rows with margin $\gamma$, and write $s = \pm1$ for a row's label. The length of $w$ is written
# $\lVert w \rVert$. Look at $w$ after $M$ mistakes.
#
# 1. Each update adds $s\,x$, and $s\,(u \cdot x) \ge \gamma$. So $u \cdot w \ge M \gamma$.
# 2. Each update is made where $s\,(w \cdot x) \le 0$. So $\lVert w + s x \rVert^2 = \lVert w \rVert^2 + 2 s\,(w \cdot x) +
#    \lVert x \rVert^2 \le \lVert w \rVert^2 + R^2$, and $\lVert w \rVert^2 \le M R^2$.
#
# But $u \cdot w \le \lVert w \rVert$, since $u$ has length 1. So $M \gamma \le \sqrt{M}\, R$, and $M \le (R / \gamma)^2$. The direction of $w$
# must turn towards $u$: $u \cdot w$ grows at least like $M$, and the length of $w$ at most like $\sqrt M$.
#
# F. Rosenblatt, *The Perceptron: A Probabilistic Model for Information Storage and Organization in the Brain*,
# Psychological Review 65 (1958); A. Novikoff, *On convergence proofs on perceptrons*, 1962; D. Rumelhart, G. Hinton and
# R. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986). The digits are from E. Alpaydin
# and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository (1998).
