"""What fits where, what can be reached, and what a screen reader hears."""

from contextlib import suppress
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from cellscope.app.features.panels import loss_number
from tests.browser.conftest import Open
from tests.browser.visit import STATUS, Visit, until

pytestmark = pytest.mark.browser
PHONE, LAPTOP, SCREEN = (390, 844), (1280, 720), (1920, 1080)

# Every visible piece of text with its box: [text, left, top, right, bottom].
TEXTS = """() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const host = node.parentElement;
        if (!node.textContent.trim() || host.closest(`script, style, select, #toast, .card,
            .visually-hidden, .skip, .tabs:not(.unfolded) .tab:nth-child(n + 6),
            .tabs.unfolded .tab:nth-child(n + 2):nth-child(-n + 5)`)
            || !host.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const { left, top, right, bottom } = range.getBoundingClientRect();
        if (right - left < 1 || bottom - top < 1) continue;
        found.push([host, node.textContent.trim(), left, top, right, bottom]);
    }
    return found;
}"""
OUTSIDE = f"""() => {{
    const texts = ({TEXTS})();
    const wrong = [];
    for (const [host, text, left, top, right, bottom] of texts) {{
        for (let box = host; box && box !== document.body; box = box.parentElement) {{
            const style = getComputedStyle(box);
            const boxless = ['inline', 'contents'].includes(style.display);
            if (box instanceof SVGElement || boxless) continue;
            if (box.matches('.layer-buttons') && style.overflowX === 'auto') break;
            const edge = box.getBoundingClientRect();
            if (left < edge.left - 1 || right > edge.right + 1) {{
                const name = box.id || box.className || box.tagName;
                wrong.push(`"${{text}}" reaches out of ${{name}}`);
                break;
            }}
        }}
        const cut = left < -1 || right > innerWidth + 1;
        if (!host.closest('.layer-buttons') && cut) wrong.push(`"${{text}}" is cut off`);
    }}
    for (const box of document.querySelectorAll('input, select')) {{
        if (box.type !== 'text' || !box.checkVisibility()) continue;
        if (box.scrollWidth > box.clientWidth + 1) wrong.push(`#${{box.id}} hides its text`);
    }}
    return wrong;
}}"""
OVERLAPS = f"""() => {{
    const texts = ({TEXTS})();
    const wrong = [];
    texts.forEach(([a, text, l, t, r, b], k) => {{
        for (const [other, name, l2, t2, r2, b2] of texts.slice(k + 1)) {{
            if (a === other || a.closest('.transport') || other.closest('.transport')) continue;
            const wide = Math.min(r, r2) - Math.max(l, l2);
            const high = Math.min(b, b2) - Math.max(t, t2);
            const lines = Math.min(b - t, b2 - t2);
            if (wide > 1 && high > 0.25 * lines) wrong.push(`"${{text}}" on "${{name}}"`);
        }}
    }});
    return wrong;
}}"""
SCROLLS = """() => [document.documentElement, document.body, ...document.querySelectorAll(
        '.page, .rail, .right, .centre, .top-bar, .layer-buttons')]
    .filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
    .map(e => `${e.className || e.tagName} ${e.scrollWidth} × ${e.scrollHeight}`
        + ` in ${e.clientWidth} × ${e.clientHeight}`)"""


def fits(page: Visit, *checks: str) -> None:
    """Nothing wrong with what stands where, once the charts have taken their new sizes."""
    for check in checks:
        with suppress(TimeoutError):
            until(page.page, f"({check})().length === 0", timeout=5.0)
        assert page.value(check) == []


def settle(page: Visit) -> None:
    """Until the picture, the film strip and the funnel are there."""
    page.until("document.querySelectorAll('.film-count').length > 1")
    page.until("[...document.querySelectorAll('.film-count')].every(e => e.textContent)")
    page.until("document.querySelectorAll('.funnel-row').length === 7")
    page.until("document.fonts.status === 'loaded'")
    assert page.picture_at_rest


@pytest.mark.parametrize(
    ("size", "query"),
    [
        (LAPTOP, "theme=light"),
        (LAPTOP, "theme=dark&sheet=1.2b&init=normal&weight_variance=0.0125"),
        (SCREEN, "theme=light&depth=11&width=64&layer=10"),
    ],
)
def test_on_a_laptop_and_a_screen_nothing_scrolls_overlaps_or_is_cut_off(
    visit: Open, size: tuple[int, int], query: str
):
    page = visit(query, size=size)
    if "sheet" in query:
        page.uncover()
    page.page.click("#tab-overview")  # a question may have opened one that scrolls
    settle(page)
    fits(page, SCROLLS, OUTSIDE, OVERLAPS)
    page.play()
    page.until_step("> 100")
    page.pause()
    settle(page)
    fits(page, SCROLLS, OUTSIDE, OVERLAPS)


