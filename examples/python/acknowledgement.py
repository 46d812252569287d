"""Tells Twinkey that this app uses the new key."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import queue
import re
import threading
import urllib.error
import urllib.request
from typing import Callable, Optional
from urllib.parse import unquote

logger = logging.getLogger("active_key")

ATTEMPT_LIMIT = 8
ATTEMPT_TIMEOUT_SECONDS = 10.0
BACKOFF_CEILING_SECONDS = 60.0
# Each secret has one rotation at a time; more than this is a flood.
WAITING_LIMIT = 8

# The one resource of the API that takes acknowledgements.
_PATH = re.compile(r"accounts(/[\w.~%()!*'-]+){3}/rotations/[\w.~%-]+/acks", re.ASCII)


class Refused(Exception):
    """Trying again would not help."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The function key must not travel to wherever a redirect leads."""

    def redirect_request(self, *_: object) -> None:
        return None


class Acknowledger:
    """Sends acknowledgements in the background.

    `api_url` is the base URL of the service's HTTP API, `headers` what it asks for. An event's URL is
    used only below `api_url`: whoever can send an event must not get the headers sent elsewhere.
    """

    def __init__(self, subscriber: str, api_url: str, headers: Callable[[], dict[str, str]]) -> None:
        self._subscriber = subscriber
        self._api_url = api_url.rstrip("/") + "/"
        self._headers = headers
        self._waiting: queue.Queue[Optional[tuple[str, str]]] = queue.Queue(WAITING_LIMIT)
        self._opener = urllib.request.build_opener(_NoRedirects)
        self._closed = threading.Event()
        threading.Thread(target=self._work, name="active-key-acknowledge", daemon=True).start()

    def acknowledge(self, url: str, fingerprint: str) -> None:
        """Takes the acknowledgement and returns at once. What is lost gets another chance by a reminder."""
        if not self._is_ours(url):
            logger.warning("Expected an acknowledgeUrl below %s, found %s.", self._api_url, url)
            return
        try:
            self._waiting.put_nowait((url, fingerprint))
        except queue.Full:
            logger.warning("The acknowledgement of %s is dropped: too many wait.", fingerprint)

    def close(self) -> None:
        self._closed.set()
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)

    def _is_ours(self, url: str) -> bool:
        """Compares text, not parsed parts, so that no two parsers can disagree."""
        if not url.startswith(self._api_url):
            return False
        path = url[len(self._api_url) :]
        climbs = any(unquote(segment) in (".", "..") for segment in path.split("/"))
        return _PATH.fullmatch(path) is not None and not climbs

    def _work(self) -> None:
        while (waiting := self._waiting.get()) and not self._closed.is_set():
            url, fingerprint = waiting
            try:
                self._send(url, fingerprint)
                logger.info("Key %s is acknowledged.", fingerprint)
            except Exception as error:
                logger.warning("Key %s is not acknowledged: %s", fingerprint, error)

    def _send(self, url: str, fingerprint: str) -> None:
        """Repeats with backoff, about two minutes in all, while the service is busy or away."""
        for attempt in range(1, ATTEMPT_LIMIT + 1):
            try:
                return self._post(url, fingerprint)
            except (OSError, http.client.HTTPException) as error:
                if attempt == ATTEMPT_LIMIT:
                    raise
                logger.info("Acknowledging %s is tried again: %s", fingerprint, error)
            if self._closed.wait(min(BACKOFF_CEILING_SECONDS, 2.0 ** (attempt - 1))):
                return None
        return None

    def _post(self, url: str, fingerprint: str) -> None:
        body = json.dumps({"subscriber": self._subscriber, "fingerprint": fingerprint}).encode()
        headers = {"Content-Type": "application/json", **self._headers()}
        request = urllib.request.Request(url, body, headers, method="POST")
        try:
            self._opener.open(request, timeout=ATTEMPT_TIMEOUT_SECONDS).close()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code >= 500 or error.code in (408, 429):
                raise
            raise Refused(f"the service answered {error.code}") from None
