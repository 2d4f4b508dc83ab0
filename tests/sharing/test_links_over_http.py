"""Links that are looked at by the real web server, which has others to serve meanwhile."""

import threading
import time
from collections import Counter

import requests

from tests.hosts import File, Host, silence
from tests.sharing.web import Web

SOUND = b"fLaC" + bytes(5_000)


def check(web: Web, *links: str) -> requests.Response:
    return requests.post(f"http://127.0.0.1:{web.port}/api/links/", json={"urls": links}, timeout=30)


def test_a_link_is_looked_at(web: Web) -> None:
    with Host("127.0.0.2") as outside, Host("127.0.0.1") as inside:
        good = outside.at("/Song%20-%20Bass.flac", File(SOUND, "audio/flac"))
        rows = check(web, good, inside.url("/a.flac")).json()["links"]
        assert inside.asked == []
    assert (rows[0]["name"], rows[0]["ok"], rows[0]["cors"]) == ("Bass", True, True)
    assert rows[1]["problem"]["code"] == "refused_address"


def test_silent_hosts_keep_nobody_else_waiting(web: Web) -> None:
    with Host("127.0.0.2") as outside:
        silent = [outside.at(f"/{number}.wav", silence) for number in range(32)]
        answers: list[requests.Response] = []
        askers = [
            threading.Thread(target=lambda: answers.append(check(web, *silent))) for _ in range(20)
        ]  # more than the server has threads
        began = time.monotonic()
        for asker in askers:
            asker.start()
        while not outside.asked:
            time.sleep(0.01)
        asked = time.monotonic()
        assert requests.get(f"http://127.0.0.1:{web.port}/healthz", timeout=5).ok
        assert time.monotonic() - asked < 3
        for asker in askers:
            asker.join()
        assert time.monotonic() - began < 20
    assert Counter(answer.status_code for answer in answers) == {200: 2, 429: 18}
    for answer in answers:
        if answer.ok:
            assert {row["problem"]["code"] for row in answer.json()["links"]} == {"too_slow"}
