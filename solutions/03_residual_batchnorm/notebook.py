# %% [markdown]
# # A way round the fold: residual blocks and normalisation
#
# A ReLU folds the plane, and that is what makes a network more than a matrix. It also has a price: on the side where
# a unit is off, everything is pressed flat, and no gradient comes back. In this notebook you will see the price
# in motion, and then build the two remedies that nearly every deep network of today contains: a **skip connection**,
# which carries data and gradients past the fold, and a **normalisation**, which keeps every layer's numbers at a
# size that the next layer can work with.
#
# Everything happens in the plane: two numbers in, two numbers out, two hidden units. So you can watch each model
# learn, point by point.
#
# **How it works.** There are 7 tasks, 30 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests of
# the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play with.

# %% locked="setup"
# Locked: what the notebook works with.
import torch
from torch import nn

from course_lib import check, plots
from course_lib.animation import animate_training, compare_training
from course_lib.datasets import linear_by_parts
from course_lib.training import train_model

torch.set_num_threads(1)  # for matrices as small as these, several threads only wait for one another

# %% [markdown]
# ## 1 · Three clouds, three maps
#
# The data are three clouds of 100 points. Each cloud has a linear map of its own: the one at the lower right is
# stretched by 3, the one in the middle is turned by 150° and moved, and the one at the upper right is turned by 180°
# and stretched by 5. A model gets a point, a row of `X`, and has to say where it goes, the row of `y`. It is not told
# which cloud the point is from. The arrows show where some of the points go. Each cloud has a colour and a symbol of
# its own; its targets are drawn open.

# %% locked="data"
# Locked: the data, and a linear layer that starts as the identity, with zero biases.
X, y = linear_by_parts(seed=0)  # (300, 2) and (300, 2)


def identity_linear(inputs, outputs):
    """nn.Linear with the identity as its weights (as far as its shape allows) and zeros as its biases."""
    layer = nn.Linear(inputs, outputs)
    nn.init.eye_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


# %%
clouds = torch.arange(300) // 100  # 0: lower right, 1: middle, 2: upper right
plots.dataset(X, y, groups=clouds)

# %% [markdown]
# Every model of this notebook starts as the **identity**: `nn.init.eye_` puts ones on the diagonal of a weight matrix
# and zeros elsewhere, and all biases are 0. An untrained linear layer then predicts that no point moves, so in the
# animations the points set out from where they are. (In practice, weights start out random. You will see why.)
#
# `train_model(model, X, y, lr, epochs)` from the course's library trains a model with Adam on the mean squared error
# and records its predictions on the way. First a single linear layer. Press *Play*.

# %%
runs = {"linear": train_model(identity_linear(2, 2), X, y, epochs=500)}
animate_training(runs["linear"], y, groups=clouds, title="One linear layer")

# %% [markdown]
# A linear layer does the same to all points. It stretches, turns and shears the whole picture and moves it, so it does
# the same to all three clouds. Near step 50 the picture is flat for a moment: the layer flips it over, and to flip over
# it has to become flat first. In the end it finds a compromise that suits none of the clouds. How good can a compromise
# be? The best of all affine maps, $y = xA^T + b$, can be computed at once, by least squares:

# %%
columns = torch.cat([X, torch.ones(len(X), 1)], dim=1)
solution = torch.linalg.lstsq(columns, y).solution
bound = nn.functional.mse_loss(columns @ solution, y).item()
print(f"no linear layer gets below {bound:.2f}; yours reached {runs['linear'].losses[-1]:.2f}")

# %% [markdown]
# That number is the line to beat.
#
# ## 2 · A fold, and what it costs
#
# A multi-layer perceptron puts a ReLU between two linear layers:
#
# $$\hat y = \mathrm{ReLU}(x\,w_1^T + b_1)\,w_2^T + b_2$$
#
# ### Task 1 · MLP (4 points)
#
# Write the class `MLP(input_size, hidden_size, output_size)`, an `nn.Module`: a linear layer, ReLU, a linear layer.
# Both layers start as identity with zero biases, and `identity_linear` from above makes such a layer. Names inside
# the class are up to you.

