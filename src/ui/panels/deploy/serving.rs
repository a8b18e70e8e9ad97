//! Serve: predictions over HTTP from this window, on this computer only unless there is a token.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use eframe::egui::{
    self, ComboBox, CornerRadius, DragValue, Frame, Margin, RichText, ScrollArea, Sense, Stroke,
    TextEdit, Ui, vec2,
};
use egui_material_icons::icons;
use pg_base::Trouble;
use pg_deploy::Scorer;
use pg_deploy::serve::{ServeOptions, serve};
use serde_json::json;

use super::oracle::{About, DEVICE};
use super::parts::{Outside, form_row_ui, section_ui};
use super::try_it::TryIt;
use crate::cx::Cx;
use crate::lang::tr;
use crate::tasks::Task;
use crate::theme::{self, size, tokens};
use crate::widgets;

/// Port that is offered first.
const PORT: u16 = 8080;
/// What stands for a picture in the example until it is a shell's business.
const PICTURE: &str = "PICTURE";

/// Who can reach the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Reach {
    /// Programs on this computer.
    #[default]
    ThisComputer,
    /// Everybody on the network who has the token.
    Network,
}

/// The server and how it is set up.
#[derive(Debug)]
pub(in crate::panels) struct Serving {
    reach: Reach,
    port: u16,
    token: String,
    server: Option<Server>,
    trouble: Option<Trouble>,
}

#[derive(Debug)]
struct Server {
    task: Task<()>,
    ready: Receiver<Ready>,
    at: Option<Ready>,
    /// Of the model that it serves.
    version: String,
    token: Option<String>,
    is_stopping: bool,
}

/// Where the server answers.
#[derive(Clone, Copy, Debug)]
struct Ready {
    /// What people call.
    host: IpAddr,
    port: u16,
}

impl Default for Serving {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            port: PORT,
            token: String::new(),
            server: None,
            trouble: None,
        }
    }
}

impl Reach {
    fn title(self) -> &'static str {
        match self {
            Self::ThisComputer => tr("This computer only (127.0.0.1)", "仅本机（127.0.0.1）"),
            Self::Network => tr("The whole network (0.0.0.0)", "整个网络（0.0.0.0）"),
        }
    }

    fn ip(self) -> Ipv4Addr {
        match self {
            Self::ThisComputer => Ipv4Addr::LOCALHOST,
            Self::Network => Ipv4Addr::UNSPECIFIED,
        }
    }
}

impl Ready {
    fn address(self) -> String {
        format!("http://{}/", SocketAddr::new(self.host, self.port))
    }
}

impl Serving {
    /// Whether somebody can ask now.
    pub(super) fn is_on(&self) -> bool {
        self.server.as_ref().is_some_and(|server| server.at.is_some() && !server.is_stopping)
    }

    /// Takes in what the server tells.
    pub(super) fn poll(&mut self) {
        let Some(server) = &mut self.server else { return };
        if let Ok(ready) = server.ready.try_recv() {
            server.at = Some(ready);
        }
        if let Some(answer) = server.task.poll() {
            self.trouble = answer.err().filter(|trouble| !trouble.is_cancelled());
            self.server = None;
        }
    }

    fn start(&mut self, cx: &Cx<'_>, about: &About, name: String) {
        let addr = SocketAddr::from((self.reach.ip(), self.port));
        let token = (self.reach == Reach::Network).then(|| self.token.trim().to_owned());
        let (model, core, ctx) = (Arc::clone(&about.model), cx.session.core_arc(), cx.egui.clone());
        let (outbox, ready) = mpsc::channel();
        let mut options = ServeOptions::for_model(&model, addr);
        options.token.clone_from(&token);
        options.ends_on_signals = false;
        let task = Task::spawn(cx.egui, move |task| {
            let compute = core.devices().open(DEVICE)?;
            let scorer = Scorer::new(model, &*compute)?.named(name);
            let on_ready = move |addr: SocketAddr| {
                let host = if addr.ip().is_unspecified() {
                    own_address().unwrap_or(addr.ip())
                } else {
                    addr.ip()
                };
                // The panel may be gone.
                let _ = outbox.send(Ready { host, port: addr.port() });
                ctx.request_repaint();
            };
            serve(scorer, &options, on_ready, task.cancel())
        });
        self.trouble = None;
        self.server = Some(Server {
            task,
            ready,
            at: None,
            version: about.version.clone(),
            token,
            is_stopping: false,
        });
    }

    fn stop(&mut self) {
        if let Some(server) = &mut self.server {
            server.task.cancel();
            server.is_stopping = true;
        }
    }
}

/// The address under which others reach this computer; nothing is sent to find it.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address that is kept for documentation: only the way there is looked up.
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    socket.local_addr().ok().map(|addr| addr.ip())
}

