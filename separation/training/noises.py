"""What is on recordings besides music: hiss, hum, crackle, applause and a crowd."""

import numpy as np

from separation.training import effects
from separation.training.score import Random
from separation.training.sound import RATE, Sound


def noise(rng: Random, samples: int) -> Sound:
    """(2, samples) of one kind, drawn at random."""
    kind = str(rng.choice(["hiss", "hum", "crackle", "applause", "crowd"]))
    x = rng.standard_normal((2, samples)).astype(np.float32)
    if rng.random() < 0.5:
        x[1] = x[0] * 0.6 + x[1] * 0.4
    match kind:
        case "hiss":
            x = effects.equalise(x, ("high shelf", rng.uniform(2000, 6000), rng.uniform(-20, 8), 0.7))
        case "hum":
            t = np.arange(samples) / RATE
            base = float(rng.choice([50, 60]))
            x = sum(np.sin(2 * np.pi * base * k * t + k) / k for k in range(1, 8)) + 0.02 * x
        case "crackle":
            x = x**3 * (rng.random((1, samples)) < rng.uniform(2e-5, 5e-4))
            x = effects.equalise(x, ("high-pass", 400, 0, 0.7), ("low-pass", rng.uniform(3000, 9000), 0, 0.7))
        case "applause":
            claps = (rng.random((2, samples)) < rng.uniform(0.001, 0.01)).astype(np.float32)
            x = effects.equalise(
                claps * x, ("peak", rng.uniform(800, 2500), 14, 0.8), ("low-pass", 7000, 0, 0.7)
            )
            x = effects.reverb(rng, x)
        case _:
            bands = [("peak", float(f), 15.0, 2.0) for f in rng.uniform(200, 2000, 3)]
            x = effects.equalise(x, *bands, ("low-pass", 2500, 0, 0.7), ("high-pass", 150, 0, 0.7))
            x = effects.tremolo(rng, effects.reverb(rng, x))
    return np.asarray(x, np.float32)
