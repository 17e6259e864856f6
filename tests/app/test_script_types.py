"""What types/ declares for the page's scripts is as the server and the pages have it."""

import re
from pathlib import Path

from cellscope.app.page.wording import components, properties_of
from cellscope.app.server.create_app import Start, page_by_language
from cellscope.app.settings.links import settings_of, view_values
from cellscope.app.stream.frames import encode
from cellscope.model.cells.picture.render import draw
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.app.conftest import take_apart
from tests.snapshots import started

ROOT = Path(__file__).parents[2]
DECLARED = "\n".join(path.read_text() for path in sorted((ROOT / "types").glob("*.d.ts")))
SCRIPTS = "\n".join(path.read_text() for path in sorted((ROOT / "assets").rglob("*.mjs")))
SMALL = "".join((ROOT / "app" / name).read_text() for name in ("hall/page.py", "lab/route.py"))
TAGS = {"Anchor": "a"}  # of HTMLAnchorElement; else the type's own name


def declared(interface: str) -> dict[str, str]:
    """Name -> type of what an interface says is always there."""
    (body,) = re.findall(rf"^interface {interface} \{{\n(.*?)^\}}", DECLARED, re.M | re.S)
    return dict(re.findall(r'^  "?([\w-]+)"?: (.+?);', body, re.M))


def elements() -> dict[object, str]:
    """Id -> tag, on the page and the small ones."""
    parts = components(page_by_language(Start(Spec(), View()))["en"])
    tags = {properties_of(part).get("id"): type(part).__name__.lower() for part in parts}
    return tags | {i: tag for tag, i in re.findall(r'<(\w+)[^<>]* id="([\w-]+)"', SMALL)}


def test_elements_are_what_the_scripts_take_them_for():
    shown = elements()
    taken = declared("Elements")
    assert len(taken) > 20
    for name, kind in taken.items():
        kind = kind.removeprefix("HTML").removesuffix("Element")
        assert shown[name] == TAGS.get(kind, kind.lower()), name


def test_every_element_that_a_script_names_is_on_a_page_or_made_by_a_script():
    named = set(re.findall(r'\belement\("([\w-]+)"\)', SCRIPTS))
    made = set(re.findall(r'\bid: "([\w-]+)"|\b(?:line|tool)\("([\w-]+)"', SCRIPTS))
    made_ids = {i for pair in made for i in pair} | set(declared("MadeElements"))
    steps = {f"guide-{step}" for step in re.findall(r'\bstepView\(\d, "(\w+)"', SCRIPTS)}
    there = elements().keys() | made_ids | steps
    assert named - there == set()
    assert len(named) > 150


def test_settings_and_view_are_what_the_server_sends():
    settings = settings_of(Spec(), View(), "max")
    for name, kind in declared("Settings").items():
        assert name in settings, name
        assert ("string" in kind or "|" in kind) == isinstance(settings[name], str), name
    assert set(declared("View")) == set(view_values(View())) | {"unit"}


def test_a_frame_has_what_its_header_is_said_to_have():
    snapshot, view = started(Spec(width=6, depth=3)), View(pixels=11)
    header, _ = take_apart(encode(snapshot, view, draw(snapshot, view), "en"))
    assert set(declared("FrameHeader")) == header.keys() - {"classes", "task"}
