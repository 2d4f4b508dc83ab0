"""The WSGI application that gunicorn serves."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Request(WSGIRequest):
    """A request that a strange Content-Type doesn't break before there is anybody to answer it.

    Addresses and bodies are UTF-8, whatever charset it names: JSON has no such parameter (RFC 8259), and Python knows
    charsets that aren't text, such as hex, by which Django would read the address.
    """

    encoding = property(lambda _request: None, lambda _request, _charset: None)

    def __init__(self, environ: dict[str, object]) -> None:
        try:
            super().__init__(environ)
        # A parameter that nobody can decode, or, as `x*=a; x*0=b`, one whose parts Python itself can't put in order.
        except (ValueError, TypeError):
            environ["CONTENT_TYPE"] = ""
            super().__init__(environ)


class Application(WSGIHandler):
    """Django, with our requests."""

    request_class = Request


django.setup(set_prefix=False)
application = Application()
