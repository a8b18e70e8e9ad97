"""Writes src/data/golden/*.json: what scikit-learn, pandas, SciPy, NumPy and rtdl_num_embeddings compute for the preprocessing steps.

A file is {"name", "cases": [case, ...]}. A case has
  config      the settings
  train       the rows the step is fitted on, one list per column, null where a value is missing
  new         rows the step has not seen
  fitted      what it learnt, one entry per column
  train_out, new_out   the transformed rows
Every step learns from the values that are there and ignores the missing ones.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rtdl_num_embeddings import PiecewiseLinearEncoding, compute_bins
from scipy.stats import median_abs_deviation, zscore
from sklearn.decomposition import PCA
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_selection import chi2, f_classif, f_regression
from sklearn.impute import IterativeImputer, KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

GOLDEN = Path(__file__).resolve().parents[2] / "src" / "data" / "golden"

NUMBERS_TRAIN = {
    "plain": [2.5, -1.0, 4.25, 0.0, 7.75, 3.5],
    "gaps": [10.0, None, 14.0, 11.5, None, 30.0],
    "constant": [3.0, 3.0, 3.0, 3.0, 3.0, 3.0],
    "large": [1000000.5, 1000001.5, 1000003.0, 1000002.25, 1000000.0, 1000010.0],
}
NUMBERS_NEW = {
    "plain": [0.5, 12.0, None],
    "gaps": [None, 8.0, 21.25],
    "constant": [3.0, 5.0, None],
    "large": [1000004.0, 999990.0, 1000010.0],
}
TEXTS_TRAIN = {
    "city": ["Oslo", "Bern", "Oslo", "bern", "Bern", "Århus"],
    "渠道": ["网店", "门店", "直播", "门店", "网店", "网店"],
    "size": ["10", "9", "10", "L", "9", "XL"],
}
TEXTS_NEW = {"city": ["Bern", "Rome", "Oslo", None], "渠道": ["直播", "电话", "门店", None], "size": ["9", "11", "XL", "l"]}
TEXT_GAPS_TRAIN = {"city": ["Oslo", None, "Bern", "Oslo", None, "Rome"], "tie": ["b", "a", None, "a", "b", "c"]}
TEXT_GAPS_NEW = {"city": [None, "Rome"], "tie": [None, "z"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=GOLDEN, help="folder to write into (default: src/data/golden)")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for make in [
        standardise, min_max, one_hot, impute, clip_iqr, knn_impute, model_impute, carry, mark_missing, outliers, merge_rare,
        drop_correlated, sort_rows, scale, reshape, bin, piecewise, target_encode, hash_encode, polynomial, pca, select_best,
    ]:
        body = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in make())
        (out / f"{make.__name__}.json").write_text(f'{{"name":"{make.__name__}","cases":[\n{body}\n]}}\n', encoding="utf-8")


def standardise() -> list[dict]:
    """The population's standard deviation (divided by n); a constant column is only centred."""
    scaler = StandardScaler().fit(matrix(NUMBERS_TRAIN))
    fitted = by_column(NUMBERS_TRAIN, mean=scaler.mean_, scale=scaler.scale_)
    return [case({"step": "standardise"}, NUMBERS_TRAIN, NUMBERS_NEW, fitted, scaler.transform)]


def min_max() -> list[dict]:
    """New values outside the fitted range leave [low, high] unless clip is on; a constant column goes to low."""
    cases = []
    for low, high, clip in [(0.0, 1.0, False), (-1.0, 1.0, False), (0.0, 1.0, True)]:
        scaler = MinMaxScaler(feature_range=(low, high), clip=clip).fit(matrix(NUMBERS_TRAIN))
        fitted = by_column(NUMBERS_TRAIN, min=scaler.data_min_, max=scaler.data_max_)
        cases.append(case({"step": "min_max", "low": low, "high": high, "clip": clip}, NUMBERS_TRAIN, NUMBERS_NEW, fitted, scaler.transform))
    return cases