/// 128 bits from the operating system's random numbers, which key every `RandomState`.
fn new_token() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let state = RandomState::new();
    format!("{:016x}{:016x}", state.hash_one(0_u8), state.hash_one(1_u8))
}

/// Draws the section.
pub(super) fn serving_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut Serving,
    about: &About,
    name: &str,
    try_it: &TryIt,
    outside: &mut Outside,
) {
    section_ui(ui, "serve", |ui| {
        state_ui(ui, cx, state, about, outside);
        ui.add_space(2.0);
        if state.server.is_none() {
            setup_ui(ui, state);
            form_row_ui(ui, "", |ui| {
                if widgets::primary_button(
                    ui,
                    Some(icons::ICON_PLAY_ARROW),
                    tr("Start the server", "启动服务"),
                )
                .clicked()
                {
                    state.start(cx, about, name.to_owned());
                }
            });
            if let Some(trouble) = state.trouble.clone() {
                trouble_ui(ui, state, &trouble);
            }
            return;
        }
        if let Some(server) = state.server.as_ref().filter(|server| server.version != about.version)
        {
            let is_stopping = server.is_stopping;
            widgets::notice_ui(ui, false, |ui| {
                let text = tr(
                    "The server still uses the model from before the last training.",
                    "服务仍在使用上次训练之前的模型。",
                );
                ui.add(egui::Label::new(text).wrap());
                if !is_stopping
                    && widgets::link(ui, tr("Stop it, then start it again", "停止后重新启动"))
                        .clicked()
                {
                    state.stop();
                }
            });
        }
        if let Some(server) = &state.server
            && let Some(at) = server.at
        {
            example_ui(ui, cx, at, server.token.as_deref(), try_it);
        }
    });
}

/// The light, the address, and the button that ends it.
fn state_ui(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    state: &mut Serving,
    about: &About,
    outside: &mut Outside,
) {
    let tokens = tokens(ui);
    let (color, text) = match &state.server {
        None => (tokens.weak, tr("The model is not served.", "模型未提供服务。")),
        Some(server) if server.is_stopping => (tokens.warning, tr("Stopping…", "正在停止…")),
        Some(server) if server.at.is_none() => (tokens.warning, tr("Starting…", "正在启动…")),
        Some(_) => (tokens.good, tr("Serving at", "服务地址")),
    };
    ui.horizontal(|ui| {
        ui.set_min_height(size::CONTROL);
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
        ui.painter().circle_filled(rect.center(), 5.0, color);
        if state.is_on() {
            ui.painter().circle_stroke(
                rect.center(),
                7.5,
                Stroke::new(2.0, color.gamma_multiply(0.35)),
            );
        }
        ui.label(RichText::new(text).font(theme::bold(size::BODY)).color(tokens.strong));
        let at =
            state.server.as_ref().filter(|server| !server.is_stopping).and_then(|server| server.at);
        if let Some(at) = at {
            let address = at.address();
            if widgets::link(ui, &address)
                .on_hover_text(tr(
                    "Opens a page on which the model can be tried",
                    "打开可试用模型的网页",
                ))
                .clicked()
            {
                outside.open(cx, &address);
            }
            if widgets::icon_button(
                ui,
                icons::ICON_CONTENT_COPY,
                tr("Copy the address", "复制地址"),
            )
            .clicked()
            {
                ui.ctx().copy_text(address.clone());
            }
            if widgets::icon_button(ui, icons::ICON_OPEN_IN_NEW, tr("Open the page", "打开网页"))
                .clicked()
            {
                outside.open(cx, &address);
            }
            if widgets::button(ui, Some(icons::ICON_STOP), tr("Stop", "停止")).clicked() {
                state.stop();
            }
        } else if state.server.is_none() && !about.targets.is_empty() {
            let text = tr(
                "Once it runs, programs and people can ask it for predictions.",
                "启动后，程序和用户即可向它请求预测。",
            );
            widgets::truncated(ui, RichText::new(text).color(tokens.weak));
        }
    });
}

