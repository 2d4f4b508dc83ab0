"""What the API answers, for its description. Nothing is made of these classes: tests hold real answers against them."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers as s

from sharing.domain import State, StemState

Answer = s.Serializer[Any]
TIME = "ISO 8601, UTC"


class Problem(Answer):
    """Every error has this form."""

    code = s.CharField(help_text="stable, for programs")
    message = s.CharField(help_text="what happened and what to do next, for a person")
    detail = s.DictField(required=False, help_text="more, where there is more: for instance which field")


class Reason(Answer):
    """Why something has no sound."""

    code = s.CharField(help_text="stable, for programs")
    message = s.CharField(help_text="for a person")


class Created(Answer):
    """A new share. Keep the edit token: nobody can tell it again."""

    id = s.CharField(help_text="11 letters and digits")
    url = s.URLField(help_text="the short link")
    embed_url = s.URLField(help_text="the player alone, for frames")
    manage_url = s.URLField(help_text="the owner's link: the edit token is in its fragment")
    edit_token = s.CharField(help_text="the secret that alone changes or deletes the share")
    state = s.ChoiceField([str(state) for state in State])


class Files(Answer):
    """Addresses of one file in each format; empty while there is none."""

    flac = s.URLField(required=False)
    wav = s.URLField(required=False)
    mp3 = s.URLField(required=False)


class Peaks(Answer):
    """The waveform: pairs of signed bytes, the lowest and the highest sample of each piece."""

    url = s.URLField()
    frames_per_peak = s.IntegerField()


class Rendition(Answer):
    """A stem in segments that decode alone. Segment n is at `url` with n for `{segment}`."""

    url = s.CharField(help_text="a template: put a number from 0 for {segment}")
    segment_frames = s.IntegerField(help_text="frames of each segment; the last one is shorter")
    lead_frames = s.IntegerField(help_text="frames in front of a segment's own, to be cut after decoding")
    tail_frames = s.IntegerField(help_text="frames behind them, to be cut as well")
    available_frames = s.IntegerField(help_text="how far it reaches by now")


class Renditions(Answer):
    """The same sound, exact (FLAC) and small (AAC); each appears when it begins to exist."""

    flac = Rendition(required=False)
    aac = Rendition(required=False)


class AnyStem(Answer):
    """What every stem has."""

    id = s.CharField(help_text="of a separated stem: the name of its source, such as vocals")
    name = s.CharField()
    color = s.RegexField(r"^#[0-9a-fA-F]{6}$")
    muted = s.BooleanField()
    soloed = s.BooleanField()
    volume = s.FloatField(min_value=0, max_value=2, help_text="linear, 1 is unity")
    pan = s.FloatField(min_value=-1, max_value=1)
    state = s.ChoiceField([str(state) for state in StemState])
    error = Reason(allow_null=True)


class KeptStem(AnyStem):
    """A stem whose sound is kept here."""

    kind = s.ChoiceField(["kept"])
    attempt = s.IntegerField(help_text="which attempt its sound is of; another one is other sound")
    frames = s.IntegerField(allow_null=True, help_text="its own length; silence follows up to the share's")
    gain = s.FloatField(allow_null=True, help_text="it was multiplied by this before it was stored")
    truncated = s.BooleanField(
        help_text="whether its file was cut off or damaged, so that some sound is missing"
    )
    available_frames = s.IntegerField(help_text="how far it can be heard by now")
    downloads = Files()
    peaks = Peaks(allow_null=True)
    renditions = Renditions()


class HostedStem(AnyStem):
    """A stem that stays at somebody else's address. null is what nobody knows."""

    kind = s.ChoiceField(["hosted"])
    url = s.URLField(help_text="the file itself")
    original_url = s.CharField(help_text="as it was pasted")
    seconds = s.FloatField(allow_null=True)
    size = s.IntegerField(allow_null=True, help_text="bytes")
    range = s.BooleanField(allow_null=True, help_text="whether a page may read a part of it")
    cors = s.BooleanField(allow_null=True, help_text="whether a page may read it at all")
    checked_at = s.DateTimeField(allow_null=True, help_text=TIME)


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Stem",
        serializers={"kept": KeptStem, "hosted": HostedStem},
        resource_type_field_name="kind",
    )
)
class StemField(s.JSONField):
    """A stem of either kind."""


