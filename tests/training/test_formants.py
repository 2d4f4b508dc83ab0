"""Voices made from formants: whole syllables, as bright as a studio's, each another."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training import formants, singing
from separation.training.sound import RATE


@pytest.mark.parametrize("seed", range(12))
def test_every_voice_can_be_sung(seed: int) -> None:
    voice = formants.utterance(np.random.default_rng(seed))
    frames = len(voice.pitch)
    assert voice.envelope.shape == voice.aperiodicity.shape == (frames, formants.SIZE // 2 + 1)
    assert np.isfinite(voice.envelope).all()
    assert (voice.envelope > 0).all()
    assert (voice.aperiodicity > 0).all()
    assert (voice.aperiodicity < 1).all()
    assert (voice.cuts[:-1] < voice.nuclei).all()
    assert (voice.nuclei < voice.cuts[1:]).all()
    assert voice.cuts[-1] < frames
    assert (voice.pitch[voice.nuclei] > 0).all()  # vowels are voiced

    rng = np.random.default_rng(seed)
    phrase = [(0.5, 0.6, 60.0), (1.1, 0.4, 62.0), (1.5, 1.0, 64.0)]
    first, sound = singing.sing(rng, voice, phrase, singing.delivery(rng))
    assert 0 <= first < 0.5 * RATE
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() > 0


def test_they_reach_higher_than_speech_does() -> None:
    """Above 8 kHz speech synthesisers have nothing; a record has its singer's breath and sibilants there."""
    f = np.arange(formants.SIZE // 2 + 1) * RATE / formants.SIZE
    shares = []
    for seed in range(12):
        voice = formants.utterance(np.random.default_rng(seed))
        energy = voice.envelope.sum(0)
        shares.append(10 * np.log10(energy[f > 8000].sum() / energy.sum()))
    assert -25 < np.median(shares) < -5


def test_no_two_are_alike() -> None:
    first, second = (formants.throat(np.random.default_rng(seed)) for seed in (1, 2))
    assert abs(first.scale - second.scale) > 0.001
