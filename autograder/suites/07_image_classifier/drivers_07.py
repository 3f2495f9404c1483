"""What can't cross the wire of training: networks of ours, loaders, loss functions, optimizers.

The same networks are trained by the suite itself; nothing here knows what is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from course_lib.drivers import kept, put, state

Batch = tuple[torch.Tensor, torch.Tensor]


class Moody(nn.Module):
    """Turns the sign of what it gets, unless it is in the mode that it was made for."""

    def __init__(self, likes_training: bool) -> None:
        super().__init__()
        self.likes_training = likes_training

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if self.training == self.likes_training else -x


class Deep(nn.Module):
    """Parameters at several depths, without dimensions, shared in a list, and frozen."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.tensor(-0.5))
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(inputs, 4), nn.BatchNorm1d(4))])
        self.last = nn.Linear(4, outputs, bias=False)
        self.kernel = nn.Conv2d(1, 2, 3)
        self.frozen = nn.Parameter(torch.ones(3), requires_grad=False)


def network(kind: str, sizes: list[int]) -> nn.Module:
    """A network of that kind; sizes are inputs, hidden units and classes."""
    inputs, hidden, classes = sizes
    if kind == "deep":
        return Deep(inputs, classes)
    first, last = nn.Linear(inputs, hidden), nn.Linear(hidden, classes)
    kinds: dict[str, list[nn.Module]] = {
        "linear": [nn.Linear(inputs, classes)],
        "plain": [nn.Flatten(), first, nn.Tanh(), last],
        "normed": [first, nn.BatchNorm1d(hidden), nn.Tanh(), last],
        "likes_training": [first, nn.Sequential(nn.Tanh(), Moody(True)), last],
        "likes_evaluation": [first, nn.Sequential(nn.Tanh(), Moody(False)), last],
    }
    return nn.Sequential(*kinds[kind])


def made(kind: str, sizes: list[int], values: list[torch.Tensor], device: str) -> nn.Module:
    """A network with this state, in the state's dtype."""
    model = network(kind, sizes).to(values[0].dtype).to(device)
    put(model, values)
    return model


LOSSES: dict[str, Any] = {
    "cross_entropy": functional.cross_entropy,
    "module": nn.CrossEntropyLoss(),
    "smoothed": nn.CrossEntropyLoss(label_smoothing=0.3),
    "squares": lambda logits, y: (logits - functional.one_hot(y, logits.shape[1])).square().mean(),
    "minus": lambda logits, y: -logits.gather(1, y[:, None]).tanh().mean() - 2,
}

OPTIMIZERS: dict[str, Any] = {
    "sgd": lambda model: torch.optim.SGD(model.parameters(), lr=0.3),
    "momentum": lambda model: torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.8, weight_decay=0.1
    ),
    "adam": lambda model: torch.optim.Adam(model.parameters(), lr=0.05),
    "last_layer": lambda model: torch.optim.SGD(list(model.parameters())[-2:], lr=0.3),
}


