"""The edges where people write: each channel decodes what comes and lays out what goes.

httpcore, below both channels, tries to import `sniffio` many times a request. Where that is not
installed (nothing else needs it), each try looks through every folder that Python loads from; here
it is said once that there is none.
"""

import sys
from importlib.util import find_spec

_ABSENT = "sniffio"

if _ABSENT not in sys.modules and find_spec(_ABSENT) is None:
    sys.modules[_ABSENT] = None  # type: ignore[assignment]
