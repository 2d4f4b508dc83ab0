"""The storages, for every test of this folder."""

from tests.storages.fixtures import (
    folder,
    gcs,
    gcs_proxy,
    gcs_server_,
    given,
    s3,
    s3_process,
    s3_proxy,
    s3_server_,
)

__all__ = ["folder", "gcs", "gcs_proxy", "gcs_server_", "given", "s3", "s3_process", "s3_proxy", "s3_server_"]
