//! Results of nodes, read from the disk beside the window and kept while they are looked at.

use std::collections::BTreeMap;

use eframe::egui::Context;
use pg_base::{Fingerprint, Trouble, say};
use pg_contract::Value;
use pg_session::Session;

use crate::tasks::Task;

/// Values kept; the ones not looked at for longest go first.
const MAX_VALUES: usize = 8;

/// A value that the window wants to show.
#[derive(Clone, Debug)]
pub enum Shown {
    /// The node has not run yet, or not since it was changed.
    Absent,
    /// It is being read.
    Loading,
    /// Here it is, with the key that tells it from every other value.
    Ready(Key, Value),
    /// It could not be read.
    Failed(Trouble),
}

/// Tells values apart: two results with the same key are the same value.
pub type Key = (Fingerprint, String);

/// The values that are read.
#[derive(Debug, Default)]
pub struct Values {
    held: BTreeMap<Key, Held>,
    clock: u64,
}

#[derive(Debug)]
struct Held {
    state: State,
    used: u64,
}

#[derive(Debug)]
enum State {
    Loading(Task<Value>),
    Ready(Value),
    Failed(Trouble),
}

impl Values {
    /// The value of an output; reading begins with the first call.
    pub fn get(&mut self, ctx: &Context, session: &Session, node: &str, port: &str) -> Shown {
        let Some(place) = session.place_of(node, port) else { return Shown::Absent };
        self.clock += 1;
        let key = (place.key, port.to_owned());
        let held = self.held.entry(key.clone()).or_insert_with(|| Held {
            state: State::Loading(Task::spawn(ctx, move |_| place.read().ok_or_else(gone))),
            used: 0,
        });
        held.used = self.clock;
        if let State::Loading(task) = &mut held.state
            && let Some(answer) = task.poll()
        {
            held.state = match answer {
                Ok(value) => State::Ready(value),
                Err(trouble) => State::Failed(trouble),
            };
        }
        let shown = match &held.state {
            State::Loading(_) => Shown::Loading,
            State::Ready(value) => Shown::Ready(key, value.clone()),
            State::Failed(trouble) => Shown::Failed(trouble.clone()),
        };
        self.forget_old();
        shown
    }

    /// Forgets everything; results may have been removed from the disk.
    pub fn clear(&mut self) {
        self.held.clear();
    }

    fn forget_old(&mut self) {
        while self.held.len() > MAX_VALUES {
            let oldest = self.held.iter().min_by_key(|(_, held)| held.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.held.remove(&key);
        }
    }
}

fn gone() -> Trouble {
    Trouble::new("value-gone", say!("the result is not there any more", "结果已不存在"))
        .advice(say!("Run the node again.", "请重新运行该节点。"))
}
