"""Voices: words spoken by espeak-ng or flite, taken apart by the WORLD vocoder so that they can be sung."""

import subprocess
import tempfile
import wave
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, resample_poly

from separation.training import programs
from separation.training.score import Random


def _load_world() -> Any:
    """The extension of pyworld without its package, which wants pkg_resources, only to read its own version."""
    package = find_spec("pyworld")
    places = [Path(place) for place in (package.submodule_search_locations or [])] if package else []
    for path in [file for place in places for file in sorted(place.glob("pyworld.*"))]:
        spec = spec_from_file_location("pyworld", path)
        if spec and isinstance(spec.loader, ExtensionFileLoader):
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    raise ImportError("pyworld isn't installed")


WORLD = _load_world()
RATE = 16_000
HOP = 5.0  # ms
SIZE = 1024
_WORDS = (
    "love you me night day hold heart never ever always time feel fire rain falling running away home over under light "
    "dark dream baby tonight forever what where when who how gone lost found again alone together dancing crying lying "
    "shining burning breaking waiting oh yeah hey ah la na the a and but if in on my your our we they she he it is was "
    "were will would could should can't don't won't river ocean mountain city street road window door mirror shadow "
    "silence thunder summer winter morning evening sunshine moonlight believe remember forget surrender wonder follow "
    "hollow tomorrow sorrow angel devil heaven money honey people power freedom"
).split()
_SYLLABLES = (
    "la na oh ooh ah hey yeah da ba du mi so ya wo lo le ra ma no si ti vo ne ka po ge shi cha thu fre sta blo"
).split()
_LANGUAGES = (
    "en-us en-us en-gb en-gb-x-rp en-gb-scotland en-029 en-us-nyc it es es-419 fr-fr de pt pt-br sv fi ja id sw el ro "
    "cs nl da nb pl hu tr hr sk sl sr bg uk ru ca eu et lv lt is ga cy af sq mk hy ka hi bn ta te ml kn mr ko vi "
    "th cmn ms"
).split()
_FLITE = ("slt", "slt", "awb", "kal16", "kal")
_FLITE_HELD_OUT = "rms"
_ODD = {"fast_test", "VoiceName", "whisper", "female_whisper", "Half-LifeAnnouncementSystem"}


@dataclass(frozen=True, slots=True)
class Utterance:
    """Spoken words, frame by frame (5 ms): pitch in Hz (0: unvoiced), spectral envelope and aperiodicity up to 8 or
    22.05 kHz, and the nucleus of each syllable with the cuts around it."""

    pitch: NDArray[np.float32]
    envelope: NDArray[np.float32]
    aperiodicity: NDArray[np.float32]
    nuclei: NDArray[np.int64]
    cuts: NDArray[np.int64]


@cache
def _variants(held_out: bool) -> tuple[str, ...]:
    """espeak-ng's voice variants; every eighth by its name's hash is held out for validation."""
    folders = (Path("/usr/lib/x86_64-linux-gnu"), Path("/usr/lib/aarch64-linux-gnu"), Path("/usr/share"))
    names = sorted({file.name for root in folders for file in root.glob("espeak-ng-data/voices/!v/*")} - _ODD)
    return tuple(name for name in names if (crc32(name.encode()) % 8 == 0) == held_out) or ("f1",)


def speak(rng: Random, *, held_out: bool = False) -> NDArray[np.float64]:
    """A few words in a voice drawn at random, (samples,) at 16 kHz."""
    words = [
        str(rng.choice(_WORDS if rng.random() < 0.75 else _SYLLABLES)) for _ in range(rng.integers(6, 13))
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if rng.random() < 0.4:
            voice = _FLITE_HELD_OUT if held_out else str(rng.choice(_FLITE))
            stretch = f"duration_stretch={rng.uniform(0.9, 1.4):.2f}"
            programs.run(
                "flite",
                "-voice",
                voice,
                "--setf",
                stretch,
                "-t",
                " ".join(words),
                "-o",
                "a.wav",
                folder=folder,
            )
        else:
            voice = f"{rng.choice(_LANGUAGES)}+{rng.choice(_variants(held_out))}"
            speed, pitch = int(rng.integers(110, 175)), int(rng.integers(25, 80))
            programs.run(
                "espeak-ng",
                "-v",
                voice,
                "-s",
                speed,
                "-p",
                pitch,
                "-w",
                "a.wav",
                " ".join(words),
                folder=folder,
            )
        with wave.open(str(folder / "a.wav")) as file:
            rate = file.getframerate()
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
    common = np.gcd(rate, RATE)
    return np.asarray(resample_poly(sound[: 8 * rate], RATE // common, rate // common), np.float64)


def analyse(x: NDArray[np.float64]) -> Utterance | None:
    """Taken apart; None where too few syllables are found."""
    if len(x) < RATE or not np.isfinite(x).all() or np.abs(x).max() < 1e-3:
        return None
    pitch, t = WORLD.dio(x, RATE, f0_floor=60, f0_ceil=500, frame_period=HOP)
    pitch = WORLD.stonemask(x, pitch, t, RATE)
    envelope = WORLD.cheaptrick(x, pitch, t, RATE, fft_size=SIZE)
    aperiodicity = WORLD.d4c(x, pitch, t, RATE, fft_size=SIZE)
    level = 10 * np.log10(envelope[:, 16:200].sum(1) + 1e-9)
    voiced = gaussian_filter1d((pitch > 0).astype(float), 2) > 0.5
    smooth = gaussian_filter1d(level, 5) - 60 * ~voiced
    nuclei, _ = find_peaks(smooth, distance=22, prominence=2.0)
    nuclei = nuclei[voiced[nuclei]]
    if len(nuclei) < 4:
        return None
    between = [a + int(np.argmin(smooth[a:b])) for a, b in pairwise(nuclei)]
    cuts = np.array([max(0, nuclei[0] - 30), *between, min(len(level) - 1, nuclei[-1] + 35)])
    kept = (pitch.astype(np.float32), envelope.astype(np.float32), aperiodicity.astype(np.float32))
    return Utterance(*kept, nuclei=nuclei, cuts=cuts)


def utterance(rng: Random, *, held_out: bool = False) -> Utterance:
    """The next voice that can be sung."""
    while True:
        try:
            found = analyse(speak(rng, held_out=held_out))
        except subprocess.CalledProcessError:
            continue  # a language that this version of espeak-ng doesn't have
        if found is not None:
            return found
