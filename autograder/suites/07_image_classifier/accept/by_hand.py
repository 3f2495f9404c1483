# Everything by hand: parameters of its own, (in, out), its own normalisation and masks, its own Adam.

# %% count_parameters
def count_parameters(dims):
    total = 0
    for i in range(len(dims) - 1):
        weights = dims[i] * dims[i + 1]
        biases = dims[i + 1]
        total = total + weights + biases
    return total

# %% make_classifier
class Dense(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.w = nn.Parameter(torch.randn(inputs, outputs) * (2 / inputs) ** 0.5)
        self.b = nn.Parameter(torch.zeros(1, outputs))

    def forward(self, x):
        return x @ self.w + self.b


class Normed(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, width))
        self.beta = nn.Parameter(torch.zeros(1, width))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("var", torch.ones(width))

    def forward(self, x):
        if self.training:
            mean, var = x.mean(0), x.var(0, unbiased=False)
            self.mean = 0.9 * self.mean + 0.1 * mean.detach()
            self.var = 0.9 * self.var + 0.1 * x.detach().var(0)
        else:
            mean, var = self.mean, self.var
        return self.gamma * (x - mean) / torch.sqrt(var + 1e-5) + self.beta


class Classifier(nn.Module):
    def __init__(self, n_features, hidden_dims, n_classes, dropout, batch_norm):
        super().__init__()
        self.p = dropout
        sizes = [n_features] + list(hidden_dims)
        self.dense = nn.ModuleList([Dense(a, b) for a, b in zip(sizes[:-1], sizes[1:])])
        self.norms = nn.ModuleList([Normed(b) for b in sizes[1:]] if batch_norm else [])
        self.out = Dense(sizes[-1], n_classes)

    def forward(self, x):
        h = x.reshape(x.shape[0], -1)
        for i in range(len(self.dense)):
            h = self.dense[i](h)
            if len(self.norms) > 0:
                h = self.norms[i](h)
            h = h * (h > 0)
            if self.training and self.p > 0:
                mask = torch.rand_like(h) >= self.p
                h = h * mask / (1 - self.p)
        return self.out(h)


def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    return Classifier(n_features, hidden_dims, n_classes, dropout, batch_norm)

# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    values = []
    sizes = []
    for batch in loader:
        x = batch[0].to(device)
        y = batch[1].to(device)
        for p in model.parameters():
            p.grad = None
        out = model(x)
        loss = loss_fn(out, y)
        loss.backward()
        optimizer.step()
        values.append(loss.item())
        sizes.append(x.shape[0])
    return sum(l * n for l, n in zip(values, sizes)) / sum(sizes)


def evaluate(model, loader, device):
    model.eval()
    correct = 0
    total = 0
    for batch in loader:
        x = batch[0].to(device)
        y = batch[1].to(device)
        out = model(x)
        values, indices = torch.max(out, 1)
        for i in range(len(y)):
            if indices[i] == y[i]:
                correct += 1
            total += 1
    return correct / total

# %% repair
def repair(model):
    kept = []
    for i in range(len(model) - 1):
        kept.append(model[i])
    return nn.Sequential(*kept)

# %% early_stopping
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = None
        self.count = 0

    def step(self, val_loss, model):
        if val_loss == val_loss and (self.best is None or val_loss < self.best - self.min_delta):
            self.best = val_loss
            self.count = 0
            self.parameters = [p.detach().clone() for p in model.parameters()]
            self.buffers = [b.detach().clone() for b in model.buffers()]
            return False
        self.count += 1
        if self.count >= self.patience:
            return True
        return False

    def restore(self, model):
        with torch.no_grad():
            for p, old in zip(model.parameters(), self.parameters):
                p.copy_(old)
            for b, old in zip(model.buffers(), self.buffers):
                b.copy_(old)

# %% regularisation
def l1_penalty(model):
    total = 0
    for p in model.parameters():
        total = total + torch.sum(torch.abs(p))
    return total


def l2_penalty(model):
    total = 0
    for p in model.parameters():
        total = total + torch.sum(p * p)
    return total


def smooth_labels(y, n_classes, alpha):
    targets = torch.zeros(len(y), n_classes, device=y.device)
    for i in range(len(y)):
        for k in range(n_classes):
            targets[i, k] = alpha / n_classes
        targets[i, y[i]] += 1 - alpha
    return targets

# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    model = Classifier(784, [100], 10, 0.1, False).to(device)
    X, y = X_train.reshape(-1, 784).to(device), y_train.to(device)
    params = list(model.parameters())
    m = [torch.zeros_like(p) for p in params]
    v = [torch.zeros_like(p) for p in params]
    t = 0
    for epoch in range(12):
        order = torch.randperm(len(X), device=device)
        for start in range(0, len(X), 100):
            rows = order[start : start + 100]
            loss = nn.functional.cross_entropy(model(X[rows]), y[rows])
            grads = torch.autograd.grad(loss, params)
            t += 1
            with torch.no_grad():
                for i, g in enumerate(grads):
                    m[i] = 0.9 * m[i] + 0.1 * g
                    v[i] = 0.999 * v[i] + 0.001 * g * g
                    params[i] -= 0.002 * (m[i] / (1 - 0.9**t)) / ((v[i] / (1 - 0.999**t)).sqrt() + 1e-8)
    return model
