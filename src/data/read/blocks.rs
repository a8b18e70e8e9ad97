//! Cuts a stream of text into blocks of whole records, so that blocks can be read in parallel and memory stays bounded.

use pg_base::Trouble;

use super::records::Dialect;
use super::source::{Filled, TextSource};

/// A longer record is refused; an unclosed quote would otherwise take the rest of the file into memory.
pub(super) const MAX_RECORD_BYTES: usize = 64 << 20;

/// Why no text follows a block although the file goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockFault {
    /// The bytes after the text do not belong to the encoding.
    BytesInvalid,
    /// The last record is longer than [`MAX_RECORD_BYTES`].
    RecordTooLong,
}

/// Text that begins at the start of a record and ends at the end of one, the last block perhaps without a line end.
#[derive(Debug)]
pub(super) struct Block {
    /// UTF-8 where the source decoded it; otherwise still to be checked.
    pub text: Vec<u8>,
    /// What ended the stream early.
    pub fault: Option<BlockFault>,
}

/// The blocks of a source.
#[derive(Debug)]
pub(super) struct Blocks {
    source: TextSource,
    dialect: Dialect,
    block_bytes: usize,
    carry: Vec<u8>,
    state: Filled,
}

impl Blocks {
    /// Continues a source of which `sample` was read already, with the state after that.
    pub(super) fn new(
        source: TextSource,
        dialect: Dialect,
        sample: Vec<u8>,
        state: Filled,
        block_bytes: usize,
    ) -> Self {
        Self { source, dialect, block_bytes, carry: sample, state }
    }

    /// The source, for its encoding and progress.
    pub(super) fn source(&self) -> &TextSource {
        &self.source
    }

    /// The next block; none at the end.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>, Trouble> {
        loop {
            match self.state {
                Filled::End => {
                    let text = std::mem::take(&mut self.carry);
                    return Ok((!text.is_empty()).then_some(Block { text, fault: None }));
                }
                Filled::BytesInvalid => {
                    self.state = Filled::End;
                    let text = std::mem::take(&mut self.carry);
                    return Ok(Some(Block { text, fault: Some(BlockFault::BytesInvalid) }));
                }
                Filled::More => {}
            }
            // A record that does not fit doubles what is read, so that looking for its end stays linear.
            let n_wanted =
                self.block_bytes.saturating_sub(self.carry.len()).max(self.carry.len()).max(1);
            self.state = self.source.fill(&mut self.carry, n_wanted)?;
            if self.state != Filled::More {
                continue;
            }
            if let Some(end) = self.dialect.last_record_end(&self.carry) {
                let rest = self.carry.split_off(end);
                return Ok(Some(Block {
                    text: std::mem::replace(&mut self.carry, rest),
                    fault: None,
                }));
            }
            if self.carry.len() > MAX_RECORD_BYTES {
                self.state = Filled::End;
                let text = std::mem::take(&mut self.carry);
                return Ok(Some(Block { text, fault: Some(BlockFault::RecordTooLong) }));
            }
        }
    }
}
