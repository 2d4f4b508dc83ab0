"""Ids and edit tokens."""

import re

from sharing.identity import ID_PATTERN, fingerprint, new_id, new_token, token_matches


def test_ids_are_eleven_unambiguous_characters_and_differ() -> None:
    ids = {new_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(re.fullmatch(ID_PATTERN, one) and not set(one) & set("0O1Il") for one in ids)


def test_all_characters_are_about_as_likely() -> None:
    letters = "".join(new_id() for _ in range(2000))
    counts = [letters.count(letter) for letter in set(letters)]
    assert len(counts) == 57
    assert max(counts) < 2 * min(counts)


def test_a_token_matches_its_fingerprint_only() -> None:
    token = new_token()
    assert len(token) >= 43
    assert token not in fingerprint(token)
    assert token_matches(token, fingerprint(token))
    for wrong in ("", token[:-1], token.swapcase(), new_token(), "ü\udcff"):
        assert not token_matches(wrong, fingerprint(token))
