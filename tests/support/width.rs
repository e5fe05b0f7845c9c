//! How wide printed lines are.

/// The lines of a report that do not fit 80 columns, though they could be broken: paths, addresses and commands stay
/// whole, and so does the answer, which is one line for whoever searches it.
pub fn too_wide(report: &str) -> Vec<&str> {
    let whole = |line: &&str| {
        let is_answer = !line.starts_with(' ') && line.contains(": ");
        is_answer || line.contains("evenhand ") || line.split_whitespace().any(|word| word.contains('/'))
    };
    report.lines().filter(|line| line.chars().count() > 80 && !whole(line)).collect()
}
