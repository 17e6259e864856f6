"""The wire format of protocol buffers, as far as reading needs it: numbers and stretches of bytes.

https://protobuf.dev/programming-guides/encoding. Nothing is copied, and nothing allocated that is
not counted: a file of many small messages is read up to a limit.
"""

from collections import defaultdict
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
Value = int | memoryview  # fixed numbers are their bytes
Message = dict[int, list[Value]]


class Broken(ValueError):
    """Bytes that are no such message."""


class Reader:
    """Reads messages of one file, no more fields than `limit` in all."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def message(self, data: memoryview) -> Message:
        """The fields of a message by their numbers, in order."""
        found: defaultdict[int, list[Value]] = defaultdict(list)
        at = 0
        while at < len(data):
            self.left -= 1
            if self.left < 0:
                raise Broken("too many fields")
            tag, at = varint(data, at)
            kind = tag & 7
            if kind == VARINT:
                value, at = varint(data, at)
                found[tag >> 3].append(value)
                continue
            if kind == BYTES:
                size, at = varint(data, at)
            elif kind in (FIXED32, FIXED64):
                size = 4 if kind == FIXED32 else 8
            else:
                raise Broken("a field of an unknown kind")
            if size > len(data) - at:
                raise Broken("cut short")
            found[tag >> 3].append(data[at : at + size])
            at += size
        return dict(found)


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where the next field begins."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Broken("cut short")
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value & (2**64 - 1), at


def signed(value: int) -> int:
    """A number as int64."""
    return value - 2**64 if value >= 2**63 else value


def whole_numbers(values: list[Value], limit: int) -> Iterator[int]:
    """A repeated field of whole numbers, packed or not."""
    for value in values:
        if isinstance(value, int):
            yield signed(value)
            continue
        at = 0
        while at < len(value):
            limit -= 1
            if limit < 0:
                raise Broken("too many numbers")
            number, at = varint(value, at)
            yield signed(number)


def text(message: Message, field: int) -> str:
    """A text, "" if there is none."""
    values = message.get(field, [b""])
    last = values[-1]
    if isinstance(last, int):
        raise Broken("a number in place of a text")
    return bytes(last).decode()


def parts(message: Message, field: int) -> list[memoryview]:
    """The messages of a field."""
    found: list[memoryview] = []
    for value in message.get(field, []):
        if isinstance(value, int):
            raise Broken("a number in place of a message")
        found.append(value)
    return found


def number(message: Message, field: int, default: int = 0) -> int:
    """A whole number."""
    value = message.get(field, [default])[-1]
    if not isinstance(value, int):
        raise Broken("a message in place of a number")
    return signed(value)
