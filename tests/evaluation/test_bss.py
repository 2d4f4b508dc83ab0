"""BSS Eval: cases whose answers are known by arithmetic, and figures of the program that defines it."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from separation.evaluation.bss import References
from separation.evaluation.tape import Sound

RATE = 44_100


@dataclass
class Memory:
    """A track in memory that notes how much of it is asked for at once."""

    sound: Sound
    longest: int = 0

    @property
    def frames(self) -> int:
        return int(self.sound.shape[1])

    def read(self, first: int, length: int) -> Sound:
        self.longest = max(self.longest, length)
        out = np.zeros((2, length), np.float32)
        low, high = max(0, first), min(self.frames, first + length)
        if low < high:
            out[:, low - first : high - first] = self.sound[:, low:high]
        return out


def noises(count: int, seconds: float = 1.0, seed: int = 0) -> list[Sound]:
    rng = np.random.default_rng(seed)
    return [0.1 * rng.standard_normal((2, round(seconds * RATE)), dtype=np.float32) for _ in range(count)]


def measure(references: list[Sound], estimates: list[Sound]) -> NDArray[np.float64]:
    return References([Memory(sound) for sound in references]).measure([Memory(sound) for sound in estimates])


def test_a_wrong_level_is_a_distortion_of_the_image_alone() -> None:
    stems = noises(2)
    sdr, sir, sar, isr = measure(stems, [0.5 * stems[0], stems[1]])[:, 0, 0]
    assert sdr == pytest.approx(6.02, abs=0.01)
    assert isr == pytest.approx(6.02, abs=0.01)
    assert min(sir, sar) > 80


def test_a_filter_is_a_distortion_of_the_image_alone() -> None:
    stems = noises(2)
    late = np.zeros_like(stems[0])
    late[:, 100:] = stems[0][::-1, :-100]  # the channels swapped, 2 ms late
    sdr, sir, sar, isr = measure(stems, [stems[0] + 0.1 * late, stems[1]])[:, 0, 0]
    assert sdr == pytest.approx(20, abs=0.1)
    assert isr == pytest.approx(20, abs=0.1)
    assert min(sir, sar) > 35  # the last taps ring beyond the window


def test_another_stem_is_interference_even_late_and_filtered() -> None:
    stems = noises(2)
    late = np.zeros_like(stems[1])
    late[:, 300:] = stems[1][:, :-300]
    sdr, sir, sar, isr = measure(stems, [stems[0] + 0.1 * late, stems[1]])[:, 0, 0]
    assert sdr == pytest.approx(20, abs=0.2)
    assert sir == pytest.approx(20, abs=0.3)
    assert min(sar, isr) > 30


def test_what_no_stem_holds_is_an_artefact() -> None:
    *stems, hiss = noises(3, 3.0)
    sdr, sir, sar, isr = np.median(measure(stems, [stems[0] + 0.1 * hiss, stems[1]])[:, 0], axis=-1)
    assert sdr == pytest.approx(20, abs=0.1)
    assert sar == pytest.approx(20, abs=0.3)  # 2,048 of 132,300 dimensions of noise are explained by chance
    assert min(sir, isr) > 35


def test_the_order_of_the_stems_means_nothing() -> None:
    *stems, hiss = noises(4, 0.5)
    estimates = [0.8 * stems[0] + 0.2 * stems[1], stems[1] + 0.3 * hiss, stems[2] + 0.1 * stems[0]]
    found, turned = measure(stems, estimates), measure(stems[::-1], estimates[::-1])
    np.testing.assert_allclose(found, turned[:, ::-1], atol=1e-3)


def test_it_agrees_with_museval() -> None:
    """Figures of museval 0.4.1, `bss_eval(references, estimates, window=44100, hop=44100)`, on the same samples."""
    rng = np.random.default_rng(4)
    stems = rng.standard_normal((2, 2, 3 * RATE))
    stems = (stems / np.abs(stems).max()).astype(np.float32)
    stems[1, :, RATE : 2 * RATE] = 0  # in the second window one is silent, so that nothing is known of both
    found = stems.copy()
    found[0] += 0.3 * stems[1]
    found[0, :, 5:] += 0.2 * stems[0, :, :-5]
    found += 0.05 * rng.standard_normal(found.shape).astype(np.float32)
    found[1] += 0.1 * stems[0, ::-1]
    none = float("nan")
    museval = [
        [[7.402, none, 7.375], [12.052, none, 12.103]],  # SDR
        [[10.662, none, 10.585], [19.899, none, 19.976]],  # SIR
        [[13.440, none, 13.424], [12.954, none, 13.005]],  # SAR
        [[13.874, none, 13.879], [31.311, none, 31.318]],  # ISR
    ]
    np.testing.assert_allclose(measure(list(stems), list(found)), museval, atol=0.002)


@pytest.mark.parametrize("kind", ["mono", "one side", "the same twice"])
def test_references_that_say_the_same_twice_are_measured(kind: str) -> None:
    stems = noises(2)
    if kind == "mono":
        stems[0][1] = stems[0][0]
    elif kind == "one side":
        stems[0][1] = 0
    else:
        stems[1] = stems[0].copy()
    found = measure(stems, [stems[0] + 0.1 * noises(1, seed=9)[0], stems[1]])
    assert not np.isnan(found).any()
    assert np.isfinite(found[:, 0]).all()
    assert found[0, 0, 0] == pytest.approx(17 if kind == "one side" else 20, abs=0.2)


def test_it_looks_at_whole_seconds_and_at_all_of_a_shorter_song() -> None:
    stems = noises(2, 2.7)
    assert measure(stems, stems).shape == (4, 2, 2)
    short = [sound[:, : RATE // 2] for sound in stems]
    assert measure(short, short).shape == (4, 2, 1)


def test_no_more_than_a_second_is_looked_at_at_once() -> None:
    tracks = [Memory(sound) for sound in noises(4, 5.0)]
    References(tracks[:2]).measure(tracks[2:])
    assert max(track.longest for track in tracks) <= RATE
