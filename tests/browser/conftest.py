"""Servers, a browser, and pages that must end without a complaint."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser.serving import NO_BROWSER, Server, find_chromium
from tests.browser.visit import Visit

DESKTOP = (1280, 720)
# The last list of features counts: Playwright's own, and what costs a quarter of every visit here,
# the two pages behind the address bar of each window and a renderer that is kept ready.
WITHOUT = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
)


class Open(Protocol):
    """Opens a link in a browser of its own, that of another user."""

    def __call__(
        self,
        query: str = "",
        *,
        at: Server | None = None,
        size: tuple[int, int] = DESKTOP,
        locale: str = "en-GB",
    ) -> Visit: ...


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    chromium = find_chromium(playwright)
    if chromium is None:
        pytest.fail(NO_BROWSER, pytrace=False)
    # No sandbox: in a container there may be none, and it only ever sees our own page.
    # Where no graphics driver is, charts in space are drawn without one.
    arguments = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]
    arguments.append(f"--disable-features={','.join(WITHOUT)}")
    with playwright.chromium.launch(executable_path=chromium, args=arguments) as running:
        yield running


@contextmanager
def serving(*options: str) -> Generator[Server]:
    server = Server(*options)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def own_server() -> Iterator[Server]:
    """One that the test may end and start again."""
    with serving() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Open]:
    visits: list[Visit] = []
    with ExitStack() as contexts:

        def opened(
            query: str = "",
            *,
            at: Server | None = None,
            size: tuple[int, int] = DESKTOP,
            locale: str = "en-GB",
        ) -> Visit:
            viewport: Any = {"width": size[0], "height": size[1]}
            made = browser.new_context(viewport=viewport, locale=locale)
            context = contexts.enter_context(made)
            visits.append(Visit(context.new_page(), (at or server).url))
            visits[-1].open(query)
            return visits[-1]

        yield opened
        complaints = [complaint for one in visits for complaint in one.complaints]
        for one in visits:
            one.leave()
    assert not complaints
