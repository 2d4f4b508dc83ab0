"""A server that really speaks S3 (moto's), in a process of its own."""

import os
import subprocess
import sys
import time
from typing import Any

import boto3
import requests
from botocore.config import Config

from tests.running import free_port

BUCKET = "stemlink-tests"
KEYS = {"AWS_ACCESS_KEY_ID": "an-access-key", "AWS_SECRET_ACCESS_KEY": "a-secret", "AWS_REGION": "us-east-1"}


class S3Server:
    """Moto on a free port of loopback. It believes everybody, or only the first `strict_after` calls."""

    def __init__(self, strict_after: int | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._strict_after = strict_after
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it answers and has its bucket."""
        environment = dict(os.environ)
        if self._strict_after is not None:
            environment["INITIAL_NO_AUTH_ACTION_COUNT"] = str(self._strict_after)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        late = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, "moto ended"
            assert time.monotonic() < late, "moto doesn't answer"
            try:
                requests.get(f"{self.url}/moto-api/", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.1)
        self.client().create_bucket(Bucket=BUCKET)

    def stop(self) -> None:
        """Stop it; what it held is gone."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def empty(self) -> None:
        """Forget all files and uploads."""
        requests.post(f"{self.url}/moto-api/reset", timeout=10).raise_for_status()
        self.client().create_bucket(Bucket=BUCKET)

    def client(self, service: str = "s3") -> Any:
        """Amazon's client on it."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=KEYS["AWS_REGION"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def put(self, name: str, data: bytes) -> None:
        """Let a file lie in the bucket."""
        self.client().put_object(Bucket=BUCKET, Key=name, Body=data)

    def contents(self) -> list[str]:
        """Everything that lies in the bucket."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def unfinished(self) -> list[str]:
        """Uploads that were begun, and neither completed nor given up."""
        found = self.client().list_multipart_uploads(Bucket=BUCKET)
        return [upload["Key"] for upload in found.get("Uploads", ())]
