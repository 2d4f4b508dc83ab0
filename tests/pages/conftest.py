"""Every test of this folder has an installation of its own."""

from tests.sharing.fixtures import installation

__all__ = ["installation"]
