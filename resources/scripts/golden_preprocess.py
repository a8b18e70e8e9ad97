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
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

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
    for make in [standardise, min_max, one_hot, impute, clip_iqr]:
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
