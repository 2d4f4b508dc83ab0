"""Sound without samples: a subtractive synthesiser, plucked strings, and the one-shots of drum machines."""

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from separation.training.score import Notes, Random
from separation.training.sound import RATE, Sound

SAW, SQUARE, TRIANGLE, SINE, FM = range(5)


@njit(cache=True)
def _edge(phase: float, step: float) -> float:
    """What a step of a sawtooth must lose so as not to alias (PolyBLEP; Välimäki & Huovilainen 2007)."""
    if phase < step:
        x = phase / step
        return x + x - x * x - 1.0
    if phase > 1.0 - step:
        x = (phase - 1.0) / step
        return x * x + x + x + 1.0
    return 0.0


@njit(cache=True)
def _voice(  # noqa: PLR0912  # one loop, which numba makes fast
    out: NDArray[np.float64],
    start: int,
    length: int,
    release: int,
    hertz: float,
    glide_from: float,
    glide: float,
    loud: float,
    wave: int,
    count: int,
    detune: float,
    cutoff: float,
    sweep: float,
    sweep_time: float,
    damping: float,
    attack: float,
    decay: float,
    sustain: float,
    spread: float,
    sub: float,
) -> None:
    """Adds one note: detuned oscillators, a state-variable low-pass whose cutoff decays, and an envelope."""
    low_l = band_l = low_r = band_r = 0.0
    phase = np.zeros(count + 1)
    for u in range(count):
        phase[u] = (u * 0.37 + start * 0.013) % 1.0
    total = length + release
    for i in range(min(total, out.shape[1] - start)):
        t = i / 44100.0
        gain = t / attack if t < attack else sustain + (1 - sustain) * np.exp(-(t - attack) / decay)
        if i > length:
            gain *= np.exp(-5.0 * (i - length) / release)
        if i > total - 64:
            gain *= (total - i) / 64.0
        f = hertz + (glide_from - hertz) * np.exp(-t / glide)
        left = right = 0.0
        for u in range(count):
            step = f * (1 + detune * (u - (count - 1) / 2.0)) / 44100.0
            phase[u] += step
            if phase[u] >= 1:
                phase[u] -= 1
            p = phase[u]
            if wave == 0:
                s = 2 * p - 1 - _edge(p, step)
            elif wave == 1:
                q = p + 0.5 if p < 0.5 else p - 0.5
                s = 2 * p - 1 - _edge(p, step) - (2 * q - 1 - _edge(q, step))
            elif wave == 2:
                s = 4 * abs(p - 0.5) - 1
            elif wave == 3:
                s = np.sin(2 * np.pi * p)
            else:
                s = np.sin(2 * np.pi * p + sweep * 0.8 * np.exp(-t / sweep_time) * np.sin(4 * np.pi * p))
            side = (u + 0.5) / count * 2 - 1 if count > 1 else 0.0
            left += s * (1 - spread * side)
            right += s * (1 + spread * side)
        if sub > 0:
            phase[count] = (phase[count] + f * 0.5 / 44100.0) % 1.0
            s = np.sin(2 * np.pi * phase[count]) * sub * count
            left += s
            right += s
        k = 2 * np.sin(np.pi * min(12000.0, cutoff * (1 + sweep * np.exp(-t / sweep_time))) / 88200.0)
        for _ in range(2):
            low_l += k * band_l
            band_l += k * (left - low_l - damping * band_l)
            low_r += k * band_r
            band_r += k * (right - low_r - damping * band_r)
        out[0, start + i] += low_l * gain * loud / count**0.7
        out[1, start + i] += low_r * gain * loud / count**0.7


