"""What lies between page and server: losses are told, and the page shows what the server has."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import Open, serving
from tests.browser.proxying import proxied
from tests.browser.serving import Server
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
SMALL = "width=8&depth=3&samples=200"
CALLBACKS = "**/_dash-update-component*"
CHIP = "document.getElementById('status').textContent"
SEEN_WHOLE = """(name) => {
    const { x, right } = document.querySelector(name).getBoundingClientRect();
    const place = document.querySelector(".picture-place").getBoundingClientRect();
    return place.x <= x && right <= place.right;
}"""
BELOW = "/user/ann/proxy/8123"


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """One whose complaints do not count: the way to the server is bad."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        yield context.new_page()


def through(tab: Page, url: str, query: str = SMALL) -> Visit:
    page = Visit(tab, url)
    page.open(query)
    return page


DENIED = (
    "Object.defineProperty(window, '{}',"
    " {{get() {{ throw new DOMException('', 'SecurityError'); }}}})"
)


@pytest.mark.parametrize("refused", [["localStorage"], ["localStorage", "sessionStorage"]])
def test_where_nothing_may_be_kept_everything_runs(tab: Page, server: Server, refused: list[str]):
    for name in refused:
        tab.add_init_script(DENIED.format(name))
    page = through(tab, server.url)
    tab.click("#theme")
    page.enter("width", "9")
    page.until_link(width="9")
    page.play()
    page.until_step("> 5")
    assert not page.complaints


def test_below_a_path_everything_is_found(tab: Page, server: Server):
    with proxied(server.port, prefix=BELOW) as proxy:
        page = through(tab, proxy.url)
        assert page.url.endswith(f"{BELOW}/")
        page.enter("width", "9")
        page.until_link(width="9")
        assert f"{BELOW}/?" in tab.url
        page.play()
        page.until_step("> 5")
        page.pause()
        with tab.expect_download() as download:
            tab.click("#export > summary")
            tab.click("#save-json")
        assert download.value.suggested_filename.endswith(".json")
        tab.click("#theory")
        tab.wait_for_selector("mjx-container")
        assert not page.complaints


@pytest.mark.parametrize(
    ("habit", "said"), [("host", "asked as 127.0.0.1"), ("no-upgrade", "WebSocket")]
)
def test_a_proxy_s_fault_is_said_on_the_page_and_once_in_the_log(
    tab: Page, own_server: Server, habit: Any, said: str
):
    with proxied(own_server.port, habit) as proxy:
        tab.goto(proxy.url)
        tab.locator("#stale").filter(has_text=said).wait_for()
        tab.locator("#toast").filter(has_text=said).wait_for()
        assert tab.evaluate(SEEN_WHOLE, "#stale")
        tab.wait_for_timeout(3000)  # further tries, of which no more is said
        assert tab.inner_text("#status") == "no connection"
    lines = [line for line in own_server.said[1:] if "127.0.0.1" in line]
    assert len(lines) == 1
    assert proxy.url.strip("/") in lines[0]
    del own_server.said[1:]


PROXYS_PAGE = "<html><body><h1>nginx</h1></body></html>"
TOO_LARGE, AT_ITS_LIMITS = "too large for a proxy", "status 502 from a proxy"


@pytest.mark.parametrize(("status", "said"), [(413, TOO_LARGE), (502, AT_ITS_LIMITS)])
def test_what_a_proxy_does_not_pass_on_is_said_to_be_its_doing(
    tab: Page, server: Server, tmp_path: Path, status: int, said: str
):
    def stop(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body=PROXYS_PAGE)

    through(tab, server.url)
    tab.route(re.compile(r"/(open\?|own-data\?|compare\?|export/|theory/)"), stop)
    network, table = tmp_path / "mine.npz", tmp_path / "points.csv"
    network.write_bytes(b"PK")
    table.write_text("1,2,0\n2,1,1\n")
    tab.set_input_files("#open-files", network)
    tab.locator("#toast").filter(has_text=said).wait_for()
    tab.locator("#toast button").click()
    tab.set_input_files("#open-files", table)
    tab.locator("#toast").filter(has_text=said).wait_for()
    tab.click("#export > summary")
    tab.click("#save-json")
    tab.locator("#toast").filter(has_text=f"tatus {status}").wait_for()
    tab.click("#code")
    tab.set_input_files("#code-upload", table)
    tab.locator("#code-answer").filter(has_text=said).wait_for()
    tab.keyboard.press("Escape")
    tab.click("#theory")
    tab.locator("#theory-text").filter(has_text=f"tatus {status}").wait_for()
    assert "nginx" not in tab.inner_text("body")


def test_a_path_that_dies_in_its_sleep_is_noticed_and_a_click_is_not_lost(
    tab: Page, server: Server
):
    with proxied(server.port) as proxy:
        page = through(tab, proxy.url)
        page.play()
        page.until_step("> 5")
        proxy.freeze()
        frames = page.seen["frames"]
        tab.click("#play")
        page.until("document.documentElement.dataset.connection === 'lost'")
        page.until(f"{CHIP} === 'no connection'")
        page.until_status("paused")
        page.until(f"window.cellscope.frames > {frames}")
        page.until("document.getElementById('stale').hidden")


def test_what_is_typed_while_the_server_is_down_is_told_and_set_when_it_is_back(
    visit: Open, own_server: Server
):
    page = visit(SMALL, at=own_server)
    page.play()
    page.until_step("> 5")
    with page.no_server():
        own_server.kill()
        page.until(f"{CHIP} === 'no connection'")
        page.until_text("stale", "The picture is that of step")
        page.enter("width", "11")
        page.until_text("toast", "this setting is made once it does")
        own_server.start()
        page.until_link(width="11")
        page.until_text("toast", "The server was restarted.")
    page.until_status("paused")
    assert page.settings["width"] == "11"


