#!/usr/bin/env python
"""Stemlink's commands: `python manage.py help`."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # whoever wrote a wrong setting needs its name, not our call stack
        if "--traceback" in sys.argv:
            raise
        sys.exit(str(error))
