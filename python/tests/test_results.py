"""Judgments as tables of results, shared replies, shared limits, and parts that are summed up."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import evenhand
import evenhand.ray
import evenhand.spark
import pandas
import pyarrow
import pytest
from engines import Faulty, records
from mock import Fault, Mock, fair, serving


def options(server: Mock, **more: Any) -> dict[str, Any]:
    return {"signature": "relevance", "model": "openai/mock-1", "base_url": server.url, **more}


def columns(rows: list[dict[str, str]]) -> dict[str, Any]:
    frame = pandas.DataFrame(rows)
    return {name: frame[name].to_numpy() for name in frame}


def test_a_batch_is_a_row_for_each_record_in_any_format(server: Mock) -> None:
    judge = evenhand.ray.Judge(**options(server))
    rows = records(6)
    tables = [judge(columns(rows)), judge(pandas.DataFrame(rows)), judge(pyarrow.Table.from_pylist(rows))]
    for table in tables:
        assert table.column("id").to_pylist() == [f"r{n}" for n in range(6)]
        assert table.column("score").to_pylist() == [0.0, 1.0, 1.0, 1.0, 1.0, 0.0]
        outcomes = [json.loads(text) for text in table.column("outcome").to_pylist()]
        assert [outcome["id"] for outcome in outcomes] == table.column("id").to_pylist()
    frames = list(evenhand.spark.judge(**options(server))(iter([pandas.DataFrame(rows)])))
    [frame] = frames
    assert list(frame["id"]) == tables[0].column("id").to_pylist()
    assert ", ".join(frame.columns) == ", ".join(column.split()[0] for column in evenhand.spark.SCHEMA.split(", "))


def test_a_record_without_a_score_is_a_row_with_a_reason() -> None:
    with serving(lambda body: Fault(400, message="no")) as mock:
        table = evenhand.ray.Judge(**options(mock))(columns(records(2)))
    assert table.column("score").to_pylist() == [None, None]
    assert table.column("unscored").to_pylist() == ["refused", "refused"]
    assert all(table.column("unscored_detail").to_pylist())


def test_a_record_without_an_id_is_an_error_that_says_so(server: Mock) -> None:
    with pytest.raises(evenhand.Error, match="record 1 of a batch has no `key`"):
        evenhand.ray.Judge(**options(server), id="key")([{"key": "a"}, {"ground_truth": "b", "artifact": "c"}])


def test_a_reply_that_one_worker_paid_for_no_other_pays_for(server: Mock, tmp_path: Path) -> None:
    rows = columns(records(8))
    first, second = (evenhand.ray.Judge(**options(server, replies=tmp_path)) for _ in range(2))
    half = {name: values[:4] for name, values in rows.items()}
    second({name: values[:1] for name, values in rows.items()})
    first(half)
    assert len(server.requests) == 4
    table = second(rows)
    assert len(server.requests) == 8, "the second read what the first wrote after both were opened"
    third = evenhand.Judge(**options(server, replies=tmp_path, parallel=3))
    assert third.judge(records(8)).scores == table.column("score").to_pylist()
    assert len(server.requests) == 8
    assert len(list(tmp_path.glob("*.jsonl"))) == 3, "each writes a file of its own"


def test_workers_share_the_limits_out(tmp_path: Path) -> None:
    with serving(fair, delay_s=0.05) as mock:
        judge = evenhand.Judge(**options(mock, parallel=6, workers=3, max_calls=10))
        out = judge.judge(records(10))
    assert mock.most_at_once <= 2
    assert len(mock.requests) == 3, "a third of the calls, rounded down"
    assert [why.reason for why in out.unscored if why is not None] == ["budget"] * 7


def test_results_are_summed_up_in_any_order_and_a_label_gives_agreement(server: Mock, tmp_path: Path) -> None:
    rows, judge = records(20), evenhand.ray.Judge(**options(server, label="label"))
    folder = tmp_path / "relevance"
    folder.mkdir()
    for part in range(4):
        table = judge(rows[part * 5 : part * 5 + 5])
        (folder / f"{3 - part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    project = tmp_path / "evenhand.toml"
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    project.write_text(
        f'default_model = "judge"\n[models.judge]\nmodel = "openai/mock-1"\nbase_url = "{server.url}"\n'
        '[suites.relevance]\ndataset = "data.jsonl"\nsignature = "relevance"\nlabel = "label"\n'
    )
    summed = evenhand.report(folder, project)
    run = evenhand.Project(project).suite("relevance").run(cache="ignore")
    assert summed.accuracy is not None and summed.accuracy.count == 16

    def timeless(summary: evenhand.Summary) -> dict[str, Any]:
        return {name: value for name, value in summary.to_dict().items() if name not in ("wall_s", "latency")}

    assert timeless(summed) == timeless(run.summary)
    (tmp_path / "nothing").mkdir()
    with pytest.raises(evenhand.Error, match="nothing is settled"):
        evenhand.report(tmp_path / "nothing", project)


def test_orders_and_answer_labels_reach_the_question() -> None:
    bodies: list[str] = []

    def answer(body: dict[str, Any]) -> Any:
        bodies.append(json.dumps(body["messages"]))
        return fair(body)

    record = {"ground_truth": "Say a", "artifact": "a"}
    with serving(answer) as mock:
        asked = options(mock, reading="weighted")
        evenhand.Judge(**asked).judge([record])
        own = len(bodies)
        evenhand.Judge(**asked, orders="reversed").judge([record])
        assert len(bodies) - own >= 2, "one call for each order"
        bodies.clear()
        evenhand.Judge(**asked, answer_labels="letters").judge([record])
    assert '\\"A\\" for \\"pass\\"' in bodies[0].replace('\\\\\\"', '\\"'), bodies[0]
    with pytest.raises(evenhand.Error, match="expected one of `own`, `reversed`, `cyclic`, `all`"):
        evenhand.Judge("relevance", model="openai/m", base_url="http://127.0.0.1:1/v1", orders="both").judge([record])  # type: ignore[typeddict-item]


def test_workers_judges_pickle(server: Mock) -> None:
    judge = pickle.loads(pickle.dumps(evenhand.ray.Judge(**options(server))))
    assert judge(records(1)).num_rows == 1


def test_the_faulty_server_fails_as_it_says(tmp_path: Path) -> None:
    answer = Faulty()
    with serving(answer) as mock:
        out = evenhand.Judge(**options(mock, replies=tmp_path)).judge(records(40))
    assert [one for one in out.unscored if one is not None] == []
    assert sum(answer.seen.values()) == 50 and sum(answer.paid.values()) == 44
