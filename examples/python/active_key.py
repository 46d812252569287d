"""A key that follows its Key Vault secret while Twinkey rotates it.

Standard library only, Python 3.9 or newer, safe to use from any number of threads.

    key = ActiveKey(read_secret, VAULT_URL, SECRET_NAME)
    key.start()
    ...  # use key.value for each request, or let key.follow() hand it to a client

`read_secret` takes nothing and returns a Reading of the secret's newest version. Give it a time-out of a
few seconds: an event waits for it.
"""

from __future__ import annotations

import hashlib
import logging
import random
import threading
import time
from datetime import datetime
from typing import Any, Callable, NamedTuple, Optional, TypeVar

from acknowledgement import Acknowledger
from key_events import HandledEvents, Outcome, key_event_for

logger = logging.getLogger("active_key")

POLL_SECONDS = 600.0
# How often the vault is read until it shows the key that an event announces.
CATCH_UP_LIMIT = 3
# However many requests are refused, the secret is not read more often than this because of them.
REFUSAL_SECONDS = 1.0

T = TypeVar("T")


class Reading(NamedTuple):
    """What the vault says is the secret's newest version."""

    value: str
    # By the vault's clock; None when it does not say.
    created_on: Optional[datetime]


class ActiveKey:
    """The key at hand. Once loaded it outlives any outage of Key Vault."""

    def __init__(
        self,
        read_secret: Callable[[], Reading],
        vault_url: str,
        secret_name: str,
        acknowledger: Optional[Acknowledger] = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._read_secret = read_secret
        self._vault_url = vault_url
        self._secret_name = secret_name
        self._acknowledger = acknowledger
        self._poll_seconds = poll_seconds
        self._value: Optional[str] = None
        self._created_on: Optional[datetime] = None
        self._refused: Optional[str] = None
        self._followers: list[Callable[[str], None]] = []
        self._handled = HandledEvents()
        self._reading = threading.Lock()
        self._reads_begun = 0
        self._looked_up_at = float("-inf")
        self._last_error: Optional[Exception] = None
        self._closed = threading.Event()

    @property
    def value(self) -> str:
        """The key to use for the next request."""
        if self._value is None:
            raise RuntimeError(f"The key in secret {self._secret_name} is not loaded: call start().")
        return self._value

    @property
    def fingerprint(self) -> Optional[str]:
        """First 12 hex digits of the key's SHA-256, safe to log. None until the first load."""
        return None if self._value is None else fingerprint_of(self._value)

    def start(self) -> None:
        """Loads the key and begins the slow poll, which goes on even if this raises the read's error."""
        threading.Thread(target=self._poll, name="active-key-poll", daemon=True).start()
        if not self.reload("start"):
            raise self._last_error or RuntimeError("The secret could not be read.")

    def close(self) -> None:
        """Ends the poll and acknowledging. The key at hand stays usable."""
        self._closed.set()
        if self._acknowledger:
            self._acknowledger.close()

    def follow(self, follower: Callable[[str], None]) -> None:
        """Hands each new key to `follower`, and the present one at once. It must not call back here."""
        with self._reading:
            follower(self.value)
            self._followers.append(follower)

    def reload(self, reason: str) -> bool:
        """Reads the secret. False when that failed; the key at hand stays. Never raises.

        Whoever asks gets a read that begins after they asked, shared with all who asked meanwhile: one
        that is under way may have got its answer before the event that makes them ask.
        """
        asked_at = self._reads_begun
        with self._reading:
            if self._reads_begun == asked_at:
                self._read(reason)
            return self._last_error is None

    def replace_refused(self, value: str) -> bool:
        """Call it when a service refused `value` (401). True: there is another key by now, try again."""
        with self._reading:  # What the first one finds answers for all who wait here.
            now = time.monotonic()
            if self._value == value and now - self._looked_up_at >= REFUSAL_SECONDS:
                self._looked_up_at = now
                self._refused = value
                self._read("refused")
            return self._value is not None and self._value != value

    def call(self, send: Callable[[str], T], is_refusal: Callable[[Exception], bool]) -> T:
        """`send(key)`, once more with a new key when it raised a refusal and there is one."""
        used = self.value
        try:
            return send(used)
        except Exception as error:
            if not is_refusal(error) or not self.replace_refused(used):
                raise
        return send(self.value)

    def handle_event(self, event: Any) -> Outcome:
        """Takes a CloudEvent: reloads if it announces another key in this very secret. Never raises.

        Nothing of an event is believed beyond "look again": the key is read from the configured secret.
        """
        announced = key_event_for(self._vault_url, self._secret_name, event)
        if announced is None or self._closed.is_set():
            return Outcome.IGNORED
        if announced.key in self._handled:
            return Outcome.DUPLICATE
        if not self._catch_up(announced.fingerprint, announced.kind):
            return Outcome.FAILED
        self._handled.add(announced.key)
        is_at_hand = self.fingerprint == announced.fingerprint
        if self._acknowledger and announced.acknowledge_url and is_at_hand:
            self._acknowledger.acknowledge(announced.acknowledge_url, announced.fingerprint)
        return Outcome.HANDLED

    def _catch_up(self, fingerprint: str, reason: str) -> bool:
        """Reads until the announced key is there. Giving up is no failure: the event may be older than
        the key at hand, and if the vault is behind, the next reminder or poll finds out."""
        for attempt in range(CATCH_UP_LIMIT):
            if self.fingerprint == fingerprint or (attempt > 0 and self._closed.wait(attempt)):
                break
            if not self.reload(reason):
                return False
        return True

    def _read(self, reason: str) -> None:
        self._reads_begun += 1
        try:
            value, created_on = self._read_secret()
            if not value:
                raise ValueError(f"Secret {self._secret_name}: expected a key, found an empty value.")
            if value != self._value and self._is_older(created_on):
                raise ValueError(f"found a version of {created_on}, older than ours of {self._created_on}")
        except Exception as error:  # Whatever it is, the app goes on with the key it has.
            self._last_error = error
            logger.warning("The key could not be read (%s): %s", reason, error)
            return
        self._last_error = None
        self._created_on = created_on
        if value == self._value:
            return
        # First they, then `value`: whoever was refused with the key of `value` was not ahead of them.
        for follower in self._followers:
            try:
                follower(value)
            except Exception:  # One client's fault must not keep the others from their key.
                logger.exception("A follower did not take key %s.", fingerprint_of(value))
        self._value = value
        logger.info("Key %s is in use (%s).", fingerprint_of(value), reason)

    def _is_older(self, created_on: Optional[datetime]) -> bool:
        """A replica of the vault may lag behind. Only in place of a refused key is an older one worth a
        try: the secret may have been restored."""
        if created_on is None or self._created_on is None or self._value == self._refused:
            return False
        return created_on < self._created_on

    def _poll(self) -> None:
        """The safety net behind the events; ±10 %, so that a fleet does not ask the vault in step."""
        failures = 0
        while not self._closed.wait(self._pause_seconds(failures)):
            failures = 0 if self.reload("poll") else failures + 1

    def _pause_seconds(self, failures: int) -> float:
        backoff = 2.0 ** min(failures - 1, 30)
        seconds = self._poll_seconds if failures == 0 else min(self._poll_seconds, backoff)
        return seconds * random.uniform(0.9, 1.1)


def fingerprint_of(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:12]
