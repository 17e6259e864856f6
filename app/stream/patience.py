"""How much of one socket is heard: who says too much in a few seconds is heard on only after them.

What it goes on saying waits in its own connection, and takes nobody's time or memory.
"""

import asyncio
from itertools import count

from cellscope.app.server.rates import MESSAGES, Rates

BATCH = 20  # messages that are counted together
_numbers = count()


class Patience:
    """With one socket."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._who = str(next(_numbers))
        self._left = 0  # messages that are counted already

    def take(self) -> bool:
        """Count one message; False if it is one too many for now."""
        if self._left == 0:
            if not self._rates.take(MESSAGES, self._who, BATCH):
                return False
            self._left = BATCH
        self._left -= 1
        return True

    async def wait(self) -> None:
        """Until it may speak again."""
        await asyncio.sleep(self._rates.seconds_left(MESSAGES, self._who))
