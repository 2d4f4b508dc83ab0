"""A decoder that dies, stalls or talks nonsense is an error, never the end of a song."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from separation.audio import decode
from separation.audio.decode import AudioReader, Limits
from separation.errors import AudioError
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise


@pytest.fixture
def long_song(tmp_path: Path) -> Path:
    path = tmp_path / "song"
    path.write_bytes(wav(noise(RATE * 30)))
    return path


PROLOGUE = """
import os, struct, sys, time
def send(kind, body):
    os.write(1, kind + struct.pack("<I", len(body)) + body)
head = b'{"format": "wav", "codec": "x", "sample_rate": 44100, "channels": 2}'
"""
# Puts a child that runs the given lines in the decoder's place, and gives a song.
Replace = Callable[[str], Path]


@pytest.fixture
def child_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, long_song: Path) -> Replace:
    def replace(body: str) -> Path:
        script = tmp_path / "child.py"
        script.write_text(PROLOGUE + body)
        monkeypatch.setattr(decode, "_CHILD", script)
        return long_song

    return replace


def test_killed_in_the_middle_is_an_error(long_song: Path) -> None:
    with AudioReader(long_song) as reader:
        blocks = iter(reader)
        next(blocks)
        os.kill(reader._child.pid, signal.SIGKILL)
        with pytest.raises(AudioError) as caught:
            for _ in blocks:
                pass
    assert caught.value.code == "decoder_stopped"
    assert caught.value.retry


@pytest.mark.parametrize(
    "body",
    [
        "",
        "sys.exit(3)",
        "send(b'H', head)",
        "send(b'H', head); send(b'P', bytes(800))",
        "send(b'H', head); os.write(1, b'P' + struct.pack('<I', 800) + bytes(100))",
        "send(b'H', head); send(b'P', bytes(801)); send(b'Z', b'{\"truncated\": false, \"wild\": false}')",
        "send(b'H', head); send(b'?', b'{}')",
        "send(b'H', head); send(b'Z', b'[]')",
        "send(b'H', head); send(b'Z', b'nonsense')",
        "os.write(1, b'H' + struct.pack('<I', 1 << 31))",
        "send(b'Z', b'{\"truncated\": false, \"wild\": false}')",
        "os.kill(os.getpid(), 11)",
    ],
)
def test_an_end_that_was_not_announced_is_an_error(body: str, child_says: Replace) -> None:
    path = child_says(body)
    with pytest.raises(AudioError) as caught, AudioReader(path) as reader:
        list(reader)
    assert caught.value.code == "decoder_stopped"


def test_standing_still_is_an_error(child_says: Replace) -> None:
    path = child_says("send(b'H', head); time.sleep(60)")
    start = time.monotonic()
    with pytest.raises(AudioError) as caught, AudioReader(path, limits=Limits(stall_seconds=0.5)) as reader:
        list(reader)
    assert caught.value.code == "decoder_stopped"
    assert time.monotonic() - start < 10
    assert reader._child.poll() is not None


def test_a_slow_listener_is_not_a_stall(long_song: Path) -> None:
    count = 0
    with AudioReader(long_song, limits=Limits(stall_seconds=0.5)) as reader:
        for block in reader:
            if not count:
                time.sleep(1)
            count += block.shape[1]
    assert count == RATE * 30


def test_the_child_inherits_the_song_and_nothing_else(
    child_says: Replace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    secret = os.open(tmp_path / "secret", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(secret, True)
    report = tmp_path / "report"
    path = child_says(
        f"""
links = []
for number in os.listdir("/proc/self/fd"):
    try:
        links.append(os.readlink("/proc/self/fd/" + number))
    except FileNotFoundError:  # the listing itself
        pass
open({str(report)!r}, "w").write(repr(links) + repr(dict(os.environ)))
"""
    )
    with pytest.raises(AudioError):
        AudioReader(path)
    os.close(secret)
    text = report.read_text()
    assert str(path) in text
    assert "secret" not in text
    assert "hush" not in text
