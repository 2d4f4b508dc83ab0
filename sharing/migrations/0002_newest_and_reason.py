"""Shares are listed by when they were made, and a tombstone may say why."""

from datetime import datetime
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def tell_when_made(apps: Any, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Shares that are there already have the time in their documents; a damaged one stays out of the list."""
    row = apps.get_model("sharing", "ShareRow")
    for share in row.objects.filter(document__isnull=False).iterator():
        try:
            share.created_at = datetime.fromisoformat(share.document["created_at"])
        except (KeyError, TypeError, ValueError):
            continue
        share.save(update_fields=["created_at"])


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial")]

    operations = [
        migrations.AddField("sharerow", "created_at", models.DateTimeField(db_index=True, null=True)),
        migrations.AddField("sharerow", "reason", models.TextField(null=True)),
        migrations.RunPython(tell_when_made, migrations.RunPython.noop),
    ]
