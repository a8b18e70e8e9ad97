//! What a picture of a table shows: its kind and its columns, as chosen by the person or fitting to the table.

use egui_material_icons::MaterialIcon;
use egui_material_icons::icons;
use pg_data::{Column, ColumnKind, Part, Role, Schema};

use crate::lang::tr;

/// Kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// How often values occur.
    Histogram,
    /// Quartiles by group.
    Boxes,
    /// Two numbers per row.
    Scatter,
    /// A number along another one, or along the rows.
    Line,
    /// A count or a mean by category.
    Bars,
    /// Counts by two columns.
    Heat,
    /// How numbers go together, all with all.
    Correlation,
}

/// A place of a picture that a column takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// The first.
    X,
    /// The second.
    Y,
    /// The colours.
    Color,
}

/// The person's choice for a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Chosen {
    /// Not chosen: what fits.
    #[default]
    Fitting,
    /// No column.
    Nothing,
    /// This column, where the table has it.
    Column(String),
}

/// What the person chose; holds for every table that has such columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Choices {
    pub(super) kind: Option<Kind>,
    /// In the order of [`Slot`]: X, Y, colour.
    pub(super) columns: [Chosen; 3],
    pub(super) part: Option<Part>,
    pub(super) is_log: [bool; 2],
}

/// What is drawn: every choice made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spec {
    pub(super) kind: Kind,
    /// In the order of [`Slot`]: X, Y, colour.
    pub(super) columns: [Option<String>; 3],
    pub(super) part: Option<Part>,
    pub(super) is_log: [bool; 2],
}

impl Kind {
    /// All kinds in order.
    pub(super) const ALL: [Self; 7] = [
        Self::Histogram,
        Self::Boxes,
        Self::Scatter,
        Self::Line,
        Self::Bars,
        Self::Heat,
        Self::Correlation,
    ];

