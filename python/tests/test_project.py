"""Suites, run from Python as the command runs them."""

from __future__ import annotations

import _thread
import json
import logging
import os
import pickle
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import evenhand
import pandas
import pyarrow
import pytest
from conftest import RECORDS, write_project
from mock import Fault, Mock, asked, fair, says, serving


def test_a_run_has_the_numbers_and_the_folder_of_the_command(project_file: Path, command: str, server: Mock) -> None:
    project = evenhand.Project(project_file)
    assert project.suites == ["relevance"]
    run = project.suite("relevance").run()
    summary = run.summary
    assert (run.ended, run.exit_code, run.suite) == ("complete", 0, "relevance")
    assert (summary.n, summary.unscored_count, summary.calls, summary.cached_calls) == (6, 0, 6, 0)
    assert summary.accuracy is not None and (summary.accuracy.count, summary.accuracy.n) == (5, 6)
    assert summary.kappa == pytest.approx(2 / 3)
    assert summary.kappa_interval is not None and summary.kappa_interval.level == 0.95
    assert (summary.pass_rate.count, summary.pass_rate.n, summary.mean) == (3, 6, 0.5)
    assert summary.cost_usd is None
    stored = json.loads((run.path / "summary.json").read_text())["summary"]
    assert stored == summary.to_dict()
    # The command finds the same replies in the same cache.
    done = subprocess.run([command, "run", "--json"], cwd=project_file.parent, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and len(server.requests) == 6, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert json.dumps(told).count('"kappa"') and run.path.parent == project_file.parent / ".evenhand" / "runs", run.path


def test_outcomes_are_rows_and_what_is_not_there_is_null(tmp_path: Path) -> None:
    def answer(body: dict[str, object]) -> object:
        return Fault(400, message="no") if "port" in asked(body) else fair(body)

    with serving(answer) as mock:
        run = evenhand.Project(write_project(tmp_path, mock.url)).suite("relevance").run()
    assert [outcome["id"] for outcome in run.outcomes] == [record[0] for record in RECORDS]
    rows = run.to_dicts()
    assert (rows[2]["score"], rows[2]["verdict"], rows[2]["unscored"]) == (None, None, "refused")
    assert "no" in rows[2]["unscored_detail"] and rows[1]["score"] == 0.0 and rows[1]["unscored"] is None
    assert run.summary.unscored == {"refused": 1} and run.summary.unscored_count == 1
    table = run.to_arrow()
    assert table.schema.field("score").type == pyarrow.float64()
    assert table.column("score").to_pylist() == [1.0, 0.0, None, 0.0, 1.0, 0.0]
    assert pyarrow.table(run).equals(table), "by the Arrow interface"
    frame = run.to_pandas()
    assert frame["score"].dtype == "Float64" and frame["score"].isna().sum() == 1
    assert frame["score"][2] is pandas.NA


def test_limits_and_budgets_hold(project_file: Path, server: Mock) -> None:
    suite = evenhand.Project(project_file).suite("relevance")
    assert suite.run(limit=2).summary.n == 2
    spent = suite.run(max_calls=3, cache="ignore", concurrency=1)
    assert spent.exit_code == 5 and spent.summary.unscored == {"budget": 3}
    assert len(server.requests) == 5
    with pytest.raises(evenhand.Error, match="has no option `limt`"):
        suite.run(limt=2)  # type: ignore[call-arg]
    with pytest.raises(evenhand.Error, match="unknown variant `wheighted`") as caught:
        suite.run(reading="wheighted")  # type: ignore[typeddict-item]
    assert caught.value.kind == "usage"
    with pytest.raises(evenhand.Error, match="there is no strategy `guess`"):
        suite.run(strategy="guess")
    assert suite.run(strategy="self_consistency:n=3", limit=1).summary.calls == 3


def test_check_and_lock(tmp_path: Path, server: Mock) -> None:
    project_file = write_project(tmp_path, server.url, '[suites.relevance.golden]\npolicy = "strict"\nflip_rate = 0.01\n')
    suite = evenhand.Project(project_file).suite("relevance")
    with pytest.raises(evenhand.Error, match="has no golden file .* and no gates") as caught:
        suite.check()
    assert caught.value.help
    assert suite.lock(repeats=3) == project_file.parent / "golden" / "relevance.json"
    check = suite.check()
    assert (check.conclusion, check.holds, check.exit_code) == ("pass", True, 0)
    ci = evenhand.Project(project_file, env={"CI": "true"}).suite("relevance")
    with pytest.raises(evenhand.Error, match="this is CI"):
        ci.lock()
    server.answer = lambda _: says("fail")
    changed = ci.check(cache="ignore")
    assert (changed.conclusion, changed.holds, changed.exit_code) == ("regression", False, 1)
    assert len(changed.to_dict()["diff"]["records"]) == 3 and "relevance: FAILED" in changed.text
    data = project_file.parent / "data.jsonl"
    data.write_text(data.read_text().replace("Name the port", "Tell the port"))
    with pytest.raises(evenhand.Error, match="locked with another judge setup; since then changed: inputs of r3"):
        suite.check()


def test_a_page(project_file: Path, tmp_path: Path) -> None:
    run = evenhand.Project(project_file).suite("relevance").run()
    page = run.html(tmp_path / "report.html")
    assert page.read_text().lstrip().lower().startswith("<!doctype html>")


def test_faults_have_file_line_and_help(tmp_path: Path) -> None:
    file = write_project(tmp_path, "http://127.0.0.1:9/v1", 'lable = "x"\n')
    with pytest.raises(evenhand.Error) as caught:
        evenhand.Project(file)
    error = caught.value
    assert error.file == str(file) and error.line == len(file.read_text().splitlines())
    assert error.kind == "configuration" and error.help is not None and "label" in error.help
    assert "evenhand.toml" in str(error) and error.faults[0].column == 1
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.help, again.faults) == (str(error), error.line, error.help, error.faults)
    good = write_project(tmp_path, "http://127.0.0.1:9/v1")
    with pytest.raises(evenhand.Error, match="there is no suite `relevanc`") as missing:
        evenhand.Project(good).suite("relevanc")
    assert missing.value.file is None and missing.value.help == "did you mean `relevance`?"


