"""QUESTIONS, the one table of the sheet: page, server and tests come from it.

Texts of a question q, in every language:

- ``sheet.q.title``, ``.ask``, ``.do``; ``.<part>`` (what is asked) and ``.<part>.<option>``;
  ``.try.<name>``; ``.why.<explanation>``: the page has them.
- ``sheet.seen.q.<part>``, ``sheet.misconception.q.<part>.<mistake>``, ``sheet.answer.q``: they
  leave the server in the answer to a message only.
"""

from typing import Any

from cellscope.app.features.sheet import task_1, task_2
from cellscope.app.features.sheet.parts import Choice, Facts, Number, Question, Try

NEAR = 1.5  # a factor within which a guessed variance counts as right: one draw is that near
SAME = 1.05  # a factor within which two such numbers are the same
LIKE = 4.0  # a factor within which a variance is about what it was
SIGNAL = ("width", "depth", "init", "weight-variance", "side")
PICTURE = ("layer", "mode", "lines-switch", "whole-window")
# Of 2.8, one change at a time: what its sentences speak of, whatever was tried before.
LAYER_1: dict[str, Any] = {"width": 16, "layer": 1, "mode": "cells"}
AS_ASKED: dict[str, Any] = {"weight_variance": 0.0625, "bias": "fixed", "width": 16}


def _variance(facts: Facts, given: float) -> bool:
    theory = float(facts["theory"])
    return theory / NEAR <= given <= theory * NEAR


def _variance_zone(facts: Facts, given: float) -> str:
    """Where a wrong variance of 1.1 comes from: the product that it is, else its size."""
    n, theory, gain = (float(facts[name]) for name in ("n", "theory", "gain"))
    products = {
        "deviation": float(facts["deviation"]),
        "before": theory / gain,
        "after": theory * gain,
        "forgotten": theory / float(facts["first"]),
        "first": n**3,
    }
    for mistake, value in products.items():
        tight = 1.005 if mistake == "before" else SAME  # 200, not the sum 202
        if value / tight <= given <= value * tight:
            return mistake
    if 1.0 / LIKE <= given <= LIKE:
        return "keeps"
    sum_of_factors = float(facts["first"]) + 2.0 * gain
    return "adds" if sum_of_factors / NEAR <= given <= sum_of_factors * NEAR else "other"


def _depth_zone(facts: Facts, given: float) -> str:
    first = float(facts["from_depth"])
    if abs(given - (first - 1.0)) < 0.5:
        return "coin"
    return "deeper" if given > first else "shallower"


def _missed(facts: Facts, given: float) -> bool:
    missed = float(facts["missed"])
    return (missed - 1.0) / 2.0 <= given <= 2.0 * missed + 1.0


def _missed_zone(facts: Facts, given: float) -> str:
    if given < 1.0:
        return "none"
    return "fewer" if given < float(facts["missed"]) else "more"


def _options(name: str, *options: str, of_settings: bool = False) -> Choice:
    """A choice whose right option has the measured facts' word."""
    return Choice(name, options, lambda facts: str(facts[name]), of_settings)


