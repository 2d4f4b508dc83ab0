"""The first look at an upload."""

import io
import zipfile

import pytest

from sharing.sniff import NotAudio, look

ZEROS = bytes(64)


@pytest.mark.parametrize(
    "head",
    [
        b"ID3\x04" + ZEROS,
        b"\xff\xfb\x90\x64" + ZEROS,
        b"\xff\xfa\x90\x64" + ZEROS,  # with checksum
        b"\xff\xe3\x18\xc4" + ZEROS,  # MPEG 2.5
        bytes(417) + b"\xff\xfb\x90\x64",  # silence padded in front, as some recorders do
        b"fLaC" + ZEROS,
        b"OggS" + ZEROS,
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"RF64\xff\xff\xff\xffWAVEds64",
        b"riff\x2e\x91\xcf\x11" + ZEROS,
        b"FORM\0\0\0\x10AIFF",
        b"FORM\0\0\0\x10AIFC",
        b"\0\0\0\x20ftypM4A " + ZEROS,
        b"\0\0\0\x20ftypisom" + ZEROS,
        b"\xff\xf1\x50\x80" + ZEROS,
    ],
)
def test_sound_passes(head: bytes) -> None:
    look(head)


def archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("song.mp3", "no")
    return data.getvalue()


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\x89PNG\r\n\x1a\n" + ZEROS, ".png"),
        (archive(), ".zip"),
        (b"%PDF-1.7" + ZEROS, ".pdf"),
        (b"RIFF\x24\0\0\0AVI LIST", "not a kind of sound"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", ".webp"),
        (b"\0\0\0\x18ftypheic" + ZEROS, ".heic"),
        (b"\xff\xd8\xff\xe0" + ZEROS, ".jpg"),
        (b"#EXTM3U\nhttp://127.0.0.1/", "not a kind of sound"),
        (b"<!doctype html><script>", "not a kind of sound"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1", "not a kind of sound"),
        (bytes(4096), "not a kind of sound"),
        (b"\xff\xfe<\0h\0t\0m\0l\0", "not a kind of sound"),
        (b"x", "not a kind of sound"),
    ],
)
def test_what_is_not_sound_is_named(head: bytes, word: str) -> None:
    with pytest.raises(NotAudio) as refusal:
        look(head)
    message = refusal.value.message
    assert word in message or "can't read as sound" in message
    assert "MP3, WAV" in message


def test_json_that_came_as_a_song_is_told_its_header() -> None:
    """`curl -d '{...}'` says that it sends a form."""
    with pytest.raises(NotAudio, match="Content-Type: application/json"):
        look(b' {"stems": [{"url": "https://example.org/bass.mp3"}]}')
