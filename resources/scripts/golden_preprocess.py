"""Writes src/data/golden/*.json: what scikit-learn and NumPy compute for the preprocessing steps.

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
from sklearn.decomposition import PCA
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_selection import chi2, f_classif, f_regression
from sklearn.impute import SimpleImputer
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
    for make in [standardise, min_max, one_hot, impute, clip_iqr, scale, reshape, bin, target_encode, hash_encode, polynomial, pca, select_best]:
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
