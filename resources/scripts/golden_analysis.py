"""Write src/metrics/golden/analysis.json: fairness, drift, paired tests and Shapley values by fairlearn, SciPy and shap.

Run from the repository root with numpy, scipy, scikit-learn, fairlearn and shap installed:

    python resources/scripts/golden_analysis.py

The numbers are read by src/metrics/analysis/golden_tests.rs, which expects the same values to 1e-6.
"""

import json
import pathlib

import numpy as np
import shap
from fairlearn import metrics as f
from scipy import special, stats
from sklearn.metrics import accuracy_score

OUT = pathlib.Path("src/metrics/golden/analysis.json")


def fairness(rng):
    groups = rng.integers(0, 3, 200)
    truth = rng.random(200) < 0.3 + 0.1 * groups
    selected = rng.random(200) < np.where(truth, 0.7, 0.2) + 0.05 * groups
    frame = f.MetricFrame(
        metrics={
            "selection": f.selection_rate,
            "tpr": f.true_positive_rate,
            "fpr": f.false_positive_rate,
            "accuracy": accuracy_score,
        },
        y_true=truth,
        y_pred=selected,
        sensitive_features=groups,
    )
    one = {"sensitive_features": groups}
    return {
        "groups": groups.tolist(),
        "truth": truth.tolist(),
        "selected": selected.tolist(),
        "rates": [[float(v) for v in row] for row in frame.by_group.to_numpy()],
        "demographic_parity_difference": f.demographic_parity_difference(truth, selected, **one),
        "disparate_impact": f.demographic_parity_ratio(truth, selected, **one),
        "equalized_odds_difference": f.equalized_odds_difference(truth, selected, **one),
    }


def stability(before, now):
    before, now = (np.maximum(c / np.sum(c), 1e-4) for c in (before, now))
    return float(np.sum((now - before) * np.log(now / before)))


def drift(rng):
    before, now = np.sort(rng.normal(0, 1, 150).round(4)), np.sort(rng.normal(0.4, 1.2, 90).round(4))
    edges = np.quantile(before, np.linspace(0, 1, 11)[1:-1])
    counts = [np.bincount(np.searchsorted(edges, side, side="right"), minlength=10) for side in (before, now)]
    distance = stats.ks_2samp(before, now).statistic
    first, second = np.array([40, 30, 0, 12]), np.array([20, 35, 5, 10])
    chi2 = stats.chi2_contingency([first, second], correction=False)
    return {
        "before": before.tolist(),
        "now": now.tolist(),
        "psi": stability(*counts),
        "ks": [float(distance), float(special.kolmogorov(np.sqrt(150 * 90 / 240) * distance))],
        "first": first.tolist(),
        "second": second.tolist(),
        "psi_of_counts": stability(first, second),
        "chi_squared": [float(chi2.statistic), float(chi2.pvalue)],
    }


def paired(rng):
    a, b = rng.normal(1.0, 0.5, 60), rng.normal(1.1, 0.5, 60)
    test = stats.ttest_rel(a, b)
    counts = [[3, 11], [0, 0], [7, 7], [40, 21], [300, 260]]
    p_values = []
    for first, second in counts:
        n = first + second
        if n < 25:
            p_values.append(stats.binomtest(first, n).pvalue if n else 1.0)
        else:
            p_values.append(stats.chi2.sf((abs(first - second) - 1) ** 2 / n, 1))
    return {
        "differences": (a - b).tolist(),
        "t": [float(test.statistic), float(test.pvalue)],
        "counts": counts,
        "p_values": [float(p) for p in p_values],
    }


def answer(x):
    return 2 * x[:, 0] - 3 * x[:, 1] + x[:, 2] * x[:, 3] + np.tanh(x[:, 0] * x[:, 4])


def explained(rng):
    background, rows = rng.normal(size=(7, 5)).round(4), rng.normal(size=(3, 5)).round(4)
    explainer = shap.explainers.Exact(answer, shap.maskers.Independent(background, max_samples=7))
    found = explainer(rows)
    return {
        "background": background.tolist(),
        "rows": rows.tolist(),
        "values": found.values.tolist(),
        "base": np.ravel(found.base_values).tolist(),
    }


def main():
    rng = np.random.default_rng(4711)
    golden = {"fairness": fairness(rng), "drift": drift(rng), "paired": paired(rng), "explained": explained(rng)}
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
