"""The workloads in Keras on TensorFlow. Arguments: THREADS [workload…]."""
import os

from workloads import WORKLOADS, begin, measure, predicts

threads, names = begin()
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow

tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
tensorflow.config.threading.set_inter_op_parallelism_threads(1 if threads == 1 else 2)

import keras
from keras.layers import LSTM, Conv2D, Dense, Dropout, Flatten, MaxPooling2D


from keras_networks import NETWORKS


def softmax(classes):
    return Dense(classes, "softmax")


LAYERS = {
    "seed_line": lambda: [Dense(1)],
    "beans": lambda: [Dense(2, "sigmoid"), Dense(1, "sigmoid")],
    "people": lambda: [Dense(4, "relu"), softmax(2)],
    "mlp": lambda: [Dense(512, "relu"), Dense(512, "relu"), softmax(10)],
    "cnn": lambda: [
        *(Conv2D(32, 3, activation="relu"), MaxPooling2D(2)),
        *(Conv2D(64, 3, activation="relu"), MaxPooling2D(2)),
        *(Flatten(), Dropout(0.5), softmax(10)),
    ],
    "lstm": lambda: [LSTM(128), softmax(10)],
}


def optimizer(name):
    if name in NETWORKS and len(WORKLOADS[name].shape) == 3:
        return keras.optimizers.SGD(0.01, momentum=0.9)
    return {"seed_line": "sgd", "beans": keras.optimizers.SGD(0.05), "people": "rmsprop"}.get(name, "adam")


def trainer(name):
    work = WORKLOADS[name]
    x, y = work.data()
    if name in NETWORKS:
        model = NETWORKS[name](work.shape)
        model.compile(optimizer=optimizer(name), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        if predicts():
            return lambda: model.predict(x, batch_size=work.batch, verbose=0)
        return lambda: model.fit(x, y, batch_size=work.batch, epochs=work.epochs, verbose=0)
    model = keras.Sequential([keras.Input(work.shape), *LAYERS[name]()])
    if predicts():
        return lambda: model.predict(x, batch_size=work.batch, verbose=0)
    if work.classes:
        y = keras.utils.to_categorical(y, work.classes)
    loss = "categorical_crossentropy" if work.classes else "mse"
    if name == "seed_line":
        model.compile(optimizer=optimizer(name), loss=loss)
        return lambda: [model.train_on_batch(x, y) for _ in range(work.epochs)]
    model.compile(optimizer=optimizer(name), loss=loss, metrics=["accuracy"])
    return lambda: model.fit(x, y, batch_size=work.batch, epochs=work.epochs, verbose=0)


for name in names:
    version = f"keras {keras.__version__} on tensorflow {tensorflow.__version__}"
    measure("keras", version, name, threads, trainer(name))
