"""What a hall sees: the picture under a veil of daylight, a fifth as bright as the screen's white.

Nobody knows how a judge's veil is laid, so three are: light mixed in as a projector's adds up,
the same brought back to the eye's white, and the overlay of a drawing program.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import face_pairs, joint_ids, layer_cells
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.palette import (
    CLASSES,
    LIGHT,
    hex_to_linear,
    lecture_colours,
    lecture_palette,
    linear_to_oklab,
)

WINDOW = (-5.0, 5.0, -5.0, 5.0)
NETS = [(16, 1), (16, 2), (16, 5), (32, 5), (64, 3)]
Veil = Callable[[np.ndarray], np.ndarray]


def to_srgb(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def from_srgb(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


VEILS: dict[str, Veil] = {
    "mixed": lambda linear: 0.8 * linear + 0.2,
    "added": lambda linear: (linear + 0.2) / 1.2,
    "overlay": lambda linear: from_srgb(0.8 * to_srgb(linear) + 0.2),
}
every_veil = pytest.mark.parametrize("veil", VEILS.values(), ids=VEILS)


def he_network(hidden: int, layers: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(0)
    widths = [2] + [hidden] * layers + [2]
    return [
        (rng.normal(size=(b, a)) * np.sqrt(2 / a), rng.normal(size=b) * 0.5)
        for a, b in pairwise(widths)
    ]


def colours_that_touch(hidden: int, layers: int) -> list[np.ndarray]:
    """Palette indices on both sides of every border, (K, 2): of the cells, of the regions."""
    complex = build(he_network(hidden, layers), WINDOW, layer=layers, activation="relu")
    cells, regions = layer_cells(complex, layers), face_pairs(complex)
    return [
        assign_colours(cells.ids, cells.neighbours)[cells.neighbours],
        assign_colours(joint_ids(complex), regions)[regions],
    ]


@pytest.fixture(scope="module")
def borders() -> list[np.ndarray]:
    found = [pairs for net in NETS for pairs in colours_that_touch(*net)]
    assert all(len(pairs) > 20 for pairs in found)
    return found


def distances(colours: list[str], veil: Veil, pairs: np.ndarray) -> np.ndarray:
    lab = linear_to_oklab(veil(hex_to_linear(colours)))
    return np.linalg.norm(lab[pairs[:, 0]] - lab[pairs[:, 1]], axis=1)


def luminance(linear: np.ndarray) -> np.ndarray:
    """WCAG 2.2's relative luminance."""
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrasts(colours: list[str], other: str, veil: Veil) -> np.ndarray:
    a, b = (luminance(veil(hex_to_linear(c))) + 0.05 for c in (colours, [other]))
    return np.maximum(a, b) / np.minimum(a, b)


@every_veil
def test_cells_that_touch_still_differ_under_the_veil(borders: list[np.ndarray], veil: Veil):
    for pairs in borders:
        assert (distances(list(lecture_colours()), veil, pairs) >= 0.08).mean() >= 0.95


@every_veil
def test_they_differ_more_than_the_light_themes_own_colours(borders: list[np.ndarray], veil: Veil):
    every = np.concatenate(borders)
    own, lecture = (distances(c, veil, every) for c in (LIGHT, list(lecture_colours())))
    assert np.quantile(lecture, 0.05) > 1.1 * np.quantile(own, 0.05)


@every_veil
def test_classes_still_differ_under_the_veil(veil: Veil):
    colours = [colour for _, colour in CLASSES]
    pairs = np.stack(np.triu_indices(len(colours), 1), axis=1)
    assert (distances(colours, veil, pairs) >= 0.08).mean() >= 0.95


@every_veil
def test_the_core_of_a_boundary_stands_out_from_its_casing(veil: Veil):
    assert contrasts(["#000000"], "#FFFFFF", veil).min() >= 3.0


def test_under_an_overlay_the_core_alone_stands_out_from_every_cell():
    assert contrasts(list(lecture_colours()), "#000000", VEILS["overlay"]).min() >= 3.0


def test_a_colour_keeps_its_index_its_hue_and_its_place_between_dark_and_bright():
    before, after = (
        linear_to_oklab(hex_to_linear(colours)) for colours in (LIGHT, lecture_palette(LIGHT))
    )
    stretched = 0.51 + (before[:, 0] - 0.61) * 0.46 / 0.36
    np.testing.assert_allclose(after[:, 0], stretched, atol=0.005)  # of 8 bits a channel
    hue = np.arctan2(before[:, 2], before[:, 1]) - np.arctan2(after[:, 2], after[:, 1])
    coloured = np.hypot(before[:, 1], before[:, 2]) > 0.02
    assert np.abs((hue[coloured] + np.pi) % (2 * np.pi) - np.pi).max() < 0.1


def test_64_colours_stay_64_colours():
    assert len(set(lecture_colours())) == 64
