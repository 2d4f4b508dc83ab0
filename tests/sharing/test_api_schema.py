"""The API's description: a valid OpenAPI document, complete, and true of what the API really answers."""

import json
from typing import Any

import hypothesis
import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from pytest_django import Settings

from sharing import services
from sharing.api.schema import document
from sharing.clock import now
from sharing.domain import State
from tests.hosts import File, Host, status
from tests.separation.audio_files import wav
from tests.separation.sounds import RATE, noise
from tests.sharing.conforming import conform, operation, template_of, validator
from tests.sharing.shares import TOKEN, begin, change, make, make_done, post_form, post_song, share

pytestmark = pytest.mark.django_db
PIECE = "application/offset+octet-stream"
NOT_DESCRIBED = {"api-docs", "api-nowhere"}  # a page for people, and everything that isn't there


def routes() -> set[str]:
    """Names of our addresses below /api/."""
    found = set()
    for entry in get_resolver().url_patterns:
        for resolver in entry.url_patterns if isinstance(entry, URLResolver) else ():
            if isinstance(resolver, URLResolver) and str(resolver.pattern) == "api/":
                found |= {route.name for route in resolver.url_patterns if isinstance(route, URLPattern)}
    return {str(name) for name in found}


def example_of(template: str) -> str:
    """An address of the description with an example for each of its parameters."""
    methods = document()["paths"][template]
    for parameter in next(iter(methods.values())).get("parameters", ()):
        if parameter["in"] == "path":
            known = [example["value"] for example in parameter.get("examples", {}).values()]
            value = (known or parameter["schema"]["enum"])[0]
            template = template.replace(f"{{{parameter['name']}}}", value)
    return template


def test_it_is_a_valid_document_made_without_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")
    assert capsys.readouterr().err == ""
    OpenAPIV31SpecValidator(document()).validate()


def test_every_route_of_the_api_is_described() -> None:
    assert len(routes()) > 8
    described = {resolve(example_of(template)).url_name for template in document()["paths"]}
    assert routes() - NOT_DESCRIBED - described == set()


def test_every_method_of_a_route_is_described_and_no_other() -> None:
    for template, methods in document()["paths"].items():
        view = getattr(resolve(example_of(template)).func, "view_class", None) or getattr(
            resolve(example_of(template)).func, "cls", None
        )
        if view is not None:
            answered = {
                name for name in ("get", "head", "post", "put", "patch", "delete") if hasattr(view, name)
            }
            answered -= {"head"} if "get" in answered else set()
            assert answered == set(methods), template


def test_every_operation_says_who_may_and_what_can_go_wrong() -> None:
    for template, methods in document()["paths"].items():
        for method, said in methods.items():
            assert said["summary"], (method, template)
            owned = method in {"patch", "post", "delete"} and "{share_id}" in template
            assert bool(said.get("security")) == owned, (method, template)
            if "{share_id}" in template:
                assert {"404", "410", "429", "451"} <= set(said["responses"]), (method, template)


def test_every_example_is_as_its_schema_says() -> None:
    checked = 0
    for methods in document()["paths"].values():
        for said in methods.values():
            for part in (said.get("requestBody", {}), *said["responses"].values()):
                for content in part.get("content", {}).values():
                    for example in content.get("examples", {}).values():
                        validator(content["schema"]).validate(example["value"])
                        checked += 1
    assert checked > 50


@pytest.mark.parametrize(("query", "accept"), [("?format=yaml", "*/*"), ("", "application/yaml")])
def test_it_can_be_had_as_json_and_as_yaml(query: str, accept: str, client: Client) -> None:
    as_json = client.get("/api/schema/")
    assert as_json.headers["Content-Type"] == "application/vnd.oai.openapi+json"
    assert as_json.json() == document()
    as_yaml = client.get(f"/api/schema/{query}", headers={"Accept": accept})
    assert as_yaml.headers["Content-Type"].startswith("application/vnd.oai.openapi")
    assert yaml.safe_load(as_yaml.content) == document()
    again = client.get("/api/schema/", headers={"If-None-Match": as_json.headers["ETag"]})
    assert again.status_code == 304


