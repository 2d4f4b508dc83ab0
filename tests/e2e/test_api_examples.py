"""The examples of docs/api.md, block by block, against a running service: they do what they say."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest
import requests

from tests.hosts import File, Host
from tests.running import ROOT, Service

GUIDE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
BASE = "http://localhost:8000"
ELSEWHERE = "https://example.org"
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = {
    "sh": ["bash", "-euo", "pipefail"],
    "python": [sys.executable],
    "js": ["node"],
}
ENDINGS = {"sh": "sh", "python": "py", "js": "mjs"}


@pytest.fixture(scope="module")
def host(short_song: Path) -> Iterator[Host]:
    """Where the stems lie that exist already."""
    with Host() as host:
        for name in ("vocals", "band"):
            host.at(f"/{name}.flac", File(short_song.read_bytes(), type="audio/flac"))
        yield host


@pytest.fixture
def run(service: Service, host: Host, short_song: Path, tmp_path: Path) -> Callable[[str], str]:
    """Runs all blocks of a language, one after the other as a reader would; returns what they print."""

    def run(language: str) -> str:
        shutil.copyfile(short_song, tmp_path / "song.flac")
        script = tmp_path / f"examples.{ENDINGS[language]}"
        text = "\n".join(block for kind, block in BLOCKS if kind == language)
        script.write_text(text.replace(BASE, service.url).replace(ELSEWHERE, host.url("")), encoding="utf-8")
        done = subprocess.run(
            [*COMMANDS[language], script.name],
            cwd=tmp_path,
            env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


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


def test_the_shell(run: Callable[[str], str], service: Service, tmp_path: Path) -> None:
    printed = run("sh")
    assert "It is done." in printed
    assert '"title":"My song, live"' in printed
    assert '"state":"cancelled"' in printed
    assert printed.count('"ok":true') == 2  # the links
    assert '"id":"guitar"' in printed  # the upload
    assert seconds(tmp_path / "vocals.flac") == pytest.approx(10, abs=0.1)
    with zipfile.ZipFile(tmp_path / "stems.zip") as archive:
        assert len(archive.namelist()) == 4
        assert all(name.startswith("My song, live - ") for name in archive.namelist())
    assert is_gone(printed, service)


@pytest.mark.parametrize(("language", "ending"), [("python", "flac"), ("js", "mp3")])
def test_programs(
    language: str, ending: str, run: Callable[[str], str], service: Service, tmp_path: Path
) -> None:
    printed = run(language)
    for line in (
        "It is done",
        "Now it is called My song, live",
        "Stems that stay where they are: done",
        "The other one is cancelled",
        "This share was deleted",
    ):
        assert line in printed
    for stem in ("vocals", "drums", "bass", "other"):
        assert seconds(tmp_path / f"{stem}.{ending}") == pytest.approx(10, abs=0.1)
    assert is_gone(printed, service)
