"""Writes src/nn/golden/*.json: what PyTorch computes for layers, losses, optimizers and schedules, forward and backward.

Everything is computed in float64 from inputs of few digits, so the files hold the exact answer to nine digits
and a float32 implementation is compared with it, not with another float32 rounding.

A file is {"name", "cases": [case, ...]}. A case has
  config          the settings, under PyTorch's names
  inputs          tensors by name; those with an entry in grads are differentiable
  params          tensors by PyTorch's names, in PyTorch's layout (linear weights are [out, in])
  output          the result
  output_weights  fixed weights w of the scalar sum(output * w) whose gradients follow; absent where the output is a scalar
  grads           gradients by the name of the input or parameter
  buffers, buffers_after   (batch_norm) running statistics before and after the step
A tensor is {"shape", "data"}, row-major; indices and masks are whole numbers, a mask has 1 where PyTorch's has True.
"""

import argparse
import json
import math
import random
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

GOLDEN = Path(__file__).resolve().parents[2] / "src" / "nn" / "golden"
MAX_BYTES = 60_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=GOLDEN, help="folder to write into (default: src/nn/golden)")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    torch.set_default_dtype(torch.float64)
    for make in [linear, activations, batch_norm, layer_norm, rms_norm, group_norm, conv2d, conv_transpose2d, conv1d, max_pool2d, avg_pool2d,
                 embedding, recurrent, multi_head_attention, transformer_encoder_layer, sinusoidal_positions, losses, optimizers, clip_grad_norm,
                 schedules]:
        name = make.__name__
        # Seeded by name, so that one file does not change when another gains a case.
        cases = make(Numbers(name))
        body = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        text = f'{{"name":"{name}","cases":[\n{body}\n]}}\n'
        if len(text) > MAX_BYTES:
            raise SystemExit(f"{name}.json would have {len(text)} bytes, more than {MAX_BYTES}; use smaller tensors")
        (out / f"{name}.json").write_text(text, encoding="utf-8")


