"""Who can open the page: this machine alone, or everybody in its network."""

import socket
from contextlib import suppress
from ipaddress import ip_address

from cellscope.app.text.texts import text

ANYWHERE = {"0.0.0.0": ("192.0.2.1", 9), "::": ("2001:db8::1", 9)}  # an address of documentation


def network_note(bound: str, port: int, *, password: bool = False) -> str:
    """What is said at the start of a server that others can reach, "" of one that they can't."""
    address = ip_address(bound.split("%")[0])
    if address.is_loopback:
        return ""
    shown = own_address(bound) if bound in ANYWHERE else bound
    where = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
    return text("server.in_network_password" if password else "server.in_network", "en", url=where)


def own_address(bound: str) -> str:
    """The address of this machine in its network; nothing is sent to find it out."""
    kind = socket.AF_INET6 if ":" in bound else socket.AF_INET
    with suppress(OSError), socket.socket(kind, socket.SOCK_DGRAM) as probe:
        probe.connect(ANYWHERE[bound])
        return str(probe.getsockname()[0])
    return socket.gethostname()
