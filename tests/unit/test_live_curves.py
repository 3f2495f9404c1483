"""Curves that grow while a loop trains: what they show, and in how many outputs."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec
import nbformat
import numpy as np
import pytest
import torch
from conftest import Lab
from nbclient import NotebookClient

from course_lib.live_curves import LiveCurves


def trace(figure: Any, name: str) -> Any:
    (found,) = [candidate for candidate in figure.data if candidate.name == name]
    return found


def names(figure: Any) -> list[str]:
    return [candidate.name for candidate in figure.data]


def filled(**values: list[float]) -> LiveCurves:
    curves = LiveCurves(window=3)
    for epoch in range(len(next(iter(values.values())))):
        curves.add(**{name: column[epoch] for name, column in values.items()})
    return curves


def test_losses_and_accuracies_have_a_plot_each_and_epochs_count_from_1() -> None:
    losses = {"train_loss": [3, 2, 1, 0], "val_loss": [4, 2, 3, 5]}
    figure = filled(**losses, val_accuracy=[0.1, 0.5, 0.4, 0.3]).figure()  # type: ignore[arg-type]
    np.testing.assert_array_equal(trace(figure, "train_loss").x, [1, 2, 3, 4])
    np.testing.assert_array_equal(trace(figure, "train_loss").y, [3, 2, 1, 0])
    assert trace(figure, "val_accuracy").yaxis == "y2"
    assert trace(figure, "train_loss").yaxis in (None, "y")
    np.testing.assert_allclose(trace(figure, "val_loss, mean of 3").y, [np.nan, np.nan, 3, 10 / 3])
    looks = {(c.line.dash, c.marker.symbol) for c in figure.data if c.mode == "lines+markers"}
    assert len(looks) == 3


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ({"train_loss": [3, 2, 1], "val_loss": [3, 1, 2]}, ("val_loss", 2, 1)),
        ({"val_accuracy": [0.5, 0.4, 0.9], "val_loss": [3, 1, 2]}, ("val_loss", 2, 1)),
        ({"train_loss": [3, 2, 1], "val_acc": [0.5, 0.7, 0.6]}, ("val_acc", 2, 0.7)),
        ({"loss": [3, 2, 2.5]}, ("loss", 2, 2)),
        ({"val_loss": [float("nan"), float("inf"), 2]}, ("val_loss", 3, 2)),
        ({"val_loss": [1, 1, 2]}, ("val_loss", 1, 1)),  # the first of equals
    ],
)
def test_the_best_epoch(values: dict[str, list[float]], best: tuple[str, int, float]) -> None:
    figure = filled(**values).figure()
    star = trace(figure, "best epoch")
    assert (list(star.x), list(star.y)) == ([best[1]], [best[2]])
    assert figure.layout.title.text == f"Epoch 3, best {best[1]}: {best[0]} {best[2]}"
    assert figure.layout.shapes[0].x0 == best[1]


def test_nothing_that_a_training_gives_is_an_error() -> None:
    curves = LiveCurves()
    assert curves.figure().layout.title.text == "No epoch yet"
    for value in (float("nan"), float("inf"), -1e300, torch.tensor([2.0], requires_grad=True),
                  np.float32(1), True, torch.tensor(3, dtype=torch.float16)):  # fmt: skip
        curves.add(loss=value)
        json.loads(curves.figure().to_json())
    curves.add(other=1)  # a name that comes later, and one that stays away
    figure = curves.figure()
    np.testing.assert_array_equal(trace(figure, "other").y, [np.nan] * 7 + [1])
    assert np.isnan(trace(figure, "loss").y[[0, 1, 7]]).all()


def test_a_long_training_stays_small_and_keeps_its_last_epoch() -> None:
    curves = LiveCurves()
    for epoch in range(5_000):
        curves.add(val_loss=1 / (epoch + 1))
    figure = curves.figure()
    curve = trace(figure, "val_loss")
    assert (len(curve.x), curve.x[0], curve.x[-1]) == (1_000, 1, 5_000)
    assert len(figure.to_json()) < 60_000


def test_arguments_that_can_t_be_used() -> None:
    with pytest.raises(ValueError, match="theme must be"):
        LiveCurves("sepia")
    with pytest.raises(ValueError, match="window must be at least 1"):
        LiveCurves(window=0)
    with pytest.raises(ValueError, match="add needs at least one value"):
        LiveCurves().add()
    curves = LiveCurves()
    for value in ("much", None, torch.ones(2), [1.0]):
        with pytest.raises(TypeError, match="loss must be a number, not "):
            curves.add(loss=value)
    assert curves.figure().layout.title.text == "No epoch yet"  # half an epoch counts for none


def test_both_themes() -> None:
    for theme, template in (("light", "#2a3f5f"), ("dark", "#f2f5fa")):
        curves = LiveCurves(theme, title="Mine")
        curves.add(loss=1)
        figure = curves.figure()
        assert figure.layout.template.layout.font.color == template
        assert figure.layout.title.text == "Mine: epoch 1, best 1: loss 1"


def test_without_a_notebook_nothing_is_shown() -> None:
    program = "from course_lib.live_curves import LiveCurves as L\nL().add(loss=1)\nimport sys\n"
    program += "print(sorted({'IPython', 'torch._dynamo'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


LOOP = """
import time
from course_lib.live_curves import LiveCurves
curves = LiveCurves()
for epoch in range(100):
    curves.add(val_loss=1 / (epoch + 1))
    time.sleep(0.01)