def one_hot() -> list[dict]:
    """Categories in the order of their code points; a value not seen in training, or missing, gives zeros.

    train_out and new_out hold one list of 0 and 1 per "column=category".
    """
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(matrix(TEXTS_TRAIN, dtype=object))
    fitted = {name: {"categories": list(found)} for name, found in zip(TEXTS_TRAIN, encoder.categories_)}
    names = [f"{name}={category}" for name in TEXTS_TRAIN for category in fitted[name]["categories"]]
    return [{
        "config": {"step": "one_hot"},
        "train": TEXTS_TRAIN,
        "new": TEXTS_NEW,
        "fitted": fitted,
        "train_out": columns(names, encoder.transform(matrix(TEXTS_TRAIN, dtype=object))),
        "new_out": columns(names, encoder.transform(matrix(TEXTS_NEW, dtype=object))),
    }]


def impute() -> list[dict]:
    """Of equally frequent values the smallest is taken."""
    ties = {"odd": [5.0, None, 1.0, 2.0, None], "even": [4.0, 1.0, None, 3.0, 8.0], "tie": [7.0, 2.0, 7.0, 2.0, None]}
    ties_new = {"odd": [None, 9.0], "even": [None, 9.0], "tie": [None, 9.0]}
    cases = []
    for strategy in ["mean", "median", "most_frequent"]:
        imputer = SimpleImputer(strategy=strategy).fit(matrix(ties))
        fitted = by_column(ties, value=imputer.statistics_)
        cases.append(case({"step": "impute", "strategy": strategy, "kind": "number"}, ties, ties_new, fitted, imputer.transform))
    imputer = SimpleImputer(strategy="most_frequent", missing_values=None).fit(matrix(TEXT_GAPS_TRAIN, dtype=object))
    fitted = {name: {"value": value} for name, value in zip(TEXT_GAPS_TRAIN, imputer.statistics_)}
    cases.append(case({"step": "impute", "strategy": "most_frequent", "kind": "text"}, TEXT_GAPS_TRAIN, TEXT_GAPS_NEW, fitted, imputer.transform, dtype=object))
    return cases


def clip_iqr() -> list[dict]:
    """Clipped to [q1 - factor * (q3 - q1), q3 + factor * (q3 - q1)], quartiles by linear interpolation (numpy.quantile's default)."""
    train = {
        "odd": [1.0, 2.0, 3.0, 4.0, 5.0, 100.0, -40.0],
        "even": [1.0, 2.5, 2.0, 9.0, 30.0, 3.0, None],
        "gaps": [None, 5.0, 6.0, None, 7.0, 5.5, 60.0],
        "constant": [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0],
    }
    new = {"odd": [-50.0, 3.5, 50.0], "even": [None, 4.0, 1000.0], "gaps": [5.25, None, -9.0], "constant": [2.0, 3.0, None]}
    cases = []
    for factor in [1.5, 3.0]:
        q1, q3 = np.nanquantile(matrix(train), [0.25, 0.75], axis=0)
        low, high = q1 - factor * (q3 - q1), q3 + factor * (q3 - q1)
        fitted = by_column(train, q1=q1, q3=q3, low=low, high=high)
        cases.append(case({"step": "clip_iqr", "factor": factor}, train, new, fitted, lambda rows, low=low, high=high: np.clip(rows, low, high)))
    return cases


