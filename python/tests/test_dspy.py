"""A judge as a metric of DSPy."""

from __future__ import annotations

from typing import Any

import evenhand
import pytest
from mock import Fault, asked, fair, serving

dspy = pytest.importorskip("dspy", reason="dspy is not installed: make test-python installs it")

from evenhand.dspy import metric  # noqa: E402

FIELDS = {"artifact": "prediction.answer", "ground_truth": "example.question"}


class Echo(dspy.Module):  # type: ignore[misc]
    def forward(self, question: str) -> Any:
        return dspy.Prediction(answer=question.replace("Say", "Said"))


def test_a_metric_with_feedback_in_dspys_own_evaluation() -> None:
    def answer(body: dict[str, Any]) -> Any:
        return Fault(400, message="no") if "fault" in asked(body) else fair(body)

    devset = [dspy.Example(question=text).with_inputs("question") for text in ("Say A", "Say B", "WRONG C")]
    with serving(answer) as mock:
        judge = evenhand.Judge("relevance", model="openai/mock-1", base_url=mock.url)
        judged = metric(judge, FIELDS)
        given = judged(devset[2], dspy.Prediction(answer="WRONG"))
        assert (given.score, given.feedback) == (0.0, "Verdict: fail.\nIt is fail.")
        assert "Said A" not in asked(mock.requests[0])
        result = dspy.Evaluate(devset=devset, metric=judged, num_threads=2, display_progress=False)(Echo())
        assert result.score == pytest.approx(66.67, abs=0.01)
        assert any("Said A" in asked(body) for body in mock.requests)
        assert judged(devset[0], dspy.Prediction(answer="x"), trace=[]) is True
        assert judged(devset[0], dspy.Prediction(answer="x"), trace=[], pred_name="p").score == 1.0
        fault = dspy.Prediction(answer="fault")
        with pytest.raises(evenhand.UnscoredError, match="refused"):
            judged(devset[0], fault)
        told = metric(judge, FIELDS, unscored=0.5)(devset[0], fault)
        assert told.score == 0.5 and "no score" in told.feedback
