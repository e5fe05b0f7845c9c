"""Counts judge calls, and keeps replies, in front of a server that speaks OpenAI's chat completions.

    python proxy.py --upstream http://127.0.0.1:8371 --port 8370 --folder work

A call to /c/NAME/v1/chat/completions is one of the cell NAME. Each one is written to
FOLDER/calls.jsonl; the same request is sent to the server once, whichever cell asks it, and an
experiment that is started again asks nothing twice.
"""

import argparse
import hashlib
import json
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Kept:
    """Replies by request, in a file."""

    def __init__(self, path):
        self.base = sqlite3.connect(path, check_same_thread=False)
        self.base.execute("create table if not exists replies (key text primary key, kind text, body blob)")

    def get(self, key):
        return self.base.execute("select kind, body from replies where key = ?", (key,)).fetchone()

    def put(self, key, kind, body):
        self.base.execute("insert or replace into replies values (?, ?, ?)", (key, kind, body))
        self.base.commit()


def usage(body):
    """Prompt and answer tokens of a reply, streamed or whole."""
    for line in reversed(body.decode("utf-8", "replace").splitlines()):
        try:
            found = json.loads(line.removeprefix("data:")).get("usage")
        except (ValueError, AttributeError):
            continue
        if found:
            return found.get("prompt_tokens", 0), found.get("completion_tokens", 0)
    return 0, 0


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    file = threading.Lock()

    def log_message(self, *_):
        pass

    def reply(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers.get("content-length", 0)))
        _, _, cell, path = self.path.split("/", 3)
        key = hashlib.sha256(path.encode() + json.dumps(json.loads(asked), sort_keys=True).encode()).hexdigest()
        began = time.time()
        with self.file:
            there = self.server.kept.get(key)
        if there:
            status, (kind, body) = 200, there
        else:
            # A server that drafts tokens tells no probabilities of those it accepts.
            weighed = self.server.plain and json.loads(asked).get("logprobs")
            status, kind, body = self.forward(self.server.plain if weighed else self.server.upstream, path, asked)
        tokens = usage(body)
        with self.file:
            if status == 200 and not there:
                self.server.kept.put(key, kind, body)
            self.server.log.write(json.dumps({
                "cell": cell, "key": key, "status": status, "sent": not there, "prompt_tokens": tokens[0],
                "answer_tokens": tokens[1], "seconds": round(time.time() - began, 2)}) + "\n")
            self.server.log.flush()
        self.reply(status, kind, body)

    def forward(self, upstream, path, asked):
        request = urllib.request.Request(f"{upstream}/{path}", asked, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=3600) as reply:
                return reply.status, reply.headers.get("content-type", ""), reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("content-type", ""), error.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", default="http://127.0.0.1:8371")
    parser.add_argument("--plain", help="another server for requests with logprobs, if the first one drafts tokens")
    parser.add_argument("--port", type=int, default=8370)
    parser.add_argument("--folder", type=Path, default=Path("work"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    server.upstream = args.upstream.rstrip("/")
    server.plain = args.plain and args.plain.rstrip("/")
    server.kept = Kept(args.folder / "replies.sqlite")
    server.log = open(args.folder / "calls.jsonl", "a", encoding="utf-8")
    server.serve_forever()


if __name__ == "__main__":
    main()
