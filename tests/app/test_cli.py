"""The command line: exact keys, one line per error, exit status 2."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from cellscope.app import cli
from cellscope.app.cli.commands import main
from cellscope.app.settings.controls import CONTROLS, SPEC_NAMES
from tests import programs

TRAIN_KEYS = {
    *("status", "step", "loss", "train_accuracy", "test_accuracy"),
    *("diverged_step", "first_nonfinite_layer", "steps_per_second"),
}
LAYER_KEYS = {
    *("layer", "fan_in", "pre", "post", "theory", "delta_mean_square"),
    *("weight_gradient_mean_square", "dead_share"),
}
THEORY_KEYS = {
    *("pre_variance", "pre_data_variance", "post_mean", "post_variance"),
    *("post_mean_square", "gain", "band"),
}
Captured = pytest.CaptureFixture[str]


def printed(capsys: Captured) -> dict[str, Any]:
    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(capsys.readouterr().out, parse_constant=refuse)


def run(*arguments: str) -> int:
    """The exit status, however it is given."""
    try:
        return main(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)


def test_train_prints_one_object_with_the_keys_of_the_contract(capsys: Captured):
    assert run("train", "--steps", "50", "--json") == 0
    result = printed(capsys)
    assert set(result) >= TRAIN_KEYS
    assert (result["status"], result["step"]) == ("finished", 50)


def test_no_steps_are_the_start(capsys: Captured):
    assert run("train", "--steps", "0", "--json") == 0
    result = printed(capsys)
    assert (result["step"], result["steps_per_second"]) == (0, None)


def test_divergence_is_a_result_with_null_for_what_is_no_number(capsys: Captured):
    arguments = ("--depth", "11", "--init", "normal", "--bias", "zero", "--json")
    assert run("train", *arguments) == 0
    result = printed(capsys)
    assert result["status"] == "diverged"
    assert result["diverged_step"] == result["step"] == 2
    assert 1 <= result["first_nonfinite_layer"] <= 11
    assert result["loss"] is None


def test_moments_has_the_keys_of_the_contract(capsys: Captured):
    assert run("moments", "--hidden", "5,7", "--draws", "3", "--json") == 0
    report = printed(capsys)
    assert set(report["input"]) >= {"mean", "variance", "mean_square"}
    assert [layer["layer"] for layer in report["layers"]] == [1, 2, 3]
    assert [layer["fan_in"] for layer in report["layers"]] == [2, 5, 7]
    for layer in report["layers"]:
        assert set(layer) >= LAYER_KEYS
        assert set(layer["theory"]) >= THEORY_KEYS
        assert set(layer["weight_gradient_mean_square"]) == {"per_example", "batch"}
    assert report["layers"][0]["theory"]["gain"] is None
    assert report["layers"][-1]["pre"] == report["layers"][-1]["post"]


@pytest.mark.parametrize(
    "value", ["abc", "nan", "-inf", "-1e-06", "1e9", "", "[]", "1_0", "٠.٥", "-1"]
)
@pytest.mark.parametrize("name", [n for n in SPEC_NAMES if n not in ("noise", "bias_variance")])
def test_a_bad_value_is_one_line_that_names_the_option(capsys: Captured, name: str, value: str):
    if name in ("hidden", "features") and value == "":
        return  # no hidden widths: as width and depth say; no further inputs
    option = f"--{name.replace('_', '-')}"
    assert run("train", option, value, "--steps", "1") == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert name in error
    assert "Traceback" not in error


def test_options_are_not_abbreviated_and_errors_are_one_line(capsys: Captured):
    for arguments in (("train", "--wid", "3"), ("train", "--steps"), ("nonsense",), ()):
        assert run(*arguments) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_more_than_200_000_parameters_are_refused_with_their_number(capsys: Captured):
    assert run("train", "--width", "256", "--depth", "6") == 2
    assert "200" in capsys.readouterr().err


def test_impossible_classes_name_both(capsys: Captured):
    assert run("train", "--dataset", "moons", "--classes", "3") == 2
    error = capsys.readouterr().err
    assert "classes" in error
    assert "moons" in error


@pytest.mark.parametrize("port", ["abc", "-1", "70000", "8.5"])
def test_a_bad_port_in_the_environment_is_one_line(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, port: str
):
    monkeypatch.setenv("PORT", port)
    assert run("serve") == 2
    assert "port" in capsys.readouterr().err


@pytest.mark.parametrize("answers", ["never", "Hidden", "hidden shown"])
def test_when_answers_are_seen_is_one_of_three(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, answers: str
):
    assert run("serve", "--answers", answers) == 2
    error = capsys.readouterr().err
    assert error.startswith("cellscope: --answers: must be one of shown, after-prediction, hidden")
    monkeypatch.setenv("CELLSCOPE_ANSWERS", answers)
    assert run("serve") == 2
    assert capsys.readouterr().err == error


def test_every_setting_of_an_experiment_is_an_option(capsys: Captured):
    assert run("train", "--help") == 0
    shown = capsys.readouterr().out
    for control in CONTROLS:
        assert (f"--{control.element}" in shown) == (control.name in SPEC_NAMES)


OUTPUT = "cellscope: output: could not be written"


NOBODY_READS = "end, pipe = os.pipe(); os.close(end); os.dup2(pipe, 1)"
FULL_DISK = "os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"


def outcome_of(command: str, before: str) -> tuple[int, list[str]]:
    """Exit status and lines on stderr of the command line as a process."""
    done = programs.run_module("app", *command.split(), before=before)
    return done.returncode, done.stderr.splitlines()


def test_output_that_nobody_reads_is_one_line_also_where_it_is_not_buffered():
    end, pipe = os.pipe()
    os.close(end)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app", "--version"],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        os.close(pipe)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith(OUTPUT)


@pytest.mark.parametrize("command", ["--help", "train --steps 2 --json"])
def test_output_that_cannot_be_written_is_one_line(command: str):
    status, lines = outcome_of(command, NOBODY_READS)
    assert status == 2
    assert len(lines) == 1
    assert lines[0].startswith(OUTPUT)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that only Linux has")
def test_ctrl_c_while_all_is_loaded_ends_without_a_trace(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
):
    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_loaded", interrupted)
    assert cli.main(["train"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_full_disk_is_one_line():
    status, lines = outcome_of("train --steps 2", FULL_DISK)
    assert (status, len(lines)) == (2, 1)
    assert lines[0].startswith(OUTPUT)


def test_a_report_does_not_wait_for_the_page_to_be_loaded():
    """A second and 50 MB: `import cellscope.app.cli.commands` alone, in a process of its own."""
    asked = "import sys, cellscope.app.cli.commands; print('dash' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120
    )
    assert found.stdout.strip() == "False"
