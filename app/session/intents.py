"""Intents and buttons: what the page says of the settings, and what comes of it.

The page gathers what was touched into one *intent* (controls.mjs), so that an older
one that arrives late cannot undo a newer one.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.settings.comparison import NONE, Differences, read_differences
from cellscope.app.settings.controls import (
    BY_NAME,
    REAL_NAMES,
    SPEC_NAMES,
    VIEW_NAMES,
    read_choice,
    read_settings,
    with_points,
)
from cellscope.app.settings.display_options import read_language
from cellscope.app.settings.links import settings_of, view_values
from cellscope.app.settings.presets import PRESETS
from cellscope.app.settings.readouts import readouts
from cellscope.app.text.texts import complaint, speaking, spoken, text
from cellscope.model.datasets import FOR_REGRESSION
from cellscope.model.opened import Opened
from cellscope.model.spec import (
    DATASETS,
    MAX_SEED,
    Spec,
    SpecError,
    check_drawn,
    shorten,
)
from cellscope.model.view import View

Outcome = dict[str, Any]
BUTTONS = ("play", "step", "rewind", "reseed")
SETTINGS = (*SPEC_NAMES, "speed", "compare")  # what an intent may hold
LAST_ORDER = 2**53  # the largest whole number that a page can count to
MOST_CLICKS = 1_000_000
LONGEST_PAGE = 64  # characters of the name that a page gives itself


def answer_intent(sessions: Sessions, intent: object) -> Outcome:
    """Take what the controls say; what is wrong is named and changes nothing."""
    if not isinstance(intent, Mapping):
        return _refusal(SpecError("intent", "object", intent))
    return _in_language(intent.get("lang"), lambda: _take_intent(sessions, intent))


def _in_language(raw: object, answer: Callable[[], Outcome]) -> Outcome:
    """The answer in the language that the page says it is in."""
    try:
        language = read_language(raw)
    except SpecError as error:
        return _refusal(error)
    with speaking(language):
        return answer()


def _take_intent(sessions: Sessions, intent: Mapping[str, object]) -> Outcome:
    session = sessions.get(intent.get("session"))
    if session is None:
        return _lost()
    raw, changed, order = (intent.get(key) for key in ("settings", "changed", "order"))
    if not isinstance(raw, Mapping):
        return _refusal(SpecError("settings", "object", raw))
    unknown = [key for key in raw if key not in (("preset",) if changed == "preset" else SETTINGS)]
    if unknown:
        return _refusal(SpecError(shorten(unknown[0]), "unknown_key", raw[unknown[0]]))
    try:
        order, page = _read_order(order), _read_page(intent.get("page", ""))
    except SpecError as error:
        return _refusal(error)
    late = session.is_late(page, order)
    if changed == "preset":
        outcome = _take_preset(session, raw.get("preset"), late)
    else:
        unclear = _unclear(raw, intent.get("unclear"))
        each = bool(page) and changed != "opened"  # else as a whole, or not at all
        outcome = _take_settings(session, raw, changed, late, unclear, each=each)
    return outcome | ({"late": True} if late else {"order": order})


def take_dragged(session: Session, message: Mapping[str, object]) -> None:
    """One setting, at once, while its slider moves; its intent follows and settles it.

    An intent of a later order follows. What is refused is that one's to say.
    """
    name, order = message.get("name"), _read_order(message.get("order"))
    if not isinstance(name, str) or name not in SPEC_NAMES:
        raise SpecError("name", "choice", name, choices=", ".join(SPEC_NAMES))
    if session.is_late(_read_page(message.get("page", "")), order - 0.5):
        return
    session.touch()
    changed = _follow({name: message.get("value")}, name, session.spec)
    spec, problems = read_settings(changed, session.spec, session.own)
    if not problems:
        with suppress(SpecError):  # the second network can't be
            session.take(spec)


def _read_order(order: object) -> int:
    if not isinstance(order, int) or isinstance(order, bool) or not 1 <= order <= LAST_ORDER:
        raise SpecError("order", "whole", order, low=1, high=LAST_ORDER)
    return order


def _read_page(page: object) -> str:
    if not isinstance(page, str) or len(page) > LONGEST_PAGE:
        raise SpecError("page", "too_long", page)
    return page


def _take_settings(
    session: Session,
    raw: Mapping[str, object],
    changed: object,
    late: bool,
    unclear: Mapping[str, SpecError],
    *,
    each: bool,
) -> Outcome:
    """Of what was touched one after the other, a wrong value is not in the way of the others."""
    adjusted = _follow(with_points(raw, spoken()), changed, session.spec)
    clear = {name: value for name, value in adjusted.items() if name not in unclear}
    spec, problems = read_settings(clear, session.spec, session.own)
    problems += unclear.values()
    speed, differences = session.speed, session.differences
    with _noting(problems):
        speed = read_choice("speed", adjusted.get("speed", speed))
    with _noting(problems):
        if adjusted.get("compare"):
            check_drawn(session.spec, "compare")
        if "compare" in adjusted:
            differences = read_differences(adjusted["compare"])
    possible = not problems or each
    with _noting(problems):
        differences.second(spec)
        if possible and not late:
            session.set_speed(speed)
            session.take(spec, differences)
    opened = changed == "opened"  # by no control: these are to show what was taken
    written = adjusted.get("compare", "") == differences.written()
    adapted = adjusted != dict(raw) or not written
    return _outcome(session, problems, spec_changed=opened or adapted)


@contextmanager
def _noting(problems: list[SpecError]) -> Generator[None]:
    """What cannot be is noted, and the rest goes on."""
    try:
        yield
    except SpecError as error:
        problems.append(error)


def _unclear(raw: Mapping[str, object], named: object) -> dict[str, SpecError]:
    """Numbers that the page could read in two ways: 1.125 on a German one."""
    names = raw.keys() & REAL_NAMES if isinstance(named, list) else ()
    return {name: SpecError(name, "unclear", raw[name]) for name in names if name in named}  # pyright: ignore[reportOperatorIssue]


def _follow(raw: Mapping[str, object], changed: object, now: Spec) -> dict[str, object]:
    """What changes along with a control that was touched, so that it takes effect.

    Touching s selects N(0, s); another data set brings a number of classes that it can have, and
    one that is made for regression the task.
    """
    followed = dict(raw)
    control = BY_NAME.get(changed) if isinstance(changed, str) else None
    if control is not None and control.brings is not None:
        along, value = control.brings
        followed[along] = value
    if changed == "dataset":
        if raw.get("dataset") in FOR_REGRESSION:
            followed["task"] = "regression"
        elif now.dataset in FOR_REGRESSION:
            followed["task"] = "classes"
    dataset, classes = raw.get("dataset"), raw.get("classes", now.classes)
    if changed == "dataset" and isinstance(dataset, str) and dataset in DATASETS:
        low, high = DATASETS[dataset]
        with suppress(SpecError):  # what is no number is named when the settings are read
            followed["classes"] = min(max(BY_NAME["classes"].read("classes", classes), low), high)
    return followed


def _take_preset(session: Session, name: object, late: bool) -> Outcome:
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if preset is None:
        return _refusal(SpecError("preset", "choice", name, choices=", ".join(PRESETS)))
    if not late:
        revision = session.revision
        session.take(preset.spec, preset.differences, playing=False)
        session.trainer.stop_at(None)
        # also where the settings, or all but live ones, were these
        (session.rewind if revision == session.revision else session.trainer.rewind)()
        if preset.step:
            session.trainer.run_to(preset.step)
    outcome = _outcome(session, [], spec_changed=True, view=preset.view)
    return outcome | ({"tab": preset.tab} if preset.tab else {})


def answer_button(
    sessions: Sessions,
    button: object,
    session_id: object,
    clicks: Mapping[str, object],
    language: object = None,
) -> Outcome:
    """Play or pause, step, rewind, reseed; `clicks` is how often each was pressed."""
    return _in_language(language, lambda: _press(sessions, button, session_id, clicks))


def _press(
    sessions: Sessions, button: object, session_id: object, clicks: Mapping[str, object]
) -> Outcome:
    for name, count in clicks.items():
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MOST_CLICKS:
            return _refusal(SpecError(name, "whole", count, low=0, high=MOST_CLICKS))
    session = sessions.get(session_id)
    if session is None:
        return _lost()
    trainer, network = session.trainer, session.spec.opened
    if network is not None and (network.still or button in ("rewind", "reseed")):
        return _refusal(_no_use(str(button), network))
    if button == "play":
        (trainer.pause if session.latest.status == "training" else trainer.play)()
    elif button == "step":
        trainer.step()
    elif button == "rewind":
        session.rewind()
    elif button == "reseed":
        seed = (session.spec.seed + 1) % (MAX_SEED + 1)
        session.take(session.spec.but(seed=seed), playing=False)
        return _outcome(session, [], spec_changed=True)
    return {"problems": []}


def _no_use(button: str, network: Opened) -> SpecError:
    """Why a button does nothing for a network from a file."""
    if button in ("rewind", "reseed"):
        return SpecError(button, "opened", network.name)
    rules = {"data": "opened_data", "labels": "opened_labels", "graph": "graph"}
    return SpecError(button, rules[network.still], network.name)


def _outcome(
    session: Session,
    problems: list[SpecError],
    *,
    spec_changed: bool = False,
    view: View | None = None,
) -> Outcome:
    """What the page shows after an intent: problems, readouts, and values that changed along."""
    outcome: Outcome = {
        "problems": [complaint(error) for error in problems],
        "readouts": readouts(session.spec, spoken()),
        "lang": spoken(),
        "accepted": plain_settings(session.spec, session.speed, session.differences),
        "mark": session.mark,
        "revision": session.revision,
    }
    if spec_changed and not problems:
        outcome["set"] = outcome["accepted"]
    if view is not None:
        outcome["view"] = view_values(view)
    return outcome


def plain_settings(spec: Spec, speed: str, differences: Differences = NONE) -> dict[str, Any]:
    """Name -> value of every setting that is not of the view."""
    values = settings_of(spec, View(), speed)
    settings = {name: value for name, value in values.items() if name not in VIEW_NAMES}
    return settings | {"compare": differences.written()}


def _lost() -> Outcome:
    """The experiment is gone."""
    return {
        "lost": True,
        "problems": [{"field": "session", "message": text("session.lost", spoken())}],
    }


def _refusal(error: SpecError) -> Outcome:
    return {"problems": [complaint(error)]}
