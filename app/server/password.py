"""The password of a server in the open: HTTP's own (Basic, RFC 7617), any user name.

The browser asks for it and keeps it; no cookie is set. Not every browser repeats it for a socket,
so the page, which nobody gets without it, carries a token that the socket's first message shows.
"""

import base64
import hashlib
import hmac

from starlette.datastructures import Headers

from cellscope.app.server.rates import PASSWORDS, Rates
from cellscope.app.server.tokens import Tokens

TICKET_S = 7 * 24 * 3600  # as long as an open page may be away
LONGEST_HEADER = 1000


class Password:
    """`given` is "" where there is none: then everybody may."""

    def __init__(self, given: str, tokens: Tokens, rates: Rates) -> None:
        self._digest = hashlib.sha256(given.encode()).digest() if given else b""
        self._purpose = f"ticket.{self._digest.hex()}"  # another password: other tickets
        self._tokens = tokens
        self._rates = rates

    @property
    def wanted(self) -> bool:
        return bool(self._digest)

    def ticket(self) -> str:
        """What the page shows when it opens its socket; "" where nothing is wanted."""
        return self._tokens.sign(self._purpose, 1) if self.wanted else ""

    def knows_ticket(self, ticket: object) -> bool:
        return not self.wanted or self._tokens.read(self._purpose, ticket, TICKET_S) == 1

    def right(self, headers: Headers, address: str) -> bool:
        """Whether the request has the password; a wrong one counts, and too many end all tries."""
        if not self.wanted:
            return True
        given = _given(headers.get("authorization", ""))
        if given is None or not self._rates.free(PASSWORDS, address):
            return False
        right = hmac.compare_digest(hashlib.sha256(given).digest(), self._digest)
        if not right:
            self._rates.take(PASSWORDS, address)
        return right


def _given(header: str) -> bytes | None:
    scheme, _, encoded = header[:LONGEST_HEADER].partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded.strip(), validate=True).partition(b":")[2]
    except ValueError:  # no base64, or letters beyond ASCII
        return None
