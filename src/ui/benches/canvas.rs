//! CPU time of one frame of the window with 2,000 nodes and 3,000 wires: at rest, zoomed in and out, and while dragging.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use eframe::App as _;
use eframe::egui::{
    Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, ViewportId, pos2, vec2,
};
use pg_base::ParamValues;
use pg_contract::{NodeSpec, PortType};
use pg_nn::Devices;
use pg_pipeline::{Document, Edit, Link, Node, file};
use pg_session::{Core, SessionOptions};
use pg_ui::files::NativePicker;
use pg_ui::settings::Settings;
use pg_ui::{App, AppOptions};

const N_NODES: usize = 2_000;
const N_WIRES: usize = 3_000;
const N_COLUMNS: usize = 50;

/// A lattice of nodes of a kind that takes several networks and gives one.
fn document(core: &Core) -> Document {
    let registry = core.registry();
    let joins = |spec: &&&NodeSpec| {
        spec.inputs.iter().any(|port| port.takes_many && port.port_type == PortType::Network)
            && spec.outputs.iter().any(|port| port.port_type == PortType::Network)
    };
    let spec = registry.all().iter().find(joins).expect("a kind that joins networks");
    let (input, output) =
        (spec.inputs.first().expect("input").id, spec.outputs.first().expect("output").id);
    let mut document = Document::new("lattice");
    let mut apply = |edit: Edit| edit.apply(&mut document, registry).expect("applies");
    let id = |index: usize| format!("n{index:04}");
    for index in 0..N_NODES {
        let position = [(index / N_COLUMNS) as f32 * 240.0, (index % N_COLUMNS) as f32 * 144.0];
        apply(Edit::AddNode {
            node: Box::new(Node::new(id(index), spec, ParamValues::new(), position)),
        });
    }
    let mut links = Vec::new();
    for index in N_COLUMNS..N_NODES {
        links.push(Link::new((&id(index - N_COLUMNS), output), (&id(index), input)));
        if links.len() < N_WIRES && index > N_COLUMNS {
            links.push(Link::new((&id(index - N_COLUMNS - 1), output), (&id(index), input)));
        }
    }
    links.truncate(N_WIRES);
    // Put in as a whole: the check against circles is for wires that a person draws.
    let insert = links.into_iter().enumerate().collect();
    apply(Edit::SpliceLinks { remove: Vec::new(), insert });
    document
}

struct Window {
    ctx: Context,
    app: App,
    frame: eframe::Frame,
    time: f64,
}

impl Window {
    fn open(project: &Path, unsaved: &Path) -> Self {
        let ctx = Context::default();
        let options = AppOptions {
            project: Some(project.to_owned()),
            settings: Settings::load(None),
            session: SessionOptions {
                unsaved_folder: unsaved.to_owned(),
                ..SessionOptions::default()
            },
            picker: Arc::new(NativePicker),
        };
        let app =
            App::new(&ctx, Arc::new(Core::new(Devices::default())), options).expect("a window");
        let mut window = Self { ctx, app, frame: eframe::Frame::_new_kittest(), time: 0.0 };
        for _ in 0..200 {
            window.draw(Vec::new());
            std::thread::sleep(Duration::from_millis(5));
        }
        window
    }

    /// One frame as the window draws it, with the triangles for the graphics card.
    fn draw(&mut self, events: Vec<Event>) -> usize {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            viewport_id: ViewportId::ROOT,
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1440.0, 900.0))),
            time: Some(self.time),
            events,
            focused: true,
            ..RawInput::default()
        };
        let (app, frame) = (&mut self.app, &mut self.frame);
        let mut output = self.ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            app.logic(&ctx, frame);
            app.ui(ui, frame);
        });
        // Nobody uploads them here.
        output.textures_delta.clear();
        self.ctx.tessellate(output.shapes, output.pixels_per_point).len()
    }

    fn press(&mut self, key: Key) {
        for pressed in [true, false] {
            self.draw(vec![Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            }]);
        }
    }
}

fn frames(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("folder");
    let project = folder.path().join("lattice.pyro");
    let core = Core::new(Devices::default());
    file::save(&project, &document(&core)).expect("saved");
    let mut window = Window::open(&project, &folder.path().join("unsaved"));
    let mut group = criterion.benchmark_group("canvas");
    window.press(Key::Home);
    group.bench_function("zoomed_out", |bencher| bencher.iter(|| window.draw(Vec::new())));
    let middle = pos2(640.0, 300.0);
    let button = |pressed| Event::PointerButton {
        pos: middle,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    window.draw(vec![Event::PointerMoved(middle), button(true)]);
    let mut step = 0.0_f32;
    let mut drag = |window: &mut Window| {
        step += 7.0;
        window.draw(vec![Event::PointerMoved(middle + vec2(step % 200.0, step % 90.0))])
    };
    group.bench_function("zoomed_out_dragging", |bencher| bencher.iter(|| drag(&mut window)));
    window.draw(vec![button(false)]);
    window.press(Key::Num0);
    group.bench_function("zoomed_in", |bencher| bencher.iter(|| window.draw(Vec::new())));
    window.draw(vec![Event::PointerMoved(middle), button(true)]);
    group.bench_function("zoomed_in_dragging", |bencher| bencher.iter(|| drag(&mut window)));
    window.draw(vec![button(false)]);
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
