//! What is wanted of a figure, and tables that say whether it holds.

/// A bound that must hold, and a better one that is aimed at. Where none is, it is nothing (less is better) or without end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) must: f64,
    pub(crate) aim: f64,
}

impl Goal {
    /// Says which of the bounds a figure holds, where less is better exactly if the aim is below the must.
    pub(crate) fn holds(self, figure: f64) -> &'static str {
        let within = |bound: f64| if self.aim < self.must { figure <= bound } else { figure >= bound };
        match (within(self.aim), within(self.must)) {
            (true, _) => "aim",
            (_, true) => "must",
            _ => "no",
        }
    }

    /// The bounds and the verdict as cells of a table.
    pub(crate) fn cells(self, figure: f64, text: impl Fn(f64) -> String) -> [String; 4] {
        let has_aim = self.aim > 0.0 && self.aim.is_finite();
        let aim = if has_aim { text(self.aim) } else { String::new() };
        [text(figure), text(self.must), aim, self.holds(figure).to_owned()]
    }
}

/// A table in Markdown whose columns line up.
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self(vec![columns.iter().map(ToString::to_string).collect()])
    }

    pub(crate) fn add(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    pub(crate) fn print(&self, title: &str) {
        println!("\n### {title}\n");
        let widths: Vec<usize> = (0..self.0[0].len())
            .map(|column| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
            .collect();
        let rule = widths.iter().enumerate().map(|(column, width)| {
            if column == 0 { "-".repeat(*width) } else { format!("{}:", "-".repeat(width.saturating_sub(1).max(1))) }
        });
        let rule: Vec<String> = rule.collect();
        for row in [&self.0[0], &rule].into_iter().chain(&self.0[1..]) {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
        }
    }
}

pub(crate) fn two(figure: f64) -> String {
    format!("{figure:.2}")
}

pub(crate) fn times(figure: f64) -> String {
    format!("{figure:.2} ×")
}

pub(crate) fn percent(figure: f64) -> String {
    format!("{:.1} %", figure * 100.0)
}

pub(crate) fn whole(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
