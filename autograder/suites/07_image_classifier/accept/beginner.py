# One step per line, as a beginner writes it.

# %% count_parameters
def count_parameters(dims):
    n_params = 0
    previous = None
    for size in dims:
        if previous is not None:
            n_params += previous * size
            n_params += size
        previous = size
    return n_params

# %% make_classifier
def make_classifier(n_features, hidden_dims, n_classes, dropout=0.0, batch_norm=False):
    all_dims = [n_features]
    for h in hidden_dims:
        all_dims.append(h)
    layers = []
    layers.append(nn.Flatten())
    for i in range(len(all_dims) - 1):
        layers.append(nn.Linear(all_dims[i], all_dims[i + 1]))
        if batch_norm == True:
            layers.append(nn.BatchNorm1d(all_dims[i + 1]))
        layers.append(nn.ReLU())
        layers.append(nn.Dropout(p=dropout))
    layers.append(nn.Linear(all_dims[-1], n_classes))
    model = nn.Sequential(*layers)
    return model

# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    model.train()
    total_loss = 0
    total = 0
    for X_batch, y_batch in loader:
        X_batch = X_batch.to(device)
        y_batch = y_batch.to(device)
        # Forward pass
        outputs = model(X_batch)
        loss = loss_fn(outputs, y_batch)
        # Backward pass
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        batch_size = len(X_batch)
        total_loss += loss.item() * batch_size
        total += batch_size
    avg_loss = total_loss / total
    return avg_loss


def evaluate(model, loader, device):
    model.eval()
    correct = 0
    total = 0
    with torch.no_grad():
        for X_batch, y_batch in loader:
            X_batch = X_batch.to(device)
            y_batch = y_batch.to(device)
            outputs = model(X_batch)
            _, predicted = torch.max(outputs.data, 1)
            total += y_batch.size(0)
            correct += (predicted == y_batch).sum().item()
    accuracy = correct / total
    return accuracy

# %% repair
def repair(model):
    new_model = copy.deepcopy(model)
    layers = list(new_model.children())
    layers = layers[:-1]
    new_model = nn.Sequential(*layers)
    return new_model

# %% early_stopping
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.counter = 0
        self.best_loss = None
        self.best_state = None

    def step(self, val_loss, model):
        if self.best_loss is None:
            self.best_loss = val_loss
            self.best_state = copy.deepcopy(model.state_dict())
        elif val_loss < self.best_loss - self.min_delta:
            self.best_loss = val_loss
            self.best_state = copy.deepcopy(model.state_dict())
            self.counter = 0
        else:
            self.counter += 1
        if self.counter >= self.patience:
            return True
        else:
            return False

    def restore(self, model):
        model.load_state_dict(copy.deepcopy(self.best_state))

# %% regularisation
def l1_penalty(model):
    l1 = torch.tensor(0.0)
    for p in model.parameters():
        l1 = l1.to(p.device) + p.abs().sum()
    return l1


def l2_penalty(model):
    l2 = torch.tensor(0.0)
    for p in model.parameters():
        l2 = l2.to(p.device) + p.pow(2).sum()
    return l2


def smooth_labels(y, n_classes, alpha):
    one_hot = torch.zeros(y.size(0), n_classes, device=y.device)
    one_hot[torch.arange(y.size(0)), y] = 1.0
    return one_hot * (1 - alpha) + alpha / n_classes

# %% fit
def fit(X_train, y_train, X_val, y_val, device):
    model = make_classifier(784, [128, 64], 10, dropout=0.1)
    model = model.to(device)
    train_set = TensorDataset(X_train, y_train)
    val_set = TensorDataset(X_val, y_val)
    train_loader = DataLoader(train_set, batch_size=64, shuffle=True)
    val_loader = DataLoader(val_set, batch_size=64)
    loss_fn = nn.CrossEntropyLoss()
    opt = torch.optim.Adam(model.parameters(), lr=0.001)
    stopper = EarlyStopping(patience=5)
    for epoch in range(15):
        train_loss = train_epoch(model, train_loader, loss_fn, opt, device)
        acc = evaluate(model, val_loader, device)
        print(f"epoch {epoch}: loss {train_loss:.3f}, acc {acc:.3f}")
        if stopper.step(1 - acc, model):
            break
    stopper.restore(model)
    return model
