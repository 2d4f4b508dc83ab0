"""The same music lines up whatever it was saved as: what encoders put in front of it is cut away."""

import struct
from pathlib import Path

import numpy as np
import pytest

from separation.audio.decode import AudioReader
from tests.separation.audio_files import write
from tests.separation.sounds import RATE, Sound

MOST_SECONDS = 0.001


def bursts(rate: int) -> Sound:
    """Three seconds in which two tones swell twice (2, frames): what has one place at any rate."""
    time = np.arange(3 * rate) / rate
    swell = sum(np.exp(-(((time - at) / 0.01) ** 2)) for at in (1.0, 2.1))
    tones = 0.5 * np.sin(2 * np.pi * 1000 * time) + 0.2 * np.sin(2 * np.pi * 2740 * time + 1)
    return np.tile(swell * tones, (2, 1)).astype(np.float32)


def decoded(path: Path) -> Sound:
    with AudioReader(path) as reader:
        return np.concatenate(list(reader), axis=1)


def delay(sound: Sound) -> float:
    """By how many seconds the bursts come late, where a cross-correlation is largest."""
    expected = bursts(RATE)[0]
    frames = min(len(expected), sound.shape[1])
    spectra = np.fft.rfft(np.stack([expected[:frames], sound[0, :frames]]), 2 * frames)
    likeness = np.fft.irfft(np.conj(spectra[0]) * spectra[1])
    place = int(np.argmax(likeness))
    return (place if place < frames else place - 2 * frames) / RATE


@pytest.mark.parametrize("rate", [44_100, 48_000, 22_050])
@pytest.mark.parametrize("kind", ["wav", "flac", "aiff", "mp3", "m4a", "ogg"])
def test_the_same_music_lines_up(tmp_path: Path, kind: str, rate: int) -> None:
    sound = decoded(write(tmp_path / f"song.{kind}", bursts(rate), rate))
    assert abs(delay(sound)) <= MOST_SECONDS
    assert 0 <= sound.shape[1] - 3 * RATE <= 2048, "more than what fills the codec's last block"


def test_opus_lines_up_too(tmp_path: Path) -> None:
    sound = decoded(write(tmp_path / "song.opus", bursts(48_000), 48_000))
    assert abs(delay(sound)) <= MOST_SECONDS


def test_an_m4a_that_says_it_as_itunes_does(tmp_path: Path) -> None:
    """No edit list, but a tag with the encoder's delay in hexadecimal."""
    path = write(tmp_path / "song.m4a", bursts(RATE))
    whole = path.read_bytes()
    assert whole.count(b"edts") == 1
    path.write_bytes(whole.replace(b"edts", b"free"))
    assert delay(decoded(path)) == 1024 / RATE, "without the edit list it comes late"
    path.write_bytes(with_itunes_tag(whole.replace(b"edts", b"free"), delay=1024, frames=3 * RATE))
    assert abs(delay(decoded(path))) <= MOST_SECONDS


def with_itunes_tag(file: bytes, *, delay: int, frames: int) -> bytes:
    """An MP4 whose `moov` is last, with iTunSMPB in it."""
    text = f" 00000000 {delay:08X} 00000334 {frames:016X}" + " 00000000" * 8
    tag = box(
        b"----",
        box(b"mean", b"\0\0\0\0com.apple.iTunes"),
        box(b"name", b"\0\0\0\0iTunSMPB"),
        box(b"data", struct.pack(">II", 1, 0) + text.encode()),
    )
    handler = box(b"hdlr", struct.pack(">II4s4s9x", 0, 0, b"mdir", b"appl"))
    added = box(b"udta", box(b"meta", b"\0\0\0\0", handler, box(b"ilst", tag)))
    at = file.rindex(b"moov") - 4
    moov = file[at:]
    assert struct.unpack(">I", moov[:4])[0] == len(moov), "moov is last"
    return file[:at] + struct.pack(">I", len(moov) + len(added)) + moov[4:] + added


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body
