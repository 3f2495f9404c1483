# Small blocks, each with its own options; whole tensors instead of a DataLoader.

# %% count_parameters
def count_parameters(dims):
    first, *rest = dims
    if not rest:
        return 0
    return (first + 1) * rest[0] + count_parameters(rest)

# %% make_classifier
class Hidden(nn.Sequential):
    def __init__(self, inputs, outputs, p, normalised):
        super().__init__(nn.Linear(inputs, outputs),
            nn.BatchNorm1d(outputs) if normalised else nn.Identity(),
            nn.ReLU(),
            nn.Dropout(p) if p else nn.Identity(),
        )


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    widths = (n_features,) + tuple(hidden_dims)
    hidden = nn.Sequential(*(Hidden(widths[k], widths[k + 1], dropout, batch_norm) for k in range(len(widths) - 1)))
    return nn.Sequential(nn.Flatten(), hidden, nn.Linear(widths[-1], n_classes))

# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    for module in model.modules():
        module.training = True
    parts = []
    for images, labels in loader:
        images = images.to(device=device)
        labels = labels.to(device=device)
        model.zero_grad(set_to_none=False)
        loss = loss_fn(model(images), labels)
        loss.backward()
        optimizer.step()
        parts += [loss.detach().double()] * labels.numel()
    return torch.stack(parts).mean()


def evaluate(model, loader, device):
    twin = copy.deepcopy(model).eval()
    answers = torch.cat([
        (twin(images.to(device)).softmax(dim=1).topk(1).indices.squeeze(1) == labels.to(device))
        for images, labels in loader
    ])
    return answers.sum() / answers.numel()

# %% repair
from collections import OrderedDict


def repair(model):
    named = list(model.named_children())
    return nn.Sequential(OrderedDict((f"part{name}", part) for name, part in named[:-1]))

# %% early_stopping
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.bad, self.best, self.model = 0, None, None

    def better(self, loss):
        return not math.isnan(loss) and (self.best is None or self.best - loss > self.min_delta)

    def step(self, val_loss, model):
        if not self.better(val_loss):
            self.bad += 1
            return self.bad == self.patience
        self.best, self.bad, self.model = val_loss, 0, copy.deepcopy(model)

    def restore(self, model):
        model.load_state_dict(self.model.state_dict())

# %% regularisation
def l1_penalty(model):
    return sum((p.abs().sum() for p in model.parameters()), torch.zeros(()).to(next(model.parameters())))


def l2_penalty(model):
    return sum((p.flatten().dot(p.flatten()) for p in model.parameters()), torch.zeros(()).to(next(model.parameters())))


def smooth_labels(y, n_classes, alpha):
    onehot = (y.unsqueeze(1) == torch.arange(n_classes, device=y.device)).double()
    return torch.lerp(onehot, torch.full_like(onehot, 1 / n_classes), alpha)

# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    model = make_classifier(784, [64, 32], 10).to(device)
    X, y = X_train.to(device), y_train.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    patience = EarlyStopping(4)
    for _ in range(15):
        order = torch.randperm(len(X), device=device)
        batches = ((X[rows], y[rows]) for rows in order.split(64))
        train_epoch(model, batches, nn.CrossEntropyLoss(), optimizer, device)
        model.eval()
        with torch.no_grad():
            loss = F.cross_entropy(model(X_val.to(device)), y_val.to(device)).item()
        if patience.step(loss, model):
            break
    patience.restore(model)
    return model