fn setup_ui(ui: &mut Ui, state: &mut Serving) {
    form_row_ui(ui, tr("Who can reach it", "谁可以访问"), |ui| {
        let combo =
            ComboBox::from_id_salt("serve-reach").selected_text(state.reach.title()).width(260.0);
        ui.name_inputs(tr("Who can reach it", "谁可以访问"), |ui| {
            combo.show_ui(ui, |ui| {
                for reach in [Reach::ThisComputer, Reach::Network] {
                    ui.selectable_value(&mut state.reach, reach, reach.title());
                }
            })
        });
    });
    form_row_ui(ui, tr("Port", "端口"), |ui| {
        let port = DragValue::new(&mut state.port)
            .range(1..=u16::MAX)
            .speed(0.2)
            .custom_formatter(|port, _| format!("{port:.0}"));
        ui.name_inputs(tr("Port", "端口"), |ui| ui.add_sized(vec2(72.0, size::CONTROL), port));
    });
    if state.reach == Reach::Network {
        if state.token.is_empty() {
            state.token = new_token();
        }
        form_row_ui(ui, tr("Token", "令牌"), |ui| {
            let edit = TextEdit::singleline(&mut state.token)
                .desired_width(320.0)
                .margin(Margin::symmetric(8, 6));
            ui.name_inputs(tr("Token", "令牌"), |ui| {
                ui.add(edit.font(egui::TextStyle::Monospace))
            });
            if widgets::icon_button(ui, icons::ICON_CONTENT_COPY, tr("Copy the token", "复制令牌"))
                .clicked()
            {
                ui.ctx().copy_text(state.token.clone());
            }
            if widgets::icon_button(
                ui,
                icons::ICON_REFRESH,
                tr("Make another token", "生成新的令牌"),
            )
            .clicked()
            {
                state.token = new_token();
            }
        });
        form_row_ui(ui, "", |ui| {
            let text = tr(
                "Others need this token. The connection is not encrypted: only in networks that you trust.",
                "其他人需要此令牌。连接未加密，请只在可信网络中使用。",
            );
            let color = tokens(ui).weak;
            ui.add(egui::Label::new(RichText::new(text).size(size::SMALL).color(color)).wrap());
        });
    }
}

/// Why it did not start; a port in use has a way out.
fn trouble_ui(ui: &mut Ui, state: &mut Serving, trouble: &Trouble) {
    widgets::notice_ui(ui, true, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        if trouble.code != "serve-address" {
            widgets::trouble_ui(ui, trouble);
            return;
        }
        let strong = tokens(ui).strong;
        let port = state.port;
        let text = pg_base::say!(
            "Port {port} cannot be used: another program has it, or it is not ours to use.",
            "无法使用端口 {port}：它已被其他程序占用，或没有使用权限。"
        );
        ui.add(egui::Label::new(RichText::new(crate::lang::Tr::tr(&text)).color(strong)).wrap());
        let label = tr("Use the next port", "使用下一个端口");
        if widgets::link(ui, label).clicked() {
            state.port = state.port.checked_add(1).unwrap_or(PORT);
            state.trouble = None;
        }
    });
}

/// The same from a terminal, to copy.
fn example_ui(ui: &mut Ui, cx: &Cx<'_>, at: Ready, token: Option<&str>, try_it: &TryIt) {
    let Some(row) = try_it.example(PICTURE) else { return };
    let body = json!({ "rows": [row] }).to_string();
    let command = curl(&at.address(), &body, token, try_it.has_picture());
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        widgets::subheading(ui, tr("From a program", "在程序中调用"));
        let text = tr("with the row of “Try it”", "使用“试一试”中的行");
        ui.label(RichText::new(text).size(size::SMALL).color(tokens.weak));
        if widgets::icon_button(ui, icons::ICON_CONTENT_COPY, tr("Copy the command", "复制命令"))
            .clicked()
        {
            cx.egui.copy_text(command.clone());
        }
    });
    let frame = Frame::new()
        .fill(tokens.field)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(size::RADIUS))
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().id_salt("curl").max_height(180.0).show(ui, |ui| {
            let text = RichText::new(&command).monospace().size(size::SMALL).color(tokens.text);
            ui.add(egui::Label::new(text).wrap().selectable(true));
        });
    });
}

/// A command that works as it is pasted into a shell; a picture is read from `picture.png`.
fn curl(address: &str, body: &str, token: Option<&str>, has_picture: bool) -> String {
    let mut body = body.replace('\'', "'\\''");
    if has_picture {
        body = body.replace(PICTURE, "'\"$(base64 -w0 picture.png)\"'");
    }
    let secret =
        token.map(|token| format!(" \\\n  -H 'Authorization: Bearer {token}'")).unwrap_or_default();
    format!(
        "curl {address}predict \\\n  -H 'Content-Type: application/json'{secret} \\\n  -d '{body}'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted() {
        let plain = curl("http://127.0.0.1:8080/", r#"{"rows":[{"name":"O'Hara"}]}"#, None, false);
        assert!(plain.starts_with("curl http://127.0.0.1:8080/predict \\\n"));
        assert!(plain.ends_with(r#"-d '{"rows":[{"name":"O'\''Hara"}]}'"#));
        let picture =
            curl("http://127.0.0.1:1/", r#"{"rows":[{"image":"PICTURE"}]}"#, Some("secret"), true);
        assert!(picture.contains("-H 'Authorization: Bearer secret'"));
        assert!(picture.ends_with(r#"{"image":"'"$(base64 -w0 picture.png)"'"}]}'"#));
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (a, b) = (new_token(), new_token());
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
    }
}
