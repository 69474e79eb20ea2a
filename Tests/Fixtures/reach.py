"""Makes what schedules, regularizers, constraints, and clipping and decaying optimizers are tested with, from real Keras: `reach.json` holds
each as Keras serializes it, `reach.npz` what it computes; the tests only read them.

    KERAS_BACKEND=jax "$(Tests/Keras/environment)" Tests/Fixtures/reach.py

Random numbers are seeded by the row's name, so a new row changes no other.
"""

import json
import os
import zlib

os.environ.setdefault("KERAS_BACKEND", "jax")
import jax
import jax.numpy as jnp
import keras
import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
S, R, C, O = keras.optimizers.schedules, keras.regularizers, keras.constraints, keras.optimizers
STEPS = list(range(40)) + [97, 100, 1000]

SCHEDULES = {
    "exponential": S.ExponentialDecay(0.1, 7, 0.9),
    "exponential_staircase": S.ExponentialDecay(0.1, 7, 0.9, staircase=True),
    "piecewise": S.PiecewiseConstantDecay([3, 10, 11], [1.0, 0.5, 0.25, 0.125]),
    "piecewise_one": S.PiecewiseConstantDecay([5], [0.1, 0.01]),
    "polynomial": S.PolynomialDecay(0.1, 12, 0.01, power=0.5),
    "polynomial_cycle": S.PolynomialDecay(0.1, 12, cycle=True),
    "inverse_time": S.InverseTimeDecay(0.1, 8, 0.5),
    "inverse_time_staircase": S.InverseTimeDecay(0.1, 8, 0.5, staircase=True),
    "cosine": S.CosineDecay(0.1, 16, alpha=0.1),
    "cosine_warmup": S.CosineDecay(0.0, 16, warmup_target=0.2, warmup_steps=8),
    "restarts": S.CosineDecayRestarts(0.1, 4),
    "restarts_even": S.CosineDecayRestarts(0.1, 8, t_mul=1.0, m_mul=0.5, alpha=0.01),
    "restarts_long": S.CosineDecayRestarts(0.1, 5, t_mul=1.5, m_mul=0.9),
}
REGULARIZERS = {"l1": R.L1(0.02), "l2": R.L2(0.03), "l1_l2": R.L1L2(0.01, 0.02), "l1_l2_none": R.L1L2(), "l2_default": R.L2()}
REGULARIZERS |= {
    "orthogonal": R.OrthogonalRegularizer(), "orthogonal_columns": R.OrthogonalRegularizer(0.5, "columns"),
    "orthogonal_large": R.OrthogonalRegularizer(2, "rows"),
}
SHAPES = {"orthogonal_large": (33, 70)}
CONSTRAINTS = {
    "max_norm": (C.MaxNorm(1.5), (5, 7)),
    "max_norm_bias": (C.MaxNorm(1), (19,)),
    "max_norm_kernel": (C.MaxNorm(2, axis=[0, 1, 2]), (3, 2, 4, 70)),
    "max_norm_last": (C.MaxNorm(1, axis=-1), (9, 33)),
    "max_norm_middle": (C.MaxNorm(1, axis=1), (3, 4, 5)),
    "max_norm_outer": (C.MaxNorm(1, axis=[0, 2]), (3, 4, 5)),
    "max_norm_inner": (C.MaxNorm(1, axis=[1, 2]), (3, 4, 5)),
    "non_neg": (C.NonNeg(), (5, 7)),
    "unit_norm": (C.UnitNorm(), (6, 130)),
    "unit_norm_all": (C.UnitNorm(axis=[0, 1]), (6, 5)),
    "min_max_norm": (C.MinMaxNorm(1, 2, rate=0.3), (4, 20)),
    "min_max_norm_rows": (C.MinMaxNorm(0.5, 1, axis=1), (4, 20)),
}
OPTIMIZERS = {
    "clipnorm": O.SGD(0.1, momentum=0.5, clipnorm=1.5),
    "clipvalue": O.RMSprop(0.01, clipvalue=0.25),
    "global_clipnorm": O.Adam(0.05, global_clipnorm=2.0),
    "weight_decay": O.SGD(0.1, weight_decay=0.04),
    "weight_decay_clipnorm": O.Adam(0.05, weight_decay=0.1, clipnorm=0.5),
    "scheduled": O.SGD(S.ExponentialDecay(0.3, 2, 0.5), weight_decay=0.02, global_clipnorm=1.0),
    "adamw": O.AdamW(0.05, amsgrad=True),
    "adamax": O.Adamax(0.05, beta_1=0.8, beta_2=0.95),
    "adamax_clipnorm": O.Adamax(0.05, clipnorm=0.5, weight_decay=0.1),
    "nadam": O.Nadam(0.05, epsilon=1e-5),
    "nadam_scheduled": O.Nadam(S.ExponentialDecay(0.1, 2, 0.5), global_clipnorm=1.0),
    "adagrad": O.Adagrad(0.1, initial_accumulator_value=0.3),
    "adagrad_decay": O.Adagrad(0.1, weight_decay=0.05, clipvalue=0.5),
    "adadelta": O.Adadelta(1.0, rho=0.9),
    "adadelta_clipnorm": O.Adadelta(0.5, clipnorm=0.5),
    "lion": O.Lion(0.02, beta_1=0.8),
    "lion_decay": O.Lion(S.CosineDecay(0.02, 10), weight_decay=0.2),
    "ftrl": O.Ftrl(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02, beta=0.1),
    "ftrl_power": O.Ftrl(0.1, learning_rate_power=-0.7, l2_shrinkage_regularization_strength=0.05, clipvalue=1.0),
    "ema": O.Adam(0.05, use_ema=True, ema_momentum=0.6),
    "ema_plain": O.SGD(0.1, use_ema=True),
    "ema_overwrite": O.RMSprop(0.05, momentum=0.5, weight_decay=0.1, clipnorm=0.5, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2),
    "schedule_free": O.ScheduleFreeAdamW(0.05, warmup_steps=3, weight_decay=0.1),
    "schedule_free_scheduled": O.ScheduleFreeAdamW(S.ExponentialDecay(0.1, 2, 0.5), beta_1=0.7, beta_2=0.9, clipnorm=1.0),
    "lamb": O.Lamb(0.05),
    "lamb_clipnorm": O.Lamb(0.05, weight_decay=0.1, clipnorm=0.5),
    "lamb_ema": O.Lamb(S.ExponentialDecay(0.1, 2, 0.5), beta_1=0.7, epsilon=1e-3, global_clipnorm=1.0, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=2),
    "adafactor": O.Adafactor(0.5),
    "adafactor_clipped": O.Adafactor(
        S.ExponentialDecay(0.5, 2, 0.5), beta_2_decay=-0.5, epsilon_2=0.1, clip_threshold=0.7, weight_decay=0.1, global_clipnorm=1.0),
    "adafactor_ema": O.Adafactor(0.3, relative_step=False, clipvalue=0.5, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3),
    "adafactor_tensor": O.Adafactor(0.5, clip_threshold=0.5),
    "muon": O.Muon(0.05),
    "muon_tall": O.Muon(0.05, nesterov=False, adam_lr_ratio=0.5, weight_decay=0.1, adam_weight_decay=None, clipnorm=0.5),
    "muon_excluded": O.Muon(0.05, exclude_layers=["bias", "^ker", "rnel$"], momentum=0.8),
    "muon_ema": O.Muon(
        S.CosineDecay(0.1, 10), ns_steps=3, rms_rate=None, muon_a=3.0, global_clipnorm=1.0, use_ema=True, ema_momentum=0.8),
    "excluded": O.AdamW(0.05, weight_decay=0.5),
    "excluded_parts": O.SGD(0.1, weight_decay=0.3, clipnorm=1.0),
    "excluded_lamb": O.Lamb(0.05, weight_decay=0.3),
    "excluded_muon": O.Muon(0.05, weight_decay=0.3, adam_weight_decay=0.2),
    "scheduled_adam": O.Adam(S.CosineDecay(0.0, 4, warmup_target=0.1, warmup_steps=2), clipvalue=0.5),
}


