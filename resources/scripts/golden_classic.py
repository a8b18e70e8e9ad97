"""Golden values of the classical methods, from scikit-learn.

Writes src/classic/golden/*.json: a data set split into training and test rows with what scikit-learn answers.
Run: python resources/scripts/golden_classic.py
"""

import json
import pathlib

import numpy as np
from sklearn import datasets, ensemble, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.preprocessing import StandardScaler

OUT = pathlib.Path(__file__).parents[2] / "src" / "classic" / "golden"


def rows(x):
    return [[float(v) for v in row] for row in np.asarray(x, dtype=np.float32)]


def exact(name, method, data, model, scaled=True):
    """Answers that must agree to 1e-6."""
    x, y = data
    x = StandardScaler().fit_transform(x) if scaled else x
    x = x.astype(np.float32).astype(float)
    is_test = np.arange(len(y)) % 3 == 0
    fitted = model.fit(x[~is_test], y[~is_test])
    kind = "classes" if hasattr(fitted, "predict_proba") else "numbers"
    answers = fitted.predict_proba(x[is_test]) if kind == "classes" else fitted.predict(x[is_test])[:, None]
    return {
        "name": name,
        "method": method,
        "x": rows(x[~is_test]),
        "y": [float(v) for v in y[~is_test]],
        "x_test": rows(x[is_test]),
        "answers": [[round(float(v), 10) for v in row] for row in answers],
        "kind": kind,
    }


def standard(y):
    return (y - y.mean()) / y.std()


def first(data, n):
    x, y = data
    keep = np.random.default_rng(0).permutation(len(y))[:n]
    return x[keep], y[keep]


iris = first(datasets.load_iris(return_X_y=True), 90)
cancer = first(datasets.load_breast_cancer(return_X_y=True), 90)
wine = first(datasets.load_wine(return_X_y=True), 90)
diabetes = first(datasets.load_diabetes(return_X_y=True), 90)
diabetes = (diabetes[0], standard(diabetes[1]))

untied = (diabetes[0], np.digitize(diabetes[1], [-0.5, 0.6]))

linear = lambda penalty, strength=1.0, share=0.5: {
    "method": "linear_model", "penalty": penalty, "strength": strength, "l1_share": share}
cases = [
    exact("least squares", linear("none"), diabetes, linear_model.LinearRegression()),
    exact("ridge", linear("ridge", 2.0), diabetes, linear_model.Ridge(alpha=2.0)),
    exact("lasso", linear("lasso", 0.05), diabetes, linear_model.Lasso(alpha=0.05, tol=1e-12, max_iter=100000)),
    exact("elastic net", linear("elastic_net", 0.1, 0.3), diabetes,
          linear_model.ElasticNet(alpha=0.1, l1_ratio=0.3, tol=1e-12, max_iter=100000)),
    exact("logistic, two classes", linear("ridge", 1.0), cancer,
          linear_model.LogisticRegression(tol=1e-12, max_iter=100000)),
    exact("logistic, three classes", linear("ridge", 0.5), iris,
          linear_model.LogisticRegression(C=2.0, tol=1e-12, max_iter=100000)),
    exact("naive Bayes", {"method": "naive_bayes", "smoothing": 1e-9}, wine, naive_bayes.GaussianNB()),
    exact("neighbours", {"method": "k_nearest", "n_neighbours": 5, "weighs_by_distance": False, "distance": "euclidean"},
          wine, neighbors.KNeighborsClassifier()),
    exact("weighted neighbours",
          {"method": "k_nearest", "n_neighbours": 7, "weighs_by_distance": True, "distance": "manhattan"},
          diabetes, neighbors.KNeighborsRegressor(7, weights="distance", p=1)),
    # scikit-learn breaks ties by chance: this tree has none.
    exact("tree of classes",
          {"method": "decision_tree", "criterion": "entropy", "max_depth": 3, "min_split": 2, "min_leaf": 3},
          untied, tree.DecisionTreeClassifier(criterion="entropy", max_depth=3, min_samples_leaf=3, random_state=0)),
    exact("tree of numbers",
          {"method": "decision_tree", "criterion": "gini", "max_depth": 3, "min_split": 2, "min_leaf": 3},
          diabetes, tree.DecisionTreeRegressor(max_depth=3, min_samples_leaf=3, random_state=0)),
    exact("support vectors for numbers", {"method": "svm", "kernel": {"kernel": "rbf", "gamma": 0.1}, "cost": 1.0, "tube": 0.1},
          diabetes, svm.SVR(gamma=0.1, tol=1e-9)),
]
OUT.mkdir(exist_ok=True)
(OUT / "exact.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print([(case["name"], len(case["x"])) for case in cases])