QUESTIONS: dict[str, Question] = {
    question.name: question
    for question in (
        Question(
            "1.1",
            (
                Number(
                    "variance",
                    *(0.0, 1e30),
                    right=_variance,
                    zone=_variance_zone,
                    mistakes=(
                        *("keeps", "deviation", "before", "after", "forgotten"),
                        *("first", "adds", "other"),
                    ),
                ),
            ),
            explanations=("terms", "one_term"),
            controls=SIGNAL,
            measure=task_1.linear_growth,
            tries=(
                Try("hundredth", {"weight_variance": 0.01}),
                Try("unit", {"weight_variance": 1.0}),
            ),
        ),
        Question(
            "1.2a",
            (
                Choice(
                    "mean",
                    ("still", "grows"),
                    lambda f: (
                        "grows"
                        if float(f["variance_last"]) > 2.0 * float(f["variance_first"])
                        else "still"
                    ),
                ),
                Choice(
                    "draws",
                    ("agree", "differ"),
                    lambda f: "differ" if float(f["ratio"]) > 1.1 else "agree",
                    of_settings=True,
                ),
            ),
            explanations=("spread", "cancel"),
            controls=(*SIGNAL, "reseed"),
            measure=task_1.mean_and_variance,
        ),
        Question(
            "1.2b",
            (
                Choice(
                    "first",
                    ("forward", "loss", "gradient", "weights"),
                    lambda f: "weights" if f["finite"] else "forward",
                    of_settings=True,
                ),
                Number(
                    "depth",
                    *(1, 32),
                    right=lambda f, given: abs(given - float(f["from_depth"])) < 0.5,
                    zone=_depth_zone,
                    mistakes=("deeper", "shallower", "coin"),
                    whole=True,
                    of_settings=True,
                ),
            ),
            explanations=("step", "overflow"),
            controls=("depth", "optimizer", "learning-rate", "init", "weight-variance", "side"),
            measure=task_1.what_breaks,
            of_run=True,
            tries=(
                *(Try(f"depth_{depth}", {"depth": depth}) for depth in (4, 5, 6, 11)),
                Try("adam", {"optimizer": "adam", "learning_rate": 0.001}),
                Try("sgd", {"optimizer": "sgd", "learning_rate": 0.1}),
            ),
        ),
        Question(
            "1.3",
            (
                Choice(
                    "rule",
                    ("one", "two", "r293", "four"),
                    lambda f: min(
                        ("one", "two", "r293", "four"),
                        key=lambda rule: abs(float(f[f"gain_{rule}"]) - 1.0),
                    ),
                ),
            ),
            explanations=("halved", "variance"),
            controls=SIGNAL,
            measure=task_1.relu_rule,
            screen=task_1.relu_factor,
            tries=tuple(Try(name, {}, per_input) for name, per_input in task_1.RULES.items()),
        ),
        Question(
            "1.4",
            (
                Choice(
                    "line",
                    ("none", "half", "most"),
                    lambda f: (
                        "none"
                        if float(f["share"]) < 20
                        else "half"
                        if float(f["share"]) < 65
                        else "most"
                    ),
                ),
                Choice(
                    "shallow",
                    ("always", "depends"),
                    lambda f: "depends" if float(f["wins"]) > 0 else "always",
                    of_settings=True,
                ),
            ),
            explanations=("skewed", "scheme"),
            controls=(*SIGNAL, "learning-rate", "optimizer"),
            measure=task_1.he_scheme,
            tries=(
                Try("deep", {"depth": 11, "init": "he", "learning_rate": 0.1}),
                Try("shallow_he", {"depth": 3, "init": "he", "learning_rate": 0.01}),
                Try(
                    "shallow_normal",
                    {"depth": 3, "init": "normal", "weight_variance": 1.0, "learning_rate": 0.01},
                ),
            ),
        ),
        Question(
            "2.1",
            (
                Choice(
                    "regions",
                    ("one", "five", "patterns", "many"),
                    lambda f: "one" if f["maps"] == 1 else "many",
                ),
            ),
            explanations=("product", "depth"),
            controls=("activation", "depth", *PICTURE),
            measure=task_2.collapse,
            tries=(
                Try("relu", {"activation": "relu"}),
                Try("identity", {"activation": "identity"}),
            ),
        ),
        Question(
            "2.2",
            (
                Number(
                    "missed",
                    *(0.0, 1e9),
                    right=_missed,
                    zone=_missed_zone,
                    mistakes=("none", "fewer", "more"),
                    whole=True,
                ),
            ),
            explanations=("between", "rounding"),
            controls=(*PICTURE, "sheet-grid", "width"),
            measure=task_2.grid_misses,
        ),
        Question(
            "2.3",
            (
                Choice(
                    "confidence",
                    ("guess", "right_only", "sure"),
                    lambda f: "sure" if float(f["sure"]) > 0.9 * float(f["points"]) else "guess",
                ),
            ),
            explanations=("scale", "learnt"),
            controls=("init", "weight-variance", "depth", *PICTURE),
            measure=task_2.confidence,
            tries=(
                Try("he", {"init": "he"}),
                Try("normal", {"init": "normal", "weight_variance": 1.0}),
            ),
        ),
        Question(
            "2.4",
            (
                Choice(
                    "cells",
                    ("lines", "arrangement", "vectors"),
                    lambda f: min(
                        ("lines", "arrangement", "vectors"),
                        key=lambda option: abs(
                            float(f["plane"])
                            - {
                                "lines": float(f["n"]) + 1,
                                "arrangement": float(f["maximum"]),
                                "vectors": float(f["vectors"]),
                            }[option]
                        ),
                    ),
                ),
            ),
            explanations=("crossings", "doubling"),
            controls=("width", "bias-variance", "bias", *PICTURE),
            measure=task_2.arrangement,
            tries=(Try("six", {"width": 6}), Try("sixteen", {"width": 16})),
        ),
        Question(
            "2.5",
            (
                Choice(
                    "map",
                    ("always", "not"),
                    lambda f: "not" if float(f["mixed"]) > 0 else "always",
                ),
            ),
            explanations=("before", "colour"),
            controls=PICTURE,
            measure=task_2.cell_and_region,
        ),
        Question(
            "2.6",
            (
                Choice(
                    "data",
                    ("data", "not"),
                    lambda f: "not" if float(f["on_data"]) < float(f["cells"]) / 2 else "data",
                ),
                Choice(
                    "centre",
                    ("all", "half", "few"),
                    lambda f: (
                        "few"
                        if float(f["share"]) < 20
                        else "half"
                        if float(f["share"]) < 80
                        else "all"
                    ),
                ),
            ),
            explanations=("halfplanes", "distances"),
            controls=("seed", "reseed", *PICTURE),
            measure=task_2.power_diagram,
        ),
        Question(
            "2.7",
            (
                Choice(
                    "lines",
                    ("grows", "same"),
                    lambda f: "same" if f["plane"] == f["maximum"] else "grows",
                ),
                Choice(
                    "filled",
                    ("most", "tenth", "tiny"),
                    lambda f: (
                        "tiny"
                        if float(f["share"]) < 1
                        else "tenth"
                        if float(f["share"]) < 50
                        else "most"
                    ),
                ),
                _options("change", "more", "hardly", "fewer", of_settings=True),
            ),
            explanations=("moves", "learns"),
            controls=("dataset", "samples", *PICTURE),
            measure=task_2.filling,
            of_run=True,
        ),
        Question(
            "2.8",
            (
                _options("zero", "same", "zoom", "more"),
                _options("fixed", "same", "zoom", "more"),
                _options("like", "same", "zoom", "more"),
                _options("wider", "same", "twice", "four"),
                _options("deeper", "same", "more", "both"),
            ),
            explanations=("ratio", "size"),
            controls=("width", "depth", "weight-variance", "bias", *PICTURE),
            measure=task_2.larger_weights,
            screen=task_2.cells_and_regions,
            tries=(
                Try("small", {"weight_variance": 0.0625} | LAYER_1),
                Try("large", {"weight_variance": 1.0} | LAYER_1),
                Try("zero", {"bias": "zero"} | LAYER_1),
                Try("fixed", {"bias": "fixed"} | LAYER_1),
                Try("like", {"bias": "like-weights"} | LAYER_1),
                Try("wider", AS_ASKED | LAYER_1 | {"width": 32}),
                Try("three", AS_ASKED | {"depth": 4, "mode": "regions", "layer": 3}),
                Try("deeper", AS_ASKED | {"depth": 7, "mode": "regions", "layer": 6}),
            ),
        ),
    )
}
