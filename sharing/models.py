"""Tables of the embedded store: a document each, and the few columns that it is found by."""

from django.db import models


class ShareRow(models.Model):
    """A share's document, or the tombstone of a deleted one: `deleted_at` and perhaps the reason, no document."""

    id = models.CharField(primary_key=True, max_length=32)
    document = models.JSONField(null=True)
    created_at = models.DateTimeField(null=True, db_index=True)
    queued_at = models.DateTimeField(null=True, db_index=True)
    due = models.DateTimeField(null=True, db_index=True)
    expires_at = models.DateTimeField(null=True, db_index=True)
    deleted_at = models.DateTimeField(null=True, db_index=True)
    reason = models.TextField(null=True)  # noqa: DJ001 - none was given, or a word was

    class Meta:
        db_table = "share"

    def __str__(self) -> str:
        return self.id


class WorkerRow(models.Model):
    """What a worker last said of itself."""

    id = models.CharField(primary_key=True, max_length=200)
    seen_at = models.DateTimeField(db_index=True)
    device = models.CharField(max_length=200)
    models = models.JSONField(default=list)

    class Meta:
        db_table = "worker"

    def __str__(self) -> str:
        return self.id
