"""The sheet's situations, ready to open: `?sheet=1.2b` in a link, or the menu on the page.

The sheet does not say which data, width, optimiser or rate it used; these are our own choice.
Task 1 has zero biases (1.3 demands them), task 2 has not: with zero biases every cell is a wedge.
"""

from dataclasses import dataclass

from cellscope.app.settings.comparison import NONE, Differences
from cellscope.app.settings.tabs import Tab
from cellscope.model.spec import Spec
from cellscope.model.view import View


@dataclass(frozen=True, slots=True)
class Preset:
    """A situation to look at; its title is the text ``preset.<name>``.

    That of a question is the question's own experiment: what its numbers and verdicts are of.
    """

    spec: Spec
    view: View
    tab: Tab | None = None  # of the right column; None: the one that is open
    differences: Differences = NONE  # of a second network beside it
    step: int = 0  # that it is trained to


_TASK_1 = Spec(width=16, depth=11, bias="zero", bias_variance=0.0, init="normal")
_TASK_2 = Spec(width=16, depth=4)

PRESETS: dict[str, Preset] = {
    "1.1": Preset(
        _TASK_1.but(width=100, depth=4, activation="identity"),
        View(layer=1, mode="classes"),
        "signal",
    ),
    "1.2a": Preset(_TASK_1.but(depth=3), View(layer=2, mode="classes"), "signal"),
    "1.2b": Preset(_TASK_1, View(layer=3, mode="classes"), "signal"),
    "1.3": Preset(_TASK_1.but(width=64, depth=8), View(layer=3, mode="classes"), "signal"),
    "1.4": Preset(_TASK_1.but(init="he"), View(layer=3, mode="classes"), "signal"),
    # Not classes: with zero biases both schemes begin with the same ones, and differ in how sure.
    "1.2b-1.4": Preset(
        _TASK_1, View(layer=3, mode="confidence"), differences=Differences((("init", "he"),))
    ),
    "2.1": Preset(
        _TASK_2.but(activation="identity", depth=5), View(layer=1, mode="classes"), "collapse"
    ),
    "2.2": Preset(_TASK_2, View(layer=2, mode="cells", pixels=101), "cells"),
    "2.3": Preset(
        # The first draw whose picture has all three classes; most have one or two.
        _TASK_2.but(dataset="spirals", classes=3, depth=11, init="normal", seed=1),
        View(layer=3, mode="confidence"),
        "signal",
    ),
    "2.4": Preset(_TASK_2.but(depth=3), View(layer=1, mode="cells"), "cells"),
    # Narrow, so that layer 3 has no more cells than there are colours: none repeats.
    "2.5": Preset(_TASK_2.but(width=8), View(layer=3, mode="cells"), "cells"),
    "2.6": Preset(_TASK_2, View(layer=1, mode="cells"), "voronoi"),
    "2.7": Preset(_TASK_2.but(dataset="spirals", classes=3), View(layer=1, mode="cells"), "cells"),
    "2.8": Preset(
        _TASK_2.but(init="normal", weight_variance=0.0625), View(layer=1, mode="cells"), "sweep"
    ),
}
