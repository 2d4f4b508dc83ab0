"""`python manage.py shares list|show|delete|takedown`: what is here, for whoever runs this server."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from sharing import clock, links, manifest, media, services, words
from sharing.domain import Share, State
from sharing.errors import Problem, ShareGone, ShareNotFound, Unreadable
from sharing.identity import ID_PATTERN
from sharing.stores import get_store

PAGE = 200  # documents that are read at once
AGE = re.compile(r"(\d{1,6})([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
REASON_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Row:
    """A share in the list."""

    id: str
    state: str
    created_at: str
    bytes: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Named:
    """A share that somebody named, perhaps one whose document can't be read."""

    id: str
    title: str
    state: str

    def __str__(self) -> str:
        return f"{self.id} {self.title}"


class Command(BaseCommand):
    """Lists the shares of this installation, shows one, deletes some, takes some down."""

    help = "Lists shares, shows one, deletes or takes down some. Works on the store and the media of the settings."

    def add_arguments(self, parser: CommandParser) -> None:
        """One of four actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        every = actions.add_parser("list", help="all shares, newest first")
        states = [str(state) for state in State]
        every.add_argument(
            "--state", action="append", choices=states, default=[], help="can be given several times"
        )
        every.add_argument("--older", metavar="AGE", help="made longer ago than 30m, 12h, 7d, 2w")
        every.add_argument("--newer", metavar="AGE", help="made since then")
        every.add_argument("--limit", type=int, default=50, help="at most so many, 0 for all (%(default)s)")
        show = actions.add_parser("show", help="all that is known of one share, without its secrets")
        show.add_argument("share", help="its id, or its link")
        for action in (every, show):
            action.add_argument("--json", action="store_true", help="for programs")
        delete = actions.add_parser("delete", help="delete shares with their sound, as their owners could")
        takedown = actions.add_parser("takedown", help="delete shares; their links say that and why")
        takedown.add_argument("--reason", required=True, help="shown to whoever opens the link")
        for action in (delete, takedown):
            action.add_argument("shares", nargs="+", metavar="share", help="ids or links")
            action.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *, action: str, **options: Any) -> None:
        """Do it. What is refused is one line."""
        try:
            match action:
                case "list":
                    self._list(options)
                case "show":
                    self._show(_find(options["share"]), as_json=options["json"])
                case _:
                    self._remove(options)
        except Problem as problem:
            raise CommandError(problem.message) from problem

    def _list(self, options: dict[str, Any]) -> None:
        rows = [_row(share) for share in islice(_chosen(options), options["limit"] or None)]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(row) for row in rows], indent=2))
            return
        table = Table("Made", "State", "Size", "Link", "Title", box=None, pad_edge=False)
        for row in rows:
            made = row.created_at.replace("T", " ").removesuffix("Z")
            table.add_row(made, row.state, _size(row.bytes), row.url, row.title)
        width = None if self.stdout.isatty() else 300  # a pipe has no edge at which lines must break
        Console(file=self.stdout, highlight=False, markup=False, width=width).print(table)  # type: ignore[arg-type]  # a text stream all but in name

    def _show(self, share: Share, *, as_json: bool) -> None:
        known = _known(share)
        if as_json:
            self.stdout.write(json.dumps(known, indent=2))
            return
        for name, value in known.items():
            if name != "stems":
                self.stdout.write(f"{name}: {_plain(value)}")
        for stem in known["stems"]:
            self.stdout.write(f"stem {stem['id']}: {_plain({**stem, 'id': None})}")

    def _remove(self, options: dict[str, Any]) -> None:
        reason = options.get("reason")
        if reason is not None and not (reason := words.clean(reason, REASON_LENGTH)):
            raise CommandError("Say why, for those who open the link: --reason TEXT")
        shares = [_find_any(text) for text in options["shares"]]
        if not options["yes"] and not self._agreed(shares, "Take down" if reason else "Delete"):
            raise CommandError("Nothing was changed.")
        for share in shares:
            done = "Taken down" if reason else "Deleted"
            try:
                services.remove(share.id, reason=reason)
            except (ShareNotFound, ShareGone):  # named twice, or its owner was faster
                done = "Gone already"
            self.stdout.write(f"{done}: {share}")

    def _agreed(self, shares: list[Named], verb: str) -> bool:
        if not sys.stdin.isatty():
            raise CommandError("There is nobody to ask: repeat it with --yes if you are sure.")
        for share in shares:
            self.stdout.write(f"{share} ({share.state})")
        return input(f"{verb} this with all its sound, for good? [y/N] ").strip().lower() in {"y", "yes"}


def _chosen(options: dict[str, Any]) -> Iterator[Share]:
    """The shares that the options ask for, read page by page."""
    now = clock.now()
    before = now - _read_age(options["older"]) if options["older"] else None
    since = now - _read_age(options["newer"]) if options["newer"] else None
    after: str | None = None
    while True:
        page = get_store().newest(PAGE, after)
        for share in page.shares:
            if since is not None and share.created_at < since:
                return
            if before is not None and share.created_at > before:
                continue
            if not options["state"] or str(share.state) in options["state"]:
                yield share
        if (after := page.after) is None:
            return


def _row(share: Share) -> Row:
    made = share.created_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    url = links.public().share(share.id)
    return Row(share.id, str(share.state), made, media.size(share.id), share.title, url)


def _known(share: Share) -> dict[str, Any]:
    """The manifest, which anybody may read who has the link, and how the work stands."""
    job, lease = share.job, share.job.lease
    return {
        **manifest.describe(share, links.public()),
        "bytes": media.size(share.id),
        "work": {
            "attempt": job.attempt,
            "queued_at": job.queued_at.isoformat(),
            "source_kept": job.source is not None,
            "worker": lease.worker if lease else None,
            "lease_until": lease.deadline.isoformat() if lease else None,
        },
    }


def _find(text: str) -> Share:
    """The share that an id or a link names. Raises `Unreadable`, and CommandError for all else."""
    try:
        return services.find(_id(text), fresh=True)
    except Unreadable:
        raise
    except Problem as problem:
        raise CommandError(f"{text}: {problem.message}") from problem


def _find_any(text: str) -> Named:
    """The same of one that is to go, which needn't be readable for that."""
    try:
        share = _find(text)
    except Unreadable as problem:
        return Named(_id(text), "-", problem.code)
    return Named(share.id, share.title, str(share.state))


def _id(text: str) -> str:
    share_id = urlsplit(text).path.strip("/").split("/")[0]
    if not re.fullmatch(ID_PATTERN, share_id):
        raise CommandError(f"{text!r} is neither a share's link nor its id.")
    return share_id


def _read_age(text: str) -> timedelta:
    found = AGE.fullmatch(text.strip().lower())
    if not found:
        raise CommandError(f"{text!r} is no age. Write it as 30m, 12h, 7d or 2w.")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _plain(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return ", ".join(
            f"{name} {_plain(item)}" for name, item in value.items() if item not in (None, {}, [])
        )
    return "-" if value is None else str(value)