class Numbers:
    """Normal numbers rounded to three decimals, the same on every machine and with every version of PyTorch."""

    def __init__(self, seed: str):
        self.rng = random.Random(seed)

    def tensor(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        values = [round(self.rng.gauss(0.0, scale), 3) for _ in range(math.prod(shape))]
        return torch.tensor(values).reshape(shape)

    def distinct(self, *shape: int) -> torch.Tensor:
        """Without equal values, so that a maximum has one place."""
        n_values = math.prod(shape)
        values = [round((i - n_values / 2) * 0.037 + 0.011, 3) for i in range(n_values)]
        self.rng.shuffle(values)
        return torch.tensor(values).reshape(shape)


# ---- layers ---------------------------------------------------------------------------------------------------------


def linear(numbers: Numbers) -> list[dict]:
    cases = []
    for shape, bias in [((4, 3), True), ((2, 3, 3), True), ((4, 3), False)]:
        layer = nn.Linear(3, 5, bias=bias)
        config = {"in_features": 3, "out_features": 5, "bias": bias}
        cases.append(module_case(config, numbers, layer, {"input": numbers.tensor(*shape)}))
    return cases


def activations(numbers: Numbers) -> list[dict]:
    # Zero is left out: there the derivative of some of these is a convention.
    points = torch.tensor([-8.0, -3.0, -1.5, -1.0, -0.4, -0.05, 0.05, 0.4, 1.0, 1.5, 3.0, 8.0]).reshape(3, 4)
    chosen = [
        ({"kind": "relu"}, F.relu),
        ({"kind": "gelu", "approximate": "none"}, F.gelu),
        ({"kind": "tanh"}, torch.tanh),
        ({"kind": "sigmoid"}, torch.sigmoid),
        ({"kind": "leaky_relu", "negative_slope": 0.01}, F.leaky_relu),
        ({"kind": "leaky_relu", "negative_slope": 0.2}, lambda x: F.leaky_relu(x, 0.2)),
        ({"kind": "silu"}, F.silu),
        ({"kind": "elu", "alpha": 1.0}, F.elu),
        ({"kind": "softmax", "dim": -1}, lambda x: F.softmax(x, dim=-1)),
    ]
    return [case(config, numbers, {"input": points.clone()}, {}, lambda t, f=f: f(t["input"])) for config, f in chosen]


def batch_norm(numbers: Numbers) -> list[dict]:
    cases = []
    for shape in [(6, 3), (3, 3, 2, 4)]:
        for training in [True, False]:
            layer = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(3, eps=1e-5, momentum=0.1)
            layer.train(training)
            set_params(layer, numbers)
            layer.running_mean.copy_(numbers.tensor(3))
            layer.running_var.copy_(numbers.tensor(3).abs() + 0.5)
            buffers = running_stats(layer)
            config = {"num_features": 3, "eps": 1e-5, "momentum": 0.1, "training": training}
            made = module_case(config, numbers, layer, {"input": numbers.tensor(*shape, scale=2.0) + 0.5}, keep_params=True)
            cases.append(made | {"buffers": buffers, "buffers_after": running_stats(layer)})
    return cases


def running_stats(layer: nn.Module) -> dict:
    return {"running_mean": packed(layer.running_mean), "running_var": packed(layer.running_var)}


def layer_norm(numbers: Numbers) -> list[dict]:
    cases = []
    for shape in [(4, 6), (2, 3, 6)]:
        config = {"normalized_shape": [6], "eps": 1e-5}
        cases.append(module_case(config, numbers, nn.LayerNorm(6, eps=1e-5), {"input": numbers.tensor(*shape, scale=2.0) + 0.5}))
    return cases


def rms_norm(numbers: Numbers) -> list[dict]:
    cases = []
    for shape in [(4, 6), (2, 3, 6)]:
        config = {"normalized_shape": [6], "eps": 1e-5}
        cases.append(module_case(config, numbers, nn.RMSNorm(6, eps=1e-5), {"input": numbers.tensor(*shape, scale=2.0) + 0.5}))
    return cases


def group_norm(numbers: Numbers) -> list[dict]:
    cases = []
    for num_groups in [1, 2, 4]:
        config = {"num_groups": num_groups, "num_channels": 4, "eps": 1e-5}
        cases.append(module_case(config, numbers, nn.GroupNorm(num_groups, 4, eps=1e-5), {"input": numbers.tensor(2, 4, 3, 2, scale=2.0) + 0.5}))
    return cases


def conv2d(numbers: Numbers) -> list[dict]:
    base = {"in_channels": 2, "out_channels": 3, "kernel_size": [3, 3], "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1, "bias": True}
    variants = [
        {},
        {"padding": [1, 1], "bias": False},
        {"stride": [2, 2], "padding": [1, 1]},
        {"dilation": [2, 2], "padding": [2, 2]},
        {"out_channels": 4, "groups": 2, "padding": [1, 1]},
        {"out_channels": 2, "groups": 2, "kernel_size": [2, 2], "stride": [2, 2]},
        {"kernel_size": [3, 2], "stride": [2, 1], "padding": [1, 0], "dilation": [1, 2]},
        {"kernel_size": [1, 1]},
    ]
    configs = [base | variant for variant in variants]
    return [module_case(config, numbers, nn.Conv2d(**config), {"input": numbers.tensor(2, 2, 6, 5)}) for config in configs]


def conv_transpose2d(numbers: Numbers) -> list[dict]:
    base = {"in_channels": 2, "out_channels": 3, "kernel_size": 4, "stride": 2, "padding": 1, "bias": True}
    variants = [
        {},
        {"kernel_size": 2, "padding": 0, "bias": False},
        {"kernel_size": 3, "stride": 1},
        {"kernel_size": 3, "padding": 2},
        {"kernel_size": 1, "stride": 3, "padding": 0},
        {"out_channels": 1, "kernel_size": 2, "padding": 2},
    ]
    configs = [base | variant for variant in variants]
    return [module_case(config, numbers, nn.ConvTranspose2d(**config), {"input": numbers.tensor(2, 2, 3, 4)}) for config in configs]


def conv1d(numbers: Numbers) -> list[dict]:
    """Input and output are [batch, length, channels]; "causal" pads at the beginning alone."""
    base = {"in_channels": 4, "out_channels": 6, "kernel_size": 3, "stride": 1, "padding": "same", "dilation": 1, "groups": 1, "bias": True}
    variants = [
        {},
        {"kernel_size": 4, "groups": 2, "bias": False},
        {"padding": "valid", "stride": 2},
        {"padding": "valid", "kernel_size": 1},
        {"padding": "causal", "dilation": 2},
        {"padding": "causal", "kernel_size": 2, "stride": 3, "out_channels": 4, "groups": 4},
    ]
    cases = []
    for config in [base | variant for variant in variants]:
        is_causal = config["padding"] == "causal"
        layer = nn.Conv1d(**(config | {"padding": "valid"} if is_causal else config))
        before = config["dilation"] * (config["kernel_size"] - 1) if is_causal else 0
        params = {name: numbers.tensor(*p.shape, scale=0.5) for name, p in layer.named_parameters()}

        def forward(t, layer=layer, params=params, before=before):
            x = F.pad(t["input"].transpose(1, 2), (before, 0))
            return torch.func.functional_call(layer, {name: t[name] for name in params}, (x,)).transpose(1, 2)

        cases.append(case(config, numbers, {"input": numbers.tensor(2, 7, 4)}, params, forward))
    return cases


def max_pool2d(numbers: Numbers) -> list[dict]:
    base = {"kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0], "dilation": [1, 1]}
    variants = [{}, {"kernel_size": [3, 3], "padding": [1, 1]}, {"kernel_size": [3, 2], "stride": [1, 2]}, {"stride": [1, 1], "dilation": [2, 2]}]
    configs = [base | variant for variant in variants]
    return [module_case(config, numbers, nn.MaxPool2d(**config), {"input": numbers.distinct(2, 2, 6, 5)}) for config in configs]


def avg_pool2d(numbers: Numbers) -> list[dict]:
    base = {"kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0], "count_include_pad": True}
    padded = {"kernel_size": [3, 3], "padding": [1, 1]}
    variants = [{}, padded, padded | {"count_include_pad": False}, {"kernel_size": [3, 2], "stride": [1, 2]}]
    configs = [base | variant for variant in variants]
    return [module_case(config, numbers, nn.AvgPool2d(**config), {"input": numbers.tensor(2, 2, 6, 5)}) for config in configs]


def embedding(numbers: Numbers) -> list[dict]:
    indices = torch.tensor([[0, 3, 5, 3], [2, 0, 0, 6]])
    cases = []
    for padding_idx in [None, 0]:
        config = {"num_embeddings": 7, "embedding_dim": 3, "padding_idx": padding_idx}
        cases.append(module_case(config, numbers, nn.Embedding(7, 3, padding_idx=padding_idx), {"indices": indices}))
    return cases


def recurrent(numbers: Numbers) -> list[dict]:
    """nn.LSTM, nn.GRU and nn.RNN; a masked sequence is packed, as PyTorch wants it."""
    cases = []
    layers = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
    for kind, bidirectional, result, masked in [
        ("lstm", False, "all", False), ("lstm", True, "last", True), ("lstm", True, "all", True), ("gru", False, "last", False),
        ("gru", True, "all", True), ("rnn", True, "last", False), ("rnn", False, "all", True),
    ]:
        layer = layers[kind](3, 4, batch_first=True, bidirectional=bidirectional)
        config = {"kind": kind, "input_size": 3, "hidden_size": 4, "bidirectional": bidirectional, "result": result}
        inputs = {"input": numbers.tensor(2, 5, 3)}
        if masked:
            inputs["key_padding_mask"] = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 0, 0, 0]])
        params = {name: numbers.tensor(*p.shape, scale=0.5) for name, p in layer.named_parameters()}

        def forward(t, layer=layer, params=params, result=result):
            lengths = torch.tensor([5, 5])
            if "key_padding_mask" in t:
                lengths = (1 - t["key_padding_mask"].long()).sum(1)
            packed_input = nn.utils.rnn.pack_padded_sequence(t["input"], lengths, batch_first=True, enforce_sorted=False)
            output, state = torch.func.functional_call(layer, {name: t[name] for name in params}, (packed_input,))
            if result == "all":
                return nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=5)[0]
            last = state[0] if isinstance(state, tuple) else state
            return last.transpose(0, 1).reshape(2, -1)

        cases.append(case(config, numbers, inputs, params, forward))
    return cases


