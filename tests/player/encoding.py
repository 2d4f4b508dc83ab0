"""Sound files of the kinds that people host."""

import io
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray


def encode(sound: NDArray[np.floating[Any]], kind: str, *, rate: int = 44_100) -> bytes:
    """Samples of -1 to 1 as a file: wav, wav24, flac, mp3, m4a, opus, ogg (Vorbis)."""
    container, codec, options = {
        "wav": ("wav", "pcm_s16le", {}),
        "wav24": ("wav", "pcm_s24le", {}),
        "flac": ("flac", "flac", {}),
        "mp3": ("mp3", "libmp3lame", {"b": "192000"}),
        "m4a": ("ipod", "aac", {"b": "192000"}),
        "opus": ("ogg", "libopus", {"b": "160000"}),
        "ogg": ("ogg", "vorbis", {"strict": "-2", "b": "192000"}),
    }[kind]
    target = io.BytesIO()
    pcm = np.ascontiguousarray(np.clip(np.round(sound * 32_767), -32_768, 32_767).astype(np.int16).T)
    with av.open(target, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, options=options)
        assert isinstance(stream, av.AudioStream)
        stream.layout = "stereo"
        resampler = av.AudioResampler(format=stream.format or "s16", layout="stereo", rate=rate)
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.pts = rate, 0
        for block in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    return target.getvalue()