    /// What the person reads.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Histogram => tr("Histogram", "直方图"),
            Self::Boxes => tr("Box plot", "箱线图"),
            Self::Scatter => tr("Scatter", "散点图"),
            Self::Line => tr("Line", "折线图"),
            Self::Bars => tr("Bars", "柱状图"),
            Self::Heat => tr("Heat map", "热力图"),
            Self::Correlation => tr("Correlation", "相关矩阵"),
        }
    }

    /// What it tells.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Histogram => tr("How the values of one column are spread", "一列数值的分布情况"),
            Self::Boxes => {
                tr("Median, quartiles and outliers of each group", "各组的中位数、四分位数和离群值")
            }
            Self::Scatter => tr("Each row as a dot by two columns", "以两列为坐标，每行一个点"),
            Self::Line => {
                tr("A number in the order of time or of the rows", "数值随时间或行顺序的变化")
            }
            Self::Bars => {
                tr("How many rows, or which mean, each category has", "各类别的行数或均值")
            }
            Self::Heat => {
                tr("How often the values of two columns occur together", "两列取值同时出现的次数")
            }
            Self::Correlation => {
                tr("How strongly numbers rise and fall together", "各数值列之间的相关程度")
            }
        }
    }

    pub(super) fn icon(self) -> MaterialIcon {
        match self {
            Self::Histogram => icons::ICON_EQUALIZER,
            Self::Boxes => icons::ICON_CANDLESTICK_CHART,
            Self::Scatter => icons::ICON_SCATTER_PLOT,
            Self::Line => icons::ICON_SHOW_CHART,
            Self::Bars => icons::ICON_BAR_CHART,
            Self::Heat => icons::ICON_GRID_ON,
            Self::Correlation => icons::ICON_APPS,
        }
    }

    /// The places that it has, with their names and whether a column must be there.
    pub(super) fn slots(self) -> Vec<(Slot, &'static str, bool)> {
        let color = (Slot::Color, tr("Color by", "着色依据"), false);
        match self {
            Self::Histogram => vec![(Slot::X, tr("Column", "列"), true), color],
            Self::Boxes => {
                vec![(Slot::Y, tr("Numbers", "数值"), true), (Slot::X, tr("Groups", "分组"), false)]
            }
            Self::Scatter => vec![
                (Slot::X, tr("Across", "横轴"), true),
                (Slot::Y, tr("Up", "纵轴"), true),
                color,
            ],
            Self::Line => vec![
                (Slot::X, tr("Along", "沿"), false),
                (Slot::Y, tr("Numbers", "数值"), true),
                color,
            ],
            Self::Bars => vec![
                (Slot::X, tr("Categories", "类别"), true),
                (Slot::Y, tr("Mean of", "均值列"), false),
                color,
            ],
            Self::Heat => {
                vec![(Slot::X, tr("Across", "横轴"), true), (Slot::Y, tr("Down", "纵轴"), true)]
            }
            Self::Correlation => Vec::new(),
        }
    }

    /// What stands for no column in a place.
    pub(super) fn nothing(self, slot: Slot) -> &'static str {
        match (self, slot) {
            (Self::Line, Slot::X) => tr("Row order", "行顺序"),
            (Self::Boxes, Slot::X) => tr("All rows together", "全部行"),
            (Self::Bars, Slot::Y) => tr("Number of rows", "行数"),
            _ => tr("None", "无"),
        }
    }

    /// Whether a column can take a place.
    pub(super) fn fits(self, slot: Slot, column: &Column) -> bool {
        match (self, slot) {
            (Self::Histogram, Slot::X) => is_countable(column) || is_measured(column),
            (Self::Heat, _) => is_countable(column),
            (Self::Boxes | Self::Bars, Slot::X) | (_, Slot::Color) => {
                matches!(column.kind, ColumnKind::Category | ColumnKind::Number)
            }
            (_, Slot::X | Slot::Y) => is_measured(column),
        }
    }

    /// The column that a place takes by itself.
    fn fitting(self, slot: Slot, schema: &Schema, taken: Option<&str>) -> Option<String> {
        let fits =
            |column: &&Column| self.fits(slot, column) && Some(column.name.as_str()) != taken;
        let is_used = |column: &&Column| !matches!(column.role, Role::Id | Role::Ignored);
        let columns = || schema.columns.iter().filter(fits);
        let category =
            || columns().find(|column| column.kind == ColumnKind::Category && is_used(column));
        let target = || columns().find(|column| column.role == Role::Target);
        let class = || target().filter(|column| column.kind == ColumnKind::Category);
        let feature = || columns().find(|column| column.role == Role::Feature && is_number(column));
        let any = || columns().find(is_used).or_else(|| columns().next());
        let found = match (self, slot) {
            (Self::Line, Slot::X) => columns()
                .find(|column| column.role == Role::Time)
                .or_else(|| columns().find(|column| column.kind == ColumnKind::Date)),
            (Self::Line, Slot::Y) => {
                target().filter(|column| is_number(column)).or_else(feature).or_else(any)
            }
            (Self::Bars, Slot::Y) | (Self::Line, Slot::Color) => None,
            (Self::Scatter, Slot::Color) => target().or_else(category),
            (Self::Bars, Slot::X) => class().or_else(category).or_else(any),
            (Self::Boxes, Slot::X) | (_, Slot::Color) => class().or_else(category),
            (Self::Heat, Slot::X) => category().or_else(any),
            (Self::Heat, Slot::Y) => target().or_else(category).or_else(any),
            (_, Slot::X | Slot::Y) => feature().or_else(any),
        };
        found.map(|column| column.name.clone())
    }
}

impl Choices {
    /// The choices with what fits to a table in every open place.
    pub(super) fn resolve(&self, schema: &Schema, is_split: bool) -> Spec {
        let has_numbers =
            schema.columns.iter().any(|column| is_number(column) && column.role != Role::Target);
        let kind = self.kind.unwrap_or(if has_numbers { Kind::Histogram } else { Kind::Bars });
        let mut columns = [None, None, None];
        for (slot, _, is_required) in kind.slots() {
            let chosen = match self.columns.get(slot as usize) {
                Some(Chosen::Column(name)) => schema
                    .get(name)
                    .filter(|column| kind.fits(slot, column))
                    .map(|column| Some(column.name.clone())),
                Some(Chosen::Nothing) if !is_required => Some(None),
                _ => None,
            };
            let taken = columns.iter().flatten().next().cloned();
            let column = chosen.unwrap_or_else(|| {
                let fitting = kind.fitting(slot, schema, taken.as_deref());
                // The only column of its kind may stand in two places.
                if is_required {
                    fitting.or_else(|| kind.fitting(slot, schema, None))
                } else {
                    fitting
                }
            });
            if let Some(place) = columns.get_mut(slot as usize) {
                *place = column;
            }
        }
        let can_be_log = matches!(kind, Kind::Scatter | Kind::Line | Kind::Histogram);
        let is_log = [self.is_log[0] && kind == Kind::Scatter, self.is_log[1] && can_be_log];
        Spec { kind, columns, part: self.part.filter(|_| is_split), is_log }
    }

