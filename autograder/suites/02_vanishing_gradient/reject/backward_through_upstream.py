# fails: neuron_backward
# The product of output and upstream gradient, averaged before backward().

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    leaves = [value.detach().clone().requires_grad_() for value in (x, w, b)]
    output = torch.relu(leaves[0] @ leaves[1] + leaves[2])
    return torch.autograd.grad((output * upstream).mean(), leaves)
