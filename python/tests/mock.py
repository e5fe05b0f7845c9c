"""A server that speaks OpenAI's chat completions, for tests: replies as the service writes them, faults included."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], Any]
"""From a request's body to what the model says: a text, a mapping that is written as JSON, or a `Fault`."""


class Fault:
    """A reply that is none."""

    def __init__(self, status: int, *, after_s: float | None = None, message: str = "it failed") -> None:
        self.status = status
        self.after_s = after_s
        self.message = message


RESET = Fault(0)
"""The connection is reset before a reply."""


class Mock:
    def __init__(self, answer: Answer, delay_s: float = 0.0) -> None:
        self.answer = answer
        self.delay_s = delay_s
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        mock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with mock.lock:
                    mock.requests.append(body)
                    mock.keys.append(self.headers.get("authorization"))
                    mock.at_once += 1
                    mock.most_at_once = max(mock.most_at_once, mock.at_once)
                try:
                    if mock.delay_s:
                        time.sleep(mock.delay_s)
                    said = mock.answer(body)
                finally:
                    # Before the reply, or the next call would seem to come beside this one.
                    with mock.lock:
                        mock.at_once -= 1
                self.reply(body, said)

            def reply(self, body: dict[str, Any], said: Any) -> None:
                if said is RESET:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                elif isinstance(said, Fault):
                    error = {"message": said.message, "type": "server_error", "param": None, "code": None}
                    wait = {} if said.after_s is None else {"retry-after": str(said.after_s)}
                    self.send(said.status, {"error": error}, wait)
                else:
                    self.send(200, completion(body, said), {})

            def send(self, status: int, said: dict[str, Any], headers: dict[str, str]) -> None:
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass  # A client that is gone.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"


def completion(body: dict[str, Any], said: Any) -> dict[str, Any]:
    text = said if isinstance(said, str) else json.dumps(said)
    prompt = sum(len(message["content"]) for message in body["messages"]) // 4
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    choice: dict[str, Any] = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    if body.get("logprobs"):
        choice["logprobs"] = {"content": [token(piece) for piece in pieces(text)], "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_780_000_000,
        "model": body["model"],
        "choices": [choice],
        "usage": {"prompt_tokens": prompt, "completion_tokens": 20, "total_tokens": prompt + 20},
        "system_fingerprint": "fp_1",
    }


def pieces(text: str) -> list[str]:
    """The text as tokens: a verdict is one of its own."""
    for verdict in ("pass", "fail"):
        head, found, tail = text.rpartition(verdict)
        if found:
            return [head, verdict, tail]
    return [text]


def token(piece: str) -> dict[str, Any]:
    def one(text: str, logprob: float) -> dict[str, Any]:
        return {"token": text, "logprob": logprob, "bytes": list(text.encode())}

    other = {"pass": "fail", "fail": "pass"}.get(piece)
    top = [one(piece, -0.2231435513)] + ([one(other, -1.6094379124)] if other else [])  # 0.8 and 0.2
    return {**one(piece, top[0]["logprob"]), "top_logprobs": top}


def asked(body: dict[str, Any]) -> str:
    """The record, as the request shows it."""
    return str(body["messages"][-1]["content"])


def says(verdict: str) -> dict[str, Any]:
    """What the bundled signature `relevance` answers."""
    return {"evidence": "", "reasoning": f"It is {verdict}.", "verdict": verdict, "confidence": 0.9}


def fair(body: dict[str, Any]) -> Any:
    """Passes what does not say that it is wrong."""
    if list(body.get("response_format", {}).get("json_schema", {}).get("schema", {}).get("properties", {})) == ["verdict"]:
        return {"verdict": "fail" if "WRONG" in asked(body) else "pass"}
    return says("fail" if "WRONG" in asked(body) else "pass")


@contextmanager
def serving(answer: Answer = fair, delay_s: float = 0.0) -> Iterator[Mock]:
    mock = Mock(answer, delay_s)
    mock.thread.start()
    try:
        yield mock
    finally:
        mock.server.shutdown()
        mock.server.server_close()
