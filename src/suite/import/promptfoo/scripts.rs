//! The JavaScript of assertions, where it says what a check says: which words an output has, how long it is, which values
//! its JSON holds. Anything else is left alone.

use serde_json::{Value, json};

use super::parts::{Is, check, contains, pattern};

/// The checks that hold exactly where the code is true; `None` where that is not certain.
pub(super) fn checks(code: &str) -> Option<Vec<Is>> {
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let code = lines.collect::<Vec<_>>().join(" ");
    let mut code = code.trim().trim_end_matches(';').trim();
    code = code.strip_prefix("return ").unwrap_or(code).trim();
    for ending in ["? 1 : 0", "? true : false"] {
        code = code.strip_suffix(ending).unwrap_or(code).trim();
    }
    all(code)
}

fn all(code: &str) -> Option<Vec<Is>> {
    let code = bare(code);
    let alternatives = split(code, "||")?;
    if alternatives.len() > 1 {
        return any(&alternatives).map(|is| vec![is]);
    }
    let parts = split(code, "&&")?;
    if let [only] = parts.as_slice() {
        return one(only).map(|is| vec![is]);
    }
    Some(parts.into_iter().map(all).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

/// One of several words.
fn any(alternatives: &[&str]) -> Option<Is> {
    let (words, ignore_case) = words(alternatives)?;
    Some(contains(&words, "any", ignore_case))
}

/// Words that all leave case out of account, or all do not.
fn words(each: &[&str]) -> Option<(Vec<String>, bool)> {
    let words: Vec<(String, bool)> = each.iter().map(|code| word(bare(code))).collect::<Option<_>>()?;
    let ignore_case = words.first()?.1;
    let same = words.iter().all(|(_, ignores)| *ignores == ignore_case);
    same.then(|| (words.into_iter().map(|(word, _)| word).collect(), ignore_case))
}

fn one(code: &str) -> Option<Is> {
    if let Some(code) = code.strip_prefix('!') {
        let code = bare(code);
        let inner = if code.contains("||") { split(code, "||")? } else { vec![code] };
        let (words, ignore_case) = words(&inner)?;
        return Some(contains(&words, "none", ignore_case));
    }
    if let Some((word, ignore_case)) = word(code) {
        return Some(contains(&[word], "all", ignore_case));
    }
    if code == "output" {
        return Some(check(json!({ "kind": "length", "min": 1, "unit": "utf16" })));
    }
    if let Some(rest) = code.strip_prefix("output.length") {
        return length(rest.trim());
    }
    for (call, before, after) in [("output.startsWith(", r"\A", ""), ("output.endsWith(", "", r"\z")] {
        if let Some(word) = code.strip_prefix(call).and_then(|rest| rest.strip_suffix(')')).and_then(text) {
            return Some(pattern(&format!("{before}{}{after}", regex::escape(&word)), false));
        }
    }
    of_json(code)
}

/// A word that the output has, and whether its case is left out of account.
fn word(code: &str) -> Option<(String, bool)> {
    let rest = code.strip_prefix("output")?;
    let (rest, lowered) = match rest.strip_prefix(".toLowerCase()") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let word = text(rest.strip_prefix(".includes(")?.strip_suffix(')')?)?;
    // A word with capitals is in no text without them.
    let is_found = !lowered || word.to_lowercase() == word;
    (is_found && !word.is_empty()).then_some((word, lowered))
}

/// How long an output is, as JavaScript counts.
fn length(code: &str) -> Option<Is> {
    let at = code.find(|c: char| !"<>=".contains(c))?;
    let (operator, number) = code.split_at_checked(at)?;
    let number: u64 = number.trim().parse().ok()?;
    let (min, max) = match operator {
        ">" => (Some(number.checked_add(1)?), None),
        ">=" => (Some(number), None),
        "<" => (None, Some(number.checked_sub(1)?)),
        "<=" => (None, Some(number)),
        "===" | "==" => (Some(number), Some(number)),
        _ => return None,
    };
    let mut table = json!({ "kind": "length", "unit": "utf16" });
    for (key, value) in [("min", min), ("max", max)] {
        if let (Some(value), Some(table)) = (value, table.as_object_mut()) {
            table.insert(key.to_owned(), json!(value));
        }
    }
    Some(check(table))
}

/// What a value of an output's JSON is.
fn of_json(code: &str) -> Option<Is> {
    if let Some((list, path)) =
        code.strip_suffix(')').and_then(|code| code.split_once(".includes(JSON.parse(output)"))
    {
        let inner = list.strip_prefix('[')?.strip_suffix(']')?;
        let values = split(inner, ",")?.into_iter().map(literal).collect::<Option<Vec<_>>>()?;
        return schema(path, &json!({ "enum": values }));
    }
    let (path, value) = code.strip_prefix("JSON.parse(output)")?.split_once("===")?;
    schema(path.trim(), &json!({ "const": literal(value)? }))
}

/// A value at a path: `.a.b[0]`.
fn schema(path: &str, value: &Value) -> Option<Is> {
    let mut steps: Vec<Result<String, usize>> = Vec::new();
    for step in path.strip_prefix('.')?.split('.') {
        let (name, place) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((name, place)) => (name, Some(place.parse::<usize>().ok()?)),
            None => (step, None),
        };
        let is_name = !name.is_empty()
            && name != "length"
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
        steps.push(Ok(is_name.then(|| name.to_owned())?));
        steps.extend(place.map(Err));
    }
    let inner = steps.into_iter().rev().fold(value.clone(), |inner, step| match step {
        Ok(name) => json!({ "type": "object", "required": [name], "properties": { name: inner } }),
        Err(place) => {
            let mut items = vec![json!({}); place];
            items.push(inner);
            json!({ "type": "array", "minItems": place + 1, "prefixItems": items })
        }
    });
    Some(check(json!({ "kind": "json_schema", "schema": inner })))
}

fn literal(code: &str) -> Option<Value> {
    let code = code.trim();
    match code {
        "true" | "false" | "null" => serde_json::from_str(code).ok(),
        _ => text(code).map(Value::String).or_else(|| {
            let number: f64 = code.parse().ok()?;
            code.starts_with(|c: char| c.is_ascii_digit() || c == '-').then(|| json!(number))
        }),
    }
}

/// A text between quotation marks, without anything that is escaped but quotation marks.
fn text(code: &str) -> Option<String> {
    let code = code.trim();
    let mark = code.chars().next().filter(|mark| "'\"`".contains(*mark))?;
    let inner = code.get(1..code.len().checked_sub(1)?).filter(|_| code.len() > 1 && code.ends_with(mark))?;
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(|c| "'\"\\`".contains(*c))?),
            c if c == mark => return None,
            '$' if mark == '`' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}

