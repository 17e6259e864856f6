"""The sheet's situations do what the sheet says."""

import numpy as np
import pytest

from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.texts import text
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.classes import build_classes
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.training.run import train


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_title_and_its_layer(name: str):
    preset = PRESETS[name]
    assert text(f"preset.{name}")
    assert 1 <= preset.view.layer <= preset.spec.layers


@pytest.mark.parametrize("name", PRESETS)
def test_task_1_has_zero_biases_and_task_2_has_not(name: str):
    spec = PRESETS[name].spec
    biases = [b for _, b in initial_weights(spec, make_data(spec))]
    zero = all(not np.any(b) for b in biases)
    assert zero == name.startswith("1.")


def test_a_shallow_network_trains_under_n01_and_eleven_layers_do_not():
    assert train(PRESETS["1.2a"].spec, 1000)["train_accuracy"] > 0.9
    result = train(PRESETS["1.2b"].spec, 1000)
    assert (result["status"], result["diverged_step"]) == ("diverged", 2)


def test_eleven_layers_train_with_he():
    result = train(PRESETS["1.4"].spec, 1000)
    assert result["status"] == "finished"
    assert result["train_accuracy"] > 0.9


def test_a_questions_preset_is_what_its_text_speaks_of():
    # Sixteen lines in general position; layer 3 of 2.5 comes after others; 2.3 speaks of N(0, 1).
    cells = PRESETS["2.4"]
    weights = initial_weights(cells.spec, make_data(cells.spec))
    found = plane_counts(weights, layer=1, activation="relu", budget=100_000)
    assert found.counts.patterns == 1 + 16 + 16 * 15 // 2
    assert (PRESETS["2.5"].view.layer, PRESETS["2.5"].spec.layers) == (3, 4)
    sure = PRESETS["2.3"]
    assert (sure.spec.init, sure.spec.layers, sure.view.mode) == ("normal", 11, "confidence")
    assert (PRESETS["2.7"].view.layer, PRESETS["2.8"].spec.init) == (1, "normal")


def test_the_cells_to_look_at_have_a_colour_each():
    preset = PRESETS["2.5"]
    weights = initial_weights(preset.spec, make_data(preset.spec))
    complex = build(weights, preset.view.window, layer=preset.view.layer)
    assert layer_cells(complex, preset.view.layer).patterns <= 32


def test_the_picture_of_2_3_has_all_three_classes():
    preset = PRESETS["2.3"]
    weights = initial_weights(preset.spec, make_data(preset.spec))
    classes = build_classes(weights, preset.view.window, activation="relu")
    assert set(classes.of_face.tolist()) == {0, 1, 2}


def test_the_linear_network_is_linear():
    assert PRESETS["2.1"].spec.activation == "identity"
    assert PRESETS["1.1"].spec.activation == "identity"
