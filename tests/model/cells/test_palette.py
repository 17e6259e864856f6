import math

import numpy as np
import pytest

from cellscope.model.cells.picture import palette

# Written out once more, number by number, so that a slip in the module's matrices shows:
# Ottosson's OKLab and Machado's matrices of severity 1.


def linear(channel: int) -> float:
    c = channel / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


def oklab(r: float, g: float, b: float) -> tuple[float, float, float]:
    l = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)  # noqa: E741
    m = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


MACHADO = [
    [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
    [
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ],
    [
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ],
    [
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ],
]


def seen(colour: str, vision: int) -> tuple[float, float, float]:
    rgb = [linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5)]
    rows = MACHADO[vision]
    simulated = [
        min(1.0, max(0.0, sum(f * c for f, c in zip(row, rgb, strict=True)))) for row in rows
    ]
    return oklab(simulated[0], simulated[1], simulated[2])


@pytest.fixture(scope="module")
def recomputed() -> np.ndarray:
    distances = np.full((64, 64), np.inf)
    for theme in (palette.LIGHT, palette.DARK):
        for vision in range(4):
            points = [seen(colour, vision) for colour in theme]
            here = np.array([[math.dist(p, q) for q in points] for p in points])
            distances = np.minimum(distances, here)
    return distances


def test_distances_are_the_least_over_themes_and_visions(recomputed: np.ndarray):
    np.testing.assert_allclose(palette.distances(), recomputed, atol=1e-12)


def test_white_and_black_are_where_oklab_puts_them():
    lab = palette.linear_to_oklab(palette.hex_to_linear(["#FFFFFF", "#000000"]))
    np.testing.assert_allclose(lab, [[1, 0, 0], [0, 0, 0]], atol=1e-6)


def test_hex_survives_the_way_to_oklab_and_back():
    colours = [*palette.LIGHT, *palette.DARK]
    lab = palette.linear_to_oklab(palette.hex_to_linear(colours))
    assert palette.to_hex(palette.oklab_to_linear(lab)) == colours


def test_a_step_always_leads_to_a_clearly_different_colour(recomputed: np.ndarray):
    for step in palette.STEPS:
        assert min(recomputed[c, c ^ step] for c in range(64)) >= 0.10


def test_steps_reach_every_colour():
    reached = {0}
    for step in palette.STEPS:
        reached |= {c ^ step for c in reached}
    assert reached == set(range(64))


def test_no_two_of_the_64_colours_look_the_same(recomputed: np.ndarray):
    assert recomputed[np.triu_indices(64, 1)].min() >= 0.02
    assert len(set(palette.LIGHT)) == len(set(palette.DARK)) == 64


@pytest.mark.parametrize(
    ("theme", "low", "high"), [(palette.LIGHT, 0.61, 0.97), (palette.DARK, 0.51, 0.89)]
)
def test_colours_keep_the_themes_lightness_and_a_moderate_chroma(
    theme: list[str], low: float, high: float
):
    rounding = 0.004  # of 8 bits a channel
    for colour in theme:
        lightness, a, b = seen(colour, 0)
        assert low - rounding <= lightness <= high + rounding
        assert math.hypot(a, b) <= 0.115 + rounding


def test_no_colour_of_the_light_theme_is_brown_olive_or_maroon():
    for colour in palette.LIGHT:
        lightness, a, b = seen(colour, 0)
        warm = math.cos(math.atan2(b, a) - math.radians(60)) > 0.7
        if warm and math.hypot(a, b) > 0.045:
            assert lightness >= 0.72


def test_dark_is_light_with_another_range_of_lightness():
    for light, dark in zip(palette.LIGHT, palette.DARK, strict=True):
        share = (seen(light, 0)[0] - 0.61) / 0.36
        assert abs(seen(dark, 0)[0] - (0.51 + 0.38 * share)) < 0.006


def test_light_and_dark_of_an_index_have_one_hue():
    for light, dark in zip(palette.LIGHT, palette.DARK, strict=True):
        difference = np.subtract(seen(light, 0)[1:], seen(dark, 0)[1:])
        assert np.abs(difference).max() < 0.006


def test_class_colours_start_with_okabe_and_ito_and_differ_for_every_eye():
    names, colours = zip(*palette.CLASSES, strict=True)
    assert colours[:3] == ("#E69F00", "#56B4E9", "#009E73")
    assert len(set(names)) == len(set(colours)) == 8
    assert "#000000" not in colours
    for vision in range(4):
        points = [seen(colour, vision) for colour in colours]
        for i in range(8):
            for j in range(i):
                assert math.dist(points[i], points[j]) >= 0.07
