//! Tables in Markdown.

/// A table, printed when it is whole.
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a title and the names of its columns.
    pub fn new<const N: usize>(title: &str, columns: [&str; N]) -> Self {
        let rule = vec!["---".to_owned(); N];
        Self { title: title.to_owned(), rows: vec![columns.map(str::to_owned).to_vec(), rule] }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(Vec::from(cells));
    }

    /// Prints it.
    pub fn print(&self) {
        println!("\n### {}\n", self.title);
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
    }
}

/// `met` or `MISSED`, and the bar.
pub fn at_most(value: f64, bar: f64, unit: &str) -> String {
    let met = if value <= bar { "met" } else { "MISSED" };
    format!("≤ {bar} {unit}: {met}")
}

/// `met` or `MISSED`, and the bar.
pub fn at_least(value: f64, bar: f64, unit: &str) -> String {
    let met = if value >= bar { "met" } else { "MISSED" };
    format!("≥ {bar} {unit}: {met}")
}
