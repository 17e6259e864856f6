"""What a stranger can send over HTTP: one clear line, never a 500, and training goes on."""

import io
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from cellscope.app.settings.controls import CONTROLS
from cellscope.model.cells.picture.palette import lecture_colours
from tests.app.conftest import Page, Server, in_loop, opened

PATH = "/_dash-update-component"
NONSENSE: list[Any] = [-1, 0, 1e9, "abc", None, [], {}, True, "x" * 10_000, "NaN", "-1e-06"]
SETTINGS = [c.name for c in CONTROLS if c.group != "view" or c.name == "speed"]


async def picture(page: Page) -> dict[str, Any]:
    """The header of the next frame."""
    header, _ = await page.frame()
    return header


def intent_body(data: Any) -> dict[str, Any]:
    return {
        "output": "outcome.data",
        "outputs": {"id": "outcome", "property": "data"},
        "inputs": [{"id": "intent", "property": "data", "value": data}],
        "state": [],
        "changedPropIds": ["intent.data"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b"{}",
        b"true",
        b"17",
        b'"abc"',
        b'{"output": NaN}',
        b'{"output": Infinity}',
        b'{"output": 5}',
        b'{"output": "nobody.data"}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(intent_body({}) | {"inputs": {}}).encode(),
        json.dumps(intent_body({}) | {"inputs": [1]}).encode(),
        json.dumps(intent_body({}) | {"inputs": []}).encode(),
        json.dumps(intent_body({}) | {"state": "x"}).encode(),
        json.dumps(intent_body({}) | {"changedPropIds": [{}]}).encode(),
        json.dumps(intent_body({}) | {"changedPropIds": {"a": 1}}).encode(),
        json.dumps(intent_body({}) | {"outputs": []}).encode(),
        json.dumps(intent_body({}) | {"outputs": {"id": "status", "property": "x"}}).encode(),
        json.dumps(intent_body({}) | {"more": 1}).encode(),
    ],
)
def test_a_body_that_is_no_callback_request_is_refused_in_one_line(http: httpx.Client, body: bytes):
    answer = http.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text
    assert len(answer.json()["error"].splitlines()) == 1


def test_a_body_of_ten_megabytes_is_refused(http: httpx.Client):
    body = json.dumps(intent_body("x" * 10_000_000))
    answer = http.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("intent", NONSENSE, ids=lambda value: repr(value)[:20])
def test_an_intent_of_the_wrong_kind_is_named(http: httpx.Client, intent: Any):
    answer = http.post(PATH, json=intent_body(intent))
    assert answer.status_code == 200
    outcome = answer.json()["response"]["outcome"]["data"]
    assert outcome.get("lost") or outcome["problems"]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_bad_value_is_named_with_its_field_and_the_experiment_goes_on(
    server: Server, http: httpx.Client, name: str
):
    async def story() -> None:
        async with opened(server, "speed=max") as (page, welcome):
            before = await picture(page)
            for order, value in enumerate(["abc", {}, [[]], True, "x" * 10_000], start=1):
                if value is True and name == "batch_norm":
                    continue  # the one setting that is a switch
                intent = {
                    "session": welcome["session"],
                    "order": order,
                    "changed": name,
                    "settings": welcome["settings"] | {name: value},
                }
                answer = http.post(PATH, json=intent_body(intent))
                assert answer.status_code == 200
                problems = answer.json()["response"]["outcome"]["data"]["problems"]
                assert name in [problem["field"] for problem in problems]
                assert all(len(problem["message"]) < 400 for problem in problems)
            await page.say(type="view", pixels=31)
            assert (await picture(page))["run"] == before["run"]

    in_loop(story())


def test_the_other_addresses_answer_with_what_they_are(http: httpx.Client):
    health = http.get("/healthz").json()
    assert health["status"] == "ok"
    assert {"version", "sessions"} <= set(health)
    assert http.get("/?width=abc&nonsense=%ff%00").status_code == 200
    for address in ("/docs", "/openapi.json", "/redoc", "/_dash-ws-callback"):
        page = http.get(address)
        assert page.status_code in (200, 404)
        assert "swagger" not in page.text.lower()
    for method in ("PUT", "DELETE", "PATCH"):
        assert http.request(method, PATH).status_code in (404, 405)


def test_assets_do_not_lead_out_of_their_folder(http: httpx.Client):
    assert http.get("/assets/..%2fpyproject.toml").status_code == 404
    assert http.get("/assets/../pyproject.toml").text.count("[project]") == 0


def test_an_export_for_nobody_is_refused_in_one_line(http: httpx.Client):
    for address in ("/export/png", "/export/png?session=abc", "/export/exe?session=abc"):
        answer = http.get(address)
        assert answer.status_code == 404
        assert len(answer.text.splitlines()) == 1


@pytest.mark.parametrize(("language", "said"), [("en", "## 1.1 Linear"), ("de", "## 1.1 Lineare")])
def test_the_derivations_are_there_in_both_languages(http: httpx.Client, language: str, said: str):
    answer = http.get(f"/theory/{language}")
    assert answer.status_code == 200
    assert said in answer.text


@pytest.mark.parametrize("language", ["fr", "en.md", "%00"])
def test_derivations_in_no_known_language_are_refused_in_one_line(
    http: httpx.Client, language: str
):
    answer = http.get(f"/theory/{language}")
    assert answer.status_code == 404
    assert "\n" not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/metrics", "/privacy", "/room", "/theory/en", "/assets/main.mjs"]
)
def test_a_watchdog_that_asks_for_the_head_alone_gets_it(http: httpx.Client, path: str):
    whole, head = http.get(path), http.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert whole.status_code == 200
    told = ("content-type", "content-security-policy", "cache-control", "etag")
    assert [head.headers.get(name) for name in told] == [whole.headers.get(name) for name in told]


def test_the_icon_is_our_own_wherever_a_browser_looks_for_it(http: httpx.Client):
    page = http.get("/").text
    assert 'rel="icon" type="image/x-icon" href="./_favicon.ico' in page
    for address in ("/_favicon.ico", "/favicon.ico"):
        answer = http.get(address)
        assert answer.headers["content-type"] == "image/x-icon"
        icon = Image.open(io.BytesIO(answer.content))
        assert icon.info["sizes"] == {(16, 16), (24, 24), (32, 32), (48, 48), (64, 64)}
        middle = icon.convert("RGBA").getpixel((32, 33))
        assert middle == (*bytes.fromhex(lecture_colours()[27][1:]), 255)