@pytest.mark.parametrize("query", ["", "lang=de", "compare=init:normal&lang=de"])
def test_nothing_reaches_out_on_a_narrow_phone(visit: Open, query: str):
    page = visit(query, size=(360, 740))
    page.until("[...document.querySelectorAll('.funnel-row')].length > 6")
    fits(page, OUTSIDE)


@pytest.mark.parametrize("size", [LAPTOP, SCREEN, PHONE])
def test_a_loss_fits_its_counter(visit: Open, size: tuple[int, int]):
    page = visit(size=size)
    page.until("document.querySelector('#loss-count').textContent !== ''")
    for loss in (7.44e-5, 4.2e5, 10_782.3, 42.654):
        shown = loss_number(loss, "en")
        assert page.page.evaluate(
            "said => { const node = document.querySelector('#loss-count');"
            " node.textContent = said; return node.scrollWidth <= node.clientWidth; }",
            shown,
        ), shown


STUDIES = (
    "tab=collapse&activation=identity&layer=1&mode=classes",
    "tab=voronoi&depth=4&layer=1",
    "tab=voronoi&depth=4&layer=3&theme=dark",
    "tab=cells&dataset=spirals&classes=3",
)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
@pytest.mark.parametrize("query", STUDIES)
def test_the_studies_fit_and_have_no_grave_faults(visit: Open, size: tuple[int, int], query: str):
    page = visit(query, size=size)
    page.until("document.querySelectorAll('.film-count').length > 1")
    page.page.mouse.move(*page.plot_point(1.0, 0.5))
    page.page.mouse.down()
    page.page.mouse.up()
    if "voronoi" in query:
        page.until_text("pair-line", "Radical line")
    elif "collapse" in query:
        page.until_text("collapse-signs", "one linear region")
    else:
        page.until_text("counts-caption", "hold data")
    page.page.mouse.move(5, 5)  # no tooltip
    fits(page, OUTSIDE, OVERLAPS, *([SCROLLS] if size == LAPTOP else []))
    assert page.value("document.documentElement.scrollWidth") == size[0]
    assert not grave_violations(page)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_a_diverged_run_fits_as_well(visit: Open, size: tuple[int, int]):
    page = visit("sheet=1.2b", size=size)
    page.uncover()
    page.page.click("#tab-overview")  # the tab of the question scrolls
    page.play()
    page.until_status("diverged")
    page.until("document.querySelector('#loss-count').textContent === 'NaN'")
    settle(page)
    fits(page, OUTSIDE, OVERLAPS, *([SCROLLS] if size == LAPTOP else []))
    assert page.value("document.documentElement.scrollWidth") == size[0]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_section_of_the_controls_can_be_open_without_a_scroll(visit: Open, language: str):
    page = visit(f"lang={language}&dataset=spirals&classes=3", size=LAPTOP)
    page.until("document.querySelector('details:has(#classes)').open")
    settle(page)
    fits(page, SCROLLS, OUTSIDE, OVERLAPS)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
@pytest.mark.parametrize("query", ["task=regression&weight_variance=4", "weight_variance=100"])
def test_numbers_of_three_digit_exponents_stay_in_their_tables(
    visit: Open, size: tuple[int, int], query: str
):
    page = visit(f"lang=de&width=64&depth=11&init=normal&bias=zero&tab=signal&{query}", size=size)
    while page.value(f"{STATUS} !== 'diverged'"):
        page.page.click("#step")
        page.page.wait_for_timeout(100)
    page.until("document.querySelector('#broken').dataset.rows > '1'")
    page.value("document.querySelector('details:has(#forward-values)').open = true")
    page.until("document.querySelectorAll('#forward-values td').length > 20")
    fits(page, OUTSIDE)
    page.value("document.querySelector('#tab-collapse').click()")
    page.until("document.querySelectorAll('#collapse-rows td').length > 2")
    fits(page, OUTSIDE)


STRIP_AND_TIME = """() => [
    Math.max(...[...document.querySelectorAll('#layer-buttons button')]
        .map(button => button.getBoundingClientRect().bottom)),
    document.querySelector('#timeline').getBoundingClientRect().top]"""


@pytest.mark.parametrize("size", [LAPTOP, SCREEN])
@pytest.mark.parametrize("question", ["1.2b", "2.8"])
def test_in_a_lecture_small_pictures_of_two_networks_end_above_the_time_line(
    visit: Open, size: tuple[int, int], question: str
):
    page = visit(f"lang=de&lecture=1&sheet={question}", size=size)
    page.page.keyboard.press("PageDown")
    page.until("document.documentElement.dataset.stage === 'see'")
    page.page.click("#compare-switch")
    page.until("document.documentElement.hasAttribute('data-comparing')")
    page.until("document.querySelectorAll('#layer-buttons .chosen .film-count').length > 0")
    page.until(f"(([strip, time]) => strip > 0 && strip < time)(({STRIP_AND_TIME})())")


