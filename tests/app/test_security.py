"""Headers, the password, the limits of a socket: what a server in the open is asked."""

import asyncio
import base64
import hashlib
import os
import re
import time

import httpx
import pytest
from limits import RateLimitItemPerSecond
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from cellscope.app.server.rates import PASSWORDS
from cellscope.app.server.safety import (
    Safety,
    read_frame_ancestors,
    read_policy,
    secret_from_environment,
    teacher_from_environment,
)
from cellscope.app.server.tokens import Tokens
from cellscope.app.session import session
from cellscope.app.session.sessions import Limits
from cellscope.app.stream import patience
from cellscope.model.spec import SpecError
from tests.app.conftest import Page, Server, connect, in_loop, opened, served

RIGHT = ("anyone", "three words here")


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/assets/main.mjs", "/theory/en"])
def test_every_answer_says_what_a_browser_may_do(http: httpx.Client, path: str):
    headers = http.get(path).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    assert headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in headers
    assert "x-frame-options" not in headers
    assert "frame-ancestors" not in policy


@pytest.mark.parametrize(
    ("host", "in_the_open", "raw", "may"),
    [
        ("127.0.0.1", False, "", True),
        ("localhost", False, "", True),
        ("127.0.0.1", True, "", False),
        ("0.0.0.0", False, "", False),
        ("192.168.1.7", False, "", False),
        ("127.0.0.1", False, "strict", False),
        ("0.0.0.0", False, "local", True),
    ],
)
def test_strings_are_evaluated_on_ones_own_machine_alone(
    host: str, in_the_open: bool, raw: str, may: bool
):
    assert read_policy(raw, host, in_the_open=in_the_open) is may


def test_a_policy_that_there_is_not_is_an_error():
    with pytest.raises(SpecError, match="CELLSCOPE_POLICY"):
        read_policy("loose", "127.0.0.1", in_the_open=False)


def test_on_ones_own_machine_the_page_says_so():
    with served(Limits(), safety=Safety(may_eval=True)) as own:
        policy = httpx.get(own.url).headers["content-security-policy"]
    assert "'unsafe-eval'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_policy_names_every_script_that_stands_in_the_page(http: httpx.Client, language: str):
    answer = http.get("/", params={"lang": language})
    scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>(.*?)</script>", answer.text, re.DOTALL)
    run = [body for kind, body in scripts if "application/json" not in kind]
    assert run
    for body in run:
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]


def test_frame_ancestors_are_said_where_they_are_asked_for():
    with served(safety=Safety(frame_ancestors="'self' https://lms.example")) as server:
        policy = httpx.get(server.url).headers["content-security-policy"]
    assert policy.endswith("; frame-ancestors 'self' https://lms.example")
    with pytest.raises(SpecError):
        read_frame_ancestors("https://lms.example; script-src *")


def test_a_request_from_another_site_changes_nothing(http: httpx.Client):
    there = {"Origin": "https://elsewhere.example"}
    assert http.post("/_dash-update-component", json={}, headers=there).status_code == 403
    assert http.post("/nowhere", headers=there).status_code == 403
    assert http.post("/reach", headers=there).json()["allowed"] is False
    assert http.get("/healthz", headers=there).status_code == 200


def test_a_name_that_leads_here_but_is_not_ours_gets_nothing(server: Server):
    there = {"Host": "evil.example:8050", "Origin": "http://evil.example:8050"}
    answer = httpx.get(server.url, headers=there)
    assert answer.status_code == 421
    assert "evil.example:8050" in answer.text
    assert "session" not in answer.text
    assert httpx.get(f"{server.url}/healthz", headers=there).status_code == 200

    async def story() -> None:
        named = f"ws://evil.example:{server.port}/stream"
        for origin in (None, Origin(f"http://evil.example:{server.port}")):
            with pytest.raises(InvalidStatus):
                async with connect(named, origin=origin, host="127.0.0.1", port=server.port):
                    pass

    in_loop(story())