ATTENTION_PARAMS = ["wq", "wk", "wv", "bq", "bk", "bv", "wo", "bo"]


def attention_params(numbers: Numbers, d_model: int) -> dict[str, torch.Tensor]:
    return {name: numbers.tensor(*([d_model, d_model] if name[0] == "w" else [d_model]), scale=0.5) for name in ATTENTION_PARAMS}


def attention(t: dict, x: torch.Tensor, heads: int, causal: bool = False) -> torch.Tensor:
    """PyTorch's own multi-head attention with its stacked in_proj put together from the separate matrices; x is [batch, length, d_model]."""
    x = x.transpose(0, 1)
    stacked_weight = torch.cat([t["wq"], t["wk"], t["wv"]])
    stacked_bias = torch.cat([t["bq"], t["bk"], t["bv"]])
    mask = torch.ones(len(x), len(x), dtype=torch.bool).triu(1) if causal else None
    ignored = t["key_padding_mask"].bool() if "key_padding_mask" in t else None
    output, _ = F.multi_head_attention_forward(x, x, x, x.shape[-1], heads, stacked_weight, stacked_bias, None, None, False, 0.0, t["wo"], t["bo"],
                                               key_padding_mask=ignored, attn_mask=mask, need_weights=False)
    return output.transpose(0, 1)