/// Code without the brackets around all of it.
fn bare(code: &str) -> &str {
    let code = code.trim();
    let inner = code.strip_prefix('(').and_then(|code| code.strip_suffix(')'));
    match inner {
        Some(inner) if split(inner, "\0").is_some() => bare(inner),
        _ => code,
    }
}

/// Code at an operator that stands outside of brackets and texts; `None` if these do not match.
fn split<'a>(code: &'a str, operator: &str) -> Option<Vec<&'a str>> {
    let (mut parts, mut start, mut depth, mut mark) = (Vec::new(), 0, 0_i32, None);
    let mut skip = false;
    for (at, c) in code.char_indices() {
        if std::mem::take(&mut skip) {
            continue;
        }
        match (mark, c) {
            (Some(_), '\\') => skip = true,
            (Some(open), c) if open == c => mark = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => mark = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth -= 1;
                if depth < 0 {
                    return None;
                }
            }
            _ if depth == 0 && at >= start && code.get(at..)?.starts_with(operator) => {
                parts.push(code.get(start..at)?.trim());
                start = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(code.get(start..)?.trim());
    (depth == 0 && mark.is_none()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(code: &str) -> Value {
        let each = checks(code).unwrap_or_default().into_iter().map(|is| match is {
            Is::Check { mut table, own } => {
                if let Some((key, value)) = own {
                    table.insert(key.to_owned(), value);
                }
                Value::Object(table)
            }
            Is::Judge { .. } => Value::Null,
        });
        Value::Array(each.collect())
    }

    #[test]
    fn plain_conditions_become_checks() {
        let has = |needs: &str, lowered: bool, words: &[&str]| json!({ "kind": "contains", "needs": needs, "ignore_case": lowered, "expected": words });
        assert_eq!(tables("output.includes('a || b')"), json!([has("all", false, &["a || b"])]));
        assert_eq!(
            tables(
                "// one of them\nreturn (output.toLowerCase().includes(\"x\") || output.toLowerCase().includes('it\\'s'));"
            ),
            json!([has("any", true, &["x", "it's"])])
        );
        assert_eq!(
            tables("!output.includes('a') && output.length <= 280 ? 1 : 0"),
            json!([has("none", false, &["a"]), { "kind": "length", "unit": "utf16", "max": 280 }])
        );
        assert_eq!(
            tables("output && output.startsWith('A.')"),
            json!([{ "kind": "length", "min": 1, "unit": "utf16" }, { "kind": "regex", "pattern": r"\AA\.", "absent": false }])
        );
        let schema = |schema: Value| json!([{ "kind": "json_schema", "schema": schema }]);
        assert_eq!(
            tables("JSON.parse(output).a[1].b === true"),
            schema(json!({ "type": "object", "required": ["a"], "properties": { "a": {
                "type": "array", "minItems": 2, "prefixItems": [{}, {
                    "type": "object", "required": ["b"], "properties": { "b": { "const": true } } }] } } }))
        );
        assert_eq!(
            tables("['x', 2].includes(JSON.parse(output).k)"),
            schema(
                json!({ "type": "object", "required": ["k"], "properties": { "k": { "enum": ["x", 2.0] } } })
            )
        );
    }

    #[test]
    fn what_is_not_certain_is_left_alone() {
        for code in [
            "output.toLowerCase().includes('X')",
            "output.length < 180 ? 1 : 0.5",
            "output.includes(`${word}`)",
            "output.includes('a') || output.length > 3",
            "output.name === 'x'",
            "JSON.parse(output).n == 3",
            "JSON.parse(output).list.length === 3",
            "const a = output; return a.includes('x')",
            "output.trim().length > 3",
            "!output.length > 3",
            "output.includes('a')) && (output.includes('b')",
            "1 / output.length",
        ] {
            assert!(checks(code).is_none(), "{code}");
        }
    }
}
