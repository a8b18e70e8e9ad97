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


def cnn():
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
    )
    return network, torch.randn(64, 1, 28, 28), torch.randint(10, (64,)), nn.functional.cross_entropy


class ResidualBlock(nn.Module):
    def __init__(self, n_in: int, n_out: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True),
            nn.Conv2d(n_out, n_out, 3, 1, 1, bias=False), nn.BatchNorm2d(n_out),
        )
        self.shortcut = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(n_in, n_out, 1, stride, bias=False), nn.BatchNorm2d(n_out))

    def forward(self, x):
        return torch.relu(self.body(x) + self.shortcut(x))


def resnet18():
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    n_in = 64
    for n_out in [64, 128, 256, 512]:
        layers += [ResidualBlock(n_in, n_out, 1 if n_out == 64 else 2), ResidualBlock(n_out, n_out, 1)]
        n_in = n_out
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10)]
    return nn.Sequential(*layers), torch.randn(32, 3, 32, 32), torch.randint(10, (32,)), nn.functional.cross_entropy


class LastState(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(32, 128, batch_first=True)
        self.output = nn.Linear(128, 10)

    def forward(self, x):
        _, (state, _) = self.lstm(x)
        return self.output(state[0])


def lstm():
    return LastState(), torch.randn(32, 100, 32), torch.randint(10, (32,)), nn.functional.cross_entropy


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 192, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, 192))
        self.positions = nn.Parameter(torch.randn(1, 65, 192) * 0.02)
        layer = nn.TransformerEncoderLayer(192, 3, 768, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 12, norm=nn.LayerNorm(192), enable_nested_tensor=False)
        self.output = nn.Linear(192, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return self.output(self.encoder(x)[:, 0])


def vit_tiny():
    return VisionTransformer(), torch.randn(32, 3, 32, 32), torch.randint(10, (32,)), nn.functional.cross_entropy


class TableMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(50, 14) for _ in range(10))
        self.body = nn.Sequential(nn.Linear(150, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 2))

    def forward(self, inputs):
        numbers, ids = inputs
        return self.body(torch.cat([numbers, *(embed(ids[:, i]) for i, embed in enumerate(self.embeddings))], dim=1))


def table_mlp():
    inputs = (torch.randn(1024, 10), torch.randint(1, 50, (1024, 10)))
    return TableMlp(), inputs, torch.randint(2, (1024,)), nn.functional.cross_entropy


NETWORKS = {
    "mlp": mlp, "lenet": lenet, "cnn": cnn, "resnet18": resnet18, "lstm": lstm, "transformer": transformer, "vit_tiny": vit_tiny, "table_mlp": table_mlp,
}


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
