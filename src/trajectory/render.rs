//! A trajectory as the numbered lines a judge reads.

use std::ops::Range;

use serde_json::Value;

use super::cut::{Cut, CutRule, Rendered, plural, shorten, span};
use super::reader::TrajectoryFault;
use super::step::{Call, Event, Role, Step, Trajectory};

/// How lines within a step begin, so that none of them can pass for a step.
const INDENT: &str = "\n   ";
/// The longest a remark on steps left out can become.
const LONGEST_GAP: usize = 160;

/// A value, in whatever format it tells what an agent did, as text for a judge.
///
/// # Errors
/// It is not a trajectory.
pub fn as_text(value: &Value, rule: &CutRule) -> Result<Rendered, TrajectoryFault> {
    Ok(Trajectory::read(value)?.render(rule))
}

/// Whether a rendered trajectory shows the step of this number.
#[must_use]
pub(crate) fn shows_step(rendered: &str, number: u64) -> bool {
    let head = format!("{number}. ");
    rendered.lines().any(|line| line.starts_with(&head))
}

impl Trajectory {
    /// The numbered steps and the answer as text, never longer than the rule's budget.
    #[must_use]
    pub fn render(&self, rule: &CutRule) -> Rendered {
        let whole = RenderedLines::new(self, usize::MAX);
        if whole.length() <= rule.budget() {
            return Rendered { text: whole.text(), cut: None };
        }
        let mut lines = RenderedLines::new(self, rule.piece());
        let mut cut = Cut::default();
        if lines.length() > rule.budget() {
            let room = rule.budget().saturating_sub(LONGEST_GAP + lines.answer.length() + 2);
            let gap = gap(&lines.steps, room);
            lines.leave_out(gap, &mut cut);
        }
        for line in lines.steps.iter().chain([&lines.answer]) {
            cut.shortened += line.shortened;
            cut.characters += line.left_out;
        }
        Rendered { text: lines.text(), cut: Some(cut) }
    }
}

/// One step, which may be several lines of text.
#[derive(Default)]
struct Line {
    text: String,
    number: Option<usize>,
    /// How many of its pieces were shortened.
    shortened: usize,
    /// By how many characters.
    left_out: usize,
}

impl Line {
    fn length(&self) -> usize {
        self.text.chars().count()
    }

    /// Adds a piece of untrusted text, indented, and shortened if it is too long.
    fn piece(&mut self, text: &str, limit: usize) {
        let (text, left_out) = shorten(indented(text), limit);
        self.text += &text;
        self.shortened += usize::from(left_out > 0);
        self.left_out += left_out;
    }
}

struct RenderedLines {
    steps: Vec<Line>,
    answer: Line,
}

impl RenderedLines {
    fn new(trajectory: &Trajectory, limit: usize) -> Self {
        let steps = trajectory.steps.iter().map(|step| step_line(step, limit)).collect();
        Self { steps, answer: answer_line(trajectory, limit) }
    }

    fn all(&self) -> impl Iterator<Item = &Line> {
        self.steps.iter().chain([&self.answer])
    }

    fn length(&self) -> usize {
        self.all().map(|line| line.length() + 1).sum::<usize>() - 1
    }