def multi_head_attention(numbers: Numbers) -> list[dict]:
    cases = []
    for masked, causal in [(False, False), (True, False), (False, True)]:
        config = {"d_model": 8, "num_heads": 4, "causal": causal}
        inputs = {"input": numbers.tensor(2, 4, 8)}
        if masked:
            inputs["key_padding_mask"] = torch.tensor([[0, 0, 0, 1], [0, 0, 1, 1]])
        params = attention_params(numbers, 8)
        cases.append(case(config, numbers, inputs, params, lambda t, causal=causal: attention(t, t["input"], 4, causal)))
    return cases


def transformer_encoder_layer(numbers: Numbers) -> list[dict]:
    """nn.TransformerEncoderLayer, its self-attention's parameters under the names of multi_head_attention.json."""
    cases = []
    for norm_first, activation, masked in [(False, "relu", False), (False, "gelu", True), (True, "relu", True), (True, "gelu", False)]:
        layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, activation=activation, layer_norm_eps=1e-5, batch_first=True, norm_first=norm_first)
        layer.train()
        config = {"d_model": 4, "num_heads": 2, "dim_feedforward": 8, "dropout": 0.0, "activation": activation, "layer_norm_eps": 1e-5, "norm_first": norm_first}
        inputs = {"input": numbers.tensor(2, 3, 4)}
        if masked:
            inputs["key_padding_mask"] = torch.tensor([[0, 0, 0], [0, 0, 1]])
        own = {name: numbers.tensor(*p.shape, scale=0.5) for name, p in layer.named_parameters() if not name.startswith("self_attn")}
        params = attention_params(numbers, 4) | own

        def forward(t, layer=layer, own=own):
            renamed = {name: t[name] for name in own} | {
                "self_attn.in_proj_weight": torch.cat([t["wq"], t["wk"], t["wv"]]),
                "self_attn.in_proj_bias": torch.cat([t["bq"], t["bk"], t["bv"]]),
                "self_attn.out_proj.weight": t["wo"],
                "self_attn.out_proj.bias": t["bo"],
            }
            ignored = t["key_padding_mask"].bool() if "key_padding_mask" in t else None
            return torch.func.functional_call(layer, renamed, (t["input"],), {"src_key_padding_mask": ignored})

        cases.append(case(config, numbers, inputs, params, forward))
    return cases


def sinusoidal_positions(numbers: Numbers) -> list[dict]:
    """Vaswani et al. 2017, section 3.5: sine in the even columns, cosine in the odd ones."""
    cases = []
    for length, d_model in [(6, 8), (30, 6)]:
        angle = torch.arange(length)[:, None] / 10000.0 ** (torch.arange(0, d_model, 2) / d_model)
        table = torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(length, d_model)
        cases.append({"config": {"length": length, "d_model": d_model}, "inputs": {}, "params": {}, "output": packed(table), "grads": {}})
    return cases


# ---- losses, optimizers, schedules ----------------------------------------------------------------------------------


