//! A table of rows: which table it is, and what the person did to every table that was looked at.

mod chips;
mod columns;
mod filter;
mod grid;
mod marks;
mod menu;
mod open;
mod pictures;
mod row;
mod subject;
mod toolbar;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Context, Frame, Margin, Panel, Ui};
use pg_base::{Trouble, say};
use pg_contract::PortType;
use pg_pipeline::NodeId;

use self::grid::GridWish;
use self::open::{Chosen, OpenTable};
use self::subject::{Found, Note};
use crate::cx::Cx;
use crate::lang::tr;
use crate::tasks::Task;
use crate::values::Key;
use crate::widgets;

/// Tables whose filters, widths and place are remembered.
const MAX_TABLES: usize = 8;

/// A table by its output: node and port.
type Output = (NodeId, String);

/// State of the panel.
#[derive(Debug, Default)]
pub struct DataPanel {
    tables: BTreeMap<Output, OpenTable>,
    /// Whether the list of columns stands in the place of the rows.
    shows_columns: bool,
    /// Whether the person closed the row at the right.
    hides_row: bool,
    /// Part of the names of the columns listed.
    column_search: String,
    /// What is typed to go to a row.
    row_number: String,
    /// Rows that another panel wants to be seen.
    wanted: Option<Wanted>,
    saving: Option<Saving>,
    /// The project that the tables belong to.
    project: Option<PathBuf>,
    clock: u64,
}

#[derive(Debug)]
enum Wanted {
    Rows(Key, Vec<u32>),
    Numbers(Vec<u64>),
}

#[derive(Debug)]
struct Saving {
    task: Task<u64>,
    name: String,
}

impl DataPanel {
    /// Shows these rows of a result (places from 0) and a chip that takes the choice away; show the tab besides.
    pub fn show_rows(&mut self, key: Key, rows: Vec<u32>) {
        self.shows_columns = false;
        self.wanted = Some(Wanted::Rows(key, rows));
    }

    /// Shows the rows with these numbers in the source, in the order given, of the table that is shown.
    pub fn show_source_rows(&mut self, numbers: Vec<u64>) {
        self.shows_columns = false;
        self.wanted = Some(Wanted::Numbers(numbers));
    }

    /// Takes the keys that the table obeys out of the input, while it has the keyboard; for the window, before its own
    /// actions look at the keys.
    pub fn take_keys(&mut self, ctx: &Context) {
        if let Some(open) = self.tables.values_mut().max_by_key(|open| open.used) {
            open.grid.take_keys(ctx);
        }
    }

