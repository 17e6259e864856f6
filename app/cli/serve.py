"""`cellscope serve`: the page, until told to stop."""

import argparse
import os
from pathlib import Path
from typing import Any

from cellscope.app.cli.options import experiment, given, read_spec, read_whole
from cellscope.app.server.logs import begin_logging, read_log
from cellscope.app.server.reach import read_public_url
from cellscope.app.server.safety import (
    Safety,
    new_secret,
    read_frame_ancestors,
    read_page,
    read_password,
    read_policy,
    secret_from_environment,
    teacher_from_environment,
)
from cellscope.app.session.memory import default_mb
from cellscope.app.session.sessions import MOST_EXPERIMENTS, MOST_UPLOAD_MB, Limits
from cellscope.app.session.store import TEACHER, Store
from cellscope.app.settings.answer_policy import DEFAULT, read_answers
from cellscope.app.text.texts import text
from cellscope.model.recording.room import DEFAULT_MB, LIMITS_MB
from cellscope.model.spec import MAX_PARAMETERS, limit_parameters
from cellscope.model.view import View

OPTIONS = (
    "host",
    "port",
    "recording_mb",
    "max_parameters",
    "max_steps_per_second",
    "max_memory_mb",
    "max_upload_mb",
    "answers",
    "public_url",
    "data",
    "cluster",
    "password",
    "frame_ancestors",
)
MOST = ("max_experiments", "max_sessions")  # the same, by its newer name and its older one
LIMITS_PARAMETERS = (50_000, 2_000_000)  # the sheet's own experiments have to fit
LIMITS_STEPS = (1, 1_000_000)
LIMITS_MEMORY_MB = (1, 16_777_216)


def add_serve(commands: Any) -> None:
    """Register the subcommand with the parser's subcommands."""
    command = experiment(commands, "serve", run_serve)
    for name in (*OPTIONS, *MOST):
        command.add_argument(f"--{name.replace('_', '-')}", help=text(f"cli.{name}"))


def run_serve(options: argparse.Namespace) -> int:
    """Serve the page until told to stop."""
    # The page is a second's import and 80 MB, which the other commands need not wait for.
    from cellscope.app.server.dash_page import Start
    from cellscope.app.server.run import serve

    begin_logging(read_log(given(None, "CELLSCOPE_LOG", "text")))
    spec = read_spec(options)
    port = read_whole("port", given(options.port, "PORT", "8050"), 0, 65_535)
    host = given(options.host, "HOST", "127.0.0.1").strip()
    if host.startswith("[") and host.endswith("]"):  # an IPv6 address as links write it
        host = host[1:-1]
    limits = read_limits(options)
    limit_parameters(read_limit(options, "max_parameters", MAX_PARAMETERS, LIMITS_PARAMETERS))
    answers = read_answers(given(options.answers, "CELLSCOPE_ANSWERS", DEFAULT))
    public_url = read_public_url(given(options.public_url, "CELLSCOPE_PUBLIC_URL", ""))
    store = read_store(options.data)
    safety = read_safety(options, host, public_url, store)
    cluster = given(options.cluster, "CELLSCOPE_CLUSTER", "")
    serve(Start(spec, View()), limits, host, port, answers, public_url, safety, store, cluster)
    return 0


def read_store(option: str | None) -> Store | None:
    """The folder for what is to outlive the server, taken; None: nothing is written."""
    folder = given(option, "CELLSCOPE_DATA", "")
    if not folder:
        return None
    store = Store(Path(folder))
    store.take()
    return store


def read_limits(options: argparse.Namespace) -> Limits:
    """What all experiments together may take, and each of them."""
    steps = read_limit(options, "max_steps_per_second", 0, LIMITS_STEPS)
    return Limits(
        sessions=read_most(options),
        recording_mb=read_limit(options, "recording_mb", DEFAULT_MB, LIMITS_MB),
        memory_mb=read_limit(options, "max_memory_mb", default_mb(), LIMITS_MEMORY_MB),
        steps_per_second=steps or None,
        upload_mb=read_limit(options, "max_upload_mb", MOST_UPLOAD_MB, (1, MOST_UPLOAD_MB)),
    )


def read_limit(
    options: argparse.Namespace, name: str, default: int, limits: tuple[int, int]
) -> int:
    """A limit: an option, or else a variable, or else the default."""
    raw = given(getattr(options, name), f"CELLSCOPE_{name.upper()}", "")
    asked = getattr(options, name) is not None or raw
    return read_whole(name, raw, *limits) if asked else default


def read_most(options: argparse.Namespace) -> int:
    """How many experiments may live: an option, or else a variable."""
    asked = [(name, getattr(options, name)) for name in MOST]
    asked += [(name, os.environ.get(f"CELLSCOPE_{name.upper()}") or None) for name in MOST]
    name, most = next(
        (one for one in asked if one[1] is not None), (MOST[0], str(MOST_EXPERIMENTS))
    )
    return read_whole(name, most, 1, 10_000)


def read_safety(
    options: argparse.Namespace, host: str, public_url: str, store: Store | None
) -> Safety:
    """Who may open the page."""
    password = given(options.password, "CELLSCOPE_PASSWORD", "")
    policy = os.environ.get("CELLSCOPE_POLICY", "")
    ancestors = given(options.frame_ancestors, "CELLSCOPE_FRAME_ANCESTORS", "")
    return Safety(
        host=host,
        password=read_password(password),
        frame_ancestors=read_frame_ancestors(ancestors),
        secret=secret_from_environment() or (store.secret() if store else new_secret()),
        teacher=teacher_from_environment() or (store.secret(TEACHER) if store else ""),
        impressum=read_page("CELLSCOPE_IMPRESSUM"),
        datenschutz=read_page("CELLSCOPE_DATENSCHUTZ"),
        contact=os.environ.get("CELLSCOPE_CONTACT", ""),
        may_eval=read_policy(policy, host, in_the_open=bool(password or public_url)),
    )
