"""DSPy's side: BootstrapFewShotWithRandomSearch on the parts that evenhand dealt.

    python dspy_side.py SPEC.json

SPEC holds the records of the three parts, the server's address, the seed and the sizes (see run.py).
Writes what was found, and each verdict on the validation and the test part, to SPEC's `result`.
"""

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Literal

SPEC = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
os.environ["DSPY_CACHEDIR"] = SPEC["cache"]

import dspy  # noqa: E402  (it reads the folder of its cache when it is imported)
from dspy.teleprompt import BootstrapFewShotWithRandomSearch  # noqa: E402

INPUTS = SPEC["inputs"]
CHOICES = tuple(SPEC["choices"])


def signature():
    """The question in evenhand's words: instruction, descriptions, choices."""
    fields = {name: (str, dspy.InputField(desc=text)) for name, text in INPUTS.items()}
    fields["verdict"] = (Literal[CHOICES], dspy.OutputField(desc=SPEC["output"]))
    return dspy.Signature(fields, SPEC["instruction"])


def examples(part):
    made = []
    for record in SPEC["parts"][part]:
        given = {name: record["inputs"][name] for name in INPUTS}
        made.append(dspy.Example(id=record["id"], verdict=record["label"], **given).with_inputs(*INPUTS))
    return made


def agrees(example, prediction, trace=None):
    return example.verdict == getattr(prediction, "verdict", None)


def judge(program, part):
    """The verdict on each record, None where there was no valid answer."""
    verdicts = {}
    for example in examples(part):
        try:
            verdicts[example.id] = program(**example.inputs()).verdict
        except Exception as error:  # DSPy's own evaluation counts these as wrong
            print(example.id, type(error).__name__, str(error)[:200], file=sys.stderr)
            verdicts[example.id] = None
    return verdicts


def served(part):
    """Calls of another part of the experiment are counted under another name."""
    return dspy.LM(
        "openai/judge", api_base=f"{SPEC['server']}/c/{SPEC['cell']}.{part}/v1", api_key="none",
        temperature=0.0, max_tokens=64, timeout=3600, num_retries=0, cache=True,
    )


def main():
    dspy.configure(lm=served("search"))
    student = dspy.Predict(signature())
    train = examples("train")
    # The optimizer's own seeds are fixed (-3, -2, ...): the order of the records is what a seed can change.
    random.Random(SPEC["seed"]).shuffle(train)
    optimizer = BootstrapFewShotWithRandomSearch(
        metric=agrees, max_bootstrapped_demos=SPEC["harvested"], max_labeled_demos=SPEC["demos"],
        num_candidate_programs=SPEC["candidates"], num_threads=1,
    )
    best = optimizer.compile(student, trainset=train, valset=examples("validation"))
    tried = [{"seed": tried["seed"], "score": tried["score"], "demos": len(tried["program"].demos)}
             for tried in best.candidate_programs]
    found = {"tried": tried, "demos": len(best.demos), "validation": judge(best, "validation")}
    with dspy.context(lm=served("test")):
        found["test"] = judge(best, "test")
    with dspy.context(lm=served("zero")):
        found["zero"] = judge(student.reset_copy(), "test")
    if "further" in SPEC["parts"]:
        with dspy.context(lm=served("further")):
            found["further"] = judge(best, "further")
    found["dspy"] = dspy.__version__
    found["at"] = time.strftime("%Y-%m-%d")
    Path(SPEC["result"]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
