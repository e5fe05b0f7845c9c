"""What users write, read by type checkers: it is not run."""

from dataclasses import dataclass
from typing import Annotated, Literal

import evenhand
from evenhand import Field
from typing_extensions import assert_type


@dataclass
class Verdict:
    reasoning: Annotated[str, "One sentence.", Field(max_length=300)]
    verdict: Annotated[Literal["pass", "fail"], "pass if it is polite."]


@evenhand.signature(Verdict, labels={"pass": 1, "fail": 0})
@dataclass
class Polite:
    """Judge whether the reply is polite."""

    reply: Annotated[str, "The reply."]


def suites() -> None:
    project = evenhand.Project("evenhand.toml", env={"CI": "true"})
    run = project.suite("relevance").run(limit=100, reading="weighted", strategy={"name": "re_read"})
    assert_type(run.summary.kappa, float | None)
    assert_type(run.summary.pass_rate, evenhand.Rate)
    print(run.to_arrow().num_rows, run.to_pandas().shape, run.html("report.html"))


async def judges() -> None:
    judge = evenhand.Judge(Polite, model="openai/x", base_url="http://127.0.0.1:8080/v1", parallel=4)
    out = judge.judge([Polite("Gladly!"), {"reply": "No."}])
    assert_type(out.scores, list[float | None])
    assert_type(out.unscored, list[evenhand.Unscored | None])
    assert_type(out.answers_as(Verdict), list[Verdict | None])
    one = await judge.ajudge({"reply": "Gladly!"})
    assert_type(one, evenhand.Judgment)
    assert_type(evenhand.Signature.of(Polite).fingerprint, str)
