"""Before the page stands: its first picture in a shell, which leaves no trace and moves nothing."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.serving import Server
from tests.browser.visit import until

pytestmark = pytest.mark.browser
PAINTED = "document.querySelector('.shell .picture')?.style.width !== ''"
STANDS = "window.cellscope?.frames > 0"
# What the screen shows, frame by frame: boxes of the picture and of the surfaces around it, and
# whether the picture is there; and every id that stood twice in the page at any time.
WATCH = """(() => {
  const parts = ['.top-bar', '.picture-place', '.picture-clip'];
  const box = node => Object.values(node.getBoundingClientRect().toJSON());
  const look = () => {
    const shell = document.querySelector('body > .shell'), host = shell ?? document;
    const picture = host.querySelector('canvas.picture');
    if (picture) {
      const boxes = parts.map(part => box(host.querySelector(part)));
      const painted = picture.style.width !== '';
      seen.push(JSON.stringify([document.documentElement.dataset.theme, painted, ...boxes]));
      if (shell) window.before = picture.toDataURL();
      else window.after ??= picture.toDataURL();
    }
    requestAnimationFrame(look);
  };
  const seen = window.seen = [], twice = window.twice = [];
  requestAnimationFrame(look);
  new MutationObserver(() => {
    const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
    twice.push(...ids.filter((id, k) => ids.indexOf(id) !== k));
  }).observe(document, {childList: true, subtree: true});
})()"""

Halfway = Callable[..., tuple[Page, Callable[[], None]]]


@pytest.fixture
def halfway(browser: Browser, server: Server) -> Iterator[Halfway]:
    """A page whose layout Dash gets only when it is let go on."""
    opened: list[Any] = []

    def visit(query: str, size: tuple[int, int] = (1280, 720), theme: Any = "light") -> Any:
        viewport: Any = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=viewport, color_scheme=theme, locale="en-GB")
        context.add_init_script(WATCH)
        page = context.new_page()
        opened.append(context)
        held: list[Route] = []
        frames: list[bytes] = []

        def note(payload: str | bytes) -> None:
            if isinstance(payload, bytes):
                frames.append(payload)

        page.on("websocket", lambda socket: socket.on("framereceived", note))
        page.route("**/_dash-layout", lambda route: held.append(route))
        page.goto(f"{server.url}?{query}", wait_until="commit")
        for _ in range(1500):
            if frames and held:
                break
            page.wait_for_timeout(20)
        page.wait_for_timeout(100)

        def go_on() -> None:
            for route in held:
                route.continue_()
            until(page, STANDS)
            page.wait_for_timeout(100)

        return page, go_on

    yield visit
    for context in opened:
        context.close()


@pytest.mark.parametrize(
    ("query", "size", "theme"),
    [
        ("", (1280, 720), "light"),
        ("lang=de", (1920, 1080), "dark"),
        ("hidden=8,8,8,8,8,8,8,8", (1280, 720), "light"),  # a wider strip
        ("theme=dark&mode=regions&lines=0&window=-1,1,-1,1", (1280, 720), "light"),
        ("lecture=1", (1280, 720), "dark"),
        ("hide=rail,right&lang=de", (1280, 720), "light"),
        ("", (820, 1180), "light"),
        ("lang=de", (390, 844), "dark"),
    ],
)
def test_the_first_picture_stands_where_it_stays(
    halfway: Halfway, query: str, size: tuple[int, int], theme: str
):
    page, go_on = halfway(query, size, theme)
    until(page, PAINTED)
    page.evaluate("requestAnimationFrame(() => seen.splice(0))")
    go_on()
    assert page.locator(".shell").count() == 0
    seen = page.evaluate("window.seen")
    assert len(seen) > 1
    assert len(set(seen)) == 1, sorted(set(seen))
    assert page.evaluate("window.twice") == []
    assert page.evaluate("window.before === window.after")


def test_nothing_of_the_shell_can_be_used_read_or_heard(halfway: Halfway):
    page, go_on = halfway("")
    until(page, PAINTED)
    assert page.evaluate("document.querySelectorAll('.shell [id], .shell [tabindex]').length") == 0
    assert page.evaluate("document.querySelector('.shell').inert")
    assert page.get_by_role("button").count() == 0
    assert page.locator(".shell").get_attribute("aria-hidden") == "true"
    said = "[...document.querySelectorAll('.shell *')].filter(e => !e.childElementCount"
    said += " && e.checkVisibility({visibilityProperty: true})).map(e => e.innerText).join('')"
    assert page.evaluate(said) == "Cellscope"  # no value, true or not
    go_on()


@pytest.mark.parametrize("query", ["sheet=1.4", "sheet=2.4&lecture=1", "sheet=1.1&lang=de"])
def test_a_question_that_waits_for_its_prediction_is_not_given_away(halfway: Halfway, query: str):
    page, go_on = halfway(query)
    assert not page.evaluate(PAINTED)
    go_on()
    assert page.evaluate("document.documentElement.hasAttribute('data-covered')")


@pytest.mark.parametrize("query", ["compare=init:normal", "controls=width,depth"])
def test_what_would_move_the_picture_waits_for_the_page(halfway: Halfway, query: str):
    page, go_on = halfway(query)
    assert not page.evaluate(PAINTED)
    go_on()
    assert page.locator(".shell").count() == 0


SAID = "document.querySelector('.no-scripts')?.checkVisibility({visibilityProperty: true})"


def test_where_scripts_do_not_come_a_sentence_says_so(browser: Browser, server: Server):
    with closing(browser.new_context(reduced_motion="reduce")) as context:
        page = context.new_page()
        page.route("**/dash_renderer*", lambda route: route.abort())
        page.goto(server.url)
        assert page.evaluate(SAID) is False
        page.evaluate("document.getAnimations().forEach(animation => animation.finish())")
        assert page.evaluate(SAID) is True
        page.unroute_all()
        page.goto(server.url)
        until(page, STANDS)
        assert page.locator(".no-scripts").count() == 0


@pytest.mark.parametrize("blocked", ["scripts", "styles"])
def test_without_scripts_or_styles_the_sentence_is_there_at_once(
    browser: Browser, server: Server, blocked: str
):
    with closing(browser.new_context(java_script_enabled=blocked != "scripts")) as context:
        page = context.new_page()
        if blocked == "styles":
            page.route("**/*.css*", lambda route: route.abort())
            page.route("**/*js*", lambda route: route.abort())
        page.goto(server.url)
        assert page.locator(".no-scripts").is_visible()
        assert not page.locator(".too-old").is_visible()  # of the style it can't be


PATIENT = """(() => {
  const later = window.setTimeout;
  window.setTimeout = (then, ms, ...more) => later(then, ms === 400 ? 1e5 : ms, ...more);
  new MutationObserver((_, looking) => {
    if (!document.getElementById('cells')) return;
    looking.disconnect();
    window.first = performance.getEntriesByName('first picture').length;
  }).observe(document, {childList: true, subtree: true});
})()"""


def test_the_page_is_built_once_the_picture_is_on_the_screen(browser: Browser, server: Server):
    """However long that takes here: its patience is lengthened."""
    with closing(browser.new_context()) as context:
        context.add_init_script(PATIENT)
        for _ in range(3):
            page = context.new_page()
            page.goto(server.url)
            until(page, STANDS)
            assert page.evaluate("window.first") == 1
