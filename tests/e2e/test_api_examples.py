"""The examples of docs/api.md, block by block, against a running service: they do what they say."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import av
import pytest
import requests

from tests.running import ROOT, Service

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BASE = "http://localhost:8000"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = {
    "sh": ["bash", "-euo", "pipefail"],
    "python": [sys.executable],
    "js": ["node"],
}
ENDINGS = {"sh": "sh", "python": "py", "js": "mjs"}


def run(language: str, service: Service, song: Path, folder: Path) -> str:
    """All blocks of a language, one after the other as a reader would; returns what they print."""
    shutil.copyfile(song, folder / "song.flac")
    script = folder / f"examples.{ENDINGS[language]}"
    blocks = [text for kind, text in BLOCKS if kind == language]
    script.write_text("\n".join(blocks).replace(BASE, service.url), encoding="utf-8")
    done = subprocess.run(
        [*COMMANDS[language], script.name],
        cwd=folder,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def is_gone(printed: str, service: Service) -> bool:
    """Whether the share that was told of is deleted."""
    (share_id,) = re.findall(rf"Listen at {service.url}/(\w+)", printed)
    return requests.get(f"{service.url}/api/shares/{share_id}/", timeout=10).status_code == 410


def seconds(path: Path) -> float:
    """The length of a file of sound."""
    with av.open(str(path)) as container:
        return (container.duration or 0) / 1e6


def test_every_block_is_run() -> None:
    assert {language for language, _ in BLOCKS} == set(COMMANDS)
    assert all(BASE in "".join(text for kind, text in BLOCKS if kind == language) for language in COMMANDS)


def test_the_shell(service: Service, short_song: Path, tmp_path: Path) -> None:
    printed = run("sh", service, short_song, tmp_path)
    assert "It is done." in printed
    assert '"title":"My song, live"' in printed
    assert '"state":"cancelled"' in printed
    assert seconds(tmp_path / "vocals.flac") == pytest.approx(10, abs=0.1)
    with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
        assert len(archive.namelist()) == 4
        assert all(name.startswith("My song, live - ") for name in archive.namelist())
    assert is_gone(printed, service)


@pytest.mark.parametrize(("language", "ending"), [("python", "flac"), ("js", "mp3")])
def test_programs(language: str, ending: str, service: Service, short_song: Path, tmp_path: Path) -> None:
    printed = run(language, service, short_song, tmp_path)
    for line in (
        "It is done",
        "Now it is called My song, live",
        "The other one is cancelled",
        "This share was deleted",
    ):
        assert line in printed
    for stem in ("vocals", "drums", "bass", "other"):
        assert seconds(tmp_path / f"{stem}.{ending}") == pytest.approx(10, abs=0.1)
    assert is_gone(printed, service)
