"""Songs that nobody recorded: from a seed to its tracks."""

import numpy as np

from separation.training import grooves, noises, patterns, players
from separation.training.score import Random, Score, Track
from separation.training.sound import RATE, Sound, levelled

# Raised whenever the same seed gives another song. Those to judge by stay what they are, so that figures of different
# versions of a model can be compared.
VERSION, HELD_OUT_VERSION = 4, 3
SECONDS = 20.0
_MOST_TRACKS = 4  # besides vocals, drums and bass

FAMILIES = ("vocals", "drums", "bass", "guitar", "piano", "keys", "pads", "strings", "brass", "lead", "noise")
Tracks = dict[str, list[Sound]]


def make(seed: int, number: int, *, held_out: bool = False, seconds: float = SECONDS) -> Tracks:
    """Song `number` of a collection: its tracks (2, samples) by family, each levelled to the same loudness.

    The same arguments give the same samples on one machine. `held_out` songs use grooves and voices that the others
    never do, and of the soundfonts' instruments mostly such (`players.py`)."""
    rng = np.random.default_rng((seed, number, HELD_OUT_VERSION if held_out else VERSION, held_out))
    samples = int(seconds * RATE)
    score = (
        grooves.compose(rng, seconds, held_out=held_out) if rng.random() < 0.4 else None
    ) or patterns.compose(rng, seconds)
    made: Tracks = {}

    def keep(family: str, sound: Sound | None) -> None:
        sound = levelled(sound) if sound is not None else None
        if sound is not None:
            made.setdefault(family, []).append(sound)

    for track in _chosen(rng, score):
        keep(track.family, players.play(rng, track, samples, score.tempo, held_out=held_out))
    if rng.random() < 0.9:
        for voice in players.vocals(rng, score, samples, held_out=held_out):
            keep("vocals", voice)
    if rng.random() < 0.08:
        keep("noise", noises.noise(rng, samples))
    return made


def _chosen(rng: Random, score: Score) -> list[Track]:
    """The rhythm section, and as many of the others as a mix bears."""
    rhythm = [track for track in score.tracks if track.family in {"drums", "bass"}]
    others = [track for track in score.tracks if not any(track is one for one in rhythm)]
    rng.shuffle(others)
    basses = [track for track in rhythm if track.family == "bass"][1:]
    return [track for track in rhythm if not any(track is one for one in basses)] + others[:_MOST_TRACKS]
