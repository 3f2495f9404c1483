# %% [markdown]
# # Ten kinds of clothes: an image classifier, done properly
#
# So far your networks have folded planes, followed a curve and read small digits, and you have written every part of
# them by hand: layers, gradients, the start, the optimizer. PyTorch has all these parts ready. What it does not have
# is the craft around them: how to split the data, how to write a training loop without the usual mistakes, when to
# stop, how to keep a large network from memorising its images, and how to find out what it gets wrong. This notebook
# is about that craft. At the end your network recognises clothes in pictures that it has never seen.
#
# **How it works.** There are 7 tasks, 30 points in all. Each task has a cell for your code: put your work where it
# says so. The `check(...)` cell below it gives a quick answer as often as you like; the marks come from more tests
# of the same kind, on other numbers. Leave the cells marked *locked* as they are. Every other cell is yours to play
# with: change a number, run the cell again, and see what happens.

# %% locked="setup"
# Locked: what the notebook works with.
import copy
import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from course_lib import check, plots
from course_lib.datasets import FASHION_CLASSES, fashion_mnist
from course_lib.live_curves import LiveCurves

torch.set_num_threads(1)  # for batches as small as these, several threads only wait for one another

# %% [markdown]
# ## 1 · Look at the data first
#
# **Fashion-MNIST** has 70,000 pictures of clothes from a shop's catalogue, 28 × 28 pixels each, in ten classes. It
# was made in 2017 to have the format of the well-known handwritten digits, and to be harder. A pixel is a number
# from 0 (black) to 1 (white), and a label is a whole number from 0 to 9.
#
# A small part of it is enough to see everything that matters, and it trains in seconds.

# %% locked="data"
# Locked: the images (n, 28, 28) and their labels (n,), in three parts that have no image in common.
X_all, y_all = fashion_mnist("train", limit=7000)
X_train, y_train = X_all[:6000], y_all[:6000]
X_val, y_val = X_all[6000:], y_all[6000:]
X_test, y_test = fashion_mnist("test", limit=2000)

# %%
first = torch.cat([(y_train == k).nonzero()[:4, 0] for k in range(10)])  # four of each class
plots.images(X_train[first], y_train[first], names=FASHION_CLASSES, title="Four of each class")

# %% [markdown]
# Look at the shirts. Could you tell each of them from a T-shirt, a pullover or a coat? Keep this in mind for the
# end of the notebook.
#
# How often does each class occur? If one of them made up 90 of 100 images, a network that always gave this answer
# would be right for 90 of 100, without having looked at anything.

# %%
print(f"{'':12}   train  val  test")
for k, name in enumerate(FASHION_CLASSES):
    counts = [int((y == k).sum()) for y in (y_train, y_val, y_test)]
    print(f"{name:12}  {counts[0]:6} {counts[1]:4} {counts[2]:5}")

# %% [markdown]
# All classes are about equally frequent, so guessing is right in one case in ten, and **accuracy**, the share of
# right answers, is a fair measure.
#
# Why three parts?
#
# | part | what it is for |
# |---|---|
# | **training** | the gradients come from these images |
# | **validation** | all your decisions rest on these: how large the network is, when the training stops, which rate is best |
# | **test** | you look at these once, at the very end |
#
# The training images can't tell how good the network is on new ones, since it may have memorised them. The validation
# images can, but only at first. If you try fifty networks and keep the one that is best on the validation images, you
# have chosen it, in part, for its luck with exactly these images. The test images have played no part in any choice, so
# their verdict is honest.
#
# ## 2 · How large is a network?
#
# The network will be a multi-layer perceptron: an image becomes a row of 784 numbers, and each layer computes
# $x W^T + b$. We describe it by its sizes, from the pixels to the classes: `[784, 512, 512, 10]` has two hidden
# layers with 512 units each.
#
# ### Task 1 · Count the parameters (2 points)
#
# Write `count_parameters(dims)`. It returns how many numbers such a network has to learn, weights and biases
# together. `dims` is a list or a tuple of at least two sizes; it stays as it was.
#
# For example, `[784, 32, 64, 128, 64, 10]` has 44,458.

