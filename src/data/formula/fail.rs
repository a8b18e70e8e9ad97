//! What is wrong with a formula, with a mark under the place, and guesses at what was meant.

use pg_base::{Trouble, Words, say};

/// Names listed when nothing similar is known.
const MAX_LISTED: usize = 12;

/// A trouble at a byte of the formula.
///
/// The mark stands under the place also where characters are twice as wide.
pub(super) fn at(source: &str, at: usize, found: Words) -> Trouble {
    let before = source.get(..at).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = source.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let is_wide = |c: char| c >= '\u{2E80}';
    let indent: String = before
        .get(line_start..)
        .unwrap_or_default()
        .chars()
        .map(|c| if is_wide(c) { '\u{3000}' } else { ' ' })
        .collect();
    let (en, zh) = (found.en, found.zh);
    let position = before.chars().count() + 1;
    Trouble::new(
        "param-formula",
        say!(
            "character {position}: {en}\n{line}\n{indent}^",
            "第 {position} 个字符：{zh}\n{line}\n{indent}^"
        ),
    )
}

/// Advice that guesses which of some names was meant, or lists them.
pub(super) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Words {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    let wanted = name.to_lowercase();
    let close = known
        .iter()
        .map(|other| (distance(&wanted, &other.to_lowercase()), *other))
        .filter(|(distance, other)| {
            let length = other.chars().count();
            *distance <= (length / 3).max(2) && *distance < length
        })
        .min();
    if let Some((_, close)) = close {
        return say!("Did you mean `{close}`?", "您是指 `{close}` 吗？");
    }
    let mut list = known.iter().take(MAX_LISTED).copied().collect::<Vec<_>>().join(", ");
    if known.len() > MAX_LISTED {
        list.push_str(", …");
    }
    say!("Known are: {list}.", "可用的有：{list}。")
}

/// Characters to insert, delete or exchange to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, from) in a.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        for (to, above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(from != *to)).min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_and_guesses() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!((distance("", "abc"), distance("年龄", "年令")), (3, 1));
        let guess = |name| did_you_mean(name, ["Age", "Fare", "Embarked"].into_iter()).en;
        assert_eq!(guess("fair"), "Did you mean `Fare`?");
        assert_eq!(guess("zzz"), "Known are: Age, Embarked, Fare.");
    }

    #[test]
    fn the_mark_stands_under_the_place() {
        let trouble = at("年龄 + *", "年龄 + ".len(), say!("x", "x"));
        assert_eq!(trouble.details.found.en, "character 6: x\n年龄 + *\n\u{3000}\u{3000}   ^");
    }
}
