//! What is told of leaks while a person edits.

use pg_base::{ParamValue, Trouble, say};
use pg_contract::{Diagnostic, SuggestedFix};
use pg_data::leaks::{self, Leak, LeakKind};
use pg_data::{Role, Step, Table};

use crate::by_step::TABLE_IN;

/// Warnings named at most.
const MAX_WARNINGS: usize = 5;

/// A warning for each feature that is the answer in disguise.
pub(super) fn of_target(sample: &Table, fix: impl Fn(&str) -> SuggestedFix) -> Vec<Diagnostic> {
    // A sample that cannot be read says nothing here; the node that reads it tells.
    let leaks = leaks::of_target(sample.rows()).unwrap_or_default();
    leaks.iter().take(MAX_WARNINGS).map(|leak| warning(leak, fix(&leak.column))).collect()
}

/// The same at a split where no Set target before it could tell, and rows that are in two parts.
pub(super) fn at_split(sample: &Table) -> Vec<Diagnostic> {
    let sets_target = |step: &Step| matches!(step, Step::SetRoles(step) if step.roles.values().any(|role| *role == Role::Target));
    let mut found = Vec::new();
    if !sample.recipe().steps.iter().any(sets_target) {
        found = of_target(sample, |column| {
            let ignored = ParamValue::Texts(vec![column.to_owned()]);
            insert("set_target", [("ignored".to_owned(), ignored)].into())
        });
    }
    let removes = |step: &Step| matches!(step, Step::RemoveDuplicates(_));
    if let Ok(Some(shared)) = leaks::shared_rows(sample)
        && !sample.recipe().steps.iter().any(removes)
    {
        let (n_shared, n_test) = (shared.n_shared, shared.n_test);
        let trouble = Trouble::new(
            "leak-duplicates",
            say!(
                "some rows occur more than once: {n_shared} of {n_test} test rows looked at are training rows too",
                "有些行重复出现：抽查的 {n_test} 条测试数据中有 {n_shared} 条也在训练数据中"
            ),
        )
        .expected(say!("test rows that the model has not seen", "模型未见过的测试数据"))
        .advice(say!(
            "Remove duplicates before the split, unless equal rows are different cases.",
            "请在划分之前删除重复行，除非相同的行确实是不同的样本。"
        ));
        found.push(Diagnostic::warning(trouble).with_fix(
            say!("Put Remove duplicates before it", "在其之前加入“删除重复行”"),
            insert("remove_duplicates", pg_base::ParamValues::new()),
        ));
    }
    found
}

fn insert(kind: &str, params: pg_base::ParamValues) -> SuggestedFix {
    SuggestedFix::InsertBefore { port: TABLE_IN.id.to_owned(), kind: kind.to_owned(), params }
}

fn warning(leak: &Leak, fix: SuggestedFix) -> Diagnostic {
    let name = &leak.column;
    let found = match leak.kind {
        LeakKind::Correlation(r) => say!(
            "`{name}` alone tells the target (correlation {r:.5})",
            "仅凭 `{name}` 就能得出目标（相关系数 {r:.5}）"
        ),
        LeakKind::Separation(area) => say!(
            "`{name}` alone tells the target (it parts the classes, AUC {area:.4})",
            "仅凭 `{name}` 就能得出目标（可完全区分类别，AUC {area:.4}）"
        ),
        LeakKind::OneAnswerEach => say!(
            "`{name}` alone tells the target (each of its values goes with one answer)",
            "仅凭 `{name}` 就能得出目标（每个取值只对应一个答案）"
        ),
    };
    let trouble = Trouble::new("leak-target", found)
        .expected(say!("features that are known before the outcome", "在结果之前就已知的特征"))
        .advice(say!(
            "Ignore the column if it is a copy of the answer or is filled in after it.",
            "如果该列是答案的副本，或在结果之后才填写，请忽略它。"
        ))
        .column(name);
    let label = say!("Set `{name}` as ignored", "忽略 `{name}`");
    Diagnostic::warning(trouble).with_fix(label, fix)
}
