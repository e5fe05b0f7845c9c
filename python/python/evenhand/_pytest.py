"""The pytest plugin: quality as an assertion.

A test judges its outputs, from recorded replies wherever no model can be asked, and ends with `assert_golden`. It fails
where a paired test says that the scores are worse than those locked in `golden/NAME.json`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from evenhand._errors import Error
from evenhand._evenhand import hold
from evenhand._judge import Judgments
from evenhand._project import Suite
from evenhand._records import as_json

_OUTPUTS = ("artifact", "response", "answer", "output", "trajectory")
_VARIABLE = "EVENHAND_UPDATE"


@dataclass(frozen=True)
class GoldenCheck:
    """What `assert_golden` found where it holds."""

    conclusion: str
    """`pass`, `improvement`, or `undecided`."""
    found: Mapping[str, Any]
    """All that was compared: conclusion, diff, gates, records."""


class AssertGolden:
    """The fixture `assert_golden`."""

    def __init__(self, folder: Path, record_property: Callable[[str, object], None]) -> None:
        self._folder = folder
        self._record = record_property

    def __call__(
        self,
        name: str | Suite,
        judgments: Judgments | None = None,
        *,
        output: str | None = None,
        ids: Sequence[str] | None = None,
        prove: float | None = None,
        policy: Literal["statistical", "strict", "both"] | None = None,
        tolerance: float | None = None,
        max_unscored: float | None = None,
        every_record: bool = False,
        watch: Literal["subject", "judge"] = "subject",
        let_inconclusive_pass: bool = False,
    ) -> GoldenCheck:
        """Compares what was judged with `golden/NAME.json`, and fails the test where the scores are worse, too few, or
        not comparable. A suite of a project is judged and checked as `evenhand check SUITE` does.

        Args:
            name: The golden file's name; or a suite, and nothing else.
            judgments: What was judged.
            output: The record's field that is the output; by default the one of `artifact`, `response`, `answer`,
                `output` and `trajectory` that the signature has. If another input changes, scores are not comparable.
            ids: An id for each record; by default its field `id`, or its place.
            prove: Asks for a proof that the mean score is worse by no more than this.
            policy: What fails: by default what the test calls worse.
            tolerance: Scores that differ by no more than this are the same; 0.005 by default.
            max_unscored: The largest share of records without a score by which the rest still counts; 0.1 by default.
            every_record: Fails on every score that changed.
            watch: `judge` compares the judge's prompt and parameters instead of the outputs.
            let_inconclusive_pass: Lets pass what cannot be proved at this number of records.
        """
        __tracebackhide__ = True
        if isinstance(name, Suite):
            return self._suite(name)
        if judgments is None:
            raise TypeError("assert_golden(NAME, JUDGMENTS): what was judged is missing")
        wish = {
            "name": name,
            "folder": self._folder,
            "judged": _judged(judgments, output, ids),
            "prove": prove,
            "policy": policy,
            "tolerance": tolerance,
            "max_unscored": max_unscored,
            "every_record": every_record,
            "watch_judge": watch == "judge",
            "let_inconclusive_pass": let_inconclusive_pass,
        }
        opened = judgments.judge._open()  # pyright: ignore[reportPrivateUsage]
        try:
            found = json.loads(hold(opened, as_json(wish)))
        except Error as error:
            self._record(f"evenhand.{name}.conclusion", "not comparable")
            pytest.fail(str(error), pytrace=False)
        checked: dict[str, Any] = found["checked"] or {}
        self._tell(name, checked)
        if not found["holds"]:
            pytest.fail(found["text"], pytrace=False)
        return GoldenCheck(checked["conclusion"], checked)

    def _suite(self, suite: Suite) -> GoldenCheck:
        __tracebackhide__ = True
        try:
            check = suite.check()
        except Error as error:
            pytest.fail(str(error), pytrace=False)
        found = check.to_dict()
        self._tell(suite.name, found)
        if not check.holds:
            pytest.fail(check.text, pytrace=False)
        return GoldenCheck(str(check.conclusion), found)

    def _tell(self, name: str, checked: Mapping[str, Any]) -> None:
        """Properties of the test in JUnit XML."""
        if not checked:
            return
        told: dict[str, object] = {
            "conclusion": checked["conclusion"],
            "records": checked["records"],
            "passed": checked["passed"]["count"],
            "unscored": sum(checked["unscored"].values()),
        }
        diff: Mapping[str, Any] = checked.get("diff") or {}
        whole: Mapping[str, Any] = diff.get("whole") or {}
        told |= {"golden_mean": whole.get("golden_mean"), "mean": whole.get("new_mean"), "p_value": whole.get("p_value")}
        for key, value in told.items():
            if value is not None:
                self._record(f"evenhand.{name}.{key}", value)


def _judged(judgments: Judgments, output: str | None, ids: Sequence[str] | None) -> list[dict[str, Any]]:
    judge = judgments.judge
    fields = judge.fields
    inputs = {name: fields.get(name, name) for name in judge.inputs}
    if output is None:
        output = next((inputs[name] for name in _OUTPUTS if name in inputs), None)
        if output is None:
            raise Error(
                f"which of {', '.join(inputs)} is the output?", help="assert_golden(NAME, JUDGMENTS, output=FIELD)"
            )
    records = judgments.records
    if ids is None:
        have = all("id" in record for record in records)
        ids = [str(record["id"]) if have else str(place) for place, record in enumerate(records)]
    if len(ids) != len(records):
        raise Error(f"there are {len(records)} records and {len(ids)} ids")
    return [
        {
            "id": id_,
            "outcome": judgment.outcome,
            "asked": {name: record.get(field) for name, field in inputs.items() if field != output},
            "output": record.get(output),
        }
        for id_, judgment, record in zip(ids, judgments, records, strict=True)
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("evenhand")
    group.addoption(
        "--evenhand-update",
        action="store_true",
        help="lock the scores of assert_golden anew, in golden/NAME.json; never in continuous integration",
    )
    parser.addini("evenhand_folder", "the folder in which `golden` lies; the root folder by default", default="")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--evenhand-update"):
        if _in_ci():
            raise pytest.UsageError(
                "--evenhand-update writes golden files, and this is CI: nobody would review what it writes"
            )
        os.environ[_VARIABLE] = "always"


def _in_ci() -> bool:
    """As the library tells it."""
    ci = os.environ.get("CI")
    return "TF_BUILD" in os.environ if ci is None else ci not in ("", "0", "false")


@pytest.fixture
def assert_golden(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Iterator[AssertGolden]:
    """Compares what was judged with a golden file: `assert_golden(NAME, JUDGMENTS)`, or `assert_golden(SUITE)`."""
    config = request.config
    folder = config.rootpath / str(config.getini("evenhand_folder"))
    yield AssertGolden(folder, record_property)
