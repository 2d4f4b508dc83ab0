"""Each pasted link is understood, or refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.hosted import urls
from sharing.hosted.links import direct, of_pointer
from sharing.hosted.problems import BadLink

DIRECT = [
    # Dropbox: the host that lets pages read, and the whole query, which holds the key.
    (
        "https://www.dropbox.com/s/abc12/03_Lead%20Vox.wav?dl=0",
        "https://dl.dropboxusercontent.com/s/abc12/03_Lead%20Vox.wav?dl=0",
        "Dropbox",
    ),
    (
        "https://www.dropbox.com/s/abc12/a.wav?dl=1",
        "https://dl.dropboxusercontent.com/s/abc12/a.wav?dl=1",
        "Dropbox",
    ),
    (
        "https://www.dropbox.com/s/abc12/a.wav?raw=1",
        "https://dl.dropboxusercontent.com/s/abc12/a.wav?raw=1",
        "Dropbox",
    ),
    (
        "https://dropbox.com/scl/fi/k/a.wav?rlkey=r&st=s&dl=0",
        "https://dl.dropboxusercontent.com/scl/fi/k/a.wav?rlkey=r&st=s&dl=0",
        "Dropbox",
    ),
    (
        "http://www.dropbox.com/scl/fi/k/a.wav?rlkey=r",
        "https://dl.dropboxusercontent.com/scl/fi/k/a.wav?rlkey=r",
        "Dropbox",
    ),
    (
        "https://dl.dropbox.com/scl/fi/k/a.wav?rlkey=r",
        "https://dl.dropboxusercontent.com/scl/fi/k/a.wav?rlkey=r",
        "Dropbox",
    ),
    (
        "https://dl.dropboxusercontent.com/scl/fi/k/a.wav?rlkey=r",
        "https://dl.dropboxusercontent.com/scl/fi/k/a.wav?rlkey=r",
        "Dropbox",
    ),
    ("WWW.Dropbox.COM/s/abc12/a.wav", "https://dl.dropboxusercontent.com/s/abc12/a.wav", "Dropbox"),
    # Pages around a file.
    (
        "https://github.com/o/r/blob/main/stems/a%20b.wav?raw=true",
        "https://raw.githubusercontent.com/o/r/main/stems/a%20b.wav",
        "GitHub",
    ),
    ("https://github.com/o/r/raw/v1.0/a.wav", "https://raw.githubusercontent.com/o/r/v1.0/a.wav", "GitHub"),
    (
        "https://github.com/o/r/raw/refs/heads/main/a.wav",
        "https://raw.githubusercontent.com/o/r/refs/heads/main/a.wav",
        "GitHub",
    ),
    (
        "https://github.com/o/r/releases/download/v1/a.wav",
        "https://github.com/o/r/releases/download/v1/a.wav",
        "GitHub",
    ),
    (
        "https://gist.github.com/o/0123456789abcdef01234",
        "https://gist.githubusercontent.com/o/0123456789abcdef01234/raw",
        "GitHub Gist",
    ),
    (
        "https://gist.github.com/o/0123456789abcdef01234/raw/9a/x.wav",
        "https://gist.githubusercontent.com/o/0123456789abcdef01234/raw/9a/x.wav",
        "GitHub Gist",
    ),
    (
        "https://gitlab.com/g/p/-/blob/main/a.wav?ref_type=heads",
        "https://gitlab.com/g/p/-/raw/main/a.wav",
        "GitLab",
    ),
    (
        "https://git.example.org/g/p/-/blob/main/a.wav",
        "https://git.example.org/g/p/-/raw/main/a.wav",
        "GitLab",
    ),
    (
        "https://codeberg.org/o/r/src/branch/main/a.wav",
        "https://codeberg.org/o/r/raw/branch/main/a.wav",
        "Codeberg",
    ),
    (
        "https://huggingface.co/datasets/o/d/blob/main/a.wav",
        "https://huggingface.co/datasets/o/d/resolve/main/a.wav",
        "Hugging Face",
    ),
    (
        "https://archive.org/details/item/disc1/01%20a.flac",
        "https://archive.org/download/item/disc1/01%20a.flac",
        "Internet Archive",
    ),
    (
        "https://archive.org/download/item/a.flac",
        "https://archive.org/download/item/a.flac",
        "Internet Archive",
    ),
    (
        "https://cloud.example.org/s/AbCdEfGhIjKlMno",
        "https://cloud.example.org/s/AbCdEfGhIjKlMno/download",
        "Nextcloud",
    ),
    (
        "https://example.org/nextcloud/index.php/s/AbCdEfGhIjKlMno/",
        "https://example.org/nextcloud/index.php/s/AbCdEfGhIjKlMno/download",
        "Nextcloud",
    ),
    (
        "https://cloud.example.org/s/AbCdEfGhIjKlMno/download",
        "https://cloud.example.org/s/AbCdEfGhIjKlMno/download",
        "cloud.example.org",
    ),
    # Buckets.
    ("s3://stems/take 1/a.wav", "https://stems.s3.amazonaws.com/take%201/a.wav", "stems.s3.amazonaws.com"),
    ("s3://my.stems/a.wav", "https://s3.amazonaws.com/my.stems/a.wav", "s3.amazonaws.com"),
    ("gs://stems/a.wav", "https://storage.googleapis.com/stems/a.wav", "storage.googleapis.com"),
    (
        "https://eu-west-1.console.aws.amazon.com/s3/object/stems?region=eu-west-1&prefix=a/b+c.wav",
        "https://stems.s3.eu-west-1.amazonaws.com/a/b%20c.wav",
        "Amazon S3",
    ),
    (
        "https://console.cloud.google.com/storage/browser/_details/stems/a/b.wav;tab=live_object",
        "https://storage.googleapis.com/stems/a/b.wav",
        "Google Cloud Storage",
    ),
    (
        "https://storage.cloud.google.com/stems/a.wav?authuser=1",
        "https://storage.googleapis.com/stems/a.wav",
        "Google Cloud Storage",
    ),
    (
        "https://stems.s3.eu-west-1.amazonaws.com/a.wav?X-Amz-Signature=f%2Fg",
        "https://stems.s3.eu-west-1.amazonaws.com/a.wav?X-Amz-Signature=f%2Fg",
        "stems.s3.eu-west-1.amazonaws.com",
    ),
    # Plain hosts, in all the ways that people write them.
    ("https://example.org/a.wav", "https://example.org/a.wav", "example.org"),
    ("  <https://example.org/a.wav> ", "https://example.org/a.wav", "example.org"),
    ('"https://example.org/a.wav"', "https://example.org/a.wav", "example.org"),
    ("HTTPS://EXAMPLE.ORG:443/A.wav", "https://example.org/A.wav", "example.org"),
    ("example.org/a.wav", "https://example.org/a.wav", "example.org"),
    ("//example.org/a.wav", "https://example.org/a.wav", "example.org"),
    ("example.org:8443/a.wav", "https://example.org:8443/a.wav", "example.org"),
    ("https://example.org./a.wav", "https://example.org/a.wav", "example.org"),
    ("https://example.org/My Song.wav#t=30", "https://example.org/My%20Song.wav", "example.org"),
    ("https://example.org/100%.wav?a=b c", "https://example.org/100%25.wav?a=b%20c", "example.org"),
    (
        "https://m\u00fcnchen.example/\u00fc.wav",
        "https://xn--mnchen-3ya.example/%C3%BC.wav",
        "xn--mnchen-3ya.example",
    ),
    ("https://xn--mnchen-3ya.example/", "https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"),
    ("https://\uff45xample\u3002org/a.wav", "https://example.org/a.wav", "example.org"),
    ("http://my_bucket.example.org/a.wav", "http://my_bucket.example.org/a.wav", "my_bucket.example.org"),
    ("http://192.168.1.5:8080/a.wav", "http://192.168.1.5:8080/a.wav", "192.168.1.5"),
    ("http://[2001:DB8:0::1]:8080/a.wav", "http://[2001:db8::1]:8080/a.wav", "2001:db8::1"),
]

REFUSED = [
    ("https://www.dropbox.com/sh/abc/def?dl=0", "folder"),
    ("https://www.dropbox.com/scl/fo/abc/def?rlkey=r&dl=0", "folder"),
    ("https://www.dropbox.com/home/stems", "page"),
    ("https://uc1a2b.dl.dropboxusercontent.com/cd/0/get/x/file", "page"),
    ("https://github.com/o/r", "page"),
    ("https://github.com/o/r/tree/main/stems", "page"),
    ("https://gist.github.com/o", "page"),
    ("https://archive.org/details/item", "page"),
    ("https://archive.org/download/item/", "page"),
    ("https://s3.console.aws.amazon.com/s3/buckets/stems", "page"),
    ("https://console.cloud.google.com/storage/browser/stems", "page"),
    ("https://drive.google.com/file/d/1AbC/view?usp=sharing", "unplayable_host"),
    ("https://drive.google.com/uc?export=download&id=1AbC", "unplayable_host"),
    ("https://1drv.ms/u/s!AbC", "unplayable_host"),
    ("https://studio-my.sharepoint.com/:u:/g/personal/a", "unplayable_host"),
    ("https://app.box.com/s/abc", "unplayable_host"),
    ("https://studio.box.com/s/abcdefgh", "unplayable_host"),
    ("https://www.icloud.com/iclouddrive/0ab", "unplayable_host"),
    ("https://we.tl/t-abc", "unplayable_host"),
    ("https://mega.nz/file/abc#key", "unplayable_host"),
    ("https://www.youtube.com/watch?v=abc", "page"),
    ("https://youtu.be/abc", "page"),
    ("https://open.spotify.com/track/abc", "page"),
    ("https://soundcloud.com/a/b", "page"),
    ("https://artist.bandcamp.com/track/a", "page"),
    ("javascript:alert(1)", "bad_scheme"),
    ("JavaScript:alert(document.domain)//example.org", "bad_scheme"),
    ("file:///etc/passwd", "bad_scheme"),
    ("data:audio/wav;base64,UklGRg==", "bad_scheme"),
    ("blob:https://example.org/1", "bad_scheme"),
    ("ftp://example.org/a.wav", "bad_scheme"),
    ("gopher://example.org/", "bad_scheme"),
    ("https://user:secret@example.org/a.wav", "credentials"),
    ("https://example.org@evil.example/a.wav", "credentials"),
    ("https://example.org/" + "a" * 2000, "too_long"),
    ("", "bad_link"),
    ("   ", "bad_link"),
    ("Lead Vox", "bad_link"),
    ("lead vox.wav", "bad_link"),
    ("vocals.wav", "bad_link"),
    ("https://", "bad_link"),
    ("https:example.org/a.wav", "bad_link"),
    ("https:/example.org/a.wav", "bad_link"),
    ("https:///a.wav", "bad_link"),
    ("https://exa mple.org/a.wav", "bad_link"),
    ("https://example.org/a\nb.wav", "bad_link"),
    ("https://example.org/\u202ea.wav", "bad_link"),
    ("https://example.org\\@evil.example/", "bad_link"),
    ("https://exam%70le.org/a.wav", "bad_link"),
    ("https://example..org/a.wav", "bad_link"),
    ("https://-.org/a.wav", "bad_link"),
    ("https://xn--zzzzz-.example/", "bad_link"),
    ("https://example.org:0/a.wav", "bad_link"),
    ("https://example.org:65536/a.wav", "bad_link"),
    ("https://example.org:\uff18\uff10/a.wav", "bad_link"),
    ("https://[fe80::1%25eth0]/a.wav", "bad_link"),
    ("https://[::1/a.wav", "bad_link"),
    ("https://2130706433/a.wav", "bad_link"),
    ("https://0x7f.0.0.1/a.wav", "bad_link"),
    ("https://127.1/a.wav", "bad_link"),
    ("https://0177.0.0.1/a.wav", "bad_link"),
    ("https://\uff11\uff12\uff17.0.0.1/a.wav", "bad_link"),
]


@pytest.mark.parametrize(("text", "url", "host"), DIRECT)
def test_a_link_leads_to_its_sound(text: str, url: str, host: str) -> None:
    link = direct(text)
    assert link.refusal is None
    assert (link.url, link.host) == (url, host)
    assert link.original == text.strip(' <>"')
    assert link.name


@pytest.mark.parametrize("around", ["<", " ", "'", '< "', "<<"])
def test_what_stands_around_a_link_is_not_kept(around: str) -> None:
    """What is kept goes to everybody who listens."""
    link = direct(around * 100_000 + "https://example.org/a.wav" + around * 100_000)
    assert len(link.original) <= urls.MOST
    assert link.url in {"https://example.org/a.wav", ""}


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_can_t_be_played_is_refused_in_words(text: str, code: str) -> None:
    link = direct(text)
    assert link.refusal is not None
    assert link.refusal.code == code
    assert link.url == ""
    assert "secret" not in link.refusal.message


LONGEST = urls.MOST - 100


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://example.org/" + "\u00e9" * LONGEST, "too_long"),
        ("https://example.org/" + " " * LONGEST + "a.wav", "too_long"),
        (f"https://s3.console.aws.amazon.com/s3/object/bucket?prefix={'!' * LONGEST}", "too_long"),
        ("https://s3.console.aws.amazon.com/s3/object/bucket-?prefix=a.wav", "bad_link"),
        (f"https://www.dropbox.com/s/k/{'a' * (urls.MOST - 28)}", "too_long"),
    ],
)
def test_what_is_no_link_once_it_is_spelled_out_is_refused(text: str, code: str) -> None:
    link = direct(text)
    assert (link.refusal and link.refusal.code, link.url) == (code, "")


@pytest.mark.parametrize("url", sorted({url for _text, url, _host in DIRECT}))
def test_the_sound_s_own_address_stays_as_it_is(url: str) -> None:
    assert direct(url).url == url


def test_github_keeps_large_files_elsewhere() -> None:
    link = direct("https://github.com/o/r/blob/main/a%20b.wav")
    assert of_pointer(link.url) == "https://media.githubusercontent.com/media/o/r/main/a%20b.wav"
    assert of_pointer("https://example.org/o/r/main/a.wav") is None


ANY = st.text(st.characters(), max_size=300)  # halves of characters as well


@given(ANY | ANY.map("https://{}".format) | ANY.map("https://example.org/{}".format))
def test_any_text_is_a_link_or_refused(text: str) -> None:
    link = direct(text)
    assert bool(link.url) != bool(link.refusal)
    if link.url:
        assert link.url.isascii()
        assert link.url.startswith(("https://", "http://"))
        assert direct(link.url).url == link.url


@given(st.text(max_size=60), st.sampled_from(["https://example.org/a/b", "http://[2001:db8::1]:81/"]))
def test_a_redirect_leads_to_the_web_or_nowhere(location: str, start: str) -> None:
    try:
        onward = urls.follow(urls.read(start), location)
    except BadLink:
        return
    assert urls.read(str(onward)) == onward
