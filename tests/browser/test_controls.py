import json
from urllib.parse import urlencode, urlsplit

import pytest

from tests.browser.conftest import Open
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200"


def test_the_data_controls_make_other_points(visit: Open):
    page = visit("dataset=blobs&width=4&depth=3&samples=200&mode=classes")
    for name, value, choose in (
        ("dataset", "spirals", page.choose),
        ("noise", "0.31", page.enter),
        ("samples", "120", page.enter),
        ("classes", "3", page.enter),
        ("data-seed", "7", page.enter),
    ):
        points = page.points
        choose(name, value)
        page.until_link(**{name.replace("-", "_"): value})
        page.until_other("points", points)
    assert page.text("data-summary") == "90 + 30 points"
    assert len({symbol for symbol, _, _ in json.loads(page.points)}) == 3
    page.choose("dataset", "moons")  # has two classes only, so that these follow
    page.until_link(dataset="moons", classes="2")
    assert page.settings["classes"] == "2"
    assert not page.problems


def test_the_network_controls_make_another_network(visit: Open):
    page = visit(SMALL)

    def sizes(expected: str) -> None:
        page.until(f"document.getElementById('network-summary').textContent.includes({expected!r})")

    page.enter("width", "5")
    sizes("2 → 5 ×2 → 2")
    page.enter("depth", "4")
    sizes("2 → 5 ×3 → 2")
    page.until("document.querySelectorAll('.film').length === 4")
    page.enter("hidden", "6,3")
    sizes("2 → 6 → 3 → 2")
    page.until("document.querySelectorAll('.film').length === 3")
    page.until_text("hidden-readout", "overrides")
    page.enter("width", "7")  # touching one of the two takes the widths back
    sizes("2 → 7 ×3 → 2")
    page.until("document.querySelector('#hidden').value === ''")
    for label, name in (
        ("tanh", "tanh"),
        ("linear", "identity"),
        ("leaky", "leaky_relu"),
        ("ReLU", "relu"),
    ):
        picture = page.picture
        page.click("activation", label)
        page.until_link(activation=name)
        said = "no activation" if name == "identity" else f"before {label}"
        page.until_text("moments-caption", said)
        page.until_other("picture", picture)


def test_the_initialisation_controls_change_bars_and_picture(visit: Open):
    page = visit(SMALL)

    def changes(control: str, value: str, **link: str) -> None:
        before = {"bars": page.bars, "picture": page.picture}
        (page.choose if control in ("init", "bias") else page.enter)(control, value)
        page.until_link(**link)
        for what, old in before.items():
            page.until_other(what, old)

    changes("init", "xavier", init="xavier")
    page.until("document.querySelector('#weight-variance').value === '0.125'")
    changes("weight-variance", "3", weight_variance="3", init="normal")
    assert page.settings["init"] == "normal"
    page.until_text("weight-variance-readout", "n·s/2 = 12 per layer")
    changes("bias", "zero", bias="zero")
    page.until_text("note", "zero biases")
    changes("bias-variance", "0.7", bias="fixed", bias_variance="0.7")
    assert page.settings["bias"] == "fixed"
    changes("seed", "5", seed="5")
    bars = page.bars
    page.click("side", "after a(·)")
    page.until_text("moments-caption", "after ReLU")
    page.until_other("bars", bars)


def test_rate_batch_and_speed_change_live_and_the_optimiser_starts_anew(visit: Open):
    page = visit(SMALL)
    page.play()
    page.until_step("> 30")
    page.pause()
    step = page.step
    page.enter("learning-rate", "0.03")
    page.until_link(learning_rate="0.03")
    page.enter("batch-size", "500")
    page.until_link(batch_size="500")
    page.until_text("batch-size-readout", "full batch: all 150 training points")
    assert page.step == step
    page.choose("speed", "20")
    page.until_link(speed="20")
    page.play()
    assert 10.0 < steps_per_second(page, 40) < 26.0
    page.click("optimizer", "Adam")
    page.until_link(optimizer="adam")
    page.until_step(f"< {step}")
    page.until_step("> 3")


def steps_per_second(page: Visit, steps: int) -> float:
    """By when the states that are seen were published, however late a busy page draws them."""
    return page.value(
        """steps => new Promise(done => {
            let first = null, frames = window.cellscope.frames;
            const look = () => {
                requestAnimationFrame(look);
                if (window.cellscope.frames === frames) return;
                frames = window.cellscope.frames;
                const { step, latencyMs } = window.cellscope;
                const seen = { step, published: performance.now() - latencyMs };
                first ??= seen;
                if (step - first.step < steps) return;
                done(1000 * (step - first.step) / (seen.published - first.published));
            };
            look();
        })""",
        steps,
    )


