# fails: to_torch
# One mistake: the module gives what goes into the softmax, without it.

# %% to_torch
def to_torch(model):
    layers = []
    for W, b in ((model.W1, model.b1), (model.W2, model.b2)):
        layer = torch.nn.Linear(*W.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(W.T))
            layer.bias.copy_(torch.as_tensor(b[0]))
        layers.append(layer)
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])
