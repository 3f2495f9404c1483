# Functions of torch.nn.functional, and closures.

# %% count_parameters
def count_parameters(dims):
    return sum(p.numel() for a, b in zip(dims[:-1], dims[1:]) for p in nn.Linear(a, b, device="meta").parameters())

# %% make_classifier
import torch.nn.functional as FN


class Net(nn.Module):
    def __init__(self, sizes, p, normalise):
        super().__init__()
        pairs = list(zip(sizes, sizes[1:]))
        self.hidden = nn.ModuleList(nn.Linear(i, o, bias=not normalise) for i, o in pairs[:-1])
        self.norm = nn.ModuleList(nn.BatchNorm1d(o) if normalise else nn.Identity() for _, o in pairs[:-1])
        self.last = nn.Linear(*pairs[-1])
        self.p = p

    def forward(self, x):
        x = x.flatten(start_dim=1)
        for linear, norm in zip(self.hidden, self.norm):
            x = FN.dropout(FN.relu(norm(linear(x))), self.p, self.training)
        return self.last(x)


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    return Net([n_features, *hidden_dims, n_classes], dropout, batch_norm)

# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    weighted, count = torch.zeros((), device=device), 0
    for x, y in loader:
        x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)

        def closure():
            optimizer.zero_grad(set_to_none=True)
            model.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            return loss

        loss = optimizer.step(closure)
        weighted = weighted + loss.detach() * y.size(0)
        count += y.size(0)
    return weighted / count


@torch.inference_mode()
def evaluate(model, loader, device):
    was = model.training
    model.eval()
    hits = [model(x.to(device)).argmax(-1).eq(y.to(device)) for x, y in loader]
    model.train(was)
    return torch.cat(hits).float().mean()

# %% repair
class Without(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x):
        for part in self.parts:
            x = part(x)
        return x


def repair(model):
    return Without(list(model.children())[:-1])

# %% early_stopping
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.left, self.patience, self.min_delta, self.best = patience, patience, min_delta, float("inf")

    def step(self, val_loss, model):
        improved = val_loss < self.best - self.min_delta
        if improved:
            self.best, self.left = val_loss, self.patience
            self.kept = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self.left -= 1
        return self.left <= 0

    def restore(self, model):
        for name, value in model.state_dict().items():
            value.copy_(self.kept[name])

# %% regularisation
def l1_penalty(model):
    return torch.cat([p.reshape(-1) for p in model.parameters()]).abs().sum()


def l2_penalty(model):
    flat = nn.utils.parameters_to_vector(model.parameters())
    return flat @ flat


def smooth_labels(y, n_classes, alpha):
    soft = torch.full((y.shape[0], n_classes), alpha / n_classes, device=y.device)
    return soft.scatter(1, y[:, None], 1 - alpha + alpha / n_classes)

# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    net = Net([784, 128, 10], 0.0, True).to(device)
    images, labels = X_train.to(device), y_train.to(device)
    sgd = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
    epochs, size = 8, 100
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, epochs)
    for _ in range(epochs):
        net.train()
        for rows in torch.randperm(len(images), device=device).split(size):
            sgd.zero_grad()
            FN.cross_entropy(net(images[rows]), labels[rows], label_smoothing=0.05).backward()
            sgd.step()
        schedule.step()
    return net.eval()