def losses(numbers: Numbers) -> list[dict]:
    """All with reduction "mean"; the output is the scalar."""
    classes = torch.tensor([2, 0, 1, 2, 2])
    class_weights = torch.tensor([0.5, 2.0, 1.25])
    logits = lambda: torch.cat([numbers.tensor(4, 3, scale=2.0), torch.tensor([[60.0, -60.0, 1.5]])])
    yes_no = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.25]])
    yes_no_logits = lambda: torch.cat([numbers.tensor(3, 2, scale=2.0), torch.tensor([[60.0, -60.0]])])
    pos_weight = torch.tensor([3.0, 0.5])
    numeric = numbers.tensor(4, 2, scale=1.5)
    chosen = [
        ({"kind": "cross_entropy"}, logits(), classes, F.cross_entropy),
        ({"kind": "cross_entropy", "label_smoothing": 0.1}, logits(), classes, lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1)),
        ({"kind": "cross_entropy", "weight": class_weights.tolist()}, logits(), classes, lambda x, y: F.cross_entropy(x, y, weight=class_weights)),
        ({"kind": "binary_cross_entropy_with_logits"}, yes_no_logits(), yes_no, F.binary_cross_entropy_with_logits),
        ({"kind": "binary_cross_entropy_with_logits", "pos_weight": pos_weight.tolist()}, yes_no_logits(), yes_no, lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=pos_weight)),
        ({"kind": "mse"}, numbers.tensor(4, 2), numeric, F.mse_loss),
        ({"kind": "l1"}, numbers.tensor(4, 2), numeric, F.l1_loss),
        ({"kind": "huber", "delta": 1.0}, numbers.tensor(4, 2, scale=2.0), numeric, F.huber_loss),
        ({"kind": "huber", "delta": 0.5}, numbers.tensor(4, 2, scale=2.0), numeric, lambda x, y: F.huber_loss(x, y, delta=0.5)),
        ({"kind": "smooth_l1", "beta": 0.5}, numbers.tensor(4, 2, scale=2.0), numeric, lambda x, y: F.smooth_l1_loss(x, y, beta=0.5)),
    ]
    counts = torch.tensor([[0.0, 3.0], [1.0, 7.0], [2.0, 0.5], [0.0, 12.0]])
    yes = torch.tensor([[1.0], [0.0], [1.0], [0.0]])
    two_weights = torch.tensor([0.5, 2.0])
    one_logit = lambda: torch.cat([numbers.tensor(3, 1, scale=2.0), torch.tensor([[-60.0]])])
    chosen += [
        ({"kind": "cross_entropy", "weight": class_weights.tolist(), "label_smoothing": 0.2}, logits(), classes,
         lambda x, y: F.cross_entropy(x, y, weight=class_weights, label_smoothing=0.2)),
        ({"kind": "binary", "weight": two_weights.tolist()}, one_logit(), yes, lambda x, y: binary(x, y, two_weights)),
        ({"kind": "binary", "label_smoothing": 0.2}, one_logit(), yes, lambda x, y: F.binary_cross_entropy_with_logits(x, y * 0.8 + 0.1)),
        ({"kind": "quantile", "quantile": 0.9}, numbers.tensor(4, 2, scale=2.0), numeric, lambda x, y: torch.maximum(0.9 * (y - x), -0.1 * (y - x)).mean()),
        ({"kind": "poisson"}, numbers.tensor(4, 2), counts, lambda x, y: F.poisson_nll_loss(x, y, log_input=True)),
        ({"kind": "focal", "gamma": 2.0}, logits(), classes, lambda x, y: focal(x, y, 2.0)),
        ({"kind": "focal", "gamma": 1.5, "weight": class_weights.tolist()}, logits(), classes, lambda x, y: focal(x, y, 1.5, class_weights)),
        ({"kind": "focal_binary", "gamma": 2.0, "alpha": 0.25}, one_logit(), yes, lambda x, y: focal_binary(x, y, 2.0, 0.25)),
    ]
    cases = []
    for config, prediction, target, loss in chosen:
        prediction.requires_grad_(True)
        value = loss(prediction, target)
        value.backward()
        inputs = {"input": packed(prediction), "target": packed(target)}
        cases.append({"config": config, "inputs": inputs, "params": {}, "output": packed(value), "grads": {"input": packed(prediction.grad)}})
    return cases


