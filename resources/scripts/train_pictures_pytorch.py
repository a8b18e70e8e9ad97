"""Trains LeNet-5 on a folder of pictures with plain PyTorch, to compare the wall time of the whole program with ours.

The folder has one folder per class. One picture in five is for testing. Prints epochs, test accuracy and seconds.
"""

import argparse
import random
import time
from pathlib import Path

STARTED = time.perf_counter()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, Dataset  # noqa: E402


class Pictures(Dataset):
    def __init__(self, files: list[tuple[Path, int]]):
        self.files = files

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int):
        path, label = self.files[index]
        pixels = np.asarray(Image.open(path).convert("L").resize((28, 28)), dtype=np.float32) / 255.0
        return torch.from_numpy(pixels)[None], label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    classes = sorted(folder for folder in args.folder.iterdir() if folder.is_dir())
    files = [(path, label) for label, folder in enumerate(classes) for path in sorted(folder.glob("*.png"))]
    random.Random(1).shuffle(files)
    n_test = len(files) // 5
    training = DataLoader(Pictures(files[n_test:]), batch_size=32, shuffle=True)
    test = DataLoader(Pictures(files[:n_test]), batch_size=256)
    network = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, len(classes)),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(args.epochs):
        for pixels, labels in training:
            optimizer.zero_grad()
            nn.functional.cross_entropy(network(pixels), labels).backward()
            optimizer.step()
    network.eval()
    with torch.inference_mode():
        n_right = sum((network(pixels).argmax(1) == labels).sum().item() for pixels, labels in test)
    print(f"{args.epochs} epochs, test accuracy {n_right / n_test:.3f}, {time.perf_counter() - STARTED:.1f} s")


if __name__ == "__main__":
    main()
