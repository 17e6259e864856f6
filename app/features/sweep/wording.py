"""What is said of a sweep: its size, its points, its values, and what s does with each bias."""

from cellscope.app.settings.comparison import setting_text
from cellscope.app.text.numbers import grouped, number, typed
from cellscope.app.text.texts import text
from cellscope.model.spec import OF_FILES, Spec
from cellscope.model.sweeps.estimate import check_affordable
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Plan, Value
from cellscope.model.view import mode_for

MOST_NAMED = 5  # settings


def plan_text(plan: Plan, language: str) -> str:
    """How much a sweep is and how long it takes; `SpecError` if that is too long."""
    seconds = check_affordable(plan)
    return text(
        "sweep.estimate",
        language,
        points=plan.points,
        seeds=plan.seeds,
        networks=plan.networks,
        seconds=max(1, round(seconds)),
    )


def point_text(plan: Plan, point: int, language: str) -> str:
    """What is varied there, such as "Weight variance s 1/64, Biases zero"."""
    return ", ".join(
        f"{text(f'control.{field}', language)} {value_text(field, value, language)}"
        for field, value in plan.changes(point).items()
    )


def value_text(field: str, value: Value, language: str) -> str:
    """A value as labels write it: 1/64, not 0.015625; the biases by their name."""
    if field == "bias":
        return text(f"sweep.bias.{value}", language)
    assert not isinstance(value, str)
    whole = round(1.0 / value)
    if field == "weight_variance" and whole > 1 and value == 1.0 / whole:
        return min(typed(value, language), f"1/{whole}", key=len)
    return typed(value, language)


def diverged_text(networks: list[Network], language: str) -> str:
    """How many of them did, such as "2 of 3 diverged"; nothing where none did."""
    lost = sum(network.diverged for network in networks)
    values = {"count": lost, "seeds": len(networks)}
    return text("sweep.diverged", language, **values) if lost else ""


def short(value: float, language: str) -> str:
    """A count in full, anything else with three digits."""
    whole = abs(value) < 1e9 and value == int(value)
    return grouped(int(value)) if whole else number(value, language)


def caption(plan: Plan, language: str) -> str:
    mode = mode_for(plan.view.mode, plan.spec.task)
    shown = text(f"sweep.shows.{mode}", language, layer=plan.view.layer)
    return text("sweep.caption", language, shown=shown, seed=plan.spec.seed, seeds=plan.seeds)


def of_others(plan: Plan, now: Spec, language: str) -> str:
    """Of which settings the sweep is, where those of the page are others by now; else nothing."""
    names = plan.others(now)
    said = [_of_sweep(name, plan.spec, language) for name in names]
    each = list(dict.fromkeys(filter(None, said)))
    settings = " · ".join([*each[:MOST_NAMED], *["…"][: len(each) > MOST_NAMED]])
    return text("sweep.others", language, settings=settings) if names else ""


def _of_sweep(name: str, spec: Spec, language: str) -> str:
    """A setting as the sweep has it; of files and hands' work only what the sweep is of."""
    if name in OF_FILES and getattr(spec, name) is not None:
        return text(f"undo.{name}", language)
    if name == "opened":  # beside a network from a file it is one that was drawn
        return setting_text("init", spec, language)
    if name in OF_FILES or (name == "dataset" and spec.own is not None):
        return ""  # the data set's name says it, or its points
    return setting_text(name, spec, language)


def notes(plan: Plan, language: str) -> list[str]:
    """What the exercise asks: s with each of the biases has another answer.

    And what could be taken for a mistake: layers that all have in common look the same.
    """
    varied = {axis.field for axis in plan.axes}
    said = answers(plan) if "weight_variance" in varied else []
    found = [text(f"sweep.answer.{answer}", language) for answer in said]
    shallowest = min(plan.spec_of(point).layers for point in range(plan.points))
    if "depth" in varied and plan.view.shows.of_layer and plan.view.layer < shallowest:
        found.append(text("sweep.answer.depth", language, layer=plan.view.layer))
    return found


def answers(plan: Plan) -> list[str]:
    """Which of the three answers the plan shows, one for each of its biases.

    Without biases y_l is homogeneous for rectifiers and linear networks: s scales it, no sign
    changes. With other activations that is true of layer 1 only, and there only if nothing but
    the sign of y counts. Fixed biases of variance 0 are none. With batch normalisation s is
    divided out, with further inputs layer 1 draws no lines.
    """
    found: list[str] = []
    specs = [plan.spec_of(point) for point in range(plan.points)]
    if plan.spec.batch_norm or plan.spec.features:
        return found
    first = specs[0].activations[:1]
    if any(row.kinks not in ((), (0.0,)) for row in first):  # its lines lie where |y| is 1, say
        return found
    for bias in dict.fromkeys(spec.bias for spec in specs):
        zero = bias == "zero" or (bias == "fixed" and plan.spec.bias_variance == 0.0)
        if zero:
            found.append("zero" if plan.spec.is_homogeneous else "zero_first")
        else:
            found.append(bias)
    return list(dict.fromkeys(found))
