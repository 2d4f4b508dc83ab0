"""Is the process there (`/healthz`), and can it do its work (`/readyz`)?"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from sharing import media, services, throttling
from sharing.manifest import WORKER_SILENCE
from sharing.stores import get_store

Check = dict[str, Any]
NEEDED = ("store", "media", "disk")  # without Redis or a worker shares can still be made, heard and changed
HEADERS = {"Cache-Control": "no-store"}


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"ok": True}, headers=HEADERS)


@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when shares can be made and heard, else 503; says of each part how it is."""
    checks = {name: _guarded(check) for name, check in CHECKS.items()}
    ready = all(checks[name]["ok"] for name in NEEDED)
    body = {"ready": ready, "degraded": not all(check["ok"] for check in checks.values()), "checks": checks}
    return JsonResponse(body, status=200 if ready else 503, headers=HEADERS)


def _store() -> Check:
    get_store().ping()
    return {"ok": True, "waiting": get_store().waiting_count()}


def _redis() -> Check:
    return {"ok": throttling.redis_answers()}


def _media() -> Check:
    media.check()
    return {"ok": True}


def _disk() -> Check:
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    return {"ok": free > settings.STEMLINK_MAX_UPLOAD_BYTES, "free_bytes": free}


def _worker() -> Check:
    now = services.now()
    seen = [report.seen_at for report in get_store().workers(since=now - WORKER_SILENCE)]
    age = round((now - max(seen)).total_seconds(), 1) if seen else None
    return {"ok": bool(seen), "workers": len(seen), "seconds_since_heartbeat": age}


def _guarded(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except Exception:  # the cause is in the log; strangers needn't know it
        return {"ok": False}


CHECKS: dict[str, Callable[[], Check]] = {
    "store": _store,
    "redis": _redis,
    "media": _media,
    "disk": _disk,
    "worker": _worker,
}
