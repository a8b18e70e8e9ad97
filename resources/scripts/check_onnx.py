"""Checks an exported ONNX file with onnx.checker and ONNX Runtime, and against golden rows where given.

Usage: check_onnx.py MODEL.onnx [--golden GOLDEN.json] [--rtol 1e-4] [--atol 1e-5]

The golden file is one case, or a list of cases:
    {"inputs": {"age": [[31.0], [null]], "town": [["Paris"], [""]]}, "outputs": {"label": ["a", "b"]}}
Values are nested lists; null is NaN; element types come from the model. Outputs that a case leaves out are only run.
Needs the packages onnx, onnxruntime and numpy. Exit code 0: all is well, 1: something differs, 2: wrong usage.
"""

import argparse
import json
import sys

import numpy as np
import onnx
import onnxruntime

DTYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}


def to_array(values: object, dtype: type) -> np.ndarray:
    """Nested lists as an array; null becomes NaN in arrays of floats."""
    if np.issubdtype(dtype, np.floating):
        return np.array(values, dtype=np.float64).astype(dtype)
    return np.array(values, dtype=dtype)


def difference(expected: np.ndarray, found: np.ndarray, rtol: float, atol: float) -> str | None:
    """What differs between two arrays, in words; None if they agree."""
    if expected.shape != found.shape:
        return f"shape {list(found.shape)}, expected {list(expected.shape)}"
    if expected.dtype.kind == "f":
        close = np.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
        note = f", largest difference {np.nanmax(np.abs(found - expected), initial=0):.3g}"
    else:
        close = found == expected
        note = ""
    if close.all():
        return None
    at = tuple(int(index) for index in np.argwhere(~close)[0])
    return f"{(~close).sum()} of {close.size} values differ{note}; at {list(at)} {found[at]!r}, expected {expected[at]!r}"


def check_model(path: str) -> onnxruntime.InferenceSession:
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    opsets = ", ".join(f"{entry.domain or 'ai.onnx'} {entry.version}" for entry in model.opset_import)
    print(f"{path}: IR {model.ir_version}, {opsets}, {len(model.graph.node)} nodes")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for kind, ports in (("input", session.get_inputs()), ("output", session.get_outputs())):
        for port in ports:
            print(f"  {kind} {port.name}: {port.type} {port.shape}")
    return session


def check_case(session: onnxruntime.InferenceSession, case: dict, rtol: float, atol: float) -> list[str]:
    """Runs one golden case; returns a line for everything that differs."""
    ports = {port.name: port for port in session.get_inputs()}
    if set(ports) != set(case["inputs"]):
        return [f"inputs {sorted(case['inputs'])}, but the model has {sorted(ports)}"]
    feeds = {name: to_array(values, DTYPES[ports[name].type]) for name, values in case["inputs"].items()}
    names = [port.name for port in session.get_outputs()]
    found = dict(zip(names, session.run(names, feeds), strict=True))
    troubles = []
    for name, values in case.get("outputs", {}).items():
        if name not in found:
            troubles.append(f"output {name}: not in the model, which has {names}")
            continue
        trouble = difference(to_array(values, found[name].dtype.type), found[name], rtol, atol)
        if trouble:
            troubles.append(f"output {name}: {trouble}")
    return troubles


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--golden", help="JSON file of inputs and expected outputs")
    parser.add_argument("--rtol", type=float, default=1e-4)
    parser.add_argument("--atol", type=float, default=1e-5)
    args = parser.parse_args()

    session = check_model(args.model)
    if args.golden is None:
        return 0
    with open(args.golden, encoding="utf-8") as file:
        cases = json.load(file)
    cases = cases if isinstance(cases, list) else [cases]
    n_failed = 0
    for number, case in enumerate(cases, start=1):
        troubles = check_case(session, case, args.rtol, args.atol)
        n_failed += bool(troubles)
        for trouble in troubles:
            print(f"case {number}: {trouble}", file=sys.stderr)
    print(f"{len(cases) - n_failed} of {len(cases)} golden cases agree")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
