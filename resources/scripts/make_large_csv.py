"""Writes a table of numbers with gaps, two categories and a target: make_large_csv.py MEGABYTES PATH"""

import random
import sys

N_KINDS_OF_ROW = 100_000
N_ROWS_AT_ONCE = 20_000


def rest_of_row() -> str:
    x = [random.gauss(0, 1) for _ in range(13)]
    plan = random.choice(["basic", "plus", "pro"])
    city = random.choice(["Bonn", "Kyiv", "Lyon", "Oslo", "Paris", "Rome", "Turin", "Wien"])
    score = x[0] + 0.5 * x[1] - x[2] * x[3] + (0.7 if plan == "pro" else 0) + random.gauss(0, 0.5)
    cells = ["" if random.random() < 0.05 else f"{value:.5f}" for value in x]
    cells += [str(random.randrange(n)) for n in (100, 2000, 5)]
    return ",".join([*cells, city, plan, "yes" if score > 0 else "no"])


def main() -> None:
    n_wanted, path = int(float(sys.argv[1]) * 1e6), sys.argv[2]
    random.seed(7)
    # Rows are put together from parts that are made once; the first number makes each one of its own.
    rests = [rest_of_row() for _ in range(N_KINDS_OF_ROW)]
    names = [f"n{i}" for i in range(14)] + ["k0", "k1", "k2", "city", "plan", "bought"]
    with open(path, "w") as file:
        n_written = file.write(",".join(names) + "\n")
        while n_written < n_wanted:
            rows = random.choices(rests, k=N_ROWS_AT_ONCE)
            n_written += file.write("".join(f"{random.random():.7f},{rest}\n" for rest in rows))


if __name__ == "__main__":
    main()