def lose(route: Route) -> None:
    route.abort()


def test_a_request_that_is_lost_is_told_and_a_setting_is_sent_again(visit: Open):
    page = visit(SMALL)
    with page.no_server():
        page.page.route(CALLBACKS, lose)
        page.page.click("#play")
        page.until_text("toast", "this was not done")
        page.enter("width", "11")
        page.until_text("toast", "this setting is made once")
        page.page.unroute(CALLBACKS)
        page.until_link(width="11")
    page.until_status("paused")
    assert page.settings["width"] == "11"


def test_what_is_never_taken_goes_back_to_what_the_server_has(visit: Open):
    page = visit(SMALL)
    with page.no_server():
        page.page.route(CALLBACKS, lambda route: route.fulfill(status=502, body="bad gateway"))
        page.enter("width", "11")
        page.until_text("toast", "has not taken this setting")
        page.page.unroute(CALLBACKS)
    assert page.settings["width"] == "8"
    page.enter("width", "12")
    page.until_link(width="12")


def test_a_new_draw_while_a_setting_is_under_way_is_shown(visit: Open):
    page = visit(f"{SMALL}&seed=0")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.page.route(CALLBACKS, hold_the_first)
    page.enter("width", "11")
    page.page.click("#reseed")
    page.until_link(seed="1")
    assert page.settings["seed"] == "1"
    held[0].continue_()
    page.until_link(seed="1", width="11")
    assert page.settings["width"] == "11"


def test_a_refused_box_is_in_the_way_of_no_later_setting(visit: Open):
    page = visit(SMALL)
    page.enter("batch-size", "0")
    page.until("document.getElementById('batch-size-problem').textContent")
    page.enter("width", "11")
    page.until_link(width="11")
    assert "batch-size" in page.problems
    page.enter("batch-size", "7")
    page.until_link(batch_size="7")
    page.until("!document.getElementById('batch-size-problem').textContent")


def tab_beside(page: Visit) -> Visit:
    """A second tab on the same experiment, as when a tab is duplicated."""
    with page.page.context.expect_page() as opened:
        page.page.evaluate("window.open(location.href)")
    second = Visit(opened.value, page.url)
    second.until("window.cellscope?.frames > 0")
    return second


def test_two_tabs_of_one_experiment_both_show_what_it_is_set_to(visit: Open):
    page = visit(SMALL)
    second = tab_beside(page)
    page.enter("width", "11")
    second.until_link(width="11")
    second.enter("depth", "4")
    page.until_link(width="11", depth="4")
    for one in (page, second):
        assert (one.settings["width"], one.settings["depth"]) == ("11", "4")
    page.play()
    page.until_step("> 20")
    second.page.reload()
    second.until("window.cellscope?.frames > 0")
    second.until_step("> 20")
    second.page.close()
    page.until_status("training")


def test_what_is_being_typed_is_not_written_over_by_another_tab(visit: Open):
    page = visit(SMALL)
    second = tab_beside(page)
    page.page.fill("#width", "1")
    page.page.fill("#noise", "0.3")  # what was typed before is entered
    page.until_link(width="1")
    second.enter("noise", "0.2")
    page.until_link(noise="0.2")
    assert page.page.input_value("#noise") == "0.3"
    page.page.press("#noise", "Enter")
    second.until_link(noise="0.3", width="1")
    assert page.settings["noise"] == "0.3"


def test_a_full_server_says_so_and_nothing_else(tab: Page, visit: Open):
    with serving("--max-sessions", "1") as small:
        visit(SMALL, at=small)
        tab.goto(small.url)
        tab.locator("#stale").filter(has_text="places for experiments are taken").wait_for()
        tab.click("#play")
        tab.wait_for_timeout(1500)
        said = tab.inner_text("body")
        assert "Reconnecting" not in said
        assert not re.search("restarted|ended", said)


def test_where_there_is_no_experiment_none_is_kept(tab: Page, visit: Open, tmp_path: Path):
    with serving("--max-sessions", "1", "--data", str(tmp_path)) as small:
        visit(SMALL, at=small)
        tab.goto(small.url)
        tab.locator("#stale").filter(has_text="places for experiments are taken").wait_for()
        for button in ("keep-here", "private-link"):
            tab.evaluate(f"document.querySelector('#{button}').click()")
            tab.locator("#toast").filter(has_text="this was not done").wait_for()
            tab.click("#toast")
        assert tab.evaluate("localStorage.getItem('cellscope-mine')") is None


def test_an_address_escaped_twice_is_taken_whole_in_its_own_language(tab: Page, server: Server):
    tab.goto(f"{server.url}?width=9&amp;amp;depth=4&amp;lang=de&utm_source=moodle&seed=3.")
    page = Visit(tab, server.url)
    page.until("window.cellscope?.frames > 0")
    page.until_link(width="9", depth="4", seed="3", lang="de")
    assert page.text("toast") == ""
    assert "utm_source" not in page.link


@pytest.mark.parametrize("end", [".", ")", "&lang=de."])
def test_what_a_sentence_puts_behind_an_address_is_no_part_of_it(
    tab: Page, server: Server, end: str
):
    tab.goto(f"{server.url}?depth=4&width=9{end}")
    page = Visit(tab, server.url)
    page.until("window.cellscope?.frames > 0")
    spoken = "de" if "de" in end else "en"
    page.until_link(width="9", depth="4", lang=spoken)
    assert page.text("toast") == ""
    assert page.value("document.documentElement.lang") == spoken
