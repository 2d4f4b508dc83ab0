"""A bucket that is missing, closed, away, slow or moody, at any call: said in words, and nothing half done."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, product
from types import SimpleNamespace

import pytest
from django.core.files.storage import storages
from pytest_django import Settings

from sharing import media, pieces, uploads
from sharing.errors import MediaUnavailable
from sharing.storages import MediaStorage
from tests.storages.fixtures import PREFIX, close, options
from tests.storages.gcs_server import GcsServer
from tests.storages.proxy import Asked, Fault, Proxy
from tests.storages.s3_server import S3Server

# Clients lose sight of a connection on which an answer broke off, until it is collected.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
ID = "TryTheStems"
KEY = f"shares/{ID}/1/vocals/flac/0.flac"
UPLOAD = "u" * 22
SONG = f"sources/{ID}-{'0' * 32}"
LARGE = b"fLaC" + b"x" * 9_000_000
DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
NO_BUCKET = b"<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"
NO_KEY = (
    b"<Error><Code>InvalidAccessKeyId</Code><Message>The key you provided does not exist.</Message></Error>"
)
NO_CONDITIONS = (
    b"<Error><Code>NotImplemented</Code><Message>A header you provided implies functionality that is not "
    b"implemented</Message></Error>"
)
CONFLICT = (
    b"<Error><Code>ConditionalRequestConflict</Code><Message>The conditional request cannot succeed due to a "
    b"conflicting operation against this resource.</Message></Error>"
)
GONE = b'{"error": {"code": 404, "message": "The specified bucket does not exist."}}'


@dataclass
class Behind:
    """Media in a bucket, and that bucket as it is past the proxy."""

    kind: str
    proxy: Proxy
    server: S3Server | GcsServer

    def fault(self, fault: Fault) -> None:
        """From now on every request has this fault."""
        self.proxy.faults = lambda _asked: fault

    def heal(self) -> None:
        """No more faults."""
        self.proxy.faults = lambda _asked: None

    def fill(self) -> list[str]:
        """Two files, of which one is large."""
        for name, data in ((KEY, b"old"), (SONG, LARGE)):
            self.server.put(f"{PREFIX}/{name}", data)
        return self.server.contents()


@pytest.fixture(params=["s3", "gcs"])
def bucket(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Behind]:
    """Media of this process lies in a bucket."""
    proxy: Proxy = request.getfixturevalue(f"{request.param}_proxy")
    settings.STORAGES = {**settings.STORAGES, "default": options(request.param, proxy, monkeypatch)}
    settings.STEMLINK_DATA = request.getfixturevalue("tmp_path")
    media._told.clear()
    yield Behind(request.param, proxy, request.getfixturevalue(f"{request.param}_server_"))
    close(storages["default"])


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients soon give up: what comes of trying again takes long. For buckets that are made afterwards."""
    from sharing.storages import gcs, s3

    monkeypatch.setattr(s3, "READ_SECONDS", 0.4)
    monkeypatch.setattr(s3, "ATTEMPTS", 1)
    retry = gcs.RETRY.with_delay(initial=0.01, maximum=0.02).with_timeout(0.2)
    monkeypatch.setattr(gcs, "RETRY", retry)
    monkeypatch.setattr(gcs, "PATIENCE", {"timeout": (1, 0.4), "retry": retry})


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients try again without waiting."""
    from sharing.storages import gcs

    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    retry = gcs.RETRY.with_delay(initial=0.01, maximum=0.02)
    monkeypatch.setattr(gcs, "RETRY", retry)
    monkeypatch.setattr(gcs, "PATIENCE", gcs.PATIENCE | {"retry": retry})


def receive() -> None:
    with uploads.receive() as reception:
        for start in range(0, len(LARGE), 1_000_000):
            reception.write(LARGE[start : start + 1_000_000])
        reception.keep("a song")


def take(faults: list[Fault], _asked: Asked) -> Fault | None:
    return faults.pop() if faults else None


def copy() -> None:
    with media.local_source(SONG) as path:
        assert path.stat().st_size == len(LARGE)


CALLS: dict[str, Callable[[], object]] = {
    "put": lambda: media.put(KEY, b"new"),
    "create": lambda: media.create_upload_file(UPLOAD, "taken", b"mine"),
    "get": lambda: media.get(KEY),
    "copy": copy,
    "receive": receive,
    "check": media.check,
    "attempts": lambda: media.attempts(ID),
    "changed": lambda: media.changed(media.share_prefix(ID)),
    "size": lambda: media.size(ID),
    "shares": lambda: list(media.shares()),
    "sweep": lambda: media.delete_unfinished(datetime.now(UTC)),
}
QUIET: dict[str, Callable[[], object]] = {
    "delete a song": lambda: media.delete_source(SONG),
    "delete stems": lambda: media.delete_stems(media.share_prefix(ID)),
}
FAULTS = {
    "refused": Fault(503),
    "slow": Fault(503, delay=0.8),
    "hung up": Fault(),
    "closed": Fault(403, DENIED),
}


def test_whatever_fails_is_said_and_leaves_all_as_it_was(
    impatient: None, bucket: Behind, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    before = bucket.fill()
    for fault, call in product(FAULTS, CALLS):
        if (bucket.kind, call) == ("gcs", "sweep"):
            continue  # what we would forget of Google's uploads, Google forgets by itself
        with subtests.test(fault=fault, call=call):
            caplog.clear()
            media._told.clear()
            bucket.fault(FAULTS[fault])
            with caplog.at_level(logging.ERROR, "sharing.media"), pytest.raises(MediaUnavailable):
                CALLS[call]()
            bucket.heal()
            assert "stemlink-tests" in caplog.text
            assert bucket.server.contents() == before
            assert media.get(KEY) == b"old"


def test_what_cannot_be_deleted_now_is_logged_and_can_be_later(
    impatient: None, bucket: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    before = bucket.fill()
    for call in QUIET.values():
        caplog.clear()
        media._told.clear()
        bucket.fault(Fault(503))
        with caplog.at_level(logging.ERROR, "sharing.media"):
            call()
        assert "can't delete" in caplog.text
        assert bucket.server.contents() == before
        bucket.heal()
    for call in QUIET.values():
        call()
    assert bucket.server.contents() == []


def test_what_fails_once_is_not_noticed(
    at_once: None, bucket: Behind, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    bucket.fill()
    faults = {"refused": Fault(503), "hung up": Fault(), "half an answer": Fault(half=True)}
    for call, fault in product(CALLS | QUIET, faults):
        with subtests.test(fault=fault, call=call):
            bucket.proxy.faults = partial(take, [faults[fault]])
            (CALLS | QUIET)[call]()
            assert caplog.text == ""
    bucket.heal()
    # Of an upload whose beginning was told by half we don't know; it is swept.
    media.delete_unfinished(datetime.now(UTC) + timedelta(hours=1))
    assert bucket.server.unfinished() == []


def test_an_upload_that_breaks_off_leaves_nothing(impatient: None, bucket: Behind) -> None:
    """The third part doesn't go through, but giving up does."""
    sent: list[Asked] = []

    def faults(asked: Asked) -> Fault | None:
        if asked.method == "PUT":
            sent.append(asked)
            return Fault(503) if len(sent) > 1 else None
        return None

    bucket.proxy.faults = faults
    with pytest.raises(MediaUnavailable):
        receive()
    assert bucket.server.contents() == []
    assert bucket.server.unfinished() == []


