"""Trainings in which every two settings of optimizers, weights and data occur together, for `training.py`.

A training has one setting of each kind. `trainings` chooses few trainings among all combinations, so that every pair of settings occurs in one
of them. Every optimizer of Keras is a setting, except those that are not supported.
"""

import inspect
import itertools
import os
import random
import sys

import keras
import numpy as np

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures"))
from reach import LEFT_OUT

L, O, R, C, S = keras.layers, keras.optimizers, keras.regularizers, keras.constraints, keras.optimizers.schedules

# Learning rates; 0.01 for other optimizers.
RATES = {
    "SGD": 0.05, "RMSprop": 0.005, "Adamax": 0.02, "Adagrad": 0.05, "Adadelta": 0.5, "Lion": 0.002, "Ftrl": 0.2, "ScheduleFreeAdamW": 0.02,
    "Adafactor": 0.05}
SETTINGS = {
    "optimizer": sorted({name for name in dir(O) if name[0].isupper()} - LEFT_OUT),
    "schedule": ["constant", "exponential", "cosine"],
    "clipping": ["unclipped", "clipnorm", "clipvalue", "global_clipnorm"],
    "decay": ["undecayed", "decay", "decay_of_some"],
    "average": ["unaveraged", "average", "average_overwrites"],
    "regularizer": ["free", "l2", "orthogonal"],
    "constraint": ["unconstrained", "max_norm", "non_neg"],
    "mask": ["whole", "masked"],
    "weights": ["equal", "sample_weight"],
    "accumulation": ["each_step", "accumulated"],
}
# The weights that do not decay in `decay_of_some`.
EXCLUDED = "bias|embeddings"


def pairs(row):
    """The pairs of settings in a training, each setting with the number of its kind."""
    return set(itertools.combinations(enumerate(row), 2))


def trainings():
    """Trainings that have all pairs of settings, and the number of pairs. Each next training has as many new pairs as a greedy search finds."""
    kinds, draw = list(SETTINGS.values()), random.Random(1)
    missing = {
        pair for (i, first), (j, second) in itertools.combinations(enumerate(kinds), 2)
        for pair in itertools.product([(i, value) for value in first], [(j, value) for value in second])}
    count, rows = len(missing), []
    while missing:
        candidates = []
        for _ in range(30):
            row = dict(draw.choice(sorted(missing)))
            for kind in draw.sample(range(len(kinds)), len(kinds)):
                if kind not in row:
                    new = lambda value: sum(tuple(sorted([(kind, value), other])) in missing for other in row.items())
                    row[kind] = max(draw.sample(kinds[kind], len(kinds[kind])), key=new)
            candidates.append(tuple(row[kind] for kind in range(len(kinds))))
        best = max(candidates, key=lambda row: len(pairs(row) & missing))
        rows.append(best)
        missing -= pairs(best)
    return rows, count


def settings(row):
    return dict(zip(SETTINGS, row))


def optimizer(row):
    of = settings(row)
    rate = RATES.get(of["optimizer"], 0.01)
    arguments = {
        "learning_rate": {
            "constant": rate, "exponential": S.ExponentialDecay(rate, 4, 0.8),
            "cosine": S.CosineDecay(rate / 4, 14, alpha=0.1, warmup_target=rate, warmup_steps=3)}[of["schedule"]],
        "weight_decay": 0.0 if of["decay"] == "undecayed" else 0.05, "use_ema": of["average"] != "unaveraged", "ema_momentum": 0.8,
        "ema_overwrite_frequency": 3 if of["average"] == "average_overwrites" else None,
        "gradient_accumulation_steps": 3 if of["accumulation"] == "accumulated" else None,
    }
    if of["clipping"] != "unclipped":
        arguments[of["clipping"]] = {"clipnorm": 0.2, "clipvalue": 0.03, "global_clipnorm": 0.4}[of["clipping"]]
    kind = getattr(O, of["optimizer"])
    # Then rounding of small gradients, and in the first updates of Ftrl, makes no large difference.
    more = {"momentum": 0.9, "epsilon": 1e-4, "initial_accumulator_value": 1.0}
    known = inspect.signature(kind).parameters
    made = kind(**arguments, **{name: value for name, value in more.items() if name in known})
    if of["decay"] == "decay_of_some":
        made.exclude_from_weight_decay(var_names=[EXCLUDED])
    return made


def layers(row):
    """Those in front of the output layer.

    A constraint may make weights 0. There a penalty l1 has no slope, nor has one that is orthogonal, and rounding decides between its sides.
    So no penalty is l1, and a layer without a constraint has the one that is orthogonal, which is small.
    """
    of = settings(row)
    (kernel, bias) = (R.L2(0.01), R.L2(0.02)) if of["regularizer"] == "l2" else (None, None)
    orthogonal = R.OrthogonalRegularizer(0.02) if of["regularizer"] == "orthogonal" else None
    constraints = {"unconstrained": (None, None), "max_norm": (C.MaxNorm(0.9), C.MaxNorm(0.2)), "non_neg": (C.NonNeg(), C.NonNeg())}
    kernel_constraint, bias_constraint = constraints[of["constraint"]]
    reach = {
        "kernel_regularizer": kernel, "bias_regularizer": bias, "kernel_constraint": kernel_constraint, "bias_constraint": bias_constraint}
    if of["mask"] == "whole":
        return [keras.Input((6,)), L.Dense(9, "tanh", **reach), L.Dense(7, "gelu", kernel_regularizer=orthogonal)]
    return [
        keras.Input((5,), dtype="int32"), L.Embedding(11, 6, mask_zero=True), L.SimpleRNN(7, return_sequences=True, **reach),
        L.Dense(4, "tanh", kernel_regularizer=orthogonal)]


def arguments(row):
    """What `lockstep train` is told besides the file."""
    return ["--exclude-from-weight-decay", EXCLUDED] if settings(row)["decay"] == "decay_of_some" else []
