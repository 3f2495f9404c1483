# A smooth network and LBFGS with a closure; frames as an array.

# %% target
def target(X):
    return (X + 1) ** 2 - 0.5

# %% model
def make_model():
    return torch.nn.Sequential(torch.nn.Linear(2, 12), torch.nn.Tanh(), torch.nn.Linear(12, 2))

# %% fit
def descend(model, X, y, rounds, each):
    optimizer = torch.optim.LBFGS(model.parameters(), max_iter=each, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = (model(X) - y).pow(2).mean()
        loss.backward()
        return loss

    for _ in range(rounds):
        yield model(X).detach().cpu().numpy()
        optimizer.step(closure)
    yield model(X).detach().cpu().numpy()


def fit(X, y):
    model = make_model().to(X.device)
    for _ in descend(model, X, y, rounds=4, each=30):
        pass
    return model

# %% frames
import numpy as np


def training_frames(X, y):
    return np.stack(list(descend(make_model().to(X.device), X, y, rounds=30, each=3)))

# %% animation
figure = animate_training(training_frames(X, y), y.numpy())
