"""What the pages name is there: settings, metrics, other pages, and commands that do what they say."""

import re
import sqlite3
from pathlib import Path

import pytest

from sharing import metrics
from sharing.health import Present
from tests.deployment.files import ROOT, compose

PAGES = [ROOT / "docs" / name for name in ("deployment.md", "metrics.md")]  # the operators'
ALL = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


def anchors(page: Path) -> set[str]:
    """The names by which links lead to the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = "".join(
        (ROOT / "config" / f"{name}.py").read_text() for name in ("settings", "media", "database", "env")
    )
    known += (ROOT / "docker-compose.yml").read_text()
    for name in set(
        re.findall(r"\b(?:STEMLINK_[A-Z_]+|[A-Z]+_(?:URL|STORAGE|WORKERS|HOST))\b", page.read_text())
    ):
        assert re.sub(r"_FILE$", "", name) in known, name


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_every_place_that_is_linked_exists(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def test_every_setting_that_exists_is_named() -> None:
    text = "".join(page.read_text() for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))
    read = "".join(path.read_text() for path in (ROOT / "config").glob("*.py"))
    for name in set(re.findall(r"\benv\.\w+\(\s*\"(STEMLINK_[A-Z_]+)\"", read)):
        assert f"`{name}" in text, name


@pytest.mark.django_db
def test_metrics_are_told_by_their_names() -> None:
    counted = {sample.name for family in metrics._here.collect() for sample in family.samples}
    counted |= {f"{family.name}_total" for family in metrics._here.collect() if family.type == "counter"}
    counted |= {f"{family.name}{end}" for family in metrics._here.collect() for end in ("", "_bucket")}
    present = {family.name for family in Present().collect()}
    text = "".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"\bstemlink_[a-z_]+\b", text))
    assert named <= counted | present
    families = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in metrics._here.collect()
    }
    assert families | present <= named, "a metric isn't documented"


def test_the_services_of_the_compose_file_are_described() -> None:
    text = PAGES[0].read_text()
    for name in compose()["services"]:
        assert f"`{name}`" in text, name


def test_the_backup_of_sqlite_is_whole_while_somebody_writes(tmp_path: Path) -> None:
    code = re.search(r'python -c "(import sqlite3\n[^"]+)"', PAGES[0].read_text())
    assert code is not None
    here, there = tmp_path / "stemlink.sqlite3", tmp_path / "backup.sqlite3"
    text = (
        code[1]
        .replace("/var/lib/stemlink/stemlink.sqlite3", str(here))
        .replace("/backup/stemlink.sqlite3", str(there))
    )
    writer = sqlite3.connect(here)
    try:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE t (n INTEGER)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.commit()
        writer.execute("INSERT INTO t VALUES (2)")
        exec(text, {})
        copy = sqlite3.connect(there)
        assert copy.execute("SELECT n FROM t").fetchall() == [(1,)]
        copy.close()
    finally:
        writer.close()
