//! The columns that a node can be told about: those of the tables that arrive, or those that a source reads itself.

use egui_material_icons::{MaterialIcon, icons};
use pg_contract::{Facts, PortType};
use pg_data::{Column, ColumnKind, Role, Table};
use pg_pipeline::Node;
use pg_session::Session;

use crate::lang::tr;

/// Muted nodes that are passed on the way up at most; a circle must not hold up the window.
const MAX_HOPS: usize = 64;

/// Whether tables arrive at a node, or it makes its own.
pub(super) fn takes_tables(session: &Session, node: &Node) -> bool {
    let spec = session.core().registry().get(&node.kind);
    spec.is_some_and(|spec| spec.inputs.iter().any(|port| port.port_type == PortType::Table))
}

/// The columns, each once, in order; a node that judges a model is told about the rows as they were read.
pub(super) fn columns<'a>(session: &'a Session, node: &Node) -> Vec<&'a Column> {
    let spec = session.core().registry().get(&node.kind);
    let judges =
        spec.is_some_and(|spec| spec.inputs.iter().any(|port| port.port_type == PortType::Model));
    let mut columns: Vec<&Column> = Vec::new();
    let mut add = |table: &'a Table| {
        let schema = if judges { table.origin_schema() } else { table.schema() };
        for column in &schema.columns {
            if !columns.iter().any(|other| other.name == column.name) {
                columns.push(column);
            }
        }
    };
    if takes_tables(session, node) {
        let links = session.document().links().iter().filter(|link| link.to.node == node.id);
        links
            .filter_map(|link| table_on(session, &link.from.node, &link.from.port, MAX_HOPS))
            .for_each(&mut add);
    } else {
        let facts = session.analysis().facts.get(&node.id);
        facts.into_iter().flatten().filter_map(table_of).for_each(&mut add);
    }
    columns
}

/// What is known of the table on an output; a muted node hands on what enters it.
fn table_on<'a>(session: &'a Session, node: &str, port: &str, n_hops: usize) -> Option<&'a Table> {
    let found = session.document().node(node)?;
    let spec = session.core().registry().get(&found.kind)?;
    if found.is_muted {
        let input = spec.inputs.iter().find(|input| input.port_type == PortType::Table)?;
        let link = session
            .document()
            .links()
            .iter()
            .find(|link| link.to.node == node && link.to.port == input.id)?;
        return table_on(session, &link.from.node, &link.from.port, n_hops.checked_sub(1)?);
    }
    let index = spec.outputs.iter().position(|output| output.id == port)?;
    session.analysis().facts.get(node)?.get(index).and_then(table_of)
}

fn table_of(facts: &Facts) -> Option<&Table> {
    if let Facts::Table { sample, .. } = facts { Some(sample) } else { None }
}

/// The picture of a kind of column.
pub(super) fn icon_of(column: &Column) -> MaterialIcon {
    match column.kind {
        ColumnKind::Number => icons::ICON_NUMBERS,
        ColumnKind::Category => icons::ICON_CATEGORY,
        ColumnKind::Text => icons::ICON_NOTES,
        ColumnKind::Date => icons::ICON_CALENDAR_TODAY,
        ColumnKind::Image(_) => icons::ICON_IMAGE,
        ColumnKind::Audio => icons::ICON_GRAPHIC_EQ,
        ColumnKind::Sequence { .. } => icons::ICON_DATA_ARRAY,
    }
}

/// What stands behind the name of a column.
pub(super) fn detail_of(column: &Column) -> &'static str {
    match column.role {
        Role::Target => tr("target", "目标"),
        Role::Ignored => tr("ignored", "已忽略"),
        Role::Id => tr("id", "编号"),
        Role::Group => tr("group", "分组"),
        Role::Time => tr("time", "时间"),
        Role::Feature => column.kind.label().get(crate::lang::lang()),
    }
}
