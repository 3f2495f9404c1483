# The training is of a small convolutional network, which is one way to fit; the rest is short.

# %% count_parameters
import itertools


def count_parameters(dims):
    return sum(a * b + b for a, b in itertools.pairwise(dims))

# %% make_classifier
def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    def chain(inputs, widths):
        if not widths:
            return [nn.Linear(inputs, n_classes)]
        width, *others = widths
        norm = [nn.BatchNorm1d(width)] * batch_norm
        return [nn.Linear(inputs, width), *norm, nn.ReLU(), nn.Dropout(dropout), *chain(width, others)]

    return nn.Sequential(nn.Flatten(), *chain(n_features, list(hidden_dims)))

# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    sums = [0.0, 0]
    for X, y in loader:
        X, y = X.to(device), y.to(device)
        optimizer.zero_grad()
        (loss := loss_fn(model(X), y)).backward()
        optimizer.step()
        sums = [sums[0] + loss.item() * X.size(0), sums[1] + X.size(0)]
    return sums[0] / sums[1]


@torch.no_grad()
def evaluate(model, loader, device):
    predicted, true = [], []
    for X, y in loader:
        predicted.append(model.eval()(X.to(device)).max(dim=1)[1].cpu())
        true.append(y.cpu())
    return (torch.cat(predicted) == torch.cat(true)).double().mean().item()

# %% repair
def repair(model):
    return model[:-1]

# %% early_stopping
class EarlyStopping:
    best = float("inf")

    def __init__(self, patience, min_delta=0.0):
        self.limit, self.margin, self.since = patience, min_delta, 0

    def step(self, val_loss, model):
        self.since += 1
        if self.best - self.margin > val_loss:
            self.best, self.since = val_loss, 0
            self.state = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}
        return self.since >= self.limit

    def restore(self, model):
        model.load_state_dict(self.state)

# %% regularisation
def penalty(model, function):
    values = [function(p).sum() for p in model.parameters()]
    return torch.stack(values).sum()


def l1_penalty(model):
    return penalty(model, torch.abs)


def l2_penalty(model):
    return penalty(model, torch.square)


def smooth_labels(y, n_classes, alpha):
    return F.one_hot(y, num_classes=n_classes) * (1 - alpha) + alpha / n_classes

# %% fit
class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 8, 5, stride=2), nn.ReLU(), nn.Conv2d(8, 16, 3, stride=2), nn.ReLU(), nn.Flatten(),
            nn.Linear(16 * 5 * 5, 10),
        )

    def forward(self, x):
        return self.body(x[:, None])


def fit(X_train, y_train, X_val, y_val, device):
    model = Small().to(device)
    X, y = X_train.to(device), y_train.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004)
    for _ in range(10):
        for rows in torch.randperm(len(X), device=device).split(50):
            optimizer.zero_grad()
            F.cross_entropy(model(X[rows]), y[rows]).backward()
            optimizer.step()
    return model
