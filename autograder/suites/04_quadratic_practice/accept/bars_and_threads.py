# rest: solution
# imports that the sources use too, and a thread for each core

# %% fit
import matplotlib.pyplot as plt
from tqdm import tqdm


def fit(X, y):
    torch.set_num_threads(4)
    model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 2)).to(X.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in tqdm(range(800)):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(X), y).backward()
        optimizer.step()
    return model