# %% solution="count_parameters"
def count_parameters(dims):
    """How many weights and biases a network with layers of these sizes has, from its input to its output."""
    ### BEGIN SOLUTION
    return sum(inputs * outputs + outputs for inputs, outputs in zip(dims, dims[1:]))
    ### END SOLUTION


# %% test="count_parameters" points=2
check("count_parameters")

# %%
for dims in ([784, 10], [784, 32, 64, 128, 64, 10], [784, 256, 64, 10], [784, 512, 512, 10]):
    print(f"{str(dims):30} {count_parameters(dims):8,}")

# %% [markdown]
# The largest of these has more than a hundred parameters for each of our 6,000 training images. It has more than
# enough room to memorise them. Sections 6 and 7 are about ways to prevent that.
#
# ## 3 · The network
#
# The last layer gives ten numbers for each image, one for each class, which may have any size and sign. They are
# called **logits**. Softmax would turn them into probabilities, but it belongs to the loss: `F.cross_entropy` takes
# logits, and computes the logarithm of softmax in one step, in a way that stays finite. So nothing comes after the
# last linear layer. The predicted class is the one with the largest logit, and softmax would not change that.
#
# Two parts in the hidden layers are optional. You know **batch normalisation** from the notebook on residual
# blocks. The other one is **dropout**. While the network trains, each output of a hidden layer is set to 0 with
# probability $p$, and the others are divided by $1 - p$, so that the sum of all stays about the same. Which ones are
# set to 0 is drawn anew for each image and each step:
#
# $$\text{dropout}(h)_j = \frac{m_j\, h_j}{1-p}, \qquad m_j = 0 \text{ with probability } p, \text{ else } 1$$
#
# So no unit can rely on another one being there, and a network that recognises a shoe by a single detail does badly. In
# evaluation mode dropout does nothing at all. (Some texts scale the outputs down in evaluation mode instead. This is
# the same on average; PyTorch does it as shown here.)
#
# ### Task 2 · Make a classifier (4 points)
#
# Write `make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False)`. It returns a new
# `nn.Module` that takes images, of shape (n, height, width) or already flat, (n, n_features), and gives their
# logits, of shape (n, n_classes).
#
# - Each hidden layer is: linear, batch normalisation if `batch_norm` is true, ReLU, dropout with the probability
#   `dropout`. The sizes of the hidden layers are in `hidden_dims`, a list or a tuple. If it is empty, the network is one
#   linear layer.
# - The last layer is linear, and nothing comes after it.
# - `nn.Sequential`, a class of your own, `nn.Dropout`, `F.dropout`: all this is up to you.

# %% solution="make_classifier"
def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    """A new module from images (n, height, width) or (n, n_features) to logits (n, n_classes)."""
    ### BEGIN SOLUTION
    layers, size = [nn.Flatten()], n_features
    for width in hidden_dims:
        layers.append(nn.Linear(size, width))
        if batch_norm:
            layers.append(nn.BatchNorm1d(width))
        layers.append(nn.ReLU())
        if dropout > 0:
            layers.append(nn.Dropout(dropout))
        size = width
    return nn.Sequential(*layers, nn.Linear(size, n_classes))
    ### END SOLUTION


# %% test="make_classifier" points=4
check("make_classifier")

# %%
model = make_classifier(784, [256, 64], 10, dropout=0.2, batch_norm=True)
print(model)
print("logits of the first image:", [round(z, 2) for z in model.eval()(X_train[:1])[0].tolist()])

# %% [markdown]
# How large is the loss of a network that knows nothing? If all ten classes get the same probability, it is
# $-\ln \frac{1}{10} = \ln 10 \approx 2.303$ for each image. Remember this number.

# %%
print(f"before training: {F.cross_entropy(model(X_val), y_val).item():.3f}, ln 10 is {math.log(10):.3f}")

