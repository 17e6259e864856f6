"""One is said as one: of a batch of one point, a window of one cell, a sweep of one network."""

import json
import subprocess

import pytest

from cellscope.app.features.linear_map.message import encode_collapse
from cellscope.app.text.texts import LANGUAGES, catalogue, text
from cellscope.model.linear_map import collapse
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.page.test_modules import NODE, ROOT
from tests.snapshots import started

SAID = (
    ("batch.ringed", {"step": 3, "points": 1}, "3, 1 point", "3, 1 Punkt"),
    ("batch.ringed", {"step": 3, "points": 64}, "3, 64 points", "3, 64 Punkte"),
    (
        "story.happened.cells",
        {"step": 9, "before": 4, "now": 1, "filled": 1},
        "step 9: 4 → 1 cell, 1 holds data",
        "Schritt 9: 4 → 1 Zelle, 1 mit Daten",
    ),
    (
        "story.step.regions",
        {"step": 0, "now": 1, "filled": 0},
        "step 0: 1 region, 0 hold data",
        "Schritt 0: 1 Region, 0 mit Daten",
    ),
    ("readout.full_batch", {"points": 1}, "the one training point", "der eine Trainingspunkt"),
    ("readout.full_batch", {"points": 600}, "all 600 training points", "alle 600 Trainingspunkte"),
    (
        "sweep.estimate",
        {"points": 1, "networks": 3, "seconds": 2},
        "1 picture, 3 networks",
        "1 Bild, 3 Netze",
    ),
    ("sweep.after", {"steps": 1}, "After 1 step", "Nach 1 Schritt"),
    (
        "counts.caption",
        {"window": 5, "filled": 1, "points": 1},
        "1 of 5 in this window holds data, of 1 point",
        "1 von 5 im Fenster enthält Daten, von 1 Punkt",
    ),
    ("funnel.points", {"points": 1}, "of 1 point", "1 Punkt"),
    ("precision.holds", {"layers": 1}, "holds the one layer", "reicht für die eine Schicht"),
    ("page.rate", {"rate": 1}, "1 step/s", "1 Schritt/s"),
    ("page.draw_count", {"count": 1}, "1 point", "1 Punkt"),
    ("page.draw_count", {"count": 1234}, "1\u202f234 points", "1\u202f234 Punkte"),
    # Numbers that come as text, as those of refused settings do.
    ("error.activations", {"given": "2", "hidden": "1"}, "1 hidden layer:", "1 verdeckte Schicht:"),
)


def ends(said: str, here: str) -> bool:
    """Whether the words are there, and no longer word in their place."""
    at = said.find(here)
    return at >= 0 and not said[at + len(here) :][:1].isalpha()


@pytest.mark.parametrize(("key", "values", "english", "german"), SAID)
def test_one_is_said_as_one(key: str, values: dict[str, object], english: str, german: str) -> None:
    for language, here in zip(LANGUAGES, (english, german), strict=True):
        assert ends(text(key, language, **values), here), text(key, language, **values)


def test_the_pages_scripts_say_it_alike() -> None:
    keys = [(key, values) for key, values, *_ in SAID if key.startswith("page.")]
    texts = {lang: {key: catalogue(lang)[key] for key, _ in keys} for lang in LANGUAGES}
    script = f"""
        const {{ filled }} = await import("{ROOT}/assets/modules/core/filled.mjs");
        const {{ grouped }} = await import("{ROOT}/assets/modules/core/numbers.mjs");
        const texts = {json.dumps(texts)}, keys = {json.dumps(keys)};
        console.log(JSON.stringify({json.dumps(LANGUAGES)}.map((language) =>
          keys.map(([key, values]) => filled(texts[language][key], values, grouped)))));
    """
    command = [NODE, "--input-type=module", "-e", script]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == [
        [text(key, language, **values) for key, values in keys] for language in LANGUAGES
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_one_cell_no_line_is_said_to_be_drawn(language: str) -> None:
    linear = started(Spec(width=3, depth=2, activation="identity"))
    for window in ((-5.0, 5.0, -5.0, 5.0), (0.5, 0.50001, 0.5, 0.50001)):
        found = collapse(linear, View(layer=1, window=window), 11)
        head = encode_collapse(linear, found, language)
        one = text("collapse.signs.one", language, layer=1, cells=1)
        assert (one.encode() in head or json.dumps(one)[1:-1].encode() in head) == (
            found.cells == 1
        )
        assert (found.cells == 1) == (window[0] > 0)
