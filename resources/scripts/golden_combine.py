"""Writes src/data/golden/combine.json: what pandas computes for grouped figures and for lags within groups.

`rows` are the columns of the table, `group_by` the figures per group in the order of their first rows, `lags` what
earlier rows of the same group come to; null where a value is missing.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd

GOLDEN = Path(__file__).resolve().parents[2] / "src" / "data" / "golden"
FIGURES = ["sum", "mean", "median", "min", "max", "std", "first", "last", "count"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=GOLDEN, help="folder to write into (default: src/data/golden)")
    out = parser.parse_args().out
    rng = np.random.default_rng(7)
    y = rng.normal(100.0, 25.0, 40).round(3)
    y[[3, 17, 18, 30]] = np.nan
    rows = pd.DataFrame({"k": rng.choice(["a", "b", "c"], 40), "y": y})
    groups = rows.groupby("k", sort=False)["y"]
    figures = groups.agg(FIGURES)
    past = groups.shift(1)
    rolling = past.groupby(rows["k"]).rolling(3)
    lags = {"y_lag_1": past, "y_lag_4": groups.shift(4), "y_change_2": past - groups.shift(3)}
    for name in ["mean", "std", "min", "max"]:
        lags[f"y_{name}_3"] = getattr(rolling, name)().reset_index(level=0, drop=True).sort_index()
    golden = {
        "rows": {name: plain(rows[name]) for name in rows},
        "group_by": {"k": list(figures.index)} | {f"y_{name}": plain(figures[name]) for name in FIGURES},
        "lags": {name: plain(values) for name, values in lags.items()},
    }
    (out / "combine.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n", encoding="utf-8")


def plain(values: pd.Series) -> list:
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values.tolist()]


if __name__ == "__main__":
    main()
