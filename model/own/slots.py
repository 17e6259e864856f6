"""What a face's bits say, where they are not those of all units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Slots:
    """Which units differ from face to face: bit s of a layer's words is that of `unit[s]`.

    The bit is set where the unit is not on its reference piece; of a choice, `piece[s]` says
    which of the candidates it is then.
    """

    unit: NDArray[np.int32]
    piece: NDArray[np.int32]
    reference: NDArray[np.int64]  # per unit (per line of two kinks), the piece of the first face
