//! JavaScript's patterns in the syntax of the crate `regex`, with the same meaning.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// A pattern of JavaScript's, without flags, as one of ours.
///
/// # Errors
/// It has something that ours lack: which.
pub(super) fn translated(pattern: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push_str(&escape(&mut chars, false)?),
            '[' => class(&mut chars, &mut out)?,
            // Not at the end of a line, of which JavaScript knows four.
            '.' => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            '(' if chars.peek() == Some(&'?') => {
                let ahead: String = chars.clone().take(3).collect();
                let is_known = ahead.starts_with("?:") || (ahead.starts_with("?<") && named(&ahead));
                if !is_known {
                    return Err(format!(
                        "`({}` is not known to checks, or not to JavaScript",
                        ahead.trim_end()
                    ));
                }
                out.push(c);
            }
            other => out.push(other),
        }
    }
    Regex::new(&out).map_err(|_| "checks do not take this pattern".to_owned())?;
    Ok(out)
}

/// Whether `?<` begins a name, and no look-behind.
fn named(ahead: &str) -> bool {
    ahead.chars().nth(2).is_some_and(|c| c != '=' && c != '!')
}

fn class(chars: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let mut inner = String::new();
    let negated = chars.next_if_eq(&'^').is_some();
    loop {
        match chars.next() {
            None => return Err("a class is not closed".to_owned()),
            Some(']') => break,
            Some('\\') => inner.push_str(&escape(chars, true)?),
            // These would be operators here.
            Some(c @ ('[' | '&' | '~' | '^')) => {
                inner.push('\\');
                inner.push(c);
            }
            Some(other) => inner.push(other),
        }
    }
    match (inner.is_empty(), negated) {
        (true, true) => out.push_str("(?s:.)"),
        (true, false) => return Err("an empty class".to_owned()),
        (false, _) => {
            out.push_str(if negated { "[^" } else { "[" });
            out.push_str(&inner);
            out.push(']');
        }
    }
    Ok(())
}

/// White space as JavaScript has it.
const SPACE: &str =
    r"\t\n\x0B\x0C\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}";

fn escape(chars: &mut Peekable<Chars<'_>>, in_class: bool) -> Result<String, String> {
    let c = chars.next().ok_or("it ends with a backslash")?;
    let set = |of: &str| if in_class { of.to_owned() } else { format!("[{of}]") };
    Ok(match c {
        'd' => set("0-9"),
        'D' => "[^0-9]".to_owned(),
        'w' => set("0-9A-Za-z_"),
        'W' => "[^0-9A-Za-z_]".to_owned(),
        's' => set(SPACE),
        'S' => format!("[^{SPACE}]"),
        'b' if in_class => r"\x08".to_owned(),
        'b' => r"(?-u:\b)".to_owned(),
        'B' if !in_class => r"(?-u:\B)".to_owned(),
        't' | 'n' | 'r' | 'f' | 'v' => format!("\\{c}"),
        'x' => format!(r"\x{}", digits(chars, 2)?),
        'u' => format!(r"\u{}", digits(chars, 4)?),
        c if c.is_ascii_alphanumeric() => return Err(format!("`\\{c}` is not known to checks")),
        c if c.is_ascii() => format!("\\{c}"),
        c => c.to_string(),
    })
}

fn digits(chars: &mut Peekable<Chars<'_>>, count: usize) -> Result<String, String> {
    let found: String = chars.by_ref().take(count).collect();
    if found.len() == count && found.chars().all(|c| c.is_ascii_hexdigit()) {
        Ok(found)
    } else {
        Err("an escape without its digits".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_javascript() {
        // Pattern, text, whether JavaScript finds it: what Node 20 says.
        let cases = [
            (r"\d", "٣", false),
            (r"^\w+$", "é", false),
            (r"\bé", "xé", true),
            (r"a.b", "a\rb", false),
            (r"a[^]b", "a\nb", true),
            (r"[[\]&&-]+$", "x[&-]", true),
            (r"^\s$", "\u{FEFF}", true),
            (r"^\s$", "\u{85}", false),
            (r"\/\.\-\}", "/.-}", true),
            (r"\x41\u0042", "AB", true),
            (r"(?<year>[\d]{4})-(?:\d\d)", "1999-12", true),
            (r"[\w.]+@[^\W\d]", "a.b@c", true),
        ];
        for (pattern, text, found) in cases {
            let ours = Regex::new(&translated(pattern).unwrap()).unwrap();
            assert_eq!(ours.is_match(text), found, "{pattern} on {text:?}");
        }
    }

    #[test]
    fn what_only_one_of_them_knows_is_refused() {
        for pattern in ["(?i)a", "(?=a)", "(?<!a)b", r"(a)\1", r"\p{L}", r"\A", "[]", "a{2", r"\cA", "["] {
            assert!(translated(pattern).is_err(), "{pattern}");
        }
    }
}