def binary(logits: torch.Tensor, yes: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Divided by the sum of the weights, as cross-entropy does."""
    of_row = weights[yes.long()]
    return F.binary_cross_entropy_with_logits(logits, yes, weight=of_row, reduction="sum") / of_row.sum()


def focal(logits: torch.Tensor, classes: torch.Tensor, gamma: float, weights: torch.Tensor | None = None) -> torch.Tensor:
    """Lin et al. 2017 for several classes."""
    log_p = F.log_softmax(logits, 1).gather(1, classes[:, None])[:, 0]
    of_row = torch.ones(len(classes)) if weights is None else weights[classes]
    return (-((1 - log_p.exp()) ** gamma) * log_p * of_row).sum() / of_row.sum()


def focal_binary(logits: torch.Tensor, yes: torch.Tensor, gamma: float, alpha: float) -> torch.Tensor:
    """torchvision.ops.sigmoid_focal_loss with reduction "mean"."""
    p = torch.sigmoid(logits)
    p_right = p * yes + (1 - p) * (1 - yes)
    entropy = F.binary_cross_entropy_with_logits(logits, yes, reduction="none")
    return ((alpha * yes + (1 - alpha) * (1 - yes)) * entropy * (1 - p_right) ** gamma).mean()


def optimizers(numbers: Numbers) -> list[dict]:
    """20 steps along given gradients; output[i] holds the parameters after step i + 1."""
    n_steps, n_params = 20, 4
    start = numbers.tensor(n_params)
    gradients = numbers.tensor(n_steps, n_params)
    # Gradients this small tell Adam's epsilon 1e-8 from 1e-5.
    gradients[:, -1] = (gradients[:, -1] * 1e-6).round(decimals=9)
    chosen = [
        ("sgd", {"lr": 0.1}),
        ("sgd", {"lr": 0.1, "momentum": 0.9}),
        ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        ("sgd", {"lr": 0.1, "weight_decay": 0.05}),
        ("sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05}),
        ("adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8}),
        ("adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.05}),
        ("adamw", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}),
        ("adam", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.05, "amsgrad": True}),
        ("adamw", {"lr": 0.01, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01, "amsgrad": True}),
        ("rmsprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8}),
        ("rmsprop", {"lr": 0.01, "alpha": 0.9, "eps": 1e-8, "momentum": 0.9, "weight_decay": 0.05}),
        ("rmsprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8, "centered": True}),
        ("adagrad", {"lr": 0.05, "eps": 1e-10}),
        ("adagrad", {"lr": 0.05, "eps": 1e-10, "weight_decay": 0.05}),
    ]
    classes = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop,
               "adagrad": torch.optim.Adagrad}
    cases = []
    for kind, settings in chosen:
        parameter = nn.Parameter(start.clone())
        optimizer = classes[kind]([parameter], **settings)
        trajectory = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
            trajectory.append(parameter.detach().clone())
        inputs = {"start": packed(start), "gradients": packed(gradients)}
        cases.append({"config": {"kind": kind} | settings, "inputs": inputs, "params": {}, "output": packed(torch.stack(trajectory)), "grads": {}})
    return cases


def clip_grad_norm(numbers: Numbers) -> list[dict]:
    """inputs are the gradients of two parameters, grads the same after clipping, output their common norm before."""
    cases = []
    for max_norm in [1.0, 100.0]:
        before = {"a": numbers.tensor(2, 3, scale=2.0), "b": numbers.tensor(4)}
        params = {name: nn.Parameter(torch.zeros_like(gradient)) for name, gradient in before.items()}
        for name, param in params.items():
            param.grad = before[name].clone()
        norm = nn.utils.clip_grad_norm_(params.values(), max_norm)
        after = {name: packed(param.grad) for name, param in params.items()}
        cases.append({"config": {"max_norm": max_norm}, "inputs": {name: packed(g) for name, g in before.items()}, "params": {}, "output": packed(norm), "grads": after})
    return cases


def schedules(numbers: Numbers) -> list[dict]:
    """output[i] is the learning rate of step i, from 0; PyTorch's schedulers stepped once after every optimizer step."""
    lr_schedule = torch.optim.lr_scheduler

    def warmup(optimizer, n_steps):
        return lr_schedule.LinearLR(optimizer, start_factor=0.1, end_factor=1.0, total_iters=n_steps)

    chosen = [
        ({"kind": "constant"}, 5, lambda o: lr_schedule.ConstantLR(o, factor=1.0)),
        ({"kind": "cosine", "t_max": 20, "eta_min": 0.0}, 21, lambda o: lr_schedule.CosineAnnealingLR(o, T_max=20)),
        ({"kind": "cosine", "t_max": 20, "eta_min": 0.001}, 21, lambda o: lr_schedule.CosineAnnealingLR(o, T_max=20, eta_min=0.001)),
        ({"kind": "linear_warmup", "start_factor": 0.1, "warmup_steps": 5}, 10, lambda o: warmup(o, 5)),
        ({"kind": "linear_warmup_cosine", "start_factor": 0.1, "warmup_steps": 5, "t_max": 15, "eta_min": 0.0}, 21,
         lambda o: lr_schedule.SequentialLR(o, [warmup(o, 5), lr_schedule.CosineAnnealingLR(o, T_max=15)], milestones=[5])),
        ({"kind": "step", "step_size": 6, "gamma": 0.1}, 20, lambda o: lr_schedule.StepLR(o, step_size=6, gamma=0.1)),
        ({"kind": "exponential", "gamma": 0.9}, 20, lambda o: lr_schedule.ExponentialLR(o, gamma=0.9)),
        ({"kind": "one_cycle", "total_steps": 20}, 20, lambda o: lr_schedule.OneCycleLR(o, max_lr=0.05, total_steps=20)),
        ({"kind": "cosine_restarts", "t_0": 4, "t_mult": 2, "eta_min": 0.001}, 30,
         lambda o: lr_schedule.CosineAnnealingWarmRestarts(o, T_0=4, T_mult=2, eta_min=0.001)),
        ({"kind": "polynomial", "total_iters": 20, "power": 2.0}, 21, lambda o: lr_schedule.PolynomialLR(o, total_iters=20, power=2.0)),
    ]
    cases = []
    for config, n_steps, make in chosen:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.05)
        schedule = make(optimizer)
        rates = []
        for _ in range(n_steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        cases.append({"config": config | {"lr": 0.05}, "inputs": {}, "params": {}, "output": packed(torch.tensor(rates)), "grads": {}})
    cases.append(plateau(numbers))
    return cases


def plateau(numbers: Numbers) -> dict:
    """input is the loss of each epoch, output the learning rate after it."""
    losses = [1.0, 0.8, 0.8, 0.79995, 0.9, 0.81, 0.7, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76, 0.5, 0.51, 0.52, 0.53]
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.05)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    config = {"kind": "plateau", "factor": 0.5, "patience": 2, "lr": 0.05}
    return {"config": config, "inputs": {"loss": packed(torch.tensor(losses))}, "params": {}, "output": packed(torch.tensor(rates)), "grads": {}}


