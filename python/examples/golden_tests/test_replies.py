"""The replies are as good as they were when their scores were locked.

The judge answers from `golden/replies/tickets.jsonl`, so no model is needed. After a change of the agent:

- `EVENHAND_RECORD=1 EVENHAND_JUDGE_URL=http://127.0.0.1:8080/v1 pytest` asks a model and records its replies;
- `evenhand golden review tickets` walks through the scores that changed.
"""

import json
import os
from pathlib import Path

import pytest
from help_desk import reply

import evenhand

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def judge() -> evenhand.Judge:
    return evenhand.Judge(
        "relevance",
        model="openai/qwen2.5-coder-1.5b",
        base_url=os.environ.get("EVENHAND_JUDGE_URL", "http://127.0.0.1:8080/v1"),
        reading="weighted",
        recording=HERE / "golden" / "replies" / "tickets.jsonl",
    )


def test_the_replies_are_as_good_as_locked(judge: evenhand.Judge, assert_golden: evenhand.AssertGolden) -> None:
    tickets = [json.loads(line) for line in (HERE / "tickets.jsonl").read_text().splitlines()]
    records = [
        {
            "id": ticket["id"],
            "context": f"a help desk; the ticket: {ticket['ticket']}",
            "ground_truth": ticket["wanted"],
            "artifact": reply(ticket["ticket"]),
        }
        for ticket in tickets
    ]
    assert_golden("tickets", judge.judge(records))
