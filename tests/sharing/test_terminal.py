"""How commands show what they do."""

import re
import time

import pytest

from sharing import terminal


def test_in_a_log_a_line_tells_now_and_then_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours passed without a word: bars need a terminal."""
    with terminal.bars(terminal.console()) as bar:
        task = bar.add_task("Learning", total=1.0)
        bar.update(task, completed=0.1)
        assert not capsys.readouterr().err  # a minute hasn't passed
        monkeypatch.setattr(terminal, "_PAUSE", 0.0)
        for done in (0.2, 0.5):
            time.sleep(0.01)
            bar.update(task, completed=done, description="Step 20")
        last = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(r"Step 20; 50%, 0:00:0\d left", last)