# %% [markdown]
# ## 4 · The training loop
#
# In the earlier notebooks a step used all samples at once. With thousands of images that is a waste: the gradient of
# 64 images points roughly the same way, and costs about a hundredth. So the training images are shuffled and dealt out
# in **batches**. A pass over all of them is an **epoch**. PyTorch's `DataLoader` does the dealing; in a loop it gives
# one pair after another, images and labels.

# %%
train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True)
val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=256)
print([len(labels) for _, labels in val_loader])

# %% [markdown]
# Look at the last number. The last batch is smaller than the others, and this is where many loops go wrong: the mean
# of the batches' means is not the mean over all images.
#
# The same code should run on any machine. So a **device** says where the model lives and where the batches must
# go: `"cuda"` is a graphics card, `"mps"` the one of a Mac, `"cpu"` is always there. A model moves once, with
# `model.to(device)`. The batches move one at a time, since a graphics card may have no room for all images.

# %%
device = torch.device("cpu")
if torch.cuda.is_available():
    device = torch.device("cuda")
elif torch.backends.mps.is_available():
    device = torch.device("mps")
print("the training runs on:", device)

# %% [markdown]
# ### Task 3 · One epoch, and a verdict (6 points)
#
# Write two functions. In both, `device` is a `torch.device`, the model is on it already, and the batches may be
# anywhere: send each of them to `device`. A loader is **any iterable** of pairs (images, labels), such as a
# `DataLoader`, a list or a generator. So loop over it only once, and don't ask for its length: it may have none. Batches
# may have different sizes. Give them to the model as they are.
#
# `train_epoch(model, loader, loss_fn, optimizer, device)` puts the model into training mode and takes one step of
# the optimizer for each batch. `loss_fn(logits, labels)` gives the mean loss of a batch. `train_epoch` returns the mean
# loss **per sample** of the whole epoch: each batch's loss is the one that was computed for its step, and counts as
# often as the batch has samples. Whatever is left in `.grad` from before must have no influence.
#
# `evaluate(model, loader, device)` returns the accuracy, a number from 0 to 1: the share of all samples for which
# the largest logit is the one of the label. It puts the model into evaluation mode, and trains nothing: parameters,
# buffers and `.grad` stay as they were.
#
# Each of the two results may be a number or a tensor without dimensions.

# %% solution="epoch_loop"
def train_epoch(model, loader, loss_fn, optimizer, device):
    """Train for one pass over the loader, one step a batch; the mean loss per sample."""
    ### BEGIN SOLUTION
    model.train()
    total, samples = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        samples += len(labels)
    return total / samples
    ### END SOLUTION


def evaluate(model, loader, device):
    """The share of right answers, from 0 to 1, in evaluation mode."""
    ### BEGIN SOLUTION
    model.eval()
    right, samples = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            right += (model(images).argmax(dim=1) == labels).sum().item()
            samples += len(labels)
    return right / samples
    ### END SOLUTION


# %% test="epoch_loop" points=6
check("epoch_loop")

# %% [markdown]
# Now train, and watch. The picture grows with each epoch. For the validation images it shows both the accuracy and the
# loss, in evaluation mode.


# %%
def validation_loss(model):
    """The mean loss of all validation images."""
    with torch.no_grad():
        return F.cross_entropy(model.eval()(X_val.to(device)), y_val.to(device)).item()


torch.manual_seed(0)
model = make_classifier(784, [128, 64], 10).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
curves = LiveCurves()
for _ in range(8):
    train_loss = train_epoch(model, train_loader, F.cross_entropy, optimizer, device)
    accuracy = evaluate(model, val_loader, device)
    curves.add(train_loss=train_loss, val_loss=validation_loss(model), val_accuracy=accuracy)

# %% [markdown]
# After the first epoch the network is right in about 70 of 100 cases, and at the end in about 83. Most of what can be
# learned in this way is learned in seconds.
#
# ## 5 · The network that stands still
#
# Many programs contain the following mistake. If you build a network in a loop, "linear, ReLU, linear, ReLU, …", it
# easily ends with a ReLU that nobody asked for. Here is the same network with the same start, trained with the same
# large rate, once without the ReLU at the end and once with it:

