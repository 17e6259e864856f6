"""What the page's intents and buttons do to an experiment."""

from collections.abc import Iterator
from typing import Any

import pytest

from cellscope.app.session.intents import (
    BUTTONS,
    LAST_ORDER,
    answer_button,
    answer_intent,
    plain_settings,
    take_dragged,
)
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Limits, Sessions
from cellscope.app.settings.presets import PRESETS
from cellscope.model.spec import MAX_SEED, Spec, SpecError

START = Spec(width=4, depth=3, samples=60, batch_size=8)
NO_CLICKS: dict[str, object] = dict.fromkeys(BUTTONS, 0)


@pytest.fixture
def sessions() -> Iterator[Sessions]:
    sessions = Sessions(Limits())
    yield sessions
    sessions.close()


@pytest.fixture
def session(sessions: Sessions) -> Session:
    return sessions.create(START, "max")


def say(sessions: Sessions, session: Session, changed: str = "", **values: Any) -> dict[str, Any]:
    """The answer to the next intent of the page."""
    settings = plain_settings(session.spec, session.speed, session.differences) | values
    intent = {
        "session": session.id,
        "order": session.order + 1,
        "changed": changed,
        "settings": settings,
    }
    return answer_intent(sessions, intent)


def press(sessions: Sessions, session: Session, button: str) -> dict[str, Any]:
    return answer_button(sessions, button, session.id, NO_CLICKS | {button: 1})


def test_a_setting_reaches_the_experiment(sessions: Sessions, session: Session):
    answer = say(sessions, session, "width", width="9")
    assert answer["problems"] == []
    assert session.spec == START.but(width=9)
    assert session.trainer.settle().spec == START.but(width=9)
    assert answer["accepted"]["width"] == 9
    assert answer["order"] == 1


def test_live_settings_do_not_start_anew(sessions: Sessions, session: Session):
    before = session.trainer.settle()
    say(sessions, session, "learning_rate", learning_rate="0.02")
    say(sessions, session, "speed", speed="5")
    after = session.trainer.settle()
    assert after.spec == START.but(learning_rate=0.02)
    assert after.run == before.run
    assert session.speed == "5"


def test_what_is_wrong_is_named_and_changes_nothing(sessions: Sessions, session: Session):
    before = session.trainer.settle()
    answer = say(sessions, session, "width", width="abc", depth="7", speed="5")
    assert [problem["field"] for problem in answer["problems"]] == ["width"]
    assert (session.spec, session.speed) == (START, "max")
    assert session.trainer.latest is before
    assert "set" not in answer


def test_a_bad_speed_is_named(sessions: Sessions, session: Session):
    answer = say(sessions, session, "speed", speed="fast")
    assert [problem["field"] for problem in answer["problems"]] == ["speed"]
    assert session.speed == "max"


def test_an_older_intent_changes_nothing_but_is_still_checked(sessions: Sessions, session: Session):
    say(sessions, session, "width", width="9")
    late = {"session": session.id, "order": 1, "changed": "width"}
    assert answer_intent(sessions, late | {"settings": {"width": "5"}})["late"]
    assert session.spec.width == 9
    wrong = answer_intent(sessions, late | {"settings": {"width": "abc"}})
    assert [problem["field"] for problem in wrong["problems"]] == ["width"]
    preset = late | {"changed": "preset", "settings": {"preset": "1.4"}}
    assert answer_intent(sessions, preset)["late"]
    assert session.spec == START.but(width=9)


@pytest.mark.parametrize("order", [None, "1", 1.0, True, 0, -1, LAST_ORDER + 1, []])
def test_an_order_that_is_none_is_named(sessions: Sessions, session: Session, order: object):
    intent = {"session": session.id, "order": order, "settings": {"width": 9}}
    answer = answer_intent(sessions, intent)
    assert [problem["field"] for problem in answer["problems"]] == ["order"]
    assert session.spec == START


@pytest.mark.parametrize("settings", [None, [], "abc", 5])
def test_settings_that_are_none_are_named(sessions: Sessions, session: Session, settings: object):
    intent = {"session": session.id, "order": 1, "settings": settings}
    answer = answer_intent(sessions, intent)
    assert [problem["field"] for problem in answer["problems"]] == ["settings"]


