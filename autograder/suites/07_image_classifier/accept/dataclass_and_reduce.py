# Dataclasses, reductions, double precision, standardised inputs kept as buffers.

# %% count_parameters
from functools import reduce


def count_parameters(dims):
    total, _ = reduce(lambda acc, size: (acc[0] + (acc[1] + 1) * size, size), dims[1:], (0, dims[0]))
    return torch.tensor(total)

# %% make_classifier
class MLP(nn.Module):
    def __init__(self, n_features, hidden_dims, n_classes, *, p, bn):
        super().__init__()
        dims = [n_features, *hidden_dims, n_classes]
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for fan_in, fan_out in zip(dims, dims[1:]):
            bound = fan_in**-0.5
            self.weights.append(nn.Parameter(torch.empty(fan_out, fan_in).uniform_(-bound, bound)))
            self.biases.append(nn.Parameter(torch.empty(fan_out).uniform_(-bound, bound)))
        self.bn = nn.ModuleList(nn.BatchNorm1d(d) for d in hidden_dims) if bn else None
        self.drop = nn.Dropout(p)

    def forward(self, x):
        x = x.reshape(len(x), -1)
        *hidden, last = zip(self.weights, self.biases)
        for k, (w, b) in enumerate(hidden):
            x = torch.addmm(b, x, w.t())
            if self.bn is not None:
                x = self.bn[k](x)
            x = self.drop(torch.clamp(x, min=0))
        w, b = last
        return torch.einsum("ni,oi->no", x, w) + b


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    return MLP(n_features, hidden_dims, n_classes, p=dropout, bn=batch_norm)

# %% epoch_loop
from dataclasses import dataclass


@dataclass
class Mean:
    total: float = 0.0
    count: int = 0

    def add(self, value, times):
        self.total += float(value) * times
        self.count += times

    def __call__(self):
        return self.total / self.count


def train_epoch(model, loader, loss_fn, optimizer, device):
    mean = Mean()
    model.train()
    optimizer.zero_grad()
    model.zero_grad()
    for inputs, targets in loader:
        loss = loss_fn(model(inputs.to(device)), targets.to(device))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        mean.add(loss.detach(), len(targets))
    return mean()


def evaluate(model, loader, device):
    mean = Mean()
    modes = {module: module.training for module in model.modules()}
    model.eval()
    with torch.no_grad():
        for inputs, targets in loader:
            hits = model(inputs.to(device)).argsort(dim=1)[:, -1] == targets.to(device)
            mean.add(hits.float().mean(), len(targets))
    for module, mode in modes.items():
        module.training = mode
    return mean()

# %% repair
def repair(model):
    twin = copy.deepcopy(model)
    twin[len(twin) - 1] = nn.Identity()
    return twin

# %% early_stopping
@dataclass
class EarlyStopping:
    patience: int
    min_delta: float = 0.0
    waited: int = 0
    best: float = float("inf")
    snapshot: object = None

    def step(self, val_loss, model):
        if not val_loss < self.best - self.min_delta:
            self.waited += 1
            return self.waited >= self.patience
        self.best = float(val_loss)
        self.waited = 0
        self.snapshot = [t.detach().clone() for t in (*model.parameters(), *model.buffers())]
        return False

    @torch.no_grad()
    def restore(self, model):
        for own, kept in zip((*model.parameters(), *model.buffers()), self.snapshot):
            own.data = kept.clone()

# %% regularisation
def l1_penalty(model):
    return reduce(lambda total, p: total + p.norm(1), model.parameters(), 0.0)


def l2_penalty(model):
    return reduce(lambda total, p: total + (p * p).sum(), model.parameters(), 0.0)


def smooth_labels(y, n_classes, alpha):
    uniform = torch.ones(n_classes, dtype=torch.float64, device=y.device) / n_classes
    return torch.stack([(1 - alpha) * torch.eye(n_classes, dtype=torch.float64, device=y.device)[k] + alpha * uniform for k in y])

# %% fit
class Standardised(nn.Module):
    def __init__(self, X, inner):
        super().__init__()
        self.register_buffer("mean", X.mean())
        self.register_buffer("std", X.std())
        self.inner = inner

    def forward(self, x):
        return self.inner((x - self.mean) / self.std)


def fit(X_train, y_train, X_val, y_val, device):
    X, y = torch.cat([X_train, X_val]), torch.cat([y_train, y_val])
    model = Standardised(X, MLP(784, [80], 10, p=0.2, bn=False)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)
    for _ in range(10):
        order = torch.randperm(len(X))
        loader = ((X[rows], y[rows]) for rows in order.split(64))
        train_epoch(model, loader, nn.CrossEntropyLoss(), optimizer, device)
    return model
