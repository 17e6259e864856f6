"""The documents keep up with the code."""

import re
from dataclasses import fields

from cellscope.app.cli.commands import build_parser
from cellscope.app.settings.controls import CONTROLS, SPEC_NAMES, VIEW_NAMES
from cellscope.app.settings.display_options import LOOKS
from cellscope.app.settings.visible_parts import PARTS
from cellscope.model.spec import FIELD_NAMES, OF_FILES, Spec
from tools.make_reference import README, with_reference


def test_every_field_of_spec_has_exactly_one_control():
    names = [control.name for control in CONTROLS]
    assert len(names) == len(set(names))
    assert sorted(SPEC_NAMES) == sorted(FIELD_NAMES)
    assert {field.name for field in fields(Spec)} - {*FIELD_NAMES} == {*OF_FILES}


def test_the_readme_s_reference_is_the_table_of_controls():
    # Out of date? Run `python tools/make_reference.py`.
    readme = README.read_text(encoding="utf-8")
    assert readme == with_reference(readme)


def test_the_readme_s_files_are_there():
    readme = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme):
        assert (README.parent / target).exists(), target


def test_the_readme_names_all_subcommands():
    sentence = re.search(r"has the subcommands (.*?);", README.read_text(encoding="utf-8"), re.S)
    actions = build_parser()._subparsers
    assert sentence is not None
    assert actions is not None
    (choices,) = [a.choices for a in actions._group_actions if a.choices is not None]
    assert re.findall(r"`(\w+)`", sentence[1]) == list(choices)


def test_every_key_and_part_that_a_link_can_hold_is_documented():
    links = (README.parent / "docs" / "links.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([^`]*)`", links))
    for name in (*LOOKS, *PARTS, *VIEW_NAMES, "speed", "sheet", "compare", "controls", "hide"):
        assert name in words, name