@pytest.mark.parametrize(
    ("size", "query"),
    [
        (LAPTOP, "sheet=1.2b-1.4&mode=cells"),
        (LAPTOP, "compare=depth:3;init:normal;weight_variance:0.5&theme=dark&mode=regions"),
        (SCREEN, "sheet=1.2b-1.4"),
        (PHONE, "compare=init:normal;weight_variance:0.5&mode=cells"),
    ],
)
def test_two_networks_fit_beside_each_other(visit: Open, size: tuple[int, int], query: str):
    page = visit(query, size=size)
    page.until("document.querySelector('#cells-b .js-plotly-plot')?._fullLayout?.width > 0")
    page.play()
    page.until_step("> 100")
    page.pause()
    page.until("document.querySelector('#numbers-b').textContent.length > 4")
    settle(page)
    fits(page, OUTSIDE, OVERLAPS)
    assert page.value("document.documentElement.scrollWidth") == size[0]
    boxes = page.value(
        "['', '-b'].map(s => document.querySelector('#picture-clip' + s).getBoundingClientRect())"
        ".map(({left, top, width, height}) => [left, top, width, height])"
    )
    (left, top, width, height), (left_b, top_b, *size_b) = boxes
    assert [width, height] == pytest.approx(size_b, abs=2)
    if size == PHONE:
        assert (left_b, top_b > top + height) == (left, True)
    else:
        assert (top_b, left_b > left + width) == (top, True)
        assert page.value(SCROLLS) == []


DRAWN = """() => [...document.querySelectorAll('.right .dash-graph')]
    .filter(place => place.querySelector('.js-plotly-plot')).map(place => place.id)"""


def fits_its_place(chart: str) -> str:
    return f"""(() => {{
        const place = document.getElementById("{chart}");
        const {{ width, height }} = place.querySelector('.js-plotly-plot')._fullLayout;
        return place.checkVisibility() && Math.abs(width - place.clientWidth) < 1
            && Math.abs(height - place.clientHeight) < 1;
    }})()"""


def test_a_chart_is_drawn_once_it_is_seen_and_always_fits_its_place(visit: Open):
    page = visit(size=LAPTOP)
    page.until("document.querySelector('#loss .js-plotly-plot')?.data?.length > 0")
    assert set(page.value(DRAWN)) == {"moments", "loss"}, "others would take as long again"
    page.page.click("#tab-signal")
    chart = "document.querySelector('#backward .js-plotly-plot')"
    page.until(f"{chart}?.data?.length > 0")
    page.page.set_viewport_size({"width": SCREEN[0], "height": SCREEN[1]})
    page.until(fits_its_place("backward"))
    page.page.click("#tab-overview")  # there it has another size
    page.until(fits_its_place("moments"))
    page.page.click("#tab-signal")
    page.until(fits_its_place("moments"))
    page.until(fits_its_place("backward"))


@pytest.mark.parametrize("query", ["", "compare=init:normal;depth:3"])
def test_on_a_phone_nothing_scrolls_sideways_and_all_can_be_touched(visit: Open, query: str):
    page = visit(query, size=PHONE)
    settle(page)
    assert page.value("document.documentElement.scrollWidth") == PHONE[0]
    fits(page, OUTSIDE, OVERLAPS)
    small = page.value(
        """() => [...document.querySelectorAll(
                'button, select, .number-box, .segment, summary')]
            .filter(e => e.checkVisibility()).map(e => [e, e.getBoundingClientRect()])
            .filter(([e, box]) => box.height < 43.9)
            .map(([e, box]) => `${e.id || e.className} ${e.textContent} ${box.height}`)"""
    )
    assert small == []


@pytest.mark.parametrize("query", ["lang=de&sheet=2.7", "lang=de&features=x2&depth=3", "lang=en"])
def test_on_a_phone_all_that_is_said_under_the_picture_can_be_read(visit: Open, query: str):
    page = visit(query, size=PHONE)
    if "sheet" in query:
        page.page.click("#uncover")
    page.page.click("#step")
    page.until("document.querySelector('#batch-text').textContent !== ''")
    fits(page, OUTSIDE, OVERLAPS)
    note = "(e => e.scrollHeight - e.clientHeight)(document.querySelector('.picture-foot > .note'))"
    assert page.value(note) <= 1


