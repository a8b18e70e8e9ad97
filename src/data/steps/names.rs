//! Names of new columns.

use std::collections::BTreeSet;

use crate::schema::Schema;

/// The names in use.
pub(crate) fn taken(schema: &Schema) -> BTreeSet<String> {
    schema.columns.iter().map(|column| column.name.clone()).collect()
}

/// `wanted`, with a number behind it where that is taken; from now on taken itself.
pub(crate) fn claim(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let name = super::free_name(wanted, |name| taken.contains(name));
    taken.insert(name.clone());
    name
}
