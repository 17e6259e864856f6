"""A recording as a film: GIF or animated WebP, or as .npz, which opens again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from cellscope.app.features.take_along.film_frame import Look, frame_of
from cellscope.app.session.jobs import Job
from cellscope.model.recording.pair import beside
from cellscope.model.recording.recording import Recording
from cellscope.model.recording.reel import frames_that_fit, weights_of, written
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import SpecError

KIND = "recording"  # of job
FORMATS = {"gif": "image/gif", "webp": "image/webp", "npz": "application/octet-stream"}
SIZES = (300, 600, 900)  # pixels of a picture's side
SECONDS = (3, 10, 30)
PER_SECOND = 10
LAST_MS = 1500  # that the last frame stays
MOST_BYTES = 128 * 2**20  # of all frames before they are written


@dataclass(frozen=True, slots=True)
class Film:
    """The file of a recording."""

    data: bytes
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Which film: a run from its start to where it is, so long, so large."""

    kind: str
    recording: Recording
    last: int
    seconds: int
    look: Look
    paired: bool  # step 0 beside each frame

    @property
    def steps(self) -> list[int]:
        """Of the frames, evenly spaced, the first and the last among them."""
        pictures = 2 if self.paired or len(self.recording.tracks) > 1 else 1
        fit = MOST_BYTES // (pictures * self.look.view.pixels**2)
        if self.kind == "npz":
            fit = frames_that_fit(self.recording.specs)
        most = max(2, min(self.seconds * PER_SECOND, fit))
        return sorted({round(k * self.last / (most - 1)) for k in range(most)})


def read_choice(name: str, raw: object, choices: Sequence[object]) -> Any:
    """One of the choices; numbers may be written as text."""
    for choice in choices:
        if raw == choice or raw == str(choice):
            return choice
    raise SpecError(name, "choice", raw, choices=", ".join(map(str, choices)))


def film_work(plan: Plan) -> Callable[[Job], Film | None]:
    """Step after step is replayed and drawn; then all are written."""

    def work(job: Job) -> Film | None:
        replayer, steps = Replayer(), plan.steps
        paired = plan.paired and plan.kind != "npz"  # step 0 is in it
        start = replayer.snapshot(plan.recording, 0) if paired else None
        frames: list[Any] = []
        for k, step in enumerate(steps):
            seen = replayer.snapshot(plan.recording, step, lambda _done, _all: job.going_on())
            if seen is None:
                return None
            shown = seen if start is None else beside(seen, start)
            share = k / max(1, len(steps) - 1)
            frame = frame_of(shown, plan.look, share) if plan.kind != "npz" else weights_of(shown)
            frames.append(frame)
            if not job.report(k + 1):
                return None
        if plan.kind == "npz":
            data = written(plan.recording, plan.last, steps, list(zip(*frames, strict=True)))
        else:
            data = _film(frames, plan)
        name = f"cellscope-recording-to-step-{plan.last}.{plan.kind}"
        return Film(data, FORMATS[plan.kind], name)

    return work


def _film(frames: Sequence[Image.Image], plan: Plan) -> bytes:
    each = round(1000 * plan.seconds / len(frames))
    durations = [*[each] * (len(frames) - 1), LAST_MS]
    rest: Mapping[str, Any] = {"lossless": True, "method": 2} if plan.kind == "webp" else {}
    stream = BytesIO()
    frames[0].save(
        stream,
        format=plan.kind.upper(),
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=0,
        **rest,
    )
    return stream.getvalue()
