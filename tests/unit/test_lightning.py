"""The optional part of the library: a real training with PyTorch Lightning, watched and logged."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# Where Slurm is installed, Lightning advises everybody to use it.
pytestmark = pytest.mark.filterwarnings("ignore:The `srun` command is available")

MISSING = [name for name in ("lightning", "tensorboard") if importlib.util.find_spec(name) is None]


class Fitted:
    """What a fit left behind."""

    def __init__(self, root: Path, epochs: int, rate: float, patience: int) -> None:
        if MISSING:
            pytest.skip(f"needs {' and '.join(MISSING)}: pip install 'mlp-course[lightning]'")
        import lightning
        from lightning.pytorch.callbacks import EarlyStopping
        from lightning.pytorch.loggers import TensorBoardLogger

        from course_lib.lightning_curves import CurvesCallback

        class Classifier(lightning.LightningModule):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))

            def training_step(self, batch: Any, _: int) -> Any:
                loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
                self.log("train_loss", loss, on_step=False, on_epoch=True)
                return loss

            def validation_step(self, batch: Any, _: int) -> None:
                scores = self.net(batch[0])
                self.log("val_loss", nn.functional.cross_entropy(scores, batch[1]))
                self.log("val_accuracy", (scores.argmax(1) == batch[1]).float().mean())

            def configure_optimizers(self) -> Any:
                return torch.optim.SGD(self.parameters(), lr=rate)

        lightning.seed_everything(0, verbose=False)
        X = torch.randn(96, 8)
        data = TensorDataset(X, X[:, :3].argmax(1))
        train, val = DataLoader(data, 16, shuffle=True), DataLoader(data, 32)
        self.watch = CurvesCallback()
        self.stop = EarlyStopping("val_loss", patience=patience, min_delta=1e-3)
        self.trainer = lightning.Trainer(
            max_epochs=epochs, accelerator="cpu", devices=1, callbacks=[self.watch, self.stop],
            logger=TensorBoardLogger(root, name="run"), enable_progress_bar=False,
            enable_model_summary=False, enable_checkpointing=False, log_every_n_steps=1,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*does not have many workers.*")
            # Of lightning's own use of a part of torch.
            warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
            self.trainer.fit(Classifier(), train, val)

    def curve(self, name: str) -> Any:
        (found,) = [trace for trace in self.watch.figure().data if trace.name == name]
        return found


def test_a_training_draws_its_curves_and_tensorboard_has_the_same_numbers(tmp_path: Path) -> None:
    fitted = Fitted(tmp_path, epochs=4, rate=0.1, patience=3)
    assert fitted.trainer.current_epoch == 4
    (folder,) = (tmp_path / "run").iterdir()
    assert list(folder.glob("events.out.tfevents.*"))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder)).Reload()
    for name in ("train_loss", "val_loss", "val_accuracy"):
        written = [event.value for event in events.Scalars(name)]
        assert len(written) == 4
        assert list(fitted.curve(name).y) == pytest.approx(written, rel=1e-6)
        assert list(fitted.curve(name).x) == [1, 2, 3, 4]
    losses = fitted.curve("train_loss").y
    assert losses[-1] < losses[0]
    assert fitted.watch.figure().data[0].name == "train_loss"  # training comes first


def test_early_stopping_ends_it_and_the_curves_end_with_it(tmp_path: Path) -> None:
    fitted = Fitted(tmp_path, epochs=50, rate=0.0, patience=2)
    assert fitted.stop.stopped_epoch == 2
    assert list(fitted.curve("val_loss").x) == [1, 2, 3]
    (star,) = [t for t in fitted.watch.figure().data if t.name == "best epoch"]
    assert list(star.x) == [1]


def test_where_lightning_is_not_installed_the_sentence_says_how_to_get_it() -> None:
    program = "import sys\nsys.modules['lightning'] = None\nimport course_lib.lightning_curves"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stderr.strip().splitlines()[-1] == (
        "ModuleNotFoundError: lightning is not installed. Install it with: "
        'pip install "mlp-course[lightning]"'
    )


def test_the_rest_of_the_library_does_without_it() -> None:
    program = "import sys\nfrom course_lib import datasets, live_curves, plots, training\n"
    program += "assert not {'lightning', 'tensorboard'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
