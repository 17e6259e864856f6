"""Formulas: a whitelist, never code."""

import numpy as np
import pytest

from cellscope.model.formula import checked_formula, evaluated
from cellscope.model.spec import SpecError

X, Y = np.array([0.5, -1.0, 2.0]), np.array([1.0, 3.0, -0.5])


@pytest.mark.parametrize(
    ("formula", "values"),
    [
        ("x*y > 0", (X * Y > 0)),
        ("sin(2*x) + y^2 - 1", np.sin(2 * X) + Y**2 - 1),
        ("x² + y² < 1", X**2 + Y**2 < 1),
        ("-1 < x < 1", (X > -1) & (X < 1)),
        ("x > 0 and not y > 0", (X > 0) & ~(Y > 0)),
        ("1 if x > y else -1", np.where(X > Y, 1, -1)),
        ("max(x, y) / (1 + hypot(x, y))", np.maximum(X, Y) / (1 + np.hypot(X, Y))),
        ("pi", np.full(3, np.pi)),
        ("floor(x) % 2", np.floor(X) % 2),
        ("2x + 3(y - 1)", 2 * X + 3 * (Y - 1)),
        ("(x+1)(y-1)sin(2x)", (X + 1) * (Y - 1) * np.sin(2 * X)),
        ("1.5e-1x - .5Y", 0.15 * X - 0.5 * Y),
        ("0,5*x - 1,25y", 0.5 * X - 1.25 * Y),
        ("max(1,5) * x", 5 * X),
        ("atan2(2y,x)", np.arctan2(2 * Y, X)),
        ("x ≤ y && X·Y ≥ 0", (X <= Y) & (X * Y >= 0)),
        ("(x>0)and(y>0)", (X > 0) & (Y > 0)),
        ("1 if(x>y)else 2", np.where(X > Y, 1, 2)),
        ("e^x - 2^-y", np.exp(X) - 2.0**-Y),
        ("e^(x*y)", np.exp(X * Y)),
        ("3e2x", 300 * X),
    ],
)
def test_a_formula_is_what_it_says(formula: str, values: np.ndarray):
    np.testing.assert_allclose(evaluated(checked_formula(formula), X, Y), values)


@pytest.mark.parametrize(
    ("formula", "rule"),
    [
        ("__import__('os').system('true')", "formula_unknown"),
        ("x.__class__", "formula_unknown"),
        ("(lambda: 1)()", "formula_unknown"),
        ("[x for x in y]", "formula_unknown"),
        ("open('a')", "formula_unknown"),
        ("'a'", "formula_unknown"),
        ("z + 1", "formula_unknown"),
        ("sin(x, y)", "formula_unknown"),
        ("sin(*x)", "formula_unknown"),
        ("1j * x", "formula_unknown"),
        ("x > 0 # y", "formula_unreadable"),
        ("x * 1e13", "within"),
        ("x < 1e400", "within"),
        ("x := 3", "formula_unreadable"),
        ("f'{x}'", "formula_unknown"),
        ("9**9**9**9", "formula_power"),
        ("x**1000", "formula_power"),
        ("x**y", "formula_power"),
        ("2**99999", "formula_power"),
        ("9**(9**x)", "formula_finite"),
        ("2__import__('os')", "formula_unreadable"),
        ("2x.__class__", "formula_unknown"),
        ("9" * 100, "within"),
        ("x +", "formula_unreadable"),
        ("x\0y", "formula_unreadable"),
        ("(" * 60 + "x" + ")" * 60 + "+(" * 20, "formula_unreadable"),
        ("-" * 100 + "x", "formula_deep"),
        ("x" * 300, "formula_long"),
        ("  ", "formula_empty"),
        (7, "formula_empty"),
    ],
)
def test_what_is_not_on_the_list_is_refused_before_anything_runs(formula: object, rule: str):
    with pytest.raises(SpecError) as caught:
        checked_formula(formula)
    assert (caught.value.field, caught.value.rule) == ("formula", rule)
