"""The command line of a comparison."""
import argparse
import os
from pathlib import Path

from units import size
from workloads import SMALL, WORKLOADS

TRAINERS = ["lockstep", "keras", "torch", "jax"]
# The trainers that can run on several ranks.
DISTRIBUTED = ["lockstep", "torch"]
TEXT = """
Each trainer learns each workload on synthetic data of the same shapes, with the same model, loss, optimizer and accuracy. Each run is a
process of its own that may use as many cores as it has threads. One epoch warms up, the best of three counts. Machines are noisy, so
the trainers take turns, --repeats times, and the best of these counts: compare figures of one run, with nothing else running.

  seed_line   Dense 1, SGD, steps on one batch of 160           a few microseconds of arithmetic, or less:
  beans       Dense 2 and 1, SGD, 100 samples, batch 10         what a step costs besides
  people      Dense 4 and 2, RMSprop, 1000 samples, batch 8
  mlp         Dense 512, 512 and 10, Adam, batch 128            products of matrices
  cnn         two convolutions with pooling, Adam, batch 128    convolutions
  lstm        LSTM 128 over 28 steps, Adam, batch 128           a recurrence

Well-known networks are measured if they are named, not in JAX. Those of images learn 1000 classes with SGD and momentum.

  resnet50, vgg16                                224×224, batches of 8 and 4
  resnet50_64                                    64×64, batch 16
  mobilenet_v2, efficientnet_b0                  96×96, batch 32
  transformer                                    128 steps of width 128, two blocks, Adam, batch 32
  gru, bilstm                                    128 units over 100 steps, Adam, batch 128

On several ranks lockstep runs under mpirun, and torch as DistributedDataParallel over gloo. Each rank has its own cores and its part of
every batch: samples a second are those of the whole job, memory that of rank 0. Beside one process with as many threads in all, these
tell what ranks cost.

pip installs the other trainers into a virtual environment, once. This takes 8 GB with the default torch on Linux, which includes CUDA. A
trainer that cannot be installed, or that fails or lacks a workload, is left out there, with the reason.

  examples/peers/compare                                        the small workloads, about half an hour
  examples/peers/compare --workloads resnet50_64,mobilenet_v2,transformer
  examples/peers/compare --workloads mobilenet_v2 --predict     predictions instead of training
  examples/peers/compare --workloads mlp --threads 2 --trainers lockstep,keras
  examples/peers/compare --ranks 1,2 --workloads mlp,cnn,lstm --trainers lockstep,torch
  examples/peers/compare --torch torch==2.13.0+cpu              a torch without CUDA, where pip is set up to find one
"""


def names(known):
    def parse(text):
        unknown = [name for name in text.split(",") if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"there are {', '.join(known)}; received: {', '.join(unknown)}")
        return [name for name in known if name in text.split(",")]

    return parse


def count(text):
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"whole numbers above 0 are needed, received: {text}")
    return int(text)


def counts(text):
    return sorted({count(part) for part in text.split(",")})


def sizes(ranks, threads, cores):
    """The pairs of ranks and threads with enough cores, and the pairs without."""
    pairs = [(number, each) for number in ranks for each in threads or sorted({1, max(1, cores // number)})]
    return [pair for pair in pairs if pair[0] * pair[1] <= cores], [pair for pair in pairs if pair[0] * pair[1] > cores]


def arguments(folder):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser = argparse.ArgumentParser(
        prog="examples/peers/compare", description="Measures Lockstep beside Keras, PyTorch and JAX on the same work.", epilog=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--workloads", type=names(WORKLOADS), default=list(SMALL), metavar="A,B", help=f"these; by default {', '.join(SMALL)}")
    parser.add_argument("--trainers", type=names(TRAINERS), default=TRAINERS, metavar="A,B", help=f"only these, of {', '.join(TRAINERS)}")
    parser.add_argument("--ranks", type=counts, default=[1], metavar="1,2", help="numbers of ranks, each a process; by default 1")
    parser.add_argument("--threads", type=counts, metavar="1,2", help="numbers of threads of a rank; by default one, and all cores")
    parser.add_argument("--repeats", type=count, default=2, metavar="R", help="turns of each trainer; by default 2")
    parser.add_argument(
        "--predict", action="store_true", help="measure predictions instead of training, on one rank, not in JAX")
    parser.add_argument("--output", type=Path, default=folder, metavar="FOLDER", help="by default output/peers here")
    parser.add_argument("--venv", type=Path, metavar="FOLDER", help="a virtual environment; missing packages are installed into it")
    parser.add_argument("--torch", default="torch", metavar="REQUIREMENT", help="the requirement for pip")
    chosen = parser.parse_args()
    if chosen.predict and chosen.ranks != [1]:
        parser.error(f"--predict: on one rank, received: --ranks {','.join(map(str, chosen.ranks))}")
    chosen.sizes, large = sizes(chosen.ranks, chosen.threads, cores)
    for ranks, threads in reversed(large):
        # An error only if a number of ranks or threads fits in no combination.
        if any(all(pair[place] != value for pair in chosen.sizes) for place, value in enumerate((ranks, threads))):
            option, received = ("--threads", threads) if ranks == 1 else ("--ranks × --threads", f"{ranks} × {threads}")
            parser.error(f"{option}: this process may use {cores} cores, received: {received}")
    if min(chosen.ranks) > 1 and not set(chosen.trainers) & set(DISTRIBUTED):
        parser.error(f"--trainers: on several ranks there are {', '.join(DISTRIBUTED)}; received: {', '.join(chosen.trainers)}")
    chosen.left_out = [f"{size(*pair)}: this process may use {cores} cores" for pair in large]
    others = [trainer for trainer in chosen.trainers if trainer not in DISTRIBUTED]
    if max(chosen.ranks) > 1 and others:
        chosen.left_out.append(f"{', '.join(others)} on several ranks: compared here as one process alone")
    if min(chosen.ranks) > 1:
        chosen.trainers = [trainer for trainer in chosen.trainers if trainer in DISTRIBUTED]
    return chosen
