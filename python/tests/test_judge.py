"""Judges, asked from Python."""

from __future__ import annotations

import asyncio
import math
import os
import pickle
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import evenhand
import pandas
import polars
import pyarrow
import pytest
from mock import RESET, Fault, Mock, asked, fair, says, serving
from pydantic import BaseModel

RIGHT = {"ground_truth": "Say that order 7 is late", "artifact": "Order 7 is late."}
WRONG = {"ground_truth": "Name the host", "artifact": "WRONG I do not know."}


def judge(mock: Mock, **more: Any) -> evenhand.Judge:
    settings = {"transport_retries": 0, **more.pop("settings", {})}
    return evenhand.Judge("relevance", model="openai/mock-1", base_url=mock.url, settings=settings, **more)


def test_columns_are_as_long_as_the_records(server: Mock) -> None:
    out = judge(server).judge([RIGHT, WRONG])
    assert (out.scores, out.verdicts, out.unscored) == ([1.0, 0.0], ["pass", "fail"], [None, None])
    assert out.probabilities == [None, None]
    assert out.answers[0] == says("pass") and out.reasonings[1] == "It is fail."
    assert out[0].confidence == 0.9 and len(out) == 2 and [one.score for one in out] == [1.0, 0.0]
    assert out[1:].verdicts == ["fail"] and out.to_dicts()[0]["calls"] == 1
    assert judge(server).judge([]).scores == []


def test_a_failure_is_never_a_score() -> None:
    def answer(body: dict[str, Any]) -> Any:
        text = str(body["messages"])
        for word, said in (("zbusy", Fault(429, after_s=0.0)), ("zbroken", Fault(500)), ("zgone", RESET), ("zodd", "hm")):
            if word in text:
                return said
        return fair(body)

    records = [{"ground_truth": "x", "artifact": word} for word in ("zbusy", "fine", "zbroken", "zgone", "zodd")]
    with serving(answer) as mock:
        out = judge(mock, retries=1).judge([*records, {"artifact": "no ground truth"}])
    assert out.scores == [None, 1.0, None, None, None, None]
    reasons = [None if why is None else why.reason for why in out.unscored]
    assert reasons == ["transport", None, "transport", "transport", "invalid_answer", "subject"]
    assert out.unscored[5] is not None and "ground_truth" in out.unscored[5].detail
    frame = out.to_pandas()
    assert frame["score"].dtype == "Float64" and frame["score"][0] is pandas.NA
    assert not any(isinstance(score, float) and math.isnan(score) for score in out.scores)


def test_where_every_call_fails_the_same_way_the_rest_is_unscored_too() -> None:
    with serving(lambda _: Fault(401, message="no such key")) as mock:
        out = judge(mock, parallel=1).judge([RIGHT] * 20)
        assert len(mock.requests) < 20
    assert len(out) == 20 and out.scores == [None] * 20
    last = out.unscored[-1]
    assert last is not None and last.reason == "cancelled" and "no such key" in last.detail


def test_probabilities_of_a_weighted_reading(server: Mock) -> None:
    out = judge(server, reading="weighted").judge(RIGHT)
    shares = out.probabilities[0]
    assert shares is not None and shares["pass"] == pytest.approx(0.8, abs=0.01)
    assert out.scores[0] == pytest.approx(0.8, abs=0.01) and out.answers == [None]
    column = out.to_arrow().column("probabilities").to_pylist()[0]
    assert dict(column)["fail"] == pytest.approx(0.2, abs=0.01)


@dataclass
class Row:
    ground_truth: str
    artifact: str
    context: str | None = None


class Model(BaseModel):
    ground_truth: str
    artifact: str


def test_records_in_whatever_form(server: Mock) -> None:
    rows = [RIGHT, {**WRONG, "context": None}]
    frame = pandas.DataFrame([RIGHT, {**WRONG, "context": "a help desk"}])
    assert frame["context"].isna()[0]
    forms: list[Any] = [
        rows,
        (row for row in rows),
        frame,
        polars.DataFrame(rows),
        pyarrow.Table.from_pylist(rows),
        pyarrow.Table.from_pylist(rows).to_reader(),
        [Row(**RIGHT), Row(**WRONG)],
        [Model(**RIGHT), Model(**WRONG)],
    ]
    asks = judge(server)
    for form in forms:
        assert asks.judge(form).verdicts == ["pass", "fail"], type(form)
    assert not any("NaN" in asked(body) or "nan" in asked(body).split() for body in server.requests)
    with pytest.raises(evenhand.Error, match="this is str"):
        asks.judge("text")
    with pytest.raises(evenhand.Error, match="record 1 is no mapping, but int|record 1 is no mapping"):
        asks.judge([RIGHT, 3])


def test_awaited_side_by_side() -> None:
    async def all_of(asks: evenhand.Judge) -> list[evenhand.Judgment]:
        return await asyncio.gather(*(asks.ajudge(RIGHT if turn % 2 else WRONG) for turn in range(12)))

    with serving(fair, delay_s=0.1) as mock:
        asks = judge(mock, parallel=4)
        judgments = asyncio.run(all_of(asks))
        assert [one.verdict for one in judgments] == ["fail", "pass"] * 6
        assert 2 <= mock.most_at_once <= 4, "the limit is the judge's, not the task's"
        several = asyncio.run(asks.ajudge([RIGHT, WRONG]))
        assert isinstance(several, evenhand.Judgments) and several.scores == [1.0, 0.0]


