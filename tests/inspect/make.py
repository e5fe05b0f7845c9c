"""Writes the logs of this folder with inspect_ai: python make.py (made with 0.3.285 or newer; no model is asked)."""

import os
import tempfile
from pathlib import Path

from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import NOANSWER, PARTIAL, Score, accuracy, includes, match, mean, model_graded_qa, scorer
from inspect_ai.solver import generate, solver


def says(texts):
    """A model that says these texts, one after the other."""
    texts = iter(texts)

    def answer(*_):
        output = ModelOutput.from_content("mockllm/model", next(texts))
        output.usage = ModelUsage(input_tokens=5, output_tokens=2, total_tokens=7)
        return output

    return get_model("mockllm/model", custom_outputs=answer)


@solver
def failing():
    async def solve(state, ask):
        if state.sample_id == "italy" and state.epoch == 2:
            raise RuntimeError("the tool is down")
        return await ask(state)

    return solve


@scorer(metrics={"*": [mean()]})
def aspects():
    async def score(state, target):
        return Score(value={"words": len(state.output.completion.split()), "polite": True})

    return score


@scorer(metrics=[accuracy()])
def grades():
    async def score(state, target):
        if state.sample_id == 3:
            return Score.unscored(reason="the answer is too short to grade")
        return Score(value=PARTIAL if state.epoch == 1 else NOANSWER)

    return score


@scorer(metrics=[mean()])
def share():
    async def score(state, target):
        return Score(value=0.25 * state.epoch)

    return score


DATASET = MemoryDataset(
    [
        Sample(id="france", input="Capital of France?", target="Paris", metadata={"topic": "west"}),
        Sample(id="italy", input="Capital of Italy? " + "Think of the town on seven hills. " * 8, target=["Rome", "Roma"]),
        Sample(id=3, input="Capital of Spain?", target="Madrid"),
    ]
)

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    task = Task(
        dataset=DATASET,
        solver=[failing()],
        scorer=[
            match(),
            includes(),
            model_graded_qa(model=says(["Good.\nGRADE: C", "Hm.\nGRADE: I"] * 9)),
            aspects(),
            grades(),
            share(),
        ],
        epochs=2,
        name="capitals",
    )
    [log] = evaluate(
        task,
        model=says(["Paris", "It is Rome", "Lisbon", "In Paris", "Madrid"]),
        log_dir=folder,
        fail_on_error=False,
        display="none",
        max_samples=1,
    )
    log = read_eval_log(log.location)

for sample in log.samples:
    sample.events = []
    if sample.error:
        sample.error.traceback = sample.error.traceback_ansi = ""
log.eval.revision = None
here = Path(__file__).parent
for form in ("json", "eval"):
    write_eval_log(log, str(here / f"capitals.{form}"), format=form)
