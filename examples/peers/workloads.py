"""What trainers are compared on, and how each is measured: the shapes, sizes and repetitions of `lockstep bench train`.

A trainer's script calls `begin` before it imports the trainer, and `measure` for each workload.
"""
import json
import math
import os
import resource
import sys
import time
from typing import NamedTuple


class Workload(NamedTuple):
    shape: tuple  # of a sample
    classes: int  # 0 where the target is a number
    samples: int
    batch: int
    epochs: int  # what is timed at once; for seed_line, steps on its one batch

    def steps(self):
        return math.ceil(self.samples / self.batch) * self.epochs

    def data(self):
        """Synthetic inputs and targets; targets of classes are class numbers."""
        import numpy

        random = numpy.random.default_rng(1)
        if self.classes:
            x = random.standard_normal((self.samples, *self.shape), "float32")
            return x, random.integers(0, self.classes, self.samples)
        if self.shape == (1,):
            x = numpy.linspace(-1, 1, self.samples, dtype="float32")[:, None]
            return x, 0.5 * x + 2
        x = 2 * random.random((self.samples, *self.shape), "float32")
        return x, (x[:, :1] > 0.9).astype("float32")


WORKLOADS = {
    "seed_line": Workload((1,), 0, 160, 160, 300),
    "beans": Workload((2,), 0, 100, 10, 50),
    "people": Workload((3,), 2, 1000, 8, 1),
    "mlp": Workload((784,), 10, 30_000, 128, 1),
    "cnn": Workload((28, 28, 1), 10, 6_400, 128, 1),
    "lstm": Workload((28, 28), 10, 12_800, 128, 1),
}


def begin():
    """The arguments THREADS [workload…]. Keeps this process to that many cores, which libraries look at when they are imported."""
    arguments = sys.argv[1:]
    unknown = [name for name in arguments[1:] if name not in WORKLOADS]
    if not arguments or not arguments[0].isdigit() or arguments[0] == "0" or unknown:
        sys.exit(f"usage: {sys.argv[0]} THREADS [workload…]; the workloads are {', '.join(WORKLOADS)}")
    threads = int(arguments[0])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = arguments[0]
    return threads, arguments[1:] or list(WORKLOADS)


def measure(trainer, version, name, threads, train):
    """Times `train()`, which trains once over: one run warms up, the best of three counts. Prints a line of JSON."""
    train()
    seconds = math.inf
    for _ in range(3):
        start = time.perf_counter()
        train()
        seconds = min(seconds, time.perf_counter() - start)
    work = WORKLOADS[name]
    unit = 1 if sys.platform == "darwin" else 1024
    result = {
        "workload": name,
        "trainer": trainer,
        "version": version,
        "ranks": 1,
        "threads": threads,
        "samples_per_s": work.samples * work.epochs / seconds,
        "us_per_step": seconds / work.steps() * 1e6,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }
    print(json.dumps(result), flush=True)
