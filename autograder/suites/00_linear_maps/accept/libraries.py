# What SciPy and scikit-learn have for it.

# %% predict
predict = torch.nn.functional.linear

# %% rotation
from scipy.spatial.transform import Rotation

def rotation_matrix(degrees):
    return torch.tensor(Rotation.from_euler("z", degrees, degrees=True).as_matrix()[:2, :2])

# %% mse
def mse(prediction, y):
    return torch.nn.functional.mse_loss(prediction, y, reduction="sum") / prediction.shape[0] / prediction.shape[1]

# %% recover
def recover(layer):
    three = torch.eye(3)
    three[:2, :2] = layer.weight.detach().T
    return Rotation.from_matrix(three.numpy()).as_euler("zyx", degrees=True)[0], list(layer.bias)

# %% fit_linear
from sklearn.linear_model import LinearRegression

def fit_linear(X, y):
    found = LinearRegression().fit(X.cpu(), y.cpu())
    layer = nn.Linear(2, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(found.coef_))
        layer.bias.copy_(torch.from_numpy(found.intercept_))
    return layer.to(X)
