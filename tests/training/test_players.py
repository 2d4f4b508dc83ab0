"""Which instruments are played in songs to learn from, and which are kept for songs to judge by."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training import players, programs


@pytest.fixture(params=["FluidR3 alone", "both soundfonts"])
def _soundfonts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only their names matter here."""
    fonts = [programs.FLUID, programs.MUSESCORE][: 1 if "alone" in request.param else 2]
    monkeypatch.setattr(programs, "soundfonts", lambda: fonts)


def drawn(every: list[int], *, held_out: bool, drums: bool = False) -> set[tuple[str, int]]:
    generators = (np.random.default_rng(seed) for seed in range(400))
    presets = (players._preset(rng, every, held_out, drums=drums) for rng in generators)
    return {(font.name, program) for font, program in presets}


@pytest.mark.usefixtures("_soundfonts")
@pytest.mark.parametrize(("kind", "common"), [("piano", 0), ("guitar", 25), ("bass", 33), ("strings", 48)])
def test_songs_to_learn_from_have_what_most_records_have(kind: str, common: int) -> None:
    """A concert grand of either soundfont was once kept for validation by chance, and no training heard one."""
    fonts = {font.name for font in programs.soundfonts()}
    assert {(name, common) for name in fonts} <= drawn(players._PROGRAMS[kind], held_out=False)


@pytest.mark.usefixtures("_soundfonts")
def test_they_have_drums_of_all_common_kinds() -> None:
    kits = {kit for _, kit in drawn(list(players._KITS), held_out=False, drums=True)}
    assert {0, 8, 16, 25, 40} <= kits  # standard, room, power, 808, brushes


@pytest.mark.usefixtures("_soundfonts")
@pytest.mark.parametrize(("kind", "common"), [("piano", {0}), ("lead", {0}), ("keys", set()), ("kits", {25})])
def test_songs_to_judge_by_have_instruments_that_are_not_learned_from(kind: str, common: set[int]) -> None:
    """All but those that a training can't go without."""
    drums = kind == "kits"
    every = list(players._KITS) if drums else players._PROGRAMS[kind]
    learned, judged = (drawn(every, held_out=held_out, drums=drums) for held_out in (False, True))
    assert {program for _, program in learned & judged} == common
    assert judged - learned
