"""Plumbing: settings, root urls, WSGI, the Celery application. No product code lives here."""
