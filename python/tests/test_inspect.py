"""A judge as a scorer of Inspect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import evenhand
import pytest
from mock import Fault, asked, fair, serving

inspect_ai = pytest.importorskip("inspect_ai", reason="inspect-ai is not installed: make test-python installs it")

from evenhand.inspect_ai import judged  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402


def test_a_scorer_in_inspects_own_evaluation(tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> Any:
        return Fault(400, message="no") if "third" in asked(body) else fair(body)

    outputs = [ModelOutput.from_content("mockllm/model", text) for text in ("The first.", "WRONG", "The third.")]
    for output in outputs:
        output.usage = ModelUsage()  # Or the mock would fetch a tokenizer to count by.
    samples = [Sample(input=f"Say {target}", target=target, metadata={"context": "a test"}) for target in ("a", "b", "c")]
    with serving(answer) as mock:
        judge = evenhand.Judge("relevance", model="openai/mock-1", base_url=mock.url)
        task = inspect_ai.Task(dataset=samples, scorer=judged(judge))
        model = get_model("mockllm/model", custom_outputs=outputs)
        [log] = inspect_ai.eval(task, model=model, log_dir=str(tmp_path), display="none", max_samples=1)
    assert log.status == "success", log.error
    assert all("a test" in asked(body) for body in mock.requests)
    scores = [sample.scores["judged"] for sample in log.samples]
    assert [score.value for score in scores[:2]] == [1.0, 0.0]
    assert scores[2].value != scores[2].value and "no" in scores[2].explanation, "unscored stays unscored"
    assert scores[0].metadata["verdict"] == "pass" and scores[0].explanation == "It is pass."
    [summed] = log.results.scores
    assert summed.metrics["mean"].value == 0.5
    assert (summed.scored_samples, summed.unscored_samples) == (2, 1)
