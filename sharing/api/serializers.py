"""What may come in as JSON."""

from math import isfinite
from typing import Any

from rest_framework import serializers

from sharing import words
from sharing.domain import Edit, StemEdit

MAX_STEMS = 64


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


class StemEditSerializer(Strict):
    """Changes of one stem."""

    id = serializers.CharField(max_length=64)
    name = LineField(length=words.NAME_LENGTH, required=False)
    color = serializers.RegexField(r"^#[0-9a-fA-F]{6}\Z", required=False)
    muted = serializers.BooleanField(required=False)
    soloed = serializers.BooleanField(required=False)
    volume = LevelField(min_value=0, max_value=2, required=False)
    pan = LevelField(min_value=-1, max_value=1, required=False)


class EditSerializer(Strict):
    """Changes of a share."""

    title = LineField(length=words.TITLE_LENGTH, required=False)
    exclusive = serializers.BooleanField(required=False)
    downloads = serializers.BooleanField(required=False)
    stems = serializers.ListField(child=StemEditSerializer(), required=False, max_length=MAX_STEMS)


def read_edit(data: Any) -> Edit:
    """The edit that a JSON body asks for. Raises DRF's ValidationError."""
    serializer = EditSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    values = dict(serializer.validated_data)
    stems = tuple(StemEdit(**stem) for stem in values.pop("stems", ()))
    if len({stem.id for stem in stems}) < len(stems):
        raise serializers.ValidationError({"stems": ["A stem is named twice."]})
    return Edit(stems=stems, **values)
