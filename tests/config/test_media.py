"""Where sound lives: what MEDIA_STORAGE may say, and that nothing else is taken."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import bootstrap
from config.media import media
from tests.config.test_stores import settings_with
from tests.running import Service

NAMES = ("MEDIA_STORAGE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_a_fresh_machine_keeps_sound_in_its_data_folder(tmp_path: Path) -> None:
    found = media(tmp_path)
    assert found.storage == {"BACKEND": "sharing.storages.folder.FolderStorage"}
    assert (found.folder, found.origin) == (tmp_path / "media", None)


def test_a_folder_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", "file:///srv/with%20space/media")
    assert media(tmp_path).folder == Path("/srv/with space/media")


@pytest.mark.parametrize(
    ("address", "environment", "options", "origin"),
    [
        (
            "s3://a-bucket/below/here?region=eu-west-1",
            {},
            {"bucket_name": "a-bucket", "location": "below/here", "region_name": "eu-west-1"},
            "https://a-bucket.s3.eu-west-1.amazonaws.com",
        ),
        ("s3://a-bucket", {"AWS_DEFAULT_REGION": "eu-west-1"}, {"region_name": "eu-west-1"}, "https://a-bucket.s3."),
        ("s3://a.bucket", {"AWS_REGION": "eu-west-1"}, {"bucket_name": "a.bucket"}, "https://s3.eu-west-1."),
        ("s3://a-bucket", {}, {"endpoint_url": None, "region_name": None}, None),
        (
            "s3://a-bucket?endpoint=http://minio:9000&public=https://media.example.org",
            {},
            {"endpoint_url": "http://minio:9000", "public_url": "https://media.example.org"},
            "https://media.example.org",
        ),
        ("s3://b", {}, None, None),
        (
            "s3://a-bucket",
            {"AWS_ENDPOINT_URL_S3": "http://minio:9000"},
            {"endpoint_url": "http://minio:9000", "region_name": "us-east-1"},
            "http://minio:9000",
        ),
        ("gs://a_bucket/below", {}, {"bucket_name": "a_bucket", "location": "below"}, "https://storage.googleapis.com"),
    ],
)  # fmt: skip
def test_a_bucket_may_be_named(
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    environment: dict[str, str],
    options: dict[str, str | None] | None,
    origin: str | None,
) -> None:
    for name, value in ({"MEDIA_STORAGE": address} | environment).items():
        monkeypatch.setenv(name, value)
    if options is None:
        with pytest.raises(ImproperlyConfigured):
            media(Path("unused"))
        return
    found = media(Path("unused"))
    assert {name: found.storage["OPTIONS"][name] for name in options} == options
    assert found.folder is None
    assert (found.origin or "").startswith(origin or "")
    assert bool(found.origin) == bool(origin)


@pytest.mark.parametrize(
    "address",
    [
        "/srv/media",
        "file://host/srv",
        "file:media",
        "ftp://host/x",
        "s3://",
        "s3://hush:hush@bucket/x",
        "s3://Bucket",
        "s3://bucket/a b",
        "s3://bucket?endpoint=hush",
        "s3://bucket?secret=hush",
        "gs://bucket?endpoint=https://hush",
        "s3://[",
    ],
)
def test_what_cannot_be_used_is_refused_without_repeating_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", address)
    with pytest.raises(ImproperlyConfigured, match="MEDIA_STORAGE") as caught:
        media(tmp_path)
    assert "hush" not in str(caught.value)


def test_without_its_client_a_bucket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", "s3://bucket")
    monkeypatch.setattr("config.media.find_spec", lambda _name: None)
    with pytest.raises(ImproperlyConfigured, match="make setup"):
        media(tmp_path)


def test_its_client_is_installed_where_it_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def clients() -> list[str]:
        return [name for name in bootstrap.requirements("run") if "storage" in name]

    monkeypatch.delenv("MEDIA_STORAGE", raising=False)
    without = bootstrap.fingerprint()
    assert clients() == []
    for address, client in (("s3://bucket", "s3"), ("gs://bucket", "google")):
        monkeypatch.setenv("MEDIA_STORAGE", address)
        assert f"django-storages[{client}]" in clients()[0]
        assert bootstrap.fingerprint() != without
    monkeypatch.delenv("MEDIA_STORAGE")
    (tmp_path / "address").write_text("gs://bucket\n")
    monkeypatch.setenv("MEDIA_STORAGE_FILE", str(tmp_path / "address"))
    assert "google" in clients()[0]


def test_visitors_are_sent_to_buckets_only(tmp_path: Path) -> None:
    refused = settings_with(tmp_path, STEMLINK_MEDIA_REDIRECT="1")
    assert refused.returncode
    assert "STEMLINK_MEDIA_REDIRECT is for media in a bucket" in refused.stderr


def test_pages_may_read_from_the_bucket_if_visitors_are_sent_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from config import settings as s; print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['connect-src'])"
    bucket = {"MEDIA_STORAGE": "s3://a-bucket?region=eu-west-1"}
    assert "amazonaws" not in settings_with(tmp_path, code, **bucket).stdout
    told = settings_with(tmp_path, code, **bucket, STEMLINK_MEDIA_REDIRECT="1").stdout
    assert "https://a-bucket.s3.eu-west-1.amazonaws.com" in told


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hush"}, "doesn't answer"),
        ({"AWS_EC2_METADATA_DISABLED": "true"}, "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_told_in_one_line_at_start(
    tmp_path: Path, environment: dict[str, str], advice: str
) -> None:
    address = "s3://a-bucket?endpoint=http://127.0.0.1:1"
    service = Service(tmp_path, MEDIA_STORAGE=address, HOME=os.devnull, **environment)
    code, told = service.command("run", seconds=120)
    assert code == 1
    assert "Sound can't be stored" in told
    assert advice in told
    assert len(told.strip().splitlines()) == 1
    assert "hush" not in told


def test_a_worker_that_cannot_reach_the_sound_does_not_start(tmp_path: Path) -> None:
    address = "s3://a-bucket?endpoint=http://127.0.0.1:1"
    service = Service(tmp_path, MEDIA_STORAGE=address, HOME=os.devnull, REDIS_URL="redis://127.0.0.1:1")
    service.environment["AWS_EC2_METADATA_DISABLED"] = "true"
    code, told = service.command("run", "worker", seconds=120)
    assert code == 1
    assert "Sound can't be stored" in told
    assert len(told.strip().splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_told_in_one_line_at_start(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir(mode=0o500)
    code, told = Service(tmp_path, MEDIA_STORAGE=f"file://{tmp_path}/media").command("run")
    assert code == 1
    assert "Permission denied" in told
    assert len(told.strip().splitlines()) == 1


def test_a_folder_that_is_none_is_told_in_one_line_at_start(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file")
    code, told = Service(tmp_path, MEDIA_STORAGE=f"file://{tmp_path}/media").command("run")
    assert code == 1
    assert "Sound can't be stored" in told
    assert len(told.strip().splitlines()) == 1