# %%
def with_or_without(last_relu, lr, epochs=4):
    """The losses of a training, and the trained network."""
    torch.manual_seed(0)
    layers = [nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)]
    network = nn.Sequential(*layers, nn.ReLU()) if last_relu else nn.Sequential(*layers)
    network.to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=lr)
    found = [train_epoch(network, train_loader, F.cross_entropy, optimizer, device) for _ in range(epochs)]
    return found, network


losses_without, _ = with_or_without(last_relu=False, lr=0.03)
losses_with, stalled = with_or_without(last_relu=True, lr=0.03)
figure = plots.losses({"linear at the end": losses_without, "ReLU at the end": losses_with}, title="One ReLU too many")
figure.update_xaxes(title_text="epoch, counted from 0", dtick=1)
figure.update_yaxes(type="linear", rangemode="tozero", dtick=0.5)

# %% [markdown]
# The network with the ReLU ends at 2.303, the loss of a network that knows nothing. And it stays there, however long it
# is trained. What are its logits?

# %%
logits = stalled(X_val.to(device))
loss = F.cross_entropy(logits, y_val.to(device))
gradients = torch.autograd.grad(loss, list(stalled.parameters()))
print(f"loss {loss.item():.4f}")
print("largest logit of all validation images:", logits.max().item())
print("largest entry of all gradients:        ", max(g.abs().max().item() for g in gradients))

# %% [markdown]
# All logits are 0. The training pushes the logits of the nine wrong classes down, image by image, and once a class
# is below 0 for all images, its ReLU is off for all of them: no gradient comes back, as in the notebook on vanishing
# gradients. With a gentler rate, or with another start (`torch.manual_seed(3)`), only some of the ten classes die.
# Then the loss stands still somewhere above 1, and these classes are never predicted again. Try `lr=0.001` above,
# and compare.
#
# The weights before that ReLU are not lost. Without the ReLU, the negative numbers are there again, and so are the
# gradients.
#
# ### Task 4 · Repair it (3 points)
#
# Write `repair(model)`. `model` is an `nn.Sequential` whose last part is an `nn.ReLU`. Return a module that does the
# same without this last ReLU, with the same weights. The ReLUs further in stay. `model` itself must be the same after
# the call as before. Whether both share their weights, or the new one has copies, is up to you.

# %% solution="repair"
def repair(model):
    """A module with the same weights as the Sequential `model`, without the ReLU at its end."""
    ### BEGIN SOLUTION
    return copy.deepcopy(model[:-1])
    ### END SOLUTION


# %% test="repair" points=3
check("repair")

# %%
repaired = repair(stalled).to(device)
print(f"accuracy before: {evaluate(stalled, val_loader, device):.3f}")
optimizer = torch.optim.Adam(repaired.parameters(), lr=0.001)
for epoch in range(4):
    loss = train_epoch(repaired, train_loader, F.cross_entropy, optimizer, device)
    print(f"epoch {epoch}: loss {loss:.3f}, accuracy {evaluate(repaired, val_loader, device):.3f}")

# %% [markdown]
# It learns again, at the gentler rate. How far it gets depends on how many of its *hidden* units the large steps
# have killed; for those there is no repair.
#
# ## 6 · When to stop
#
# Here a large network is trained on 1,500 images, for 25 epochs.

# %%
torch.manual_seed(2)
few_loader = DataLoader(TensorDataset(X_train[:1500], y_train[:1500]), batch_size=64, shuffle=True)
large = make_classifier(784, [512, 256], 10).to(device)
optimizer = torch.optim.Adam(large.parameters(), lr=0.001)
curves = LiveCurves()
for _ in range(25):
    train_loss = train_epoch(large, few_loader, F.cross_entropy, optimizer, device)
    curves.add(train_loss=train_loss, val_loss=validation_loss(large))

