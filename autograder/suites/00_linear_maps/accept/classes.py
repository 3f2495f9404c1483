# Objects that are called, einsum, a matrix exponential, a singular value decomposition, a subclass.

# %% predict
class Predict:
    def __call__(self, X, w, b):
        return torch.einsum("nd,md->nm", X, w) + b[None, :]


predict = Predict()

# %% rotation
class Rotation:
    generator = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)

    def __call__(self, degrees):
        return torch.linalg.matrix_exp(self.generator * (degrees * torch.pi / 180))


rotation_matrix = Rotation()

# %% mse
mse = nn.MSELoss()

# %% recover
class Recovered(tuple):
    pass


def recover(layer):
    u, _, v = torch.linalg.svd(layer.weight.detach().double())
    nearest = u @ v
    angle = torch.atan2(nearest[0, 1], nearest[0, 0]).rad2deg()
    return float(angle), tuple(float(part) for part in layer.bias)

# %% fit_linear
class Fitted(nn.Linear):
    def __init__(self, X, y):
        super().__init__(2, 2, dtype=X.dtype, device=X.device)
        nn.init.normal_(self.weight, std=0.1)
        self.learn(X, y)

    def learn(self, X, y):
        optimizer = torch.optim.LBFGS(self.parameters(), lr=0.5, max_iter=100)

        def closure():
            optimizer.zero_grad()
            loss = mse_of(self(X), y)
            loss.backward()
            return loss

        optimizer.step(closure)


def mse_of(one, other):
    return nn.functional.mse_loss(one, other)


def fit_linear(X, y):
    return Fitted(X, y)
