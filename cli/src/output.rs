//! What commands print: plain columns for people, JSON for programs.

use std::io::{self, Write};

use jiff::Timestamp;
use serde_json::Value;

use crate::error::CliError;

/// Where there is no value.
pub(crate) const NONE: &str = "-";

/// The form that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub json: bool,
}

impl Output {
    /// Prints the JSON, or the text in its place.
    pub fn show(self, json: &Value, text: impl FnOnce() -> String) -> Result<(), CliError> {
        if self.json {
            print(&format!("{json:#}"))
        } else {
            print(text().trim_end())
        }
    }
}

/// Prints on standard output.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    let printed = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
    printed
        .map_err(|error| CliError::Failed(format!("standard output cannot be written to: {error}")))
}

/// Tells a person how it is going, on standard error. That nobody reads it is no error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Columns under a header in capitals.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<_> = header.iter().map(|name| (*name).to_owned()).collect();
    let lines: Vec<Vec<String>> = [&header]
        .into_iter()
        .chain(rows)
        .map(|line| line.iter().map(|cell| printable(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<_> = (0..header.len()).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// Names with their values, one a line.
pub(crate) fn fields(fields: &[(&str, String)]) -> String {
    let width = fields.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let line = |(name, value): &(&str, String)| format!("{name:width$}  {}\n", printable(value));
    fields.iter().map(line).collect()
}

/// A time to the minute, UTC.
pub(crate) fn time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M").to_string()
}

pub(crate) fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

pub(crate) fn or_none(text: Option<impl ToString>) -> String {
    text.map_or(NONE.to_owned(), |text| text.to_string())
}

/// Identity providers choose names: none of them may move a terminal's cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["acme/okta", "", "yes"]),
            row(["ä/b", "a label", "\u{1b}[2J"]),
        ];
        expect![[r"
            NAME       LABEL    PRIMARY
            acme/okta           yes
            ä/b        a label  �[2J
        "]]
        .assert_eq(&table(&["NAME", "LABEL", "PRIMARY"], &rows));
    }

    #[test]
    fn fields_stand_below_one_another() {
        expect![[r"
            Name      acme
            Base URL  -
        "]]
        .assert_eq(&fields(&[
            ("Name", "acme".to_owned()),
            ("Base URL", or_none(None::<&str>)),
        ]));
    }
}
