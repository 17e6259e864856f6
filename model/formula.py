"""Formulas in x and y, read into a whitelist and never evaluated as code.

A formula is parsed to a tree of which only numbers, x, y, arithmetic, comparisons and a few named
functions are known; every other node is refused by name, before anything is computed.
"""

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.spec import SpecError

Values = NDArray[np.float64]
FIELD = "formula"
LONGEST = 200  # characters
DEEPEST = 40  # nodes inside each other
LARGEST = 1e12  # of a number, here and in tables of points
LARGEST_POWER = 20.0  # of a number that is written: x^1000 is a slip, and 9^9^9 a trap

OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
    ast.Mod: np.mod,
    ast.FloorDiv: np.floor_divide,
    ast.Pow: np.power,
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {  # name -> function, arguments
    "sin": (np.sin, 1),
    "cos": (np.cos, 1),
    "tan": (np.tan, 1),
    "exp": (np.exp, 1),
    "log": (np.log, 1),
    "sqrt": (np.sqrt, 1),
    "abs": (np.abs, 1),
    "sign": (np.sign, 1),
    "floor": (np.floor, 1),
    "tanh": (np.tanh, 1),
    "atan2": (np.arctan2, 2),
    "hypot": (np.hypot, 2),
    "min": (np.minimum, 2),
    "max": (np.maximum, 2),
}
CONSTANTS = {"pi": np.pi, "e": np.e}
# As people write it -> as Python does.
_SIGNS = {
    "^": "**",
    "·": "*",
    "×": "*",
    "÷": "/",
    "−": "-",
    "²": "**2",
    "³": "**3",
    "π": "pi",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "&&": " and ",
    "&": " and ",
    "||": " or ",
}
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_PRODUCT = re.compile(  # 2x, 3(x + 1), (x + 1)y; no word of the language follows
    rf"((?<![\w.]){_NUMBER}|\))(?=[a-z(])(?!(?:and|or|if|else|not|in|is|for)\b)(?!e[+-]?\d)"
)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")


def checked_formula(raw: object) -> str:
    """The formula as it is kept; a `SpecError` names what is not known in it."""
    if not isinstance(raw, str) or not raw.strip():
        raise SpecError(FIELD, "formula_empty", raw)
    if len(raw) > LONGEST:
        raise SpecError(FIELD, "formula_long", raw, high=LONGEST)
    text = " ".join(raw.split())
    _check(_parsed(text), 0)
    axis = np.linspace(-3.0, 3.0, 61)
    x, y = (side.ravel() for side in np.meshgrid(axis, axis))
    bad = np.flatnonzero(~np.isfinite(evaluated(text, x, y)))
    if len(bad):
        raise SpecError(FIELD, "formula_finite", text, x=float(x[bad[0]]), y=float(y[bad[0]]))
    return text


def classes_of(formula: str) -> int:
    """How many classes it has: whole numbers from 0 to 7 are classes, else its sign parts two."""
    axis = np.linspace(-3.0, 3.0, 61)
    values = evaluated(formula, *(side.ravel() for side in np.meshgrid(axis, axis)))
    whole = bool((values == np.rint(values)).all()) and values.min() >= 0 and values.max() <= 7
    return max(2, int(values.max()) + 1) if whole else 2


def evaluated(formula: str, x: Values, y: Values) -> Values:
    """The values at points; true is 1 and false 0. Not finite where the formula is not."""
    with np.errstate(all="ignore"):
        value = np.asarray(_value(_parsed(formula), {"x": x, "y": y}), np.float64)
    return np.broadcast_to(value, x.shape).copy()


