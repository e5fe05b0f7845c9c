"""The pytest plugin, in pytest runs of its own."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import write_project
from mock import Mock, serving

TESTS = '''
import evenhand
import pytest

JUDGE = evenhand.Judge("relevance", model="openai/mock-1", base_url="{url}")
REPLIES = [("Say %d" % turn, "Said %d" % turn) for turn in range(20)]


def replies():
    return [dict(id="t%02d" % turn, ground_truth=wanted, artifact=given) for turn, (wanted, given) in enumerate(REPLIES)]


def test_replies(assert_golden):
    assert_golden("replies", JUDGE.judge(replies()))


def test_short(assert_golden):
    assert_golden("short", JUDGE.judge(replies()[:5]))
'''


@pytest.fixture
def suite(pytester: pytest.Pytester, server: Mock) -> Iterator[pytest.Pytester]:
    # A run within this one would find this plugin's own options twice otherwise.
    pytester.makepyfile(test_replies=TESTS.replace("{url}", server.url))
    yield pytester


def worse(suite: pytest.Pytester) -> None:
    file = suite.path / "test_replies.py"
    file.write_text(file.read_text().replace('"Said %d" % turn)', '"WRONG %d" % turn if turn % 2 else "Said %d" % turn)'))


def golden(suite: pytest.Pytester) -> Path:
    return suite.path / "golden" / "replies.json"


def run(suite: pytest.Pytester, *words: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "no:cacheprovider", *words, timeout=120)


def test_locked_held_and_worse(suite: pytest.Pytester) -> None:
    first = run(suite)
    first.assert_outcomes(failed=2)
    first.stdout.fnmatch_lines(["*there is no golden file *replies.json*", "*pytest --evenhand-update*"])
    assert not golden(suite).exists()
    run(suite, "--evenhand-update").assert_outcomes(passed=2)
    locked = golden(suite).read_bytes()
    run(suite).assert_outcomes(passed=2)
    worse(suite)
    broken = run(suite)
    # Of five records two are worse, which chance could do.
    broken.assert_outcomes(failed=1, passed=1)
    broken.stdout.fnmatch_lines(["replies: FAILED. 10 of 20 worse*", "*10 changed scores to decide about: evenhand golden review replies*"])
    assert golden(suite).read_bytes() == locked
    assert (golden(suite).parent / "replies.json.pending").exists()


def test_nothing_is_written_in_ci(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run(suite, "--evenhand-update").assert_outcomes(passed=2)
    locked = golden(suite).read_bytes()
    worse(suite)
    monkeypatch.setenv("CI", "true")
    refused = run(suite, "--evenhand-update")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["*this is CI: nobody would review*"])
    run(suite).assert_outcomes(failed=1, passed=1)
    assert golden(suite).read_bytes() == locked
    assert not (golden(suite).parent / "replies.json.pending").exists()


def test_several_workers_and_properties_of_junit(suite: pytest.Pytester) -> None:
    run(suite, "-n", "2", "--evenhand-update").assert_outcomes(passed=2)
    report = suite.path / "junit.xml"
    run(suite, "-n", "2", f"--junit-xml={report}").assert_outcomes(passed=2)
    told = {one.get("name"): one.get("value") for one in ET.parse(report).iter("property")}
    assert told["evenhand.replies.conclusion"] == "pass"
    assert (told["evenhand.replies.records"], told["evenhand.short.records"]) == ("20", "5")
    assert told["evenhand.replies.mean"] == "1.0"


def test_an_output_may_change_and_a_question_may_not(suite: pytest.Pytester) -> None:
    run(suite, "--evenhand-update").assert_outcomes(passed=2)
    file = suite.path / "test_replies.py"
    written = file.read_text()
    file.write_text(written.replace('"Said %d"', '"Told %d"'))
    run(suite).assert_outcomes(passed=2)
    file.write_text(written.replace('"Say %d"', '"Tell %d"'))
    broken = run(suite)
    broken.assert_outcomes(failed=2)
    broken.stdout.fnmatch_lines(["*was locked with another judge setup*"])


def test_a_suite_of_a_project(pytester: pytest.Pytester, server: Mock) -> None:
    write_project(pytester.path, server.url)
    pytester.makepyfile(
        """
        import evenhand

        def test_suite(assert_golden):
            assert_golden(evenhand.Project("evenhand.toml").suite("relevance"))
        """
    )
    run(pytester).assert_outcomes(failed=1)
    import evenhand

    evenhand.Project(pytester.path / "evenhand.toml").suite("relevance").lock()
    run(pytester).assert_outcomes(passed=1)


def test_outputs_without_a_score_are_no_success(suite: pytest.Pytester, server: Mock) -> None:
    run(suite, "--evenhand-update").assert_outcomes(passed=2)
    with serving(lambda _: "no answer") as silent:
        file = suite.path / "test_replies.py"
        file.write_text(file.read_text().replace(server.url, silent.url))
        broken = run(suite)
    broken.assert_outcomes(failed=2)
    broken.stdout.fnmatch_lines(["*unscored*"])


def test_the_golden_file_is_the_librarys(suite: pytest.Pytester) -> None:
    run(suite, "--evenhand-update")
    stored = json.loads(golden(suite).read_text())
    assert stored["suite"] == "replies" and len(next(iter(stored["models"].values()))["records"]) == 20
