//! What the binary brings along: the node kinds and the devices.

use pg_contract::Registry;
use pg_nn::Devices;

/// Node kinds and devices; made once in `main`, the only place that knows which devices are compiled in.
#[derive(Debug)]
pub struct Core {
    registry: Registry,
    devices: Devices,
}

impl Core {
    /// All node kinds, and these devices.
    pub fn new(devices: Devices) -> Self {
        Self { registry: pg_nodes::registry(), devices }
    }

    /// The node kinds.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The devices.
    pub fn devices(&self) -> &Devices {
        &self.devices
    }
}
