"""A page as its user sees it: what it says, and what can be done with it.

Everything waits for a condition, never for a time. What the page must not do while it is open,
complain in the console, fail a request or talk to another host, is noted and checked at the end.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response, WebSocket

PATIENCE_MS = 30_000
GRAPH = "document.querySelector('#cells .js-plotly-plot')"
# Plotly has drawn what belongs over the picture; under a cover there is nothing to be drawn.
AXES = (
    f"{GRAPH}?.data && ({GRAPH}.data.length > 0"
    " || document.documentElement.hasAttribute('data-covered'))"
)
# The heatmap stands in for the canvas once nothing moves any more.
AT_REST = f"{GRAPH}?.data?.[0]?.visible === true && {GRAPH}.data[0].z.length > 1"


PATIENCE_S = 30.0


def holds(page: Page, condition: str, argument: object = None) -> bool:
    """Whether a condition is true now; of a page that is just leaving it is not."""
    try:
        return bool(page.evaluate(condition, argument))
    except Error as error:
        if "Execution context was destroyed" not in error.message:
            raise
        return False


def until(
    page: Page, condition: str, argument: object = None, *, timeout: float = PATIENCE_S
) -> None:
    """Ask the page again and again: its policy forbids what Playwright's own waiting does."""
    end = time.monotonic() + timeout
    while not holds(page, condition, argument):
        if time.monotonic() > end:
            raise TimeoutError(f"Timeout {timeout} s exceeded: {condition}")
        page.wait_for_timeout(20)


STATUS = "document.querySelector('#status')?.dataset.value"
SLOW_IN_SPACE = ("GL Driver Message (OpenGL, Performance", "willReadFrequently")


