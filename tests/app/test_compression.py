"""What the page weighs on its way: compressed once, kept where its address has a version."""

import gzip
import json
import re

import httpx
import pytest
from plotly.offline import get_plotlyjs_version

from cellscope.app.server.compression import Compressed
from cellscope.app.server.scripts import ASSETS, PLOTLY, PLOTLY_ADDRESS
from tests.app.conftest import Server, in_loop

PLAIN = {"Accept-Encoding": "identity"}
PANE = "/assets/modules/picture/pane.mjs"


def weight(server: Server, path: str, accept: str) -> tuple[int, httpx.Response]:
    """Bytes on the wire, and the answer."""
    with httpx.stream("GET", server.url + path, headers={"Accept-Encoding": accept}) as answer:
        raw = b"".join(answer.iter_raw())
        return len(raw), answer


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/_dash-layout",
        "/_dash-dependencies",
        PANE,
        PLOTLY_ADDRESS,
    ],
)
def test_what_the_page_consists_of_is_sent_in_gzip(server: Server, http: httpx.Client, path: str):
    http.get("/")
    packed, answer = weight(server, path, "gzip")
    plain, other = weight(server, path, "identity")
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["vary"]
    assert "content-encoding" not in other.headers
    assert packed < 0.5 * plain


def test_both_forms_have_the_same_content(http: httpx.Client):
    packed = http.get(PANE)
    assert packed.text == http.get(PANE, headers=PLAIN).text
    assert packed.text == (ASSETS / "modules/picture/pane.mjs").read_text(encoding="utf-8")


def test_a_content_is_compressed_once_and_old_ones_make_room(monkeypatch: pytest.MonkeyPatch):
    calls: list[bytes] = []

    def counted(content: bytes, _level: int, *, mtime: int) -> bytes:
        calls.append(content)
        return content[:100]

    monkeypatch.setattr(gzip, "compress", counted)
    monkeypatch.setattr("cellscope.app.server.compression.KEPT_BYTES", 250)
    compressed = Compressed(None)  # pyright: ignore[reportArgumentType]

    async def story() -> None:
        for k in (0, 0, 1, 2, 0):
            await compressed.compress(bytes([k]) * 2000)

    in_loop(story())
    assert [content[0] for content in calls] == [0, 1, 2, 0]
    assert compressed.bytes == sum(map(len, compressed.kept.values())) <= 250


def test_a_file_that_did_not_change_is_not_sent_again(http: httpx.Client):
    first = http.get(PANE)
    known = {"If-None-Match": first.headers["etag"]}
    again = http.get(PANE, headers=known)
    assert again.status_code == 304


def test_every_module_of_a_small_page_carries_its_version_and_is_kept_for_good(http: httpx.Client):
    page = http.get("/lab").text
    found = re.search(r'<script type="importmap">(.*?)</script>', page)
    assert found
    modules = json.loads(found[1])["imports"]
    assert {name.removeprefix("./assets/") for name in modules} == {
        path.relative_to(ASSETS).as_posix() for path in (ASSETS / "modules").rglob("*.mjs")
    }
    for name, address in modules.items():
        assert address.startswith(f"{name}?m=")
    kept = http.get(modules["./assets/modules/picture/pane.mjs"][1:]).headers["cache-control"]
    assert "immutable" in kept
    assert http.get(PANE).headers["cache-control"] == "no-cache"
    assert http.get("/assets/nothing.mjs?m=1").headers["cache-control"] == "no-cache"


def test_plotly_is_the_small_bundle_of_the_version_that_the_package_has(http: httpx.Client):
    script = http.get(PLOTLY_ADDRESS).text
    version = get_plotlyjs_version()
    assert f"plotly.js (cartesian - minified) v{version}" in script[:200]
    assert version in PLOTLY.name
