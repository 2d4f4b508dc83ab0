"""The road from a terminal: curl with the raw file, and with a form."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.running import Service

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--max-time", "30", *arguments], capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("way", ["raw", "form"])
def test_it_answers_with_a_link_and_the_stems_follow(service: Service, short_song: Path, way: str) -> None:
    api = f"{service.url}/api/shares/"
    if way == "raw":
        header = "Content-Type: audio/flac"
        made = curl(
            "--data-binary", f"@{short_song}", "--header", header, f"{api}?title=By+curl&model=classical"
        )
    else:
        made = curl(
            "--form", f"song=@{short_song}", "--form", "title=By curl", "--form", "model=classical", api
        )
    assert made["state"] == "queued"
    assert made["url"] == f"{service.url}/{made['id']}"
    assert made["manage_url"] == f"{made['url']}#edit={made['edit_token']}"
    manifest = service.until(made["id"], lambda manifest: manifest["state"] == "done")
    assert manifest["title"] == "By curl"
    assert [stem["id"] for stem in manifest["stems"]] == ["vocals", "drums", "bass", "other"]
    assert {stem["available_frames"] for stem in manifest["stems"]} == {441_000}
