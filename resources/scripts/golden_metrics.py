"""Write src/metrics/golden/*.json: metrics and curves by scikit-learn 1.9 on small fixed cases.

Run from the repository root with numpy and scikit-learn installed:

    python resources/scripts/golden_metrics.py

The numbers are read by src/metrics/golden_tests.rs, which expects the same values to 1e-6.
"""

import json
import pathlib
import warnings

import numpy as np
from sklearn import metrics as m
from sklearn.calibration import calibration_curve
from sklearn.dummy import DummyClassifier, DummyRegressor

OUT = pathlib.Path("src/metrics/golden")


def rounded(values):
    return [round(float(v), 9) for v in values]


def thresholds(values):
    return [None if np.isinf(v) else round(float(v), 9) for v in values]


def probabilities(rng, y, n_classes, signal, grid):
    """Rows of float32 that sum to one and are multiples of 1/grid, so that a coarse grid makes ties."""
    logits = rng.normal(size=(len(y), n_classes))
    logits[np.arange(len(y)), y] += signal
    exact = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    whole = np.floor(exact * grid)
    whole[:, -1] = grid - whole[:, :-1].sum(axis=1)
    return (whole / grid).astype(np.float32)


def classification_metrics(y, p, pred):
    k = p.shape[1]
    labels = list(range(k))
    out = {
        "accuracy": m.accuracy_score(y, pred),
        "balanced_accuracy": m.balanced_accuracy_score(y, pred),
        "mcc": m.matthews_corrcoef(y, pred),
        "cohen_kappa": m.cohen_kappa_score(y, pred),
        "log_loss": m.log_loss(y, p, labels=labels),
    }
    for name, score in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        for average in ["macro", "weighted"]:
            out[f"{name}_{average}"] = score(y, pred, average=average, zero_division=0)
    for name, beta in [("f05_macro", 0.5), ("f2_macro", 2)]:
        out[name] = m.fbeta_score(y, pred, beta=beta, average="macro", zero_division=0)
    for average in ["macro", "weighted"]:
        out[f"jaccard_{average}"] = m.jaccard_score(y, pred, average=average, zero_division=0)
    out["hamming_loss"] = m.hamming_loss(y, pred)
    if k == 2:
        out["brier"] = m.brier_score_loss(y, p[:, 1])
        out["roc_auc"] = m.roc_auc_score(y, p[:, 1])
        out["average_precision"] = m.average_precision_score(y, p[:, 1])
    elif len(np.unique(y)) == k:
        out["roc_auc"] = m.roc_auc_score(y, p, multi_class="ovr", average="macro")
        out["roc_auc_weighted"] = m.roc_auc_score(y, p, multi_class="ovr", average="weighted")
        out["average_precision"] = m.average_precision_score(y, p)
    if k > 2:
        out["top_k_accuracy"] = m.top_k_accuracy_score(y, p, k=2, labels=labels)
    if k > 5:
        out["top_5_accuracy"] = m.top_k_accuracy_score(y, p, k=5, labels=labels)
    return {name: round(float(value), 9) for name, value in out.items() if np.isfinite(value)}


def curves(y, p):
    k = p.shape[1]
    out = []
    for c in [1] if k == 2 else range(k):
        is_positive = y == c
        if is_positive.all() or not is_positive.any():
            continue
        fpr, tpr, t = m.roc_curve(is_positive, p[:, c])
        precision, recall, pt = m.precision_recall_curve(is_positive, p[:, c], drop_intermediate=True)
        out.append(
            {
                "class": c,
                "fpr": rounded(fpr),
                "tpr": rounded(tpr),
                "roc_thresholds": thresholds(t),
                "precision": rounded(precision),
                "recall": rounded(recall),
                "pr_thresholds": thresholds(list(pt) + [np.inf]),
                "calibration": [rounded(side) for side in calibration_curve(is_positive, p[:, c], n_bins=10)],
                # scikit-learn has no lift curve: the share of all rows that a point of the ROC curve looks at.
                "lift_share": rounded((tpr * is_positive.sum() + fpr * (~is_positive).sum()) / len(y)),
            }
        )
    return out


