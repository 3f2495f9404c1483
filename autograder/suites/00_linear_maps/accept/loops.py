# Step by step, with loops and plain Python numbers.

# %% predict
def predict(X, w, b):
    rows = []
    for sample in X:
        outputs = []
        for unit, shift in zip(w, b):
            total = shift
            for one, weight in zip(sample, unit):
                total = total + one * weight
            outputs.append(total)
        rows.append(torch.stack(outputs))
    return torch.stack(rows)

# %% rotation
from math import cos, pi, sin

def rotation_matrix(degrees):
    radians = degrees * pi / 180
    matrix = torch.zeros(2, 2)
    matrix[0][0] = cos(radians)
    matrix[0][1] = -sin(radians)
    matrix[1][0] = sin(radians)
    matrix[1][1] = cos(radians)
    return matrix

# %% mse
def mse(prediction, y):
    total = 0
    count = 0
    for row, wanted in zip(prediction, y):
        for one, other in zip(row, wanted):
            total = total + (one - other) ** 2
            count += 1
    return total / count

# %% recover
from math import acos, atan2, degrees as in_degrees

def recover(layer):
    (c, s), (_, c2) = layer.weight.tolist()
    angle = atan2(s, (c + c2) / 2)
    return [in_degrees(angle), layer.bias.tolist()]

# %% fit_linear
def fit_linear(X, y):
    layer = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.02)
    loss_function = nn.MSELoss()
    for epoch in range(800):
        optimizer.zero_grad()
        loss = loss_function(layer(X), y)
        loss.backward()
        optimizer.step()
    return layer