# %% [markdown]
# The training loss goes on falling towards 0: the network memorises its 1,500 images. The validation loss falls, too,
# for some epochs. Then it turns around, and in the end it is clearly worse than at its best. This is **overfitting**:
# what the network learns now is true of these images only.
#
# So take the network as it was at the lowest point. Nobody can recognise that point when it comes, since the curve is
# bumpy and may still fall after a bump. The usual rule is **early stopping with patience**: keep a copy of the network
# whenever the validation loss has reached a new low. When there has been no new low for a number of epochs in a row,
# stop, and go back to the copy.
#
# ### Task 5 · Early stopping (5 points)
#
# Write the class `EarlyStopping(patience, min_delta=0.0)` with two methods.
#
# - `step(val_loss, model)` is called once after each epoch. The step is an **improvement** if `val_loss`, a number,
#   is below the best one so far by more than `min_delta`: `val_loss < best - min_delta`. Then it becomes the best
#   one, and the model's state is remembered. The first step with a finite loss is always an improvement. The method
#   returns True once `patience` steps in a row have brought no improvement, and False before that.
# - `restore(model)` brings back all parameters and buffers as they were at the last improvement. It may be called
#   more than once.
#
# Two traps. First, a model's parameters are changed **in place** by every step of the optimizer. What you remember
# must not change with them. Second, a loss may become `nan`. That is no improvement, since no comparison with `nan`
# is true.

# %% solution="early_stopping"
class EarlyStopping:
    """Tells when the validation loss has stopped improving, and keeps the best state."""

    def __init__(self, patience, min_delta=0.0):
        ### BEGIN SOLUTION
        self.patience, self.min_delta = patience, min_delta
        self.best, self.waited, self.state = math.inf, 0, None
        ### END SOLUTION

    def step(self, val_loss, model):
        """Note the loss after an epoch; True if it is time to stop."""
        ### BEGIN SOLUTION
        if val_loss < self.best - self.min_delta:
            self.best, self.waited = val_loss, 0
            self.state = copy.deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION

    def restore(self, model):
        """Bring back the parameters and buffers of the last improvement."""
        ### BEGIN SOLUTION
        model.load_state_dict(self.state)
        ### END SOLUTION


# %% test="early_stopping" points=5
check("early_stopping")

# %% [markdown]
# The same training again, now with your class to stop it:

# %%
torch.manual_seed(2)
large = make_classifier(784, [512, 256], 10).to(device)
optimizer = torch.optim.Adam(large.parameters(), lr=0.001)
stopping = EarlyStopping(patience=4)
for epoch in range(25):
    train_epoch(large, few_loader, F.cross_entropy, optimizer, device)
    if stopping.step(validation_loss(large), large):
        break
print(f"stopped after {epoch + 1} epochs: validation loss {validation_loss(large):.3f}", end=", ")
stopping.restore(large)
print(f"and {validation_loss(large):.3f} after going back")

# %% [markdown]
# ## 7 · Making it harder to memorise
#
# Early stopping ends the memorising. **Regularisation** makes memorising harder from the start. Dropout is one kind.
# Another makes large weights cost something, through a penalty that is added to the loss, times a small factor:
#
# $$L_1 = \sum_i |p_i| \qquad\qquad L_2 = \sum_i p_i^2$$
#
# The slope of $p^2$ is $2p$. So $L_2$ pulls hard at large weights and hardly at small ones, and makes all of them
# small. The slope of $|p|$ is always 1 or −1. So $L_1$ pulls at a small weight as hard as at a large one, and
# whatever is not needed goes down to 0.
#
# A third kind changes the labels. Cross-entropy is never content: a correct answer with a probability of 0.99 still
# gets a gradient that asks for more. **Label smoothing** takes a share $\alpha$ away from the right class, and divides
# it equally among all classes, the right one included. The target for class $k$ of a sample with label $y$ is
#
# $$t_k = (1-\alpha)\,[\,k = y\,] + \frac{\alpha}{K} \qquad \text{for } K \text{ classes}$$
#
# ### Task 6 · Penalties and soft labels (4 points)
#
# Write three functions.
#
# - `l1_penalty(model)` and `l2_penalty(model)`: the sums above over **all** entries of all parameters of a module,
#   biases and frozen ones included, buffers not. Each returns a tensor without dimensions through which gradients
#   flow to the parameters.
# - `smooth_labels(y, n_classes, alpha)`: for class indices `y`, whole numbers of shape (n,), the targets of the
#   formula above, floating-point numbers of shape (n, n_classes). `alpha` is a number from 0 to 1.