def test_picture_and_bars_follow_a_slider_while_it_is_dragged(visit: Open):
    page = visit()
    for slider in ("width", "weight-variance"):
        box = page.page.locator(f"#{slider}-slider").bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        before = page.settings[slider]
        share = page.value(
            "e => (e => (e.value - e.min) / (e.max - e.min))(document.getElementById(e))",
            f"{slider}-slider",
        )
        page.page.mouse.move(box["x"] + 7 + (box["width"] - 14) * share, middle)
        page.page.mouse.down()
        for part in (0.75, 0.6):
            picture, bars = page.picture, page.bars
            page.page.mouse.move(box["x"] + box["width"] * part, middle, steps=4)
            page.until_other("picture", picture)
            page.until_other("bars", bars)
        dragged = page.settings[slider]
        page.page.mouse.up()
        assert dragged != before
        page.until_link(**{slider.replace("-", "_"): dragged})
    assert page.settings["init"] == "normal"


DASH = "/_dash-update-component"
MOVE = """async ([id, values]) => {
    const slider = document.getElementById(id);
    for (const value of values) {
        slider.value = Math.log10(value);
        slider.dispatchEvent(new Event("input", {bubbles: true}));
        await new Promise(next => setTimeout(next)); // before the slider rests
    }
}"""


def test_while_a_slider_moves_pictures_come_and_dash_waits(visit: Open):
    page = visit()
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    before, picture = page.seen["version"], page.picture
    page.value(MOVE, ["width-slider", [*range(17, 25)]])
    assert DASH not in asked
    moved = page.settings["width"]
    assert moved == "24"
    page.until_other("picture", picture)
    page.until_link(width=moved)
    page.until("before => window.cellscope.version > before", before)
    assert page.settings["width"] == moved
    page.page.wait_for_timeout(500)  # it has rested
    assert asked.count(DASH) == 1


def test_a_slider_that_was_moved_and_moved_back_is_settled(visit: Open):
    page = visit()
    page.value(MOVE, ["width-slider", [20, 16]])
    page.until("performance.now() > 1000")
    page.enter("width", "17")
    page.until_link(width="17")
    page.page.click("#undo")
    page.until_link(width="16")
    assert page.settings["width"] == "16"


@pytest.mark.parametrize("reading", [0, 400])  # ms, before and after the slider rests
@pytest.mark.parametrize("typed", ["17", "16"])  # also what it was before
def test_a_number_typed_while_a_slider_s_is_under_way_counts(visit: Open, typed: str, reading: int):
    page = visit()
    page.value(MOVE, ["width-slider", [20]])
    page.page.focus("#width")
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type(typed)
    page.page.wait_for_timeout(reading)
    assert page.page.input_value("#width") == typed
    page.page.press("#width", "Enter")
    page.page.wait_for_timeout(500)  # by then it has rested
    page.until_link(width=typed)
    assert page.settings["width"] == typed
    page.page.reload()
    page.until("window.cellscope?.frames > 0")
    assert page.settings["width"] == typed


def test_what_is_selected_to_be_typed_over_stays_so_while_a_slider_comes_to_rest(visit: Open):
    page = visit()
    page.value(MOVE, ["width-slider", [20]])
    page.page.focus("#width")
    page.page.keyboard.press("Control+a")
    page.page.wait_for_timeout(600)  # by then it has rested
    page.page.keyboard.type("17")
    assert page.page.input_value("#width") == "17"


def test_a_preset_chosen_while_a_slider_moves_is_what_is_shown(visit: Open):
    page = visit("data_seed=3")
    page.value(MOVE, ["width-slider", [20, 24]])
    page.page.select_option("#preset", "2.2")
    page.until("document.getElementById('width').value === '16'")
    page.until_link(sheet="2.2", width="16")
    assert page.settings["width"] == "16"
    assert page.link["width"] == "16"


def test_the_menus_name_is_no_choice_while_a_question_is_open(visit: Open):
    page = visit("sheet=2.2")
    page.until("document.getElementById('preset').value === '2.2'")
    page.page.focus("#preset")
    page.page.keyboard.press("Home")
    page.until_link(sheet="1.1")
    page.page.keyboard.press("ArrowUp")
    assert page.value("document.getElementById('preset').value") == "1.1"
    page.page.keyboard.press("Escape")


