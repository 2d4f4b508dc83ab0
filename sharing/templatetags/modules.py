"""Links that let a browser fetch a script and all it imports side by side, instead of level after level."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from sharing.scripts import imports_of

register = template.Library()


@register.simple_tag
def preload_modules(*entries: str) -> SafeString:
    """`<link rel="modulepreload">` for each entry, a path below static/, and each module that it imports."""
    return format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(path),) for path in imports_of(*entries))
    )