def test_a_share_answers_as_described_in_every_state(client: Client) -> None:
    made, done = make(), make_done()
    for state in State:
        if state is not State.DONE:
            change(made.id, state=state, expires_at=now().replace(year=2099))
        conform("GET", made.path, client.get(made.path))
    growing = make()
    begin(growing.id, available=100_000)
    for path in (growing.path, done.path):
        answer = client.get(path)
        conform("GET", path, answer)
        conform("GET", path, client.get(path, headers={"If-None-Match": answer.headers["ETag"]}))


def test_making_changing_and_ending_a_share_answer_as_described(client: Client) -> None:
    for answer in (
        post_song(client),
        post_form(client),
        post_form(client, song=None),
        post_song(client, b"no song at all"),
        post_song(client, b""),
        post_song(client, query={"model": "nope"}),
        post_song(client, headers={"Origin": "https://elsewhere.example"}),
    ):
        conform("POST", "/api/shares/", answer)
    made = make()
    body: dict[str, Any] = {"title": "New", "stems": [{"id": "drums", "volume": 0.5}]}
    edit = {"If-Match": '"1"'}
    statuses = []
    for headers, data in (
        ({}, body),
        ({"Authorization": f"Bearer {TOKEN}"}, body),
        (made.owner, body),
        (made.owner | edit, {"volume": 3}),
        (made.owner | edit, body),
        (made.owner | edit, body),
    ):
        answer = client.patch(made.path, data, content_type="application/json", headers=headers)
        conform("PATCH", made.path, answer)
        statuses.append(answer.status_code)
    assert statuses == [401, 403, 428, 422, 200, 412]
    for _ in range(2):
        conform("POST", f"{made.path}cancel/", client.post(f"{made.path}cancel/", headers=made.owner))
    conform("POST", f"{made.path}cancel/", client.post(f"{make_done().path}cancel/", headers=made.owner))
    conform("DELETE", made.path, client.delete(made.path, headers=made.owner))
    services.remove(make_done().id)
    gone = make()
    services.remove(gone.id, reason="They asked.")
    for path in (made.path, gone.path, f"/api/shares/{share().id}/"):
        conform("GET", path, client.get(path))


def test_downloads_models_and_health_answer_as_described(client: Client, settings: Settings) -> None:
    made, waiting = make_done(), make()
    for path in (
        f"{waiting.path}stems.zip",
        f"{made.path}stems/flute.flac",
        f"{made.path}stems.zip?format=ogg",
        "/api/models/",
        "/healthz",
        "/readyz",
        f"/oembed?url=http://testserver/{made.id}",
        f"/oembed?url=http://testserver/{share().id}",
        "/oembed",
        "/oembed?format=yaml",
    ):
        conform("GET", path, client.get(path))


def test_stems_that_exist_already_answer_as_described(client: Client, host: Host) -> None:
    as_json: dict[str, Any] = {"content_type": "application/json"}
    here, gone = host.at("/bass.wav", File(wav(noise(RATE)))), host.url("/gone.wav")
    checked = client.post("/api/links/", {"urls": [here, gone]}, **as_json)
    conform("POST", "/api/links/", checked)
    assert [row["ok"] for row in checked.json()["links"]] == [True, False]
    stems = [{"url": here}, {"url": here, "keep": True}]
    made = client.post("/api/shares/", {"stems": stems}, **as_json)
    conform("POST", "/api/shares/", made)
    for bad in ([], [{"url": gone}], [{"upload": "nothing"}], [{"name": "Bass"}]):
        conform("POST", "/api/shares/", client.post("/api/shares/", {"stems": bad}, **as_json))
    path = f"/api/shares/{made.json()['id']}/"
    headers = {"Authorization": f"Bearer {made.json()['edit_token']}", "If-Match": "*"}
    conform("GET", path, client.get(path))
    for body, expected in (({"stems": stems[:1]}, 200), ({"stems": [{"url": gone}]}, 422), ({}, 422)):
        answer = client.post(f"{path}stems/", body, headers=headers, **as_json)
        conform("POST", f"{path}stems/", answer)
        assert answer.status_code == expected
    host.at("/bass.wav", status(404))
    answer = client.post(f"{path}check/", headers=headers)
    conform("POST", f"{path}check/", answer)
    assert answer.json()["stems"][0]["error"]["code"] == "not_found"
    edits: tuple[dict[str, Any], ...] = (
        {"order": ["bass"]},
        {"remove": ["bass"], "indexed": True, "expires_at": "2099-01-01T00:00:00Z"},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"stems": [{"id": "bass-2", "url": gone}]},
    )
    for edit in edits:
        conform("PATCH", path, client.patch(path, edit, headers=headers, **as_json))


