"""How fast a song is separated, where the time goes, and how much memory it takes.

    python -m bench.separation [--model NAME] [--minutes 4 60] [--no-small] [--json FILE]

Each length runs in a process of its own, with everything that a worker does: decoding (twice, in a child process), the
scan, the network, segments and peaks written to a folder, and behind them the small rendition (AAC), whose end counts.
Songs are made by code, as FLAC.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from separation import catalogue, segments
from separation.audio.decode import AudioReader
from separation.audio.encode import Encoder, to_pcm
from separation.models import load
from separation.models.stft import STFT, Inverse
from separation.pipeline import Joiner, separate
from separation.scan import scan
from separation.segments import SegmentWriter
from separation.small import SmallRendition

RATE = 44_100
ENOUGH = 10.0  # times real time, on two cores
MOST_GROWTH = 1.3  # memory of the long song against the short one


def make_song(path: Path, minutes: float) -> None:
    """A song of noise bursts, gliding tones and chords as FLAC; the same one every time."""
    rng = np.random.default_rng(0)
    with Encoder(path, "flac", sample_rate=RATE) as encoder:
        for second in range(round(minutes * 60)):
            time_ = second + np.arange(RATE) / RATE
            beat = (time_ * 2) % 1
            drums = rng.standard_normal((2, RATE)) * np.exp(-beat * 30) * 0.2
            bass = np.sin(2 * np.pi * 55 * 2 ** ((second % 4) / 12) * time_) * 0.15
            pitch = 330 * (1 + 0.01 * np.sin(2 * np.pi * 5 * time_))
            voice = sum(np.sin(n * 2 * np.pi * np.cumsum(pitch) / RATE) / n for n in range(1, 9)) * 0.08
            chord = sum(np.sin(2 * np.pi * 220 * 2 ** (n / 12) * time_) for n in (0, 4, 7)) * 0.04
            encoder.write(to_pcm((drums + bass + voice + chord).astype(np.float32)))


class Memory:
    """The most memory that this process and its children held, sampled: proportional set size in bytes."""

    def __init__(self) -> None:
        self.peak = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @staticmethod
    def now() -> int:
        total = 0
        for pid in (os.getpid(), *_children(os.getpid())):
            try:
                text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue
            total += (
                next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * 1024
            )
        return total

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            self.peak = max(self.peak, self.now())


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


@contextmanager
def timed(parts: dict[str, float], owner: Any, name: str, part: str) -> Iterator[None]:
    """While it lasts, adds the processor seconds of `owner.name` to `parts[part]`."""
    original: Callable[..., Any] = getattr(owner, name)
    lock = threading.Lock()

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        start = time.thread_time()
        try:
            return original(*args, **kwargs)
        finally:
            with lock:
                parts[part] = parts.get(part, 0.0) + time.thread_time() - start

    setattr(owner, name, wrapper)
    try:
        yield
    finally:
        setattr(owner, name, original)


def run_one(song: Path, model_name: str, out: Path, *, with_small: bool) -> dict[str, Any]:
    """Separates one song as a worker does and measures it."""
    model = load(model_name, "cpu")
    # Idle, but warm: a worker has separated something before.
    run = model.prepare(scan(song).statistics)
    with torch.inference_mode():
        run(torch.zeros(1, 2, 4096))
    del run

    def put(name: str, content: bytes) -> None:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    parts: dict[str, float] = {}
    idle = Memory.now()
    children = _child_seconds()
    processor = time.process_time()
    start = time.monotonic()
    first = 0.0
    with (
        Memory() as memory,
        timed(parts, STFT, "forward", "STFT"),
        timed(parts, Inverse, "add", "STFT"),
        timed(parts, Inverse, "sound", "STFT"),
        timed(parts, segments, "encode", "encode"),
        timed(parts, segments, "to_pcm", "encode"),
        timed(parts, segments, "peaks_of", "encode"),
        timed(parts, Joiner, "join", "join"),
        timed(parts, AudioReader, "_fill", "decode"),
    ):
        found = scan(song)
        scanned = time.monotonic() - start
        with SmallRendition(lambda name: (out / name).read_bytes(), put, model.info.sources) as small:
            grow = small.grow if with_small else None
            with SegmentWriter(
                put, model.info.sources, found.frames, found.sample_rate, found.gain, on_stored=grow
            ) as writer:
                for block in separate(song, model, found):
                    writer.write(block)
                    if not first and writer.available_frames:
                        first = time.monotonic() - start
            exact = time.monotonic() - start
            parts["decode"] += _child_seconds() - children
            decoders = _child_seconds()
            small.finish()
        parts["AAC"] = _child_seconds() - decoders
    wall = time.monotonic() - start
    total = time.process_time() - processor + _child_seconds() - children
    parts["net"] = total - sum(parts.values())
    return {
        "seconds": found.duration,
        "wall": wall,
        "real_time_factor": found.duration / wall,
        "scan": scanned,
        "first_segment": first,
        "exact": exact,
        "flac_bytes": _bytes(out, "flac"),
        "aac_bytes": _bytes(out, "m4a"),
        "processor_seconds": total,
        "shares": {part: seconds / total for part, seconds in sorted(parts.items())},
        "idle_bytes": idle,
        "extra_bytes": memory.peak - idle,
    }


def _bytes(folder: Path, kind: str) -> int:
    """What all files of a kind take."""
    return sum(path.stat().st_size for path in folder.rglob(f"*.{kind}"))


def _child_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def bench(model: str, minutes: list[float], *, with_small: bool = True) -> dict[str, Any]:
    """Runs every length in a fresh process and prints what it found."""
    results = {}
    with tempfile.TemporaryDirectory(prefix="stemlink-bench-") as folder:
        for length in minutes:
            song = Path(folder) / f"{length:g}.flac"
            make_song(song, length)
            command = [sys.executable, "-m", "bench.separation", "--one", str(song), "--model", model]
            if not with_small:
                command.append("--no-small")
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            result = json.loads(output)
            song.unlink()
            results[f"{length:g}"] = result
            per_core = result["seconds"] / result["processor_seconds"]
            shares = ", ".join(f"{part} {share:.0%}" for part, share in result["shares"].items())
            print(
                f"{model}, {length:g} min: {result['real_time_factor']:.1f} times real time "
                f"({result['wall']:.1f} s; scan {result['scan']:.1f} s; first segment after "
                f"{result['first_segment']:.1f} s, all exact ones after {result['exact']:.1f} s), "
                f"{result['extra_bytes'] / 1e6:.0f} MB above the idle {result['idle_bytes'] / 1e6:.0f} MB\n"
                f"  {per_core:.1f} seconds of music per second of one core: {shares}",
                flush=True,
            )
    return results


def main() -> int:
    """Prints the figures; 1 when they miss their goal."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=catalogue.default().name)
    parser.add_argument("--minutes", type=float, nargs="+", default=[4, 60])
    parser.add_argument("--no-small", action="store_true", help="without the small rendition")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory(prefix="stemlink-bench-") as out:
            print(json.dumps(run_one(options.one, options.model, Path(out), with_small=not options.no_small)))
        return 0
    results = bench(options.model, options.minutes, with_small=not options.no_small)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    short, long = min(results.values(), key=_seconds), max(results.values(), key=_seconds)
    growth = long["extra_bytes"] / max(1, short["extra_bytes"])
    slowest = min(result["real_time_factor"] for result in results.values())
    print(
        f"{options.model}: at least {slowest:.1f} times real time (goal {ENOUGH:g}); "
        f"memory of the longest song {growth:.2f} times that of the shortest (goal {MOST_GROWTH:g})"
    )
    return int(slowest < ENOUGH or growth > MOST_GROWTH)


def _seconds(result: dict[str, Any]) -> float:
    return float(result["seconds"])


if __name__ == "__main__":
    sys.exit(main())