    /// Sets the column of a place.
    pub(super) fn set(&mut self, slot: Slot, chosen: Chosen) {
        if let Some(place) = self.columns.get_mut(slot as usize) {
            *place = chosen;
        }
    }
}

impl Spec {
    /// The column of a place.
    pub(super) fn column(&self, slot: Slot) -> Option<&str> {
        self.columns.get(slot as usize)?.as_deref()
    }

    /// Places that need a column and have none.
    pub(super) fn is_lacking(&self, schema: &Schema) -> bool {
        match self.kind {
            Kind::Correlation => {
                schema.columns.iter().filter(|column| is_number(column)).count() < 2
            }
            kind => kind
                .slots()
                .into_iter()
                .any(|(slot, _, is_required)| is_required && self.column(slot).is_none()),
        }
    }
}

/// Whether a column holds numbers.
pub(super) fn is_number(column: &Column) -> bool {
    column.kind == ColumnKind::Number
}

/// Whether a column has a number behind each value.
fn is_measured(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnKind::Number | ColumnKind::Date | ColumnKind::Sequence { .. } | ColumnKind::Text
    )
}

/// Whether the values of a column can be counted one by one, or in bins.
fn is_countable(column: &Column) -> bool {
    matches!(
        column.kind,
        ColumnKind::Number | ColumnKind::Date | ColumnKind::Category | ColumnKind::Sequence { .. }
    )
}

/// What the numbers behind a column are called.
pub(super) fn measure_of(column: &Column) -> String {
    let name = &column.name;
    match column.kind {
        ColumnKind::Text => format!("{name} {}", tr("(characters)", "（字符数）")),
        ColumnKind::Sequence { .. } => format!("{name} {}", tr("(length)", "（长度）")),
        _ => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(columns: &[(&str, ColumnKind, Role)]) -> Schema {
        let column = |(name, kind, role): &(&str, ColumnKind, Role)| {
            Column::new(*name, kind.clone()).with_role(*role)
        };
        Schema { columns: columns.iter().map(column).collect() }
    }

    #[test]
    fn every_place_takes_what_fits() {
        let iris = schema(&[
            ("id", ColumnKind::Number, Role::Id),
            ("length", ColumnKind::Number, Role::Feature),
            ("width", ColumnKind::Number, Role::Feature),
            ("species", ColumnKind::Category, Role::Target),
        ]);
        let check = |kind: Option<Kind>, expected: [Option<&str>; 3]| {
            let spec = Choices { kind, ..Choices::default() }.resolve(&iris, false);
            assert_eq!(spec.columns.each_ref().map(Option::as_deref), expected, "{kind:?}");
            assert!(!spec.is_lacking(&iris));
        };
        check(None, [Some("length"), None, Some("species")]);
        check(Some(Kind::Scatter), [Some("length"), Some("width"), Some("species")]);
        check(Some(Kind::Boxes), [Some("species"), Some("length"), None]);
        check(Some(Kind::Bars), [Some("species"), None, None]);
        check(Some(Kind::Line), [None, Some("length"), None]);
        check(Some(Kind::Heat), [Some("species"), Some("length"), None]);
    }

    #[test]
    fn what_a_table_lacks_is_known() {
        let pictures = schema(&[
            ("file", ColumnKind::Image(pg_data::ImageForm::Files), Role::Feature),
            ("label", ColumnKind::Category, Role::Target),
        ]);
        assert_eq!(Choices::default().resolve(&pictures, false).kind, Kind::Bars);
        for kind in [Kind::Scatter, Kind::Line, Kind::Correlation, Kind::Boxes] {
            let spec = Choices { kind: Some(kind), ..Choices::default() }.resolve(&pictures, true);
            assert!(spec.is_lacking(&pictures), "{kind:?}");
        }
        let mut choices =
            Choices { kind: Some(Kind::Bars), part: Some(Part::Test), ..Choices::default() };
        choices.set(Slot::X, Chosen::Column("gone".into()));
        let spec = choices.resolve(&pictures, false);
        assert_eq!((spec.column(Slot::X), spec.part), (Some("label"), None));
        choices.set(Slot::Color, Chosen::Nothing);
        assert_eq!(choices.resolve(&pictures, true).column(Slot::Color), None);
    }
}
