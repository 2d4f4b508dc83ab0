"""The web server is killed: it is back by itself, and what was being separated doesn't notice."""

from pathlib import Path

from tests.running import Service, wait_for


def test_it_is_back_and_the_share_is_made(fragile: Service, song: Path) -> None:
    share = fragile.upload(song)["id"]
    fragile.until(share, lambda manifest: manifest["state"] == "running")
    web = fragile.process("web")
    victims = [web, *web.children()]
    for process in victims:
        process.kill()
    manifest = fragile.until(share, lambda manifest: manifest["state"] == "done", seconds=60)
    assert manifest["attempt"] == 1
    assert fragile.process("web").pid != web.pid


def test_a_killed_reaper_is_back(fragile: Service) -> None:
    before = fragile.process("reaper")
    before.kill()
    before.wait(5)

    def is_back() -> bool:
        try:
            return bool(fragile.process("reaper").pid != before.pid)
        except LookupError:
            return False

    wait_for(is_back, 10, lambda: "the reaper isn't back")
