"""Writes tests/text_metrics/cases.json: texts of our own, and what sacrebleu, rouge-score and strsimpy say of them.

    pip install sacrebleu==2.6.0 rouge-score==0.1.2 strsimpy==0.2.1
    python benches/text_metrics.py
"""

import json
import random
from importlib.metadata import version
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF
from strsimpy.normalized_levenshtein import NormalizedLevenshtein

CASES = [
    ("The order was shipped on Monday.", ["The order was shipped on Monday."]),
    ("The order was shipped on Monday.", ["The order left on Monday.", "Your order was shipped Monday morning."]),
    ("the ORDER was shipped", ["The order was Shipped."]),
    ("", ["The order was shipped."]),
    ("   ", ["The order was shipped."]),
    ("shipped", ["The order was shipped."]),
    ("yes", ["no"]),
    ("yes", ["yes"]),
    ("It is is is is it.", ["It is what it is."]),
    ("Refund of $1,234.50 (order R-881), 3-5 days; 10% off.", ["A refund of $1,234.50, order R-881: 3-5 days, 10 % off!"]),
    ("He said \"no\" & left -- at 9.30, e.g. by bus...", ["He said &quot;no&quot; &amp; left at 9:30, e.g. by bus."]),
    ("Zur Straße gehört ein Müllwagen – über 3 m hoch.", ["Zur STRASSE gehört ein Müllwagen, über 3 m hoch."]),
    ("Заказ отправлен в понедельник.", ["Заказ был отправлен в понедельник."]),
    ("订单已于星期一发货。", ["订单在星期一已经发货。"]),
    ("Ο ΣΑΣ και ο ΦΊΛΟΣ", ["ο σας και ο φίλος"]),
    ("naïve café — déjà vu 👍🏽", ["naive cafe - deja vu 👍"]),
    ("İstanbul'da ﬁnans İŞİ", ["istanbul'da finans işi"]),
    ("line one\nline two-\nwrapped\tand a tab", ["line one line twowrapped and a tab", "line one\nline two"]),
    ("a<skipped>b c", ["ab c"]),
    ("(hi) [there] 'you' - x", ["hi there you x", "(hi) there, 'you' x"]),
    ("1.5, 2.5,3 .5 4-5 a-b", ["1.5 , 2.5 , 3 .5 4 - 5 a - b"]),
    ("one two three", ["one two three four five six seven eight"]),
    ("one two three four five six seven eight", ["one two three"]),
    ("a b c d e f g", ["a x b x c x d", "g f e d c b a"]),
    ("no\u00a0break and\u2003em space\u200band zero width", ["no break and em space and zero width"]),
    ("tab\x1cfile\x1dgroup\x1erecord\x1funit", ["tab file group record unit"]),
    ("the cat the cat the cat", ["the cat sat on the mat", "there is a cat on the mat"]),
    ("Ｆｕｌｌ ｗｉｄｔｈ １２３", ["Full width 123"]),
    ("{\"a\": [1, 2]}", ["{\"a\":[1,2]}"]),
    ("e\u0301 is not \u00e9", ["\u00e9 is not e\u0301"]),
]

WORDS = "the a order was is shipped late 3 4.50 R-7 (now) refund, no. to you! über день x".split()


def drawn(number):
    """Random texts of words that come again, so that n-grams are clipped."""
    dice = random.Random(7)

    def text(most):
        return " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, most)))

    return [(text(14), [text(14) for _ in range(dice.randint(1, 3))]) for _ in range(number)]


def corpus(metric, cases):
    streams = max(len(references) for _, references in cases)
    padded = [[references[at] if at < len(references) else None for _, references in cases] for at in range(streams)]
    return metric.corpus_score([output for output, _ in cases], padded).score / 100


def main():
    cases = CASES + drawn(60)
    rouge = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    edit = NormalizedLevenshtein()
    written, of_all = [], {}
    for lower in (False, True):
        sentence = {"bleu": BLEU(effective_order=True, lowercase=lower), "chrf": CHRF(lowercase=lower),
                    "chrf++": CHRF(word_order=2, lowercase=lower)}
        whole = {**sentence, "bleu": BLEU(lowercase=lower)}
        for name, metric in whole.items():
            of_all[f"{name}{' ignore_case' if lower else ''}"] = corpus(metric, cases)
        for at, (output, references) in enumerate(cases):
            if not lower:
                written.append({"output": output, "references": references, "values": {}})
            values = written[at]["values"]
            for name, metric in sentence.items():
                values[f"{name}{' ignore_case' if lower else ''}"] = metric.sentence_score(output, references).score / 100
            if lower:
                both = [(output.lower(), reference.lower()) for reference in references]
                values["edit_similarity ignore_case"] = max(edit.similarity(*pair) for pair in both)
                continue
            values["edit_similarity"] = max(edit.similarity(output, reference) for reference in references)
            for name, found in rouge.score_multi(references, output).items():
                values[name] = found.fmeasure
                values[f"{name} precision"] = found.precision
                values[f"{name} recall"] = found.recall
    by = {name: version(name) for name in ("sacrebleu", "rouge-score", "strsimpy")}
    text = json.dumps({"by": by, "of_all": of_all, "cases": written}, ensure_ascii=False, indent=1)
    place = Path(__file__).parent.parent / "tests/text_metrics/cases.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(text + "\n")


main()
