"""Songs as files, made of sounds that no model takes for one another."""

from pathlib import Path

import av
import numpy as np

RATE = 44_100
TONE = 55.0  # Hz; the clicks have nothing below 2 kHz


def bass_and_clicks(path: Path, seconds: int) -> Path:
    """A low tone all through, and a click four times a second, as a FLAC file."""
    time = np.arange(RATE) / RATE
    tone = 0.3 * np.sin(2 * np.pi * TONE * time)
    noise = np.random.default_rng(1).standard_normal(RATE // 4)
    click = np.diff(noise, prepend=[0.0, 0.0], n=2) * np.exp(-np.arange(len(noise)) / (0.008 * RATE))
    second = tone + np.tile(0.15 * click, 4)
    samples = np.clip(second * 32767, -32768, 32767).astype(np.int16)
    with av.open(str(path), "w", format="flac") as file:
        stream = file.add_stream("flac", rate=RATE, layout="stereo")
        for number in range(seconds):
            frame = av.AudioFrame.from_ndarray(
                np.repeat(samples, 2)[np.newaxis], format="s16", layout="stereo"
            )
            frame.sample_rate = RATE
            frame.pts = number * RATE
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path
