"""`cellscope serve`: the page, until told to stop."""

import argparse
from typing import Any

from cellscope.app.cli.options import experiment, given, read_spec, read_whole
from cellscope.app.server.create_app import Start, serve
from cellscope.app.server.reach import read_public_url
from cellscope.app.session.sessions import Limits
from cellscope.app.settings.answer_policy import DEFAULT, read_answers
from cellscope.app.text.texts import text
from cellscope.model.recording.room import DEFAULT_MB, LIMITS_MB
from cellscope.model.view import View

OPTIONS = ("host", "port", "max_sessions", "recording_mb", "answers", "public_url")


def add_serve(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    command = experiment(commands, "serve", run_serve)
    for name in OPTIONS:
        command.add_argument(f"--{name.replace('_', '-')}", help=text(f"cli.{name}"))


def run_serve(options: argparse.Namespace) -> int:
    """Serve the page until told to stop."""
    spec = read_spec(options)
    port = read_whole("port", given(options.port, "PORT", "8050"), 0, 65_535)
    host = given(options.host, "HOST", "127.0.0.1")
    sessions = given(options.max_sessions, "CELLSCOPE_MAX_SESSIONS", str(Limits().sessions))
    recording = given(options.recording_mb, "CELLSCOPE_RECORDING_MB", str(DEFAULT_MB))
    limits = Limits(
        sessions=read_whole("max_sessions", sessions, 1, 10_000),
        recording_mb=read_whole("recording_mb", recording, *LIMITS_MB),
    )
    answers = read_answers(given(options.answers, "CELLSCOPE_ANSWERS", DEFAULT))
    public_url = read_public_url(given(options.public_url, "CELLSCOPE_PUBLIC_URL", ""))
    serve(Start(spec, View()), limits, host, port, answers, public_url)
    return 0
