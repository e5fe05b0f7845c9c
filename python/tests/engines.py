"""Records judged on two workers of Ray and of Spark, against a server that fails: for tests, and `make scale`."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import evenhand
from mock import RESET, Fault, Mock, fair, serving

WORKERS = 2
PARALLEL = 8
"""Calls at the same time, by all workers together."""


def records(number: int) -> list[dict[str, str]]:
    """Every fifth is wrong."""
    wrong = ["WRONG ", "", "", "", ""]
    return [
        {"id": f"r{n}", "ground_truth": f"Give number {n}", "artifact": f"{wrong[n % 5]}Number {n}.", "label": "pass"}
        for n in range(number)
    ]


class Faulty:
    """Says what `fair` says, but of some records not at once: of 20 the first call about one is refused (429), about one fails
    (500), about one is reset, and about two has a reply that is no answer."""

    def __init__(self) -> None:
        self.seen: Counter[int] = Counter()
        self.paid: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __call__(self, body: dict[str, Any]) -> Any:
        request = json.dumps(body["messages"])
        record = int(re.findall(r"Give number (\d+)", request)[-1])
        with self.lock:
            self.seen[record] += 1
            kind = record * 7 % 20 if self.seen[record] == 1 else 19
            if kind < 3:
                return [Fault(429, after_s=0.05), Fault(500), RESET][kind]
            self.paid[request] += 1
        return "It looks fine to me." if kind in (3, 4) else fair(body)


def options(mock: Mock, replies: Path) -> dict[str, Any]:
    return {
        "signature": "relevance",
        "model": "openai/mock-1",
        "base_url": mock.url,
        "replies": str(replies),
        "workers": WORKERS,
        "parallel": PARALLEL,
    }


def with_ray(rows: list[dict[str, str]], judge: dict[str, Any], results: Path) -> None:
    import evenhand.ray
    import ray

    ray.init(num_cpus=WORKERS, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    try:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        dataset = ray.data.from_items(rows, override_num_blocks=20)
        judged = dataset.map_batches(
            evenhand.ray.Judge, fn_constructor_kwargs=judge, compute=ray.data.ActorPoolStrategy(size=WORKERS), batch_size=50
        )
        judged.write_json(str(results))
    finally:
        ray.shutdown()


def with_spark(rows: list[dict[str, str]], judge: dict[str, Any], results: Path) -> None:
    import evenhand.spark
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{WORKERS},4]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    spark = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
    try:
        spark.sparkContext.setLogLevel("OFF")
        columns = ", ".join(f"{name} string" for name in rows[0])
        frame = spark.createDataFrame([tuple(row.values()) for row in rows], columns).repartition(8)
        judged = frame.mapInPandas(evenhand.spark.judge(**judge), evenhand.spark.SCHEMA)
        judged.write.json(str(results))
    finally:
        spark.stop()


ENGINES: dict[str, Callable[[list[dict[str, str]], dict[str, Any], Path], None]] = {"Ray": with_ray, "Spark": with_spark}


def missing(engine: str) -> str | None:
    """Why an engine cannot be tried here."""
    package = {"Ray": "ray", "Spark": "pyspark"}[engine]
    try:
        __import__(package)
    except ImportError:
        return f"{package} is not installed: python/requirements-engines.txt has it"
    if engine == "Spark" and shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "there is no Java"
    return None


@dataclass
class Tried:
    """What came of the records."""

    engine: str
    records: int
    scored: int
    lost: int
    doubled: int
    paid_twice: int
    in_flight: int
    """The most calls of the killed worker that can have been in flight; 0 where none was killed."""
    killed: int
    calls: int
    seconds: float
    summary: evenhand.Summary

    @property
    def holds(self) -> bool:
        whole = self.scored == self.records and self.lost == 0 and self.doubled == 0
        return whole and self.paid_twice <= self.in_flight


def tried(engine: str, number: int, folder: Path, *, kill: bool) -> Tried:
    """Judges records, and kills a worker half way if that is wished."""
    answer, (results, replies) = Faulty(), (folder / "results", folder / "replies")
    rows, started = records(number), time.monotonic()
    with serving(answer, delay_s=0.01) as mock, _killer(answer, replies, number // 2, kill) as killed:
        ENGINES[engine](rows, options(mock, replies), results)
        calls = len(mock.requests)
    seconds = time.monotonic() - started
    found = [json.loads(line) for file in results.glob("*.json") for line in file.read_text().splitlines()]
    ids = Counter(row["id"] for row in found)
    return Tried(
        engine=engine,
        records=number,
        scored=sum(row.get("score") is not None for row in found),
        lost=sum(row["id"] not in ids for row in rows),
        doubled=sum(count - 1 for count in ids.values()),
        paid_twice=sum(count - 1 for count in answer.paid.values()),
        in_flight=PARALLEL // WORKERS if killed else 0,
        killed=len(killed),
        calls=calls,
        seconds=seconds,
        summary=evenhand.report(results),
    )


@contextlib.contextmanager
def _killer(answer: Faulty, replies: Path, after: int, wished: bool) -> Iterator[list[int]]:
    """Kills the process of the first worker once so many requests were paid for. A worker's file is named after its process."""
    killed: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            if sum(answer.paid.values()) >= after:
                workers = sorted(int(file.stem.rsplit("-", 2)[1]) for file in replies.glob("*.jsonl"))
                os.kill(workers[0], signal.SIGKILL)
                killed.append(workers[0])
                return

    thread = threading.Thread(target=watch, daemon=True)
    if wished:
        thread.start()
    try:
        yield killed
    finally:
        over.set()
        if wished:
            thread.join()