# Nearly right bodies: known names with values of any kind, and names of somebody's own.
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
STEM_NAMES = ("id", "name", "color", "muted", "volume", "pan", "url", "upload", "keep")
NAMES = ("title", "exclusive", "downloads", "indexed", "expires_at", "order", "remove", "more")
STEMS = st.lists(st.dictionaries(st.sampled_from(STEM_NAMES), VALUES, max_size=4), max_size=3)
BODIES = VALUES | st.builds(
    lambda body, stems: {**body, "stems": stems},
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    VALUES | STEMS,
)


@pytest.fixture
def generous(settings: Settings) -> None:
    """Nobody asks too often."""
    settings.STEMLINK_CREATE_LIMIT = settings.STEMLINK_CHECK_LIMIT = "9999/minute"


@pytest.mark.usefixtures("generous")
@given(body=BODIES)
@hypothesis.settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_comes_as_json_the_answer_is_as_described(client: Client, body: Any) -> None:
    made = make()
    headers = {**made.owner, "If-Match": "*"}
    for method, path in (
        ("PATCH", made.path),
        ("POST", f"{made.path}stems/"),
        ("POST", "/api/shares/"),
        ("POST", "/api/links/"),
    ):
        answer = client.generic(
            method, path, json.dumps(body), content_type="application/json", headers=headers
        )
        assert answer.status_code < 429, answer.content
        conform(method, path, answer)


def test_links_answer_as_described(client: Client) -> None:
    asked: list[list[Any]] = [["http://127.0.0.1/bass.mp3", "no link at all"], [], [1]]
    for urls in asked:
        answer = client.post("/api/links/", {"urls": urls}, content_type="application/json")
        conform("POST", "/api/links/", answer)
    conform("POST", "/api/links/", client.post("/api/links/", "{", content_type="application/json"))
    conform("POST", "/api/links/", client.post("/api/links/", "a=1", content_type="text/plain"))


def test_uploads_answer_as_described(client: Client) -> None:
    tus = {"Tus-Resumable": "1.0.0"}
    length = {"Upload-Length": "9"}
    for headers in ({}, tus, tus | {"Upload-Length": "0"}, tus | {"Upload-Length": "99999999999"}):
        conform("POST", "/api/uploads/", client.post("/api/uploads/", headers=headers))
    made = client.post("/api/uploads/", headers=tus | length)
    conform("POST", "/api/uploads/", made)
    path = made.headers["Location"]
    conform("HEAD", path, client.head(path, headers=tus))
    for offset, kind in (("5", PIECE), ("0", "text/plain"), ("x", PIECE), ("0", PIECE)):
        answer = client.generic(
            "PATCH", path, b"1234", content_type=kind, headers=tus | {"Upload-Offset": offset}
        )
        conform("PATCH", path, answer)
    conform("DELETE", path, client.delete(path, headers=tus))
    conform("HEAD", path, client.head(path, headers=tus))
    conform("DELETE", path, client.delete(path, headers=tus))


def test_what_it_does_not_know_is_noticed() -> None:
    """The tests above can fail."""
    assert template_of("/api/nothing/") is None
    schema = operation("GET", make().path)["responses"]["200"]["content"]["application/json"]["schema"]
    said = validator(schema)
    manifest = document()["paths"]["/api/shares/{share_id}/"]["get"]["responses"]["200"]["content"]
    example = manifest["application/json"]["examples"]["ASong"]["value"]
    assert list(said.iter_errors(example)) == []
    assert list(said.iter_errors({**example, "more": 1}))
    assert list(said.iter_errors({**example, "frames": "many"}))
    assert list(said.iter_errors({**example, "stems": [{**example["stems"][0], "kind": "else"}]}))
