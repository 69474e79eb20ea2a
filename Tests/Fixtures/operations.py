"""Makes what operations between layers are tested with, from real Keras: `operations.json` holds a functional model for each row as Keras
writes it, `operations.npz` its inputs and its output; the tests only read them.

    KERAS_BACKEND=jax "$(Tests/Keras/environment)" Tests/Fixtures/operations.py [check FILE]

`check FILE` compares the predictions of the models in FILE, which Lockstep wrote, with those in `operations.npz`.
Random numbers are seeded by the row's name, so a new row changes no other.
"""

import json
import os
import sys
import zlib

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
from keras import ops

FOLDER = os.path.dirname(os.path.abspath(__file__))

# The shapes of the inputs, and what is computed from them.
A, B, V = (4, 3), (4, 3), (5,)
ROWS = {
    "add": ([A, B], lambda a, b: a + b), "add_number": ([A], lambda a: 2 + a), "add_broadcast": ([A, (1, 3)], lambda a, b: a + b),
    "subtract": ([A, B], lambda a, b: a - b), "subtract_from": ([A], lambda a: 1 - a), "subtract_number": ([A], lambda a: a - 0.25),
    "multiply": ([A, B], lambda a, b: a * b), "multiply_number": ([A], lambda a: a * 2),
    "divide": ([A, B], lambda a, b: a / (b + 3.0)), "divide_by": ([A], lambda a: 3.0 / (a + 4)),
    "divide_function": ([A, B], lambda a, b: ops.divide(a, b + 3.0)), "divide_named": ([A, B], lambda a, b: ops.divide(x1=a, x2=b + 3.0)),
    "maximum": ([A, B], ops.maximum), "maximum_number": ([A], lambda a: ops.maximum(a, 0.1)), "minimum": ([A, B], ops.minimum),
    "minimum_number": ([A], lambda a: ops.minimum(0.1, a)),
    "power": ([A], lambda a: a**2), "power_real": ([A], lambda a: ops.power(ops.abs(a), 1.5)),
    "matmul": ([A, (3, 2)], ops.matmul), "negative": ([A], lambda a: -a), "absolute": ([A], ops.absolute), "abs": ([A], abs),
    "exp": ([A], ops.exp), "log": ([A], lambda a: ops.log(a + 2.0)), "sqrt": ([A], lambda a: ops.sqrt(a + 2.0)),
    "rsqrt": ([A], lambda a: ops.rsqrt(a + 2.0)), "square": ([A], ops.square), "reciprocal": ([A], lambda a: ops.reciprocal(a + 2.0)),
    "clip": ([A], lambda a: ops.clip(a, -0.5, 0.25)), "cast": ([A], lambda a: ops.cast(ops.cast(a * 9, "int32"), "float32")),
    "relu": ([A], ops.relu), "relu6": ([A], lambda a: ops.relu6(a * 9)), "sigmoid": ([A], ops.sigmoid), "tanh": ([A], ops.tanh),
    "softplus": ([A], ops.softplus), "softsign": ([A], ops.softsign), "silu": ([A], ops.silu), "selu": ([A], ops.selu),
    "hard_sigmoid": ([A], ops.hard_sigmoid), "hard_silu": ([A], ops.hard_silu), "log_sigmoid": ([A], ops.log_sigmoid),
    "softmax": ([A], ops.softmax), "log_softmax": ([A], lambda a: ops.log_softmax(a, axis=2)),
    "leaky_relu": ([A], lambda a: ops.leaky_relu(a, 0.3)), "elu": ([A], lambda a: ops.elu(a, alpha=0.5)),
    "gelu": ([A], ops.gelu), "gelu_exact": ([A], lambda a: ops.gelu(a, approximate=False)),
    "mean": ([A], lambda a: ops.mean(a, axis=1)), "sum": ([A], lambda a: ops.sum(a, axis=-1, keepdims=True)),
    "max": ([A], lambda a: ops.max(a, axis=(1, 2))), "min": ([A], lambda a: ops.min(a, axis=[-2])),
    "reshape": ([A], lambda a: ops.reshape(a, (-1, 2, 6))), "reshape_flat": ([A], lambda a: ops.reshape(a, (-1, 12))),
    "expand_dims": ([V], lambda v: ops.expand_dims(v, 1)), "expand_dims_last": ([V], lambda v: ops.expand_dims(v, -1)),
    "squeeze": ([(1, 5)], lambda v: ops.squeeze(v, 1)), "transpose": ([(4, 3, 2)], lambda a: ops.transpose(a, (0, 3, 1, 2))),
    "concatenate": ([A, (2, 3)], lambda a, b: ops.concatenate([a, b], axis=1)), "stack": ([V, V], lambda a, b: ops.stack([a, b], axis=1)),
    "stack_last": ([V, V], lambda a, b: ops.stack([a, b], axis=-1)), "flip": ([A], lambda a: ops.flip(a, 1)),
    "item": ([A], lambda a: a[:, 0]), "item_last": ([A], lambda a: a[:, -1, 1:]), "item_step": ([A], lambda a: a[:, ::2, -2:]),
    "item_ellipsis": ([A], lambda a: a[..., 1]), "item_new": ([A], lambda a: a[:, None, :, 1]), "item_none": ([A], lambda a: a[..., None]),
    "several": ([A, V], lambda a, v: ops.concatenate([ops.mean(a * 2, axis=1), v[:, 1:3]], axis=-1) / 3),
}


def model(name):
    keras.backend.clear_session()
    shapes, function = ROWS[name]
    inputs = [keras.Input(shape, name=f"x{index}") for index, shape in enumerate(shapes)]
    return keras.Model(inputs, function(*inputs), name=name)


def main():
    if sys.argv[1:2] == ["check"]:
        known = np.load(f"{FOLDER}/operations.npz")
        with open(sys.argv[2]) as file:
            written = json.load(file)
        assert written.keys() == ROWS.keys(), written.keys() ^ ROWS.keys()
        for name, text in written.items():
            x = [known[f"{name}/x{index}"] for index in range(len(ROWS[name][0]))]
            actual = keras.models.model_from_json(json.dumps(text)).predict(x, verbose=0)
            np.testing.assert_allclose(actual, known[f"{name}/y"], rtol=1e-6, atol=1e-6, err_msg=name)
        return print(f"Keras reads {len(written)} models and predicts the same")
    models, arrays = {}, {}
    for name, (shapes, _) in ROWS.items():
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        made = model(name)
        x = [rng.uniform(-1, 1, (6, *shape)).astype("f4") for shape in shapes]
        models[name] = json.loads(made.to_json())
        arrays |= {f"{name}/x{index}": value for index, value in enumerate(x)}
        arrays[f"{name}/y"] = np.asarray(made(x, training=False))
    with open(f"{FOLDER}/operations.json", "w") as file:
        file.write("{\n" + ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in models.items()) + "\n}\n")
    np.savez(f"{FOLDER}/operations.npz", **arrays)


main()
