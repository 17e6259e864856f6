"""Write the table of settings into the README, from CONTROLS: `python tools/make_reference.py`."""

from pathlib import Path

from cellscope.app.settings.comparison import SAME
from cellscope.app.settings.controls import CONTROLS, SPEC_NAMES, START_SPEED
from cellscope.app.settings.links import settings_of
from cellscope.app.text.texts import text
from cellscope.model.spec import LIMITS, Spec
from cellscope.model.view import View

README = Path(__file__).parent.parent / "README.md"
SHARED = ", ".join(f"`{name}`" for name in SAME)
COMPARE = f"""\
In links, `compare=init:he;depth:3` trains a second network beside the first, step for step, that
has these settings otherwise: any but those of the data ({SHARED}),
which both share. `which=b` shows the second one's layers and counts. Without `compare` there is
one network."""
BEGIN, END = "<!-- reference: begin -->", "<!-- reference: end -->"


def reference() -> str:
    """Every setting of an experiment: its option, its key in links, default and values."""
    start = settings_of(Spec(), View(), START_SPEED)
    rows = [
        "### Reference",
        "",
        "Options of `serve` (start values), `train` and `moments`; in links with underscores.",
        "",
        "| option | default | values | meaning |",
        "|---|---|---|---|",
    ]
    for control in CONTROLS:
        if control.name in SPEC_NAMES:
            default = start[control.name]
            shown = f"`{default}`" if default != "" else "–"
            rows.append(
                f"| `--{control.element}` | {shown} | {_values(control.name, control.choices)} "
                f"| {text(f'help.{control.name}')} |"
            )
    return "\n".join([*rows, "", COMPARE])


def _values(name: str, choices: tuple[str, ...]) -> str:
    if choices:
        return ", ".join(f"`{choice}`" for choice in choices)
    if name in LIMITS:
        low, high = LIMITS[name]
        return f"{low:,} – {high:,}" if isinstance(low, int) else f"{low:g} – {high:g}"
    return "widths, such as `16,8`"


def with_reference(readme: str) -> str:
    """The README's text with the table as it should be."""
    before, rest = readme.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(with_reference(README.read_text(encoding="utf-8")), encoding="utf-8")
