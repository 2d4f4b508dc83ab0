"""Media in a bucket of Google Cloud Storage.

Imported only where MEDIA_STORAGE names such a bucket. django-storages holds the settings; credentials come from
wherever Google's client finds them, and the calls are that client's own, for the reasons that `s3` gives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import requests
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Blob, Bucket, Client
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY
from storages.backends.gcloud import GoogleCloudStorage

from sharing.of_process import OfProcess
from sharing.storages.base import Entry, served_as
from sharing.storages.bucket import (
    BLOCK,
    BucketError,
    BucketStorage,
    Head,
    folder_key,
    key,
)

RETRY = DEFAULT_RETRY.with_delay(initial=0.2, maximum=2, multiplier=2).with_timeout(20)
# To connect and to answer; then again for a while.
PATIENCE: dict[str, Any] = {"timeout": (3, 8), "retry": RETRY}
BATCH = 100  # deletions in one request, which is as many as Google wants


class GcsMedia(BucketStorage, GoogleCloudStorage):
    """A `MediaStorage` in the bucket `bucket_name`, below `location`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._clients = OfProcess(self._connect)

    @property
    def client(self) -> Client:
        """That of this process."""
        return self._clients.get()

    @property
    def bucket(self) -> Bucket:
        """The bucket; nobody is asked whether it is there."""
        return self.client.bucket(self.bucket_name)

    def put(self, name: str, data: bytes) -> None:
        """Store a small file."""
        with self._reachable():
            blob = self._blob(name)
            blob.upload_from_string(data, content_type=blob.content_type, **PATIENCE)

    def create(self, name: str, data: bytes) -> bool:
        """Store a small file where there is none; whether it was stored."""
        with self._reachable():
            blob = self._blob(name)
            try:
                blob.upload_from_string(
                    data, content_type=blob.content_type, if_generation_match=0, **PATIENCE
                )
            except exceptions.PreconditionFailed:
                return False
        return True

    def begin(self, name: str) -> "GcsUpload":
        """Begin to send a file in parts."""
        with self._reachable():
            return GcsUpload(self, self._blob(name))

    def head(self, name: str) -> Head:
        """Where reading a file begins. Raises FileNotFoundError."""
        with self._reachable():
            blob = self._blob(name)
            try:
                data: bytes = blob.download_as_bytes(
                    end=BLOCK - 1, raw_download=True, checksum=None, **PATIENCE
                )
                size = len(data)
                version, etag = str(blob.generation), str(blob.etag)
                if size == BLOCK:  # there may be more: only the file's metadata say how much
                    pinned = self.bucket.blob(blob.name, generation=int(version))
                    pinned.reload(**PATIENCE)
                    size = int(pinned.size)
            except exceptions.RequestRangeNotSatisfiable:  # an empty file has no first byte
                blob.reload(**PATIENCE)
                data, size, version, etag = b"", 0, str(blob.generation), str(blob.etag)
            except exceptions.NotFound as error:
                if "bucket does not exist" in str(error):
                    raise
                raise FileNotFoundError(name) from None
        return Head(data, size, f'"{etag.strip(chr(34))}"', version)

    def block(self, name: str, version: str, start: int) -> bytes:
        """The BLOCK bytes from `start` on. Raises OSError when this version was replaced."""
        with self._reachable():
            pinned = self.bucket.blob(self._key(name), generation=int(version))
            data: bytes = pinned.download_as_bytes(
                start=start, end=start + BLOCK - 1, raw_download=True, checksum=None, **PATIENCE
            )
        return data

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        with self._reachable():
            try:
                self.bucket.delete_blob(self._key(name), **PATIENCE)
            except exceptions.NotFound as error:
                if "bucket does not exist" in str(error):
                    raise

    def delete_prefix(self, prefix: str) -> None:
        """Delete a folder and all in it, a hundred files at a time."""
        with self._reachable():
            while names := [
                blob.name for blob in islice(self._list(prefix, fields="items(name),nextPageToken"), 1000)
            ]:
                for start in range(0, len(names), BATCH):
                    RETRY(self._delete)(names[start : start + BATCH])

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies directly in a folder."""
        folder = folder_key(self.location, prefix)
        with self._reachable():
            found = self._list(prefix, delimiter="/")
            for page in found.pages:
                for name in page.prefixes:
                    yield Entry(name.removeprefix(folder).rstrip("/"), None)
                for blob in page:
                    yield Entry(blob.name.removeprefix(folder), blob.updated)

    def changed(self, prefix: str) -> datetime | None:
        """When the first file of a folder was written."""
        with self._reachable():
            return next((blob.updated for blob in self._list(prefix, max_results=1)), None)

    def size(self, prefix: str) -> int:
        """Bytes of all files in a folder."""
        with self._reachable():
            return sum(blob.size for blob in self._list(prefix))

    def delete_unfinished(self, before: datetime) -> None:
        """Nothing: uploads that were given up can't be seen, cost nothing, and Google forgets them within a week."""

    def link(self, name: str, seconds: int) -> str | None:
        """A signed address; made here, nobody is asked."""
        with self._reachable():
            try:
                signed: str = self.bucket.blob(self._key(name)).generate_signed_url(
                    version="v4", expiration=timedelta(seconds=seconds), method="GET"
                )
            except (AttributeError, TypeError) as error:
                raise BucketError(
                    "Addresses of the bucket can only be signed with a key file. Set GOOGLE_APPLICATION_CREDENTIALS "
                    "to that of a service account, or STEMLINK_MEDIA_REDIRECT=0."
                ) from error
        return signed

    def explain(self, error: Exception) -> str:
        """What the operator has to know and to do, in one line."""
        cause = error.cause if isinstance(error, exceptions.RetryError) and error.cause else error
        return f"{self._advice(cause)} [{type(cause).__name__}: {' '.join(str(cause).split()):.200}]"

    def _advice(self, error: Exception) -> str:
        where = f"{self.bucket_name} at Google"
        match error:
            case GoogleAuthError() | exceptions.Unauthorized():
                return (
                    f"The bucket {where} doesn't accept our credentials. Set GOOGLE_APPLICATION_CREDENTIALS to the key "
                    "file of a service account, or run: gcloud auth application-default login"
                )
            case exceptions.Forbidden():
                return (
                    f"We may not read and write the bucket {where}. "
                    "Give our service account the role roles/storage.objectUser on it."
                )
            case exceptions.NotFound() if "bucket does not exist" in str(error):
                return f"There is no bucket {where}. Create it, or correct MEDIA_STORAGE."
            case exceptions.NotFound():
                return "A file of the bucket was replaced or deleted while it was read."
        return (
            f"The bucket {where} doesn't answer. Is this machine connected, and Google's status page green?"
        )

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except (
            exceptions.GoogleAPIError,
            GoogleAuthError,
            InvalidResponse,
            DataCorruption,
            requests.RequestException,
        ) as error:
            raise BucketError(self.explain(error)) from error

    def _connect(self) -> Client:
        return Client(project=None, credentials=self.credentials)

    def _key(self, name: str) -> str:
        return key(self.location, name)

    def _blob(self, name: str) -> Blob:
        blob = self.bucket.blob(self._key(name))
        blob.content_type, blob.cache_control = served_as(name)
        return blob

    def _list(self, prefix: str, **options: Any) -> Any:
        return self.client.list_blobs(
            self.bucket_name, prefix=folder_key(self.location, prefix), **options, **PATIENCE
        )

    def _delete(self, names: list[str]) -> None:
        try:
            with self.client.batch():
                for name in names:
                    self.bucket.blob(name).delete(timeout=PATIENCE["timeout"])
        except exceptions.NotFound as error:
            if "bucket does not exist" in str(error):
                raise
            # Another one was faster; whatever else of the batch failed is found by the next listing.


