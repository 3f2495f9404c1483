# fails: to_torch
# One mistake: a function is returned instead of an nn.Module.

# %% to_torch
def to_torch(model):
    layers = []
    for W, b in ((model.W1, model.b1), (model.W2, model.b2)):
        layer = torch.nn.Linear(*W.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(W.T))
            layer.bias.copy_(torch.as_tensor(b[0]))
        layers.append(layer)
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.Softmax(dim=1))
    return lambda x: net(x)
