"""A server that checks signatures and permissions: who may do what, and what the operator reads otherwise."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from sharing.storages.s3 import S3Media
from tests.storages.s3_server import BUCKET, S3Server

ARN = f"arn:aws:s3:::{BUCKET}"
LOOKING = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": ARN}
READING = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"{ARN}/*"}
WRITING = {  # as docs/media.md says
    "Effect": "Allow",
    "Action": [
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    ],
    "Resource": f"{ARN}/*",
}
# Moto asks for the right to delete many files on the bucket itself; Amazon doesn't.
EMPTYING = {"Effect": "Allow", "Action": ["s3:DeleteObject"], "Resource": ARN}
ACCOUNTS = {"owner": [LOOKING, READING, WRITING, EMPTYING], "listener": [LOOKING, READING], "stranger": []}
MADE = 1 + 3 * 3 - 1  # calls before the server becomes strict: the bucket, and each account with its rights


@pytest.fixture(scope="module")
def keys() -> Iterator[tuple[S3Server, dict[str, tuple[str, str]]]]:
    """A strict server, and the keys of accounts on it."""
    server = S3Server(strict_after=MADE)
    server.start()
    iam, found = server.client("iam"), {}
    for name, rights in ACCOUNTS.items():
        iam.create_user(UserName=name)
        if rights:
            policy = {"Version": "2012-10-17", "Statement": rights}
            iam.put_user_policy(UserName=name, PolicyName="media", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        found[name] = (made["AccessKeyId"], made["SecretAccessKey"])
    yield server, found
    server.stop()


@pytest.fixture
def account(
    keys: tuple[S3Server, dict[str, tuple[str, str]]],
) -> Iterator[Callable[[str, str], S3Media]]:
    """A storage with the key of an account; and, if one is given, another secret."""
    server, known = keys
    made: list[S3Media] = []

    def log_in(name: str, secret: str = "") -> S3Media:
        key, own = known.get(name, (name, ""))
        made.append(
            S3Media(
                bucket_name=BUCKET,
                location="below",
                endpoint_url=server.url,
                region_name="us-east-1",
                access_key=key,
                secret_key=secret or own,
            )
        )
        return made[-1]

    yield log_in
    for storage in made:
        storage.client.close()


def test_the_rights_that_the_docs_list_are_enough(account: Callable[..., S3Media]) -> None:
    storage = account("owner")
    storage.check()
    incoming = storage.incoming("a")
    incoming.write(b"x" * 20_000_000)
    incoming.keep()
    with storage.open_version("a").file as file:
        assert len(file.read()) == 20_000_000
    left = storage.incoming("b")
    left.write(b"x" * 20_000_000)
    left.drop()
    storage.delete_unfinished(datetime.now(UTC))
    assert [entry.name for entry in storage.entries("")] == ["a"]
    storage.delete_prefix("")
    assert list(storage.entries("")) == []


@pytest.mark.parametrize(
    ("name", "secret", "advice"),
    [
        ("owner", "another secret", "doesn't accept our credentials"),
        ("AKIANOBODY", "a secret", "doesn't accept our credentials"),
        ("listener", "", "may not read and write"),
        ("stranger", "", "may not read and write"),
    ],
)
def test_whoever_may_not_is_told_why(
    account: Callable[..., S3Media], name: str, secret: str, advice: str
) -> None:
    with pytest.raises(OSError, match=advice):
        account(name, secret).check()
