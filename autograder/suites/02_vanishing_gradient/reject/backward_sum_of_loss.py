# fails: neuron_backward
# backward() is called on the sum of the outputs, not with the upstream gradient.

# %% neuron_backward
def neuron_backward(x, w, b, upstream):
    leaves = [value.detach().clone().requires_grad_() for value in (x, w, b)]
    total = torch.relu(leaves[0] @ leaves[1] + leaves[2]).sum()
    return torch.autograd.grad(total, leaves)
