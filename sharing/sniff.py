"""A first look at an upload: is this a kind of sound that can be separated? The decoder looks for real, later."""

import re

import filetype

from sharing.errors import Problem

LOOK = 4096  # bytes that are enough to see it

_AUDIO = re.compile(
    rb"ID3"  # MP3 with tags
    rb"|fLaC"
    rb"|OggS"
    rb"|(?:RIFF|RF64|BW64)....WAVE"
    rb"|riff\x2e\x91\xcf\x11"  # Wave64
    rb"|FORM....AIF[FC]"
    rb"|....ftyp(?!hei[cx]|hev[cx]|mif1|msf1|avi[fs]|crx )"  # MP4 and its kin, unless it is a picture
    rb"|\x00{0,4095}\xff(?:[\xf0\xf1\xf8\xf9]"  # AAC in ADTS
    rb"|[\xe2-\xe5\xf2-\xf5\xfa-\xfd][^\xf0-\xff])",  # MPEG audio, layers II and III; its bit rate is never 15
    re.DOTALL,
)


class NotAudio(Problem):
    """The file is something else, or a kind of sound that can't be read here."""

    status, code = 415, "not_audio"
    message = "This file is not a kind of sound we can read. Use MP3, WAV, FLAC, M4A, AAC, Ogg, Opus or AIFF."


def look(head: bytes) -> None:
    """Raise `NotAudio` unless a file that begins with `head` (up to `LOOK` bytes) may be sound that we read."""
    if _AUDIO.match(head):
        return
    if head.lstrip().startswith(b"{"):
        raise NotAudio(
            "This is JSON and no sound. To share stems by the API, send the header Content-Type: application/json."
        )
    kind = filetype.guess(head)
    if kind is None:
        raise NotAudio
    raise NotAudio(
        f"This is a .{kind.extension} file, which we can't read as sound. "
        "Use MP3, WAV, FLAC, M4A, AAC, Ogg, Opus or AIFF.",
        detail={"type": kind.mime},
    )