def test_variables_are_those_that_are_given(tmp_path: Path, server: Mock) -> None:
    file = write_project(tmp_path, server.url)
    file.write_text(file.read_text().replace('base_url = "', 'api_key_env = "MY_KEY"\nbase_url = "'))
    evenhand.Project(file, env={"MY_KEY": "k-1"}).suite("relevance").run(limit=1)
    assert server.keys == ["Bearer k-1"]


def test_messages_are_logged(project_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="evenhand"):
        evenhand.Project(project_file).suite("relevance").run(limit=1)
    assert any("openai/mock-1 is asked at" in message for message in caplog.messages)


@pytest.fixture
def heard() -> Iterator[None]:
    """Ctrl-C is heard: a shell starts what runs in the background with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_ctrl_c_is_an_exception_and_the_run_is_gone_on_with(tmp_path: Path) -> None:
    with serving(fair, delay_s=0.3) as mock:
        suite = evenhand.Project(write_project(tmp_path, mock.url, "concurrency = 1\n")).suite("relevance")

        def interrupt() -> None:
            while not mock.requests:
                time.sleep(0.01)
            _thread.interrupt_main()

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            suite.run()
        thread.join()
        before = len(mock.requests)
        assert before < len(RECORDS)
        mock.delay_s = 0.0
        run = suite.run(resume="last")
        assert (run.ended, run.summary.n, len(mock.requests)) == ("complete", len(RECORDS), len(RECORDS))


def test_the_lock_is_released_and_threads_run_side_by_side(tmp_path: Path) -> None:
    with serving(fair, delay_s=0.4) as mock:
        suite = evenhand.Project(write_project(tmp_path, mock.url)).suite("relevance")
        threads = [threading.Thread(target=lambda: suite.run(limit=1, cache="ignore")) for _ in range(3)]
        ticks = 0
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            ticks += 1
            time.sleep(0.005)
        assert mock.most_at_once == 3 and ticks > 10


def test_a_project_pickles_as_its_path(project_file: Path) -> None:
    project = evenhand.Project(project_file, env={"A": "b"})
    again = pickle.loads(pickle.dumps(project))
    assert again.path == project_file and again.suites == ["relevance"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_makes_its_own_runtime(project_file: Path, tmp_path: Path) -> None:
    suite = evenhand.Project(project_file).suite("relevance")
    suite.run(limit=1)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if suite.run(limit=2, cache="ignore").summary.n == 2 else 2
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
    assert os.waitstatus_to_exitcode(status) == 0
