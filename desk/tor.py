"""Onion services: their names are for Tor alone, and a look-up anywhere else would tell of them.

Rules of this file: it opens nothing and asks nothing. Whether this very process goes through Tor is
seen by what is loaded into it; what an environment only promises, a library may have failed to do.
"""

import re
from pathlib import Path

from desk.errors import OnionHere

ONION = re.compile(r"https?://[^/?#]*\.onion\.?(:[0-9]*)?([/?#]|$)", re.ASCII | re.IGNORECASE)
#: The library by which `torsocks` stands between a program and the network.
LIBRARY = "libtorsocks"
LOADED = Path("/proc/self/maps")


def is_onion(url: str) -> bool:
    """Tell whether an address is an onion service's."""
    return ONION.match(url) is not None


def is_between(loaded: Path = LOADED) -> bool:
    """Tell whether all that this process asks goes through Tor: no, where that cannot be seen.

    `loaded` lists what is loaded into it, as Linux does (proc(5)).
    """
    try:
        return LIBRARY in loaded.read_text("utf-8", errors="replace")
    except OSError:
        return False


def out_of_reach(url: str) -> bool:
    """Tell whether an address must not be asked by this process."""
    return is_onion(url) and not is_between()


def check(url: str) -> str:
    """Return an address, unless it must not be asked by this process.

    Raises:
        OnionHere: it is an onion service's, and this process does not go through Tor.
    """
    if out_of_reach(url):
        raise OnionHere(url)
    return url