# ---- helpers --------------------------------------------------------------------------------------------------------


def set_params(module: nn.Module, numbers: Numbers) -> None:
    with torch.no_grad():
        for param in module.parameters():
            param.copy_(numbers.tensor(*param.shape, scale=0.5))
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            module.weight[module.padding_idx] = 0.0


def module_case(config: dict, numbers: Numbers, module: nn.Module, inputs: dict, keep_params: bool = False) -> dict:
    if not keep_params:
        set_params(module, numbers)
    params = {name: param.detach().clone() for name, param in module.named_parameters()}
    (input_name,) = inputs
    return case(config, numbers, inputs, params, lambda t: torch.func.functional_call(module, {name: t[name] for name in params}, (t[input_name],)))


def case(config: dict, numbers: Numbers, inputs: dict, params: dict, forward) -> dict:
    tensors = {name: t.clone().requires_grad_(t.is_floating_point()) for name, t in (inputs | params).items()}
    output = forward(tensors)
    weights = numbers.tensor(*output.shape)
    (output * weights).sum().backward()
    return {
        "config": config,
        "inputs": {name: packed(t) for name, t in inputs.items()},
        "params": {name: packed(t) for name, t in params.items()},
        "output": packed(output),
        "output_weights": packed(weights),
        "grads": {name: packed(t.grad) for name, t in tensors.items() if t.requires_grad},
    }


def packed(tensor: torch.Tensor) -> dict:
    values = tensor.detach().flatten().tolist()
    if tensor.is_floating_point():
        values = [float(f"{value:.9g}") for value in values]
        if not all(map(math.isfinite, values)):
            raise SystemExit("a golden value is not finite")
    return {"shape": list(tensor.shape), "data": values}


if __name__ == "__main__":
    main()
