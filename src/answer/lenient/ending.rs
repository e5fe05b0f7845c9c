//! Where a string ends whose quotes are unescaped, missing, or of another kind.

use super::lookahead::{Around, Open, ends_value, is_quote, key_ahead, names_field};
use super::reader::{Broken, Quoting, Reader, StringRole};
use super::text::{Draft, Quote};
use crate::answer::fault::Repair;

impl Reader<'_> {
    /// A closing quote stands here; passes over it, and tells whether the string ends with it.
    pub(super) fn closes(
        &mut self,
        draft: &mut Draft,
        quote: Quote,
        char: char,
        place: StringRole<'_>,
    ) -> Result<bool, Broken> {
        let after = self.at + char.len_utf8();
        let own = char == '"' || quote != Quote::Double;
        if self.quoting == Quoting::Exact {
            return Ok(self.closes_exactly(draft, char));
        }
        let inside_smart =
            matches!(char, '”' | '“') && quote == Quote::Double && draft.smart + i32::from(char == '“') > 0;
        let odd = self.quoting == Quoting::Paired && quote == Quote::Double && draft.inner % 2 == 1;
        if !odd && !inside_smart && self.string_can_end(after, draft, place) {
            if !own {
                self.note(Repair::SmartQuotes)?;
                self.doubt.unpaired = true;
            }
            self.doubt_inner_quotes(draft);
            self.at = after;
            return Ok(true);
        }
        if own && self.quoting == Quoting::First && self.ended_before(draft, place) {
            self.note(Repair::UnquotedValue)?;
            self.doubt.guessed = true;
            self.doubt.swallowed |= names_field(self.text, draft.start..self.at, self.shapes);
            return Ok(true);
        }
        if own && matches!(char, '"' | '\'' | '`') {
            self.note(Repair::UnescapedQuote)?;
            draft.inner += 1;
        }
        self.at = after;
        draft.push(char);
        Ok(false)
    }

    fn closes_exactly(&mut self, draft: &mut Draft, char: char) -> bool {
        self.at += char.len_utf8();
        if char != '"' {
            draft.push(char);
        }
        char == '"'
    }

    /// What unescaped quotes inside a string that has ended say of its end.
    fn doubt_inner_quotes(&mut self, draft: &Draft) {
        if draft.inner == 0 {
            return;
        }
        let odd = draft.inner % 2 == 1;
        let misaligned = draft.out.starts_with([',', '}', ']', ':']);
        self.doubt.guessed = true;
        self.doubt.unpaired |= odd;
        self.doubt.swallowed |=
            misaligned || (odd && names_field(self.text, draft.start..self.at, self.shapes));
    }

    fn string_can_end(&self, after: usize, draft: &Draft, place: StringRole<'_>) -> bool {
        let loose = draft.inner > 0;
        let inside = Open { object: draft.braces > 0 && loose, list: draft.brackets > 0 && loose };
        ends_value(self.text, after, Around { inside, loose, ..self.around(place) }, self.shapes)
    }

    /// The quote here opens the next key, so that this string lacked its own: steps back to where it ended.
    fn ended_before(&mut self, draft: &mut Draft, place: StringRole<'_>) -> bool {
        let StringRole::Member(members) = place else {
            return false;
        };
        if !key_ahead(self.text, self.at, self.shapes).is_some_and(|key| key.known) {
            return false;
        }
        let name = self.rest().get(1..).and_then(|rest| rest.split(is_quote).next()).unwrap_or_default();
        let Some(left) = self.left_behind(draft, members.contains_key(name)) else {
            return false;
        };
        self.at -= draft.out.len() - left;
        draft.out.truncate(left);
        let kept = draft.out.trim_end().trim_end_matches('"').len();
        draft.out.truncate(kept);
        true
    }

    /// How much of the string is left when the punctuation before the next key is taken from its end: a comma or a line break
    /// before a new key of this object, or the end of this object and the start of the next one.
    fn left_behind(&self, draft: &Draft, repeated: bool) -> Option<usize> {
        let out = draft.out.as_str();
        let trimmed = out.trim_end();
        let opened = trimmed.strip_suffix('{').filter(|_| self.open_lists > 0).map(str::trim_end);
        let newline = out.get(trimmed.len()..).is_some_and(|tail| tail.contains('\n'));
        let uncomma = opened.unwrap_or(trimmed).strip_suffix(',');
        let kept = uncomma.unwrap_or(trimmed).trim_end();
        let closes = kept.ends_with('}') && (opened.is_some() || draft.braces < 0);
        match (opened, uncomma) {
            (_, Some(_)) if closes => Some(kept.len() - 1),
            (None, Some(kept)) if !repeated => Some(kept.len()),
            (None, None) if newline && !repeated => Some(trimmed.len()),
            _ => None,
        }
    }

    /// The text ended inside the string.
    pub(super) fn unclosed(&mut self, mut draft: Draft) -> Result<Option<String>, Broken> {
        self.doubt.swallowed |= names_field(self.text, draft.start..self.text.len(), self.shapes);
        let body = draft.out.trim_end().trim_end_matches('`').trim_end();
        let fenced = body.len() < draft.out.trim_end().len();
        let closers = body.trim_end_matches(|char: char| char == '}' || char == ']' || char.is_whitespace());
        if draft.braces < 0 && closers.len() < body.len() {
            let run = self.text.len() - trailing_run(self.text);
            draft.out.truncate(closers.strip_suffix('"').unwrap_or(closers).len());
            self.note(Repair::UnquotedValue)?;
            self.doubt.guessed = true;
            self.at = run;
            return self.finish(draft);
        }
        if fenced {
            draft.out.truncate(body.len());
        }
        self.cut_off()?;
        self.finish(draft)
    }
}

/// The length of the run of closing brackets, white space and backticks that ends the text.
fn trailing_run(text: &str) -> usize {
    let kept = text.trim_end_matches(|char: char| matches!(char, '}' | ']' | '`') || char.is_whitespace());
    text.len() - kept.len()
}
