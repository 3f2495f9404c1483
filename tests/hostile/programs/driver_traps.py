# threat: 2, 11
# assignment: 02_vanishing_gradient
# fails: neuron_backward, gradient_norms
# most: 0.25
# Takes over what a driver runs with: exec and compile, autograd, the namespace; and looks for values in its source.

# %% neuron_backward
import builtins
import sys

sources = []
real_compile = builtins.compile


def compile_and_keep(source, *args, **kwargs):
    sources.append(source)
    return real_compile(source, *args, **kwargs)


builtins.compile = compile_and_keep
torch.autograd.grad = lambda outputs, inputs, *_, **__: tuple(torch.zeros_like(i) for i in inputs)
torch.Tensor.backward = lambda self, *_, **__: None
torch.Tensor.square = torch.Tensor.norm = lambda self, *_, **__: torch.zeros(())


def neuron_backward(x, w, b, upstream):
    return torch.zeros_like(x), torch.zeros_like(w), torch.zeros(()).to(x)

# %% gradient_norms
def gradient_norms(weights, x, activation):
    caller = sys._getframe(1)
    for name in ("expected", "reference", "answer", "norms"):
        found = caller.f_globals.get(name) or caller.f_locals.get(name)
        if isinstance(found, list | tuple):
            return found
    return [0.0] * len(weights)
