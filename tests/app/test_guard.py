"""What is refused before Dash sees it: whatever stands in place of any part of a body."""

import copy
import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.server.callback_guard import DEEPEST, LONGEST_BODY, BadBody, check_body
from cellscope.app.session.sessions import Limits
from tests.app.conftest import Server, served

PATH = "/_dash-update-component"
DECLARED = {"outcome.data": (["intent.data"], []), "..a.x...b.y..": (["c.z"], ["s.data"])}
GOOD: dict[str, Any] = {
    "output": "outcome.data",
    "outputs": {"id": "outcome", "property": "data"},
    "inputs": [{"id": "intent", "property": "data", "value": {}}],
    "state": [],
    "changedPropIds": ["intent.data"],
}
NONSENSE: list[Any] = [-1, 0, 1e9, "abc", None, [], {}, True, [[]], {"id": {}}, "x" * 1000, 1e308]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(GOOD)), inner),
    max_leaves=6,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def refused(body: Any) -> BadBody:
    with pytest.raises(BadBody) as caught:
        check_body(json.dumps(body).encode(), DECLARED)
    assert 400 <= caught.value.status < 500
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def test_a_good_body_passes():
    check_body(json.dumps(GOOD).encode(), DECLARED)
    several = {
        "output": "..a.x...b.y..",
        "outputs": [{"id": "a", "property": "x"}, {"id": "b", "property": "y"}],
        "inputs": [{"id": "c", "property": "z"}],
        "state": [{"id": "s", "property": "data"}],
    }
    check_body(json.dumps(several).encode(), DECLARED)


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("key", ["output", "outputs", "inputs", "changedPropIds"])
def test_nonsense_in_place_of_any_part_is_refused(key: str, value: Any):
    if key == "changedPropIds" and value == []:
        return  # nothing changed: that callback is not called by the page, but can be
    refused(GOOD | {key: value})


@pytest.mark.parametrize("key", ["output", "outputs", "inputs"])
def test_a_missing_part_is_refused(key: str):
    refused({k: v for k, v in GOOD.items() if k != key})


@pytest.mark.parametrize("part", ["id", "property"])
@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:20])
def test_ids_and_properties_that_are_others_are_refused(part: str, value: Any):
    for place in ("inputs", "outputs"):
        body = copy.deepcopy(GOOD)
        item = body["inputs"][0] if place == "inputs" else body["outputs"]
        item[part] = value
        refused(body)


@given(JSON)
def test_no_json_raises_anything_else(body: Any):
    with suppress(BadBody):
        check_body(json.dumps(body).encode(), DECLARED)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(body: bytes):
    with pytest.raises(BadBody):
        check_body(body, DECLARED)


@pytest.mark.parametrize("depth", [DEEPEST + 1, 200, 500, 900, 950, 985, 1000, 5000])
def test_deep_nests_are_refused_wherever_pythons_own_limit_is(http: httpx.Client, depth: int):
    body = json.dumps(GOOD).replace("{}", "[" * depth + "]" * depth)
    answer = http.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert refused(GOOD | {"changedPropIds": nested(DEEPEST)})


@pytest.mark.parametrize("kind", ["text/plain", "", "application/x-www-form-urlencoded", "json"])
def test_another_type_of_body_is_refused(http: httpx.Client, kind: str):
    # A page of another origin could send such a one without asking.
    answer = http.post(PATH, content=json.dumps(GOOD), headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("length", [LONGEST_BODY - 200, LONGEST_BODY + 1])
def test_long_bodies_are_refused_just_above_the_limit(http: httpx.Client, length: int):
    body = GOOD | {"inputs": [{"id": "intent", "property": "data", "value": "x" * length}]}
    answer = http.post(PATH, json=body)
    assert answer.status_code == (200 if length < LONGEST_BODY else 413)


def test_numbers_beyond_floats_are_named_like_others(http: httpx.Client):
    for number in ("1e400", "-1e400", "9" * 400):
        body = json.dumps(GOOD).replace("{}", number)
        answer = http.post(PATH, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 200
        assert answer.json()["response"]["outcome"]["data"]["problems"]
    body = json.dumps(GOOD).replace("{}", "9" * 5000)
    answer = http.post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


def test_a_callback_works_before_anybody_opened_the_page():
    with served(Limits()) as fresh:
        answer = httpx.post(fresh.url + PATH, json=GOOD)
        assert answer.status_code == 200
        assert answer.json()["response"]["outcome"]["data"]["lost"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        "/?width=%ff&%&=&" + "a" * 3000,
        "/_dash-layout",
        "/_dash-dependencies",
        "/_dash-update-component/",
        "/_dash-component-suites/dash/nothing.js",
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/dash/../dash.py",
        "/_dash-component-suites/",
        "/_dash-ws-callback",
        "/_reload-hash",
        "/_favicon.ico",
        "/assets/",
        "/assets/%2e%2e/app/server/create_app.py",
        "/assets/main.mjs/x",
        "/export/%00",
        "/stream",
        "/healthz",
        "/nowhere/%00/%ff",
    ],
    ids=lambda path: path[:30],
)
def test_no_address_answers_with_an_error_of_the_server(server: Server, method: str, path: str):
    answer = httpx.request(method, server.url + path)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