# The weights that do not decay; Keras does not serialize it.
EXCLUDED = {
    "excluded": ["gamma", "^b.as$"], "excluded_parts": ["rne"], "excluded_lamb": ["bias"], "excluded_muon": ["kernel"]}
# The shapes of the weights, where they are not those of `main`.
OPTIMIZER_SHAPES = {"muon_tall": ((9, 4), (4,)), "adafactor_tensor": ((2, 5, 7), (7,))}


def f4(array):
    return np.asarray(array, "f4")


def seeded(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


# Optimizers that are not supported, or wrap others; the README says so.
LEFT_OUT = {"Optimizer", "OptimizerMap", "LossScaleOptimizer", "MultiOptimizer"}


def main():
    missing = {n for n in dir(O) if n[0].isupper()} - LEFT_OUT - {type(optimizer).__name__ for optimizer in OPTIMIZERS.values()}
    assert not missing, f"no row for the optimizers {sorted(missing)}"
    rows, arrays = {}, {"steps": f4(STEPS)}
    for kind, objects in (("schedules", SCHEDULES), ("regularizers", REGULARIZERS), ("constraints", CONSTRAINTS)):
        serialize = S.serialize if kind == "schedules" else keras.saving.serialize_keras_object
        rows[kind] = {name: serialize(o[0] if isinstance(o, tuple) else o) for name, o in objects.items()}
    rows["optimizers"] = {name: O.serialize(optimizer) for name, optimizer in OPTIMIZERS.items()}
    rows["excluded"] = EXCLUDED
    for name, schedule in SCHEDULES.items():
        arrays[f"schedules/{name}"] = f4([schedule(step) for step in STEPS])
    for name, regularizer in REGULARIZERS.items():
        x = f4(seeded(name).standard_normal(SHAPES.get(name, (5, 7))))
        value, gradient = jax.value_and_grad(lambda x: jnp.asarray(regularizer(x)))(jnp.asarray(x))
        arrays |= {f"regularizers/{name}/x": x, f"regularizers/{name}/penalty": f4([value]), f"regularizers/{name}/gradient": f4(gradient)}
    for name, (constraint, shape) in CONSTRAINTS.items():
        x = f4(seeded(name).standard_normal(shape))
        arrays |= {f"constraints/{name}/x": x, f"constraints/{name}/y": f4(constraint(jnp.asarray(x)))}
    for name, optimizer in OPTIMIZERS.items():
        rng = seeded(name)
        shapes = OPTIMIZER_SHAPES.get(name, ((5, 7), (7,)))
        start, gradients = [f4(rng.standard_normal(s)) for s in shapes], [f4(rng.standard_normal((6, *s))) for s in shapes]
        variables = [keras.Variable(value, name=own) for value, own in zip(start, ("kernel", "bias"))]
        if name in EXCLUDED:
            optimizer.exclude_from_weight_decay(var_names=EXCLUDED[name])
        for number, (value, gradient) in enumerate(zip(start, gradients)):
            arrays |= {f"optimizers/{name}/start{number}": value, f"optimizers/{name}/gradients{number}": gradient}
        steps = [[], []]
        for step in range(6):
            optimizer.apply([jnp.asarray(g[step]) for g in gradients], variables)
            for values, variable in zip(steps, variables):
                values.append(np.asarray(variable))
        if optimizer.use_ema:
            optimizer.finalize_variable_values(variables)
            arrays |= {f"optimizers/{name}/average{number}": f4(variable) for number, variable in enumerate(variables)}
        for number, values in enumerate(steps):
            arrays[f"optimizers/{name}/steps{number}"] = f4(values)
    with open(os.path.join(FOLDER, "reach.json"), "w") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    np.savez(os.path.join(FOLDER, "reach.npz"), **arrays)


if __name__ == "__main__":
    main()
