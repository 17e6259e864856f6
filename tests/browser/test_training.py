import pytest

from tests.browser.conftest import Open
from tests.browser.serving import Server
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200"


def accuracy_above(share: float) -> str:
    return f"Number(document.querySelector('#accuracy-count').textContent) > {share}"


def test_a_student_plays_watches_steps_and_frames_rise_pauses_and_takes_single_steps(visit: Open):
    page = visit(SMALL)
    assert page.text("status") == "paused"
    start = page.picture_at_rest
    before = page.seen["frames"]
    page.play()
    page.until_status("training")
    page.until(f"window.cellscope.frames > {before + 10}")
    page.until("window.cellscope.step > 50")
    page.until_other("bars", page.bars)
    seen = page.seen
    assert seen["width"] >= 401
    assert seen["height"] >= 401
    assert seen["latencyMs"] >= 0
    page.pause()
    trained = page.picture_at_rest
    assert trained != start
    step = page.step
    assert page.seen["step"] == step > 50
    page.press("One step")
    page.until_step(f"=== {step + 1}")
    assert page.text("status") == "paused"


def test_rewind_brings_the_first_picture_back_and_a_new_draw_another(visit: Open):
    page = visit(SMALL)
    first, bars = page.picture_at_rest, page.bars
    page.play()
    page.until_step("> 100")
    page.press("Rewind")
    page.until_status("paused")
    page.until_step("=== 0")
    assert page.picture_at_rest == first
    page.until_same("bars", bars)
    page.press("New draw")
    page.until_link(seed="1")
    page.until_other("picture", first)
    assert page.step == 0
    assert page.settings["seed"] == "1"


def test_eleven_layers_diverge_under_n01_and_train_with_he(visit: Open):
    page = visit("sheet=1.2b&speed=max")
    assert page.settings["init"] == "normal"
    page.uncover()
    page.until("document.querySelectorAll('.film').length === 11")
    page.play()
    page.until_status("diverged")
    assert "diverged at step" in page.text("status")
    page.until("document.querySelector('#loss-count').textContent === 'NaN'")
    assert page.text("accuracy-count") == "–"
    assert page.text("verdict").startswith("Explodes: × ")
    page.press("Rewind")
    page.until_status("paused")
    page.until_step("=== 0")
    page.choose("init", "he")
    page.until_link(init="he")
    page.play()
    page.until(accuracy_above(0.9))
    assert page.page.get_attribute("#status", "data-value") == "training"


def test_a_shallow_net_under_n01_trains(visit: Open):
    page = visit("speed=max")
    page.choose("preset", "1.2a")
    page.uncover()
    page.until_link(depth="3", init="normal")
    page.play()
    page.until(accuracy_above(0.9))


def test_keys_play_step_rewind_and_choose_the_layer(visit: Open):
    page = visit(SMALL)
    keyboard = page.page.keyboard
    keyboard.press("ArrowRight")
    page.until_step("=== 1")
    keyboard.press(" ")
    page.until_status("training")
    keyboard.press(" ")
    page.until_status("paused")
    keyboard.press("r")
    page.until_step("=== 0")
    keyboard.press("3")
    page.until_link(layer="3")
    page.unfold("learning-rate")
    page.page.focus("#learning-rate")  # where one types, keys are text
    keyboard.press("1")
    keyboard.press("r")
    page.page.wait_for_timeout(200)
    assert page.link["layer"] == "3"
    assert page.step == 0


def test_a_hidden_tab_is_sent_nothing_and_goes_on_when_it_is_seen_again(visit: Open):
    page = visit(SMALL)
    page.play()
    page.until("window.cellscope.frames > 5")
    show(page, hidden=True)
    quiet = 0
    while quiet < 4:  # what was under way arrives; then nothing for a second
        received = page.messages
        page.page.wait_for_timeout(250)
        quiet = quiet + 1 if page.messages == received else 0
    frames, step = page.seen["frames"], page.step
    show(page, hidden=False)
    page.until(f"window.cellscope.frames > {frames + 5}")
    page.until_step(f"> {step}")


def show(page: Visit, *, hidden: bool) -> None:
    page.value(
        "value => { Object.defineProperty(document, 'hidden', {value, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        hidden,
    )


def test_a_link_to_a_trained_network_trains_it_with_its_progress_shown(visit: Open):
    page = visit(SMALL + "&step=30000")
    page.page.locator("#goal").filter(has_text="to step 30").wait_for()
    page.until_step("> 100")
    page.pause()
    page.page.locator("#goal").wait_for(state="hidden")
    assert page.step < 30000
    page.until_link(step=str(page.step))


def test_a_page_survives_the_servers_crash_and_says_so(visit: Open, own_server: Server):
    page = visit(SMALL + "&mode=regions", at=own_server)
    page.play()
    page.until_step("> 20")
    with page.no_server():
        own_server.kill()
        page.until_text("toast", "The server does not answer. Reconnecting")
        own_server.start()
        page.until_text("toast", "starts again at step 0")
    page.until_status("paused")
    page.until_step("=== 0")
    assert page.link["width"] == "8"
    assert page.link["mode"] == "regions"
    frames = page.seen["frames"]
    page.play()
    page.until_step("> 20")
    page.until(f"window.cellscope.frames > {frames + 5}")


def test_a_single_step_rings_the_points_it_has_learnt_from(visit: Open):
    page = visit(SMALL)
    page.page.click("#step")
    page.until_text("batch-text", "Ringed: the batch of step 1, 64 points")
    page.page.click("#step")
    page.until_text("batch-text", "Ringed: the batch of step 2")
    page.play()
    page.until("document.querySelector('#batch-text').textContent === ''")


def test_training_stops_at_a_step_by_itself_and_goes_on_from_there(visit: Open):
    page = visit(f"{SMALL}&tab=training&speed=max")
    page.page.fill("#stop-at", "137")
    page.page.keyboard.press("Enter")
    page.page.click("#play")  # it may have stopped before the page has said that it trains
    page.until_step("=== 137")
    page.until_status("paused")
    page.until_text("stop-at-readout", "Training stops here by itself.")
    chart = page.page.locator("#loss").bounding_box()
    page.play()
    page.until_step("> 300")
    page.pause()
    page.until_text("stop-at-readout", "Past: it stops there after a rewind.")
    page.page.click("#rewind")
    page.until_text("stop-at-readout", "Training stops there by itself.")
    assert page.page.locator("#loss").bounding_box() == chart
    page.page.click("#play")
    page.until_step("=== 137")
    page.until_status("paused")
    page.play()
    page.until_step("> 300")
    page.pause()
    page.page.fill("#stop-at", "soon")
    page.page.keyboard.press("Enter")
    page.until_text("stop-at-problem", "soon")
    page.page.fill("#stop-at", "")
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('#stop-at-problem').textContent === ''")
