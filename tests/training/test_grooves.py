"""A score from a groove, or none where the groove has none: always the same from one seed."""

import subprocess

import numpy as np
import pytest

pytest.importorskip("numba", reason="the dependency group `train` isn't installed")

from separation.training import grooves, programs
from separation.training.grooves import GrooveFile
from separation.training.score import Score


def composed(error: Exception, monkeypatch: pytest.MonkeyPatch) -> Score | None:
    """What is composed where running MMA ends with an error."""

    def run(*_command: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(programs, "run", run)
    monkeypatch.setattr(grooves, "library", lambda _held_out: (GrooveFile(("Any",), (), 4),))
    return grooves.compose(np.random.default_rng(1), 4)


def test_a_groove_that_does_not_go_with_the_chords_has_no_score(monkeypatch: pytest.MonkeyPatch) -> None:
    assert composed(subprocess.CalledProcessError(1, "mma"), monkeypatch) is None


@pytest.mark.parametrize("error", [subprocess.TimeoutExpired("mma", 60), FileNotFoundError("mma")])
def test_a_program_that_hangs_or_is_gone_makes_no_other_song(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(type(error)):
        composed(error, monkeypatch)