    fn table_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, output: Output) {
        let found =
            subject::find(cx, &output, self.tables.get(&output).and_then(|open| open.key.as_ref()));
        let is_current = !matches!(found, Found::Loading);
        let note = match self.take_in(cx, &output, found) {
            Ok(note) => note,
            Err(Nothing::Loading) => {
                toolbar::title_ui(ui, cx, &output);
                ui.centered_and_justified(|ui| {
                    widgets::weak(ui, tr("Reading the table…", "正在读取表格…"))
                });
                return;
            }
            Err(Nothing::NotRun) => {
                toolbar::title_ui(ui, cx, &output);
                subject::not_run_ui(ui, cx, &output.0);
                return;
            }
            Err(Nothing::Failed(trouble)) => {
                toolbar::title_ui(ui, cx, &output);
                widgets::notice_ui(ui, true, |ui| widgets::trouble_ui(ui, &trouble));
                return;
            }
        };
        let Some(mut open) = self.tables.remove(&output) else { return };
        self.clock += 1;
        open.used = self.clock;
        // While other rows are still read, the choice waits for them.
        if is_current {
            self.answer_wanted(cx, &mut open);
        }
        if let Some(trouble) = open.pump(cx.egui) {
            cx.trouble(&trouble);
        }
        toolbar::toolbar_ui(ui, cx, self, &output, &mut open);
        if let Some(note) = note {
            subject::note_ui(ui, cx, &output.0, note);
        }
        if self.shows_columns {
            if let Some(index) = columns::columns_ui(ui, &open, &self.column_search) {
                self.shows_columns = false;
                let number = open.shown_columns().iter().position(|shown| *shown == index);
                if let Some(number) = number {
                    open.grid.reveal_column(number);
                }
            }
        } else {
            chips::chips_ui(ui, &mut open);
            self.rows_ui(ui, &mut open);
        }
        self.tables.insert(output, open);
        self.forget_old();
    }

    fn rows_ui(&mut self, ui: &mut Ui, open: &mut OpenTable) {
        let chosen =
            open.grid.chosen_place().filter(|_| !self.hides_row && ui.available_width() > 420.0);
        if let Some(place) = chosen {
            let most = (ui.available_width() - 200.0).max(180.0);
            let frame = Frame::new().inner_margin(Margin { left: 12, right: 0, top: 0, bottom: 0 });
            let panel =
                Panel::right("data-row").default_size(264.0).size_range(180.0..=most).frame(frame);
            let is_closed = panel.show(ui, |ui| row::row_ui(ui, open, place)).inner;
            self.hides_row |= is_closed;
        }
        if open.n_shown() == 0 {
            subject::no_rows_ui(ui, open);
            return;
        }
        for wish in grid::grid_ui(ui, open) {
            match wish {
                GridWish::InspectRow => self.hides_row = false,
            }
        }
    }

    /// Opens or renews the table that was found.
    fn take_in(
        &mut self,
        cx: &Cx<'_>,
        output: &Output,
        found: Found<'_>,
    ) -> Result<Option<Note>, Nothing> {
        let (rows, key, note) = match found {
            Found::Same => return Ok(None),
            Found::Loading if self.tables.contains_key(output) && self.is_fresh_enough(output) => {
                return Ok(None);
            }
            Found::Loading => return Err(Nothing::Loading),
            Found::Nothing => return Err(Nothing::NotRun),
            Found::Failed(trouble) => return Err(Nothing::Failed(trouble)),
            Found::Result(table, key) => (std::borrow::Cow::Owned(table), Some(key), None),
            Found::Sample(table, note) => (std::borrow::Cow::Borrowed(table), None, Some(note)),
        };
        let rows = rows.rows();
        let done = match self.tables.get_mut(output) {
            Some(open) => open.renew(cx.egui, rows, key),
            None => OpenTable::new(cx.egui, rows, key).map(|open| {
                self.tables.insert(output.clone(), open);
            }),
        };
        done.map(|()| note).map_err(Nothing::Failed)
    }

    /// While the new result is read, the old rows stay, so that nothing flickers.
    fn is_fresh_enough(&self, output: &Output) -> bool {
        self.tables.get(output).is_some_and(|open| open.key.is_some())
    }

    fn answer_wanted(&mut self, cx: &mut Cx<'_>, open: &mut OpenTable) {
        match self.wanted.take() {
            Some(Wanted::Rows(key, rows)) if open.key.as_ref() == Some(&key) => {
                open.chosen = Some(Chosen {
                    rows: Arc::new(rows),
                    label: say!("From the plot", "来自图表"),
                });
            }
            Some(Wanted::Rows(key, rows)) => {
                // Another table is meant: the one whose result has this key.
                let mut nodes = cx.session.document().nodes();
                let has_key = |node: &str| {
                    cx.session.place_of(node, &key.1).is_some_and(|place| place.key == key.0)
                };
                if let Some(node) = nodes.find(|node| has_key(&node.id)).map(|node| node.id.clone())
                {
                    cx.view.panels.ports.pick(&node, PortType::Table, &key.1);
                    let is_shown = cx.chosen_node().is_some_and(|chosen| chosen.id == node);
                    if !is_shown {
                        cx.view.selection = crate::cx::Selection::of(node);
                    }
                    self.wanted = Some(Wanted::Rows(key, rows));
                    cx.egui.request_repaint();
                }
            }
            Some(Wanted::Numbers(numbers)) => {
                open.choose_numbers(cx.egui, numbers, say!("Chosen rows", "选定的行"));
            }
            None => {}
        }
    }

    /// Writes what is shown to a file beside the window.
    fn save(&mut self, ctx: &Context, output: &Output, path: PathBuf) {
        let Some(open) = self.tables.get(output) else { return };
        let (view, rows, columns) =
            (Arc::clone(&open.view), open.rows().cloned(), open.shown_columns());
        let n_rows = open.n_shown();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let task = Task::spawn(ctx, move |cx| {
            view.write(
                &path,
                rows.as_ref().map(|rows| rows.as_slice()),
                &columns,
                cx,
                cx.cancel(),
            )?;
            Ok(n_rows)
        });
        self.saving = Some(Saving { task, name });
    }

    fn follow_saving(&mut self, cx: &mut Cx<'_>) {
        let Some(saving) = &mut self.saving else { return };
        let Some(answer) = saving.task.poll() else { return };
        let name = std::mem::take(&mut saving.name);
        self.saving = None;
        match answer {
            Ok(n_rows) => {
                let n_rows = widgets::count(n_rows);
                cx.view
                    .toasts
                    .say(say!("{n_rows} rows saved to {name}", "已将 {n_rows} 行保存到 {name}"));
            }
            Err(trouble) if trouble.is_cancelled() => {}
            Err(trouble) => cx.trouble(&trouble),
        }
    }

    fn forget_old(&mut self) {
        while self.tables.len() > MAX_TABLES {
            let oldest = self.tables.iter().min_by_key(|(_, open)| open.used);
            let Some(output) = oldest.map(|(output, _)| output.clone()) else { return };
            self.tables.remove(&output);
        }
    }
}

/// Why there are no rows to show.
enum Nothing {
    Loading,
    NotRun,
    Failed(Trouble),
}

/// Draws it.
pub fn data_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut panel = std::mem::take(&mut cx.view.panels.data);
    let project = cx.session.project().path();
    if panel.project.as_deref() != project {
        panel.project = project.map(PathBuf::from);
        panel.tables.clear();
        cx.view.panels.ports.clear();
    }
    panel.follow_saving(cx);
    match cx.subject(PortType::Table) {
        Some((node, port)) => panel.table_ui(ui, cx, (node, port.to_owned())),
        None => subject::no_table_ui(ui, cx),
    }
    cx.view.panels.data = panel;
}
