use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("d", 24 * 60 * 60), ("h", 60 * 60), ("m", 60), ("s", 1)];

/// Reads a time such as `365d`, `12h`, `30m` or `90s`: one number and one unit. None if it is no such time.
pub fn read_duration(text: &str) -> Option<Duration> {
    let (number, seconds) = UNITS
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    Some(Duration::from_secs(number.checked_mul(*seconds)?))
}

/// A time as [`read_duration`] reads it, in the largest unit that gives a whole number.
pub fn write_duration(duration: Duration) -> String {
    let all = duration.as_secs();
    let whole = UNITS
        .iter()
        .find(|(_, seconds)| all > 0 && all.is_multiple_of(*seconds));
    let (unit, seconds) = whole.unwrap_or(&("s", 1));
    format!("{}{unit}", all / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_and_one_unit() {
        let check = |text: &str, seconds: u64| {
            let duration = Duration::from_secs(seconds);
            assert_eq!(read_duration(text), Some(duration), "{text}");
            assert_eq!(write_duration(duration), text);
        };
        check("365d", 365 * 24 * 60 * 60);
        check("12h", 12 * 60 * 60);
        check("90m", 90 * 60);
        check("61s", 61);
        check("0s", 0);
        for junk in [
            "",
            "d",
            "1",
            "1 d",
            "-1d",
            "+1d",
            "1.5h",
            "1w",
            "1d2h",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert_eq!(read_duration(junk), None, "{junk}");
        }
    }
}
