"""Makes the fixtures from real Keras and NumPy; the tests only read them.

    python3 -m venv venv && venv/bin/pip install keras==3.15.1 jax==0.10.2 numpy h5py safetensors pandas
    KERAS_BACKEND=jax venv/bin/python Tests/Fixtures/make.py
"""

import gzip
import io
import json
import os
import struct
import warnings
import zipfile
import zlib
from contextlib import redirect_stdout

os.environ.setdefault("KERAS_BACKEND", "jax")
import h5py
import jax
import jax.numpy as jnp
import keras
import ml_dtypes
import numpy as np
import pandas as pd
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def f4(array):
    return np.asarray(array, dtype="f4")


def save(name, arrays):
    np.savez(os.path.join(HERE, name), **{key: f4(value) for key, value in arrays.items()})


def activations():
    """y and the gradient by x of sum(y * dy), for rows of 10; no x lies on a kink."""
    arrays = {"x": rng.uniform(-7, 7, (8, 10)), "dy": rng.standard_normal((8, 10))}
    # threshold has no defaults; sparsemax is wrong in Keras up to 3.15 (keras-team/keras#23425), so its test has another oracle.
    names = sorted({f.__name__ for f in keras.src.activations.ALL_OBJECTS} - {"threshold", "sparsemax"})
    x = jnp.asarray(f4(arrays["x"]))
    for name in names:
        function = keras.activations.get(name)
        y, pullback = jax.vjp(function, x)
        dy = f4(arrays["dy"])[:, : y.shape[1]]
        arrays[name] = y
        arrays[name + "_gradient"] = pullback(jnp.asarray(dy))[0]
    save("activations.npz", arrays)


def losses():
    """The mean loss and its gradient by the outputs."""
    logits = rng.standard_normal((6, 5)) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = rng.integers(0, 5, 6)
    arrays = {
        "logits": logits, "probabilities": probabilities, "unnormalized": rng.uniform(0.05, 0.9, (6, 5)), "labels": labels,
        "onehot": np.eye(5)[labels], "binary": rng.integers(0, 2, (6, 5)), "real": rng.standard_normal((6, 5)),
        # Probabilities at and behind the bounds of the clipping.
        "extreme": np.array([[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [1e-9, 1 - 1e-6, 1e-6, 0, 0]]),
        "extreme_onehot": np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 1, 0, 0, 0]]),
    }
    L = keras.losses
    cases = {
        "mean_squared_error": (L.MeanSquaredError(), "logits", "real"),
        "mean_absolute_error": (L.MeanAbsoluteError(), "logits", "real"),
        "binary_crossentropy": (L.BinaryCrossentropy(), "probabilities", "binary"),
        "binary_crossentropy_logits": (L.BinaryCrossentropy(from_logits=True), "logits", "binary"),
        "binary_crossentropy_smooth": (L.BinaryCrossentropy(label_smoothing=0.2), "probabilities", "binary"),
        "categorical_crossentropy": (L.CategoricalCrossentropy(), "probabilities", "onehot"),
        "categorical_crossentropy_unnormalized": (L.CategoricalCrossentropy(), "unnormalized", "onehot"),
        "categorical_crossentropy_logits": (L.CategoricalCrossentropy(from_logits=True), "logits", "onehot"),
        "categorical_crossentropy_smooth": (L.CategoricalCrossentropy(label_smoothing=0.1), "probabilities", "onehot"),
        "categorical_crossentropy_extreme": (L.CategoricalCrossentropy(), "extreme", "extreme_onehot"),
        "binary_crossentropy_extreme": (L.BinaryCrossentropy(), "extreme", "extreme_onehot"),
        "sparse_categorical_crossentropy": (L.SparseCategoricalCrossentropy(), "probabilities", "labels"),
        "sparse_categorical_crossentropy_logits": (L.SparseCategoricalCrossentropy(from_logits=True), "logits", "labels"),
    }
    for name, (loss, outputs, targets) in cases.items():
        outputs, targets = jnp.asarray(f4(arrays[outputs])), jnp.asarray(f4(arrays[targets]))
        value, gradient = jax.value_and_grad(lambda p: loss(targets, p))(outputs)
        arrays[name] = [value]
        arrays[name + "_gradient"] = gradient
    save("losses.npz", arrays)


OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(),
    "sgd_momentum": lambda: keras.optimizers.SGD(0.05, momentum=0.9),
    "sgd_nesterov": lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda: keras.optimizers.RMSprop(),
    "rmsprop_momentum": lambda: keras.optimizers.RMSprop(0.01, rho=0.8, momentum=0.5),
    "rmsprop_centered": lambda: keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adam": lambda: keras.optimizers.Adam(),
    "adam_amsgrad": lambda: keras.optimizers.Adam(0.01, beta_1=0.8, beta_2=0.99, epsilon=1e-5, amsgrad=True),
}


def optimizers():
    """The values after each of 6 updates."""
    start, gradients = rng.standard_normal(37), rng.standard_normal((6, 37)) * 0.7
    arrays = {"start": start, "gradients": gradients}
    for name, make in OPTIMIZERS.items():
        optimizer, variable = make(), keras.Variable(f4(start))
        steps = []
        for gradient in f4(gradients):
            optimizer.apply([jnp.asarray(gradient)], [variable])
            steps.append(keras.ops.convert_to_numpy(variable))
        arrays[name] = steps
    save("optimizers.npz", arrays)


def training():
    """The history and the final weights of a fit without shuffling, for each optimizer and each kind of output."""
    x = rng.standard_normal((61, 6))
    labels = (np.abs(x[:, 0]) + x[:, 1] > 1).astype(int) + (x[:, 2] > 0.5)
    targets = {
        "categorical_crossentropy": np.eye(3)[labels], "sparse_categorical_crossentropy": labels,
        "binary_crossentropy": labels > 0, "mean_squared_error": x[:, :1] * x[:, 1:2] - x[:, 3:4],
    }
    arrays = {"x": x, **targets}
    w1, b1 = rng.standard_normal((6, 8)) * 0.5, rng.standard_normal(8) * 0.1
    cases = [(name, "categorical_crossentropy", "softmax") for name in OPTIMIZERS]
    cases += [("adam", "sparse_categorical_crossentropy", "softmax"), ("adam", "binary_crossentropy", "sigmoid")]
    cases += [("adam", "mean_squared_error", "linear"), ("sgd", "categorical_crossentropy", "sigmoid")]
    for optimizer, loss, activation in cases:
        columns = 3 if activation == "softmax" or "categorical" in loss else 1
        w2, b2 = rng.standard_normal((8, columns)) * 0.5, np.zeros(columns)
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(columns, activation)])
        model.set_weights([f4(w) for w in (w1, b1, w2, b2)])
        metric = "mae" if loss == "mean_squared_error" else "accuracy"
        model.compile(optimizer=OPTIMIZERS[optimizer](), loss=loss, metrics=[metric])
        history = model.fit(f4(x), f4(targets[loss]), batch_size=16, epochs=4, validation_split=0.2, shuffle=False, verbose=0)
        key = f"{optimizer}-{loss}-{activation}"
        for index, w in enumerate((w1, b1, w2, b2)):
            arrays[f"{key}/start{index}"] = w
        for name, values in history.history.items():
            arrays[f"{key}/{name}"] = values
        for index, w in enumerate(model.get_weights()):
            arrays[f"{key}/end{index}"] = w
        arrays[f"{key}/predictions"] = model.predict(f4(x), verbose=0)
    save("training.npz", arrays)


def summary():
    keras.backend.clear_session()
    model = keras.Sequential(
        [
            keras.Input((8, 8)), keras.layers.Flatten(), keras.layers.Dense(1500, name="a_rather_long_name_for_a_layer"),
            keras.layers.Activation("relu", name="hidden"), keras.layers.Dropout(0.2), keras.layers.Dense(12),
            keras.layers.Reshape((3, 4)), keras.layers.Dense(5, use_bias=False),
        ],
        name="example",
    )
    model.compile("adam", "mse")
    write_summary(model, "summary.txt")

    keras.backend.clear_session()
    features = keras.Input((6,), name="features")
    hidden = keras.layers.Dense(7, "gelu")(features)
    branch = keras.layers.Dense(7, name="quite_long_layer_name")(hidden)
    outputs = keras.layers.Dense(3)(keras.layers.Add()([branch, hidden]))
    write_summary(keras.Model(features, outputs), "summary-branched.txt")

    keras.backend.clear_session()
    chain = keras.Sequential([keras.Input((6,)), keras.layers.Dense(6), keras.layers.BatchNormalization()])
    chain.layers[0].trainable = False
    left, right = keras.Input((6,)), keras.Input((6,))
    pair = keras.Model([left, right], [keras.layers.Add()([chain(left), right]), left], name="pair")
    features = keras.Input((6,), name="features")
    outputs = keras.layers.Dense(3)(keras.layers.Concatenate()(pair(pair([features, features]))))
    write_summary(keras.Model(features, outputs, name="outer"), "summary-nested.txt")


