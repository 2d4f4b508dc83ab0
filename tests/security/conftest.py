"""Every test of this folder has an installation of its own."""

from tests.sharing.fixtures import host, installation

__all__ = ["host", "installation"]