def measured(n_rows: int, seed: int) -> dict:
    """Columns that depend on each other, a fifth of the values missing."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=n_rows), rng.normal(size=n_rows)
    columns = {"a": a, "b": 100 * b + 3, "c": 2 * a - b + 0.1 * rng.normal(size=n_rows), "d": 0.01 * a * b}
    for values in columns.values():
        values[rng.random(n_rows) < 0.2] = np.nan
    return {name: [plain(round(value, 6)) for value in values] for name, values in columns.items()}


def knn_impute() -> list[dict]:
    """Equal weights, nan-euclidean distance; a row without any value gets the means."""
    new = measured(8, 2)
    for values in new.values():
        values[0] = None
    cases = []
    for n_neighbours in [1, 3, 100]:
        imputer = KNNImputer(n_neighbors=n_neighbours).fit(matrix(measured(40, 1)))
        cases.append(case({"step": "knn_impute", "neighbours": n_neighbours}, measured(40, 1), new, {}, imputer.transform))
    return cases


def model_impute() -> list[dict]:
    """IterativeImputer with a ridge regression of standardised columns; at most ten rounds."""
    imputer = IterativeImputer(make_pipeline(StandardScaler(), Ridge(alpha=1.0))).fit(matrix(measured(60, 3)))
    return [case({"step": "model_impute"}, measured(60, 3), measured(10, 4), {}, imputer.transform)]


def carry() -> list[dict]:
    """pandas' ffill (bfill), what is left from the other side; a new row gets the last training value."""
    train = {
        "time": [3.0, 1.0, 2.0, None, 5.0, 4.0],
        "level": [None, 10.0, None, 7.0, None, 2.5],
        "state": ["on", None, "off", None, None, "on"],
    }
    new = {"time": [9.0, 0.0], "level": [None, 1.0], "state": [None, "off"]}
    cases = []
    for direction in ["forward", "backward"]:
        for order_by in ["", "time"]:
            frame = pd.DataFrame(train)
            ordered = frame.sort_values(order_by, kind="stable") if order_by else frame
            filled = ordered.ffill().bfill() if direction == "forward" else ordered.bfill().ffill()
            last = ordered.ffill().iloc[-1]
            cases.append({
                "config": {"step": "carry", "direction": direction, "order_by": order_by},
                "train": train,
                "new": new,
                "fitted": {},
                "train_out": by_name(filled.sort_index()),
                "new_out": by_name(pd.DataFrame(new).fillna(last)),
            })
    return cases


def mark_missing() -> list[dict]:
    """MissingIndicator of columns with gaps in training, beside the medians of SimpleImputer."""
    train, new = {"a": [1.0, None, 3.0], "b": [1.0, 2.0, 3.0]}, {"a": [None, 2.0], "b": [None, 5.0]}
    imputer = SimpleImputer(strategy="median").fit(matrix(train))
    marks = MissingIndicator(features="missing-only", error_on_new=False).fit(matrix(train))

    def out(rows: dict) -> dict:
        found = {f"{list(train)[i]}_missing": [float(mark) for mark in column] for i, column in zip(marks.features_, marks.transform(matrix(rows)).T)}
        return columns(train, imputer.transform(matrix(rows))) | found

    return [{"config": {"step": "mark_missing"}, "train": train, "new": new, "fitted": {}, "train_out": out(train), "new_out": out(new)}]


def outliers() -> list[dict]:
    """Values beyond the limits of the training rows become missing: scipy's zscore and median_abs_deviation."""
    train = {
        "odd": [1.0, 2.0, 3.0, 4.0, 5.0, 100.0, -40.0, 2.5, 3.5],
        "gaps": [None, 5.0, 6.0, None, 7.0, 5.5, 60.0, 6.5, 6.0],
        "mostly": [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 9.0, 1.0, 2.0],
        "constant": [2.0] * 9,
    }
    new = {"odd": [-50.0, 3.5, 50.0], "gaps": [5.25, None, -9.0], "mostly": [2.0, 7.0, 2.5], "constant": [2.0, 3.0, None]}
    rows, fresh = matrix(train), matrix(new)
    mean, deviation = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
    assert np.allclose(zscore(rows, nan_policy="omit")[:, 0], ((rows - mean) / deviation)[:, 0])
    median, mad = np.nanmedian(rows, axis=0), median_abs_deviation(rows, axis=0, nan_policy="omit")
    mean_deviation = np.nanmean(abs(rows - median), axis=0)
    unit = np.where(mad > 0, mad / 0.6745, mean_deviation * 1.253314)
    cases = []
    for method, factor, middle, unit in [("z_score", 2.0, mean, deviation), ("modified_z", 3.5, median, unit)]:
        def transform(rows, middle=middle, unit=unit, factor=factor):
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.where((unit > 0) & (abs(rows - middle) > factor * unit), np.nan, rows)
        cases.append(case({"step": "outliers", "method": method, "factor": factor}, train, new, {}, transform))
    assert np.isnan(transform(fresh)).any()
    return cases


