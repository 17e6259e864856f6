"""The sheet's situations do what the sheet says."""

import numpy as np
import pytest

from app.presets import PRESETS
from app.texts import text
from model.cells.complex import build
from model.cells.merge import layer_cells
from model.datasets import make_data
from model.init import initial_weights
from model.training.run import train


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


def test_the_cells_to_look_at_have_a_colour_each():
    preset = PRESETS["2.4"]
    weights = initial_weights(preset.spec, make_data(preset.spec))
    complex = build(weights, preset.view.window, layer=preset.view.layer)
    assert layer_cells(complex, preset.view.layer).patterns <= 32


def test_the_linear_network_is_linear():
    assert PRESETS["2.1"].spec.activation == "identity"
    assert PRESETS["1.1"].spec.activation == "identity"
