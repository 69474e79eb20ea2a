"""The workloads of the comparison and their measurement: the shapes, sizes and repetitions of `lockstep bench train`.

A trainer's script calls `begin` before it imports the trainer, and `measure` for each workload. `predicts` says whether it
measures predictions instead of training.
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
    classes: int  # 0 if the target is a number
    samples: int
    batch: int
    epochs: int  # timed together; for seed_line, the number of steps on its one batch
    numbers: int = 0  # samples are whole numbers below this, if it is not 0

    def data(self):
        """Synthetic inputs and targets; targets for classes are class numbers."""
        import numpy

        random = numpy.random.default_rng(1)
        if self.classes:
            shape = (self.samples, *self.shape)
            x = random.integers(0, self.numbers, shape) if self.numbers else random.standard_normal(shape, "float32")
            return x, random.integers(0, self.classes, self.samples)
        if self.shape == (1,):
            x = numpy.linspace(-1, 1, self.samples, dtype="float32")[:, None]
            return x, 0.5 * x + 2
        x = 2 * random.random((self.samples, *self.shape), "float32")
        return x, (x[:, :1] > 0.9).astype("float32")


SMALL = {
    "seed_line": Workload((1,), 0, 160, 160, 300),
    "beans": Workload((2,), 0, 100, 10, 50),
    "people": Workload((3,), 2, 1000, 8, 1),
    "mlp": Workload((784,), 10, 30_000, 128, 1),
    "cnn": Workload((28, 28, 1), 10, 6_400, 128, 1),
    "lstm": Workload((28, 28), 10, 12_800, 128, 1),
}
NETWORKS = {
    "resnet50": Workload((224, 224, 3), 1000, 80, 8, 1),
    "resnet50_64": Workload((64, 64, 3), 1000, 160, 16, 1),
    "mobilenet_v2": Workload((96, 96, 3), 1000, 320, 32, 1),
    "efficientnet_b0": Workload((96, 96, 3), 1000, 320, 32, 1),
    "vgg16": Workload((224, 224, 3), 1000, 40, 4, 1),
    "transformer": Workload((128,), 10, 640, 32, 1, numbers=10_000),
    "gru": Workload((100, 28), 10, 1280, 128, 1),
    "bilstm": Workload((100, 28), 10, 1280, 128, 1),
}
WORKLOADS = SMALL | NETWORKS


def arguments(*counts):
    """The command line: a whole number for each of `counts`, then workloads; by default all."""
    numbers, names = sys.argv[1 : 1 + len(counts)], sys.argv[1 + len(counts) :]
    right = [number for number in numbers if number.isdigit() and int(number) > 0]
    if len(right) < len(counts) or any(name not in WORKLOADS for name in names):
        sys.exit(f"usage: {sys.argv[0]} {' '.join(counts)} [workload…]; the workloads are {', '.join(WORKLOADS)}")
    return *map(int, numbers), names or list(WORKLOADS)


def limit_threads(threads):
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(threads)


def keep_to_cores(threads, rank=0):
    """Binds this process to as many cores as it has threads, and each rank to its own cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[rank * threads : (rank + 1) * threads])


def predicts():
    """Whether predictions are measured."""
    return os.environ.get("PEERS_PREDICT") == "1"


def begin():
    """The arguments THREADS [workload…]. Binds this process to that many cores; libraries read this when they are imported."""
    threads, names = arguments("THREADS")
    keep_to_cores(threads)
    limit_threads(threads)
    return threads, names


def measure(trainer, version, name, threads, train, ranks=1, rank=0):
    """Times `train()`, which trains the workload once. One run warms up; the best of three counts. Rank 0 prints a line of JSON."""
    train()
    seconds = math.inf
    for _ in range(3):
        start = time.perf_counter()
        train()
        seconds = min(seconds, time.perf_counter() - start)
    work = WORKLOADS[name]
    epochs = 1 if predicts() else work.epochs
    unit = 1 if sys.platform == "darwin" else 1024
    result = {
        "workload": name,
        "trainer": trainer,
        "version": version,
        "ranks": ranks,
        "threads": threads,
        "samples_per_s": work.samples * epochs / seconds,
        "us_per_step": seconds / (math.ceil(work.samples / work.batch) * epochs) * 1e6,
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }
    if rank == 0:
        print(json.dumps(result), flush=True)