def merge_rare() -> list[dict]:
    """The categories that OneHotEncoder calls infrequent, and unknown ones, become one."""
    train = {"city": ["Oslo"] * 4 + ["Bern"] * 3 + ["Rome"] * 2 + ["Århus", "北京", None], "all": ["a"] * 12}
    new = {"city": ["Oslo", "Rome", "Paris", None], "all": ["a", "b", None, "a"]}
    cases = []
    for config, minimum in [({"min_count": 3, "min_share": 0.0}, 3), ({"min_count": 0, "min_share": 0.2}, 0.2)]:
        kept = {}
        for name, values in train.items():
            present = np.array([[value] for value in values if value is not None], dtype=object)
            encoder = OneHotEncoder(min_frequency=minimum, handle_unknown="infrequent_if_exist").fit(present)
            rare = encoder.infrequent_categories_[0]
            kept[name] = set(encoder.categories_[0]) - set([] if rare is None else rare)
        def out(rows: dict, kept=kept) -> dict:
            return {name: [v if v is None or v in kept[name] else "other" for v in values] for name, values in rows.items()}
        cases.append({"config": {"step": "merge_rare"} | config, "train": train, "new": new, "fitted": {}, "train_out": out(train), "new_out": out(new)})
    return cases


def drop_correlated() -> list[dict]:
    """pandas' corr over pairs of present values; of a close pair the later column goes."""
    train, new = measured(50, 5), measured(3, 6)
    frame = pd.DataFrame(train, dtype=float)
    corr = frame.corr().abs()
    cases = []
    for bound in [0.95, 0.8, 0.3]:
        kept = []
        for name in frame:
            if not any(corr.loc[name, other] > bound for other in kept):
                kept.append(name)
        pick = lambda rows, kept=kept: {name: rows[name] for name in kept}
        cases.append({"config": {"step": "drop_correlated", "bound": bound}, "train": train, "new": new, "fitted": {}, "train_out": pick(train), "new_out": pick(new)})
    return cases


def sort_rows() -> list[dict]:
    """pandas' sort_values, stable, missing values last; new rows keep their order."""
    train = {"n": [3.0, None, -1.0, 3.0, 0.0, None], "city": ["b", "a", None, "a", "é", "Z"]}
    new = {"n": [2.0, 1.0], "city": ["b", "a"]}
    cases = []
    for by in [["n"], ["n", "city"], ["city"]]:
        for descending in [False, True]:
            ordered = pd.DataFrame(train).sort_values(by, ascending=not descending, kind="stable", na_position="last")
            cases.append({"config": {"step": "sort_rows", "by": by, "descending": descending}, "train": train, "new": new, "fitted": {}, "train_out": by_name(ordered), "new_out": new})
    return cases


def by_name(frame: pd.DataFrame) -> dict:
    return {name: [None if pd.isna(value) else value for value in frame[name]] for name in frame}
SKEWED_TRAIN = {
    "small": [0.5, 1.0, 2.0, 2.5, 4.0, 9.0, 30.0, 31.0, 3.25, 1.75],
    "ties": [1.0, 1.0, 2.0, 2.0, 2.0, 5.0, 8.0, 8.0, 9.0, 1.0],
    "large": [1200.0, 15000.0, 800.0, 2300.0, 99000.0, 4100.0, 650.0, 720.0, 3300.0, 12000.0],
}
SKEWED_NEW = {"small": [0.1, 3.0, 40.0], "ties": [1.0, 2.0, 3.5], "large": [100.0, 5000.0, 200000.0]}
SIGNED_TRAIN = {**SKEWED_TRAIN, "signed": [-4.0, 2.5, 0.0, -11.0, 3.0, 1.0, 7.5, -0.5, 2.25, 60.0]}
SIGNED_NEW = {**SKEWED_NEW, "signed": [-30.0, 0.25, 5.0]}
# Nine rows, so that quantiles lie exactly on values and rounding decides nothing.
NINE_TRAIN = {name: values[:9] for name, values in SIGNED_TRAIN.items()}