# %% solution="regularisation"
def l1_penalty(model):
    """The sum of |p| over all entries of all parameters."""
    ### BEGIN SOLUTION
    return sum(parameter.abs().sum() for parameter in model.parameters())
    ### END SOLUTION


def l2_penalty(model):
    """The sum of p² over all entries of all parameters."""
    ### BEGIN SOLUTION
    return sum(parameter.square().sum() for parameter in model.parameters())
    ### END SOLUTION


def smooth_labels(y, n_classes, alpha):
    """Targets (n, n_classes) for class indices (n,): (1 − alpha) for the class, and alpha shared by all."""
    ### BEGIN SOLUTION
    return (1 - alpha) * F.one_hot(y, n_classes).float() + alpha / n_classes
    ### END SOLUTION


# %% test="regularisation" points=4
check("regularisation")

# %% [markdown]
# What do the penalties do to the weights? Here are three trainings on the same few images. A loss function may be any
# function, so the penalty goes in there. The column `|w| < 0.001` gives the share of the first layer's weights that are as
# good as 0.

# %%
def trained_with(extra, epochs=8):
    """A network trained on the few images, with something added to its loss."""
    torch.manual_seed(3)
    network = make_classifier(784, [128], 10).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)

    def loss_fn(logits, labels):
        return F.cross_entropy(logits, labels) + extra(network)

    for _ in range(epochs):
        train_epoch(network, few_loader, loss_fn, optimizer, device)
    return network


EXTRAS = {
    "nothing": lambda network: 0.0,
    "L1, times 0.0001": lambda network: 1e-4 * l1_penalty(network),
    "L2, times 0.001": lambda network: 1e-3 * l2_penalty(network),
}
print(f"{'added to the loss':18} mean |w|   |w| < 0.001   validation loss   accuracy")
weights = {}
for name, extra in EXTRAS.items():
    network = trained_with(extra)
    w = weights[name] = next(p for p in network.parameters() if p.numel() == 784 * 128).detach().cpu()
    row = w.abs().mean(), (w.abs() < 0.001).float().mean(), validation_loss(network)
    print(f"{name:18} {row[0]:8.4f} {row[1]:13.0%} {row[2]:17.3f} {evaluate(network, val_loader, device):10.3f}")

# %%
plots.images(
    torch.cat([w.reshape(128, 28, 28)[:8] if w.shape[0] == 128 else w.T.reshape(128, 28, 28)[:8]
               for w in weights.values()]).abs().mul(8).clamp(max=1),
    [name for name in weights for _ in range(8)],
    title="First layer: the weights of eight units",
)  # fmt: skip

# %% [markdown]
# With $L_1$ more than a quarter of the weights are as good as 0, most of them at the border, where the images are
# black anyway. With $L_2$ the large ones are smaller. Neither needs to improve the accuracy; what both narrow is the
# gap between the loss on the training images, which the table doesn't show, and the loss on the validation images.
#
# ## 8 · All of it together
#
# ### Task 7 · A classifier of your own (6 points)
#
# Write `fit(X_train, y_train, X_val, y_val, device)`. It gets images of shape (n, 28, 28) with pixels from 0 to 1 and
# their labels, and returns a trained module **on `device`** that gives logits for such images, (n, 28, 28) in,
# (n, 10) out. All four tensors are on the CPU, and stay as they were.
#
# - The tests call it with 6,000 training and 1,000 validation images, and count how many of 5,000 **other** images the
#   module recognises, in evaluation mode. There is credit in three steps: for 50, for 70 and for 80 in 100. Chance
#   plays a part in every training: a module that misses the 80 by less than three is trained once more.
# - It may take at most 60 seconds on one processor core without a graphics card. A good `fit` needs less than 20, and
#   a network with a single hidden layer is good enough.
# - It must learn from its arguments. The images of the tests are moved by up to a pixel, and their classes are
#   numbered in another order.
#
# Size, optimizer, rate and the number of epochs are up to you, and so is the use of your own functions from above.

