#!/usr/bin/env python3
"""Makes the pictures of docs/start/report.md: parts of real report pages, seen by headless Chromium.

    scripts/report-pictures.py target/release/evenhand

The reports are made from the replies that this repository records, so no model is asked. Chromium is driven through a
pair of pipes; nothing has to be installed for it but the browser."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "img" / "report"
WIDTH, HEIGHT, SCALE, MARGIN = 1280, 1500, 1.1, 10

# The name of each picture, the report, and what it shows: CSS selectors of the first and the last element.
SHOWN = [
    ("answer", "relevance", "#summary .about", "#summary .statement"),
    ("figures", "relevance", "table.figures", "table.figures"),
    ("standing", "relevance", "#summary .columns > div:nth-child(2) h2", "#summary .columns > div:nth-child(2) > dl"),
    ("scores", "relevance", "#plots > .card:nth-child(1)", "#plots > .card:nth-child(1)"),
    ("reliability", "relevance", "#plots > .card:nth-child(2)", "#plots > .card:nth-child(2)"),
    ("labels", "relevance", "#plots .matrix", "#plots .matrix"),
    ("groups", "relevance", "#plots .stack .card:nth-child(2)", "#plots .stack .card:nth-child(2)"),
    ("records", "relevance", "#records .toolbar", "#row-5"),
    ("golden", "upgrade", "#golden > :first-child", "#golden > :first-child"),
]

BOX = """(() => {
  const [from, to] = %s.map((selector) => document.querySelector(selector).getBoundingClientRect());
  const left = Math.min(from.left, to.left), right = Math.max(from.right, to.right);
  return JSON.stringify({x: left + scrollX, y: from.top + scrollY, width: right - left, height: to.bottom - from.top});
})()"""


class Browser:
    """A headless Chromium that takes orders by --remote-debugging-pipe: JSON, each message ended by a zero byte."""

    def __init__(self, folder):
        names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
        program = next(filter(None, map(shutil.which, names)), None) or sys.exit("no Chromium found")
        to_browser, self.orders = os.pipe()
        self.answers, from_browser = os.pipe()

        def connect():
            # Moved out of the way first: either may be 3 or 4 already.
            spare = os.dup(to_browser), os.dup(from_browser)
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe"]
        self.process = subprocess.Popen(
            [program, *flags, f"--user-data-dir={folder}", "about:blank"],
            preexec_fn=connect, close_fds=False, stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.number, self.rest, self.session = 0, b"", None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def message(self):
        while b"\0" not in self.rest:
            self.rest += os.read(self.answers, 1 << 16) or sys.exit("Chromium ended early")
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def ask(self, method, **parameters):
        """What the browser answers to an order."""
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.orders, json.dumps(order).encode() + b"\0")
        while (answer := self.message()).get("id") != self.number:
            pass
        return answer["result"] if "result" in answer else sys.exit(f"{method}: {answer['error']}")

    def open(self, page):
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": SCALE, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        light = [{"name": "prefers-color-scheme", "value": "light"}]
        self.ask("Emulation.setEmulatedMedia", features=light)
        self.ask("Page.enable")
        self.ask("Page.navigate", url=page.as_uri())
        while self.message().get("method") != "Page.loadEventFired":
            pass

    def picture(self, first, last):
        found = self.ask("Runtime.evaluate", expression=BOX % json.dumps([first, last]))["result"]
        box = json.loads(found["value"]) if "value" in found else sys.exit(f"not on the page: {first}, {last}")
        clip = {
            "x": box["x"] - MARGIN, "y": box["y"] - MARGIN, "scale": 1,
            "width": box["width"] + 2 * MARGIN, "height": box["height"] + 2 * MARGIN,
        }
        shot = self.ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])


def reports(evenhand, folder):
    """The pages, by name: a judge beside labels, and an upgrade beside its golden file."""
    def run(*words, at):
        state = {**os.environ, "EVENHAND_STATE_DIR": str(folder / "state")}
        subprocess.run([evenhand, *words], cwd=at, env=state, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    pages = {name: folder / f"{name}.html" for name in ("relevance", "upgrade")}
    replies = ["--model", "replay/golden/replies/relevance.jsonl", "--reading", "weighted"]
    run("run", "relevance", *replies, "--html", pages["relevance"], at=ROOT)
    project = folder / "upgrade"
    project.mkdir()
    run("init", "--template", "upgrade", at=project)
    run("check", "--replay", "--outputs", "outputs/new.jsonl", "--html", pages["upgrade"], at=project)
    return pages


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    evenhand = Path(sys.argv[1]).resolve()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pages = reports(evenhand, Path(folder))
        browser = Browser(Path(folder) / "browser")
        opened = None
        for name, report, first, last in SHOWN:
            if report != opened:
                browser.open(pages[report])
                opened = report
            picture = browser.picture(first, last)
            (PICTURES / f"{name}.png").write_bytes(picture)
            print(f"docs/img/report/{name}.png: {len(picture) // 1024} KiB")
        browser.process.terminate()
        browser.process.wait()


if __name__ == "__main__":
    main()
