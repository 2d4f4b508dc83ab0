"""Warnings out of the logs, for the terminal in which `make run` runs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

# "2026-11-20 20:08:30,123 WARNING name: text"; supervisord's has "WARN".
_TROUBLE = re.compile(rb"^\S+ \S+ (?:WARN|WARNING|ERROR|CRIT|CRITICAL) ")
_BAD = {"WARNING", "ERROR", "CRITICAL"}
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
                if told := _trouble(line):
                    yield f"{path.stem}: {told}"


def _trouble(line: bytes) -> str | None:
    """The line as a person should see it, if one should. With STEMLINK_LOG=json it is an object."""
    if not line.startswith(b"{"):
        return line.decode(errors="replace") if _TROUBLE.match(line) else None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if record.get("level") not in _BAD:
        return None
    return f"{record.get('time')} {record['level']} {record.get('logger')}: {record.get('message')}"
