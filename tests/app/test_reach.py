"""Who may open the socket, what the log says of the others, and where the page is found."""

import json
import logging

import httpx
import pytest
from starlette.requests import HTTPConnection
from websockets.exceptions import InvalidStatus

from cellscope.app.cli.commands import main
from cellscope.app.server.nearby import network_note, own_address
from cellscope.app.server.reach import MOST_SAID, Reach, read_public_url
from cellscope.model.spec import SpecError
from tests.app.conftest import Page, Server, connect, in_loop, served


def asked(**headers: str) -> HTTPConnection:
    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return HTTPConnection({"type": "http", "headers": pairs})


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "http://here:8050"}, True),
        ({"origin": "http://HERE:8050"}, True),
        ({"origin": "http://here"}, False),
        ({"origin": "http://here:8051"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({"origin": "http://here:99999999"}, False),
        ({"origin": ""}, False),
        ({"origin": "http://elsewhere", "x_forwarded_host": "elsewhere"}, True),
        ({"origin": "http://elsewhere", "x_forwarded_host": "a, Elsewhere:443"}, True),
        ({"origin": "http://elsewhere", "x_forwarded_host": ""}, False),
    ],
)
def test_a_request_without_an_origin_or_with_ours_is_ours(headers: dict[str, str], ours: bool):
    assert Reach(names={"here"}).allows(asked(host="here:8050", **headers)) is ours


@pytest.mark.parametrize(
    ("host", "known"),
    [
        *(("127.0.0.1:8050", True), ("192.168.1.7", True), ("[::1]:8050", True)),
        *(("localhost:8050", True), ("Lab:80", True), ("app.localhost", True), ("LAB.", True)),
        *(("evil.example:8050", False), ("localhost.evil.example", False), ("", False)),
        *(("lab@evil.example", False), ("127.0.0.1.evil.example", False), ("lab/x", False)),
        *(("lab:port", False), ("1.2.3.4.5", False), ("0x7f000001", False), ("[::1", False)),
    ],
)
def test_only_an_address_or_a_name_of_its_own_is_a_known_host(host: str, known: bool):
    reach = Reach(names={"lab"})
    assert reach.knows_host(asked(host=host)) is known
    assert reach.allows(asked(host=host, origin=f"http://{host}")) is known
    assert Reach("https://cells.example").knows_host(asked(host=host))
    assert reach.knows_host(asked(host=host, x_forwarded_for="192.0.2.1"))


def test_a_change_without_an_origin_but_from_another_site_is_refused():
    assert not Reach().allows(asked(host="127.0.0.1", sec_fetch_site="cross-site"))
    assert Reach().allows(asked(host="127.0.0.1", sec_fetch_site="same-origin"))


@pytest.mark.parametrize("origin", ["https://cells.example", "http://cells.example"])
@pytest.mark.parametrize("host", ["cells.example", "cells.example:443", "Cells.Example:80"])
def test_a_default_port_is_the_same_as_none(origin: str, host: str):
    assert Reach(names={"cells.example"}).allows(asked(origin=origin, host=host))
    assert not Reach(names={"cells.example"}).allows(asked(origin=origin, host=f"not-{host}"))


def test_a_port_that_a_proxy_names_beside_the_host_is_the_page_s():
    page = {"origin": "https://cells.example:8443", "host": "cells.example"}
    assert not Reach().allows(asked(**page, x_forwarded_for="192.0.2.1"))
    assert Reach().allows(asked(**page, x_forwarded_for="192.0.2.1", x_forwarded_port="8443"))
    assert not Reach().allows(asked(**page, x_forwarded_for="192.0.2.1", x_forwarded_port="x"))
    assert not Reach().allows(asked(**page, x_forwarded_port="8443")), "no proxy, no known name"


def test_the_public_address_is_allowed_whatever_host_a_proxy_names():
    reach = Reach("https://cells.example/lab/")
    assert reach.allows(asked(origin="https://cells.example", host="127.0.0.1:8050"))
    assert not reach.allows(asked(origin="https://other.example", host="127.0.0.1:8050"))
    assert reach.prefix == "/lab"


def test_the_log_names_origin_and_host_once_and_never_floods(caplog: pytest.LogCaptureFixture):
    reach = Reach()
    for _ in range(3):
        reach.refuse(asked(origin="https://a.example", host="127.0.0.1:8050\x1b"))
    (line,) = [record.getMessage() for record in caplog.records]
    assert "https://a.example" in line
    assert "127.0.0.1:8050" in line
    assert line.isprintable()
    for k in range(5 * MOST_SAID):
        reach.refuse(asked(origin=f"https://{k}.example", host="here"))
    assert len(caplog.records) == MOST_SAID


def test_a_refused_socket_and_one_without_upgrade_are_in_the_log(
    server: Server, caplog: pytest.LogCaptureFixture
):
    async def story() -> None:
        headers = {"Origin": "https://cells.example"}
        with pytest.raises(InvalidStatus):
            async with connect(f"ws://127.0.0.1:{server.port}/stream", additional_headers=headers):
                pass

    with caplog.at_level(logging.WARNING):
        in_loop(story())
        plain = {"Origin": "https://plain.example"}  # what was said before is not said again
        assert httpx.get(f"{server.url}/stream", headers=plain).status_code == 426
    assert "https://cells.example" in caplog.text
    assert f"127.0.0.1:{server.port}" in caplog.text
    assert "upgrade" in caplog.text