def _parsed(text: str) -> ast.expr:
    if "#" in text:  # to Python the rest would be a comment
        raise SpecError(FIELD, "formula_unreadable", text)
    try:
        return ast.parse(_as_python(text), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise SpecError(FIELD, "formula_unreadable", text) from None


def _as_python(text: str) -> str:
    """Signs of mathematics, products without a sign, capitals.

    Decimal commas, too, where no comma parts two arguments.

    >>> _as_python("2X² ≤ 0,5(y + 1)")
    '2*x**2 <= 0.5*(y + 1)'
    """
    written = text.lower()
    for sign, python in _SIGNS.items():
        written = written.replace(sign, python)
    if not any(f"{name}(" in written for name, (_, count) in FUNCTIONS.items() if count > 1):
        written = _DECIMAL_COMMA.sub(".", written)
    return _PRODUCT.sub(r"\1*", written)


def _check(node: ast.AST, depth: int) -> None:
    """Refuse whatever is not on the list; nothing has been computed yet."""
    if depth > DEEPEST:
        raise SpecError(FIELD, "formula_deep", "…", high=DEEPEST)
    if abs(_number(node) or 0) > LARGEST:
        raise SpecError(FIELD, "within", _written(node), high=LARGEST)
    if not _is_known(node):
        raise SpecError(FIELD, "formula_unknown", _written(node), choices=", ".join(FUNCTIONS))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_exponential(node):
        _check_power(node.right)
    for part in _parts(node):
        _check(part, depth + 1)


def _is_exponential(power: ast.BinOp) -> bool:
    """Whether it is a number to the power of x or y, as e^x."""
    names = {node.id for node in ast.walk(power.right) if isinstance(node, ast.Name)}
    base = isinstance(power.left, ast.Constant) or (
        isinstance(power.left, ast.Name) and power.left.id in CONSTANTS
    )
    return base and bool(names & {"x", "y"})


def _check_power(node: ast.expr) -> None:
    """A power is a number, not too large."""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    number = _number(node)
    if number is None or abs(number) > LARGEST_POWER:
        raise SpecError(FIELD, "formula_power", _written(node), high=LARGEST_POWER)


def _number(node: ast.AST) -> int | float | None:
    """The number that is written there, if it is one."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int | float) else None


def _is_known(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return _number(node) is not None
    if isinstance(node, ast.Name):
        return node.id in ("x", "y", *CONSTANTS)
    if isinstance(node, ast.BinOp):
        return type(node.op) in OPERATORS
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub | ast.UAdd | ast.Not)
    if isinstance(node, ast.Compare):
        return all(type(op) in COMPARISONS for op in node.ops)
    if isinstance(node, ast.BoolOp | ast.IfExp):
        return True
    return _is_call(node)


def _is_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        return False
    known = FUNCTIONS.get(node.func.id)
    return known is not None and len(node.args) == known[1]


def _parts(node: ast.AST) -> list[ast.expr]:
    """What is inside; the name of a function is no part of its own."""
    if isinstance(node, ast.Call):
        return list(node.args)
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _written(node: ast.AST) -> str:
    try:
        return ast.unparse(node)
    except Exception:  # nothing that could be said of it
        return type(node).__name__


def _value(node: ast.expr, names: dict[str, Values]) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)  # pyright: ignore[reportArgumentType]
        case ast.Name(id=name):
            return CONSTANTS[name] if name in CONSTANTS else names[name]
        case ast.BinOp(left=left, op=op, right=right):
            both = (np.asarray(_value(side, names), np.float64) for side in (left, right))
            return OPERATORS[type(op)](*both)
        case ast.UnaryOp(op=op, operand=operand):
            value = np.asarray(_value(operand, names), np.float64)
            return value == 0 if isinstance(op, ast.Not) else -value if _is_minus(op) else value
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared(left, ops, others, names)
        case ast.BoolOp(op=op, values=values):
            true = [np.asarray(_value(v, names)) != 0 for v in values]
            together = np.logical_and if isinstance(op, ast.And) else np.logical_or
            whole = true[0]
            for one in true[1:]:
                whole = together(whole, one)
            return whole
        case ast.IfExp(test=test, body=body, orelse=other):
            chosen = np.asarray(_value(test, names)) != 0
            return np.where(chosen, _value(body, names), _value(other, names))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return FUNCTIONS[name][0](*(np.asarray(_value(a, names), float) for a in arguments))
        case _:
            raise SpecError(FIELD, "formula_unknown", _written(node), choices="")


def _is_minus(op: ast.unaryop) -> bool:
    return isinstance(op, ast.USub)


def _compared(
    left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr], names: dict[str, Values]
) -> Any:
    """As in mathematics: -1 < x < 1 are two conditions."""
    whole: Any = True
    before = _value(left, names)
    for op, other in zip(ops, others, strict=True):
        after = _value(other, names)
        whole = np.logical_and(whole, COMPARISONS[type(op)](before, after))
        before = after
    return whole
