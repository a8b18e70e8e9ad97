//! The palette under the test harness.

use eframe::egui::{Key, Role};

use crate::inspector::tests::Window;

#[test]
fn what_was_searched_for_is_added_and_joined_by_enter() {
    let mut window = Window::open("iris");
    let (kind, title, from) = {
        let session = window.harness.state().session();
        let registry = session.core().registry();
        // A kind that takes what the first node gives.
        let first = session.analysis().order.first().expect("nodes").clone();
        let given = registry
            .get(&session.document().node(&first).expect("node").kind)
            .expect("known")
            .outputs[0]
            .port_type;
        let spec = registry
            .all()
            .iter()
            .find(|spec| spec.inputs.len() == 1 && spec.inputs[0].port_type == given)
            .expect("a kind");
        (spec.id, spec.text.title.en, first)
    };
    let title_of_first = crate::names::title_of(window.harness.state().session(), &from);
    window.click(Role::ListItem, &title_of_first);
    window.click(Role::Tab, "Library");
    window.click(Role::TextInput, "Filter nodes");
    window.type_text(title);
    let n_nodes = window.harness.state().session().document().n_nodes();
    window.press(Key::Enter);
    let app = window.harness.state();
    assert_eq!(app.session().document().n_nodes(), n_nodes + 1);
    let added = app.view().selection.nodes.iter().next().expect("chosen").clone();
    let document = app.session().document();
    assert_eq!(document.node(&added).expect("added").kind, kind);
    assert!(document.links().iter().any(|link| link.from.node == from && link.to.node == added));
    assert_eq!(app.session().project().history().n_undo(), 1);
    assert_eq!(app.view().settings.recent_kinds, [kind]);
}
