"""What a sweep will cost, before it starts: seconds of one core that others use, too.

The constants were fitted to single networks on an idle core of a 2.5 GHz server (depth 2 to 16,
width 4 to 256) and hold within a factor of 2. A running sweep knows better: it compares what it
has done with the time that took.
"""

from cellscope.model.cells.count.bounds import typical_regions
from cellscope.model.cells.count.film_strip import PLANE_FACES
from cellscope.model.spec import Spec, SpecError
from cellscope.model.sweeps.network import WINDOW_FACES
from cellscope.model.sweeps.plan import Plan
from cellscope.model.view import View

LONGEST_S = 600.0
STEP_S, LAYER_S, PRODUCT_S = 15e-6, 12e-6, 8e-11  # of a step; per layer; per parameter and point
DRAWN_S, UNIT_S = 1e-3, 12e-9  # measuring; per unit and data point
WINDOW_S, PLANE_S, FACE_S = 0.3e-3, 2e-3, 2.5e-6  # a build; all of the plane's; per face
PLANE_BUILDS = 4.0  # of the plane, in faces of the window
PICTURE_S = 2e-3


def estimate(plan: Plan) -> float:
    """Seconds on one core."""
    pictures = sum(picture_seconds(plan.spec_of(point), plan.view) for point in range(plan.points))
    return pictures * (2 if plan.steps else 1) + plan.seeds * sum(
        network_seconds(plan.spec_of(point), plan) for point in range(plan.points)
    )


def check_affordable(plan: Plan) -> float:
    """The estimate; a sweep that takes too long is refused with it."""
    seconds = estimate(plan)
    if seconds > LONGEST_S:
        size = f"{plan.columns} × {plan.rows} × {plan.seeds}"
        limits = {"seconds": round(seconds), "steps": plan.steps, "high": int(LONGEST_S)}
        raise SpecError("sweep", "too_long_a_sweep", size, **limits)
    return seconds


def network_seconds(spec: Spec, plan: Plan) -> float:
    """One network: drawn, measured, trained and measured again."""
    states = 2 if plan.steps else 1
    return plan.steps * step_seconds(spec) + states * state_seconds(spec, plan.view)


def step_seconds(spec: Spec) -> float:
    """One optimiser step."""
    rows = min(spec.batch_size, spec.samples)
    return STEP_S + LAYER_S * spec.layers + PRODUCT_S * spec.parameters * rows


def state_seconds(spec: Spec, view: View) -> float:
    """Moments, loss and counts of one network."""
    forward = (UNIT_S * sum(spec.sizes) + PRODUCT_S * spec.parameters) * spec.samples
    if not spec.is_exact:
        return DRAWN_S + forward
    faces = _faces(spec, view)
    window = WINDOW_S + FACE_S * min(faces, WINDOW_FACES)
    plane = PLANE_S + FACE_S * (PLANE_BUILDS * faces if faces < PLANE_FACES else PLANE_FACES)
    return DRAWN_S + forward + window + plane


def picture_seconds(spec: Spec, view: View) -> float:
    """One small picture."""
    return PICTURE_S + FACE_S * min(_faces(spec, view), WINDOW_FACES)


def _faces(spec: Spec, view: View) -> float:
    """N²/2, as typical at initialisation; straight lines cut as one arrangement."""
    return typical_regions(spec.sizes[1 : min(view.layer, spec.layers) + 1])
