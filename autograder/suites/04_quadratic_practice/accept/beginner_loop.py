# Step by step, with a loop written out and Plotly Express for the film.

# %% target
def target(X):
    two_times = 2 * X
    square = X * X
    result = two_times + square + 0.5
    return result

# %% model
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(2, 40)
        self.activation = torch.nn.ReLU()
        self.output = torch.nn.Linear(40, 2)

    def forward(self, x):
        x = self.hidden(x)
        x = self.activation(x)
        x = self.output(x)
        return x


def make_model():
    net = Net()
    return net

# %% fit
def fit(X, y):
    net = make_model().to(X.device)
    loss_function = torch.nn.MSELoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(600):
        prediction = net(X)
        loss = loss_function(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return net

# %% frames
def training_frames(X, y):
    net = make_model().to(X.device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    frames = []
    for epoch in range(401):
        prediction = net(X)
        if epoch % 20 == 0:
            frames.append(prediction.detach().clone())
        loss = ((prediction - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.stack(frames)

# %% animation
import pandas as pd
import plotly.express as px

tables = []
for number, frame in enumerate(training_frames(X, y)):
    table = pd.DataFrame(frame.numpy(), columns=["Feature 1", "Feature 2"])
    table["Frame"] = number
    tables.append(table)

figure = px.scatter(pd.concat(tables), x="Feature 1", y="Feature 2", animation_frame="Frame", range_x=[-2, 5], range_y=[-2, 5])
figure.add_scatter(x=y[:, 0].numpy(), y=y[:, 1].numpy(), mode="markers", name="target")
