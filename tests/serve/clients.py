"""The public Python clients of both forms, against `evenhand serve`: clients.py ADDRESS."""

import sys

import openai
import typesafe_sdk as typesafe

address = sys.argv[1]

client = openai.OpenAI(base_url=f"http://{address}/v1", api_key="none", max_retries=0)
decision = client.decisions.create(
    model="polite",
    input="please wait",
    questions=[
        {"type": "choice", "name": "verdict", "instructions": "Is it polite?",
         "choices": [{"value": "yes"}, {"value": "no"}]},
        {"type": "predicate", "name": "polite", "instructions": "It is polite."},
    ],
)
choice, predicate = decision.answers
assert choice.choice == "yes" and abs(choice.probabilities[0].probability - 0.87) < 1e-9, choice
assert abs(predicate.probability - 0.87) < 1e-9, predicate
assert [model.id for model in client.models.list()] == ["polite"]
try:
    client.decisions.create(model="nobody", input="a", questions=[
        {"type": "predicate", "instructions": "It is polite."}])
    raise AssertionError("an unknown model was answered")
except openai.NotFoundError as error:
    assert error.code == "model_not_found", error

with typesafe.TypeSafeClient(base_url=f"http://{address}", api_key="none", model="polite", compression=False) as client:
    result = client.system_one(
        state={"text": "go away"},
        questions={
            "verdict": typesafe.Choice(instructions="Is it polite?", criteria={"yes": None, "no": None}),
            "polite": typesafe.Noul(instructions="Is it polite?"),
        },
    )
    assert result.choices["verdict"].choice == "no", result
    assert abs(result.nouls["polite"].noul - 0.13) < 1e-9, result
    assert [model.name for model in client.models.list().models] == ["polite"]
    try:
        client.system_one(state={"other": "a"}, questions={"polite": typesafe.Noul(instructions="Is it?")})
        raise AssertionError("an unknown input was taken")
    except typesafe.TypeSafeUnprocessableEntityError as error:
        assert "text" in str(error), error
print("both clients are answered")
