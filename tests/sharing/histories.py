"""Histories of calls to a store, and the simple model that says what a store should make of them."""

from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import strategies as st

from sharing.domain import Edit, Hosted, Incoming, Share, ShareError, Stem
from sharing.errors import IdTaken, Problem, RevisionMismatch, ShareGone, ShareNotFound
from sharing.stores import Change, Store
from tests.sharing.shares import NOON, lease


@dataclass
class Model:
    """What a store should be, told in a few lines: a dict, and the ids of what was deleted."""

    shares: dict[str, Share] = field(default_factory=dict)
    tombs: set[str] = field(default_factory=set)

    def get(self, share_id: str) -> Share:
        if share_id in self.tombs:
            raise ShareGone
        if share_id not in self.shares:
            raise ShareNotFound
        return self.shares[share_id]

    def create(self, new: Share) -> None:
        if new.id in self.tombs | self.shares.keys():
            raise IdTaken
        self.shares[new.id] = new

    def update(
        self, share_id: str, change: Change, *, revision: int | None = None, lease: str | None = None
    ) -> Share:
        found = self.get(share_id)
        if lease is not None:
            found.require_lease(lease)
        if revision is not None and revision != found.revision:
            raise RevisionMismatch
        self.shares[share_id] = change(found)
        return self.shares[share_id]

    def delete(self, share_id: str, *, at: datetime) -> Share:
        self.get(share_id)
        self.tombs.add(share_id)
        return self.shares.pop(share_id)


@dataclass(frozen=True)
class Step:
    """One call of a history."""

    action: str
    index: int
    change: Change
    revision: int | None
    lease: str | None


def outcome(store: Store | Model, step: Step, new: Share) -> Share | type[Problem] | None:
    """What a call returns, or the kind of its refusal."""
    try:
        match step.action:
            case "create":
                store.create(new)
                return None
            case "update":
                return store.update(new.id, step.change, revision=step.revision, lease=step.lease)
            case "delete":
                return store.delete(new.id, at=NOON)
            case _:
                return store.get(new.id)
    except Problem as problem:
        return type(problem)


LINK = Hosted(url="https://x.org/a.wav", original_url="x.org/a.wav", seconds=1.5, cors=True, checked_at=NOON)
FILE = Incoming(asked_at=NOON, upload="upload")
HOSTED = Stem(id="a", name="A", color="#000000", hosted=LINK)
INCOMING = Stem(id="b", name="B", color="#000000", incoming=FILE)
LEASES = st.sampled_from(["x", "y"])
TITLES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=9)  # as `words` cleans them
CHANGES: st.SearchStrategy[Change] = st.one_of(
    LEASES.map(lambda name: lambda found: found.claim(lease(name))),
    st.just(Share.cancel),
    TITLES.map(lambda title: lambda found: found.edit(Edit(title=title))),
    st.just(lambda found: found.finish(keep_source=False)),
    st.just(lambda found: found.scan(frames=9, gain=1.0, sample_rate=44_100)),
    st.sampled_from([HOSTED, INCOMING]).map(lambda stem: lambda found: found.add((stem,))),
    st.just(lambda found: found.scan_stem("b", FILE, frames=9, gain=0.5)),
    st.just(lambda found: found.import_stem("b", FILE, frames=9, gain=0.5)),
    st.just(lambda found: found.check({"a": (LINK, ShareError(code="x", message="x"))})),
)
STEPS = st.lists(
    st.builds(
        Step,
        action=st.sampled_from(["create", "get", "update", "update", "update", "delete"]),
        index=st.integers(0, 1),
        change=CHANGES,
        revision=st.none() | st.integers(1, 3),
        lease=st.none() | LEASES,
    ),
    max_size=14,
)