"""
AGAIN = "for epoch in range(3): curves.add(val_loss=0.5)"


def shown(output: dict[str, Any]) -> str:
    figure = json.loads(msgspec.json.encode(output["data"]["application/vnd.plotly.v1+json"]))
    return str(figure["layout"]["title"]["text"])


def test_a_notebook_has_one_output_for_each_cell_with_the_last_epoch_in_it() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (LOOP, AGAIN, "1 + 1")]
    )
    updates: list[str] = []

    class Client(NotebookClient):
        def process_message(self, msg: dict[str, Any], *rest: Any) -> Any:
            updates.append(msg["msg_type"])
            return super().process_message(msg, *rest)

    Client(notebook, timeout=120, kernel_name="python3").execute()
    first, second, last = (cell.outputs for cell in notebook.cells)
    assert [shown(output) for output in first] == ["Epoch 100, best 100: val_loss 0.01"]
    assert [shown(output) for output in second] == ["Epoch 103, best 100: val_loss 0.01"]
    assert [output.output_type for output in last] == ["execute_result"]
    assert 2 <= updates.count("update_display_data") <= 50  # it grew, but not with each epoch


def test_in_grading_too(lab: Lab) -> None:
    runs = lab.run(LOOP, AGAIN, "print(1)").runs
    assert [shown(output) for output in runs[0].outputs] == ["Epoch 100, best 100: val_loss 0.01"]
    assert [shown(output) for output in runs[1].outputs] == ["Epoch 103, best 100: val_loss 0.01"]
    assert [output["output_type"] for output in runs[2].outputs] == ["stream"]


@pytest.mark.parametrize("source", ["raise ValueError(1)", "import os"])
def test_the_last_epoch_is_shown_where_the_cell_fails(lab: Lab, source: str) -> None:
    loop = "from course_lib.live_curves import LiveCurves\nc = LiveCurves()\n"
    loop += f"for i in range(5):\n    c.add(loss=i)\n{source}"
    outputs = lab.run(loop).runs[0].outputs
    assert shown(outputs[0]) == "Epoch 5, best 1: loss 0"


def test_updates_of_displays_in_grading_are_those_of_jupyter(lab: Lab) -> None:
    source = """
from IPython.display import display
a = display({"text/plain": "a1"}, raw=True, display_id="a")
b = display({"text/plain": "b1"}, raw=True, display_id="b")
a.update({"text/plain": "a2"}, raw=True)
display({"text/plain": "c"}, raw=True)
display({"text/plain": "b2"}, raw=True, display_id="b", update=True)
display({"text/plain": "nowhere"}, raw=True, display_id="z", update=True)
None
"""
    runs = lab.run(source, 'a.update({"text/plain": "late"}, raw=True)').runs
    assert [o["data"]["text/plain"] for o in runs[0].outputs] == ["a2", "b2", "c"]
    assert runs[1].outputs == []


def test_many_updates_don_t_use_up_the_budget(lab: Lab) -> None:
    source = """
from IPython.display import display
handle = display({"text/plain": "x" * 500_000}, raw=True, display_id=True)
for i in range(30):
    handle.update({"text/plain": str(i) + "x" * 500_000}, raw=True)
"""
    (output,) = lab.run(source).runs[0].outputs
    assert output["data"]["text/plain"].startswith("29x")
