"""Sound in, stems out.

A library that a notebook can import: decoding, scanning, models and the streaming pipeline know nothing of
Django, shares or Celery. Only `separation.tasks` and the management commands do.
"""
