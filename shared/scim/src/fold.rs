use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// The form in which case-insensitive text is compared and used in keys: the mappings of RFC 8265
/// `UsernameCaseMapped` (width, lower case, NFC), without its refusals.
///
/// Folding twice is folding once.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        };
    }
    let narrow: String = text.nfc().map(map_width).collect();
    let mut folded: String = narrow.to_lowercase().nfc().collect();
    // Lower case and composition can each open the way for the other; two rounds reach the end for every character.
    if !folded.is_ascii() {
        folded = folded
            .chars()
            .map(map_width)
            .collect::<String>()
            .to_lowercase()
            .nfc()
            .collect();
    }
    Cow::Owned(folded)
}

/// The decomposition of a fullwidth or halfwidth character (RFC 8264 §5.2.1), one step and no further.
fn map_width(character: char) -> char {
    const KATAKANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u{3099}\u{309A}";
    const SYMBOLS: [char; 15] = [
        '¢', '£', '¬', '¯', '¦', '¥', '₩', '\u{FFE7}', '│', '←', '↑', '→', '↓', '■', '○',
    ];
    let shifted =
        |from: u32, to: u32| char::from_u32(u32::from(character) - from + to).unwrap_or(character);
    match u32::from(character) {
        0x3000 => ' ',
        0xFF01..=0xFF5E => shifted(0xFF01, 0x21),
        0xFF5F..=0xFF60 => shifted(0xFF5F, 0x2985),
        code @ 0xFF61..=0xFF9F => KATAKANA
            .chars()
            .nth((code - 0xFF61) as usize)
            .unwrap_or(character),
        0xFFA0 => '\u{3164}',
        0xFFA1..=0xFFBE => shifted(0xFFA1, 0x3131),
        0xFFC2..=0xFFC7 => shifted(0xFFC2, 0x314F),
        0xFFCA..=0xFFCF => shifted(0xFFCA, 0x3155),
        0xFFD2..=0xFFD7 => shifted(0xFFD2, 0x315B),
        0xFFDA..=0xFFDC => shifted(0xFFDA, 0x3161),
        code @ 0xFFE0..=0xFFEE => SYMBOLS[(code - 0xFFE0) as usize],
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::char::decompose_compatible;

    #[track_caller]
    fn check(text: &str, folded: &str) {
        assert_eq!(fold(text), folded, "{text}");
    }

    #[test]
    fn case_width_and_composition_do_not_matter() {
        check("Bob@Example.COM", "bob@example.com");
        check("bob", "bob");
        check("ＢＯＢ", "bob");
        check("ﾊﾟ", "パ");
        check("E\u{301}milie", "émilie");
        check("ÉMILIE", "émilie");
        check("ΟΔΟΣ", "οδος");
        check("İ", "i\u{307}");
        check("straße", "straße");
        check("ﬁ", "ﬁ");
        check("\u{3000}", " ");
    }

    #[test]
    fn folding_twice_is_folding_once() {
        let ideographs_and_beyond = '\u{3400}'..'\u{9FFF}';
        let hangul_syllables = '\u{AC10}'..'\u{D7A0}';
        let with_mappings = ('\0'..'\u{1F000}').filter(|character| {
            !ideographs_and_beyond.contains(character) && !hangul_syllables.contains(character)
        });
        for character in with_mappings {
            for text in [
                character.to_string(),
                format!("A{character}\u{301}Σ"),
                format!("{character}\u{323}"),
            ] {
                let once = fold(&text).into_owned();
                assert_eq!(fold(&once), once, "{text:?}");
            }
        }
    }

    #[test]
    fn width_mappings_agree_with_the_unicode_character_database() {
        for character in '\u{FF00}'..='\u{FFEF}' {
            let mapped = map_width(character);
            let (mut here, mut there) = (String::new(), String::new());
            decompose_compatible(mapped, |part| here.push(part));
            decompose_compatible(character, |part| there.push(part));
            assert_eq!(here, there, "{character}");
            assert_eq!(
                mapped == character,
                there == character.to_string(),
                "{character}"
            );
        }
    }
}
