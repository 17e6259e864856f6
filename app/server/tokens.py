"""Signed words: what this server has said, and nobody else can; compared in constant time."""

from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

LONGEST = 2000  # characters


class Tokens:
    """Signs with the server's secret; each purpose with a key of its own."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def sign(self, purpose: str, value: Any) -> str:
        """A token that holds the value, for all to read, and nobody to change."""
        return str(self._signer(purpose).dumps(value))

    def read(self, purpose: str, token: object, seconds: int) -> Any:
        """What was signed for this purpose at most so long ago; None for anything else."""
        if not isinstance(token, str) or not token.isascii() or len(token) > LONGEST:
            return None
        try:
            return self._signer(purpose).loads(token, max_age=seconds)
        except BadData:
            return None

    def _signer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=f"cellscope.{purpose}")
