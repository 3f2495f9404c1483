# The best turn between centred clouds; a search among rotation matrices for the angle.

# %% predict
def predict(X, w, b):
    return (X.unsqueeze(1) * w.unsqueeze(0)).sum(dim=-1).add(b)

# %% rotation
def rotation_matrix(degrees):
    angle = torch.tensor(degrees * torch.pi / 180, dtype=torch.float64)
    first = torch.stack((torch.cos(angle), -torch.sin(angle)))
    second = torch.stack((torch.sin(angle), torch.cos(angle)))
    return torch.vstack((first, second))

# %% mse
def mse(prediction, y):
    return torch.square(prediction - y).mean()

# %% recover
def recover(layer):
    wanted = layer.weight.detach().T.double().cpu()

    def off(degrees):
        return float((rotation_matrix(degrees) - wanted).abs().sum())

    best = min(range(-179, 181), key=off)
    best = min((best + step / 20 for step in range(-20, 21)), key=off)
    if best > 180:
        best -= 360
    if best <= -180:
        best += 360
    return best, layer.bias.detach().cpu().numpy()

# %% fit_linear
def fit_linear(X, y):
    middle_X, middle_y = X.mean(dim=0), y.mean(dim=0)
    u, _, v = torch.linalg.svd((X - middle_X).T @ (y - middle_y))
    R = u @ v
    layer = nn.Linear(2, 2).to(X.device)
    with torch.no_grad():
        layer.weight.copy_(R.T)
        layer.bias.copy_(middle_y - middle_X @ R)
    return layer