@pytest.mark.parametrize("size", [(1920, 1080), LAPTOP])
def test_in_a_german_lecture_the_counters_hold_their_names(visit: Open, size: tuple[int, int]):
    page = visit("lang=de&lecture=1", size=size)
    page.until("document.fonts.status === 'loaded'")
    wide = "[...document.querySelectorAll('.counters .key')].filter(e => e.checkVisibility())"
    assert page.value(f"{wide}.map(e => e.scrollWidth - e.clientWidth).every(by => by <= 1)")


GROUP = "document.activeElement.closest('[role=toolbar]')"


def test_every_control_is_reached_by_tab_and_arrows_in_the_order_of_the_page(visit: Open):
    page = visit("width=8&depth=3&samples=200")
    settle(page)
    page.press("One step")
    page.until_step("=== 1")  # so that there is something to rewind
    for name in page.settings:
        page.unfold(name)
    page.page.focus("#skip")  # a click elsewhere would be where Tab goes on
    reached: list[str] = []
    focused = (
        "(e => e === document.body ? '' : e.id || e.closest('[id]').id)(document.activeElement)"
    )
    for _ in range(120):
        page.page.keyboard.press("Tab")
        reached.append(page.value(focused))
        if reached[-1] == "":
            break
        for _ in range(page.value(f"({GROUP})?.querySelectorAll('button, summary').length ?? 0")):
            page.page.keyboard.press("ArrowRight")  # inside of a group
            if page.value(focused) == reached[-1]:
                break
            reached.append(page.value(focused))
    names = " ".join(reached)
    buttons = ("rewind", "play", "step", "reseed", "preset", "theme", "share", "lines-switch")
    rows = ("activation", "optimizer", "mode", "task", "batch-norm")
    controls = [name for name in page.settings if name not in (*rows, "features")]
    for name in (*buttons, "sheet-grid", "whole-window", "picture-frame", *controls):
        assert name in reached
    for name in (*rows, "side"):  # the chosen one of a row
        assert f"radioitems_{name}_input".replace("-", "_") in names.replace("-", "_")
    assert "checklist_features_input" in names
    for name in ("noise", "width", "weight-variance", "learning-rate"):
        assert f"{name}-slider" in reached
    assert reached.count("layer-buttons") == 1  # and the arrow keys
    order = [reached.index(name) for name in ("play", "dataset", "batch-size", "picture-frame")]
    assert order == sorted(order)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_axe_finds_nothing_serious_in_light_and_dark(visit: Open, size: tuple[int, int]):
    page = visit("width=8&depth=3&samples=200&theme=light&batch_size=abc", size=size)
    settle(page)
    assert not grave_violations(page)
    page.press("Light or dark")
    page.until_link(theme="dark")
    assert page.picture_at_rest
    assert not grave_violations(page)


def grave_violations(page: Visit) -> list[str]:
    found: Any = Axe().run(page.page).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


BROKEN_WORDS = r"""[...document.querySelectorAll('#card dd')].flatMap((node) => {
    const range = document.createRange(), said = node.firstChild;
    return [...(said?.data ?? '').matchAll(/\S+/g)].map((word) => {
        range.setStart(said, word.index);
        range.setEnd(said, word.index + word[0].length);
        const edge = document.querySelector('#card').getBoundingClientRect().right;
        const rows = [...range.getClientRects()];
        return rows.length > 1 || rows.some(({ right }) => right > edge) ? word[0] : '';
    });
}).filter(Boolean)"""


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (390, 844)])
def test_no_number_of_the_inspector_is_broken_in_two(visit: Open, size: tuple[int, int]):
    page = visit("lang=de", size=size)
    place = page.page.locator("#picture-frame")
    place.scroll_into_view_if_needed()
    page.page.mouse.click(*page.plot_point(3.0, -1.0))
    page.page.evaluate("document.querySelector('#inspector').classList.add('unfolded')")
    page.until("document.querySelectorAll('#card dd').length > 10")
    page.until_text("card", "verschiedene")
    assert page.value(BROKEN_WORDS) == []


CUT_NUMBERS = """[...document.querySelectorAll('#card dd')].filter((node) => {
    const { right } = node.getBoundingClientRect(), card = document.querySelector('#card');
    return node.offsetTop < card.clientHeight
        && (node.scrollWidth > node.clientWidth || right > card.getBoundingClientRect().right + 1);
}).map((node) => node.textContent)"""


@pytest.mark.parametrize("lang", ["en", "de"])
def test_no_number_of_the_inspector_is_cut(visit: Open, lang: str):
    page = visit(f"lang={lang}&width=4&depth=3&layer=1")
    page.page.mouse.move(*page.plot_point(0.5, -1.2))
    page.until_text("card", "111 (1 + 110)")
    assert not page.value("document.querySelector('.inspector').classList.contains('unfolded')")
    assert page.value(CUT_NUMBERS) == []
