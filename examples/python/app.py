"""A web app that detects languages and follows Twinkey's events: `python3 app.py`.

Needs azure-identity, azure-keyvault-secrets, azure-ai-textanalytics and the other files here.
"""

from __future__ import annotations

import hmac
import json
import logging
import os
import socketserver
from typing import Any, Callable, Iterable
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

# region client
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient

from acknowledgement import Acknowledger
from active_key import ActiveKey, Reading
from key_events import key_events

VAULT_URL = os.environ["KEY_VAULT_URL"]
SECRET_NAME = os.environ["KEY_SECRET_NAME"]

secrets = SecretClient(
    VAULT_URL,
    ManagedIdentityCredential(client_id=os.environ.get("AZURE_CLIENT_ID") or None),
    # An event waits for the read: a slow vault is tried again with the event's next delivery.
    connection_timeout=4,
    read_timeout=4,
    retry_total=1,
    # Only where the vault is not at its cloud's own name, as in a local simulation.
    verify_challenge_resource=os.environ.get("KEY_VAULT_VERIFY", "true") != "false",
)
acknowledger = Acknowledger(
    subscriber=os.environ["TWINKEY_SUBSCRIBER"],
    api_url=os.environ["TWINKEY_API_URL"],
    headers=lambda: {"x-functions-key": os.environ["TWINKEY_FUNCTION_KEY"]},
)


def read_secret() -> Reading:
    secret = secrets.get_secret(SECRET_NAME)
    return Reading(secret.value or "", secret.properties.created_on)


key = ActiveKey(
    read_secret,
    VAULT_URL,
    SECRET_NAME,
    acknowledger,
    poll_seconds=float(os.environ.get("KEY_POLL_SECONDS", "600")),
)
key.start()

# Official clients read the credential's key at each request: one update reaches all of them.
credential = AzureKeyCredential(key.value)
key.follow(credential.update)
client = TextAnalyticsClient(os.environ["AI_ENDPOINT"], credential, api_version="v3.1")


def detect_language(text: str) -> str:
    """Repeats the request once if the key was refused and there is another one by now."""
    [result] = key.call(
        lambda _: client.detect_language([text]),
        is_refusal=lambda error: isinstance(error, ClientAuthenticationError),
    )
    return str(result.primary_language.iso6391_name)
# endregion


# region webhook
def is_event_grid(environ: dict[str, Any]) -> bool:
    """The subscription's URL is …/events?code=<EVENTS_CODE>."""
    [code] = parse_qs(environ.get("QUERY_STRING", "")).get("code", [""])[:1]
    return hmac.compare_digest(code.encode(), os.environ["EVENTS_CODE"].encode())


take_events = key_events([key], authorize=is_event_grid)
# endregion


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """What gunicorn or waitress serve in production: `gunicorn --threads 8 app:application`."""
    if environ["PATH_INFO"] == "/events":
        return take_events(environ, start_response)
    try:
        status, body = "200 OK", {"language": detect_language("Keys come and go.")}
    except ClientAuthenticationError:
        status, body = "502 Bad Gateway", {"error": "the key was refused"}
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(body).encode()]


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """A request line would carry the events' code into the log."""


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s %(levelname)s %(message)s")
    logging.getLogger("azure").setLevel(logging.WARNING)
    with make_server(
        "127.0.0.1", int(os.environ.get("PORT", "8080")), application, Server, QuietHandler
    ) as server:
        print(f"listening http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
