"""What the scripts of the pages import. The files themselves say so: a list beside them would soon be wrong."""

import re
from functools import cache
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).resolve().parents[1] / "static"

_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(
    r"""^(?:(?:import|export)\b[^'"();]*\bfrom\s*|import\s*)['"](\.[^'"]+)['"]""", re.MULTILINE
)


@cache  # files don't change within a release, and a process serves one
def imports_of(*entries: str) -> tuple[str, ...]:
    """The modules that load before the code of `entries` runs, themselves included: paths below static/, breadth first.

    Imports in functions (`import()`) load later and aren't among them.
    """
    found = dict.fromkeys(entries)
    waiting = list(entries)
    for path in waiting:  # grows meanwhile
        for name in _direct(path):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return tuple(found)


def _direct(path: str) -> list[str]:
    file = STATIC / path
    source = _COMMENT.sub("", file.read_text(encoding="utf-8"))
    return [(file.parent / name).resolve().relative_to(STATIC).as_posix() for name in _IMPORT.findall(source)]