# %% solution="mlp"
class MLP(nn.Module):
    """Linear, ReLU, linear: (n, input_size) in, (n, output_size) out."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        ### BEGIN SOLUTION
        self.first = identity_linear(input_size, hidden_size)
        self.last = identity_linear(hidden_size, output_size)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.last(torch.relu(self.first(x)))
        ### END SOLUTION


# %% test="mlp" points=4
check("mlp")

# %%
runs["mlp"] = train_model(MLP(2, 2, 2), X, y, epochs=500)
animate_training(runs["mlp"], y, groups=clouds, title="An MLP with two hidden units")

# %% [markdown]
# Look at the first frame. The ReLU has pressed every point with a negative coordinate onto an axis. The cloud at the
# lower right has become a line, since the second unit is off for nearly all of its points. It still is one in the last
# frame: the next layer can turn a line and move it, but not open it.
#
# The cloud at the upper right begins in good shape, with both units on. Training pulls its points to the lower left,
# until one unit after the other goes off for them. After 500 epochs both units are off for nearly all of these
# points. So they all get the same prediction, and none passes a gradient back that could free it: the cloud is a dot,
# far from its target. This is the vanishing gradient at work, and the lines and dots show where the units switch.
#
# The MLP can do more than the linear layer. After 500 epochs it has done less:

# %%
print({name: round(run.losses[-1].item(), 1) for name, run in runs.items()}, "bound:", round(bound, 1))

# %% [markdown]
# Change `epochs` above to 3000: does the MLP get below the bound in the end?
#
# ## 3 · A way past the ReLU
#
# The remedy is almost too simple. Keep the MLP as it is, and add its input to its output:
#
# $$\hat y = x + \big(\mathrm{ReLU}(x\,w_1^T + b_1)\,w_2^T + b_2\big)$$
#
# ```text
#          ┌──────────────── skip connection ───────────────┐
#          │                                                ▼
#  x ──────┴──▶ linear ──▶ ReLU ──▶ linear ──────────────▶ sum ──▶
# ```
#
# Where all units are off, the branch adds a constant, and the input still comes through whole. The same holds on the
# way back: the derivative of $x + g(x)$ is $1 + g'(x)$, so also where $g'$ is 0, the 1 is there. The branch no longer
# has to carry the point. It only has to say **by how much to correct it**, which is why the block is called
# *residual*.
#
# ### Task 2 · A residual block (6 points)
#
# Write the class `ResidualBlock(hidden_size)`: x + linear(ReLU(linear(x))), all of size `hidden_size`, both layers
# starting as before. The sum is the end: no ReLU comes after it.
#
# One trap: `x += …` writes into the tensor that the caller gave you. It must be the same after the call as before.

# %% solution="residual_block"
class ResidualBlock(nn.Module):
    """x + linear(ReLU(linear(x))): (n, hidden_size) in and out."""

    def __init__(self, hidden_size):
        super().__init__()
        ### BEGIN SOLUTION
        self.first = identity_linear(hidden_size, hidden_size)
        self.second = identity_linear(hidden_size, hidden_size)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return x + self.second(torch.relu(self.first(x)))
        ### END SOLUTION


# %% test="residual_block" points=6
check("residual_block")

# %% [markdown]
# How much does the 1 matter? Take a stack of blocks with small random weights, send a gradient in at the end, and see
# what arrives at the front: once through plain blocks (your MLP, with equal sizes) and once through residual ones.


# %%
def arriving(make, depth):
    """The norm of the gradient at the input of `depth` blocks, for a gradient of norm 1 at their output."""
    torch.manual_seed(1)
    blocks = nn.Sequential(*[make() for _ in range(depth)])
    for parameter in blocks.parameters():
        nn.init.normal_(parameter, std=0.15)
    x = torch.randn(1, 8, requires_grad=True)
    upstream = nn.functional.normalize(torch.randn(1, 8))
    blocks(x).backward(upstream)
    return x.grad.norm().item()


print("blocks     plain  residual")
for depth in (1, 2, 4, 8, 16):
    plain, residual = arriving(lambda: MLP(8, 8, 8), depth), arriving(lambda: ResidualBlock(8), depth)
    print(f"{depth:6}  {plain:8.0e}  {residual:8.2f}")

# %% [markdown]
# The plain stack loses a factor with every block. The residual one passes the gradient on at nearly full size,
# however deep it is. This is what made networks of hundreds of layers trainable.
#
# ### Task 3 · A network of residual blocks (4 points)
#
# Write the class `ResidualMLP(input_size, hidden_size, output_size)`: a linear layer, two residual blocks in a row,
# a linear layer. Nothing else comes between them. Each block needs weights of its own.

# %% solution="residual_mlp"
class ResidualMLP(nn.Module):
    """Linear, two residual blocks, linear: (n, input_size) in, (n, output_size) out."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        ### BEGIN SOLUTION
        self.first = identity_linear(input_size, hidden_size)
        self.blocks = nn.Sequential(ResidualBlock(hidden_size), ResidualBlock(hidden_size))
        self.last = identity_linear(hidden_size, output_size)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.last(self.blocks(self.first(x)))
        ### END SOLUTION


