"""The command line of a comparison."""
import argparse
import os
from pathlib import Path

from units import size
from workloads import WORKLOADS

TRAINERS = ["lockstep", "keras", "torch", "jax"]
# What several ranks are measured with.
DISTRIBUTED = ["lockstep", "torch"]
TEXT = """
Each trainer learns each workload on synthetic data of the same shapes, with the same model, loss, optimizer and accuracy, in a process
of its own that may use as many cores as it has threads. One epoch warms up, the best of three counts. Machines are noisy, so the
trainers take turns, --repeats times, and the best of these counts: compare figures of one run, with nothing else running.

  seed_line   Dense 1, SGD, steps on one batch of 160           a few microseconds of arithmetic, or less:
  beans       Dense 2 and 1, SGD, 100 samples, batch 10         what a step costs besides
  people      Dense 4 and 2, RMSprop, 1000 samples, batch 8
  mlp         Dense 512, 512 and 10, Adam, batch 128            products of matrices
  cnn         two convolutions with pooling, Adam, batch 128    convolutions
  lstm        LSTM 128 over 28 steps, Adam, batch 128           a recurrence

On several ranks lockstep runs under mpirun and torch as DistributedDataParallel over gloo, each rank with cores of its own and its part of
every batch: samples a second are those of the whole job, memory that of rank 0. Beside one process with as many threads in all, these
tell what ranks cost.

The others are installed by pip into a virtual environment, once: with a torch that has CUDA in it, as pip takes by default on Linux,
8 GB. A trainer that cannot be installed, or that fails or lacks a workload, is left out there, with the reason.

  examples/peers/compare                                        everything, about half an hour
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
    """The pairs of ranks and threads that there are cores for, and those that want more."""
    pairs = [(number, each) for number in ranks for each in threads or sorted({1, max(1, cores // number)})]
    return [pair for pair in pairs if pair[0] * pair[1] <= cores], [pair for pair in pairs if pair[0] * pair[1] > cores]


def arguments(folder):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser = argparse.ArgumentParser(
        prog="examples/peers/compare", description="Measures Lockstep beside Keras, PyTorch and JAX on the same work.", epilog=TEXT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--workloads", type=names(WORKLOADS), default=list(WORKLOADS), metavar="A,B", help="some alone; without it all")
    parser.add_argument("--trainers", type=names(TRAINERS), default=TRAINERS, metavar="A,B", help=f"some alone of {', '.join(TRAINERS)}")
    parser.add_argument("--ranks", type=counts, default=[1], metavar="1,2", help="counts of ranks, each a process; without it 1")
    parser.add_argument("--threads", type=counts, metavar="1,2", help="thread counts of a rank; without it one and every core")
    parser.add_argument("--repeats", type=count, default=2, metavar="R", help="turns of each trainer; without it 2")
    parser.add_argument("--output", type=Path, default=folder, metavar="FOLDER", help="without it output/peers here")
    parser.add_argument("--venv", type=Path, metavar="FOLDER", help="a virtual environment; what it lacks is installed into it")
    parser.add_argument("--torch", default="torch", metavar="REQUIREMENT", help="what pip is asked for")
    chosen = parser.parse_args()
    chosen.sizes, large = sizes(chosen.ranks, chosen.threads, cores)
    for ranks, threads in reversed(large):
        # A mistake if one of the two fits nowhere, otherwise one of a list's combinations.
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
