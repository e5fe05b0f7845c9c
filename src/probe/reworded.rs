//! An instruction that says the same in other words, by fixed rules.

/// How an instruction is reworded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rewording {
    /// With a sentence before it that says nothing.
    Announced,
    /// As a request.
    Polite,
    /// One sentence a line.
    Listed,
    /// With another verb for what is to be done.
    Verbs,
    /// As its author wrote it.
    Written(String),
}

/// Verbs that begin an instruction, and what may stand in their place.
const VERBS: [[&str; 2]; 9] = [
    ["Judge", "Decide"],
    ["Decide", "Judge"],
    ["Rate", "Score"],
    ["Score", "Rate"],
    ["Evaluate", "Assess"],
    ["Assess", "Evaluate"],
    ["Check", "Find out"],
    ["Determine", "Find out"],
    ["Compare", "Look at and compare"],
];

impl Rewording {
    /// Those that evenhand makes.
    pub(super) const BUILT_IN: [Self; 4] = [Self::Announced, Self::Polite, Self::Listed, Self::Verbs];

    /// Its name, and what it does.
    pub(super) fn named(&self) -> (&'static str, &'static str) {
        match self {
            Self::Announced => ("announced", "the instruction follows \"This is your task:\""),
            Self::Polite => ("polite", "the instruction begins with \"Please\""),
            Self::Listed => ("listed", "the instruction has one sentence a line"),
            Self::Verbs => ("verbs", "the instruction uses another verb for the same task"),
            Self::Written(_) => ("written", "the instruction is one of the suite's paraphrases"),
        }
    }

    /// The instruction in other words; `None` where this leaves it as it is.
    pub(super) fn of(&self, instruction: &str) -> Option<String> {
        let reworded = match self {
            Self::Announced => format!("This is your task:\n{instruction}"),
            Self::Polite => polite(instruction),
            Self::Listed => listed(instruction),
            Self::Verbs => other_verbs(instruction),
            Self::Written(text) => text.clone(),
        };
        (reworded != instruction).then_some(reworded)
    }
}

fn polite(instruction: &str) -> String {
    let begins = |verb: &str| instruction.strip_prefix(verb).is_some_and(|rest| rest.starts_with(' '));
    match instruction.chars().next() {
        Some(first) if VERBS.iter().any(|[verb, _]| begins(verb)) => {
            let rest = instruction.get(first.len_utf8()..).unwrap_or_default();
            format!("Please {}{rest}", first.to_lowercase())
        }
        _ => format!("Please do the following. {instruction}"),
    }
}

/// A full stop, a space and a capital letter end a sentence.
fn listed(instruction: &str) -> String {
    let mut text = String::new();
    let mut letters = instruction.chars().peekable();
    let mut last = ['x', 'x'];
    while let Some(letter) = letters.next() {
        let ends = letter == ' '
            && last[1] == '.'
            && last[0].is_lowercase()
            && letters.peek().is_some_and(|next| next.is_uppercase());
        text.push(if ends { '\n' } else { letter });
        last = [last[1], letter];
    }
    text
}

fn other_verbs(instruction: &str) -> String {
    let lines = instruction.split('\n').map(|line| {
        let sentences: Vec<String> = line.split(". ").map(other_verb).collect();
        sentences.join(". ")
    });
    lines.collect::<Vec<String>>().join("\n")
}

fn other_verb(sentence: &str) -> String {
    let found = VERBS.iter().find_map(|[verb, other]| {
        let rest = sentence.strip_prefix(verb).filter(|rest| rest.starts_with(' '))?;
        Some(format!("{other}{rest}"))
    });
    found.unwrap_or_else(|| sentence.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instruction_says_the_same_in_other_words() {
        let instruction = "Judge whether the text, e.g. a reply, is polite. Rate no style. It is hard.";
        let reworded = |how: Rewording| how.of(instruction).unwrap();
        assert_eq!(reworded(Rewording::Announced), format!("This is your task:\n{instruction}"));
        assert_eq!(
            reworded(Rewording::Polite),
            "Please judge whether the text, e.g. a reply, is polite. Rate no style. It is hard."
        );
        assert_eq!(
            reworded(Rewording::Listed),
            "Judge whether the text, e.g. a reply, is polite.\nRate no style.\nIt is hard."
        );
        assert_eq!(
            reworded(Rewording::Verbs),
            "Decide whether the text, e.g. a reply, is polite. Score no style. It is hard."
        );
        let odd = "You are given a text. Say pass.";
        assert_eq!(Rewording::Polite.of(odd).unwrap(), format!("Please do the following. {odd}"));
        assert_eq!(Rewording::Verbs.of(odd), None, "there is nothing to change");
        assert_eq!(Rewording::Listed.of("One sentence."), None);
    }
}
