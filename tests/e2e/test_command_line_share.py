"""`manage.py share`: the link first, then how far it is."""

import re
import signal
from pathlib import Path

from tests.running import Service, wait_for


def test_it_prints_the_link_first_and_ends_when_the_stems_are_there(
    service: Service, short_song: Path
) -> None:
    status, output = service.command(
        "share", str(short_song), "--title", "From a terminal", "--model", "classical", seconds=90
    )
    assert status == 0, output
    link = re.fullmatch(rf"{service.url}/(\w{{11}})", output.splitlines()[0])
    assert link, output
    manifest = service.manifest(link[1])
    assert (manifest["state"], manifest["title"], manifest["model"]) == (
        "done",
        "From a terminal",
        "classical",
    )
    assert manifest["duration"] == 10.0


def test_ctrl_c_leaves_the_share_going(service: Service, song: Path) -> None:
    with service.manage("share", str(song)) as command:
        assert command.stdout is not None
        link = command.stdout.readline().decode().strip()
        command.send_signal(signal.SIGINT)
        rest, _ = command.communicate(timeout=20)
    assert command.returncode == 130
    assert "goes on" in rest.decode()
    service.until(link.rsplit("/", 1)[1], lambda manifest: manifest["state"] == "done")


def test_what_is_no_song_is_refused_in_one_line(service: Service, tmp_path: Path) -> None:
    text = tmp_path / "notes.mp3"
    text.write_text("These are words, and nobody sings them. " * 100)
    for arguments, words in [
        ((str(text),), "not a kind of sound"),
        ((str(tmp_path / "missing.wav"),), "Can't read"),
        ((str(text), "--model", "nonsense"), "nonsense"),
    ]:
        status, output = service.command("share", *arguments)
        assert status == 1
        assert len(output.splitlines()) == 1, output
        assert words in output


def test_it_says_when_no_worker_is_there(tmp_path: Path, short_song: Path) -> None:
    """Without any service: the share waits, and the terminal says what for."""
    alone = Service(tmp_path, FORCE_COLOR="1", COLUMNS="200")  # a wide terminal, as far as the bar can tell
    assert alone.command("migrate", "-v0")[0] == 0
    shown = tmp_path / "shown.txt"
    with shown.open("wb") as terminal:
        command = alone.manage("share", str(short_song), stdout=terminal)
    try:
        wait_for(lambda: "no worker is running" in shown.read_text(), otherwise=shown.read_text)
        command.send_signal(signal.SIGINT)
        assert command.wait(20) == 130
    finally:
        command.kill()
        command.wait()
    assert shown.read_text().startswith(alone.url)
