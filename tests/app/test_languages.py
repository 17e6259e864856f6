"""Which language a request is answered in."""

import re

import httpx
import pytest
from starlette.requests import Request

from cellscope.app.server.request_language import language_of, preferred
from cellscope.app.text.texts import LANGUAGES, catalogue, speaking, spoken, text


def request(query: str = "", **headers: str) -> Request:
    raw = [(k.replace("_", "-").encode(), v.encode("latin-1")) for k, v in headers.items()]
    return Request({"type": "http", "query_string": query.encode(), "headers": raw, "path": "/"})


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-ch", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr-FR, de;q=0.4, en;q=0.3", "de"),
        ("en;q=0.2, de;q=0.9", "de"),
        ("de;q=0, en;q=0.1", "en"),
        ("de;q=0", "en"),
        ("de;q=nan", "en"),
        ("de;q=7, en;q=0.1", "en"),
        ("de;q=", "en"),
        ("*", "en"),
        ("nl, *;q=0.5", "en"),
        (";;;,,,=q;", "en"),
        ("x" * 50_000 + ",de", "en"),
        ("fr," * 3000 + "de", "en"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_the_browsers_preference_is_a_known_language(accept: str, language: str):
    assert preferred(accept) == language


def test_the_address_wins_over_the_page_and_that_over_the_preference():
    assert language_of(request("lang=de", referer="http://x/?lang=en")) == "de"
    assert language_of(request(referer="http://x/?width=9&lang=de", accept_language="en")) == "de"
    assert language_of(request(referer="http://x/?width=9", accept_language="de")) == "de"
    assert language_of(request()) == "en"


@pytest.mark.parametrize("query", ["lang=xx", "lang=de&lang=en", "lang=", "lang=../de", "lang"])
def test_a_language_that_there_is_not_is_not_taken(query: str):
    assert language_of(request(query, accept_language="de")) == "de"
    assert language_of(request(referer=f"http://x/?{query}", accept_language="de")) == "de"


@pytest.mark.parametrize("referer", ["http://[", "nonsense", "?" * 9, "http://x/?" + "a=1&" * 5000])
def test_a_strange_referer_is_no_error(referer: str):
    assert language_of(request(referer=referer, accept_language="de")) == "de"


def test_meanwhile_texts_are_in_another_language():
    with speaking("de"):
        assert text("counter.step") == "Schritt"
        with speaking("en"):
            assert text("counter.step") == "step"
        assert spoken() == "de"
        assert text("counter.step", "en") == "step"
    assert spoken() == LANGUAGES[0]


def unescaped(layout: str) -> str:
    """HTML in JSON has < and > as numbers."""
    return layout.replace("\\u003c", "<").replace("\\u003e", ">")


def test_the_page_is_in_its_language_from_the_first_byte_on(http: httpx.Client):
    for language in LANGUAGES:
        index = http.get("/", params={"lang": language}).text
        assert re.search(r'<html lang="(\w+)"', index)[1] == language  # pyright: ignore[reportOptionalSubscript]
        assert "Loading..." not in index
        referer = {"referer": f"{http.base_url}/?lang={language}"}
        layout = unescaped(http.get("/_dash-layout", headers=referer).text)
        assert f">{catalogue(language)['group.network']}<" in layout
        others = [each for each in LANGUAGES if each != language]
        assert not any(f">{catalogue(other)['group.network']}<" in layout for other in others)
    german = unescaped(http.get("/_dash-layout", headers={"accept-language": "de"}).text)
    assert ">Netz<" in german
