"""Times PyTorch's training and inference steps of the networks that `pyrograph bench` times, on the CPU.

Prints {"device": "cpu", "rows": [{"name", "train_ms", "infer_ms"}]} with --json, a table otherwise.
Both numbers are the median over the timed steps after 5 steps of warm-up, inference with the same batch as training.
"""

import argparse
import json
import statistics
import time

import torch
from torch import nn

N_WARMUP = 5
VOCABULARY = 8000
LENGTH = 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--only", choices=list(NETWORKS), metavar="NAME", help=f"time one network: {', '.join(NETWORKS)}")
    parser.add_argument("--threads", type=int, default=2, help="threads PyTorch may use (default: 2)")
    parser.add_argument("--steps", type=int, default=100, help="timed steps (default: 100)")
    parser.add_argument("--seconds", type=float, default=30.0, help="stop a measurement early after this time, but not below 10 steps (default: 30)")
    args = parser.parse_args()
    if args.threads < 1 or args.steps < 1:
        parser.error("--threads and --steps take whole numbers from 1")
    torch.set_num_threads(args.threads)
    rows = []
    for name in [args.only] if args.only else list(NETWORKS):
        torch.manual_seed(1)
        train_ms, infer_ms = time_network(*NETWORKS[name](), args.steps, args.seconds)
        rows.append({"name": name, "train_ms": round(train_ms, 4), "infer_ms": round(infer_ms, 4)})
    if args.json:
        print(json.dumps({"device": "cpu", "rows": rows}))
        return
    print(f"PyTorch {torch.__version__}, {args.threads} threads")
    print(f"{'network':<14}{'train ms':>10}{'infer ms':>10}")
    for row in rows:
        print(f"{row['name']:<14}{row['train_ms']:>10.3f}{row['infer_ms']:>10.3f}")


def mlp():
    network = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 10))
    return network, torch.randn(64, 784), torch.randint(10, (64,)), nn.functional.cross_entropy


def lenet():
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 5 * 5, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )
    return network, torch.randn(64, 1, 28, 28), torch.randint(10, (64,)), nn.functional.cross_entropy


class TextTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 128)
        layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.1, activation="relu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.output = nn.Linear(128, 1)
        angle = torch.arange(LENGTH)[:, None] / 10000.0 ** (torch.arange(0, 128, 2) / 128)
        self.register_buffer("positions", torch.stack([angle.sin(), angle.cos()], dim=-1).reshape(LENGTH, 128))

    def forward(self, tokens):
        return self.output(self.encoder(self.embedding(tokens) + self.positions).mean(dim=1)).squeeze(1)


def transformer():
    tokens = torch.randint(VOCABULARY, (32, LENGTH))
    return TextTransformer(), tokens, torch.randint(2, (32,)).float(), nn.functional.binary_cross_entropy_with_logits


NETWORKS = {"mlp": mlp, "lenet": lenet, "transformer": transformer}


def time_network(network: nn.Module, inputs, targets, loss, n_steps: int, limit_secs: float) -> tuple[float, float]:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def train_step():
        optimizer.zero_grad()
        loss(network(inputs), targets).backward()
        optimizer.step()

    def infer_step():
        with torch.inference_mode():
            network(inputs)

    network.train()
    train_ms = median_ms(train_step, n_steps, limit_secs)
    network.eval()
    return train_ms, median_ms(infer_step, n_steps, limit_secs)


def median_ms(step, n_steps: int, limit_secs: float) -> float:
    for _ in range(N_WARMUP):
        step()
    times = []
    started = time.perf_counter()
    while len(times) < n_steps and (len(times) < 10 or time.perf_counter() - started < limit_secs):
        before = time.perf_counter()
        step()
        times.append((time.perf_counter() - before) * 1000.0)
    return statistics.median(times)


if __name__ == "__main__":
    main()
