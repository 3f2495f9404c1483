# rest: solution
# The network computes in float64 and answers in the dtype of its input; its first layer is weight-normed.

# %% model
class Precise(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.utils.parametrizations.weight_norm(nn.Linear(2, 32))
        self.last = nn.Linear(32, 2)
        self.double()

    def forward(self, x):
        return self.last(torch.tanh(self.first(x.double()))).to(x.dtype)


def make_model():
    return Precise()

# %% fit
def fit(X, y):
    model = make_model().to(X.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(600):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(X), y).backward()
        optimizer.step()
    return model

# %% frames
def training_frames(X, y):
    model, frames = make_model().to(X.device), []
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for step in range(401):
        prediction = model(X)
        if step % 10 == 0:
            frames.append(prediction.detach().clone())
        optimizer.zero_grad()
        nn.functional.mse_loss(prediction, y).backward()
        optimizer.step()
    return torch.stack(frames)
