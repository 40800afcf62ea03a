"""Whether the server can listen where it is told to, asked before anyone is told to open it."""

from __future__ import annotations

import errno
import os
import socket

from assetreg.domain.errors import Conflict, Invalid
from assetreg.domain.sentences import Phrase
from assetreg.domain.system_faults import words_of

LOWEST_FREE = 1024


class PortTaken(Conflict):
    code = "port_taken"
    message = (
        "Port {port} på {host} används redan av ett annat program, kanske av registret självt. "
        "Avsluta det, eller välj en annan port med --port."
    )


class PortReserved(Invalid):
    code = "port_reserved"
    message = "Port {port} kräver särskild behörighet. Välj en port från {lowest} med --port."


class HostUnknown(Invalid):
    code = "host_unknown"
    message = "Värdnamnet {host} finns inte. Ange en adress på den här datorn med --host, till exempel 127.0.0.1."


class HostElsewhere(Invalid):
    code = "host_elsewhere"
    message = "Adressen {host} hör inte till den här datorn. Ange en som gör det med --host, till exempel 127.0.0.1."


class CannotListen(Invalid):
    code = "cannot_listen"
    message = "Det går inte att lyssna på {host} port {port}: {reason}. Välj en annan adress eller port."


def refuse_unusable(host: str, port: int) -> None:
    """Raises PortTaken, PortReserved, HostUnknown, HostElsewhere or CannotListen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise HostUnknown(field="--host", host=host) from None
    try:
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise _refusal(error, host, port) from None


def _refusal(error: OSError, host: str, port: int) -> Conflict | Invalid:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(field="--port", host=host, port=port)
    if error.errno == errno.EACCES:
        return PortReserved(field="--port", port=port, lowest=LOWEST_FREE)
    if error.errno == errno.EADDRNOTAVAIL:
        return HostElsewhere(field="--host", host=host)
    return CannotListen(host=host, port=port, reason=Phrase(words_of(error)))