class Manifest(Answer):
    """A share: everything that a player needs."""

    version = s.IntegerField(help_text="of this format: 1")
    id = s.CharField()
    title = s.CharField()
    url = s.URLField(help_text="the short link")
    embed_url = s.URLField(help_text="the player alone, for frames")
    state = s.ChoiceField([str(state) for state in State])
    growing = s.BooleanField(help_text="whether sound is still being added; ask again if so")
    progress = s.FloatField(min_value=0, max_value=1)
    queue_position = s.IntegerField(allow_null=True, help_text="1 is the next one; null when it doesn't wait")
    seconds_left = s.FloatField(allow_null=True)
    worker_seen = s.BooleanField(help_text="whether a worker is there, while there is work")
    error = Reason(allow_null=True)
    job = s.ChoiceField(
        ["separate", "import"], help_text="what a worker does: separate a song, or fetch stems"
    )
    model = s.CharField(allow_null=True, help_text="what separates it")
    sample_rate = s.IntegerField(allow_null=True, help_text="Hz; null before the song was scanned")
    frames = s.IntegerField(allow_null=True, help_text="that of its longest stem; null while it isn't known")
    duration = s.FloatField(allow_null=True, help_text="seconds")
    gain = s.FloatField(
        allow_null=True,
        help_text="the least of its kept stems' gains; play each stem times this divided by its own",
    )
    exclusive = s.BooleanField(help_text="whether soloing one stem ends the solo of others")
    downloads = s.BooleanField(help_text="whether the owner offers the stems as files")
    indexed = s.BooleanField(help_text="whether search engines may list its page")
    zip = Files()
    revision = s.IntegerField(help_text="counts edits; goes into If-Match")
    attempt = s.IntegerField(help_text="counts the attempts of its workers, of all jobs")
    tries = s.IntegerField(
        help_text="how often this job was tried: more than once if a worker stopped half way"
    )
    created_at = s.DateTimeField(help_text=TIME)
    expires_at = s.DateTimeField(allow_null=True, help_text=TIME)
    stems = s.ListField(child=StemField())


class CheckedLink(Answer):
    """What was found out about a link. null: nobody knows."""

    original_url = s.CharField(help_text="as it was sent")
    url = s.CharField(allow_null=True, help_text="the file itself")
    name = s.CharField(help_text="what a stem might be called for it")
    host = s.CharField()
    ok = s.BooleanField(help_text="whether there is sound that anybody may have")
    problem = Reason(allow_null=True, help_text="why it is not ok")
    content_type = s.CharField(allow_null=True)
    size = s.IntegerField(allow_null=True, help_text="bytes")
    seconds = s.FloatField(allow_null=True)
    range = s.BooleanField(allow_null=True, help_text="whether a page may read a part of it")
    cors = s.BooleanField(allow_null=True, help_text="whether a page may read it at all")
    keepable = s.BooleanField(help_text="whether this server could fetch and keep a copy")


class LinksAnswer(Answer):
    """A row for each link, in order."""

    links = CheckedLink(many=True)


class Named(Answer):
    """What a stem would be called."""

    name = s.CharField()
    color = s.CharField(help_text="#RRGGBB")


class NamesAnswer(Answer):
    """A name and a colour for each file, in order."""

    stems = Named(many=True)


class Model(Answer):
    """What separates songs."""

    name = s.CharField(help_text="goes into `model` when a share is made")
    title = s.CharField()
    sources = s.ListField(child=s.CharField(), help_text="the ids of its stems")
    licence = s.CharField()
    description = s.CharField()
    sample_rate = s.IntegerField()
    default = s.BooleanField(help_text="whether it separates when none is named")
    speed = s.CharField(help_text="as measured, and on what; empty where nobody has")


class OEmbed(Answer):
    """What oembed.com calls a rich answer, version 1.0."""

    version = s.CharField()
    type = s.ChoiceField(["rich"])
    title = s.CharField()
    provider_name = s.CharField()
    provider_url = s.URLField()
    cache_age = s.IntegerField(help_text="seconds for which it need not be asked for again")
    width = s.IntegerField(help_text="CSS pixels")
    height = s.IntegerField(help_text="CSS pixels")
    html = s.CharField(help_text="the player in an iframe")
    thumbnail_url = s.URLField(
        required=False, help_text="a picture, where `maxwidth` and `maxheight` have room for it"
    )
    thumbnail_width = s.IntegerField(required=False, help_text="pixels")
    thumbnail_height = s.IntegerField(required=False, help_text="pixels")


class Alive(Answer):
    """The process answers."""

    ok = s.BooleanField()


class Ready(Answer):
    """Whether shares can be made and heard, and how each part is."""

    ready = s.BooleanField()
    degraded = s.BooleanField(help_text="whether any part isn't well")
    checks = s.DictField(child=s.DictField(), help_text="by part; each has at least `ok`")


@extend_schema_field(OpenApiTypes.BINARY)
class Sound(s.FileField):
    """A file in a form."""


class SongForm(Answer):
    """A form, as browsers send it."""

    song = Sound()
    title = s.CharField(required=False, help_text="from the file's name if not given")
    model = s.CharField(required=False, help_text="one of `/api/models/`")