def scale() -> list[dict]:
    cases = []
    for method, scaler in [("robust", RobustScaler()), ("max_abs", MaxAbsScaler())]:
        scaler.fit(matrix(NUMBERS_TRAIN))
        cases.append(case({"step": "scale", "method": method}, NUMBERS_TRAIN, NUMBERS_NEW, {}, scaler.transform))
    whole = {"a": [3.0, 0.0, -1.0], "b": [4.0, 0.0, 2.5]}
    cases.append(case({"step": "scale", "method": "unit_length"}, whole, whole, {}, Normalizer().fit(matrix(whole)).transform))
    return cases


def reshape() -> list[dict]:
    """PowerTransformer standardises; so does our step when asked."""
    cases = []
    for curve, made, train, new in [
        ("box_cox", PowerTransformer(method="box-cox"), SKEWED_TRAIN, SKEWED_NEW),
        ("yeo_johnson", PowerTransformer(method="yeo-johnson"), SIGNED_TRAIN, SIGNED_NEW),
        ("quantile_uniform", QuantileTransformer(n_quantiles=9), NINE_TRAIN, SIGNED_NEW),
        ("quantile_normal", QuantileTransformer(n_quantiles=9, output_distribution="normal"), NINE_TRAIN, SIGNED_NEW),
    ]:
        made.fit(matrix(train))
        config = {"step": "reshape", "curve": curve, "standardises": isinstance(made, PowerTransformer)}
        cases.append(case(config, train, new, {}, made.transform))
    cases.append(case({"step": "reshape", "curve": "log", "standardises": False}, SKEWED_TRAIN, SKEWED_NEW, {}, np.log1p))
    return cases


def bin() -> list[dict]:
    cases = []
    for cuts, strategy in [("equal_width", "uniform"), ("equal_frequency", "quantile"), ("clusters", "kmeans")]:
        made = KBinsDiscretizer(4, encode="ordinal", strategy=strategy, quantile_method="linear", subsample=None)
        made.fit(matrix(NINE_TRAIN))
        cases.append(case({"step": "bin", "cuts": cuts, "n_bins": 4}, NINE_TRAIN, SIGNED_NEW, {}, made.transform))
    return cases


def piecewise() -> list[dict]:
    """The authors' own package, column by column, for each has its own number of intervals."""

    def out(rows: dict) -> dict:
        made = {}
        for name, values in NINE_TRAIN.items():
            bins = compute_bins(torch.tensor(matrix({name: values}), dtype=torch.float64), n_bins=4)
            encoded = PiecewiseLinearEncoding(bins)(torch.tensor(matrix({name: rows[name]}), dtype=torch.float64)).numpy()
            made |= columns([f"{name}_{i + 1}" for i in range(encoded.shape[1])], encoded)
        return made

    return [{"config": {"n_bins": 4}, "train": NINE_TRAIN, "new": SIGNED_NEW, "train_out": out(NINE_TRAIN), "new_out": out(SIGNED_NEW)}]


def target_encode() -> list[dict]:
    """new_out only: training rows are encoded out of fold, and folds are ours."""
    train = {"city": ["Oslo", "Bern", "Oslo", "Rome", "Bern", "Oslo", "Rome", "Bern", "Oslo", "Lund"]}
    new = {"city": ["Bern", "Paris", "Oslo", "Lund"]}
    targets = [
        ("number", [1.5, 3.25, 2.0, 9.0, 4.5, 1.0, 7.25, 2.75, 2.5, 6.125]),
        ("two", ["no", "yes", "no", "yes", "yes", "no", "no", "yes", "yes", "no"]),
        ("three", ["a", "b", "a", "c", "b", "a", "c", "b", "c", "a"]),
    ]
    cases = []
    for (name, target), smooth in [(t, s) for t in targets for s in ["auto", 2.0]]:
        made = TargetEncoder(smooth=smooth).fit(matrix(train, object), np.array(target))
        out = made.transform(matrix(new, object))
        names = [f"city: {label}" for label in sorted(set(target))] if out.shape[1] > 1 else ["city"]
        cases.append({"config": {"smoothing": None if smooth == "auto" else smooth}, "train": {**train, "y": target}, "new": new, "new_out": columns(names, out)})
    return cases