def write_summary(model, name):
    text = io.StringIO()
    with redirect_stdout(text):
        model.summary(line_length=76, print_fn=lambda line: print(line, end=""))
    with open(os.path.join(HERE, name), "w") as file:
        file.write(text.getvalue())


def arrays():
    """NumPy's own files: element i is i − 5, or as near as the type allows."""
    values = np.arange(12).reshape(3, 4) - 5
    for name, dtype in {
        "f2": "<f2", "f4": "<f4", "f8": "<f8", "big": ">f4", "big8": ">f8", "i1": "i1", "i2": "<i2", "i4": "<i4", "i8": "<i8",
        "u1": "u1", "u2": "<u2", "u4": "<u4", "u8": "<u8", "bool": "?", "complex": "<c8",
    }.items():
        np.save(os.path.join(HERE, f"array-{name}.npy"), (np.abs(values) if name[0] == "u" else values).astype(dtype))
    np.save(os.path.join(HERE, "array-columns.npy"), np.asfortranarray(values.astype("<f4")))
    np.save(os.path.join(HERE, "array-scalar.npy"), np.float32(3))
    np.save(os.path.join(HERE, "array-empty.npy"), np.zeros((0, 4), "<f4"))
    np.savez_compressed(os.path.join(HERE, "deflated.npz"), x=values.astype("<f4"), y=np.array([1.5, 2.5]))


def architectures():
    """What to_json() writes of a chain of every layer and of branches of different lengths; weights, inputs and predictions."""
    keras.backend.clear_session()
    L, I = keras.layers, keras.initializers
    chain = keras.Sequential(
        [
            keras.Input((8, 8, 2)), L.Conv2D(3, 3, padding="same", activation="relu", kernel_initializer="he_normal"), L.MaxPooling2D(2),
            L.Conv2D(4, (2, 1), dilation_rate=(1, 2), use_bias=False, activation="gelu"),
            L.AveragePooling2D((2, 1), strides=1, padding="same"), L.Dropout(0.2, seed=5), L.Flatten(name="flat"),
            L.Dense(12, activation=L.LeakyReLU(0.3), kernel_initializer=I.VarianceScaling(2.0, "fan_out", "uniform", seed=3)),
            L.Reshape((3, -1)), L.Activation("tanh"), L.Dense(4, activation=L.ELU(0.5), bias_initializer=I.Constant(0.1)),
            L.Activation("softmax"),
        ],
        name="chain",
    )
    picture = keras.Input((6, 6, 2), name="picture")
    long = L.Conv2D(4, 3, padding="same", activation="relu")(picture)
    pooled = L.MaxPooling2D(2)(long)
    deep = L.Conv2D(4, 3, padding="same", name="deep")(pooled)
    short = L.AveragePooling2D(2)(L.Conv2D(4, 1, name="short", kernel_initializer=I.Orthogonal(0.5, seed=1))(picture))
    features = L.Flatten()(L.Add()([short, deep, pooled]))
    sum = L.Add(name="sum")([L.Dropout(0.3)(L.Dense(8, "tanh")(features)), L.Dense(8, name="skip")(features)])
    branches = keras.Model(picture, L.Dense(3, "softmax")(sum), name="branches")
    reader = keras.Sequential(
        [
            keras.Input((7,)), L.Embedding(9, 5), L.LSTM(6, return_sequences=True, go_backwards=True), L.BatchNormalization(momentum=0.9),
            L.LSTM(4, recurrent_activation="hard_sigmoid", unit_forget_bias=False), L.Dense(3, "softmax"),
        ],
        name="reader",
    )
    pooled = keras.Sequential(
        [
            keras.Input((6, 5, 2)), L.Conv2D(4, 2), L.BatchNormalization(center=False, epsilon=0.01), L.GlobalMaxPooling2D(keepdims=True),
            L.GlobalAveragePooling2D(), L.Dense(2),
        ],
        name="pooled",
    )
    arrays = {}
    for model in (chain, branches, reader, pooled):
        with open(os.path.join(HERE, f"model-{model.name}.json"), "w") as file:
            file.write(model.to_json() + "\n")
        # Absolute where it is a variance.
        sign = np.abs if model in (reader, pooled) else np.asarray
        model.set_weights([sign(f4(rng.standard_normal(w.shape) * 0.4)) for w in model.get_weights()])
        x = rng.integers(0, 9, (5, 7)) if model is reader else rng.standard_normal((5, *model.input_shape[1:]))
        x = f4(x)
        arrays |= {f"{model.name}/x": x, f"{model.name}/y": model.predict(x, verbose=0)}
        arrays |= {f"{model.name}/weights{index}": w for index, w in enumerate(model.get_weights())}
    save("models.npz", arrays)
    return arrays