def test_with_a_password_nothing_is_told_without_it():
    with served(safety=Safety(password=RIGHT[1])) as server:
        for path in ("/", "/ticket", "/export/png", "/assets/main.mjs", "/_dash-layout"):
            refused = httpx.get(server.url + path)
            assert refused.status_code == 401
            assert "Basic" in refused.headers["www-authenticate"]
            assert httpx.get(server.url + path, auth=("x", "wrong")).status_code == 401
        assert httpx.get(f"{server.url}/healthz").json()["status"] == "ok"
        assert httpx.get(server.url, auth=RIGHT).status_code == 200
        ticket = httpx.get(f"{server.url}/ticket", auth=RIGHT).json()["ticket"]
        assert 'data-ticket="' in httpx.get(server.url, auth=RIGHT).text

        async def story() -> None:
            address = f"ws://127.0.0.1:{server.port}/stream"
            for wrong in (None, "", ticket + "x", ticket[:-1], 1, {}, Tokens("other").sign("t", 1)):
                async with connect(address) as socket:
                    await Page(socket).say(type="hello", query="", ticket=wrong)
                    with pytest.raises(ConnectionClosed) as closed:
                        await socket.recv()
                    assert closed.value.rcvd is not None
                    assert closed.value.rcvd.code == 4401
            async with connect(address) as socket:
                page = Page(socket)
                await page.say(type="hello", query="", ticket=ticket)
                assert (await page.hear("welcome"))["session"]

        in_loop(story())


ODD_PASSWORDS = (
    b"Basic ////\xff",
    b"Basic \xe9",
    b"Basic",
    b"Basic =",
    b"Basic a b",
    b"basic " + b"QQ==" * 900,
)


@pytest.mark.parametrize("given", ODD_PASSWORDS)
def test_what_is_no_password_at_all_is_a_wrong_one(given: bytes):
    with served(safety=Safety(password=RIGHT[1])) as server:
        answer = httpx.get(server.url, headers=[(b"Authorization", given)])
        assert answer.status_code == 401


@pytest.mark.parametrize("given", [b"\xff" * 20, b"a" * 20 + b"\n", b" " * 20, b"a" * 2000])
def test_a_secret_is_text(given: bytes, monkeypatch: pytest.MonkeyPatch):
    readers = {
        "CELLSCOPE_SECRET": secret_from_environment,
        "CELLSCOPE_TEACHER": teacher_from_environment,
    }
    for name, read in readers.items():
        monkeypatch.setenv(name, os.fsdecode(given))
        with pytest.raises(SpecError) as refused:
            read()
        assert (refused.value.field, refused.value.value) == (name, "…")


def test_a_password_is_not_found_by_trying():
    with served(safety=Safety(password=RIGHT[1])) as server, httpx.Client() as client:
        for _ in range(PASSWORDS.amount - 1):
            assert client.get(server.url, auth=("x", "wrong")).status_code == 401
        assert client.get(server.url, auth=("x", "wrong")).status_code == 429
        late = client.get(server.url, auth=RIGHT)
        assert late.status_code == 429
        assert 0 < int(late.headers["retry-after"]) <= 61


def test_a_token_is_for_its_purpose_and_its_time():
    tokens = Tokens("a secret of some length")
    token = tokens.sign("room", "abc")
    assert tokens.read("room", token, 60) == "abc"
    assert tokens.read("other", token, 60) is None
    assert tokens.read("room", token, -1) is None
    assert Tokens("another secret").read("room", token, 60) is None
    for broken in (token[:-2], token.upper(), "", "a.b.c", None, 7, "\ud800", "é.é"):
        assert tokens.read("room", broken, 60) is None


def test_a_socket_that_says_too_much_is_heard_later(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    most = RateLimitItemPerSecond(200, 1, namespace="fewer messages")
    monkeypatch.setattr(patience, "MESSAGES", most)

    async def story() -> None:
        begun = time.monotonic()
        async with opened(server) as (page, _):
            said = 0

            async def talk() -> None:
                nonlocal said
                while True:
                    await page.say(type="clock", sent=0)
                    said += 1
                    await asyncio.sleep(0.002 if said % 20 == 0 else 0)

            talking = asyncio.create_task(talk())
            problem = await page.hear("problem")
            talking.cancel()
            assert problem["field"] == "message"
            heard = sum(one["type"] == "clock" for one in page.others)
            allowed = heard <= most.amount < 1 + said  # the greeting counts
            assert allowed or time.monotonic() - begun > 1.0
            await page.say(type="view", layer=1)
            assert await page.hear("looking")  # it is heard again

    in_loop(story())


def test_a_crowd_of_silent_sockets_gives_way_to_a_page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "SILENT_S", 1.0)

    async def story(server: Server) -> None:
        address = f"ws://127.0.0.1:{server.port}/stream"
        sockets = [await connect(address) for _ in range(8)]
        for socket in sockets:
            await Page(socket).say(type="hello", query="")
            await Page(socket).hear("welcome")
        await asyncio.sleep(0.5)  # silent ones are given a second in all
        async with opened(server) as (page, welcome):
            assert welcome["session"]
            assert (await page.frame())[0]["step"] == 0
        for socket in sockets:
            await socket.close()

    with served(Limits(sessions=8)) as server:
        in_loop(story(server))
