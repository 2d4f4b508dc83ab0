"""Lines to be sung: phrases over the chords of a score."""

import numpy as np

from separation.training.score import Random, Score

Phrase = list[tuple[float, float, float]]  # (start s, duration s, MIDI pitch)


def sung_lines(rng: Random, score: Score, low: int, high: int, seconds: float) -> list[Phrase]:
    """Phrases of one to three bars with breaths between them, in key, chord tones on the beats, between two pitches."""
    scale = {(score.tonic + tone) % 12 for tone in score.scale}
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 in scale]
    step_seconds = score.bar_seconds / (4 * score.beats)
    bars = min(len(score.chords), int(seconds / score.bar_seconds) + 1)
    lengths = rng.choice([1, 1, 2, 2, 2, 3, 4, 4, 6, 8], size=6)  # this song's rhythm
    phrases: list[Phrase] = []
    place = len(pitches) // 2
    bar = int(rng.integers(0, 2))
    while bar < bars:
        length = int(rng.integers(1, 4))
        last = min(bars, bar + length) * 4 * score.beats - int(rng.choice([0, 2, 4, 6]))
        step = bar * 4 * score.beats + int(rng.choice([0, 0, 1, 2, 4]))
        phrase: Phrase = []
        while step < last:
            duration = int(min(rng.choice(lengths), last - step))
            chord = score.chords[min(step // (4 * score.beats), len(score.chords) - 1)]
            place = int(
                np.clip(place + rng.choice([-3, -2, -1, -1, 0, 0, 1, 1, 2, 3, 5, -5]), 0, len(pitches) - 1)
            )
            if step % 4 == 0 or duration >= 4:  # to the nearest tone of the chord
                tones = {(chord.root + tone) % 12 for tone in chord.tones}
                near = [index for index, pitch in enumerate(pitches) if pitch % 12 in tones]
                place = min(near, key=lambda index: abs(index - place)) if near else place
            if rng.random() < 0.93:
                legato = float(rng.choice([0.8, 0.95, 1.0]))
                phrase.append((step * step_seconds, duration * step_seconds * legato, float(pitches[place])))
            step += duration
        if phrase:
            phrases.append(phrase)
        bar += length + int(rng.random() < 0.2)
    return phrases
