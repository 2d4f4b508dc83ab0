"""Media in a bucket that speaks S3: Amazon's, MinIO's, Ceph's, Cloudflare's and others.

Imported only where MEDIA_STORAGE names such a bucket. The connection is django-storages', with credentials from where
boto3 finds them. The calls are boto3's own: Django's API knows no uploads that can be dropped, no versions of a file,
and no deletion of many.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from time import sleep
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ResponseStreamingError,
)
from storages.backends.s3 import S3Storage

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

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 8, 3
CONNECTIONS = 32  # for 16 threads of a web process, and whoever writes beside them
NO_FILE = {"NoSuchKey", "404"}
CONDITION_FAILED = {"PreconditionFailed", "412"}
# By somebody else at this very moment: Amazon wants to be asked again.
BEING_WRITTEN = {"ConditionalRequestConflict", "409"}
CONFLICT_SECONDS = 0.1
NO_ACCESS = {"AccessDenied", "AllAccessDisabled", "MethodNotAllowed", "403"}
NO_CREDENTIALS = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "InvalidToken",
    "InvalidClientTokenId",
}
OTHER_REGION = {
    "PermanentRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
}


class S3Media(BucketStorage, S3Storage):
    """A `MediaStorage` in the bucket `bucket_name`, below `location`; the rest as django-storages names it.

    `public_url` is the endpoint at which browsers reach it, where that isn't `endpoint_url`.
    """

    def __init__(self, *, public_url: str | None = None, **settings: Any) -> None:
        endpoint = settings.get("endpoint_url")
        # Others' servers know buckets by path only, and few of them the checksums that Amazon's client adds by default.
        whenever = "when_required" if endpoint else "when_supported"
        by_path = endpoint or "." in settings["bucket_name"]
        settings["client_config"] = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=CONNECTIONS,
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if by_path else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
            request_checksum_calculation=whenever,
            response_checksum_validation=whenever,
        )
        super().__init__(**settings)
        self._clients = OfProcess(lambda: self._connect(self.endpoint_url))
        self._links = OfProcess(lambda: self._connect(public_url)) if public_url else self._clients

    @property
    def client(self) -> Any:
        """That of this process."""
        return self._clients.get()

    def put(self, name: str, data: bytes) -> None:
        """Store a small file."""
        with self._reachable():
            self.client.put_object(**self._file(name), **_headers(name), Body=data)

    def create(self, name: str, data: bytes) -> bool:
        """Store a small file where there is none; whether it was stored."""
        with self._reachable():
            for _ in range(ATTEMPTS):
                try:
                    self.client.put_object(**self._file(name), **_headers(name), Body=data, IfNoneMatch="*")
                except ClientError as error:
                    if _code(error) in CONDITION_FAILED:
                        return False
                    if _code(error) == "NotImplemented":
                        return self._create_unguarded(name, data)
                    if _code(error) not in BEING_WRITTEN:
                        raise
                    sleep(CONFLICT_SECONDS)
                else:
                    return True
        return False  # somebody else is still at it

    def begin(self, name: str) -> "S3Upload":
        """Begin to send a file in parts."""
        with self._reachable():
            begun = self.client.create_multipart_upload(**self._file(name), **_headers(name))
        return S3Upload(self, {**self._file(name), "UploadId": begun["UploadId"]})

    def head(self, name: str) -> Head:
        """Where reading a file begins. Raises FileNotFoundError."""
        with self._reachable():
            try:
                found = self._read(**self._file(name), Range=f"bytes=0-{BLOCK - 1}")
                size = int(found.get("ContentRange", "").rpartition("/")[2] or found["ContentLength"])
            except ClientError as error:
                if _code(error) in NO_FILE:
                    raise FileNotFoundError(name) from None
                if _code(error) != "InvalidRange":
                    raise
                found, size = self._read(**self._file(name)), 0  # an empty file has no first byte
        return Head(found["Bytes"], size, found["ETag"], version=found["ETag"])

    def block(self, name: str, version: str, start: int) -> bytes:
        """The BLOCK bytes from `start` on. Raises OSError when this version was replaced."""
        with self._reachable():
            found = self._read(
                **self._file(name), Range=f"bytes={start}-{start + BLOCK - 1}", IfMatch=version
            )
        data: bytes = found["Bytes"]
        return data

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        with self._reachable():
            self.client.delete_object(**self._file(name))

    def delete_prefix(self, prefix: str) -> None:
        """Delete a folder and all in it, a thousand files at a time."""
        with self._reachable():
            for page in self._pages("list_objects_v2", Prefix=self._folder(prefix)):
                if keys := [{"Key": found["Key"]} for found in page.get("Contents", ())]:
                    done = self.client.delete_objects(
                        Bucket=self.bucket_name, Delete={"Objects": keys, "Quiet": True}
                    )
                    for failed in done.get("Errors", ()):
                        raise BucketError(self._advice(failed.get("Code", "")))

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies directly in a folder."""
        folder = self._folder(prefix)
        with self._reachable():
            for page in self._pages("list_objects_v2", Prefix=folder, Delimiter="/"):
                for found in page.get("CommonPrefixes", ()):
                    yield Entry(found["Prefix"].removeprefix(folder).rstrip("/"), None)
                for found in page.get("Contents", ()):
                    yield Entry(found["Key"].removeprefix(folder), found["LastModified"])

    def changed(self, prefix: str) -> datetime | None:
        """When the first file of a folder was written."""
        with self._reachable():
            found = self.client.list_objects_v2(
                Bucket=self.bucket_name, Prefix=self._folder(prefix), MaxKeys=1
            )
            return next((file["LastModified"] for file in found.get("Contents", ())), None)

    def size(self, prefix: str) -> int:
        """Bytes of all files in a folder."""
        with self._reachable():
            pages = self._pages("list_objects_v2", Prefix=self._folder(prefix))
            return sum(found["Size"] for page in pages for found in page.get("Contents", ()))

    def delete_unfinished(self, before: datetime) -> None:
        """Abort uploads that have not grown since: their parts are invisible, but cost money."""
        with self._reachable():
            for page in self._pages("list_multipart_uploads", Prefix=self._folder("")):
                for found in page.get("Uploads", ()):
                    if found["Initiated"] >= before:
                        continue
                    upload = {
                        "Bucket": self.bucket_name,
                        "Key": found["Key"],
                        "UploadId": found["UploadId"],
                    }
                    parts = self.client.list_parts(**upload, MaxParts=1000).get("Parts", ())
                    if all(part["LastModified"] < before for part in parts):
                        self.client.abort_multipart_upload(**upload)

    def link(self, name: str, seconds: int) -> str | None:
        """A signed address; made here, nobody is asked."""
        with self._reachable():
            signed: str = self._links.get().generate_presigned_url(
                "get_object", Params=self._file(name), ExpiresIn=seconds
            )
        return signed

    def _create_unguarded(self, name: str, data: bytes) -> bool:
        """The same on servers that know no conditions (Backblaze's): two at the very same moment may both succeed."""
        try:
            self.head(name)
        except FileNotFoundError:
            self.put(name, data)
            return True
        return False

    def explain(self, error: Exception) -> str:
        """What the operator has to know and to do, in one line."""
        code = _code(error) if isinstance(error, ClientError) else ""
        if isinstance(error, NoCredentialsError | PartialCredentialsError | CredentialRetrievalError):
            code = "InvalidAccessKeyId"
        return f"{self._advice(code)} [{type(error).__name__}: {' '.join(str(error).split()):.200}]"

    def _advice(self, code: str) -> str:
        where = f"{self.bucket_name} at {self.endpoint_url or 'Amazon S3'}"
        if code == "NoSuchBucket":
            return f"There is no bucket {where}. Create it, or correct MEDIA_STORAGE."
        if code in NO_CREDENTIALS:
            return (
                f"The bucket {where} doesn't accept our credentials. "
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role."
            )
        if code in NO_ACCESS:
            return f"We may not read and write the bucket {where}. docs/media.md lists the permissions that we need."
        if code in OTHER_REGION:
            return f"The bucket {where} lies in another region. Set AWS_REGION to it."
        if code == "RequestTimeTooSkewed":
            return f"The bucket {where} refuses us because this machine's clock is wrong. Set it."
        if code in CONDITION_FAILED:
            return "A file of the bucket was replaced while it was read."
        return f"The bucket {where} doesn't answer. Is it up, and is this machine connected?"

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise BucketError(self.explain(error)) from error

    def _connect(self, endpoint: str | None) -> Any:
        return self._create_session().client(
            "s3", endpoint_url=endpoint, region_name=self.region_name, config=self.client_config
        )

    def _read(self, **wanted: str) -> dict[str, Any]:
        """What get_object answers, with the `Bytes` of its body. A body that breaks off boto3 leaves to us."""
        try:
            return self._read_once(wanted)
        except (IncompleteReadError, ResponseStreamingError):
            return self._read_once(wanted)

    def _read_once(self, wanted: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_object(**wanted)
        with closing(found["Body"]) as body:
            return {**found, "Bytes": body.read()}

    def _pages(self, call: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        pages: Iterator[dict[str, Any]] = self.client.get_paginator(call).paginate(
            Bucket=self.bucket_name, **arguments
        )
        return pages

    def _file(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": key(self.location, name)}

    def _folder(self, prefix: str) -> str:
        return folder_key(self.location, prefix)


class S3Upload:
    """A multipart upload."""

    def __init__(self, bucket: S3Media, upload: dict[str, str]) -> None:
        self._bucket, self._upload = bucket, upload
        self._parts: list[dict[str, Any]] = []
        self._size = 0

    def send(self, part: bytes) -> None:
        """Send the next part."""
        number = len(self._parts) + 1
        with self._bucket._reachable():
            sent = self._bucket.client.upload_part(**self._upload, PartNumber=number, Body=part)
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._size += len(part)

    def complete(self, rest: bytes) -> None:
        """Send what is left; the file is there from now on."""
        self.send(rest)
        with self._bucket._reachable():
            try:
                self._bucket.client.complete_multipart_upload(
                    **self._upload, MultipartUpload={"Parts": self._parts}
                )
            except ClientError as error:
                # The answer to an earlier attempt of boto3 was lost: is the file there?
                if _code(error) != "NoSuchUpload" or not self._is_there():
                    raise

    def abort(self) -> None:
        """Forget what was sent."""
        with self._bucket._reachable():
            self._bucket.client.abort_multipart_upload(**self._upload)

    def _is_there(self) -> bool:
        file = {name: self._upload[name] for name in ("Bucket", "Key")}
        return bool(self._bucket.client.head_object(**file)["ContentLength"] == self._size)


def _headers(name: str) -> dict[str, str]:
    content_type, cache_control = served_as(name)
    return {"ContentType": content_type, "CacheControl": cache_control}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
