"""A network from a file, kept in an archive of Cellscope's own: its arrays lie beside the words.

What is read is untrusted: it is held to what `opened` would have made.
"""

import base64
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from cellscope.model.files.reading import MAX_BYTES
from cellscope.model.opened import Opened

NETWORK = "network.npz"


def put_beside(archive: ZipFile, packed: Mapping[str, Any]) -> dict[str, Any]:
    """Write the arrays of a packed network into an archive; the words that are left."""
    archive.writestr(NETWORK, base64.b64decode(packed["arrays"]))
    return {name: value for name, value in packed.items() if name != "arrays"}


def packed_beside(archive: ZipFile, words: Mapping[str, Any]) -> dict[str, Any]:
    """The packed network again; a ValueError if it would unpack to too much."""
    if archive.getinfo(NETWORK).file_size > MAX_BYTES:
        raise ValueError(NETWORK)
    arrays = archive.read(NETWORK)
    with ZipFile(BytesIO(arrays)) as inner:
        if sum(one.file_size for one in inner.infolist()) > MAX_BYTES:
            raise ValueError(NETWORK)
    return {**words, "arrays": base64.b64encode(arrays).decode()}


def opened_beside(archive: ZipFile, words: Mapping[str, Any]) -> Opened:
    """The network itself, not yet checked."""
    return Opened.unpacked(packed_beside(archive, words))