def test_a_file_of_which_the_last_answer_got_lost_is_there(bucket: Behind) -> None:
    """The bucket completed the upload, and we didn't hear of it."""
    faults = [Fault(after=True)]

    def last(asked: Asked) -> Fault | None:
        is_last = "uploadId" in asked.path if asked.method == "POST" else False
        return faults.pop() if is_last and faults else None

    bucket.proxy.faults = last
    receive()
    assert len(bucket.server.contents()) == 1


def test_who_took_an_upload_knows_it_although_the_answer_got_lost(at_once: None, bucket: Behind) -> None:
    faults = [Fault(after=True)]

    def first_write(asked: Asked) -> Fault | None:
        return faults.pop() if faults and asked.method in {"PUT", "POST"} else None

    bucket.proxy.faults = first_write
    assert pieces.take(UPLOAD, ID)
    assert not faults
    assert not pieces.take(UPLOAD, ID)


def test_a_server_without_conditional_writes_is_asked_what_is_there(
    s3: MediaStorage, s3_proxy: Proxy
) -> None:
    """As Backblaze's S3."""
    s3_proxy.faults = lambda asked: Fault(501, NO_CONDITIONS) if asked.conditional else None
    assert s3.create(KEY, b"first")
    assert not s3.create(KEY, b"the second")
    with s3.open_version(KEY).file as file:
        assert file.read() == b"first"


@pytest.mark.parametrize(("conflicts", "created"), [(1, True), (2, True), (9, False)])
def test_a_file_that_somebody_else_creates_right_now_is_tried_again(
    s3: MediaStorage, s3_proxy: Proxy, conflicts: int, created: bool
) -> None:
    """Whoever that is may fail; if not, it is there."""
    asked = count(1)
    s3_proxy.faults = lambda _asked: Fault(409, CONFLICT) if next(asked) <= conflicts else None
    assert s3.create(KEY, b"first") is created
    assert next(asked) <= 5


@pytest.mark.parametrize(
    ("faults", "advice"),
    [
        ({"s3": Fault(404, NO_BUCKET), "gcs": Fault(404, GONE)}, "There is no bucket stemlink-tests"),
        ({"s3": Fault(403, NO_KEY), "gcs": Fault(401, b"{}")}, "doesn't accept our credentials"),
        ({"s3": Fault(403, DENIED), "gcs": Fault(403, b"{}")}, "may not read and write"),
        ({"s3": Fault(), "gcs": Fault()}, "doesn't answer"),
    ],
)
def test_the_log_says_what_to_do(
    impatient: None, bucket: Behind, faults: dict[str, Fault], advice: str, caplog: pytest.LogCaptureFixture
) -> None:
    bucket.fault(faults[bucket.kind])
    for call in (lambda: media.put(KEY, b"x"), lambda: media.get(KEY), media.check):
        caplog.clear()
        media._told.clear()
        with pytest.raises(MediaUnavailable):
            call()
        assert advice in caplog.text
        assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_a_server_that_is_away(impatient: None, bucket: Behind) -> None:
    bucket.proxy.server_close()
    with pytest.raises(MediaUnavailable):
        media.check()
