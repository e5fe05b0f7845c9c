//! The claims of an answer: whether each one's quote stands in the source, and the verdict that they make together.

use serde_json::{Map, Value};

use super::quoting::{squeeze, text};
use super::score::Evidence;
use crate::number::real;
use crate::signature::Scale;

/// The verdict on an answer without claims. It decides nothing.
pub(crate) const NO_CLAIMS: &str = "no claims";

/// What is said of one claim.
struct Claim<'a> {
    /// The claim itself.
    said: &'a str,
    verdict: &'a str,
    /// The words of the source, white space squeezed; `None` where the claim has no place for them.
    quote: Option<String>,
    /// Whether the quote stands in the source. An empty one does not.
    found: bool,
}

impl Claim<'_> {
    /// Whether it counts as supported: it is called so, and its quote is one.
    fn is_supported(&self) -> bool {
        self.verdict == SUPPORTED && self.found
    }
}

const SUPPORTED: &str = "supported";

/// Every claim. Its quote is looked for in the source alone, because a judge can quote the response too.
fn read<'a>(answer: &'a Value, inputs: &Map<String, Value>) -> Vec<Claim<'a>> {
    let source = inputs.get("source").map(|source| squeeze(&text(source))).unwrap_or_default();
    let claims = answer.get("claims").and_then(Value::as_array).into_iter().flatten();
    claims
        .map(|claim| {
            let part = |name: &str| claim.get(name).and_then(Value::as_str);
            let quote = part("quote").map(squeeze);
            let found = quote.as_ref().is_some_and(|quote| !quote.is_empty() && source.contains(quote));
            let said = part("claim").unwrap_or_default().trim_end_matches('.');
            Claim { said, verdict: part("verdict").unwrap_or_default(), quote, found }
        })
        .collect()
}

/// What is said of single claims: `It is 52 m high: supported, "52 metres high"`. A claim that is called supported
/// without a quote is not found. Any other claim without a quote is left out: there is nothing to look for.
pub(super) fn evidence(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    if !inputs.contains_key("source") {
        return Vec::new();
    }
    let told = |Claim { said, verdict, quote, found }: Claim<'_>| {
        let quote = quote?;
        if quote.is_empty() {
            let unquoted = Evidence { quote: format!("{said}: {verdict}, no quote"), found: false };
            return (verdict == SUPPORTED).then_some(unquoted);
        }
        Some(Evidence { quote: format!("{said}: {verdict}, \"{quote}\""), found })
    };
    read(answer, inputs).into_iter().filter_map(told).collect()
}

/// The verdict by the claims: the best one of the scale where every claim is supported, and else the worst. The score is
/// the share of the supported ones. Without a claim there is nothing to count: the verdict decides nothing.
pub(super) fn verdict(answer: &Value, inputs: &Map<String, Value>, scale: &Scale) -> (String, Option<f64>) {
    let claims = read(answer, inputs);
    if claims.is_empty() {
        return (NO_CLAIMS.to_owned(), None);
    }
    let supported = claims.iter().filter(|claim| claim.is_supported()).count();
    let worth = |label: &&crate::signature::Label| label.value.unwrap_or(f64::NAN);
    let valued = scale.labels().iter().filter(|label| label.value.is_some());
    let label = if supported == claims.len() {
        valued.max_by(|a, b| worth(a).total_cmp(&worth(b)))
    } else {
        valued.min_by(|a, b| worth(a).total_cmp(&worth(b)))
    };
    let name = label.map(|label| label.name.clone()).unwrap_or_default();
    (name, Some(real(supported) / real(claims.len())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signature::bundled;

    fn claim(quote: &str, verdict: &str) -> Value {
        json!({"claim": "C", "quote": quote, "verdict": verdict})
    }

    #[test]
    fn the_quote_of_a_claim_is_looked_for_in_the_source_alone() {
        let inputs = json!({"source": "It is 52 metres\n  high.", "response": "It is 52 m high and white."});
        let answer = json!({"claims": [
            claim("52 metres high", "supported"),
            claim("52 m high", "supported"),
            claim(" ", "supported"),
            claim("", "missing"),
            {"claim": "without a quote of its own"},
        ]});
        let evidence = evidence(&answer, inputs.as_object().unwrap());
        let told: Vec<_> = evidence.iter().map(|one| (one.quote.as_str(), one.found)).collect();
        assert_eq!(
            told,
            [
                ("C: supported, \"52 metres high\"", true),
                ("C: supported, \"52 m high\"", false),
                ("C: supported, no quote", false),
            ]
        );
        let without = json!({"response": "It is 52 m high and white."});
        assert_eq!(super::evidence(&answer, without.as_object().unwrap()), []);
    }

    #[test]
    fn the_score_is_the_share_of_claims_whose_support_stands_in_the_source() {
        let inputs = json!({"source": "It is 52 metres\n  high and white."});
        let scale = bundled("groundedness").unwrap().scale.unwrap();
        let said = |claims: Value| {
            verdict(&json!({"claims": claims, "verdict": "grounded"}), inputs.as_object().unwrap(), &scale)
        };
        let good = || claim("52 metres high", "supported");
        assert_eq!(said(json!([good(), claim("white", "supported")])), ("grounded".into(), Some(1.0)));
        let invented = claim("painted white", "supported");
        assert_eq!(said(json!([good(), invented])), ("ungrounded".into(), Some(0.5)));
        let three =
            json!([good(), claim("", "missing"), claim("white", "contradicted"), claim("", "supported")]);
        assert_eq!(said(three), ("ungrounded".into(), Some(0.25)));
        assert_eq!(said(json!([])), (NO_CLAIMS.into(), None));
        assert_eq!(said(json!([claim("", "missing")])), ("ungrounded".into(), Some(0.0)));
    }
}