def test_a_cancelled_task_gives_up_its_call() -> None:
    async def late(asks: evenhand.Judge) -> float:
        began = time.monotonic()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asks.ajudge(RIGHT), 0.2)
        return time.monotonic() - began

    with serving(fair, delay_s=1.0) as mock:
        assert asyncio.run(late(judge(mock))) < 0.9


def test_an_error_reaches_who_awaits() -> None:
    with pytest.raises(evenhand.Error, match="there is no signature `relevanc`"):
        asyncio.run(evenhand.Judge("relevanc", model="openai/x").ajudge(RIGHT))


def test_it_pickles_as_its_configuration(server: Mock) -> None:
    asks = judge(server, api_key="k-9")
    assert asks.judge(RIGHT).scores == [1.0]
    again = pickle.loads(pickle.dumps(asks))
    assert again.judge(WRONG).scores == [0.0] and again.fingerprint == asks.fingerprint
    assert server.keys == ["Bearer k-9"] * 2
    assert "k-9" not in repr(again)


def scores(asks: evenhand.Judge) -> list[float | None]:
    return asks.judge([RIGHT, WRONG]).scores


@pytest.mark.parametrize("way", ["spawn", "fork"])
def test_workers(server: Mock, way: str) -> None:
    asks = judge(server)
    assert scores(asks) == [1.0, 0.0]
    with ProcessPoolExecutor(2, mp_context=get_context(way)) as workers:
        assert list(workers.map(scores, [asks, asks], timeout=60)) == [[1.0, 0.0], [1.0, 0.0]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_judge_that_was_open_before_a_fork(server: Mock, tmp_path: Path) -> None:
    asks = judge(server, cache=tmp_path / "cache")
    assert scores(asks) == [1.0, 0.0]
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if asks.judge([{**RIGHT, "context": "new"}, WRONG]).scores == [1.0, 0.0] else 2
        finally:
            os._exit(code)
    for _ in range(200):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.05)
    else:
        os.kill(child, 9)
        pytest.fail("the child hangs")
    assert os.waitstatus_to_exitcode(status) == 0 and len(server.requests) == 3


def test_a_cache_is_asked_first(server: Mock, tmp_path: Path) -> None:
    for _ in range(2):
        assert scores(judge(server, cache=tmp_path)) == [1.0, 0.0]
    assert len(server.requests) == 2 and (tmp_path / "cache.sqlite").exists()


def test_recorded_replies_stand_for_the_model(server: Mock, tmp_path: Path) -> None:
    file = tmp_path / "replies.jsonl"
    live = judge(server, recording=file, env={"EVENHAND_RECORD": "1"})
    assert scores(live) == [1.0, 0.0] and file.exists()
    for variables in ({}, {"EVENHAND_RECORD": "1", "CI": "true"}):
        replayed = judge(server, recording=file, env=variables)
        assert scores(replayed) == [1.0, 0.0] and replayed.model == live.model == "openai/mock-1"
        missing = replayed.judge({**RIGHT, "context": "new"}).unscored[0]
        assert missing is not None and missing.reason == "not_recorded"
        assert replayed.fingerprint == live.fingerprint
    assert len(server.requests) == 2


def test_a_role_of_a_project(tmp_path: Path, server: Mock) -> None:
    from conftest import write_project

    file = write_project(tmp_path, server.url)
    assert scores(evenhand.Judge("relevance", project=file)) == [1.0, 0.0]
    assert scores(evenhand.Judge("relevance", project=file, model="judge")) == [1.0, 0.0]
    with pytest.raises(evenhand.Error, match="there is no model or route `jugde`"):
        evenhand.Judge("relevance", project=file, model="jugde").judge(RIGHT)
    with pytest.raises(evenhand.Error, match="name its role"):
        evenhand.Judge("relevance", project=file, base_url="http://x/v1")


def test_fields_under_other_names_and_a_budget(server: Mock) -> None:
    asks = judge(server, fields={"artifact": "reply", "ground_truth": "wanted"}, max_calls=1, parallel=1)
    out = asks.judge([{"wanted": "x", "reply": "y"}, {"wanted": "x", "reply": "WRONG"}])
    assert out.scores == [1.0, None] and out.unscored[1] is not None and out.unscored[1].reason == "budget"


def test_settings_that_cannot_be_used(server: Mock) -> None:
    with pytest.raises(evenhand.Error) as caught:
        judge(server, settings={"temprature": 0.3}).judge(RIGHT)
    assert caught.value.file == "the judge's settings" and "temperature" in str(caught.value.help)
    with pytest.raises(evenhand.Error, match="needs a model"):
        evenhand.Judge("relevance")
    with pytest.raises(evenhand.Error, match="no option `tempo`"):
        judge(server, tempo=1)
    with pytest.raises(evenhand.Error, match="openia"):
        evenhand.Judge("relevance", model="openia/x").judge(RIGHT)


def test_an_agents_run_is_shown_as_its_steps() -> None:
    def answer(body: dict[str, Any]) -> Any:
        steps = [{"step": 1, "verdict": "useful", "why": "it is"}]
        return {"steps": steps, "final_answer": "right", "reasoning": "done", "verdict": "success"}

    run = [
        {"role": "user", "content": "How many?"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": {"name": "count", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "1", "content": "7"},
        {"role": "assistant", "content": "There are 7."},
    ]
    with serving(answer) as mock:
        asks = evenhand.Judge("trajectory", model="openai/mock-1", base_url=mock.url)
        assert asks.judge({"goal": "How many?", "trajectory": run}).scores == [1.0]
        assert "call count {} -> 7" in asked(mock.requests[0])
