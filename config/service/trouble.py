"""Warnings out of the logs, for the terminal in which `make run` runs."""

import re
from collections.abc import Iterator
from pathlib import Path

# Ours: "2026-11-20 20:08:30,123 WARNING name: text". supervisord's: the same with "WARN". gunicorn's:
# "[2026-11-20 20:08:30 +0000] [123] [ERROR] text".
_TROUBLE = re.compile(rb"^\S+ \S+ (?:\S+ \S+ )?\[?(?:WARN|WARNING|ERROR|CRIT|CRITICAL)\]? ")
_FILES = ("supervisor", "web", "worker", "reaper")


class Trouble:
    """Follows the logs from where they end now."""

    def __init__(self, folder: Path) -> None:
        self._read = {folder / f"{name}.log": 0 for name in _FILES}
        for path in self._read:
            if path.exists():
                self._read[path] = path.stat().st_size

    def lines(self) -> Iterator[str]:
        """New lines that somebody should see; the rest stays in the files."""
        for path, before in self._read.items():
            try:
                with path.open("rb") as log:
                    # Shorter than it was: it was rotated, and begins anew.
                    log.seek(before if path.stat().st_size >= before else 0)
                    text = log.read(1_000_000)
                    end = log.tell()
            except FileNotFoundError:
                continue
            whole, newline, rest = text.rpartition(b"\n")
            self._read[path] = end - len(rest) if newline else end - len(text)
            for line in whole.splitlines():
                if _TROUBLE.match(line):
                    yield f"{path.stem}: {line.decode(errors='replace')}"