# %% solution="fit"
def fit(X_train, y_train, X_val, y_val, device):
    """A module on `device`, trained on (n, 28, 28) images with labels from 0 to 9."""
    ### BEGIN SOLUTION
    model = make_classifier(28 * 28, [128], 10, dropout=0.2).to(device)
    batches = DataLoader(TensorDataset(X_train, y_train), batch_size=128, shuffle=True)
    X_val, y_val = X_val.to(device), y_val.to(device)
    adam = torch.optim.Adam(model.parameters(), lr=0.002)
    rule = EarlyStopping(patience=3)
    for _ in range(12):
        train_epoch(model, batches, F.cross_entropy, adam, device)
        with torch.no_grad():
            loss = F.cross_entropy(model.eval()(X_val), y_val).item()
        if rule.step(loss, model):
            break
    rule.restore(model)
    return model.eval()
    ### END SOLUTION


# %% test="fit" points=6
check("fit")

# %% [markdown]
# ## 9 · What does it get wrong?
#
# Run your `fit` once more, on all training images, and now look at the test images, for the first time.

# %%
torch.manual_seed(4)
best = fit(X_train, y_train, X_val, y_val, device).eval()
with torch.no_grad():
    probabilities = F.softmax(best(X_test.to(device)), dim=1).cpu()
certainty, predicted = probabilities.max(dim=1)
print(f"validation accuracy {evaluate(best, val_loader, device):.3f}", end=", ")
print(f"test accuracy {(predicted == y_test).float().mean().item():.3f}")

# %% [markdown]
# One number hides a lot. The **confusion matrix** has a row for each true class and a column for each predicted one.
# Right answers are on the diagonal. Choose a cell in the list above the picture to see the images behind it.

# %%
plots.confusion(y_test, predicted, images=X_test, names=FASHION_CLASSES)

# %% [markdown]
# The network does not err at random. Trousers, bags and shoes are nearly always right, and if shoes are mistaken, it is
# almost always for other shoes. The trouble is with anything that has sleeves: a shirt is taken for a T-shirt, a
# pullover or a coat. Look at these images. Would you have known?
#
# Now the mistakes of which the network was most certain:

# %%
wrong = (predicted != y_test).nonzero()[:, 0]
worst = wrong[certainty[wrong].argsort(descending=True)[:16]]
captions = [f"{FASHION_CLASSES[y_test[i]]}, taken for {FASHION_CLASSES[predicted[i]]}" for i in worst]
plots.images(X_test[worst], captions, columns=4, title="Most certain, and wrong")

# %% [markdown]
# Always look at these. Some are honest mistakes. In others the label is doubtful, and their number tells you how much
# more accuracy one can hope for at all.
#
# How far can you trust the network when it says "0.9"? It is **calibrated** if 90 in 100 of these answers are right, and
# likewise for every other probability. The picture groups the test images by the probability of their predicted class,
# and shows for each group how many are right. A bar that ends below the diagonal says that the network is too sure of
# itself. The *expected calibration error* is the mean distance from the diagonal, with each group weighted by its number
# of images.

# %%
plots.calibration(probabilities, y_test)

# %% [markdown]
# And a large network that has memorised 500 images?

# %%
def probabilities_of(loss_fn, epochs=40):
    """What a large network says of the test images after a long training on few images."""
    torch.manual_seed(5)
    loader = DataLoader(TensorDataset(X_train[:500], y_train[:500]), batch_size=64, shuffle=True)
    network = make_classifier(784, [512], 10).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.001)
    for _ in range(epochs):
        train_epoch(network, loader, loss_fn, optimizer, device)
    with torch.no_grad():
        return F.softmax(network.eval()(X_test.to(device)), dim=1).cpu()


