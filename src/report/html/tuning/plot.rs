//! A plot with two axes, as inline SVG.

use std::fmt::Write as _;

use super::axis::Axis;
use crate::report::html::escape::escaped;

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
