# The model solution's ideas, and later cells that use the names for something else.

# %% count_parameters
def count_parameters(dims):
    pairs = zip(dims[:-1], dims[1:])
    return sum(fan_out * (fan_in + 1) for fan_in, fan_out in pairs)

# %% make_classifier
def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    model = nn.Sequential(nn.Flatten())
    for width in hidden_dims:
        model.append(nn.Linear(n_features, width))
        if batch_norm:
            model.append(nn.BatchNorm1d(width))
        model.extend([nn.ReLU(), nn.Dropout(dropout)])
        n_features = width
    return model.append(nn.Linear(n_features, n_classes))

# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    def one(images, labels):
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item() * len(labels), len(labels)

    model.train()
    sums, sizes = zip(*(one(*pair) for pair in loader))
    return sum(sums) / sum(sizes)


def evaluate(model, loader, device):
    def right(images, labels):
        found = model(images.to(device)).argmax(1).cpu() == labels.cpu()
        return found.tolist()

    model.eval()
    with torch.no_grad():
        answers = [answer for pair in loader for answer in right(*pair)]
    return sum(answers) / len(answers)

# %% repair
def repair(model):
    *others, _ = model
    return nn.Sequential(*(copy.deepcopy(part) for part in others))

# %% early_stopping
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.losses, self.states = patience, min_delta, [], {}

    def step(self, val_loss, model):
        if not self.losses or val_loss < self.losses[-1] - self.min_delta:
            self.losses.append(val_loss)
            self.states["best"] = copy.deepcopy(model.state_dict())
            self.waiting = 0
        else:
            self.waiting += 1
        return self.waiting >= self.patience

    def restore(self, model):
        model.load_state_dict(self.states["best"])

# %% regularisation
def l1_penalty(model):
    return sum(F.l1_loss(p, torch.zeros_like(p), reduction="sum") for p in model.parameters())


def l2_penalty(model):
    return sum(F.mse_loss(p, torch.zeros_like(p), reduction="sum") for p in model.parameters())


def smooth_labels(y, n_classes, alpha):
    targets = torch.eye(n_classes, device=y.device)[y]
    return targets - alpha * targets + alpha / n_classes

# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    net = make_classifier(784, [128], 10, batch_norm=True, dropout=0.3).to(device)
    rule = EarlyStopping(patience=3, min_delta=0.001)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=150, shuffle=True)
    for epoch in range(10):
        train_epoch(net, loader, lambda z, y: F.cross_entropy(z, smooth_labels(y, 10, 0.1)), optimizer, device)
        with torch.no_grad():
            if rule.step(F.cross_entropy(net.eval()(X_val.to(device)), y_val.to(device)).item(), net):
                break
    rule.restore(net)
    return net

# %% after:count_parameters
dims = [784, 10]
count_parameters = {str(dims): 7850}

# %% after:epoch_loop
model = "a name for a plot"
images, labels = [1, 2], {}

# %% after:regularisation
l1_penalty = l2_penalty = 0.5
repair = None

# %% after:fit
fit = (1.0, 2.0)
X_train = X_train[:5]
evaluate = torch.linspace(0, 1, 5)
EarlyStopping = None


def make_classifier(*sizes):
    return sizes
