//! Reads blocks of records into typed columns, several blocks at a time.

use pg_base::{CancelToken, Progress, Trouble, say};
use rayon::prelude::*;

use super::blocks::{Block, BlockFault, Blocks, MAX_RECORD_BYTES};
use super::cells::{Cells, Form, Marks, Part};
use super::csv::CsvOptions;
use super::gathered::Columns;
use super::opened::fault_trouble;
use super::records::{Dialect, Fault, Records};

/// How a file is to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan<'a> {
    pub options: &'a CsvOptions,
    pub dialect: Dialect,
    /// How each column of the file is read.
    pub forms: &'a [Form],
    /// Which column of the table each one is; none where it is left out.
    pub places: &'a [Option<usize>],
    pub marks: &'a Marks,
}

/// The typed columns of one block.
struct Parsed {
    parts: Vec<Part>,
    n_rows: usize,
    fault: Option<RowFault>,
}

/// What is wrong with the row after the last good one.
enum RowFault {
    Ragged { n_cells: usize },
    Quotes(Fault),
    Block(BlockFault),
}

/// Reads all blocks into the columns of the table; gives the number of rows.
pub(super) fn read_columns(
    blocks: &mut Blocks,
    plan: Plan<'_>,
    columns: &mut Columns,
    cancel: &CancelToken,
    progress: &dyn Progress,
) -> Result<usize, Trouble> {
    let n_at_once = 2 * rayon::current_num_threads();
    let mut n_rows = 0;
    let mut batch = next_batch(blocks, n_at_once)?;
    while !batch.is_empty() {
        cancel.check()?;
        // The next blocks are fetched while these are read.
        let (parsed, following) = rayon::join(
            || batch.into_par_iter().map(|block| parse(block, plan)).collect::<Vec<Parsed>>(),
            || next_batch(blocks, n_at_once),
        );
        for block in parsed {
            columns.add(block.parts, plan.places, block.n_rows)?;
            n_rows += block.n_rows;
            if let Some(fault) = block.fault {
                return Err(row_trouble(&fault, n_rows as u64 + 1, plan));
            }
        }
        progress
            .report(blocks.source().fraction(), &say!("Read {n_rows} rows", "已读取 {n_rows} 行"));
        batch = following?;
    }
    Ok(n_rows)
}

/// The trouble with a row that has more or fewer cells than there are columns.
pub(super) fn ragged_trouble(row: u64, n_cells: usize, n_columns: usize) -> Trouble {
    Trouble::new("row-ragged", say!("the row has {n_cells} cells", "该行有 {n_cells} 个单元格"))
        .expected(say!(
            "{n_columns} cells, as in the first row of the file",
            "{n_columns} 个单元格，与文件首行一致"
        ))
        .advice(say!(
            "Correct the row, or check delimiter and quote.",
            "请修正该行，或检查分隔符和引号设置。"
        ))
        .row(row)
}

/// The trouble with what ended a block early.
pub(super) fn block_trouble(fault: BlockFault, row: u64, options: &CsvOptions) -> Trouble {
    match fault {
        BlockFault::BytesInvalid => {
            let label = options.encoding.unwrap_or(super::Encoding::Utf8).label();
            let (en, zh) = (label.en, label.zh);
            Trouble::new(
                "bytes-invalid",
                say!("the row holds bytes that are not {en}", "该行包含不属于 {zh} 编码的字节"),
            )
            .advice(say!("Choose another encoding.", "请选择其他编码。"))
        }
        BlockFault::RecordTooLong => {
            let n_mib = MAX_RECORD_BYTES >> 20;
            Trouble::new(
                "row-too-long",
                say!("the row is longer than {n_mib} MiB", "该行超过 {n_mib} MiB"),
            )
            .advice(say!(
                "Look for a quote that never closes, or set the quote to “none”.",
                "请检查是否有未闭合的引号，或将引号设为“无”。"
            ))
        }
    }
    .row(row)
    .path(&options.path)
}

/// The records of a block as text: all of it, or up to the record with the fault.
pub(super) fn text_of_block(block: &Block, dialect: Dialect) -> (&str, Option<BlockFault>) {
    let (text, fault) = match std::str::from_utf8(&block.text) {
        Ok(text) => (text, block.fault),
        Err(error) => {
            let valid = block.text.get(..error.valid_up_to()).unwrap_or_default();
            (std::str::from_utf8(valid).unwrap_or_default(), Some(BlockFault::BytesInvalid))
        }
    };
    match fault {
        None => (text, None),
        Some(_) => (
            text.get(..dialect.last_record_end(text.as_bytes()).unwrap_or(0)).unwrap_or_default(),
            fault,
        ),
    }
}

fn next_batch(blocks: &mut Blocks, n_at_once: usize) -> Result<Vec<Block>, Trouble> {
    let mut batch = Vec::with_capacity(n_at_once);
    while batch.len() < n_at_once {
        match blocks.next_block()? {
            Some(block) => batch.push(block),
            None => break,
        }
    }
    Ok(batch)
}

fn parse(block: Block, plan: Plan<'_>) -> Parsed {
    let (text, block_fault) = text_of_block(&block, plan.dialect);
    let mut records = Records::new(text, plan.dialect);
    let mut spans = Vec::with_capacity(plan.forms.len());
    let (mut n_rows, mut fault) = (0, None);
    // Lines bound the number of rows; room for more would stay allocated as long as the table.
    let n_lines = 1 + count_byte(text.as_bytes(), plan.dialect.line_end);
    let new_cells = |form: &Form| Cells::new(*form, n_lines, 1, plan.options.trims);
    let mut cells: Vec<Cells> = plan.forms.iter().map(new_cells).collect();
    while fault.is_none() {
        match records.next_into(&mut spans) {
            Ok(false) => break,
            Ok(true) if spans.len() == plan.forms.len() => {
                for (cells, span) in cells.iter_mut().zip(&spans) {
                    cells.push(n_rows, &span.text(text, plan.dialect), plan.marks);
                }
                n_rows += 1;
            }
            Ok(true) => fault = Some(RowFault::Ragged { n_cells: spans.len() }),
            Err(broken) => fault = Some(RowFault::Quotes(broken)),
        }
    }
    let fault = fault.or(block_fault.map(RowFault::Block));
    let parts = cells.into_iter().map(Cells::finish).collect();
    Parsed { parts, n_rows, fault }
}

/// How often a byte occurs; counts of up to 255 fit a byte, which lets the compiler count many at once.
fn count_byte(bytes: &[u8], wanted: u8) -> usize {
    let count = |some: &[u8]| some.iter().map(|byte| u8::from(*byte == wanted)).sum::<u8>();
    bytes.chunks(255).map(|some| usize::from(count(some))).sum()
}

fn row_trouble(fault: &RowFault, row: u64, plan: Plan<'_>) -> Trouble {
    match fault {
        RowFault::Ragged { n_cells } => {
            ragged_trouble(row, *n_cells, plan.forms.len()).path(&plan.options.path)
        }
        RowFault::Quotes(fault) => fault_trouble(*fault, row, plan.options),
        RowFault::Block(fault) => block_trouble(*fault, row, plan.options),
    }
}