class GcsUpload:
    """A resumable upload. Its address is a secret that is all one needs to write to it.

    (Google's client has a writer for this, but when that is told to give up it asks at a wrong address.)
    """

    def __init__(self, bucket: GcsMedia, blob: Blob) -> None:
        self._bucket = bucket
        self._address = blob.create_resumable_upload_session(content_type=blob.content_type, **PATIENCE)
        self._connection = requests.Session()
        self._sent = 0

    def send(self, part: bytes) -> None:
        """Send the next part."""
        self._send(part, "*")

    def complete(self, rest: bytes) -> None:
        """Send what is left; the file is there from now on."""
        self._send(rest, str(self._sent + len(rest)))
        self._connection.close()

    def abort(self) -> None:
        """Forget what was sent."""
        with self._bucket._reachable(), self._connection:
            self._connection.delete(self._address, timeout=PATIENCE["timeout"])

    def _send(self, part: bytes, total: str) -> None:
        """Send bytes from where the bucket has got to: it may take less than it was sent, and its answers get lost."""
        start = reached = self._sent
        end = start + len(part)
        is_sure = True

        def go_on() -> None:
            nonlocal reached, is_sure
            if not is_sure:
                reached = self._put(f"bytes */{total}", b"", end)
            is_sure = False
            while start <= reached < end:
                reached = self._put(f"bytes {reached}-{end - 1}/{total}", part[reached - start :], end)

        with self._bucket._reachable():
            RETRY(go_on)()
        if reached != end:
            raise BucketError("The bucket lost a part of an upload.")
        self._sent = end

    def _put(self, place: str, data: bytes, end: int) -> int:
        """How far the bucket has got."""
        headers = {"Content-Range": place}
        answer = self._connection.put(self._address, data, headers=headers, timeout=PATIENCE["timeout"])
        if answer.status_code == 308:
            return int(answer.headers["Range"].rpartition("-")[2]) + 1 if "Range" in answer.headers else 0
        if not answer.ok:
            raise exceptions.from_http_response(answer)
        return end