def test_a_preset_chosen_just_as_a_slider_rests_is_what_is_shown(visit: Open):
    page = visit("data_seed=3")
    at_once = "([k, v]) => dash_clientside.set_props(k, {value: v})"  # Dash tells of both at once
    page.value(f"both => both.forEach({at_once})", [["width", "24"], ["preset", "2.2"]])
    page.until_link(sheet="2.2", width="16")
    page.until("document.getElementById('width').value === '16'")


def test_a_setting_changed_just_as_a_preset_is_shown_is_not_lost(visit: Open):
    page = visit("sheet=2.6")
    page.uncover()
    page.until("document.getElementById('preset').value === '2.6'")
    at_once = "([k, v]) => dash_clientside.set_props(k, {value: v})"  # Dash tells of both at once
    page.value(f"both => both.forEach({at_once})", [["preset", "2.6"], ["learning-rate", "50"]])
    page.until_link(learning_rate="50")


ALL = {
    "task": "classes",
    "dataset": "spirals",
    "noise": "0.07",
    "samples": "360",
    "classes": "3",
    "balance": "0.5",
    "test_share": "0.4",
    "data_seed": "4",
    "width": "9",
    "depth": "3",
    "hidden": "7,5",
    "features": "none",
    "batch_norm": "false",
    "activation": "tanh",
    "init": "normal",
    "weight_variance": "0.3",
    "bias": "like-weights",
    "bias_variance": "0.4",
    "seed": "11",
    "optimizer": "momentum",
    "learning_rate": "0.02",
    "batch_size": "20",
    "momentum": "0.8",
    "l1": "0.001",
    "l2": "0.002",
    "speed": "50",
    "layer": "3",
    "mode": "regions",
    "window": "-1,2.5,-2,1.5",
    "pixels": "301",
    "lines": "false",
    "points": "all",
    "theme": "dark",
    "lang": "en",
}


def test_a_shared_link_restores_everything_in_another_browser(visit: Open):
    mine = visit(urlencode(ALL))
    assert mine.link == ALL
    shown = {name.replace("_", "-"): value for name, value in ALL.items()}
    assert mine.settings.items() <= shown.items()
    assert len(mine.settings) >= 20
    mine.choose("init", "he")
    mine.until_link(init="he")
    mine.click("mode", "Classes")
    mine.until_link(mode="classes")
    theirs = visit(mine.page.url.split("?")[1])
    assert theirs.link == mine.link
    assert theirs.settings == mine.settings
    assert theirs.picture_at_rest == mine.picture_at_rest
    assert theirs.points == mine.points
    assert theirs.value("document.documentElement.dataset.theme") == "dark"
    assert not theirs.text("toast")


def test_what_is_wrong_in_a_link_is_named_and_the_rest_is_taken(visit: Open):
    wrong = "width=abc&dataset=mars&colour=red&window=5,-5,0,1&speed=7&layer=99&activation=bent"
    page = visit(f"{wrong}&depth=3")
    toast = page.text("toast")
    for named in ("abc", "mars", "colour", "Window", "99", "Speed", "leaky_relu"):
        assert named in toast
    assert {"width", "dataset", "layer"} <= page.problems.keys()
    assert page.page.get_attribute("#width", "aria-invalid") == "true"
    link = page.link
    assert (link["width"], link["dataset"], link["depth"]) == ("16", "moons", "3")
    assert (link["window"], link["layer"], link["speed"]) == ("-5,5,-5,5", "2", "200")
    page.page.click("#toast")
    assert not page.text("toast")


def test_bad_input_is_named_beside_its_control_while_training_goes_on(visit: Open):
    page = visit(SMALL)
    page.play()
    page.until_step("> 10")
    for control, value in (("width", "abc"), ("learning-rate", "-1"), ("samples", "1e9")):
        page.enter(control, value)
        page.until_text(f"{control}-problem", value)
        assert page.page.locator(f"#{control}-problem").is_visible()
        assert page.page.get_attribute(f"#{control}", "aria-invalid") == "true"
        step = page.step
        assert step > 10
        page.until_step(f"> {step}")
    page.enter("layer", "99")
    page.until_text("layer-problem", "99")
    page.enter("width", "8")
    page.enter("samples", "200")
    page.enter("learning-rate", "0.2")
    page.until_link(learning_rate="0.2")
    assert page.problems.keys() == {"layer"}
    page.page.click("#layer-buttons .film.chosen")  # the box shows its layer again
    page.until("!document.querySelector('#layer-problem').textContent")
    page.enter("layer", "99")
    page.until_text("layer-problem", "99")
    page.enter("layer", "1")
    page.until("!document.querySelector('#layer-problem').textContent")
    assert page.link["width"] == "8"
    assert page.step > step


