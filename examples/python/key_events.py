"""Twinkey's events as an app gets them: what they say, and a WSGI application that takes them in."""

from __future__ import annotations

import enum
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional, Sequence

if TYPE_CHECKING:
    from active_key import ActiveKey

# The last one is for whoever missed the other two: the key at hand is dead by then.
KEY_EVENT_TYPES = (
    "Twinkey.KeyActivated.v1",
    "Twinkey.KeyRetiring.v1",
    "Twinkey.KeyRetired.v1",
)
# Event Grid sends at most 1 MB.
BODY_LIMIT_BYTES = 1_048_576
HANDLED_LIMIT = 1_000


class Outcome(enum.Enum):
    """What became of an event."""

    HANDLED = "handled"
    DUPLICATE = "duplicate"
    # Another secret's, or of another kind.
    IGNORED = "ignored"
    # The vault could not be read: have the event sent again.
    FAILED = "failed"


@dataclass(frozen=True)
class KeyEvent:
    # The same for every copy of an event and nothing else: a forged one ahead of it is no original.
    key: str
    kind: str
    fingerprint: str
    # None when there is nothing to acknowledge.
    acknowledge_url: Optional[str]


def key_event_for(vault_url: str, secret_name: str, event: Any) -> Optional[KeyEvent]:
    """What `event` says, if it is about the key in this very secret."""
    if not isinstance(event, dict) or not isinstance(event.get("data"), dict):
        return None
    data = event["data"]
    names = [event.get(name) for name in ("source", "id", "type")]
    names += [data.get(name) for name in ("vaultUri", "secretName", "fingerprint")]
    if not all(isinstance(name, str) for name in names):
        return None
    source, event_id, kind, vault_uri, secret, fingerprint = names
    if kind not in KEY_EVENT_TYPES or _normalize(vault_uri) != _normalize(vault_url):
        return None
    if secret.lower() != secret_name.lower():
        return None
    url = data.get("acknowledgeUrl")
    is_acknowledged = isinstance(url, str) and kind != "Twinkey.KeyRetired.v1"
    acknowledge_url = url if is_acknowledged else None
    key = json.dumps([source, event_id, kind, fingerprint, acknowledge_url])
    return KeyEvent(key, kind, fingerprint, acknowledge_url)


def _normalize(url: str) -> str:
    return url.lower().rstrip("/")


class HandledEvents:
    """Remembers which events were handled, so that a copy changes nothing."""

    def __init__(self) -> None:
        self._keys: dict[str, None] = {}
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str) -> None:
        with self._lock:
            self._keys[key] = None
            if len(self._keys) > HANDLED_LIMIT:
                del self._keys[next(iter(self._keys))]


def key_events(
    keys: Sequence[ActiveKey],
    authorize: Callable[[dict[str, Any]], bool],
) -> Callable[..., Iterable[bytes]]:
    """A WSGI application for an Event Grid subscription in CloudEvents 1.0 form.

    It answers the validation handshake and passes every event, single or batched, to each of `keys`.
    503 makes Event Grid send the events again. `authorize(environ)` says whether a caller may pass,
    e.g. by a secret in the query of the subscription's URL.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        status, headers = _answer(keys, environ) if authorize(environ) else ("401 Unauthorized", [])
        start_response(status, [*headers, ("Content-Length", "0")])
        return [b""]

    return application


def _answer(keys: Sequence[ActiveKey], environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        return _answer_handshake(environ.get("HTTP_WEBHOOK_REQUEST_ORIGIN"))
    if method != "POST":
        return "405 Method Not Allowed", [("Allow", "OPTIONS, POST")]
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return "411 Length Required", []
    if len(length) > len(str(BODY_LIMIT_BYTES)) or int(length) > BODY_LIMIT_BYTES:
        return "413 Payload Too Large", []
    try:
        body = json.loads(environ["wsgi.input"].read(int(length)))
    except (ValueError, RecursionError):
        return "400 Bad Request", []
    events = body if isinstance(body, list) else [body]
    outcomes = [key.handle_event(event) for event in events for key in keys]
    return ("503 Service Unavailable" if Outcome.FAILED in outcomes else "200 OK"), []


def _answer_handshake(origin: Optional[str]) -> tuple[str, list[tuple[str, str]]]:
    """CloudEvents "HTTP 1.1 Web Hooks", section 4: abuse protection."""
    if not origin:
        return "400 Bad Request", []
    allowed = [("WebHook-Allowed-Origin", origin), ("WebHook-Allowed-Rate", "*")]
    return "200 OK", [("Allow", "OPTIONS, POST"), *allowed]
