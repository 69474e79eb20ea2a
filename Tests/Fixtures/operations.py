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

def number(x):
    """A tensor of truth values or whole numbers as real numbers."""
    return ops.cast(x, "float32")


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
    # Arrays of numbers.
    "add_array": ([A], lambda a: a + np.array([1.0, -2.0, 0.5], "f4")), "subtract_from_array": ([A], lambda a: ops.subtract(np.ones((1, 4, 3), "f4") * 3, a)),
    "divide_tensor": ([A], lambda a: a / ops.convert_to_tensor(np.full((4, 1), 4.0, "f4"))),
    "maximum_array": ([A], lambda a: ops.maximum(a, np.linspace(-1, 1, 3).astype("f4"))),
    "power_of_number": ([A], lambda a: ops.power(2.0, a)),
    "divide_no_nan": ([A], lambda a: ops.divide_no_nan(a, ops.relu(a))), "floor_divide": ([A], lambda a: a // 0.3),
    "mod": ([A], lambda a: ops.mod(a, 0.3)), "fmod": ([A], lambda a: ops.fmod(a, 0.3)), "hypot": ([A, B], ops.hypot), "arctan2": ([A, B], ops.arctan2),
    "logaddexp": ([A, B], lambda a, b: ops.logaddexp(a * 9, b * 9)), "heaviside": ([A], lambda a: ops.heaviside(ops.relu(a), np.array([0.25], "f4"))),
    # Comparisons, as numbers.
    "equal": ([A], lambda a: number(ops.equal(ops.relu(a), 0))), "not_equal": ([A], lambda a: number(ops.not_equal(ops.relu(a), 0))),
    "greater": ([A, B], lambda a, b: number(a > b)), "greater_equal": ([A], lambda a: number(a >= 0.25)),
    "less": ([A], lambda a: number(a < 0.25)), "less_equal": ([A, B], lambda a, b: number(a <= b)),
    "logical_and": ([A], lambda a: number(ops.logical_and(a > -0.5, a < 0.5))), "logical_or": ([A, B], lambda a, b: number(ops.logical_or(a > 0, b > 0))),
    "logical_xor": ([A, B], lambda a, b: number(ops.logical_xor(a > 0, b > 0))), "logical_not": ([A], lambda a: number(ops.logical_not(a > 0))),
    "isnan": ([A], lambda a: number(ops.isnan(ops.log(a)))), "isinf": ([A], lambda a: number(ops.isinf(1 / ops.relu(a)))),
    "isfinite": ([A], lambda a: number(ops.isfinite(1 / ops.relu(a)))), "cast_bool": ([A], lambda a: number(ops.cast(ops.relu(a), "bool"))),
    # Functions. Keras 3.15 computes a sparsemax of several elements that are not 0 wrongly, so one element dominates.
    "fabs": ([A], ops.fabs),
    "log1p": ([A], ops.log1p), "expm1": ([A], ops.expm1), "log2": ([A], lambda a: ops.log2(a + 2.0)), "log10": ([A], lambda a: ops.log10(a + 2.0)),
    "exp2": ([A], ops.exp2), "sin": ([A], lambda a: ops.sin(a * 9)), "cos": ([A], lambda a: ops.cos(a * 9)), "tan": ([A], ops.tan),
    "arcsin": ([A], ops.arcsin), "arccos": ([A], ops.arccos), "arctan": ([A], lambda a: ops.arctan(a * 9)), "sinh": ([A], ops.sinh), "cosh": ([A], ops.cosh),
    "arcsinh": ([A], lambda a: ops.arcsinh(a * 9)), "arccosh": ([A], lambda a: ops.arccosh(a + 2.5)), "arctanh": ([A], lambda a: ops.arctanh(a * 0.9)),
    "erf": ([A], ops.erf), "erfc": ([A], ops.erfc), "cbrt": ([A], ops.cbrt), "deg2rad": ([A], ops.deg2rad), "rad2deg": ([A], ops.rad2deg),
    "ceil": ([A], lambda a: ops.ceil(a * 9)), "floor": ([A], lambda a: ops.floor(a * 9)), "trunc": ([A], lambda a: ops.trunc(a * 9)), "sign": ([A], ops.sign),
    "round": ([A], lambda a: ops.round(a * 9)), "round_decimals": ([A], lambda a: ops.round(a, 1)), "copy": ([A], ops.copy), "stop_gradient": ([A], ops.stop_gradient),
    "hard_tanh": ([A], lambda a: ops.hard_tanh(a * 2)), "tanh_shrink": ([A], ops.tanh_shrink), "sparse_plus": ([A], lambda a: ops.sparse_plus(a * 2)),
    "sparse_sigmoid": ([A], lambda a: ops.sparse_sigmoid(a * 2)), "sparsemax": ([A], lambda a: ops.sparsemax(a * 99)), "glu": ([(4, 6)], ops.glu),
    "softmax_axis": ([A], lambda a: ops.softmax(a, axis=1)), "glu_axis": ([A], lambda a: ops.glu(a, axis=1)), "celu": ([A], lambda a: ops.celu(a, 0.5)),
    "soft_shrink": ([A], lambda a: ops.soft_shrink(a, 0.25)), "hard_shrink": ([A], ops.hard_shrink), "squareplus": ([A], ops.squareplus),
    "threshold": ([A], lambda a: ops.threshold(a, 0.1, -3.0)),
    # Reductions.
    "amax": ([A], lambda a: ops.amax(a, axis=1)), "amin": ([A], lambda a: ops.amin(a, axis=2, keepdims=True)), "ptp": ([A], lambda a: ops.ptp(a, axis=1)),
    "var": ([A], lambda a: ops.var(a, axis=1)), "std": ([A], lambda a: ops.std(a, axis=(1, 2))), "any": ([A], lambda a: number(ops.any(a > 0.5, axis=1))),
    "all": ([A], lambda a: number(ops.all(a > -0.5, axis=1, keepdims=True))), "count_nonzero": ([A], lambda a: number(ops.count_nonzero(ops.relu(a), axis=1))),
    "prod": ([A], lambda a: ops.prod(a, axis=1)), "prod_two": ([A], lambda a: ops.prod(a, axis=(1, 2), keepdims=True)),
    "logsumexp": ([A], lambda a: ops.logsumexp(a * 99, axis=-1)),
    "argmax": ([A], lambda a: number(ops.argmax(a, axis=1))), "argmax_keep": ([A], lambda a: number(ops.argmax(a, axis=1, keepdims=True))),
    "argmin": ([A], lambda a: number(ops.argmin(a, axis=-1))), "moments": ([A], lambda a: ops.concatenate(ops.moments(a, axes=[1]), axis=-1)),
    "top_k": ([A], lambda a: ops.concatenate([ops.top_k(a, 2)[0], number(ops.top_k(a, 2)[1])], axis=-1)),
    "normalize": ([A], lambda a: ops.normalize(a, axis=1)), "normalize_order": ([A], lambda a: ops.normalize(a, order=3)),
    # Products.
    "matmul_array": ([A], lambda a: ops.matmul(a, np.arange(6, dtype="f4").reshape(3, 2))), "dot_array": ([A], lambda a: ops.dot(a, np.arange(6, dtype="f4").reshape(3, 2))),
    "einsum": ([A, B], lambda a, b: ops.einsum("bij,bkj->bik", a, b)), "einsum_heads": ([(4, 2, 3), (5, 2, 3)], lambda a, b: ops.einsum("bqhd,bkhd->bhqk", a, b)),
    "einsum_one": ([A], lambda a: ops.einsum("bij->bji", a)), "einsum_sum": ([A, V], lambda a, v: ops.einsum("bij,bk->bjk", a, v)),
    "einsum_array": ([A], lambda a: ops.einsum("bij,kj->bki", a, np.arange(6, dtype="f4").reshape(2, 3))),
    "einsum_three": ([A, (3, 2), (2, 5)], lambda a, b, c: ops.einsum("bij,bjk,bkl->bil", a, b, c)),
    "cumsum": ([A], lambda a: ops.cumsum(a, axis=1)),
    # Shapes.
    "append": ([A, B], lambda a, b: ops.append(a, b, axis=1)), "hstack": ([A, B], lambda a, b: ops.hstack([a, b])), "dstack": ([A, B], lambda a, b: ops.dstack([a, b])),
    "split": ([A], lambda a: ops.split(a, 2, axis=1)[1]), "split_at": ([A], lambda a: ops.concatenate(ops.split(a, [1, 3], axis=1)[::-1], axis=1)),
    "unstack": ([A], lambda a: ops.unstack(a, axis=1)[2] - ops.unstack(a, 3, axis=2)[0][:, :3]),
    "pad": ([A], lambda a: ops.pad(a, [(0, 0), (1, 2), (0, 1)])), "pad_value": ([A], lambda a: ops.pad(a, [(0, 0), (1, 2), (0, 1)], constant_values=3)),
    "pad_reflect": ([A], lambda a: ops.pad(a, [(0, 0), (3, 2), (0, 1)], mode="reflect")), "pad_symmetric": ([A], lambda a: ops.pad(a, [(0, 0), (2, 4), (1, 0)], mode="symmetric")),
    "pad_edge": ([A], lambda a: ops.pad(a, [(0, 0), (1, 2), (0, 1)], mode="edge")), "pad_wrap": ([A], lambda a: ops.pad(a, [(0, 0), (1, 2), (0, 1)], mode="wrap")),
    "tile": ([A], lambda a: ops.tile(a, (1, 2, 3))), "tile_last": ([A], lambda a: ops.tile(a, 2)), "repeat": ([A], lambda a: ops.repeat(a, 2, axis=1)),
    "roll": ([A], lambda a: ops.roll(a, 1, axis=1)), "roll_two": ([A], lambda a: ops.roll(a, (-1, 2), axis=(1, 2))), "fliplr": ([A], lambda a: ops.fliplr(a)),
    "swapaxes": ([(4, 3, 2)], lambda a: ops.swapaxes(a, 1, -1)), "moveaxis": ([(4, 3, 2)], lambda a: ops.moveaxis(a, 1, 3)),
    "moveaxis_two": ([(4, 3, 2)], lambda a: ops.moveaxis(a, (1, 2), (3, 1))), "diff": ([A], lambda a: ops.diff(a, axis=1)), "diff_twice": ([A], lambda a: ops.diff(a, n=2)),
    "depth_to_space": ([(2, 3, 8)], lambda a: ops.depth_to_space(a, 2)), "space_to_depth": ([(4, 6, 2)], lambda a: ops.space_to_depth(a, 2)),
    # Choices.
    "where": ([A, B], lambda a, b: ops.where(a > 0, ops.log(a), b)), "where_number": ([A], lambda a: ops.where(a > 0, a, -1.0)),
    "where_array": ([A], lambda a: ops.where(np.array([True, False, True]), a, 0.0)),
    "take": ([A], lambda a: ops.take(a, [2, 0, -1], axis=1)), "take_one": ([A], lambda a: ops.take(a, 1, axis=2)), "take_matrix": ([A], lambda a: ops.take(a, [[0, 1], [2, 3]], axis=1)),
    "one_hot": ([A], lambda a: ops.one_hot(ops.argmax(a, axis=-1), 3)), "one_hot_axis": ([A], lambda a: ops.one_hot(ops.argmax(a, axis=-1), 3, axis=1)),
    "tril": ([A], lambda a: ops.tril(a)), "triu": ([A], lambda a: ops.triu(a, 1)),
    "ones_like": ([A], lambda a: a + ops.ones_like(a)), "zeros_like": ([A], lambda a: a + ops.zeros_like(a)), "full_like": ([A], lambda a: ops.full_like(a, 2.5) * a),
    "grayscale": ([(4, 3, 3)], lambda a: ops.image.rgb_to_grayscale(a)),
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