def written(arrays):
    """Checks that Keras reads what Lockstep writes: the models above, and one of every activation and initializer."""
    for name in ("chain", "branches", "reader", "pooled"):
        with open(os.path.join(HERE, f"written-{name}.json")) as file:
            model = keras.models.model_from_json(file.read())
        model.set_weights([arrays[f"{name}/weights{index}"] for index in range(len(model.get_weights()))])
        np.testing.assert_allclose(model.predict(arrays[f"{name}/x"], verbose=0), arrays[f"{name}/y"], rtol=1e-5)
    with open(os.path.join(HERE, "written-arguments.json")) as file:
        model = keras.models.model_from_json(file.read())
    assert model.predict(np.ones((2, 4, 4)), verbose=0).shape == (2, 4, 4)


def accumulation():
    """History and weights of trainings that update every third step, with batches that fill neither the epochs nor the last update."""
    x = f4(rng.standard_normal((41, 6)))
    y = f4(np.eye(3)[rng.integers(0, 3, 41)])
    arrays = {"x": x, "y": y}
    for name, make in {
        "sgd": lambda: keras.optimizers.SGD(0.2, momentum=0.9, gradient_accumulation_steps=3),
        "adam": lambda: keras.optimizers.Adam(0.05, gradient_accumulation_steps=3),
    }.items():
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")])
        start = [f4(rng.standard_normal(w.shape) * 0.5) for w in model.get_weights()]
        model.set_weights(start)
        model.compile(make(), "categorical_crossentropy", metrics=["accuracy"])
        history = model.fit(x, y, epochs=4, batch_size=9, shuffle=False, verbose=0)
        arrays |= {f"{name}/start{index}": w for index, w in enumerate(start)}
        arrays |= {f"{name}/end{index}": w for index, w in enumerate(model.get_weights())}
        arrays |= {f"{name}/loss": history.history["loss"]}
    save("accumulation.npz", arrays)


