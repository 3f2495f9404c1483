# fails: neuron_backward
# backward() adds to the gradients that the arguments keep from an earlier call.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    for value in (x, w, b):
        value.requires_grad_()
    torch.relu(x @ w + b).backward(upstream)
    return x.grad, w.grad, b.grad
