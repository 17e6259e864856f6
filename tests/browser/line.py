"""What lies between a page and its server, in a story's hands."""

import json
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from tests.browser.conftest import Open
from tests.browser.visit import Visit

EVERYTHING = ""


class Line:
    """Between page and server: holds messages, and says others in the server's place."""

    def __init__(self, page: Page) -> None:
        self.holds: str | None = None  # what a message holds that is not to arrive yet
        self.held: list[str | bytes] = []
        self.heard: list[dict[str, Any]] = []  # what the page said
        self.deaf = ""  # a type that the server is not to hear
        page.route_web_socket("**/stream**", self._opened)

    def _opened(self, socket: WebSocketRoute) -> None:
        self.socket = socket
        server = socket.connect_to_server()

        def arrive(message: str | bytes) -> None:
            if self._is_held(message):
                self.held.append(message)
            else:
                socket.send(message)

        def say(message: str | bytes) -> None:
            said = json.loads(message)
            self.heard.append(said)
            if said["type"] != self.deaf:
                server.send(message)

        server.on_message(arrive)
        socket.on_message(say)

    def _is_held(self, message: str | bytes) -> bool:
        if self.holds is None or isinstance(message, bytes):
            return self.holds == EVERYTHING
        return self.holds in message

    def tell(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def let_go(self) -> None:
        self.holds = None
        for message in self.held:
            self.socket.send(message)
        self.held.clear()

    def cut(self) -> None:
        self.socket.close(code=3001)


def reopened(visit: Open, query: str) -> tuple[Visit, Line]:
    page = visit("lang=en")
    line = Line(page.page)
    page.open(query)
    return page, line