@njit(cache=True)
def _string(
    out: NDArray[np.float64],
    start: int,
    length: int,
    hertz: float,
    loud: float,
    pick: float,
    damp: float,
    bright: float,
    noise: NDArray[np.float64],
) -> None:
    """Adds one plucked string (Karplus & Strong 1983, with the tuning all-pass of Jaffe & Smith)."""
    period = 44100.0 / hertz - 0.5
    size = int(period)
    part = period - size
    allpass = (1 - part) / (1 + part)
    line = noise[:size].copy()
    comb = max(1, int(size * pick))
    for i in range(size - 1, comb - 1, -1):
        line[i] -= line[i - comb]
    smooth = 0.0
    for i in range(size):  # a softer pick
        smooth += bright * (line[i] - smooth)
        line[i] = smooth
    index, previous, last_in, last_out = 0, 0.0, 0.0, 0.0
    for i in range(min(length + 4000, out.shape[1] - start)):
        now = line[index]
        mean = 0.5 * (now + previous) * (damp if i < length else damp * 0.97)
        previous = now
        passed = allpass * (mean - last_out) + last_in
        last_in, last_out = mean, passed
        line[index] = passed
        index = index + 1 if index + 1 < size else 0
        out[0, start + i] += now * loud


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch."""
    return float(440 * 2 ** ((pitch - 69) / 12))


def synthesise(
    rng: Random, notes: Notes, samples: int, *, bass: bool = False, sub_bass: bool = False
) -> Sound:
    """(2, samples) of a synthesiser whose sound is drawn at random; `sub_bass` is a long 808, gliding."""
    out = np.zeros((2, samples))
    wave = SINE if sub_bass else int(rng.integers(5))
    count = 1 if sub_bass else int(rng.choice([1, 1, 2, 3] if bass else [1, 2, 3, 5, 7]))
    detune = float(rng.uniform(0.002, 0.014)) / max(1, count - 1)
    cutoff = float(np.exp(rng.uniform(*np.log((200, 4000) if bass else (400, 9000)))))
    sweep, sweep_time = float(rng.uniform(0, 6)), float(rng.uniform(0.05, 0.8))
    slow = np.median(notes[:, 1]) > 0.8 and not bass
    attack = float(rng.uniform(0.05, 0.5)) if slow and rng.random() < 0.6 else float(rng.uniform(0.001, 0.02))
    decay = float(rng.uniform(0.3, 1.5) if sub_bass else rng.uniform(0.1, 1.5))
    sustain = 0.0 if sub_bass else float(rng.uniform(0.5, 1) if slow else rng.uniform(0, 1))
    release = int(RATE * rng.uniform(0.02, 0.5))
    glide = float(rng.choice([0.001, rng.uniform(0.02, 0.12)]) if bass or count > 1 else 0.001)
    damping = float(rng.uniform(0.25, 1.5))
    spread = float(rng.choice([0.0, rng.uniform(0.2, 0.9)]))
    sub = float(rng.choice([0.0, 0.0, 0.6])) if bass and not sub_bass else 0.0
    before = hertz(notes[0, 2])
    for start, duration, pitch, velocity in notes:
        f, first = hertz(pitch), int(start * RATE)
        length = int(max(duration, 0.4 if sub_bass else 0.03) * RATE)
        if first < samples:
            _voice(
                out,
                first,
                length,
                release,
                f,
                f * 3 if sub_bass and rng.random() < 0.7 else before,
                glide,
                (velocity / 127) ** 1.5,
                wave,
                count,
                detune,
                cutoff,
                sweep,
                sweep_time,
                damping,
                attack,
                decay,
                sustain,
                spread,
                sub,
            )
        before = f
    return np.asarray(out / (np.abs(out).max() + 1e-9) * 0.5, np.float32)


def pluck(rng: Random, notes: Notes, samples: int) -> Sound:
    """(2, samples) of plucked strings, all of one instrument drawn at random; mono."""
    out = np.zeros((2, samples))
    pick, bright = float(rng.uniform(0.06, 0.45)), float(rng.uniform(0.15, 0.95))
    sustain = float(rng.uniform(0.6, 4))  # seconds to -60 dB at 220 Hz
    noise = rng.uniform(-1, 1, 4096)
    for start, duration, pitch, velocity in notes:
        f, first = hertz(pitch), int(start * RATE)
        if first < samples and f > 25:
            damp = 10 ** (-3 / (sustain * (220 / f) ** 0.3 * f))
            shifted = np.roll(noise, int(rng.integers(4096)))
            _string(out, first, int(duration * RATE), f, (velocity / 127) ** 1.4, pick, damp, bright, shifted)
    out[1] = out[0]
    return np.asarray(out / (np.abs(out).max() + 1e-9) * 0.5, np.float32)


def stir(rng: Random, samples: int, tempo: float) -> Sound:
    """(2, samples) of brushes that go round on a snare drum in time with the music; mono."""
    t = np.arange(samples) / RATE
    rounds = tempo / 60 * float(rng.choice([0.5, 1, 2]))
    loud = 0.2 + np.abs(np.sin(np.pi * rounds * t)) ** rng.uniform(1, 4)
    sos = butter(2, [rng.uniform(250, 900), rng.uniform(5000, 12000)], "band", fs=RATE, output="sos")
    x = np.asarray(sosfilt(sos, rng.standard_normal(samples))) * loud * rng.uniform(0.02, 0.12)
    return np.stack([x, x]).astype(np.float32)


def drum_machine(rng: Random, notes: Notes, samples: int) -> Sound:
    """(2, samples) of a drum machine like those of the eighties, its sounds drawn at random."""
    shots, other = _shots(rng)
    out = np.zeros((2, samples), np.float32)
    pans: dict[int, float] = {}
    for start, _, pitch, velocity in notes:
        key, first = int(pitch), int(start * RATE)
        shot = shots.get(key, other)
        pan = pans.setdefault(key, 0.0 if 35 <= key <= 40 else float(rng.uniform(-0.6, 0.6)))
        length = min(len(shot), samples - first)
        if length > 0:
            loud = (velocity / 127) ** 1.6 * 0.4
            out[0, first : first + length] += shot[:length] * loud * (1 - pan)
            out[1, first : first + length] += shot[:length] * loud * (1 + pan)
    return out


def _shots(rng: Random) -> tuple[dict[int, NDArray[np.float64]], NDArray[np.float64]]:
    t = np.arange(int(RATE * 1.2)) / RATE

    def fall(seconds: float) -> NDArray[np.float64]:
        return np.asarray(np.exp(-t / seconds))

    def band(x: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
        return np.asarray(sosfilt(butter(2, [low, high], "band", fs=RATE, output="sos"), x))

    def noise() -> NDArray[np.float64]:
        return rng.standard_normal(len(t))

    def sweep(low: float, high: float, seconds: float) -> NDArray[np.float64]:
        return np.asarray(np.sin(2 * np.pi * np.cumsum(low + high * fall(seconds)) / RATE))

    # A fifth are long, as those of an 808.
    boom = rng.uniform(0.6, 1.2) if rng.random() < 0.2 else rng.uniform(0.08, 0.6)
    kick = sweep(rng.uniform(40, 62), rng.uniform(60, 320), rng.uniform(0.012, 0.06)) * fall(boom)
    kick *= np.clip((t[-1] - t) / 0.1, 0, 1)
    kick = np.tanh((kick + rng.uniform(0, 0.5) * band(noise(), 1500, 7000) * fall(0.004)) * rng.uniform(1, 4))
    body = rng.uniform(150, 260)
    snare = rng.uniform(0.2, 1) * sweep(body, body * 0.6, 0.01) * fall(0.07)
    snare += (
        rng.uniform(0.4, 1)
        * band(noise(), rng.uniform(300, 1500), rng.uniform(7000, 16000))
        * fall(rng.uniform(0.05, 0.22))
    )
    hands = np.sum(
        [(t > k * 0.011) * np.exp(-np.maximum(t - k * 0.011, 0) / 0.006) for k in range(3)], axis=0
    )
    hands += (t > 0.033) * np.exp(-np.maximum(t - 0.033, 0) / rng.uniform(0.05, 0.15))
    clap = band(noise(), 700, rng.uniform(4000, 9000)) * hands
    metal = noise()
    if rng.random() < 0.5:
        partials = [
            np.sign(np.sin(2 * np.pi * f * rng.uniform(0.8, 1.25) * t))
            for f in (205, 369, 304, 522, 800, 540)
        ]
        metal = np.sum(partials, axis=0) * 0.3
    hat = sosfilt(butter(4, rng.uniform(5000, 9000), "high", fs=RATE, output="sos"), metal)
    closed, opened = hat * fall(rng.uniform(0.012, 0.05)) * 0.5, hat * fall(rng.uniform(0.12, 0.35)) * 0.45
    crash, shaker = (
        band(noise(), 3000, 18000) * fall(0.45) * 0.6,
        band(noise(), 4000, 15000) * fall(0.03) * 0.5,
    )
    tick = np.sin(2 * np.pi * rng.uniform(500, 1800) * t) * fall(0.03)
    shots = {35: kick, 36: kick, 37: tick, 38: snare, 39: clap, 40: snare, 42: closed, 44: closed, 46: opened}
    shots |= {
        49: crash,
        51: opened * 0.6 + closed,
        54: shaker,
        55: crash,
        57: crash,
        69: shaker,
        70: shaker,
        82: shaker,
    }
    for key, f in (
        (41, 80),
        (43, 95),
        (45, 115),
        (47, 135),
        (48, 155),
        (50, 185),
        (60, 300),
        (61, 240),
        (63, 220),
        (64, 170),
    ):
        shots[key] = sweep(f, f * 0.7, 0.04) * fall(rng.uniform(0.1, 0.25))
    return shots, tick * 0.6