def files():
    """Trained models as Keras writes them; what they predict, their weights, what their optimizers remember, and what more training gives."""
    L, O, rng = keras.layers, keras.optimizers, np.random.default_rng(9)
    keras.backend.clear_session()
    features, images, words = keras.Input((6,), name="features"), keras.Input((6, 6, 2)), keras.Input((5,), dtype="int32")
    long = L.Dense(7, "relu")(L.Dense(5, "tanh", name="first")(features))
    sum = L.Add()([L.Dense(7, name="short")(features), long])
    classes, binary, real = rng.integers(0, 3, 24), rng.integers(0, 2, (24, 1)), rng.standard_normal((24, 2))
    models = {
        # The layers' names lead to another order than their classes.
        "dense": (
            [keras.Input((6,)), L.Dense(8, "tanh", name="z"), L.Dense(5, L.LeakyReLU(0.2), name="a"), L.Dense(3, "softmax")],
            O.Adam(0.01, amsgrad=True), "categorical_crossentropy", ["accuracy", keras.metrics.MeanSquaredError(name="error")],
            np.eye(3)[classes],
        ),
        "images": (
            [
                images, L.Conv2D(4, 3, padding="same", activation="relu"), L.BatchNormalization(momentum=0.8), L.MaxPooling2D(),
                L.Flatten(), L.Dense(3),
            ],
            O.SGD(0.05, momentum=0.9, nesterov=True), keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["acc"], classes,
        ),
        "words": (
            [words, L.Embedding(9, 4), L.LSTM(5, return_sequences=True), L.LSTM(3), L.Dense(1, "sigmoid")],
            O.RMSprop(0.01, momentum=0.5, centered=True), keras.losses.BinaryCrossentropy(label_smoothing=0.1), ["accuracy"], binary,
        ),
        "branches": (keras.Model(features, L.Dense(2)(sum), name="branches"), O.Adam(0.02, beta_1=0.8), "mse", ["mae"], real),
        "plain": ([keras.Input((6,)), L.Dense(2)], O.SGD(), "mean_absolute_error", None, real),
        "accumulated": (
            [keras.Input((6,)), L.Dense(3), L.Dense(2)], O.SGD(0.1, momentum=0.9, gradient_accumulation_steps=4), "mse", ["mse"], real,
        ),
    }
    arrays = {}
    for name, (layers, optimizer, loss, metrics, y) in models.items():
        model = keras.Sequential(layers, name=name) if isinstance(layers, list) else layers
        model.set_weights([f4(rng.uniform(0.2, 1.5, w.shape) if "moving" in v.path else rng.standard_normal(w.shape) * 0.5)
                           for v, w in zip(model.weights, model.get_weights())])
        x = rng.integers(0, 9, (24, 5)) if name == "words" else rng.standard_normal((24, *model.input_shape[1:]))
        x, y = f4(x), f4(y)
        model.compile(optimizer, loss, metrics=metrics)
        model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        for ending in ["keras", "h5"] + (["weights.h5"] if name in ("words", "branches") else []):
            path = os.path.join(HERE, "models", f"{name}.{ending}")
            model.save_weights(path) if ending == "weights.h5" else model.save(path)
        arrays |= {f"{name}/x": x, f"{name}/y": y, f"{name}/predictions": model.predict(x, verbose=0)}
        arrays |= {f"{name}/weights{index}": w for index, w in enumerate(model.get_weights())}
        arrays |= {f"{name}/optimizer{index}": v.numpy() for index, v in enumerate(optimizer.variables)}
        history = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history
        arrays |= {f"{name}/history/{key}": values for key, values in history.items()}
        arrays |= {f"{name}/end{index}": w for index, w in enumerate(model.get_weights())}
    save("models/known.npz", arrays)
def tables():
    """The same table as pandas writes it in several ways; the numbers as an array."""
    values = np.random.default_rng(8).standard_normal((9, 3))
    np.save(os.path.join(HERE, "frame.npy"), values.astype("f4"))
    plain = pd.DataFrame(values)
    named = pd.DataFrame(values, columns=["width", "a \"b\"", "height, cm"])
    mixed = named.assign(note=["Größe, 1", "x\ny", ""] * 3, kind=["dog", "ant", "cat"] * 3)
    for name, frame, arguments in [
        ("frame", plain, {"index": False}), ("frame-index", plain, {}), ("frame-bare", plain, {"index": False, "header": False}),
        ("frame-named", named, {"index": False}), ("frame-quoted", named, {"quoting": 1}), ("frame-tabs", named, {"sep": "\t"}),
        ("frame-commas", named, {"sep": ";", "decimal": ",", "index": False}), ("frame-mixed", mixed, {}),
        ("frame-excel", named, {"encoding": "utf-8-sig", "lineterminator": "\r\n", "index": False}),
    ]:
        frame.to_csv(os.path.join(HERE, name + ".csv"), **arguments)


