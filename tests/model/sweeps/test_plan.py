from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.model.spec import MAX_SEED, Spec, SpecError
from cellscope.model.sweeps.plan import AXES, MOST_VALUES, Axis, Plan
from cellscope.model.view import View

S = (1 / 64, 1 / 4, 1.0)


def plan(*axes: Axis, **changes: Any) -> Plan:
    start: dict[str, Any] = {"spec": Spec(width=6, depth=3), "view": View(), "axes": axes}
    return Plan(**(start | changes))


def refused(*axes: Any, **changes: Any) -> SpecError:
    with pytest.raises(SpecError) as caught:
        plan(*axes, **changes)
    return caught.value


def test_columns_are_the_first_axis_and_rows_the_second():
    grid = plan(Axis("width", (4, 8, 16)), Axis("depth", (2, 5)), seeds=4)
    assert (grid.columns, grid.rows, grid.points, grid.networks) == (3, 2, 6, 24)
    assert [(grid.spec_of(p).width, grid.spec_of(p).depth) for p in range(6)] == [
        *((4, 2), (8, 2), (16, 2)),
        *((4, 5), (8, 5), (16, 5)),
    ]


def test_one_axis_is_one_row():
    grid = plan(Axis("bias", ("zero", "fixed")))
    assert (grid.columns, grid.rows) == (2, 1)
    assert [grid.spec_of(p).bias for p in range(2)] == ["zero", "fixed"]


def test_seeds_are_those_from_the_experiments_own_on_and_go_round_at_the_last():
    grid = plan(Axis("width", (4,)), spec=Spec(seed=MAX_SEED - 1), seeds=3)
    assert [grid.spec_of(0, k).seed for k in range(3)] == [MAX_SEED - 1, MAX_SEED, 0]


def test_every_point_has_its_first_seed_before_any_has_a_second():
    grid = plan(Axis("width", (4, 8)), seeds=2)
    assert list(grid.each()) == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_varying_s_takes_the_normal_scheme_for_which_it_acts():
    assert plan(Axis("weight_variance", S)).spec_of(0).init == "normal"
    assert plan(Axis("width", (4, 8))).spec_of(0).init == "he"


@pytest.mark.parametrize(("axis", "sizes"), [("width", (2, 9, 9, 2)), ("depth", (2,) + (6,) * 8)])
def test_own_widths_give_way_to_a_varied_width_or_depth(axis: str, sizes: tuple[int, ...]):
    own = Spec(width=6, depth=9, hidden=(7, 5))
    varied = plan(Axis(axis, (9,)), spec=own).spec_of(0)
    assert varied.hidden is None
    assert varied.sizes == (sizes if axis == "width" else (2, *(6,) * 8, 2))
    assert plan(Axis("bias", ("zero",)), spec=own).spec_of(0).hidden == (7, 5)


def test_a_layer_that_a_network_lacks_is_its_last():
    grid = plan(Axis("depth", (1, 3, 8)), view=View(layer=5))
    assert [grid.layer_of(point) for point in range(3)] == [1, 3, 5]


def test_values_become_those_of_the_spec():
    grid = plan(Axis("width", (4.0, 8)), Axis("weight_variance", (1, 2)))
    assert [type(v) for axis in grid.axes for v in axis.values] == [int, int, float, float]