# %% test="residual_mlp" points=4
check("residual_mlp")

# %%
runs["residual"] = train_model(ResidualMLP(2, 2, 2), X, y, epochs=500)
animate_training(runs["residual"], y, groups=clouds, title="Two residual blocks")

# %% [markdown]
# In the first frame no cloud is flat: every point is where the skip connections have carried it, with positive
# coordinates four times as large (each block has added what was positive) and negative ones as they were. On the way
# this picture, too, has to flip over, and near step 100 it is one long line. But now it opens again: both coordinates
# of every point still come through, and every point still passes gradients back. Each cloud finds its own way, and the
# error is below the bound.
#
# ## 4 · Keeping numbers manageable
#
# Positive coordinates were multiplied by 4 by only two blocks; ten blocks would multiply them by 1024. Sums pile up,
# and every layer has to adapt when the one before it changes its scale. **Batch normalisation** takes each feature
# (each column) by itself and gives it mean 0 and spread 1 over the batch. Then a trainable scale γ and a shift β, one
# of each per feature, let the network choose another spread and mean where that is better:
#
# $$
# \mu = \frac1n\sum_i x_i, \qquad \sigma^2 = \frac1n\sum_i (x_i-\mu)^2, \qquad
# \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad \text{output}_i = \gamma\,\hat x_i + \beta
# $$
#
# The small number ε keeps a column without any spread from dividing by zero. Note where it stands.
#
# After training, the model must also handle a single sample, and its output must not depend on the rest of the batch.
# So the layer keeps **running statistics** while it trains. They start at mean 0 and variance 1, and each batch moves
# them a little:
#
# $$
# \text{running} \leftarrow (1-m)\,\text{running} + m\,\text{new},
# \qquad \text{with the momentum } m = 0.1
# $$
#
# In evaluation mode they take the place of μ and σ². Three things to know before you write it:
#
# | | |
# |---|---|
# | **two variances** | The batch is normalised with the variance that divides by $n$. The running variance is updated with the one that divides by $n-1$, which is the fair estimate for data not seen yet. |
# | **gradients** | μ and σ² depend on $x$, and the gradient has to flow through them. The running statistics are only numbers: no gradient, and no graph that would keep old batches in memory. |
# | **state** | The running statistics are no parameters, yet they belong to the model: saving it must save them, `.double()` and `.to(device)` must convert them. `self.register_buffer(name, tensor)` is made for that. |
#
# A module knows its mode by `self.training`, which `train()` and `eval()` set.
#
# ### Task 4 · Batch normalisation from scratch (6 points)
#
# Write the class `BatchNorm(num_features, eps=1e-5, momentum=0.1)`, which behaves on inputs of shape (n, num_features)
# as `nn.BatchNorm1d` does: in training mode (with n ≥ 2) and in evaluation mode, gradients included. The point is to do
# without `nn.BatchNorm1d`, its relatives and `nn.functional.batch_norm`.

