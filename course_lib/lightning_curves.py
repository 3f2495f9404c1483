"""Draw the curves of a training with PyTorch Lightning while it runs.

It needs the package `lightning`: pip install "mlp-course[lightning]".
"""

from __future__ import annotations

from typing import Any

import torch

from course_lib.live_curves import LiveCurves

try:
    from lightning.pytorch.callbacks import Callback
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "lightning":
        raise
    raise ModuleNotFoundError(
        'lightning is not installed. Install it with: pip install "mlp-course[lightning]"',
        name=error.name,
    ) from None


class CurvesCallback(Callback):  # type: ignore[misc]  # lightning is not installed everywhere
    """A callback that feeds `LiveCurves` with what a module logs, once per epoch.

        curves = CurvesCallback()
        trainer = lightning.Trainer(max_epochs=10, callbacks=[curves])
        trainer.fit(module, train_loader, val_loader)
        curves.figure()

    All metrics of one number that the module logs with `self.log` are drawn, or those in `names`
    alone. What the trainer's check before the first epoch logs is left out.

    Raises:
        TypeError: `window` is no whole number.
        ValueError: `window` is below 1, or `theme` is unknown.
    """

    def __init__(self, *names: str, theme: str = "auto", window: int = 5, title: str = "") -> None:
        super().__init__()
        self._names = names
        self.curves = LiveCurves(theme, window=window, title=title)
        self.figure = self.curves.figure

    def on_train_epoch_end(self, trainer: Any, _: Any) -> None:
        """Add the epoch's metrics; the validation, if there is one, was before this."""
        found = {
            name: value
            for name, value in trainer.callback_metrics.items()
            if isinstance(value, torch.Tensor) and value.numel() == 1 and name.isidentifier()
        }
        wanted = self._names or tuple(sorted(found, key=_training_first))
        values = {name: found[name] for name in wanted if name in found}
        if values and trainer.is_global_zero:
            self.curves.add(**values)


def _training_first(name: str) -> tuple[bool, str]:
    return name.lower().startswith("val"), name