SLOW_ANSWERS = """{
  const Real = WebSocket;
  window.late = []; // by how many milliseconds the next answers come late
  window.WebSocket = class extends Real {
    set onmessage(hear) {
      super.onmessage = (event) => {
        const answer = typeof event.data === "string" && JSON.parse(event.data).type === "looking";
        const late = answer ? window.late.shift() ?? 0 : 0;
        late ? setTimeout(() => hear(event), late) : hear(event);
      };
    }
  };
}"""


def test_what_is_typed_fast_on_a_busy_machine_keeps_its_order(visit: Open):
    page = visit(SMALL)
    page.page.evaluate(
        """() => {
          const real = window.setTimeout;
          window.setTimeout = (call, ms, ...rest) => real(call, Math.max(ms ?? 0, 60), ...rest);
        }"""
    )
    page.page.focus("#width")
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("0.0123456789", delay=15)
    assert page.page.input_value("#width") == "0.0123456789"


def test_an_answer_that_comes_late_brings_no_older_view_back(visit: Open):
    page = visit("depth=5&layer=2")
    page.page.context.add_init_script(SLOW_ANSWERS)
    page.page.reload()
    page.until("document.querySelectorAll('.film').length === 5")
    page.until("document.querySelector('.film.chosen .film-layer')?.textContent === '2'")
    page.page.evaluate("window.late.push(400, 2500)")
    page.page.click(".film >> nth=0")
    page.page.click(".film >> nth=2")
    page.page.wait_for_timeout(900)  # the answer to the first click is there, the second's not yet
    page.page.click("#tab-signal")  # tells the server once more what is looked at
    page.page.wait_for_timeout(2500)
    page.until_link(layer="3", tab="signal")
    assert page.value("document.querySelector('.film.chosen .film-layer').textContent") == "3"
    assert page.value("window.late") == []


def test_what_shows_classes_comes_back_with_them_after_a_regression(visit: Open):
    page = visit(f"{SMALL}&mode=classes")
    page.click("task", "Regression")
    page.until_link(mode="value")
    page.page.click("#undo")
    page.until_link(mode="classes", task="classes")


def test_the_marks_at_the_slider_of_s_are_of_the_widths_in_use(visit: Open):
    """n is that of the layers, also of a list; where they differ there is none."""
    marks = "[...document.querySelectorAll('.range .tick')].map((tick) => tick.textContent).join()"
    page = visit("hidden=64,64&init=normal&weight_variance=1&open=network")
    page.until(f"{marks} === '1/n,2/n,1'")
    page.page.click(".range .tick >> text=1/n")
    page.until_link(weight_variance="0.015625", hidden="64,64")
    page.enter("hidden", "64,8")
    page.until(f"{marks} === '1'")
    page.enter("hidden", "")
    page.until(f"{marks} === '1/n,2/n,1'")
    page.page.click(".range .tick >> text=1/n")
    page.until_link(weight_variance="0.0625")


def test_the_box_of_the_layer_names_the_one_on_screen_also_where_fewer_are_left(visit: Open):
    page = visit("width=6&depth=5&samples=200&layer=4")
    chosen = "document.querySelector('.film.chosen .film-layer').textContent"
    for depth, layer in (("2", "2"), ("1", "1"), ("5", "4")):  # with more it is back
        page.enter("depth", depth)
        page.until_link(depth=depth, layer=layer)
        page.until(f"{chosen} === '{layer}'")
        page.until(f"document.querySelector('input#layer').value === '{layer}'")
    page.enter("depth", "2")
    page.until_link(depth="2", layer="2")
    page.enter("layer", "3")
    page.until("document.querySelector('input#layer').value === '2'")
    page.page.locator("#layer-buttons button").first.click()
    page.until_link(layer="1")
    page.until("document.querySelector('input#layer').value === '1'")
    page.enter("depth", "5")
    page.until_link(depth="5", layer="1")