def test_settings_that_there_are_not_are_named(sessions: Sessions, session: Session):
    for name in ("nonsense", "layer", "preset", "x" * 1000):
        extra: dict[str, Any] = {name: 1}
        answer = say(sessions, session, **extra)
        (problem,) = answer["problems"]
        assert problem["field"][:50] == name[:50]
        assert len(problem["message"]) < 200
    assert session.spec == START


def test_an_experiment_that_is_gone_is_told(sessions: Sessions):
    for session_id in ("nobody", None, 17, [], {}):
        answer = answer_intent(sessions, {"session": session_id, "order": 1, "settings": {}})
        assert answer["lost"]
        assert answer["problems"][0]["message"]
        assert answer_button(sessions, "play", session_id, NO_CLICKS)["lost"]


def test_touching_s_selects_the_normal_scheme(sessions: Sessions, session: Session):
    answer = say(sessions, session, "weight_variance", weight_variance="0.3")
    assert session.spec == START.but(init="normal", weight_variance=0.3)
    assert answer["set"]["init"] == "normal"


def test_touching_the_bias_variance_selects_fixed_biases(sessions: Sessions, session: Session):
    say(sessions, session, "bias", bias="zero")
    say(sessions, session, "bias_variance", bias_variance="0.5")
    assert session.spec == START.but(bias="fixed", bias_variance=0.5)


def test_touching_width_or_depth_ends_hidden_widths(sessions: Sessions, session: Session):
    say(sessions, session, "hidden", hidden="5,6")
    assert session.spec.sizes == (2, 5, 6, 2)
    say(sessions, session, "depth", depth="2")
    assert session.spec.sizes == (2, 4, 2)


def test_another_data_set_brings_classes_that_it_can_have(sessions: Sessions, session: Session):
    say(sessions, session, "dataset", dataset="spirals")
    say(sessions, session, "classes", classes="5")
    answer = say(sessions, session, "dataset", dataset="moons")
    assert (session.spec.dataset, session.spec.classes) == ("moons", 2)
    assert answer["set"]["classes"] == 2
    refused = say(sessions, session, "classes", classes="5")
    assert [problem["field"] for problem in refused["problems"]] == ["classes"]


def test_a_preset_brings_settings_and_view(sessions: Sessions, session: Session):
    intent = {
        "session": session.id,
        "order": 1,
        "changed": "preset",
        "settings": {"preset": "1.4"},
    }
    answer = answer_intent(sessions, intent)
    assert session.spec == PRESETS["1.4"].spec
    assert answer["set"]["depth"] == 11
    assert answer["view"]["mode"] == PRESETS["1.4"].view.mode
    for order, name in enumerate([None, "9.9", [], 5], start=2):
        wrong = intent | {"order": order, "settings": {"preset": name}}
        assert [p["field"] for p in answer_intent(sessions, wrong)["problems"]] == ["preset"]
    assert session.spec == PRESETS["1.4"].spec


def test_a_preset_starts_anew_also_where_its_settings_are_there_already(
    sessions: Sessions, session: Session
):
    # 2.5 and 2.6 are one network, looked at in two ways.
    for order, name in ((1, "2.5"), (2, "2.6")):
        settings = {"preset": name}
        intent = {"session": session.id, "order": order, "changed": "preset", "settings": settings}
        answer_intent(sessions, intent)
        assert session.trainer.settle().step == PRESETS[name].step
        press(sessions, session, "step")
        assert session.trainer.settle().step == PRESETS[name].step + 1


def test_play_pauses_what_trains(sessions: Sessions, session: Session):
    press(sessions, session, "play")
    assert session.trainer.settle().status == "training"
    press(sessions, session, "play")
    assert session.trainer.settle().status == "paused"


def test_step_is_one_mini_batch_and_rewind_the_same_start(sessions: Sessions, session: Session):
    start = session.trainer.settle()
    press(sessions, session, "step")
    assert session.trainer.settle().step == 1
    press(sessions, session, "rewind")
    again = session.trainer.settle()
    assert again.step == 0
    assert (again.theta == start.theta).all()


