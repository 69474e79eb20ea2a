"""Makes the fixtures of Keras 2, which lives on as tf-keras; the tests only read them.

    python3 -m venv venv && venv/bin/pip install tf-keras==2.21.0 tensorflow-cpu==2.21.0
    venv/bin/python Tests/Fixtures/make-keras2.py
"""

import os

import numpy as np
import tf_keras as keras

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(8)
L = keras.layers

chain = keras.Sequential(
    [
        L.Conv2D(3, 3, padding="same", activation="relu", input_shape=(6, 6, 2)), L.MaxPooling2D(), L.AveragePooling2D(2, strides=1),
        L.Dropout(0.2), L.Flatten(), L.Dense(12, activation=L.LeakyReLU(0.25), kernel_initializer="he_uniform"), L.Reshape((3, 4)),
        L.Dense(2), L.Activation("softmax"),
    ],
    name="keras2_chain",
)
inputs = keras.Input((4,))
hidden = L.Dense(5, activation="swish")(inputs)
outputs = L.Dense(1, activation="sigmoid")(L.Add()([L.Dense(5)(hidden), hidden]))
branches = keras.Model(inputs, outputs, name="keras2_branches")
reader = keras.Sequential(
    [
        L.Embedding(9, 5, input_length=7), L.LSTM(6, return_sequences=True), L.BatchNormalization(), L.LSTM(4, go_backwards=True),
        L.Dense(3, activation="softmax"),
    ],
    name="keras2_reader",
)
arrays = {}
for model in (chain, branches, reader):
    with open(os.path.join(HERE, f"model-{model.name}.json"), "w") as file:
        file.write(model.to_json() + "\n")
    # Absolute where it is a variance.
    sign = np.abs if model is reader else np.asarray
    model.set_weights([sign(rng.standard_normal(w.shape).astype("f4") * 0.4) for w in model.get_weights()])
    x = rng.integers(0, 9, (5, 7)) if model is reader else rng.standard_normal((5, *model.input_shape[1:]))
    x = x.astype("f4")
    arrays |= {f"{model.name}/x": x, f"{model.name}/y": model.predict(x, verbose=0)}
    arrays |= {f"{model.name}/weights{index}": w for index, w in enumerate(model.get_weights())}
np.savez(os.path.join(HERE, "models-keras2.npz"), **arrays)


def files():
    """Trained models as Keras 2 writes them, with its optimizers and those before 2.11; what more training gives."""
    O, rng = keras.optimizers, np.random.default_rng(9)
    keras.backend.clear_session()
    classes, binary, real = rng.integers(0, 3, 24), rng.integers(0, 2, (24, 1)), rng.standard_normal((24, 2))
    features = keras.Input((6,), name="features")
    long = L.Dense(7, "relu")(L.Dense(5, "tanh", name="first")(features))
    sum = L.Add()([L.Dense(7, name="short")(features), long])
    images = [
        L.Conv2D(4, 3, padding="same", activation="relu", input_shape=(6, 6, 2)), L.BatchNormalization(momentum=0.8), L.MaxPooling2D(),
        L.Flatten(), L.Dense(3, "softmax"),
    ]
    words = [L.Embedding(9, 4, input_length=5), L.LSTM(5, return_sequences=True), L.LSTM(3), L.Dense(1, activation="sigmoid")]
    models = {
        "keras2_images": (images, O.SGD(0.05), "sparse_categorical_crossentropy", ["acc"], classes),
        "keras2_words": (words, O.legacy.RMSprop(0.01, momentum=0.5, epsilon=1e-3, centered=True), "binary_crossentropy", ["accuracy"], binary),
        "keras2_branches": (
            keras.Model(features, L.Dense(2)(sum), name="keras2_branches"), O.Adam(0.02, amsgrad=True), "mse",
            [keras.metrics.MeanAbsoluteError(name="error"), "mse"], real,
        ),
        "keras2_legacy": (
            [L.Dense(4, activation="tanh", input_dim=6), L.Dense(3)], O.legacy.Adam(0.01, amsgrad=True),
            keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), {"dense_1": ["accuracy"]}, np.eye(3)[classes],
        ),
    }
    # Of Keras 2's slope, in each place that takes a function; and names that Keras 3 refuses.
    hard = [
        L.Embedding(9, 4, input_length=5), L.LSTM(5, recurrent_activation="hard_sigmoid", return_sequences=True),
        L.LSTM(3, activation="hard_sigmoid"), L.Dense(4, activation="hard_sigmoid"), L.Activation("hard_sigmoid"),
        L.Dense(1, activation="sigmoid"),
    ]
    first = L.Dense(4, activation="tanh", name="block/a")(features)
    slashes = L.Add(name="block/sum")([L.Dense(4, name="block_a")(first), first])
    models |= {
        "keras2_hard": (hard, O.Adam(0.02), "binary_crossentropy", [], binary),
        "keras2_slashes": (
            keras.Model(features, L.Dense(2, name="out/put")(slashes), name="keras2_slashes"), O.Adam(0.02), "mse", ["mae"], real,
        ),
        # Of which Lockstep has neither the decay, nor the loss, nor the second metric.
        "keras2_decay": (
            [L.Dense(4, activation="tanh", input_dim=6), L.Dense(2)], O.legacy.SGD(0.05, momentum=0.9, decay=0.01), "huber",
            ["mae", "cosine_similarity"], real,
        ),
    }
    arrays = {}
    for name, (layers, optimizer, loss, metrics, y) in models.items():
        keras.backend.reset_uids()
        if isinstance(layers, list):
            # Names that count from the first.
            model = keras.Sequential([layer.__class__.from_config(layer.get_config() | {"name": None}) for layer in layers], name=name)
        else:
            model = layers
        model.set_weights([
            (rng.uniform(0.2, 1.5, w.shape) if "moving" in v.name else rng.standard_normal(w.shape) * 0.5).astype("f4")
            for v, w in zip(model.weights, model.get_weights())
        ])
        x = rng.integers(0, 9, (24, 5)) if name in ("keras2_words", "keras2_hard") else rng.standard_normal((24, *model.input_shape[1:]))
        x, y = x.astype("f4"), y.astype("f4")
        model.compile(optimizer, loss, metrics)
        model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
        isLegacy = isinstance(optimizer, O.legacy.Optimizer)
        for ending in ["h5"] + ([] if isLegacy else ["keras"]):
            model.save(os.path.join(HERE, "models", f"{name}.{ending}"))
        if name == "keras2_branches":
            model.save_weights(os.path.join(HERE, "models", name + "_weights.h5"))
        arrays |= {f"{name}/x": x, f"{name}/y": y, f"{name}/predictions": model.predict(x, verbose=0)}
        arrays |= {f"{name}/weights{index}": w for index, w in enumerate(model.get_weights())}
        history = model.fit(x, y, batch_size=8, epochs=3, shuffle=False, verbose=0).history
        arrays |= {f"{name}/history/{key}": values for key, values in history.items()}
        arrays |= {f"{name}/end{index}": w for index, w in enumerate(model.get_weights())}
    np.savez(os.path.join(HERE, "models", "known-keras2.npz"), **{key: np.asarray(value, "f4") for key, value in arrays.items()})


files()
