"""Many deeds in any order: counts are those of exact arithmetic, and every deed has a way back."""

import json
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from cellscope.app.features.network.message import about
from cellscope.app.features.undo.message import hands_message
from cellscope.app.session.looking_back import Moment, Time
from cellscope.app.session.session import Session
from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model import warm
from cellscope.model.cells.picture.render import draw
from cellscope.model.own_data import OwnData
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import HOLDING, Edit, Wish
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.snapshots import started

START = Spec(hidden=(4, 3), samples=60, init="he", bias_variance=1.0, learning_rate=0.05)
KINKS: dict[str, tuple[int, ...]] = {"relu": (0,), "leaky_relu": (0,), "abs": (0,), "relu6": (0, 6)}
KINKS["hardtanh"] = (-1, 1)
Point = tuple[Fraction, Fraction]
Affine = tuple[Fraction, Fraction, Fraction]  # a x + b y + c


def piece(name: str, index: int, f: Affine) -> Affine:
    """A unit's output on a piece, from its input there."""
    slopes = {
        "relu": (0, 1),
        "leaky_relu": (Fraction(0.01), 1),
        "abs": (-1, 1),
        "relu6": (0, 1, 0),
        "hardtanh": (0, 1, 0),
    }[name]
    constants = {"relu6": (0, 0, 6), "hardtanh": (-1, 0, 1)}.get(name, (0, 0))
    slope, constant = Fraction(slopes[index]), constants[index]
    return slope * f[0], slope * f[1], slope * f[2] + constant


def half(polygon: list[Point], f: Affine, sign: int) -> list[Point]:
    """The part of a convex polygon where sign · f >= 0; nothing if it has no area."""
    values = [sign * (f[0] * x + f[1] * y + f[2]) for x, y in polygon]
    kept: list[Point] = []
    for k, (here, v) in enumerate(zip(polygon, values, strict=True)):
        there, w = polygon[k - 1], values[k - 1]
        if v * w < 0:
            t = w / (w - v)
            kept.append((there[0] + t * (here[0] - there[0]), there[1] + t * (here[1] - there[1])))
        if v >= 0:
            kept.append(here)
    area = sum(
        (x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(kept, kept[1:] + kept[:1], strict=True)),
        Fraction(0),
    )
    return kept if area else []


def counted(snapshot: Snapshot, layer: int) -> tuple[int, int]:
    """(patterns of a layer alone, linear regions up to it) in the window, in whole numbers."""
    corners = [(-5, -5), (5, -5), (5, 5), (-5, 5)]
    square = [(Fraction(x), Fraction(y)) for x, y in corners]
    zero, one = Fraction(0), Fraction(1)
    parts: list[tuple[list[Point], list[Affine], tuple[int, ...]]] = [
        (square, [(one, zero, zero), (zero, one, zero)], ())
    ]
    for k, (W, b) in enumerate(snapshot.weights[:layer]):
        name = snapshot.spec.activations[k].name
        for row, bias in zip(W.tolist(), b.tolist(), strict=True):
            split: list[tuple[list[Point], list[Affine], tuple[int, ...]]] = []
            width = len(row)
            for polygon, h, word in parts:
                f: Any = tuple(
                    sum((Fraction(w) * g[j] for w, g in zip(row, h[:width], strict=True)), zero)
                    + (Fraction(bias) if j == 2 else 0)
                    for j in range(3)
                )
                kinks = KINKS[name]
                for index in range(len(kinks) + 1):
                    part = polygon
                    if index:
                        shifted = (f[0], f[1], f[2] - kinks[index - 1])
                        # On a kink everywhere: the left piece.
                        part = half(part, shifted, 1) if any(shifted) else []
                    if index < len(kinks) and part:
                        shifted = (f[0], f[1], f[2] - kinks[index])
                        part = half(part, shifted, -1) if any(shifted) else part
                    if part:
                        split.append((part, [*h, piece(name, index, f)], (*word, index)))
            parts = split
        parts = [(polygon, h[len(W[0]) :], word) for polygon, h, word in parts]
    own = len(snapshot.weights[layer - 1][1])
    return len({word[-own:] for *_, word in parts}), len({word for *_, word in parts})


@pytest.fixture
def session() -> Iterator[Session]:
    warm.warm()
    made = Session(START, "max")
    try:
        yield made
    finally:
        made.trainer.close()