plots.calibration(probabilities_of(F.cross_entropy), y_test)

# %% [markdown]
# It is too sure of itself: most bars end below the diagonal. Now the same with smoothed labels, which never ask for
# certainty:

# %%
plots.calibration(
    probabilities_of(lambda logits, labels: F.cross_entropy(logits, smooth_labels(labels, 10, 0.05))), y_test
)

# %% [markdown]
# The accuracy is about the same, but the probabilities are more honest. With 0.2 in place of 0.05 they become too
# low: try it. For a program that asks a person whenever it is in doubt, honest probabilities are worth more than half a
# percentage point of accuracy.
#
# ## For the curious · The same in PyTorch Lightning
#
# No points here, and no checks. You have written the loop by hand, so you know what is in it. Libraries such as
# **PyTorch Lightning** have it ready. You say what a step is, and the `Trainer` does the rest: epochs, devices,
# modes, early stopping, keeping the best state, logs. This part needs two more packages. Where they are missing, the
# next cell says so, and the cells after it do nothing.

# %%
try:
    import lightning
    import tensorboard
except ImportError:
    lightning = None
    print("This part needs two more packages: run `%pip install lightning tensorboard`, then this cell again.")

# %%
if lightning is not None:
    import logging
    import tempfile
    import warnings

    from lightning.pytorch.callbacks import EarlyStopping as LightningStopping
    from lightning.pytorch.loggers import TensorBoardLogger
    from lightning.pytorch.utilities.model_summary import ModelSummary

    from course_lib.lightning_curves import CurvesCallback

    warnings.filterwarnings("ignore", module="lightning")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

    class Clothes(lightning.LightningModule):
        """The network with two hidden layers of 512 units, and what a step of its training is."""

        def __init__(self):
            super().__init__()
            self.network = make_classifier(784, [512, 512], 10)

        def forward(self, x):
            return self.network(x)

        def training_step(self, batch, index):
            images, labels = batch
            loss = F.cross_entropy(self(images), labels)
            self.log("train_loss", loss, on_step=False, on_epoch=True)
            return loss

        def validation_step(self, batch, index):
            images, labels = batch
            logits = self(images)
            self.log("val_loss", F.cross_entropy(logits, labels))
            self.log("val_accuracy", (logits.argmax(dim=1) == labels).float().mean())

        def configure_optimizers(self):
            return torch.optim.RMSprop(self.parameters(), lr=0.0003)

    clothes = Clothes()
    print(ModelSummary(clothes, max_depth=2))

# %% [markdown]
# The summary counts what your `count_parameters([784, 512, 512, 10])` counts, 669,706. Now the training, on the few
# images. `CurvesCallback`, from the course's library, draws after each epoch what the module has logged:

# %%
if lightning is not None:
    logs = tempfile.mkdtemp()
    trainer = lightning.Trainer(
        max_epochs=8,
        accelerator="auto",
        devices=1,
        callbacks=[CurvesCallback(), LightningStopping(monitor="val_loss", patience=2)],
        logger=TensorBoardLogger(logs, name="clothes"),
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    trainer.fit(clothes, few_loader, val_loader)
    print("For a dashboard of all runs, type in a terminal: tensorboard --logdir", logs)

# %% [markdown]
# Where to read on: H. Xiao, K. Rasul and R. Vollgraf, *Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
# Learning Algorithms*, 2017; N. Srivastava and others, *Dropout: A Simple Way to Prevent Neural Networks from
# Overfitting*, JMLR 15 (2014); S. Ioffe and C. Szegedy, *Batch Normalization*, ICML 2015; L. Prechelt, *Early Stopping
# – But When?*, 1998; C. Guo, G. Pleiss, Y. Sun and K. Weinberger, *On Calibration of Modern Neural Networks*, ICML
# 2017; R. Müller, S. Kornblith and G. Hinton, *When Does Label Smoothing Help?*, NeurIPS 2019.