def test_reseed_draws_anew_and_seeds_never_run_out(sessions: Sessions, session: Session):
    start = session.trainer.settle()
    answer = press(sessions, session, "reseed")
    assert answer["set"]["seed"] == session.spec.seed == 1
    assert (session.trainer.settle().theta != start.theta).any()
    say(sessions, session, "seed", seed=str(MAX_SEED))
    press(sessions, session, "reseed")
    assert session.spec.seed == 0


@pytest.mark.parametrize("count", [-1, 1e9, 10**9, "abc", None, [], {}, True, 0.5])
@pytest.mark.parametrize("button", BUTTONS)
def test_clicks_that_are_none_press_nothing(
    sessions: Sessions, session: Session, button: str, count: object
):
    before = session.trainer.settle()
    answer = answer_button(sessions, button, session.id, NO_CLICKS | {button: count})
    assert [problem["field"] for problem in answer["problems"]] == [button]
    assert session.trainer.latest is before
    assert session.spec == START


def test_no_button_presses_nothing(sessions: Sessions, session: Session):
    before = session.trainer.settle()
    for button in (None, "nonsense", {}):
        assert answer_button(sessions, button, session.id, NO_CLICKS) == {"problems": []}
    assert session.trainer.latest is before


def test_an_opened_experiment_is_taken_as_a_whole_and_shown(sessions: Sessions, session: Session):
    wanted = START.but(width=9, init="normal", weight_variance=0.25, bias="zero", hidden=None)
    answer = say(sessions, session, "opened", **plain_settings(wanted, "max"))
    assert answer["problems"] == []
    assert session.spec == wanted  # a touched s, bias variance or width would have changed more
    assert answer["set"] == plain_settings(wanted, "max")


# Two networks side by side.


def test_differences_start_a_second_network_and_nothing_ends_it(
    sessions: Sessions, session: Session
):
    answer = say(sessions, session, "compare", compare="depth:4;init:normal")
    assert answer["problems"] == []
    assert answer["accepted"]["compare"] == "depth:4;init:normal"
    latest = session.trainer.settle()
    assert latest.spec == START
    assert latest.other is not None
    assert latest.other.spec == START.but(init="normal", depth=4)
    say(sessions, session, "compare", compare="")
    assert session.trainer.settle().other is None


def test_what_a_difference_brings_along_is_put_into_the_page(sessions: Sessions, session: Session):
    answer = say(sessions, session, "compare", compare="weight_variance:0.5")
    assert answer["set"]["compare"] == "init:normal;weight_variance:0.5"


def test_the_second_network_follows_the_first_one_s_settings(sessions: Sessions, session: Session):
    say(sessions, session, "compare", compare="init:normal;learning_rate:0.5")
    say(sessions, session, "width", width="9")
    say(sessions, session, "learning_rate", learning_rate="0.02")
    press(sessions, session, "reseed")
    latest = session.trainer.settle()
    first = START.but(width=9, learning_rate=0.02, seed=1)
    assert latest.spec == first
    assert latest.other is not None
    assert latest.other.spec == first.but(init="normal", learning_rate=0.5)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"compare": "init:heh"}, "compare:init"),
        ({"compare": "noise:0.3"}, "compare:noise"),
        ({"compare": ["init"]}, "compare"),
        ({"compare": None}, "compare"),
        ({"compare": "depth:32", "width": "200"}, "compare:width"),
        ({"compare": "depth:5", "width": "abc"}, "width"),
    ],
)
def test_bad_differences_are_named_and_change_nothing(
    sessions: Sessions, session: Session, changes: dict[str, Any], field: str
):
    say(sessions, session, "compare", compare="init:normal")
    before = session.trainer.settle()
    answer = say(sessions, session, "compare", **changes)
    assert field in [problem["field"] for problem in answer["problems"]]
    assert "set" not in answer
    assert answer["accepted"]["compare"] == "init:normal"
    assert session.trainer.latest is before


