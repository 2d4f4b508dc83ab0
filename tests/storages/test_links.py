"""Signed addresses: what browsers are sent to is what may be read, for a while, by anybody, in parts."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.oauth2 import service_account
from pytest_django import Settings

from config.media import media
from sharing.storages import MediaStorage
from sharing.storages.gcs import GcsMedia
from sharing.storages.s3 import S3Media
from tests.storages import gcs_server, s3_server
from tests.storages.fixtures import PREFIX
from tests.storages.s3_server import S3Server

NAME = "shares/TryTheStems/1/vocals/flac/0.flac"


def test_a_folder_has_none(folder: MediaStorage) -> None:
    assert folder.link(NAME, 60) is None


def test_a_browser_reads_from_s3(s3: S3Media, s3_server_: S3Server) -> None:
    s3.put(NAME, b"sound" * 100)
    link = s3.link(NAME, 60)
    assert link
    answer = requests.get(link, headers={"Range": "bytes=5-8"}, timeout=10)
    assert (answer.status_code, answer.content) == (206, b"soun")
    whole = requests.get(link, timeout=10)
    assert whole.headers["Content-Type"] == "audio/flac"
    assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["60"]


def test_making_links_asks_nobody(s3: S3Media, s3_proxy: Any) -> None:
    for number in range(10):
        s3.link(f"{NAME}{number}", 60)
    assert s3_proxy.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "s3://a-bucket/below?region=us-east-1",
        "s3://a-bucket?region=eu-west-1",
        "s3://a.bucket?region=eu-west-1",
        "s3://a-bucket?endpoint=http://minio:9000",
        "s3://a-bucket/below?endpoint=http://minio:9000&public=https://media.example.org:8443",
    ],
)
def test_links_lead_to_where_pages_may_read(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name, value in (s3_server.KEYS | {"AWS_REGION": "", "MEDIA_STORAGE": address}).items():
        monkeypatch.setenv(name, value)
    named = media(Path("unused"))
    storage = S3Media(**named.storage["OPTIONS"])
    link = urlsplit(str(storage.link(NAME, 60)))
    assert f"{link.scheme}://{link.netloc}" == named.origin
    storage.client.close()


def test_google_s_are_signed_with_the_key_of_an_account(
    gcs: GcsMedia, gcs_server_: gcs_server.GcsServer
) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {"client_email": "me@project", "token_uri": "http://unused", "private_key": key.decode()}
    credentials = service_account.Credentials.from_service_account_info(account)  # type: ignore[no-untyped-call]
    signing = GcsMedia(bucket_name=gcs_server.BUCKET, location=PREFIX, credentials=credentials)
    link = urlsplit(str(signing.link(NAME, 60)))
    assert link.path == f"/{gcs_server.BUCKET}/{PREFIX}/{NAME}"
    assert parse_qs(link.query)["X-Goog-Expires"] == [str(timedelta(minutes=1).seconds)]
    gcs.put(NAME, b"sound")
    answer = requests.get(f"http://127.0.0.1:{gcs_server_.port}{link.path}?{link.query}", timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (b"sound", "audio/flac")
    signing.client.close()


def test_without_such_a_key_the_check_says_so(gcs: GcsMedia, settings: Settings) -> None:
    gcs.check()
    settings.STEMLINK_MEDIA_REDIRECT = True
    with pytest.raises(OSError, match="STEMLINK_MEDIA_REDIRECT=0"):
        gcs.check()
