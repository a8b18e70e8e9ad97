"""Trains each kind of model on each sample table with five seeds and prints a table of test scores for
resources/docs/results.md.

    python3 resources/scripts/compare_models.py PATH/TO/pyrograph

Needs nothing but Python; the seed decides the split and the first weights. `search` varies the MLP's rate, sizes and
dropout on the validation rows; its score is that of the winner on the test rows.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
SEEDS = range(1, 6)
TRAIN = {"epochs": 200, "learning_rate": 0.003, "optimizer": "adamw", "early_stopping": 30, "schedule": "cosine"}
TABLES = [
    ("iris", "csv_file", {"path": str(SAMPLES / "iris.csv")}, "species", "accuracy"),
    ("wine", "csv_file", {"path": str(SAMPLES / "wine.csv")}, None, "accuracy"),
    ("breast cancer", "csv_file", {"path": str(SAMPLES / "breast_cancer.csv")}, None, "accuracy"),
    ("digits table", "csv_file", {"path": str(SAMPLES / "digits.csv")}, None, "accuracy"),
    ("diabetes (R²)", "csv_file", {"path": str(SAMPLES / "diabetes.csv")}, None, "r2"),
    ("Friedman, generated (R²)", "toy_data", {"shape": "friedman", "rows": 2000, "noise": 1.0}, "target", "r2"),
]
MODELS = [
    ("linear", "linear_model", {}),
    ("MLP", "mlp", {"hidden": [128, 64], "dropout": 0.1}),
    ("table transformer (FT)", "table_transformer", {}),
    ("MLP ensemble (TabM)", "mlp_ensemble", {}),
    ("gradient boosting", "gradient_boosting", {}),
    ("MLP with search", "mlp", {"hidden": [128, 64], "dropout": 0.1}),
]
SPACE = """train.learning_rate = 0.0005 .. 0.02 log
model.hidden = 32 | 64, 32 | 128, 64
model.dropout = 0 .. 0.5"""


def target_of(path: str) -> str:
    """The last column, which is the target in the sample tables."""
    return Path(path).read_text(encoding="utf-8").splitlines()[0].split(",")[-1].strip('"')


def project(source: tuple, model: tuple, seed: int) -> dict:
    name, kind, params, target, _ = source
    target = target or target_of(params["path"])
    chain = [
        ("source", kind, params),
        ("set_target", "set_target", {"target": target}),
        ("split", "split", {}),
        ("fill_missing", "fill_missing", {}),
        ("standardise", "standardise", {}),
        ("one_hot", "one_hot", {}),
    ]
    nodes = [*chain, ("model", model[1], model[2]), ("train", "train", TRAIN), ("evaluate", "evaluate", {})]
    links = [(f"{a[0]}.table", f"{b[0]}.table") for a, b in zip(chain, chain[1:])]
    links += [
        ("one_hot.table", "model.table"),
        ("one_hot.table", "train.table"),
        ("model.network", "train.network"),
        ("train.model", "evaluate.model"),
        ("one_hot.table", "evaluate.table"),
    ]
    if "search" in model[0]:
        nodes.append(("search", "search", {"space": SPACE, "trials": 15}))
        links += [("train.model", "search.model"), ("one_hot.table", "search.table")]
    return {
        "format": "pyrograph-project",
        "format_version": 1,
        "program": "0.1.0",
        "name": name,
        "seed": seed,
        "nodes": [{"id": i, "kind": k, "version": 1, "params": p, "position": [0.0, 0.0]} for i, k, p in nodes],
        "links": [{"from": a, "to": b} for a, b in links],
        "frames": [],
        "notes": [],
    }


def score(program: str, source: tuple, model: tuple, seed: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "project.pyro"
        path.write_text(json.dumps(project(source, model, seed)), encoding="utf-8")
        run = subprocess.run([program, "run", str(path), "--json"], capture_output=True, text=True, check=True)
    node = "search" if "search" in model[0] else "evaluate"
    metrics = next(step["metrics"] for step in json.loads(run.stdout)["nodes"] if step["id"] == node)
    return metrics[source[4]]


def main() -> None:
    program = sys.argv[1]
    print("| | " + " | ".join(model[0] for model in MODELS) + " |")
    print("| --- |" + " ---: |" * len(MODELS))
    for source in TABLES:
        cells = []
        for model in MODELS:
            scores = [score(program, source, model, seed) for seed in SEEDS]
            cells.append(f"{statistics.mean(scores):.3f} ± {statistics.stdev(scores):.3f}")
        print(f"| {source[0]} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