def classification_case(name, y, p, train_counts, threshold=None):
    k = p.shape[1]
    pred = p.argmax(axis=1) if threshold is None else (p[:, 1] >= np.float32(threshold)).astype(int)
    per_class = m.precision_recall_fscore_support(y, pred, labels=list(range(k)), zero_division=0)
    train_y = np.repeat(np.arange(k), train_counts)
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(train_y), 1)), train_y)
    prior = np.tile(np.array(train_counts) / np.sum(train_counts), (len(y), 1)).astype(np.float32)
    return {
        "name": name,
        "n_classes": k,
        "threshold": threshold,
        "y_true": y.tolist(),
        "probabilities": [round(float(v), 6) for v in p.ravel()],
        "train_class_counts": list(train_counts),
        "metrics": classification_metrics(y, p, pred),
        "baseline": classification_metrics(y, prior, dummy.predict(np.zeros((len(y), 1)))),
        "per_class": [rounded(column) for column in zip(*per_class)],
        "confusion": m.confusion_matrix(y, pred, labels=list(range(k))).tolist(),
        "curves": curves(y, p),
    }


def regression_metrics(y, pred):
    out = {
        "mse": m.mean_squared_error(y, pred),
        "rmse": m.root_mean_squared_error(y, pred),
        "mae": m.mean_absolute_error(y, pred),
        "r2": m.r2_score(y, pred),
        "mape": m.mean_absolute_percentage_error(y, pred),
        "median_absolute_error": m.median_absolute_error(y, pred),
    }
    # scikit-learn has the largest error and the deviance for one target only.
    if y.ndim == 1:
        out["max_error"] = m.max_error(y, pred)
    out["explained_variance"] = m.explained_variance_score(y, pred)
    size = np.abs(y) + np.abs(pred)
    out["smape"] = np.mean(np.where(size == 0, 0.0, 2 * np.abs(pred - y) / np.where(size == 0, 1.0, size)))
    if (y >= 0).all() and (pred >= 0).all():
        out["rmsle"] = m.root_mean_squared_log_error(y, pred)
    if y.ndim == 1 and (y >= 0).all() and (pred > 0).all():
        out["mean_poisson_deviance"] = m.mean_poisson_deviance(y, pred)
    return {name: float(value) for name, value in out.items()}


def regression_case(name, y, pred, train_y):
    dummy = DummyRegressor().fit(np.zeros((len(train_y), 1)), train_y)
    counts, edges = np.histogram(y - pred, bins=7)
    return {
        "name": name,
        "y_true": y.tolist(),
        "y_pred": pred.tolist(),
        "train_mean": float(np.mean(train_y)),
        "metrics": regression_metrics(y, pred),
        "baseline": regression_metrics(y, dummy.predict(np.zeros((len(y), 1)))),
        "residual_edges": edges.tolist(),
        "residual_counts": counts.tolist(),
    }


def several_numbers_case(name, y, pred):
    out = regression_metrics(y, pred)
    return {
        "name": name,
        "y_true": y.T.tolist(),
        "y_pred": pred.T.tolist(),
        "metrics": {key: out[key] for key in sorted(out)},
    }


def label_metrics(y, pred):
    out = {"accuracy": m.accuracy_score(y, pred), "hamming_loss": m.hamming_loss(y, pred)}
    for name, score in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        for average in ["micro", "macro", "samples"]:
            out[f"{name}_{average}"] = score(y, pred, average=average, zero_division=0)
    return {name: round(float(value), 9) for name, value in out.items()}


def labels_case(name, y, p, train_counts):
    """`p` is the probability of each label; ties at 0.5 count as absent."""
    p = p.astype(np.float32)
    sides = np.stack([1 - p, p], axis=2)
    usual = np.tile([int(with_ > without) for without, with_ in train_counts], (len(y), 1))
    return {
        "name": name,
        "n_labels": y.shape[1],
        "truth": [bool(v) for v in y.ravel()],
        "probabilities": [round(float(v), 6) for v in sides.ravel()],
        "train_counts": [count for counts in train_counts for count in counts],
        "metrics": label_metrics(y, (p > 0.5).astype(int)),
        "baseline": label_metrics(y, usual),
    }


