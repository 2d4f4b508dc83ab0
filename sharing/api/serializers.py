"""What may come in as JSON."""

from dataclasses import dataclass
from datetime import UTC
from math import isfinite
from typing import Any

from rest_framework import serializers

from sharing import words
from sharing.bringing import Wish
from sharing.domain import MOST_STEMS, Edit, Expiry, StemEdit


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it doesn't know: a typing error should not be taken for a change."""

    def to_internal_value(self, data: Any) -> Any:
        """Check for strangers, then as usual."""
        if isinstance(data, dict) and (
            strangers := sorted(str(key) for key in data.keys() - self.fields.keys())
        ):
            raise serializers.ValidationError({name: ["There is no such field."] for name in strangers})
        return super().to_internal_value(data)


class LevelField(serializers.FloatField):
    """A finite number in a range."""

    def to_internal_value(self, data: Any) -> float:
        """A number, and nothing that only looks like one."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            number = float(data)
        except OverflowError:  # a whole number of hundreds of digits
            self.fail("invalid")
        if not isfinite(number):
            self.fail("invalid")
        return number


class LineField(serializers.CharField):
    """A line of text, cleaned of hidden characters and cut to a length."""

    def __init__(self, *, length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._length = length

    def to_internal_value(self, data: Any) -> str:
        """The cleaned line; refused when nothing is left of it."""
        line = words.clean(super().to_internal_value(data), self._length)
        if not line:
            self.fail("blank")
        return line


class StemSerializer(Strict):
    """What a stem has that its owner may say, and where its sound comes from."""

    name = LineField(length=words.NAME_LENGTH, required=False)
    color = serializers.RegexField(r"^#[0-9a-fA-F]{6}\Z", required=False)
    muted = serializers.BooleanField(required=False)
    soloed = serializers.BooleanField(required=False)
    volume = LevelField(min_value=0, max_value=2, required=False)
    pan = LevelField(min_value=-1, max_value=1, required=False)
    url = serializers.CharField(required=False)
    upload = serializers.CharField(required=False)
    keep = serializers.BooleanField(required=False)

    def validate(self, attrs: Any) -> Any:
        """One sound, not two; only of a link it is a question whether to keep it."""
        if "url" in attrs and "upload" in attrs:
            raise serializers.ValidationError("Give either a url or an upload, not both.")
        if "keep" in attrs and "url" not in attrs:
            raise serializers.ValidationError({"keep": ["This says what to do with a url; there is none."]})
        return attrs


class NewStemSerializer(StemSerializer):
    """A stem to be made."""

    def validate(self, attrs: Any) -> Any:
        """It has a sound."""
        if "url" not in attrs and "upload" not in attrs:
            raise serializers.ValidationError("Say where its sound is: give a url or an upload.")
        return super().validate(attrs)


class StemEditSerializer(StemSerializer):
    """Changes of one stem."""

    id = serializers.CharField(max_length=64)


class SettingsSerializer(Strict):
    """What an owner may say of a share as a whole."""

    title = LineField(length=words.TITLE_LENGTH, required=False)
    exclusive = serializers.BooleanField(required=False)
    downloads = serializers.BooleanField(required=False)
    indexed = serializers.BooleanField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class AddSerializer(Strict):
    """Stems to be added."""

    stems = serializers.ListField(child=NewStemSerializer(), allow_empty=False, max_length=MOST_STEMS)


class CreateSerializer(AddSerializer, SettingsSerializer):
    """A share to be made of stems."""


class EditSerializer(SettingsSerializer):
    """Changes of a share."""

    stems = serializers.ListField(child=StemEditSerializer(), required=False, max_length=MOST_STEMS)
    order = serializers.ListField(child=serializers.CharField(), required=False, max_length=MOST_STEMS)
    remove = serializers.ListField(child=serializers.CharField(), required=False, max_length=MOST_STEMS)


@dataclass(frozen=True, slots=True)
class Order:
    """What a share is to be made of."""

    stems: list[Wish]
    settings: dict[str, Any]


def read_new(data: Any) -> Order:
    """What a JSON body wants a share to be made of. Raises DRF's ValidationError."""
    values = _valid(CreateSerializer(data=data))
    return Order([Wish(**stem) for stem in values.pop("stems")], _with_expiry(values))


def read_added(data: Any) -> list[Wish]:
    """The stems that a JSON body adds. Raises DRF's ValidationError."""
    return [Wish(**stem) for stem in _valid(AddSerializer(data=data))["stems"]]


def read_edit(data: Any) -> tuple[Edit, dict[str, Wish]]:
    """The edit that a JSON body asks for, and where the new sound of stems is, by their ids.

    Raises DRF's ValidationError.
    """
    values = _with_expiry(_valid(EditSerializer(data=data)))
    edits, sounds = [], {}
    for stem in values.pop("stems", ()):
        wish = Wish(**{name: stem.pop(name) for name in ("url", "upload", "keep") if name in stem})
        if wish.url or wish.upload:
            sounds[stem["id"]] = wish
        edits.append(StemEdit(**stem))
    if len({stem.id for stem in edits}) < len(edits):
        raise serializers.ValidationError({"stems": ["A stem is named twice."]})
    remove, order = tuple(values.pop("remove", ())), values.pop("order", None)
    return Edit(
        stems=tuple(edits), remove=remove, order=None if order is None else tuple(order), **values
    ), sounds


def _valid(serializer: Strict) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _with_expiry(values: dict[str, Any]) -> dict[str, Any]:
    if "expires_at" in values:
        at = values.pop("expires_at")
        values["expiry"] = Expiry(at and at.astimezone(UTC))
    return values
