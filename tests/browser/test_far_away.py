"""Over a slow line pictures come packed, and are the same."""

import json
import socket
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Browser, WebSocket

from tests.browser.conftest import serving
from tests.browser.serving import Server
from tests.browser.visit import Visit

pytestmark = pytest.mark.browser
QUERY = "width=8&depth=3&samples=200"
SLOW = {"offline": False, "latency": 20, "downloadThroughput": 250_000, "uploadThroughput": 250_000}


class Line:
    """What a tab's socket brings: the kinds of binary messages."""

    def __init__(self, visit: Visit) -> None:
        self.kinds: list[str] = []
        visit.page.on("websocket", self._watch)

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._note)

    def _note(self, payload: Any) -> None:
        if isinstance(payload, bytes):
            length = int.from_bytes(payload[:4], "little")
            self.kinds.append(json.loads(payload[4 : 4 + length])["kind"])


def painted(visit: Visit) -> str:
    return visit.value("document.querySelector('#picture').toDataURL()")


def has_another_address() -> bool:
    """Linux has all of 127.0.0.0/8."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.2", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not has_another_address(), reason="one loopback address only")
def test_a_page_of_another_computer_gets_them_packed_and_shows_the_same(
    browser: Browser, server: Server
):
    """Any address but the usual ones of one's own computer is taken for another's."""
    pictures: list[str] = []
    kinds = {True: "frame", False: "packed"}
    with serving("--host", "127.0.0.2") as other:
        for url in (server.url, other.url):
            with closing(browser.new_context(viewport={"width": 1280, "height": 720})) as context:
                visit = Visit(context.new_page(), url)
                line = Line(visit)
                visit.open(QUERY)
                visit.until("window.cellscope.exact && window.cellscope.width > 401")  # sharp
                pictures.append(painted(visit))
                assert {"packed", "frame"} & {*line.kinds} == {kinds[url == server.url]}
                assert visit.complaints == []
                visit.leave()
    assert pictures[0] == pictures[1]


def test_where_pictures_come_late_they_come_packed_from_then_on(browser: Browser, server: Server):
    with closing(browser.new_context(viewport={"width": 1280, "height": 720})) as context:
        visit = Visit(context.new_page(), server.url)
        line = Line(visit)
        visit.open(QUERY)
        devtools = context.new_cdp_session(visit.page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", SLOW)
        assert "packed" not in line.kinds
        visit.page.click("#play")
        visit.until("window.cellscope.step > 0")
        for _ in range(200):
            if "packed" in line.kinds:
                break
            visit.page.wait_for_timeout(100)
        shown = visit.value("window.cellscope.frames")
        visit.until(f"window.cellscope.frames > {shown + 3}")
        assert line.kinds[-1] == "packed"
        assert visit.complaints == []
        visit.leave()