def several():
    rng = np.random.default_rng(20241)
    y = rng.normal([5.0, -200.0, 0.3], [1.0, 40.0, 0.05], (40, 3)).round(4)
    noisy = (y + rng.normal(0.0, [0.5, 30.0, 0.1], (40, 3))).round(4)
    positive = np.exp(rng.normal(0.0, 1.0, (25, 2))).round(4) + 0.01
    numbers = [
        several_numbers_case("three numbers of different sizes", y, noisy),
        several_numbers_case("counts", positive, np.sqrt(positive).round(4)),
    ]
    y = (rng.random((60, 4)) < [0.5, 0.3, 0.7, 0.05]).astype(int)
    p = np.clip(0.6 * y + 0.5 * rng.random(y.shape), 0.0, 1.0).round(3)
    rare = np.array([[0, 0], [0, 0], [1, 0], [0, 0]])
    labels = [
        labels_case("four labels", y, p, [[30, 30], [40, 20], [10, 50], [57, 3]]),
        labels_case("mostly empty rows", rare, np.array([[0.2, 0.1], [0.9, 0.5], [0.8, 0.75], [0.5, 0.0]]), [[3, 1], [4, 0]]),
        labels_case("all right", y, y.astype(float), [[1, 1], [2, 1], [1, 2], [3, 0]]),
    ]
    text = json.dumps({"numbers": numbers, "labels": labels}, separators=(",", ":"))
    (OUT / "several.json").write_text(text + "\n", encoding="utf-8")


def write(name, cases):
    OUT.mkdir(parents=True, exist_ok=True)
    text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    (OUT / f"{name}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


def main():
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(20240)
    cases = []

    y = rng.integers(0, 2, 90)
    cases.append(classification_case("binary", y, probabilities(rng, y, 2, 1.0, 100_000), [40, 60]))
    cases.append(classification_case("binary, threshold 0.3", y, probabilities(rng, y, 2, 1.0, 1000), [60, 40], 0.3))
    cases.append(classification_case("binary, many ties", y, probabilities(rng, y, 2, 0.7, 10), [50, 50]))
    y = (rng.random(120) < 0.06).astype(int)
    cases.append(classification_case("binary, imbalanced", y, probabilities(rng, y, 2, 0.8, 1000), [94, 6]))
    certain = np.eye(2, dtype=np.float32)[rng.integers(0, 2, 40)]
    cases.append(classification_case("binary, certain and often wrong", rng.integers(0, 2, 40), certain, [1, 2]))

    y = rng.integers(0, 3, 60)
    cases.append(classification_case("three classes", y, probabilities(rng, y, 3, 1.2, 100_000), [20, 50, 30]))
    cases.append(classification_case("three classes, many ties", y, probabilities(rng, y, 3, 1.0, 6), [1, 1, 1]))
    y = rng.choice(7, 80, p=[0.4, 0.2, 0.15, 0.1, 0.08, 0.04, 0.03])
    cases.append(classification_case("seven classes", y, probabilities(rng, y, 7, 1.5, 500), [40, 20, 15, 10, 8, 4, 3]))
    y = rng.integers(0, 3, 50)
    cases.append(classification_case("class 3 of four missing", y, probabilities(rng, y, 4, 1.0, 1000), [5, 6, 7, 8]))
    y = rng.integers(0, 2, 30) * 2
    p = np.tile(np.array([0.5, 0.0, 0.25, 0.25], dtype=np.float32), (30, 1))
    p[::3] = [0.25, 0.0, 0.5, 0.25]
    cases.append(classification_case("classes neither true nor predicted", y, p, [1, 0, 1, 0]))
    write("classification", cases)

    x = rng.normal(10.0, 4.0, 60)
    noisy = (x + rng.normal(0.5, 1.5, 60)).round(4)
    skewed = np.exp(rng.normal(0.0, 2.0, 41))
    write(
        "regression",
        [
            regression_case("noise and offset", x.round(4), noisy, x[:30].round(4)),
            regression_case("skewed, odd number of rows", skewed.round(4) + 0.01, np.sqrt(skewed).round(4), skewed[5:]),
            regression_case("worse than the mean", x[:20].round(4), (-x[:20]).round(4), x[20:]),
            regression_case("constant truth", np.full(10, 3.0), np.linspace(2.0, 4.0, 10), np.full(4, 3.0)),
            regression_case("perfect", np.arange(1.0, 9.0), np.arange(1.0, 9.0), np.arange(4.0)),
            regression_case("zeros in the truth", np.array([0.0, 1.0, 2.0, 0.0]), np.array([0.5, 1.0, 1.5, 0.0]), np.ones(2)),
        ],
    )
    several()


if __name__ == "__main__":
    main()
