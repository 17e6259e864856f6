"""Compile the kernels ahead of the first picture: seconds on a cold cache, else nothing."""

from model.cells import dense
from model.cells.picture import draw
from model.spec import Spec
from model.training.trainer import Trainer
from model.view import MODES, View


def warm() -> None:
    """Run every kernel of the live picture once, on tiny inputs. Meant for a background thread."""
    dense.warm()
    trainer = Trainer(Spec(width=3, depth=3, samples=20))
    for mode in MODES:
        draw(trainer.latest, View(mode=mode, pixels=21))
    trainer.close()