class Stream:
    """Can be walked through more than once, and has no length."""

    def __init__(self, batches: list[Batch]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[Batch]:
        return iter(self.batches)


def dealt(batches: list[Batch]) -> Iterable[Any]:
    """A DataLoader that deals the same batches."""
    size = len(batches[0][1])
    images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return DataLoader(TensorDataset(images, labels), batch_size=size)


LOADERS: dict[str, Any] = {
    "list": list,
    "tuple": tuple,
    "list_of_lists": lambda batches: [list(pair) for pair in batches],
    "generator": lambda batches: (pair for pair in batches),
    "stream": Stream,
    "data_loader": dealt,
    "elsewhere": lambda batches: [(away(images), away(labels)) for images, labels in batches],
}

GOES = ("to", "cpu", "cuda", "as_tensor", "asarray", "tensor")


class Away(torch.Tensor):
    """A tensor that lies on another device, as far as anybody can see.

    Together with tensors that are here it can't be used; `.to(device)` brings its values here.
    """

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        if func == torch.Tensor.device.__get__:
            return torch.device("meta")
        name = getattr(func, "__name__", "")
        here = [plain(value) for value in args]
        if name in GOES and goes_to_a_device(name, args[1:], options):
            return func(*here, **options)
        everything = [*args, *options.values()]
        if any(type(value) in (torch.Tensor, nn.Parameter) and value.dim() for value in everything):
            raise RuntimeError(
                "Expected all tensors to be on the same device, but found at least two devices"
            )
        result = func(*here, **{key: plain(value) for key, value in options.items()})
        return away(result) if isinstance(result, torch.Tensor) else result


def goes_to_a_device(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> bool:
    if name in ("cpu", "cuda"):
        return True
    named = [value for value in (*args, *options.values()) if isinstance(value, str | torch.device)]
    others = [value for value in args if isinstance(value, torch.Tensor)]
    return bool(named) or any(type(value) is not Away for value in others)


def plain(value: Any) -> Any:
    if type(value) is not Away:
        return value
    with torch._C.DisableTorchFunctionSubclass():
        return value.as_subclass(torch.Tensor)


def away(value: torch.Tensor) -> torch.Tensor:
    with torch._C.DisableTorchFunctionSubclass():
        return value.as_subclass(Away)


def trained(
    notebook: Any,
    how: dict[str, Any],
    values: list[torch.Tensor],
    epochs: list[list[Batch]],
    device: str,
) -> dict[str, Any]:
    """What each call of train_epoch returns, and the state afterwards.

    how: kind, sizes, loss, optimizer, loader, and perhaps `left`, a number that all gradients
    have before the first call.
    """
    model = made(how["kind"], how["sizes"], values, device)
    model.eval()
    optimizer = OPTIMIZERS[how["optimizer"]](model)
    if "left" in how:
        for parameter in model.parameters():
            parameter.grad = torch.full_like(parameter, how["left"])
    told = []
    for batches in epochs:
        loader = LOADERS[how["loader"]](batches)
        loss_fn = LOSSES[how["loss"]]
        found = notebook.train_epoch(model, loader, loss_fn, optimizer, torch.device(device))
        told.append(kept(found))
    return {"told": told, "state": state(model), "batches": epochs}


def judged(
    notebook: Any,
    how: dict[str, Any],
    values: list[torch.Tensor],
    batches: list[Batch],
    device: str,
) -> dict[str, Any]:
    """What evaluate returns for a network, and what it leaves of its state and its gradients."""
    model = made(how["kind"], how["sizes"], values, device).train(how.get("training", True))
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 0.25)
    loader = LOADERS[how["loader"]](batches)
    told = kept(notebook.evaluate(model, loader, torch.device(device)))
    grads = [parameter.grad for parameter in model.parameters()]
    return {"told": told, "state": state(model), "grads": grads, "batches": batches}


def in_turn(
    notebook: Any,
    how: dict[str, Any],
    values: list[torch.Tensor],
    batches: list[Batch],
    device: str,
) -> dict[str, Any]:
    """An epoch, an evaluation and another epoch of the same network."""
    model = made(how["kind"], how["sizes"], values, device)
    optimizer = OPTIMIZERS[how["optimizer"]](model)
    loss_fn, where = LOSSES[how["loss"]], torch.device(device)
    first = kept(notebook.train_epoch(model, list(batches), loss_fn, optimizer, where))
    accuracy = kept(notebook.evaluate(model, list(batches), where))
    second = kept(notebook.train_epoch(model, list(batches), loss_fn, optimizer, where))
    return {"told": [first, second], "accuracy": accuracy, "state": state(model)}


def penalty(
    notebook: Any, name: str, kind: str, sizes: list[int], values: list[torch.Tensor], factor: float
) -> dict[str, Any]:
    """A penalty, its gradients times a factor, what the call left, and the penalty once more."""
    model = made(kind, sizes, values, str(values[0].device))
    found = getattr(notebook, name)(model)
    result: dict[str, Any] = {"told": kept(found), "asks": None, "grads": None}
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    result["left"] = any(parameter.grad is not None for parameter in model.parameters())
    result["state"] = state(model)
    if isinstance(found, torch.Tensor):
        result["asks"] = found.requires_grad
        if found.requires_grad and found.dim() == 0:
            grads = torch.autograd.grad(factor * found, trainable, allow_unused=True)
            result["grads"] = list(grads)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(-2.0)
    result["again"] = kept(getattr(notebook, name)(model))
    return result
