"""Who reaches this machine: it alone, or others on the network, and by which names."""

import socket
from contextlib import suppress

LOOPBACK = {"127.0.0.1", "::1", "localhost"}  # who listens here is reached by this machine alone


def own_names() -> list[str]:
    """This machine's name, its name in multicast DNS, and the addresses from which it would speak to others."""
    name = socket.gethostname().lower()
    names = [name, f"{name.split('.')[0]}.local"]
    # Connecting a datagram socket sends nothing: it only asks which of our addresses that way begins at.
    for family, somewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((somewhere, 9))
            address = probe.getsockname()[0]
            names.append(f"[{address}]" if family is socket.AF_INET6 else address)
    return names
