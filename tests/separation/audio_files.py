"""Sound files of many kinds, made for a test."""

import struct
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream

from tests.separation.sounds import RATE, Sound

# file ending -> (container, encoder)
KINDS = {
    "mp3": ("mp3", "libmp3lame"),
    "wav": ("wav", "pcm_s16le"),
    "flac": ("flac", "flac"),
    "m4a": ("ipod", "aac"),
    "aac": ("adts", "aac"),
    "opus": ("ogg", "libopus"),
    "ogg": ("ogg", "vorbis"),
    "aiff": ("aiff", "pcm_s16be"),
    "w64": ("w64", "pcm_s24le"),
}


def write(
    path: Path, sound: Sound, rate: int = RATE, *, kind: str | None = None, layout: str | None = None
) -> Path:
    """Writes (channels, samples) in the kind of the path's ending; returns the path."""
    form, codec = KINDS[kind or path.suffix[1:]]
    layout = layout or {1: "mono", 2: "stereo"}[sound.shape[0]]
    with av.open(str(path), "w", format=form) as container:
        options = {"strict": "experimental"} if codec == "vorbis" else {}
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, layout=layout, options=options))
        context = stream.codec_context
        convert = av.AudioResampler(format=context.format, layout=layout, rate=rate)
        for start in range(0, sound.shape[1], 8192):
            block = np.ascontiguousarray(sound[:, start : start + 8192].T).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout=layout)
            frame.sample_rate = rate
            frame.pts = start
            for piece in convert.resample(frame):
                container.mux(stream.encode(piece))
        for piece in convert.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def wav(
    sound: Sound,
    rate: int = RATE,
    *,
    channels: int | None = None,
    data_size: int | None = None,
    bits: int = 32,
) -> bytes:
    """A WAV by hand (32-bit floats, or 16-bit integers), whose header may lie."""
    if bits == 32:
        body, tag = np.ascontiguousarray(sound.T, "<f4").tobytes(), 3
    else:
        body, tag = np.rint(np.clip(sound.T, -1, 32767 / 32768) * 32768).astype("<i2").tobytes(), 1
    count = sound.shape[0] if channels is None else channels
    size = bits // 8 * count
    head = struct.pack("<HHIIHH", tag, count, rate, rate * size & 0xFFFFFFFF, size & 0xFFFF, bits)
    length = len(body) if data_size is None else data_size
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", length) + body
    return b"RIFF" + struct.pack("<I", min(0xFFFFFFFF, len(chunks) + 4)) + b"WAVE" + chunks
