//! A plot as inline SVG, its two axes, and where a value lies on them.

use std::fmt::Write as _;

use crate::report::html::page::escaped;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 230.0;

/// A plot that is being drawn.
pub(super) struct Plot {
    x: Axis,
    y: Axis,
    marks: String,
}

impl Plot {
    pub(super) fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, marks: String::new() }
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x.share(x) * WIDTH, HEIGHT - self.y.share(y) * HEIGHT)
    }

    /// A point, and what it is.
    pub(super) fn point(&mut self, kind: &str, at: (f64, f64), what: &str) {
        let (x, y) = self.at(at);
        self.push(format_args!(
            r#"<circle class="{kind}" cx="{x:.1}" cy="{y:.1}" r="5"><title>{}</title></circle>"#,
            escaped(what)
        ));
    }

    /// A short name beside a point.
    pub(super) fn name(&mut self, at: (f64, f64), name: &str) {
        let (x, y) = self.at(at);
        let (x, y) = (x + 8.0, y - 6.0);
        self.push(format_args!(r#"<text class="name" x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(name)));
    }

    /// A line from value to value upright.
    pub(super) fn spread(&mut self, at: f64, [low, high]: [f64; 2]) {
        let ((x, from), (_, to)) = (self.at((at, low)), self.at((at, high)));
        self.push(format_args!(r#"<path class="spread" d="M{x:.1} {from:.1}V{to:.1}"/>"#));
    }

    /// A short stroke on the lower axis, and what it stands for.
    pub(super) fn stroke(&mut self, at: f64, what: &str) {
        let x = self.x.share(at) * WIDTH;
        let top = HEIGHT - 9.0;
        self.push(format_args!(
            r#"<path class="dropped" d="M{x:.1} {top}V{HEIGHT}"><title>{}</title></path>"#,
            escaped(what)
        ));
    }

    /// Steps through these: sideways first, then up or down.
    pub(super) fn steps(&mut self, kind: &str, points: &[(f64, f64)]) {
        let mut path = String::new();
        for &point in points {
            let (x, y) = self.at(point);
            let step = if path.is_empty() { format!("M{x:.1} {y:.1}") } else { format!("H{x:.1}V{y:.1}") };
            path += &step;
        }
        self.push(format_args!(r#"<path class="{kind}" d="{path}"/>"#));
    }

    fn push(&mut self, mark: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.marks.write_fmt(mark);
    }

    /// The whole as SVG. `label` says in words what is to be seen.
    pub(super) fn svg(self, label: &str, below: &str, beside: &str) -> String {
        let mut grid = String::new();
        for (at, name) in self.y.ticks() {
            let y = HEIGHT - self.y.share(at) * HEIGHT;
            let _ = write!(
                grid,
                r#"<path class="grid" d="M0 {y:.1}H{WIDTH}"/><text x="-8" y="{:.1}" text-anchor="end">{name}</text>"#,
                y + 4.0
            );
        }
        for (at, name) in self.x.ticks() {
            let x = self.x.share(at) * WIDTH;
            let _ = write!(
                grid,
                r#"<text x="{x:.1}" y="{:.1}" text-anchor="middle">{name}</text>"#,
                HEIGHT + 18.0
            );
        }
        format!(
            r#"<svg viewBox="-56 -12 {} {}" width="100%" role="img" aria-label="{}">{grid}{}<text x="{}" y="{}" text-anchor="middle">{}</text><text transform="translate(-44 {}) rotate(-90)" text-anchor="middle">{}</text></svg>"#,
            WIDTH + 76.0,
            HEIGHT + 58.0,
            escaped(label),
            self.marks,
            WIDTH / 2.0,
            HEIGHT + 38.0,
            escaped(below),
            HEIGHT / 2.0,
            escaped(beside),
        )
    }
}

/// What the marks of a plot mean.
pub(super) fn legend(entries: &[(&str, &str)]) -> String {
    let entry = |(kind, text): &(&str, &str)| {
        let mark = match *kind {
            "best" | "front" | "dropped" => format!(r#"<path class="{kind}" d="M0 6H14"/>"#),
            _ => format!(r#"<circle class="{kind}" cx="7" cy="6" r="5"/>"#),
        };
        format!(r#"<span><svg width="14" height="12" aria-hidden="true">{mark}</svg>{text}</span>"#)
    };
    format!(r#"<div class="legend">{}</div>"#, entries.iter().map(entry).collect::<String>())
}

/// A plot in its frame.
pub(super) fn card(title: &str, note: &str, content: &str) -> String {
    format!(r#"<div class="card"><h2>{}</h2><p>{}</p>{content}</div>"#, escaped(title), escaped(note))
}

/// About so many steps between the ends of an axis.
const STEPS: f64 = 4.0;

/// An axis with round ends.
pub(super) struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// An axis that all of these lie on; `None` without any.
    pub(super) fn around(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let low = values.iter().copied().reduce(f64::min)?;
        let high = values.iter().copied().reduce(f64::max)?;
        // Where all are alike there is room on both sides.
        let room = if high - low < 1e-9 { (high.abs() / 10.0).max(0.05) } else { 0.0 };
        let (low, high) = (low - room, high + room);
        let step = round_step((high - low) / STEPS);
        Some(Self { low: (low / step + 1e-9).floor() * step, high: (high / step - 1e-9).ceil() * step, step })
    }

    /// Where a value lies: 0 at the low end, 1 at the high one.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// The marks on it, with their names.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most ten marks")]
        let number = ((self.high - self.low) / self.step).round() as u32;
        (0..=number)
            .map(|index| self.low + f64::from(index) * self.step)
            .map(|at| (at, self.name(at)))
            .collect()
    }

    fn name(&self, at: f64) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few decimals")]
        let decimals = (-self.step.log10()).ceil().max(0.0) as usize;
        let text = format!("{at:.decimals$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            "0".into()
        } else {
            text.replace('-', "\u{2212}")
        }
    }
}

/// The next of 1, 2, 5, 10 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= rough - 1e-12)
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(values: &[f64]) -> Vec<String> {
        Axis::around(values.iter().copied()).unwrap().ticks().into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn ends_are_round_and_hold_every_value() {
        assert_eq!(names(&[0.0, 613.0]), ["0", "200", "400", "600", "800"]);
        assert_eq!(names(&[0.11, 0.52]), ["0", "0.2", "0.4", "0.6"]);
        assert_eq!(names(&[-0.13, 0.21]), ["\u{2212}0.2", "\u{2212}0.1", "0", "0.1", "0.2", "0.3"]);
        assert!(Axis::around([f64::NAN]).is_none());
    }

    #[test]
    fn values_that_are_all_alike_lie_in_the_middle() {
        let axis = Axis::around([0.4, 0.4]).unwrap();
        assert!((axis.share(0.4) - 0.5).abs() < 0.2);
    }
}
