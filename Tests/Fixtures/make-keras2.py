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