def test_a_first_network_beside_which_there_can_be_no_second_is_refused(
    sessions: Sessions, session: Session
):
    say(sessions, session, "compare", compare="depth:32")
    answer = say(sessions, session, "width", width="200")
    assert [problem["field"] for problem in answer["problems"]] == ["compare:width"]
    assert session.spec == START


def test_the_preset_of_two_networks_waits_with_both_at_step_zero(
    sessions: Sessions, session: Session
):
    press(sessions, session, "play")
    intent = {"session": session.id, "order": 1, "changed": "preset"}
    answer = answer_intent(sessions, intent | {"settings": {"preset": "1.2b-1.4"}})
    assert answer["set"]["compare"] == "init:he"
    latest = session.trainer.settle()
    assert (latest.status, latest.step) == ("paused", 0)
    assert latest.other is not None
    assert latest.other.spec == PRESETS["1.4"].spec
    answer_intent(sessions, intent | {"order": 2, "settings": {"preset": "1.4"}})
    assert session.trainer.settle().other is None


def touch(
    sessions: Sessions, session: Session, page: str, order: int, changed: str, **touched: Any
) -> dict[str, Any]:
    """The answer to an intent that holds only what was touched."""
    intent = {"session": session.id, "page": page, "order": order, "changed": changed}
    return answer_intent(sessions, intent | {"settings": touched})


def test_each_page_counts_its_own_intents_and_the_last_to_arrive_is_taken(
    sessions: Sessions, session: Session
):
    touch(sessions, session, "one", 900, "width", width="7")
    answer = touch(sessions, session, "two", 1, "width", width="9")  # loaded later: counts anew
    assert "late" not in answer
    assert session.spec.width == 9
    assert touch(sessions, session, "one", 899, "width", width="5")["late"]
    assert session.spec.width == 9


def test_a_page_takes_back_nothing_that_it_did_not_touch(sessions: Sessions, session: Session):
    touch(sessions, session, "one", 1, "width", width="7")
    touch(sessions, session, "two", 1, "depth", depth="4")
    press(sessions, session, "reseed")
    answer = touch(sessions, session, "one", 2, "learning_rate", learning_rate="0.02")
    accepted = {name: answer["accepted"][name] for name in ("width", "depth", "seed")}
    assert accepted == {"width": 7, "depth": 4, "seed": START.seed + 1}


def test_a_refused_value_does_not_stand_in_the_way_of_the_next_one(
    sessions: Sessions, session: Session
):
    refused = touch(sessions, session, "one", 1, "batch_size", batch_size="0")
    assert [problem["field"] for problem in refused["problems"]] == ["batch_size"]
    taken = touch(sessions, session, "one", 2, "width", width="9")
    assert taken["problems"] == []
    assert session.spec == START.but(width=9)


def test_a_refused_value_does_not_take_those_with_it_that_are_under_way_at_the_same_time(
    sessions: Sessions, session: Session
):
    both = {"batch_size": "0", "width": "9", "speed": "5"}
    answer = touch(sessions, session, "one", 1, "width", **both)
    assert [problem["field"] for problem in answer["problems"]] == ["batch_size"]
    assert (session.spec, session.speed) == (START.but(width=9), "5")
    speed = touch(sessions, session, "one", 2, "speed", speed="fast", depth="4")
    assert [problem["field"] for problem in speed["problems"]] == ["speed"]
    assert (session.spec, session.speed) == (START.but(width=9, depth=4), "5")


def test_an_experiment_that_is_opened_is_taken_as_a_whole_or_not_at_all(
    sessions: Sessions, session: Session
):
    answer = touch(sessions, session, "one", 1, "opened", batch_size="0", width="9")
    assert [problem["field"] for problem in answer["problems"]] == ["batch_size"]
    assert session.spec == START


def test_answers_are_counted_by_what_has_changed(sessions: Sessions, session: Session):
    first = touch(sessions, session, "one", 1, "width", width="7")
    same = touch(sessions, session, "one", 2, "width", width="7")
    seed = press(sessions, session, "reseed")
    speed = touch(sessions, session, "one", 3, "speed", speed="5")
    revisions = [answer["revision"] for answer in (first, same, seed, speed)]
    assert revisions == [1, 1, 2, 3]


