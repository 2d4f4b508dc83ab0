"""The library stands alone: no Django, and no torch where only names are wanted."""

import subprocess
import sys

import pytest


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*sorted(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return {name.split(".")[0] for name in output.split()}


def test_the_catalogue_needs_no_torch() -> None:
    loaded = modules_after("import separation.catalogue, separation.errors")
    assert loaded.isdisjoint({"torch", "numpy", "av", "django", "celery"})


@pytest.mark.parametrize("module", ["pipeline", "files", "importing", "segments", "models", "scan"])
def test_the_library_needs_no_django(module: str) -> None:
    loaded = modules_after(f"import separation.{module}")
    assert loaded.isdisjoint({"django", "celery", "sharing", "config", "redis"})


def test_importing_stems_needs_no_torch() -> None:
    assert "torch" not in modules_after("import separation.importing")