@pytest.mark.parametrize(
    ("axes", "field", "rule"),
    [
        ((), "sweep_axis", "axes"),
        ((Axis("width", (1,)), Axis("depth", (1,)), Axis("bias", ("zero",))), "sweep_axis", "axes"),
        ((Axis("seed", (1, 2)),), "sweep_axis", "choice"),
        ((Axis("__class__", (1, 2)),), "sweep_axis", "choice"),
        ((Axis("width", ()),), "sweep_values", "values"),
        ((Axis("width", tuple(range(1, MOST_VALUES + 2))),), "sweep_values", "values"),
        ((Axis("width", (4, 4.0)),), "sweep_values", "repeated"),
        ((Axis("width", (4, 0)),), "sweep_values", "range"),
        ((Axis("width", (4, 4.5)),), "sweep_values", "whole"),
        ((Axis("width", (4, float("nan"))),), "sweep_values", "whole"),
        ((Axis("width", (4, True)),), "sweep_values", "whole"),
        ((Axis("depth", (33,)),), "sweep_values", "range"),
        ((Axis("weight_variance", (float("inf"),)),), "sweep_values", "range"),
        ((Axis("weight_variance", (-1.0,)),), "sweep_values", "range"),
        ((Axis("weight_variance", ("1",)),), "sweep_values", "number"),
        ((Axis("bias", ("zero", "none")),), "sweep_values", "choice"),
        ((Axis("width", (4,)), Axis("width", (5,))), "sweep_second_axis", "other_axis"),
        ((Axis("width", (4,)), Axis("classes", (2,))), "sweep_second_axis", "choice"),
        ((Axis("width", (4,)), Axis("depth", ("deep",))), "sweep_second_values", "whole"),
    ],
)
def test_what_cannot_be_is_refused_by_name(axes: tuple[Axis, ...], field: str, rule: str):
    error = refused(*axes)
    assert (error.field, error.rule) == (field, rule)


def test_two_values_that_are_too_much_only_together_are_named_both():
    error = refused(Axis("width", (8, 200)), Axis("depth", (3, 12)))
    assert (error.field, error.rule) == ("sweep_second_values", "parameters")
    assert error.value == "width 200, depth 12"
    # 200 wide is fine where the other axis makes it shallow, whatever the experiment's own depth.
    deep = Spec(width=6, depth=12)
    assert plan(Axis("width", (8, 200)), Axis("depth", (3,)), spec=deep).points == 2
    assert refused(Axis("width", (8, 200)), spec=deep).field == "sweep_values"


def test_a_grid_has_only_so_many_points():
    nine = tuple(range(1, 10))
    error = refused(Axis("width", nine), Axis("depth", nine))
    assert (error.field, error.rule, error.value) == ("sweep_second_values", "points", "81")


def test_pytorchs_own_biases_are_not_to_be_varied():
    error = refused(Axis("bias", ("zero", "fixed")), spec=Spec(init="pytorch"))
    assert (error.field, error.rule) == ("sweep_axis", "own_biases")
    both = plan(Axis("bias", ("zero",)), Axis("weight_variance", S), spec=Spec(init="pytorch"))
    assert both.spec_of(0).init == "normal"


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("seeds", 0, "range"),
        ("seeds", 11, "range"),
        ("seeds", 2.0, "whole"),
        ("seeds", True, "whole"),
        ("seeds", "3", "whole"),
        ("steps", -1, "range"),
        ("steps", 5001, "range"),
        ("steps", None, "whole"),
    ],
)
def test_seeds_and_steps_have_limits(field: str, value: object, rule: str):
    error = refused(Axis("width", (4,)), **{field: value})
    assert (error.field, error.rule) == (f"sweep_{field}", rule)


VALUES = st.one_of(
    st.integers(), st.floats(), st.text(), st.none(), st.booleans(), st.lists(st.integers())
)


@given(field=st.one_of(st.sampled_from(AXES), st.text()), values=st.lists(VALUES), seeds=VALUES)
def test_whatever_is_asked_is_planned_or_refused_with_a_reason(
    field: str, values: list[Any], seeds: Any
):
    try:
        found = plan(Axis(field, tuple(values)), seeds=seeds)
    except SpecError as error:
        refused_by, found = error.field, None
    else:
        refused_by = ""
    if found is None:
        assert refused_by in ("sweep_axis", "sweep_values", "sweep_seeds")
    else:
        assert found.points == len(values)
        assert all(found.spec_of(p).parameters for p in range(found.points))