def hash_encode() -> list[dict]:
    train = {"city": ["Oslo", "Bern", "北京", "a", "abcde", "Århus"]}
    made = FeatureHasher(n_features=5, input_type="string")
    out = made.transform([[value] for value in train["city"]]).toarray()
    hashed = columns([f"city#{i + 1}" for i in range(5)], out)
    return [{"config": {"n_columns": 5}, "train": train, "new": train, "train_out": hashed, "new_out": hashed}]


def polynomial() -> list[dict]:
    train = {"a": [1.0, 2.0, -3.0], "b": [0.5, 4.0, 2.0], "c": [7.0, -1.0, 0.0]}
    cases = []
    for degree, interactions in [(2, False), (3, False), (3, True)]:
        made = PolynomialFeatures(degree, interaction_only=interactions, include_bias=False).fit(matrix(train))
        names = [name.replace(" ", "*") for name in made.get_feature_names_out(list(train))]
        out = columns(names, made.transform(matrix(train)))
        cases.append({"config": {"degree": degree, "interactions_only": interactions}, "train": train, "new": train, "train_out": out, "new_out": out})
    return cases


def pca() -> list[dict]:
    cases = []
    for keeps in [2, 0.9]:
        made = PCA(keeps, svd_solver="full").fit(matrix(SIGNED_TRAIN))
        names = [f"PC{i + 1}" for i in range(made.n_components_)]
        cases.append({
            "config": {"keeps": {"count": 2} if keeps == 2 else {"variance": 0.9}},
            "train": SIGNED_TRAIN,
            "new": SIGNED_NEW,
            "train_out": columns(names, made.transform(matrix(SIGNED_TRAIN))),
            "new_out": columns(names, made.transform(matrix(SIGNED_NEW))),
        })
    return cases


def select_best() -> list[dict]:
    classes = ["a", "b", "a", "a", "b", "c", "c", "b", "a", "c"]
    numbers = np.array([1.5, 3.25, 2.0, 9.0, 4.5, 1.0, 7.25, 2.75, 2.5, 6.125])
    cases = []
    for score, target, train, found in [
        ("f", classes, SIGNED_TRAIN, f_classif(matrix(SIGNED_TRAIN), classes)[0]),
        ("chi_squared", classes, SKEWED_TRAIN, chi2(matrix(SKEWED_TRAIN), classes)[0]),
        ("f", numbers, SIGNED_TRAIN, f_regression(matrix(SIGNED_TRAIN), numbers)[0]),
    ]:
        cases.append({"config": {"score": score}, "train": {**train, "y": list(target)}, "scores": {name: plain(value) for name, value in zip(train, found)}})
    return cases


def case(config: dict, train: dict, new: dict, fitted: dict, transform, dtype=float) -> dict:
    return {
        "config": config,
        "train": train,
        "new": new,
        "fitted": fitted,
        "train_out": columns(train, transform(matrix(train, dtype))),
        "new_out": columns(train, transform(matrix(new, dtype))),
    }


def matrix(table: dict, dtype=float) -> np.ndarray:
    """Rows by columns; None becomes NaN where the values are numbers."""
    return np.array(list(table.values()), dtype=dtype).T


def columns(names, rows: np.ndarray) -> dict:
    return {name: [plain(value) for value in column] for name, column in zip(names, rows.T, strict=True)}


def by_column(table: dict, **statistics: np.ndarray) -> dict:
    return {name: {key: plain(values[i]) for key, values in statistics.items()} for i, name in enumerate(table)}


def plain(value):
    if isinstance(value, float | np.floating):
        return None if math.isnan(value) else float(value)
    return value


if __name__ == "__main__":
    main()