# %% solution="batch_norm"
class BatchNorm(nn.Module):
    """Batch normalisation with running statistics: (n, num_features) in and out."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        ### BEGIN SOLUTION
        self.eps, self.momentum = eps, momentum
        self.scale = nn.Parameter(torch.ones(num_features))
        self.shift = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        if self.training:
            mean, var = x.mean(dim=0), x.var(dim=0, correction=0)
            with torch.no_grad():
                self.running_mean.lerp_(mean, self.momentum)
                self.running_var.lerp_(x.var(dim=0), self.momentum)
        else:
            mean, var = self.running_mean, self.running_var
        return self.scale * (x - mean) / torch.sqrt(var + self.eps) + self.shift
        ### END SOLUTION


# %% test="batch_norm" points=6
check("batch_norm")

# %% [markdown]
# What it does to our data, with y for the normalised points. The clouds keep their arrangement; where they lie and how
# wide they are has been evened out:

# %%
norm = BatchNorm(2)
plots.dataset(X, norm(X).detach(), groups=clouds, title="X, and X normalised")

# %% [markdown]
# Yours and torch's, side by side on random batches. The differences should be as small as rounding makes them:

# %%
ours, theirs = BatchNorm(4).double(), nn.BatchNorm1d(4).double()
for _ in range(20):
    batch = 3 * torch.randn(16, 4, dtype=torch.float64) + 5
    difference = ours(batch) - theirs(batch)
print("training:  ", difference.abs().max().item())
print("evaluation:", (ours.eval()(batch) - theirs.eval()(batch)).abs().max().item())

# %% [markdown]
# ### Task 5 · Residual blocks with normalisation (4 points)
#
# Write the class `ResidualBatchNormMLP(input_size, hidden_size, output_size)`: as `ResidualMLP`, with a batch
# normalisation after each of the two blocks, each with a scale, a shift and statistics of its own.
#
# ```text
#  linear ──▶ block ──▶ normalise ──▶ block ──▶ normalise ──▶ linear
# ```
#
# Take your `BatchNorm` or `nn.BatchNorm1d`: they do the same, and torch's is faster. In some texts the first
# linear layer is followed by a normalisation as well. You may add it or not.

# %% solution="residual_bn_mlp"
class ResidualBatchNormMLP(nn.Module):
    """Linear, two residual blocks, each normalised, linear: (n, input_size) in, (n, output_size) out."""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        ### BEGIN SOLUTION
        self.first = identity_linear(input_size, hidden_size)
        self.block1, self.norm1 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size)
        self.block2, self.norm2 = ResidualBlock(hidden_size), nn.BatchNorm1d(hidden_size)
        self.last = identity_linear(hidden_size, output_size)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        x = self.first(x)
        x = self.norm1(self.block1(x))
        x = self.norm2(self.block2(x))
        return self.last(x)
        ### END SOLUTION


# %% test="residual_bn_mlp" points=4
check("residual_bn_mlp")

# %%
runs["residual_bn"] = train_model(ResidualBatchNormMLP(2, 2, 2), X, y, epochs=500)
animate_training(runs["residual_bn"], y, groups=clouds, title="Two residual blocks, normalised")

# %% [markdown]
# Watch the slider: at step 150 each cloud is near its place, all three still flat, like the two sides of a tent. From
# there on the clouds open, and in the end they have nearly the right shape. No other model has come this far.
#
# ## 5 · The four side by side
#
# All four models on their way to the same targets. Click on a name in the legend to hide a model or to bring it
# back; two at a time are easiest to compare. Below are their errors, epoch by epoch.

# %%
compare_training(runs, y, title="Four models, 500 epochs")

# %%
plots.losses(runs, title="Mean squared error while training")

# %% [markdown]
# ### Task 6 · The comparison as a function (4 points)
#
# Write `train_variants(X, y, epochs)`. It trains a fresh model of each kind on `X` and `y`, both of shape (n, 2), for
# that many epochs, and returns the final mean squared error on them as a dict with the keys
#
# | key | model |
# |---|---|
# | `"linear"` | one `nn.Linear(2, 2)` |
# | `"mlp"` | `MLP` |
# | `"residual"` | `ResidualMLP` |
# | `"residual_bn"` | `ResidualBatchNormMLP` |
#
# The error is the mean over all entries, as `nn.MSELoss` computes it, and not its root. Hidden width, optimizer and
# rate are your choice; use `train_model` (with `progress=False` it keeps quiet) or a loop of your own. With 500 epochs
# the errors are four different numbers, each smaller than before training, and the last one is below the bound.

# %% solution="train_variants"
def train_variants(X, y, epochs):
    """Final mean squared errors of the four models on X (n, 2) and y (n, 2), a dict of four floats."""
    ### BEGIN SOLUTION
    models = {
        "linear": identity_linear(2, 2),
        "mlp": MLP(2, 2, 2),
        "residual": ResidualMLP(2, 2, 2),
        "residual_bn": ResidualBatchNormMLP(2, 2, 2),
    }
    errors = {}
    for name, model in models.items():
        train_model(model, X, y, epochs=epochs, device=X.device, progress=False)
        errors[name] = nn.functional.mse_loss(model(X), y).item()
    return errors
    ### END SOLUTION


# %% test="train_variants" points=4
check("train_variants")

# %% [markdown]
# One data set proves little. Do other draws of the same three clouds tell the same story?

# %%
for seed in (1, 2, 3):
    errors = train_variants(*linear_by_parts(seed=seed), 200)
    print(f"seed {seed}: ", {name: round(float(error), 1) for name, error in errors.items()})

# %% [markdown]
# In part. In all three draws the network with normalisation is far ahead, and the MLP is last. But the residual network
# is no better than the linear layer, while above it ended well below the bound. The difference is the number of epochs:
# these trainings stop at 200. Find epoch 200 in the curves of section 5. The residual network has only just begun to
# open its long line there, and overtakes the linear layer later. Try 500 in place of 200. Where learning curves cross, a
# comparison means little unless it says after how many epochs.
#
# ## 6 · In your own words
#
# ### Task 7 · What each addition changed (2 points)
#
# Answer in four to six sentences from what you saw in the animations. This answer is graded by hand.
#
# 1. What can the MLP do that the linear layer can't, and what goes wrong with it here?
# 2. What does the skip connection change, for the points and for the gradients?
# 3. What does normalisation change?

# %% [markdown] manual="compare" points=2
# ### BEGIN SOLUTION
# The linear layer does the same to all three clouds, so it ends at a compromise close to the bound. The MLP could bend
# each side of a fold differently. But it starts by pressing negative coordinates onto the axes: the cloud at the lower
# right becomes a line and stays one, and the cloud at the upper right shrinks to a dot, because both units go off for
# it and then pass no gradient. After 500 epochs its error is twice the linear layer's.
#
# With the skip connection, what the ReLU cuts off still arrives through the sum, and the gradient reaches the first
# layer also where every unit is off. The clouds become flat on their way but open again, each goes its own way, and
# the error falls below the bound.
#
# Normalisation keeps the output of each block at the same size, so the layers after it need not follow. The clouds
# are near their places after 150 epochs, and the final error is about a quarter of the residual network's.
# ### END SOLUTION

# %% [markdown]
# ## For the curious · Sleeping units
#
# No points here, and no checks. Would more hidden units help? Try it: from two to sixty-four.

# %%
for width in (2, 8, 64):
    run = train_model(MLP(2, width, 2), X, y, epochs=300, progress=False)
    print(f"{width:3} hidden units: {run.losses[-1].item():.4f}")

# %% [markdown]
# Nothing changes. The identity gives the first two hidden units one input each, and the rows of all others are zero.
# Such a unit puts out ReLU(0) = 0, so the weights that lead out of it get no gradient. Those weights are zero as well,
# so no gradient comes back to the unit either. It sleeps, and gradient descent never wakes it. This is why networks
# start at random: a little noise in all weights is enough.


# %%
def stirred(model, noise=0.3):
    """The same model, with normal noise added to all its parameters."""
    torch.manual_seed(7)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(noise * torch.randn_like(parameter))
    return model


for width in (2, 8, 64):
    run = train_model(stirred(MLP(2, width, 2)), X, y, epochs=300, progress=False)
    print(f"{width:3} hidden units: {run.losses[-1].item():.4f}")

# %% [markdown]
# Where do the folds lie? Inside each region of the picture, a network is one linear map. Compare the two units of the
# trained MLP with a residual network of eight stirred units. How many regions would three clouds need?

# %%
small = train_model(MLP(2, 2, 2), X, y, epochs=500, progress=False)
print(f"error {small.losses[-1].item():.1f}")
plots.partition(small.model, points=X)

# %%
wide = train_model(stirred(ResidualMLP(2, 8, 2), 0.1), X, y, epochs=500, progress=False)
print(f"error {wide.losses[-1].item():.1f}")
plots.partition(wide.model, points=X)

# %% [markdown]
# Residual networks are from K. He, X. Zhang, S. Ren and J. Sun, *Deep Residual Learning for Image Recognition*, CVPR
# 2016; batch normalisation from S. Ioffe and C. Szegedy, *Batch Normalization: Accelerating Deep Network Training by
# Reducing Internal Covariate Shift*, ICML 2015. On the number of regions see T. Serra, C. Tjandraatmadja and S.
# Ramalingam, *Bounding and Counting Linear Regions of Deep Neural Networks*, ICML 2018.
