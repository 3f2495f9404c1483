"""The figures of a classifier: pictures, the confusion matrix, calibration."""

from __future__ import annotations

import base64
import itertools
import json
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from course_lib import plots

NAMES = ("boot", "shirt", "T-shirt/top")


def trace(figure: Any, name: str) -> Any:
    (found,) = [candidate for candidate in figure.data if candidate.name == name]
    return found


def pixels(source: str) -> NDArray[np.uint8]:
    """The greys, 0 to 15, of a picture as it is written; checks its parts' checksums."""
    data = base64.b64decode(source.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, {}
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        parts[kind.decode()] = body
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", parts["IHDR"][:10])
    assert (depth, colour) == (4, 0)
    rows = np.frombuffer(zlib.decompress(parts["IDAT"]), np.uint8).reshape(height, -1)[:, 1:]
    return np.stack([rows >> 4, rows & 15], axis=-1).reshape(height, -1)[:, :width]


class TestImages:
    def test_each_picture_has_its_pixels_and_its_label_in_its_place(self) -> None:
        X = torch.rand(11, 5, 3, generator=torch.Generator().manual_seed(0))
        X[0, 0, 0], X[1, 0, 0] = 0, 1
        figure = plots.images(X, torch.arange(11) % 3, names=NAMES, columns=4)
        assert len(figure.layout.images) == 11
        for i, picture in enumerate(figure.layout.images):
            expected = (15 * X[i]).round().numpy()
            np.testing.assert_array_equal(pixels(picture.source), expected)
            assert (picture.x, int(-picture.y)) == (i % 4 + 0.5, i // 4)
        labels = trace(figure, "labels")
        assert [text.replace("<br>", " ") for text in labels.text[:2]] == ["boot", "shirt"]
        assert labels.text[2] == "T-shirt/top"
        assert list(labels.x) == [i % 4 + 0.5 for i in range(11)]
        assert figure.layout.xaxis.range == (0, 4)
        assert figure.layout.yaxis.range == (-3, 0)

    @pytest.mark.parametrize("shape", [(2, 784), (2, 28, 28), (2, 1, 28, 28)])
    def test_all_shapes_of_pictures_are_the_same_picture(self, shape: tuple[int, ...]) -> None:
        X = torch.rand(2, 28, 28, generator=torch.Generator().manual_seed(1))
        first = [image.source for image in plots.images(X).layout.images]
        shown = plots.images(X.reshape(shape).requires_grad_()).layout.images
        assert [image.source for image in shown] == first

    def test_other_numbers_are_stretched(self) -> None:
        X = torch.tensor([[[-2.0, 0.0], [2.0, 1.0]]])
        np.testing.assert_array_equal(
            pixels(plots.images(X).layout.images[0].source), [[0, 8], [15, 11]]
        )
        assert pixels(plots.images(255 * torch.ones(1, 2, 2)).layout.images[0].source).max() == 0
        assert pixels(plots.images(torch.ones(1, 2, 2)).layout.images[0].source).min() == 15

    def test_labels_fit_a_phone(self) -> None:
        """A label's lines have as many letters as a column of a phone has room for."""
        long = ["Ankle boot, taken for T-shirt/top"] * 8
        for columns, letters in ((8, 9), (4, 19)):
            text = trace(plots.images(torch.rand(8, 4, 4), long, columns=columns), "labels").text[0]
            assert max(map(len, text.split("<br>"))) <= letters
            assert text.replace("/<br>", "/").replace("<br>", " ") == long[0]

    def test_labels_of_all_kinds(self) -> None:
        X = torch.rand(2, 4, 4)
        assert trace(plots.images(X, [3, 7]), "labels").text == ("3", "7")
        assert trace(plots.images(X, ("a", "b")), "labels").text == ("a", "b")
        assert trace(plots.images(X), "labels").text is None

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"X": torch.rand(65, 2, 2)}, r"X must hold at most 64 pictures, not 65: .*X\[:64\]"),
            ({"X": torch.rand(2, 5)}, r"square pictures, not \(2, 5\)"),
            ({"X": torch.rand(0, 5, 5)}, r"X must hold pictures"),
            ({"X": torch.rand(2, 3, 5, 5)}, r"X must hold pictures"),
            ({"X": torch.full((1, 2, 2), torch.nan)}, "X must hold finite numbers"),
            ({"X": "shirts"}, "X must hold pictures, .* not str"),
            ({"labels": [1]}, "labels must hold a label for each of 2 pictures, not 1"),
            ({"labels": [[1, 2]]}, r"labels must have shape \(n,\), not \(1, 2\)"),
            ({"labels": [0, 3], "names": NAMES}, "a name for the label 3, and has 3"),
            ({"labels": [0, 0.5], "names": NAMES}, "a name for the label 0.5"),
            ({"labels": [0, np.nan], "names": NAMES}, "a name for the label nan"),
            ({"columns": 0}, "columns must be at least 1"),
        ],
    )
    def test_what_can_t_be_shown(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.images(**{"X": torch.rand(2, 4, 4), **arguments})


TRUE, SAID = [0, 0, 0, 0, 1, 1, 2, 2, 2], [0, 0, 1, 1, 1, 2, 2, 0, 0]


class TestConfusion:
    def test_counts_stand_in_their_cells(self) -> None:
        figure = plots.confusion(TRUE, torch.tensor(SAID), names=NAMES)
        numbers = trace(figure, "counts")
        cells = {(y, x): text for y, x, text in zip(numbers.y, numbers.x, numbers.text,
                                                    strict=True)}  # fmt: skip
        assert cells == {(0, 0): "2", (0, 1): "2", (1, 1): "1", (1, 2): "1", (2, 0): "2",
                         (2, 2): "1"}  # fmt: skip
        assert figure.layout.title.text == "Confusion matrix: 44.4 % right"
        assert figure.layout.xaxis.ticktext == figure.layout.yaxis.ticktext == NAMES
        assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first row on top
        assert not figure.layout.updatemenus
        told = trace(figure, "shares").hovertext
        assert told[2][0] == "2 × T-shirt/top taken for boot"
        assert told[1][1] == "1 × shirt, right"

    @pytest.mark.parametrize("theme", ["auto", "light", "dark"])
    def test_every_number_can_be_read_on_its_cell(self, theme: str) -> None:
        """A contrast of 4.5, as the accessibility guidelines ask for."""

        def luminance(colour: list[float]) -> float:
            linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
            return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

        def rgb(text: str) -> NDArray[np.float64]:
            return np.array([int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)])

        y = np.repeat(np.arange(2), 200)
        for wrong in range(1, 200):
            said = y.copy()
            said[:wrong] = 1
            figure = plots.confusion(y, said, theme=theme)
            shares, numbers = trace(figure, "shares"), trace(figure, "counts")
            low, high = (rgb(colour) for _, colour in shares.colorscale)
            for x, row, ink in zip(numbers.x, numbers.y, numbers.textfont.color, strict=True):
                paper = low + (high - low) * shares.z[row][x]
                dark, light = sorted([luminance([*paper]), luminance([*rgb(ink)])])
                assert (light + 0.05) / (dark + 0.05) > 4.5, (wrong, x, row)

    def test_the_list_has_the_most_frequent_mistakes_first_and_the_right_ones_last(self) -> None:
        X = torch.arange(9.0)[:, None, None].expand(9, 4, 4) / 8
        figure = plots.confusion(TRUE, SAID, images=X, names=NAMES)
        (menu,) = figure.layout.updatemenus
        assert menu.type == "dropdown"
        assert [button.label for button in menu.buttons] == [
            "2 × boot taken for shirt", "2 × T-shirt/top taken for boot",
            "1 × shirt taken for T-shirt/top", "2 × boot, right", "1 × shirt, right",
            "1 × T-shirt/top, right",
        ]  # fmt: skip
        for button, expected, (row, column) in zip(
            menu.buttons, ([2, 3], [7, 8], [5], [0, 1], [4], [6]),
            [(0, 1), (2, 0), (1, 2), (0, 0), (1, 1), (2, 2)], strict=True,
        ):  # fmt: skip
            (change,) = button.args
            strip = pixels(change["images[0].source"])
            assert strip.shape == (4, 39)  # as wide as eight, so that all are of the same size
            shown = [int(strip[0, 5 * k]) for k in range(len(expected))]
            assert shown == [round(15 * i / 8) for i in expected]
            assert (strip[:, 5 * len(expected) :] == 8).all()
            frame = [change[f"shapes[0].{name}"] for name in ("x0", "x1", "y0", "y1")]
            assert frame == [column - 0.5, column + 0.5, row - 0.5, row + 0.5]
        first = menu.buttons[0].args[0]
        assert figure.layout.images[0].source == first["images[0].source"]
        assert figure.layout.shapes[0].x0 == first["shapes[0].x0"]

    def test_it_stays_small(self) -> None:
        rng = np.random.default_rng(0)
        y, said = rng.integers(0, 10, (2, 10_000))
        pictures = np.kron(rng.random((10_000, 7, 7)), np.ones((4, 4)))
        figure = plots.confusion(y, said, images=pictures)
        assert len(figure.layout.updatemenus[0].buttons) == 34  # 24 mistakes, 10 right ones
        assert len(figure.to_json()) < 200_000

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"y": [0, 1.5]}, "y must hold classes: whole numbers from 0 to 19, not 1.5"),
            ({"y": [0, -1]}, "not -1"),
            ({"predicted": [0, 20]}, "predicted must hold classes.* not 20"),
            ({"predicted": [0, 1, 1]}, r"predicted must have shape \(2,\), like y, not \(3,\)"),
            ({"predicted": [[0.9, 0.1], [0.1, 0.9]]}, r"predicted must have shape \(n,\)"),
            ({"names": ["one"]}, "a name for each of 2 classes, not 1"),
            ({"images": torch.rand(3, 4, 4)}, "a picture for each of 2 labels, not 3"),
            ({"images": torch.rand(2, 5)}, "images must hold pictures"),
        ],
    )
    def test_what_can_t_be_counted(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.confusion(**{"y": [0, 1], "predicted": [0, 1], **arguments})


def expected_calibration_error(probabilities: NDArray[Any], y: NDArray[Any], bins: int) -> float:
    """As it is defined, answer by answer."""
    total = 0.0
    sure = probabilities.max(axis=1)
    for k in range(bins):
        rows = [i for i in range(len(y)) if int(min(sure[i] * bins, bins - 1)) == k]
        if rows:
            right = np.mean([probabilities[i].argmax() == y[i] for i in rows])
            total += len(rows) / len(y) * abs(right - np.mean([sure[i] for i in rows]))
    return total


class TestCalibration:
    @pytest.mark.parametrize("bins", [1, 5, 10, 20])
    def test_the_error_and_the_counts_are_those_of_the_definition(self, bins: int) -> None:
        rng = np.random.default_rng(bins)
        logits = torch.tensor(3 * rng.normal(size=(500, 4)))
        P, y = logits.softmax(1), rng.integers(0, 4, 500)
        figure = plots.calibration(P, y, bins=bins)
        error = expected_calibration_error(P.numpy(), y, bins)
        told = figure.layout.title.text.removeprefix("Expected calibration error ")
        assert float(told) == pytest.approx(error, rel=0.01)
        counts, hits = trace(figure, "count"), trace(figure, "right answers")
        assert sum(counts.y) == 500
        assert [int(text.replace(",", "")) for text in counts.text] == list(counts.y)
        right = sum(n * share for n, share in zip(counts.y, hits.y, strict=True) if n)
        assert right == pytest.approx(float((P.argmax(1).numpy() == y).sum()))
        means = trace(figure, "mean probability").x
        assert len(means) == np.count_nonzero(counts.y)
        np.testing.assert_allclose(
            sum(m * n for m, n in zip(means, [n for n in counts.y if n], strict=True)),
            P.max(1).values.sum(),
        )

    def test_a_sure_and_right_classifier_has_no_error(self) -> None:
        figure = plots.calibration(torch.eye(3), [0, 1, 2], title="Mine")
        assert figure.layout.title.text == "Mine: expected calibration error 0"
        assert trace(figure, "right answers").y[-1] == 1

    def test_half_precision_may_miss_one_a_little(self) -> None:
        P = torch.randn(50, 10, generator=torch.Generator().manual_seed(0)).softmax(1).half()
        plots.calibration(P, torch.zeros(50))

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            ({"probabilities": [[0.5, 0.5], [2.0, -1.0]]}, "as softmax gives them; row 1 does not"),
            ({"probabilities": [[0.5, 0.6], [0.5, 0.5]]}, "row 0 does not"),
            ({"probabilities": [0.5, 0.5]}, r"probabilities must have shape"),
            ({"y": [0, 2]}, "y must hold whole numbers from 0 to 1"),
            ({"y": [0]}, r"y must have shape \(2,\)"),
            ({"bins": 0}, "bins must be at least 1"),
        ],
    )
    def test_what_can_t_be_judged(self, arguments: dict[str, Any], problem: str) -> None:
        with pytest.raises(ValueError, match=problem):
            plots.calibration(**{"probabilities": torch.eye(2), "y": [0, 1], **arguments})


def test_what_is_told_in_colour_is_told_otherwise() -> None:
    figure = plots.calibration(torch.eye(3), [0, 1, 2])
    kinds = {
        (t.type, *((t.mode, t.marker.symbol, t.line.dash) if t.type == "scatter" else ()))
        for t in figure.data
        if t.showlegend is not False
    }
    assert len(kinds) == 3
    everything = itertools.chain(json.loads(figure.to_json())["data"])
    assert all(trace["name"] for trace in everything)
