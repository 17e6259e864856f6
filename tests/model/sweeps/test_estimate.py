from dataclasses import replace

import pytest

from cellscope.model.spec import Spec, SpecError
from cellscope.model.sweeps.estimate import LONGEST_S, check_affordable, estimate
from cellscope.model.sweeps.plan import Axis, Plan
from cellscope.model.sweeps.run import run
from cellscope.model.view import View

SHEET = Plan(
    spec=Spec(width=16, depth=6),
    view=View(layer=5),
    axes=(
        Axis("weight_variance", (1 / 64, 1 / 16, 1 / 4, 1.0, 4.0)),
        Axis("depth", (2, 4, 6, 8, 11)),
    ),
    seeds=3,
    steps=300,
)


def test_the_exercises_own_sweep_is_affordable():
    assert 1.0 < check_affordable(SHEET) < 60.0


@pytest.mark.parametrize(
    "more",
    [{"steps": 600}, {"seeds": 6}, {"spec": Spec(width=40, depth=6)}],
    ids=lambda more: next(iter(more)),
)
def test_more_of_anything_takes_longer(more: dict[str, object]):
    assert estimate(replace(SHEET, **more)) > 1.2 * estimate(SHEET)


def test_a_sweep_that_takes_too_long_is_refused_with_its_estimate():
    wide = Axis("width", tuple(range(90, 102)))
    large = Plan(
        spec=Spec(depth=12, batch_size=600),
        view=View(layer=5),
        axes=(wide,),
        seeds=10,
        steps=5000,
    )
    with pytest.raises(SpecError) as caught:
        check_affordable(large)
    error = caught.value
    assert (error.field, error.rule, error.value) == ("sweep", "too_long_a_sweep", "12 × 1 × 10")
    assert error.limits["seconds"] == round(estimate(large)) > LONGEST_S
    assert error.limits["steps"] == 5000


@pytest.mark.parametrize("steps", [0, 7])
def test_what_a_sweep_has_done_in_the_end_is_what_was_estimated(steps: int):
    plan = Plan(
        spec=Spec(width=5, depth=3, samples=60),
        view=View(),
        axes=(Axis("width", (3, 6)), Axis("bias", ("zero", "fixed"))),
        seeds=2,
        steps=steps,
    )
    done: list[float] = []
    # The last report may come 20 ms before the end: ask for every one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cellscope.model.sweeps.work.CHECK_S", 0.0)
        list(run(plan, lambda d: not done.append(d)))
    assert done == sorted(done)
    assert done[-1] == pytest.approx(estimate(plan))


def test_tanh_costs_no_counting():
    tanh = replace(SHEET, spec=SHEET.spec.but(activation="tanh"))
    assert estimate(tanh) < estimate(SHEET)