def containers():
    """Files of the libraries themselves: element i of an array is i − 5, or as near as the type allows."""
    values = np.arange(12).reshape(3, 4) - 5
    types = {
        "f2": "<f2", "f4": "<f4", "f8": "<f8", "big": ">f4", "big8": ">f8", "i1": "i1", "i2": "<i2", "i4": "<i4", "i8": "<i8", "bigi2": ">i2",
        "u1": "u1", "u2": "<u2", "u4": "<u4", "u8": "<u8", "bool": "?", "bfloat16": ml_dtypes.bfloat16,
    }
    arrays = {name: (np.abs(values) if name[0] == "u" else values).astype(dtype) for name, dtype in types.items()}

    tensors = {name: array for name, array in arrays.items() if not name.startswith("big")}
    tensors |= {"scalar": np.array(3, "f4"), "empty": np.zeros((0, 4), "f4")}
    save_file(tensors, os.path.join(HERE, "types.safetensors"), {"made by": "„safetensors“"})

    with gzip.GzipFile(os.path.join(HERE, "three-by-four.csv.gz"), "wb", mtime=0) as file:
        np.savetxt(file, values, "%.1f", ",")

    with h5py.File(os.path.join(HERE, "types.h5"), "w") as file:
        for name, array in arrays.items():
            file["arrays/" + name] = array
        file["arrays/bfloat16"].attrs["dtype"] = "bfloat16"
        file["arrays/scalar"] = np.float32(3)
        file["arrays/empty"] = np.zeros((0, 4), "<f4")
        file["arrays/largest"] = np.array([2**64 - 1], "<u8")
        file.create_dataset("arrays/chunks", data=values.astype("<f4"), chunks=(2, 3))
        file.create_dataset("arrays/deflated", data=values.astype("<f4"), chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
        file["zeros"] = np.zeros((8, 8), "<f4")
        attributes = file.create_group("attributes").attrs
        attributes["text"] = "grün"
        attributes["ascii"] = b"green"
        attributes.create("fixed", b"green", dtype="S9")
        attributes.create("blanks", np.bytes_(b"green  "), dtype=h5py.Datatype(fortran_text()))
        attributes["empty text"] = ""
        attributes["list"] = ["a", "", "grün"]
        attributes["bytes"] = [b"a", b"bc"]
        attributes["fixed list"] = np.array([b"a", b"bc"])
        attributes["nothing"] = []
        attributes["reals"] = [0.5, -1.5]
        attributes["integers"] = np.array([-1, 2], ">i2")
        attributes["integer"] = 7
        for part in range(2):
            attributes[f"parts{part}"] = np.array([f"name {part}{i}".encode() for i in range(2)])


def fortran_text():
    """A text of 9 bytes that blanks fill."""
    text = h5py.h5t.C_S1.copy()
    text.set_size(9)
    text.set_strpad(h5py.h5t.STR_SPACEPAD)
    return text


def hostile():
    """Files that are well-formed, and members of which must be refused: nobody's model or data looks like them."""
    folder = os.path.join(HERE, "hostile")
    os.makedirs(folder, exist_ok=True)

    def h5(name):
        return h5py.File(os.path.join(folder, name + ".h5"), "w")

    with h5("external-link") as file:
        file["a/b"] = h5py.ExternalLink("/etc/passwd", "/x")
    with h5("soft-link") as file:
        file["a/b"] = h5py.SoftLink("/a")
    with h5("cycle") as file:
        file.create_group("a/b")
        file["a/b/c"] = file["a"]
    with h5("root-cycle") as file:
        file["a"] = file["/"]
    with h5("twice") as file:
        # A million paths lead to the last of 20 groups, each of which is in the one before twice.
        group = file
        for _ in range(20):
            group["b"] = group.create_group("a")
            group = group["a"]
    with h5("deep") as file:
        file.create_group("a/" * 70)
    with h5("huge") as file:
        file.create_dataset("a/b", (2**31, 2**31), "f4", chunks=(1024, 1024))
    with h5("huge-chunk") as file:
        file.create_dataset("a/b", (1,), "f4", maxshape=(None,), chunks=(2**29,), compression="gzip")
    with h5("never-written") as file:
        file.create_dataset("a/b", (2**20,), "f4")
    with h5("virtual") as file:
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
        file.create_virtual_dataset("a/b", layout)
    with h5("external-data") as file:
        file.create_dataset("a/b", (4,), "f4", external=[("/etc/passwd", 0, 16)])
    with h5("named-type") as file:
        file["a/b"] = np.dtype("f4")
    with h5("compound") as file:
        file["a/b"] = np.zeros(3, [("x", "f4"), ("y", "i4")])
    with h5("references") as file:
        file.create_dataset("a/b", data=[file.ref], dtype=h5py.ref_dtype)
    with h5("filter") as file:
        file.create_dataset("a/b", data=np.zeros(9, "i4"), chunks=(9,), scaleoffset=0)

    buffer = io.BytesIO()
    np.save(buffer, np.zeros((3, 4), "<f4"))
    array = buffer.getvalue()

    def archive(name, *members, compression=zipfile.ZIP_STORED):
        with zipfile.ZipFile(os.path.join(folder, name + ".npz"), "w", compression) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for member, contents in members:
                # The same time in every file, so that it is the same file.
                info = zipfile.ZipInfo(member, (2000, 1, 1, 0, 0, 0))
                info.filename = member
                info.compress_type = compression
                file.writestr(info, contents)

    archive("traversal", ("../x.npy", array))
    archive("traversal-within", ("a/../../x.npy", array))
    archive("absolute", ("/x.npy", array))
    archive("backslash", ("..\\x.npy", array))
    archive("drive", ("C:x.npy", array))
    archive("duplicate", ("x.npy", array), ("x.npy", array))
    archive("stated-size", ("x.npy", array))
    archive("encrypted", ("x.npy", array))
    # The most that Deflate makes of 500 bytes: to be read.
    np.save(zeros := io.BytesIO(), np.zeros(125000, "<f4"))
    archive("zeros", ("x.npy", zeros.getvalue()), compression=zipfile.ZIP_DEFLATED)
    # zipfile cannot write these two: the size in the directory, and the flag of encryption.
    for name, field, value in [("stated-size", 24, struct.pack("<I", 0xFFFFFFF0)), ("encrypted", 8, struct.pack("<H", 1))]:
        path = os.path.join(folder, name + ".npz")
        with open(path, "rb") as file:
            data = bytearray(file.read())
        entry = data.rindex(b"PK\x01\x02")
        data[entry + field : entry + field + len(value)] = value
        with open(path, "wb") as file:
            file.write(data)

    def header(name, **tensors):
        text = json.dumps(tensors).encode()
        with open(os.path.join(folder, name + ".safetensors"), "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + bytes(16))

    def tensor(begin, end, shape=None, dtype="F32"):
        return {"dtype": dtype, "shape": [(end - begin) // 4] if shape is None else shape, "data_offsets": [begin, end]}

    header("overlap", a=tensor(0, 8), b=tensor(4, 16))
    header("hole", a=tensor(0, 4), b=tensor(8, 16))
    header("rest", a=tensor(0, 12))
    header("beyond", a=tensor(0, 20))
    header("shape", a=tensor(0, 16, [5]))
    header("overflow", a=tensor(0, 16, [2**62, 4]))
    header("negative", a=tensor(0, 16, [-4, -1]))
    header("type", a=tensor(0, 16, [2], "C64"))


def class_weights():
    """Trainings in which classes count differently, for every loss; class 1 of three is not named and counts 1."""
    rng = np.random.default_rng(11)
    x = f4(rng.standard_normal((61, 6)))
    labels = (np.abs(x[:, 0]) + x[:, 1] > 1).astype(int) + (x[:, 2] > 0.5)
    onehot = f4(np.eye(3)[labels])
    targets = {
        "categorical_crossentropy": onehot, "sparse_categorical_crossentropy": f4(labels), "binary_crossentropy": f4(labels > 0)[:, None],
        "mean_squared_error": onehot, "mean_absolute_error": onehot,
    }
    arrays = {"x": x}
    for loss, y in targets.items():
        columns = 1 if loss == "binary_crossentropy" else 3
        activation = {"categorical_crossentropy": "softmax", "sparse_categorical_crossentropy": "softmax"}.get(loss, "sigmoid")
        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(columns, activation)])
        start = [f4(rng.standard_normal(w.shape) * 0.5) for w in model.get_weights()]
        model.set_weights(start)
        model.compile(keras.optimizers.SGD(0.2, momentum=0.9), loss, metrics=["accuracy"])
        weight = {0: 0.25, 1: 3.5} if columns == 1 else {0: 0.25, 2: 3.5}
        history = model.fit(x, y, epochs=4, batch_size=9, shuffle=False, class_weight=weight, validation_split=0.2, verbose=0)
        arrays |= {f"{loss}/y": y, **{f"{loss}/start{index}": w for index, w in enumerate(start)}}
        arrays |= {f"{loss}/{name}": values for name, values in history.history.items()}
        arrays |= {f"{loss}/end{index}": w for index, w in enumerate(model.get_weights())}
    save("class-weights.npz", arrays)


def idx():
    """Files in MNIST's format, of every type of it: element i is i - 5, of unsigned ones i; and images of 3 by 2 as they are downloaded."""
    def write(name, code, array):
        header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">i4").tobytes()
        with (gzip.GzipFile(name, "wb", mtime=0) if name.endswith(".gz") else open(name, "wb")) as file:
            file.write(header + array.tobytes())

    for code, name, kind in [
        (0x08, "ubyte", "u1"), (0x09, "byte", "i1"), (0x0B, "short", ">i2"), (0x0C, "int", ">i4"), (0x0D, "float", ">f4"),
        (0x0E, "double", ">f8"),
    ]:
        array = np.arange(12).reshape(3, 4) - (0 if kind == "u1" else 5)
        write(os.path.join(HERE, f"array-idx2-{name}"), code, array.astype(kind))
    write(os.path.join(HERE, "images-idx3-ubyte.gz"), 0x08, np.arange(18, dtype="u1").reshape(3, 3, 2) * 15)
    write(os.path.join(HERE, "labels-idx1-ubyte.gz"), 0x08, np.array([7, 0, 9], "u1"))


def early_stopping():
    """What EarlyStopping decides on sequences of a monitored value: the epochs it lets run, and the epoch whose weights the model ends with."""
    class Trained:
        """The weights are the number of the epoch."""
        metrics, stop_training, weights = [], False, -1

        def get_weights(self):
            return self.weights

        def set_weights(self, weights):
            self.weights = weights

    cases = []
    values = rng.integers(0, 12, (24, 14)) / 4.0
    for number, sequence in enumerate(values):
        options = {
            "min_delta": [0, 0.25, 0.5][number % 3], "patience": [0, 1, 2, 3][number % 4], "mode": ["min", "max"][number // 2 % 2],
            "baseline": [None, None, 1.5][number % 5 % 3], "restore_best_weights": number % 2 == 0, "start_from_epoch": [0, 0, 3][number % 7 % 3],
        }
        callback, model = keras.callbacks.EarlyStopping("val_loss", **options), Trained()
        callback.set_model(model)
        callback.on_train_begin()
        for epoch, value in enumerate(sequence):
            model.weights = epoch
            callback.on_epoch_end(epoch, {"val_loss": value})
            if model.stop_training:
                break
        epochs = model.weights + 1
        callback.on_train_end()
        cases.append({**options, "values": sequence.tolist(), "epochs": epochs, "weights_of": model.weights})
    with open(os.path.join(HERE, "early-stopping.json"), "w") as file:
        json.dump(cases, file, indent=1)



@keras.saving.register_keras_serializable()
class Novel(keras.optimizers.SGD):
    """An optimizer of a program's own."""


def command():
    """What the command line meets: histories as Keras writes them, scores, and an optimizer that Lockstep does not have."""
    keras.backend.clear_session()
    rng = np.random.default_rng(13)
    x, y = f4(rng.standard_normal((32, 4))), f4(rng.integers(0, 2, 32))
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(1, "sigmoid")], name="other")
    model.set_weights([f4(rng.standard_normal(w.shape) * 0.5) for w in model.get_weights()])
    model.compile(keras.optimizers.Nadam(0.01), "binary_crossentropy", metrics=["accuracy"])
    logger = keras.callbacks.CSVLogger(os.path.join(HERE, "history.csv"))
    history = model.fit(x, y, batch_size=8, epochs=5, shuffle=False, validation_split=0.25, callbacks=[logger], verbose=0)
    with open(os.path.join(HERE, "history.json"), "w") as file:
        json.dump(history.history, file)
    with open(os.path.join(HERE, "history-sparse.json"), "w") as file:
        file.write('{"loss": [1.5, NaN, Infinity, 0.25], "val_loss": [2.0, null], "learning_rate": [0.1, 0.1, 0.1, 0.01]}')
    model.compile(Novel(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=8, epochs=1, shuffle=False, verbose=0)
    model.save(os.path.join(HERE, "models", "novel.keras"))
    known = np.load(os.path.join(HERE, "models", "known.npz"))
    scores = {}
    for name in ("dense", "images", "words", "branches"):
        model = keras.models.load_model(os.path.join(HERE, "models", name + ".keras"))
        scores[name] = list(model.evaluate(known[name + "/x"], known[name + "/y"], batch_size=8, verbose=0))
    save("scores.npz", scores)

if __name__ == "__main__":
    made = {}
    for make in (
        activations, losses, optimizers, training, summary, arrays, architectures, written, accumulation, files, containers, hostile,
        class_weights, idx, early_stopping, command, tables,
    ):
        # Seeded by its name, so that one that comes or goes changes no other.
        rng = np.random.default_rng(zlib.crc32(make.__name__.encode()))
        made[make] = make(made[architectures]) if make is written else make()