class Hands:
    """What a page does, one thing after the other."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def now(self) -> Snapshot:
        return self.session.trainer.settle()

    def _wait(self, act: Callable[[Callable[[Edit | SpecError], None]], None]) -> None:
        done = threading.Event()
        act(lambda _: done.set())
        self.session.trainer.settle()

    def edit(self, wish: Wish) -> bool:
        """Whether it could be done."""
        found: list[Edit | SpecError] = []
        self.session.trainer.edit(wish, 0, found.append)
        self.session.trainer.settle()
        (edit,) = found
        if isinstance(edit, SpecError):
            return False
        self.session.deeds.edited(0, edit, "")
        return not edit.nothing

    def undo(self) -> None:
        self._wait(lambda told: self.session.deeds.undo(self.session, told))

    def redo(self) -> None:
        self._wait(lambda told: self.session.deeds.redo(self.session, told))

    def set(self, **changes: Any) -> bool:
        before = self.session.spec
        if self.session.deeds.done:
            self.session.deeds.done[-1].at = float("-inf")  # so that it is a deed of its own
        self.session.take(before.but(**changes))
        return self.session.spec != before

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.session.trainer.step()
        self.session.trainer.settle()


def state(hands: Hands) -> tuple[Any, ...]:
    now = hands.now
    return now.spec, now.step, now.theta.tobytes(), now.holds, hands.session.spec


def random_wish(rng: np.random.Generator, spec: Spec) -> Wish:
    layer = int(rng.integers(1, spec.layers + 1))
    unit = layer, int(rng.integers(spec.sizes[layer]))
    kind = rng.integers(4)
    if kind == 0:
        return Wish(through=(unit, *rng.uniform(-4, 4, 2).tolist()))
    if kind == 1 and layer < spec.layers:
        return Wish(held=(unit, HOLDING[int(rng.integers(3))]))
    size = sum((a + 1) * b for a, b in zip(spec.sizes, spec.sizes[1:], strict=False))
    places = rng.choice(size, int(rng.integers(1, 4)), replace=False).tolist()
    numbers = [0.0, 1.0, -1.0, 0.5, *rng.normal(size=4).tolist()]
    return Wish({place: float(rng.choice(numbers)) for place in places})


def random_setting(rng: np.random.Generator, spec: Spec) -> dict[str, Any]:
    names = list(KINKS)
    kinds: list[dict[str, Any]] = [
        {"learning_rate": float(rng.choice([0.01, 0.1, 0.2]))},
        {"batch_size": int(rng.choice([5, 20, 60]))},
        {"hidden": tuple(int(n) for n in rng.integers(2, 6, 2))},
        {"activation": ",".join(rng.choice(names, len(spec.sizes) - 2).tolist())},
        {"bias_variance": float(rng.choice([0.5, 1.0, 2.0]))},
    ]
    return kinds[int(rng.integers(len(kinds)))]


def check(hands: Hands) -> None:
    now = hands.now
    for layer in range(1, now.spec.layers):
        for mode, count in zip(("cells", "regions"), counted(now, layer), strict=True):
            picture = draw(now, View(layer=layer, mode=mode, pixels=60))
            assert picture.exact
            assert picture.count == count, (now.spec, layer, mode)
    mark = hands_message(hands.session.deeds, now, "en")["edited"]
    assert bool(mark) == bool(now.edits)  # no data of one's own, no normalisation
    assert hands_message(hands.session.deeds, now, "en")["byHand"] == bool(now.edits)
    assert not (now.edits and now.reproducible)
    recording = hands.session.trainer.recorder.now
    again = Replayer().snapshot(recording, now.step)
    assert again is not None
    assert again.theta.tobytes() == now.theta.tobytes()


@pytest.mark.parametrize("seed", range(4))
def test_after_any_deeds_counts_are_exact_and_each_is_undone_and_done_again(
    seed: int, session: Session
):
    rng, hands = np.random.default_rng(seed), Hands(session)
    for _ in range(14):
        before = state(hands)
        if rng.random() < 0.7:
            done = hands.edit(random_wish(rng, session.spec))
        else:
            done = hands.set(**random_setting(rng, session.spec))
        after = state(hands)
        check(hands)
        if done:
            hands.undo()
            assert state(hands) == before
            hands.redo()
            assert state(hands) == after
        else:
            assert after == before
        hands.train(int(rng.integers(0, 4)))


@pytest.mark.parametrize("seed", range(3))
def test_all_deeds_are_undone_one_after_the_other(seed: int, session: Session):
    rng, hands = np.random.default_rng([seed, 9]), Hands(session)
    states = [state(hands)]
    for _ in range(12):
        if rng.random() < 0.6:
            done = hands.edit(random_wish(rng, session.spec))
        else:
            done = hands.set(**random_setting(rng, session.spec))
        if done:
            states.append(state(hands))
    for known in states[-2::-1]:
        hands.undo()
        assert state(hands) == known
    for known in states[1:]:
        hands.redo()
        assert state(hands) == known


def test_an_edit_is_taken_back_where_it_was_made_and_not_on_a_branch_without_it(
    session: Session,
):
    hands = Hands(session)
    hands.train(20)
    assert hands.edit(Wish({0: 3.0}))
    hands.train(1)
    old = state(hands)
    session.branch(hands.now.run, 5, playing=False)
    branch = state(hands)
    assert hands.now.step == 5
    hands.undo()  # the branch
    assert state(hands) == old
    hands.undo()  # the edit, where it was made
    assert hands.now.step == 21
    assert hands.now.theta[0] != 3.0
    hands.redo()
    hands.redo()
    assert state(hands) == branch
    assert [branch.last for branch in session.trainer.recorder.branches] == [21, 5]


@pytest.mark.parametrize("how", ["rewind", "branch", "seed"])
def test_what_is_undone_before_the_trainer_has_come_to_it_is_not_lost(session: Session, how: str):
    hands = Hands(session)
    hands.train(20)
    begun = state(hands)
    for _ in range(3):
        if how == "seed":
            session.take(session.spec.but(seed=5))
        else:
            session.rewind() if how == "rewind" else session.branch(hands.now.run, 7, playing=False)
        session.deeds.undo(session)
        assert state(hands) == begun
        session.deeds.redo(session)
        session.deeds.undo(session)
        assert state(hands) == begun


def test_points_drawn_before_the_first_step_leave_what_hands_did(session: Session):
    rng, hands = np.random.default_rng(0), Hands(session)
    sets = [
        OwnData("drawn", rng.normal(size=(count, 2)), np.arange(count) % 2) for count in (20, 30)
    ]
    session.take_own(sets[0])
    assert hands.edit(Wish({0: 3.0}))
    before = state(hands)
    session.deeds.done[-1].at = float("-inf")
    session.take_own(sets[1])
    now = hands.now
    assert (now.theta[0], now.spec.own, now.step) == (3.0, sets[1], 0)
    check(hands)
    hands.train(20)
    recording = session.trainer.recorder.now
    for step in (0, 7, 20):
        again = Replayer().snapshot(recording, step)
        assert again is not None
        assert again.spec.own == sets[1]
        assert step or again.theta.tobytes() == now.theta.tobytes()
    hands.undo()
    assert hands.now.spec.own == sets[0]
    assert hands.session.spec == before[0]


def test_what_an_undo_took_back_comes_again_as_training_had_left_it(session: Session):
    hands = Hands(session)
    assert hands.edit(Wish({0: 3.0, 5: -1.0}))
    assert hands.edit(Wish(held=((1, 2), "off")))
    hands.train(30)
    trained = state(hands)
    for _ in range(2):
        hands.undo()
    assert hands.now.theta[0] != 3.0
    for _ in range(2):
        hands.redo()
    assert state(hands) == trained


def test_what_was_shown_stays_until_its_branch_is_made(session: Session):
    hands = Hands(session)
    hands.train(20)
    old = hands.now.run
    time = Time(session)
    time.look_at(Moment(old, 5))
    work = time.work()
    assert work is not None
    time.show(work())
    assert (time.shown.run, time.shown.step) == (old, 5)
    goes = threading.Event()

    def busy(_done: Edit | SpecError) -> None:
        goes.wait(10.0)

    session.trainer.edit(Wish({0: 0.5}), 0, busy)  # so the thread is
    time.leave(branches=session.branch(old, 5, playing=False))
    assert (time.shown.run, time.shown.step, time.leaving) == (old, 5, True)
    goes.set()
    branch = hands.now
    assert (branch.run, branch.step) == (old + 1, 5)
    assert time.shown.version == branch.version
    assert not time.leaving
    time.leave(branches=session.branch(branch.run, 5, playing=False))  # it is there already
    assert hands.now.run == branch.run
    assert not time.leaving


def test_a_run_that_diverged_comes_back_though_its_rate_was_changed_since(session: Session):
    hands = Hands(session)
    hands.set(learning_rate=100.0, activation="identity")
    hands.train(60)
    assert hands.now.diverged
    hands.set(learning_rate=0.01)
    ended = hands.now.step
    session.rewind()
    assert hands.now.step == 0
    hands.undo()
    assert (hands.now.step, hands.now.diverged) == (ended, True)
    assert hands.now.spec.learning_rate == session.spec.learning_rate == 0.01


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["own", "normalised"])
def test_data_of_ones_own_and_batch_normalisation_are_marked_but_not_by_hand(
    what: str, language: str
):
    own = OwnData("drawn", np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 2)
    changes = {"own": {"dataset": "own", "own": own}, "normalised": {"batch_norm": True}}
    session = Session(START.but(**changes[what]), "max")
    try:
        told = hands_message(session.deeds, session.trainer.latest, language)
        assert told["edited"] == [text(f"edited.{what}", language)]
        assert told["byHand"] is False
    finally:
        session.trainer.close()


CURVED = [({"features": ("x2",)}, (1, 0), "curve"), ({"activation": "tanh,relu"}, (2, 0), "curve")]
CURVED += [({"activation": "relu,tanh"}, (2, 0), "no fold"), ({}, (2, 0), "")]


@pytest.mark.parametrize(("others", "unit", "said"), CURVED)
def test_a_unit_has_no_fold_only_where_its_own_activation_has_none(
    others: dict[str, Any], unit: tuple[int, int], said: str
):
    snapshot = started(Spec(hidden=(4, 3), **others))
    told = json.loads(about(snapshot, (-5.0, 5.0, -5.0, 5.0), unit, "a", "en"))
    assert [part for part in ("curve", "no fold") if part in told["text"]] == (
        [said] if said else []
    )
    assert bool(told["fold"]) == (said == "")
