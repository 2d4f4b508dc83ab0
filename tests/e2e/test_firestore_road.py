"""The whole road on Firestore (its stand-in, by the real client) and S3: upload, hear, rename, take home, delete.

Players are sent to the bucket itself, as on many machines. Nothing is kept on the machine that serves.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from grpc import StatusCode
from playwright.sync_api import Browser

from tests.e2e.listening import hear, new_context
from tests.firestore.server import PROJECT, Fault, StandIn
from tests.running import Service, wait_for
from tests.storages.fixtures import s3_process
from tests.storages.s3_server import BUCKET, KEYS, S3Server

__all__ = ["s3_process"]
LEFT_OF_A_TOMBSTONE = {"deleted_at", "forget_at", "writes"}


@pytest.fixture(scope="module")
def firestore() -> Iterator[StandIn]:
    """The only thing that this installation keeps its shares in."""
    stand_in = StandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture(scope="module")
def bucket(s3_process: S3Server) -> S3Server:
    """The only thing that this installation keeps sound in."""
    s3_process.empty()
    return s3_process


@pytest.fixture(scope="module")
def service(
    firestore: StandIn, bucket: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """An installation on Firestore and S3."""
    running = Service(
        tmp_path_factory.mktemp("firestore"),
        STORE="firestore",
        GOOGLE_CLOUD_PROJECT=PROJECT,
        FIRESTORE_EMULATOR_HOST=firestore.host,
        MEDIA_STORAGE=f"s3://{BUCKET}/below?endpoint={bucket.url}",
        STEMLINK_MEDIA_REDIRECT="1",
        STEMLINK_LEASE_SECONDS="6",
        STEMLINK_REAPER_SECONDS="2",
        **KEYS,
    )
    try:
        running.start()
        yield running
    finally:
        left = running.stop()
    assert left == 0, "stopping left processes behind"


def documents(firestore: StandIn, collection: str) -> dict[str, set[str]]:
    """The documents of a collection, and the names of their fields."""
    return {
        name.rpartition("/")[2]: set(document.fields)
        for name, document in firestore.database.documents.items()
        if f"/documents/{collection}/" in name
    }


def sound(bucket: S3Server, share_id: str) -> list[str]:
    """What lies in the bucket of a share."""
    return [key for key in bucket.contents() if share_id in key]


def test_a_song_goes_the_whole_road(
    service: Service, firestore: StandIn, bucket: S3Server, browser: Browser, song: Path
) -> None:
    made = service.upload(song, title="On Firestore", model="classical")
    done = service.until(made["id"], lambda manifest: manifest["state"] == "done")
    assert {stem["available_frames"] for stem in done["stems"]} == {done["frames"]}
    assert done["id"] in documents(firestore, "shares")
    assert not list(service.folder.rglob("*.sqlite3"))
    assert len(sound(bucket, done["id"])) >= 2 * 30  # two minutes of two stems at least, and no song any more
    assert not any("sources" in key for key in sound(bucket, done["id"]))

    with new_context(browser) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(made["url"])
        page.get_by_role("button", name="Play").first.click()
        hear(page, lambda heard: heard.low > -30 and heard.high > -50)
        assert any(url.startswith(f"{bucket.url}/{BUCKET}/below/shares/") for url in asked)
        # Embedded in a page that gives it no origin of its own.
        page.goto(f"{service.url}/healthz")
        frame = f'<iframe sandbox="allow-scripts" width=600 height=300 src="{made["embed_url"]}"></iframe>'
        page.set_content(frame)
        page.frame_locator("iframe").get_by_role("button", name="Play").first.click()
        (player,) = page.main_frame.child_frames
        hear(player, lambda heard: heard.low > -30 and heard.high > -50)

    whole = requests.get(f"{service.url}/api/shares/{made['id']}/stems.zip", timeout=60).content
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == len(done["stems"])

    address = f"{service.url}/api/shares/{made['id']}/"
    owner = {"Authorization": f"Bearer {made['edit_token']}"}
    for revision in range(1, 6):
        change = {**owner, "If-Match": f'"{revision}"'}
        answer = requests.patch(address, json={"title": f"Title {revision}"}, headers=change, timeout=10)
        assert answer.status_code == 200, answer.text
        # Whichever process answers, its owner reads what he has just written.
        assert requests.get(address, headers=owner, timeout=10).json()["title"] == f"Title {revision}"
    assert requests.delete(address, headers=owner, timeout=10).status_code == 204
    assert requests.get(address, headers=owner, timeout=10).status_code == 410
    wait_for(
        lambda: requests.get(address, timeout=10).status_code == 410, 3, lambda: "strangers still see it"
    )
    assert documents(firestore, "shares")[made["id"]] == LEFT_OF_A_TOMBSTONE
    # A worker that still makes the small rendition hears of it with its next heartbeat, and cleans up.
    wait_for(lambda: not sound(bucket, made["id"]), 20, lambda: f"left: {sound(bucket, made['id'])}")


def test_a_worker_that_is_killed_is_followed_by_the_next(
    service: Service, firestore: StandIn, bucket: S3Server, song: Path
) -> None:
    made = service.upload(song, model="classical")
    service.until(made["id"], lambda manifest: manifest["state"] == "running")
    for process in [*(worker := service.process("worker")).children(recursive=True), worker]:
        process.kill()
    done = service.until(made["id"], lambda manifest: manifest["state"] == "done", seconds=120)
    assert done["attempt"] == 2
    wait_for(lambda: not list((service.folder / "data" / "copies").iterdir()), 10, lambda: "a copy was left")
    assert not any(f"{made['id']}/1/" in key for key in bucket.contents())


def test_while_firestore_refuses_us_visitors_are_told_to_come_back(
    service: Service, firestore: StandIn
) -> None:
    firestore.faults = lambda _method: Fault(StatusCode.PERMISSION_DENIED)
    try:
        answer = requests.get(f"{service.url}/api/shares/nobodyhereX/", timeout=20)
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert answer.headers["Retry-After"]
        assert requests.get(f"{service.url}/readyz", timeout=20).status_code == 503
    finally:
        firestore.faults = lambda _method: None
    assert "roles/datastore.user" in service.log("web")
    assert requests.get(f"{service.url}/api/shares/nobodyhereX/", timeout=20).status_code == 404
    wait_for(  # what it found out is remembered for a second
        lambda: requests.get(f"{service.url}/readyz", timeout=20).status_code == 200, 10, lambda: "not ready"
    )
