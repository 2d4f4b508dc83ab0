"""The page of a share, as the server sends it: all there is to know, before any script runs."""

from dataclasses import replace

import pytest
from django.test import Client

from sharing import jobs, services
from sharing.domain import Share, ShareError
from sharing.identity import new_id
from sharing.stores import get_store
from tests.pages.html import parse
from tests.sharing.shares import begin, keep, make, make_done, share

pytestmark = pytest.mark.django_db


def test_it_works(client: Client) -> None:
    made = make_done()
    response = client.get(f"/{made.id}")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"
    page = parse(response)
    assert page.texts("h1") == ["A song"]
    assert page.texts("title") == ["A song · Stemlink"]
    assert "All stems are here." in page.text
    assert "Vocals Drums Bass Other" in page.text
    assert page.one("input", id="link")["value"] == f"http://testserver/{made.id}"


def test_a_link_with_a_slash_keeps_its_moment_and_mix(client: Client) -> None:
    made = make_done()
    response = client.get(f"/{made.id}/?t=12&solo=drums")
    assert (response.status_code, response["Location"]) == (301, f"/{made.id}?t=12&solo=drums")


def test_it_says_that_some_of_the_song_is_missing(client: Client) -> None:
    made = make()
    claim = jobs.claim(made.id, "worker-1")
    assert claim is not None
    jobs.scanned(claim, frames=1000, gain=1.0, sample_rate=44_100, truncated=True)
    jobs.finish(claim)
    page = parse(client.get(f"/{made.id}"))
    assert "All stems are here. Some sound is missing: a file is damaged or cut off." in page.text
    assert "missing" not in parse(client.get(f"/{make_done().id}")).text


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 stem is missing, and says why."), (2, "2 stems are missing, and say why.")]
)
def test_it_counts_the_stems_that_are_missing(client: Client, count: int, words: str) -> None:
    made = make_done()
    error = ShareError(code="unreachable", message="Its host does not answer.")

    def fail(done: Share) -> Share:
        failed = (stem.silent(error) for stem in done.stems[:count])
        return replace(done, stems=(*failed, *done.stems[count:]))

    get_store().update(made.id, fail)
    assert words in parse(client.get(f"/{made.id}")).text


def test_it_unfurls_and_is_not_indexed(client: Client) -> None:
    made = make_done()
    page = parse(client.get(f"/{made.id}"))
    assert page.one("meta", property="og:title")["content"] == "A song"
    assert page.one("meta", property="og:url")["content"] == f"http://testserver/{made.id}"
    assert page.one("meta", name="robots")["content"] == "noindex"


def test_it_says_when_nobody_works(client: Client) -> None:
    assert "nothing separates songs here right now" in parse(client.get(f"/{make().id}")).text


def test_it_says_how_far_the_separation_is(client: Client) -> None:
    made = make()
    begin(made.id, available=176_400)
    page = parse(client.get(f"/{made.id}"))
    assert "Separating: 50%." in page.text
    assert page.one("progress", id="progress")["value"] == "0.5"


def test_it_says_what_went_wrong(client: Client) -> None:
    error = ShareError(code="damaged", message="The file breaks off. Export it again.")
    failed = keep(share()).fail(error, retry=False, attempts=3)
    get_store().update(failed.id, lambda _: failed)
    assert (
        "This did not work. The file breaks off. Export it again." in parse(client.get(f"/{failed.id}")).text
    )


def test_it_says_that_it_was_stopped(client: Client) -> None:
    made = make()
    services.cancel(made.id, made.token)
    assert "The separation was stopped." in parse(client.get(f"/{made.id}")).text


def test_a_title_is_text_and_never_markup(client: Client) -> None:
    title = '"><script>alert(1)</script>'
    page = parse(client.get(f"/{make(title).id}"))
    assert page.texts("h1") == [title]
    assert all(script["src"].startswith("/static/") for script in page.all("script"))


def test_the_embed_code_is_whole_whatever_the_title(client: Client) -> None:
    made = make('A "song" </textarea>')
    code = parse(client.get(f"/{made.id}")).one("textarea", id="embed").text
    (frame,) = parse(code).all("iframe")
    assert frame["src"] == f"http://testserver/{made.id}/embed"
    assert frame["title"] == 'A "song" </textarea>'
    assert frame["allow"] == "autoplay; clipboard-write"


def test_a_deleted_share_is_gone(client: Client) -> None:
    made = make()
    services.delete(made.id, made.token)
    response = client.get(f"/{made.id}")
    assert response.status_code == 410
    assert response["Cache-Control"] == "no-store"
    assert "This share is gone" in parse(response).texts("h1")


def test_an_unknown_link_is_not_found(client: Client) -> None:
    response = client.get(f"/{new_id()}")
    assert response.status_code == 404
    assert "There is nothing here" in parse(response).texts("h1")


def test_a_slash_at_the_end_is_forgiven(client: Client) -> None:
    made = make()
    response = client.get(f"/{made.id}/")
    assert (response.status_code, response["Location"]) == (301, f"/{made.id}")