    fn text(&self) -> String {
        self.all().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// Puts one remark in the place of the steps in the gap.
    fn leave_out(&mut self, gap: Range<usize>, cut: &mut Cut) {
        if gap.is_empty() {
            return;
        }
        let start = gap.start;
        let left: Vec<Line> = self.steps.drain(gap).collect();
        let characters = left.iter().map(|line| line.length() + line.left_out).sum();
        let numbers: Vec<usize> = left.iter().filter_map(|line| line.number).collect();
        cut.steps = numbers.first().copied().zip(numbers.last().copied());
        cut.messages = left.len() - numbers.len();
        cut.characters = characters;
        let text = gap_text(cut, numbers.len());
        self.steps.insert(start, Line { text, ..Line::default() });
    }
}

fn gap_text(cut: &Cut, steps: usize) -> String {
    let characters = plural(cut.characters, "character");
    let messages = (cut.messages > 0).then(|| plural(cut.messages, "message"));
    match (cut.steps, messages) {
        (Some((first, last)), messages) => {
            let named: Vec<String> = [Some(span((first, last))), messages].into_iter().flatten().collect();
            let count = if steps > 1 { format!("{steps} steps, ") } else { String::new() };
            format!("[{} left out: {count}{characters}]", named.join(" and "))
        }
        (None, messages) => format!("[{} left out: {characters}]", messages.unwrap_or_default()),
    }
}

/// The steps to leave out so that the others fit: what happened first and what
/// happened last stays, taken in turn from both ends.
fn gap(lines: &[Line], room: usize) -> Range<usize> {
    let cost = |index: usize| lines.get(index).map_or(0, |line| line.length() + 1);
    let (mut front, mut back) = (1, lines.len().saturating_sub(1));
    let mut used = cost(0) + if back > 0 { cost(back) } else { 0 };
    loop {
        let before = (front, back);
        if front < back && used + cost(front) <= room {
            used += cost(front);
            front += 1;
        }
        if front < back && used + cost(back - 1) <= room {
            used += cost(back - 1);
            back -= 1;
        }
        if before == (front, back) {
            return front.min(back)..back;
        }
    }
}

fn step_line(step: &Step, limit: usize) -> Line {
    let mut line = Line { number: step.number, ..Line::default() };
    if let Some(number) = step.number {
        line.text = format!("{number}. ");
    }
    match &step.event {
        Event::Said(text) => {
            line.text += "say: ";
            line.piece(text, limit);
        }
        Event::Called(call) => call_line(call, limit, &mut line),
        Event::Heard { role, text } => {
            line.text += match role {
                Role::System => "system: ",
                Role::User => "user: ",
            };
            line.piece(text, limit);
        }
    }
    line
}

fn call_line(call: &Call, limit: usize, line: &mut Line) {
    line.text += "call ";
    line.piece(&call.name, limit);
    line.text.push(' ');
    if call.malformed {
        line.text += "(arguments are not JSON) ";
    }
    line.piece(&value_text(&call.arguments), limit);
    line.text += if call.error { " -> error: " } else { " -> " };
    match &call.result {
        Some(result) => line.piece(&value_text(result), limit),
        None => line.text += "(no result)",
    }
}

fn answer_line(trajectory: &Trajectory, limit: usize) -> Line {
    let mut line = Line { text: "final answer: ".into(), ..Line::default() };
    match &trajectory.answer {
        None => line.text += &no_answer(trajectory),
        Some(answer) => match step_that_says(trajectory, answer) {
            // It was said before others spoke once more, and stands there.
            Some(number) => line.text += &format!("step {number}"),
            None => line.piece(answer, limit),
        },
    }
    line
}

/// An agent that gave no answer may have done much: what it did last is named.
fn no_answer(trajectory: &Trajectory) -> String {
    let last = trajectory.steps.iter().rev().find_map(|step| Some((step.number?, &step.event)));
    match last {
        Some((number, Event::Called(_))) => {
            format!("no answer in words; the last thing done is step {number}, a call")
        }
        Some((number, _)) => format!("no answer in words; the last thing done is step {number}"),
        None => "(none)".to_owned(),
    }
}

fn step_that_says(trajectory: &Trajectory, answer: &str) -> Option<usize> {
    trajectory.steps.iter().rev().find_map(|step| match &step.event {
        Event::Said(text) if text == answer => step.number,
        _ => None,
    })
}

/// A text as it is, anything else as compact JSON.
fn value_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The text with every line but the first indented.
fn indented(text: &str) -> String {
    let breaks =
        |letter| matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let text = text.trim().replace("\r\n", "\n");
    text.split(breaks).collect::<Vec<_>>().join(INDENT)
}