@pytest.mark.parametrize("page", [5, None, ["x"], "x" * 65])
def test_a_page_without_a_sensible_name_is_refused(sessions: Sessions, session: Session, page: Any):
    answer = touch(sessions, session, page, 1, "width", width="7")
    assert [problem["field"] for problem in answer["problems"]] == ["page"]
    assert session.spec == START


def test_another_data_set_alone_brings_a_number_of_classes_that_it_has(
    sessions: Sessions, session: Session
):
    touch(sessions, session, "one", 1, "dataset", dataset="blobs", classes="5")
    answer = touch(sessions, session, "one", 2, "dataset", dataset="moons")
    assert answer["problems"] == []
    assert (session.spec.dataset, session.spec.classes) == ("moons", 2)


@pytest.mark.parametrize("unclear", [["learning_rate"], ["learning_rate", [], 7, "width"]])
def test_a_number_that_can_be_read_in_two_ways_is_named(
    sessions: Sessions, session: Session, unclear: list[object]
):
    settings = plain_settings(session.spec, session.speed, session.differences)
    intent = {
        "session": session.id,
        "order": 1,
        "changed": "learning_rate",
        "settings": settings | {"learning_rate": "1.250", "width": "9"},
        "unclear": unclear,
    }
    (problem,) = answer_intent(sessions, intent)["problems"]
    assert problem["field"] == "learning_rate"
    assert all("1.250" in said for said in problem["messages"].values())
    assert session.spec == START


@pytest.mark.parametrize("unclear", [None, 3, "learning_rate", {}])
def test_only_a_list_names_what_is_unclear(sessions: Sessions, session: Session, unclear: object):
    settings = plain_settings(session.spec, session.speed, session.differences)
    raw = settings | {"learning_rate": "1.250"}
    intent = {"session": session.id, "order": 1, "changed": "", "settings": raw}
    assert answer_intent(sessions, intent | {"unclear": unclear})["problems"] == []
    assert session.spec.learning_rate == 1.25


def dragged(session: Session, order: int, value: object, **others: object) -> None:
    take_dragged(session, {"page": "p", "order": order, "name": "width", "value": value} | others)


def test_a_dragged_setting_is_taken_at_once_and_its_intent_changes_nothing_more(
    sessions: Sessions, session: Session
):
    dragged(session, 1, "5")
    before = session.trainer.settle()
    assert before.spec.width == 5
    intent = {"session": session.id, "page": "p", "order": 1, "changed": "width"}
    answer = answer_intent(sessions, intent | {"settings": {"width": "5"}})
    assert "late" not in answer
    assert answer["accepted"]["width"] == 5
    assert session.trainer.settle().run == before.run


def test_an_intent_that_was_overtaken_by_a_drag_changes_nothing(
    sessions: Sessions, session: Session
):
    dragged(session, 3, "7")
    intent = {"session": session.id, "page": "p", "order": 2, "changed": "width"}
    assert answer_intent(sessions, intent | {"settings": {"width": "5"}})["late"]
    dragged(session, 2, "6")
    assert session.spec.width == 7


def test_a_drag_brings_along_what_makes_it_take_effect(session: Session):
    dragged(session, 1, "0.25", name="weight_variance")
    assert (session.spec.init, session.spec.weight_variance) == ("normal", 0.25)
    dragged(session, 2, "0.5", name="momentum")
    assert (session.spec.optimizer, session.spec.momentum) == ("momentum", 0.5)


@pytest.mark.parametrize("value", ["abc", "", None, [], "1e99", "-1"])
def test_a_drag_to_nonsense_changes_nothing(session: Session, value: object):
    before = session.spec
    dragged(session, 1, value)
    assert session.spec == before


@pytest.mark.parametrize("wrong", [{"name": "nobody"}, {"name": []}, {"order": True}, {"page": 3}])
def test_a_drag_that_is_no_such_message_is_refused(session: Session, wrong: dict[str, object]):
    with pytest.raises(SpecError):
        take_dragged(session, {"page": "p", "order": 1, "name": "width", "value": "5"} | wrong)