def test_the_page_is_told_why_its_socket_is_refused(http: httpx.Client):
    found = http.post("/reach", headers={"Origin": "https://cells.example"}).json()
    assert found["allowed"] is False
    assert found["origin"] == "https://cells.example"
    assert found["host"].startswith("127.0.0.1:")
    assert http.post("/reach").json()["allowed"] is True


PREFIX = "/user/ann/proxy/8123"


@pytest.mark.parametrize("header", ["X-Forwarded-Prefix", "X-Forwarded-Context", "X-Script-Name"])
def test_a_path_that_a_proxy_hands_on_is_known_by_its_header(http: httpx.Client, header: str):
    named = {header: PREFIX}
    assert http.get(f"{PREFIX}/healthz", headers=named).json()["status"] == "ok"
    assert "cellscope-data" in http.get(f"{PREFIX}/?width=9", headers=named).text
    assert http.get("/healthz", headers=named).status_code == 200  # one that takes it away
    moved = http.get(f"{PREFIX}?width=9", headers=named)
    assert moved.status_code == 307
    assert str(moved.next_request.url if moved.next_request else "").endswith("/8123/?width=9")
    assert http.get(f"{PREFIX}/healthz").status_code == 404


def test_a_path_that_jupyters_proxy_hands_on_and_names_nowhere_is_known(http: httpx.Client):
    below = "/user/ann/proxy/absolute/8123"
    assert http.get(f"{below}/healthz").json()["status"] == "ok"
    assert "cellscope-data" in http.get(f"{below}/?width=9").text
    assert http.get(f"{below}?width=9").headers["location"] == "8123/?width=9"
    assert http.get("/user/ann/proxy/absolute/").status_code == 404


@pytest.mark.parametrize("header", ["X-Forwarded-Prefix", "X-Forwarded-Context"])
def test_a_proxy_that_names_nothing_but_a_path_is_one(http: httpx.Client, header: str):
    asked = {"Host": "hub.example:8888", header: PREFIX}
    assert http.get("/healthz", headers=asked).status_code == 200
    assert http.get("/", headers=asked).status_code == 200
    assert http.get("/", headers={"Host": "hub.example:8888"}).status_code == 421


def test_a_path_of_the_public_address_is_known_without_a_header():
    with served(public_url=f"https://cells.example{PREFIX}/") as server:
        with httpx.Client(base_url=server.url) as http:
            assert http.get(f"{PREFIX}/assets/main.mjs").status_code == 200
            assert http.get("/healthz").status_code == 200

        async def story() -> None:
            headers = {"Origin": "https://cells.example"}
            address = f"ws://127.0.0.1:{server.port}{PREFIX}/stream"
            async with connect(address, additional_headers=headers) as socket:
                page = Page(socket)
                await page.say(type="hello", query="?width=5")
                assert (await page.hear("welcome"))["settings"]["width"] == 5

        in_loop(story())


def test_the_page_asks_for_everything_relative_to_itself(http: httpx.Client):
    page = http.get("/").text
    assert 'src="/' not in page
    assert 'href="/' not in page
    config = page.split('id="_dash-config"')[1].split(">", 1)[1].split("</script>")[0]
    assert json.loads(config)["requests_pathname_prefix"] == "./"


def test_an_open_tab_finds_its_files_on_a_server_that_served_no_page_yet():
    with served() as old:
        page = httpx.get(old.url).text
    files = [part.split('"')[0] for part in page.split('src="./_dash-component-suites/')[1:]]
    assert len(files) > 3
    with served() as fresh:
        found = {httpx.get(f"{fresh.url}/_dash-component-suites/{f}").status_code for f in files}
    assert found == {200}


@pytest.mark.parametrize("path", ["/nowhere", "/a/b", "/index.html", "/stream/x", "/%00"])
def test_an_address_at_which_there_is_nothing_is_a_404_of_one_line(http: httpx.Client, path: str):
    answer = http.get(path)
    assert answer.status_code == 404
    assert len(answer.text.splitlines()) == 1
    assert "cellscope-data" not in answer.text


def test_an_address_whose_question_mark_was_escaped_is_the_page_s(http: httpx.Client):
    answer = http.get("/%3Fwidth=9%26depth=4", follow_redirects=True)
    assert answer.status_code == 200
    assert answer.url.path == "/"
    assert b"width=9" in answer.url.query


@pytest.mark.parametrize(
    "raw", ["cells.example", "ftp://a/", "http://", "https://a/?b", "http://["]
)
def test_a_public_address_that_is_none_is_named(raw: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SpecError, match="public_url"):
        read_public_url(raw)
    assert main(["serve", "--port", "0", "--public-url", raw]) == 2
    assert "--public-url" in capsys.readouterr().err


def test_a_start_says_who_can_reach_the_page():
    assert network_note("127.0.0.1", 8050) == ""
    assert network_note("::1", 8050) == ""
    assert f"http://{own_address('0.0.0.0')}:8050/" in network_note("0.0.0.0", 8050)
    assert "http://192.0.2.7:80/" in network_note("192.0.2.7", 80)
    assert "http://[2001:db8::7]:80/" in network_note("2001:db8::7", 80)
