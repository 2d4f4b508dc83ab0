"""The same stems in the form each player's own documentation asks for.

- Stemlink: FLAC segments of 4 s and peaks.bin, laid out as the service lays them out.
- stemplayer-js: its docker-process-audio cuts a WAV every 10 s and gives each piece to LAME at 128 kbit/s, with the
  list as ffmpeg's segment muxer writes it; its docker-generate-waveforms asks audiowaveform for 20 pixels a second and
  divides by the maximum.
- waveform-playlist: one Opus file ("best compressed option") and BBC peaks (.dat, 8 bit, 256 samples a pixel).
- trackswitch: one MP3 file.

Arrays are (2 channels, frames) of 16 bit samples.
"""

import hashlib
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray

from bench.player import song

Pcm = NDArray[np.int16]

SEGMENT_FRAMES: Final = 4 * song.SAMPLE_RATE
PEAK_FRAMES: Final = 441
HLS_SECONDS: Final = 10
MP3_BIT_RATE: Final = 128_000
OPUS_BIT_RATE: Final = 96_000  # libopus' own default for stereo


def prepare(cache: Path, seconds: int) -> Path:
    """Make (once) all media of the song of `seconds` under `cache`; gives its folder, with one for each stem in it."""
    recipe = hashlib.sha256(Path(song.__file__).read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    folder = cache / f"song-{seconds}-{recipe}"
    for name in song.STEMS:
        done = folder / name / "done"
        if not done.exists():
            print(f"making {name} ({seconds} s) ...", flush=True)
            _write_stem(folder / name, song.stem(name, seconds))
            done.touch()
    return folder


def _write_stem(folder: Path, pcm: Pcm) -> None:
    for kind in ("flac", "hls"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for n, piece in enumerate(_pieces(pcm, SEGMENT_FRAMES)):
        encode(folder / "flac" / f"{n}.flac", piece, "flac")
    (folder / "peaks.bin").write_bytes(_rounded_outward(_peaks(pcm, PEAK_FRAMES)).tobytes())
    _write_hls(folder / "hls", pcm)
    (folder / "waveform.json").write_text(_normalised_waveform(pcm))
    (folder / "peaks.dat").write_bytes(_bbc_peaks(pcm))
    encode(folder / "whole.mp3", pcm, "libmp3lame", bit_rate=MP3_BIT_RATE)
    encode(folder / "whole.opus", pcm, "libopus", bit_rate=OPUS_BIT_RATE, rate=48_000)


def _pieces(pcm: Pcm, frames: int) -> Iterator[Pcm]:
    return (pcm[:, start : start + frames] for start in range(0, pcm.shape[1], frames))


def encode(
    path: Path, pcm: Pcm, codec: str, *, bit_rate: int | None = None, rate: int = song.SAMPLE_RATE
) -> None:
    """Write `pcm` as one complete file; the container follows from the file's name."""
    container_format = {".flac": "flac", ".mp3": "mp3", ".opus": "ogg"}[path.suffix]
    with av.open(str(path), "w", format=container_format) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        if bit_rate:
            stream.bit_rate = bit_rate
        if codec == "libopus":
            stream.options = {"vbr": "constrained"}  # free, it spends half as much again on these notes
        if codec == "flac":
            stream.format = "s16"
        # The encoder's own frame size, and its rate and sample format, are left to the resampler.
        resampler = av.AudioResampler(format=stream.format, layout="stereo", rate=rate)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm.T).reshape(1, -1), format="s16", layout="stereo"
        )
        frame.sample_rate = song.SAMPLE_RATE
        frame.pts = 0
        for ready in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))


def _peaks(pcm: Pcm, frames: int) -> NDArray[np.int16]:
    """Smallest and largest sample over both channels for each `frames` frames: (peaks, 2)."""
    starts = np.arange(0, pcm.shape[1], frames)
    return np.stack(
        [
            np.minimum.reduceat(pcm, starts, axis=1).min(axis=0),
            np.maximum.reduceat(pcm, starts, axis=1).max(axis=0),
        ],
        axis=1,
    )


def _rounded_outward(peaks: NDArray[np.int16]) -> NDArray[np.int8]:
    scaled = peaks.astype(np.float64) * 127 / 32_768
    return np.stack([np.floor(scaled[:, 0]), np.ceil(scaled[:, 1])], axis=1).astype(np.int8)


def _write_hls(folder: Path, pcm: Pcm) -> None:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-ALLOW-CACHE:YES"]
    lines += [f"#EXT-X-TARGETDURATION:{HLS_SECONDS}"]
    for n, piece in enumerate(_pieces(pcm, HLS_SECONDS * song.SAMPLE_RATE)):
        encode(folder / f"stem-{n:03}.mp3", piece, "libmp3lame", bit_rate=MP3_BIT_RATE)
        lines += [f"#EXTINF:{piece.shape[1] / song.SAMPLE_RATE:.6f},", f"stem-{n:03}.mp3"]
    (folder / "stem.m3u8").write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def _normalised_waveform(pcm: Pcm) -> str:
    """audiowaveform's JSON at 20 pixels a second, between -1 and 1, two decimals."""
    frames = song.SAMPLE_RATE // 20
    peaks = _peaks(pcm, frames)
    return json.dumps(
        {
            "version": 2,
            "channels": 1,
            "sample_rate": song.SAMPLE_RATE,
            "samples_per_pixel": frames,
            "bits": 16,
            "length": len(peaks),
            "data": np.round(peaks.ravel() / peaks.max(), 2).tolist(),
        }
    )


def _bbc_peaks(pcm: Pcm) -> bytes:
    """audiowaveform's binary format, version 2: six little-endian words, then (min, max) pairs of 8 bits."""
    peaks = _peaks(pcm, 256)
    header = struct.pack("<iIiiII", 2, 1, song.SAMPLE_RATE, 256, len(peaks), 1)
    return header + (peaks >> 8).astype(np.int8).tobytes()
