//! Ranking of items by what is typed: letters may be left out, and both languages count.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::items::{Group, Item};

/// Items of one group where something is typed, so that no group hides the others.
const MAX_OF_GROUP: usize = 12;
/// The same for sentences of many columns or nodes where nothing is typed.
const MAX_UNASKED: usize = 60;

/// An item that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its number.
    pub(super) item: usize,
    /// Letters of its title that were typed, as character numbers.
    pub(super) letters: Vec<u32>,
}

/// The items that fit, grouped; the group with the best item first. Where nothing is typed: what a person may want to do.
pub(super) fn search(items: &[Item], typed: &str) -> Vec<Found> {
    if typed.trim().is_empty() {
        let is_offered = |item: &&(usize, &Item)| {
            item.1.is_enabled
                && matches!(item.1.group, Group::Action | Group::Panel | Group::Recent)
        };
        let all: Vec<(usize, &Item)> = items.iter().enumerate().collect();
        let offered = all.iter().filter(is_offered).take(MAX_UNASKED);
        return offered.map(|(index, _)| Found { item: *index, letters: Vec::new() }).collect();
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
    let mut scored: Vec<(u32, Group, Found)> = Vec::new();
    for (index, item) in items.iter().enumerate() {
        if let Some((score, letters)) = score(item, typed, &pattern, &mut matcher) {
            scored.push((score, item.group, Found { item: index, letters }));
        }
    }
    // Stable: equals stay in the order of the table.
    scored.sort_by_key(|(score, ..)| Reverse(*score));
    let mut groups: Vec<(Group, Vec<Found>)> = Vec::new();
    for (_, group, found) in scored {
        match groups.iter_mut().find(|(other, _)| *other == group) {
            Some((_, members)) if members.len() < MAX_OF_GROUP => members.push(found),
            Some(_) => {}
            None => groups.push((group, vec![found])),
        }
    }
    groups.into_iter().flat_map(|(_, members)| members).collect()
}

/// The title counts most and shows its letters; what cannot be done now steps back.
fn score(
    item: &Item,
    typed: &str,
    pattern: &Pattern,
    matcher: &mut Matcher,
) -> Option<(u32, Vec<u32>)> {
    let mut buffer = Vec::new();
    let mut letters = Vec::new();
    let by_title = pattern.indices(Utf32Str::new(&item.title, &mut buffer), matcher, &mut letters);
    letters.sort_unstable();
    letters.dedup();
    let begins = item.title.to_lowercase().starts_with(&typed.trim().to_lowercase());
    let by_title = by_title.map(|score| score * 3 + if begins { 150 } else { 0 });
    let aliases = item
        .aliases
        .iter()
        .filter_map(|alias| pattern.score(Utf32Str::new(alias, &mut buffer), matcher));
    let by_alias = aliases.max().map(|score| score * 2);
    let best = by_title.max(by_alias)?;
    if by_title < by_alias {
        letters.clear();
    }
    let best = if item.is_enabled { best } else { best / 2 };
    // A command or a kind is meant more often than a column of the same name.
    let weight = match item.group {
        Group::Action | Group::Add => 12,
        Group::Node | Group::Panel | Group::Recent => 10,
        Group::Column => 9,
        Group::Term => 7,
    };
    Some((best * weight, letters))
}

#[cfg(test)]
mod tests {
    use egui_material_icons::icons;

    use super::super::items::{Mark, What};
    use super::*;
    use crate::panels::Tab;

    fn item(group: Group, title: &str, alias: &str, is_enabled: bool) -> Item {
        Item {
            group,
            mark: Mark::Icon(icons::ICON_TAB),
            title: title.to_owned(),
            aliases: vec![alias.to_owned()],
            detail: String::new(),
            is_enabled,
            what: What::Panel(Tab::Data),
        }
    }

    #[test]
    fn both_languages_find_and_letters_are_told() {
        let items = [
            item(Group::Action, "Save", "保存", true),
            item(Group::Add, "Standardise", "标准化", true),
            item(Group::Column, "savings", "", true),
            item(Group::Action, "Save as…", "另存为…", false),
        ];
        let check = |typed: &str, expected: &[(usize, &[u32])]| {
            let found: Vec<(usize, Vec<u32>)> = search(&items, typed)
                .into_iter()
                .map(|found| (found.item, found.letters))
                .collect();
            let expected: Vec<(usize, Vec<u32>)> =
                expected.iter().map(|(item, letters)| (*item, letters.to_vec())).collect();
            assert_eq!(found, expected, "{typed}");
        };
        check("保存", &[(0, &[])]);
        check("stdis", &[(1, &[0, 1, 7, 8, 9])]);
        check("sav", &[(0, &[0, 1, 2]), (3, &[0, 1, 2]), (2, &[0, 1, 2])]);
        check("", &[(0, &[])]);
        check("qqq", &[]);
    }
}