class Visit:
    """One tab on Cellscope. `complaints` is what it must not have had to say."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.host = urlsplit(url).netloc
        self.complaints: list[str] = []
        self.messages = 0  # that came over the socket
        self.outage = False
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._complain(f"page error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("websocket", self._socket)

    def _complain(self, complaint: str) -> None:
        if not self.outage:
            self.complaints.append(complaint)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "warning" and any(said in message.text for said in SLOW_IN_SPACE):
            return  # what the browser says of its own pace
        self._complain(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        late = any(name in request.url for name in ("_favicon.ico", "async-mathjax.js"))
        if (late or request.resource_type == "font") and request.failure == "net::ERR_ABORTED":
            return  # the page was left before it came
        self._complain(f"failed: {request.url}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.netloc != self.host and parts.scheme not in ("data", "blob"):
            self._complain(f"to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self._complain(f"status {response.status}: {response.url}")

    def _socket(self, socket: WebSocket) -> None:
        if urlsplit(socket.url).netloc != self.host:
            self._complain(f"to another host: {socket.url}")
        socket.on("framereceived", self._count)

    def _count(self, _payload: str | bytes) -> None:
        self.messages += 1

    @contextmanager
    def no_server(self) -> Generator[None]:
        """Meanwhile the browser may say that it cannot connect."""
        self.outage = True
        try:
            yield
        finally:
            self.outage = False

    def open(self, query: str = "") -> None:
        """Open a link and wait for the first picture, its axes and its charts."""
        self.page.goto(f"{self.url}?{query}" if query else self.url)
        self.until("window.cellscope?.frames > 0")
        self.until(AXES)
        self.until("document.querySelector('#loss-count').textContent !== '–'")

    def leave(self) -> None:
        """Pause: an experiment that is left trains on for ten seconds, on the next test's core."""
        with suppress(Error, TimeoutError):  # whatever has become of the page
            if self.value(f"{STATUS} === 'training' && !document.querySelector('#play').click()"):
                until(self.page, f"{STATUS} !== 'training'", timeout=2.0)

    # What the page says

    def until(self, condition: str, argument: object = None) -> None:
        """Wait for a JavaScript expression, or a function of the argument, to be true."""
        until(self.page, condition, argument)

    def value(self, expression: str, argument: object = None) -> Any:
        return self.page.evaluate(expression, argument)

    def settled(self, expression: str, *, apart_ms: float = 300.0) -> Any:
        """Its value once it is the same twice: of what goes on for a moment after a hand."""
        before = self.value(expression)
        while True:
            self.page.wait_for_timeout(apart_ms)
            now = self.value(expression)
            if now == before:
                return now
            before = now

    def text(self, element: str) -> str:
        return self.page.inner_text(f"#{element}")

    def until_text(self, element: str, part: str) -> None:
        self.page.locator(f"#{element}").filter(has_text=part).wait_for()

    @property
    def seen(self) -> dict[str, Any]:
        return self.value("({...window.cellscope})")

    @property
    def step(self) -> int:
        return int(self.page.get_attribute("#step-count", "data-value") or "")

    def until_step(self, condition: str) -> None:
        self.until(f"Number(document.querySelector('#step-count').dataset.value) {condition}")

    def until_status(self, status: str) -> None:
        self.page.wait_for_selector(f"#status[data-value={status}]")

    @property
    def link(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.page.url).query, keep_blank_values=True))

    def until_link(self, **expected: str) -> None:
        """Wait until the address holds these settings."""
        for name, value in expected.items():
            self.until(f"new URLSearchParams(location.search).get('{name}') === '{value}'")

    @property
    def problems(self) -> dict[str, str]:
        """Control -> what is said to be wrong with it."""
        return self.value(
            "Object.fromEntries([...document.querySelectorAll('[id$=-problem]')]"
            ".filter(e => e.textContent).map(e => [e.id.slice(0, -8), e.textContent]))"
        )

    @property
    def settings(self) -> dict[str, str]:
        """What every control shows."""
        return self.value(
            "Object.fromEntries(JSON.parse(document.getElementById('cellscope-data').textContent)"
            ".controls.map(c => [c.id, document.querySelector("
            "`input#${c.id}, select#${c.id}, #${c.id} input:checked`)?.value])"
            ".filter(([, value]) => value !== undefined))"
        )

    @property
    def picture(self) -> str:
        """The picture on the screen as it is now."""
        return self.value("document.querySelector('#picture').toDataURL()")

    @property
    def picture_at_rest(self) -> str:
        """The picture once nothing moves any more: one point for each pixel of the screen."""
        self.until(AT_REST)
        return self.picture

    @property
    def bars(self) -> str:
        return self.value(f"({BARS})()")

    @property
    def points(self) -> str:
        return self.value(f"({POINTS})()")

    def until_other(self, what: str, before: str) -> None:
        """Wait until "picture", "bars" or "points" are not any more what they were."""
        self.until(f"before => ({CODE[what]})() !== before", before)

    def until_same(self, what: str, before: str) -> None:
        """Wait until they are what they were."""
        self.until(f"before => ({CODE[what]})() === before", before)

    # What can be done with it

    def press(self, name: str) -> None:
        """A button, by what it is called."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def play(self) -> None:
        self.press("Play")
        self.until("document.querySelector('#status').dataset.value !== 'paused'")

    def pause(self) -> None:
        self.press("Pause")
        self.until_status("paused")

    def uncover(self) -> None:
        """Look at a question's experiment without a prediction."""
        self.press("Show without predicting")
        self.until("!document.documentElement.hasAttribute('data-covered')")

    def unfold(self, control: str) -> None:
        """Open the section that a control is folded into, by its head."""
        section = self.page.locator(f"details.group:not([open]):has(#{control}) > summary")
        if section.count():
            section.click()

    def choose(self, control: str, value: str) -> None:
        """An entry of a menu."""
        self.unfold(control)
        self.page.select_option(f"#{control}", value)

    def click(self, control: str, label: str) -> None:
        """A segment of a row."""
        self.unfold(control)
        self.page.locator(f"#{control}").get_by_text(label, exact=True).click()

    def enter(self, control: str, value: str) -> None:
        """Text into a number box, and Enter."""
        self.unfold(control)
        self.page.fill(f"#{control}", value)
        self.page.press(f"#{control}", "Enter")

    def plot_point(self, x: float, y: float) -> tuple[float, float]:
        """Where data coordinates are on the screen."""
        px, py = self.value(
            f"(() => {{ const {{xaxis, yaxis}} = {GRAPH}._fullLayout;"
            f" const box = {GRAPH}.getBoundingClientRect();"
            f" return [box.left + xaxis._offset + xaxis.d2p({x}),"
            f" box.top + yaxis._offset + yaxis.d2p({y})]; }})()"
        )
        return px, py


PICTURE = "() => document.querySelector('#picture').toDataURL()"
BARS = (
    "() => JSON.stringify(document.querySelector('#moments .js-plotly-plot')"
    ".data.map(trace => trace.y))"
)
POINTS = (
    f"() => JSON.stringify({GRAPH}.data.slice(1).map(trace =>"
    " [trace.marker.symbol, Array.from(trace.x).slice(0, 20), trace.x.length]))"
)
CODE = {"picture": PICTURE, "bars": BARS, "points": POINTS}
