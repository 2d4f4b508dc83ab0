"""Shares that are done and hold real sound."""

import io
from typing import Any

import av
import numpy as np

from separation.audio.encode import Pcm, encode
from sharing import jobs
from sharing.domain import SEGMENT_SECONDS
from tests.sharing.shares import Made, make

RATE = 44_100
SEGMENT = SEGMENT_SECONDS * RATE


def noise(frames: int, seed: int) -> Pcm:
    """(2, frames)"""
    return np.random.default_rng(seed).integers(-9_000, 9_000, (2, frames), np.int16)


def begin_recording(frames: int, title: str = "A song") -> tuple[Made, jobs.Claim, dict[str, Pcm]]:
    """A share with all its segments in media, whose worker hasn't said yet that it is done."""
    made = make(title)
    claim = jobs.claim(made.id, "worker-1")
    assert claim is not None
    jobs.scanned(claim, frames=frames, gain=0.5, sample_rate=RATE)
    sounds = {stem.id: noise(frames, seed) for seed, stem in enumerate(claim.share.stems)}
    for stem, sound in sounds.items():
        for number, at in enumerate(range(0, frames, SEGMENT)):
            segment = encode(sound[:, at : at + SEGMENT], "flac", sample_rate=RATE)
            claim.put(f"{stem}/flac/{number}.flac", segment)
    return made, claim, sounds


def record(frames: int = SEGMENT + 5_000, title: str = "A song") -> tuple[Made, dict[str, Pcm]]:
    """A share that is done, and the sound of its stems."""
    made, claim, sounds = begin_recording(frames, title)
    jobs.finish(claim)
    return made, sounds


def decoded(file: bytes) -> Pcm:
    """A file of sound as (2, frames) of 16 bits."""
    with av.open(io.BytesIO(file), "r") as container:
        resampler = av.AudioResampler("s16", "stereo")
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
        return np.concatenate([f.to_ndarray() for f in frames], axis=1).reshape(-1, 2).T.astype(np.int16)


def body(response: Any) -> bytes:
    """All of an answer."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert isinstance(content, bytes)
    return content
