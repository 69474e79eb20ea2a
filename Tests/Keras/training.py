"""The same file trained by real Keras and by Lockstep, on 1, 2 and 3 ranks, and trained further by both from what Lockstep wrote.

    python=$(Tests/Keras/environment) && $python Tests/Keras/training.py

Without shuffle and dropout every value of the histories, validation too, must agree within a relative 2e-3; so must the trained weights and
what the models predict. Trainings of `pairs.py` are compared more closely, and end after the first.
"""

import argparse
import contextlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

os.environ["KERAS_BACKEND"] = "jax"
# Most of the time goes into the compilation of small models.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
import keras
import numpy as np

import pairs

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LOCKSTEP = os.path.join(ROOT, ".build/release/lockstep")
L, O, R, C, S = keras.layers, keras.optimizers, keras.regularizers, keras.constraints, keras.optimizers.schedules

OPTIMIZERS = {
    "sgd": lambda: O.SGD(0.05), "momentum": lambda: O.SGD(0.05, momentum=0.9), "nesterov": lambda: O.SGD(0.05, momentum=0.8, nesterov=True),
    "rmsprop": lambda: O.RMSprop(0.005), "centered": lambda: O.RMSprop(0.005, momentum=0.5, epsilon=1e-4, centered=True),
    "adam": lambda: O.Adam(0.01), "amsgrad": lambda: O.Adam(0.01, amsgrad=True),
    "adamw": lambda: O.AdamW(0.01, weight_decay=0.05), "adamax": lambda: O.Adamax(0.02), "nadam": lambda: O.Nadam(0.01),
    "adagrad": lambda: O.Adagrad(0.05), "adadelta": lambda: O.Adadelta(0.5), "lion": lambda: O.Lion(0.002, weight_decay=0.1),
    "ftrl": lambda: O.Ftrl(0.1, l1_regularization_strength=0.001, beta=0.2),
    "accumulation": lambda: O.Adam(0.01, gradient_accumulation_steps=4),
    "global_clipnorm": lambda: O.Adam(S.ExponentialDecay(0.02, 5, 0.8), global_clipnorm=0.5),
    "clipnorm": lambda: O.SGD(S.CosineDecay(0.01, 12, warmup_target=0.1, warmup_steps=4), momentum=0.9, clipnorm=0.2, weight_decay=0.02),
    "clipvalue": lambda: O.RMSprop(0.005, clipvalue=0.02, weight_decay=0.1),
    "schedule_free": lambda: O.ScheduleFreeAdamW(0.02, warmup_steps=4),
    "lamb": lambda: O.Lamb(0.02, weight_decay=0.01), "muon": lambda: O.Muon(0.02, epsilon=1e-4, exclude_layers=["_2/"]),
    "adafactor": lambda: O.Adafactor(0.05),
    "adafactor_accumulation": lambda: O.Adafactor(
        S.ExponentialDecay(0.1, 5, 0.8), weight_decay=0.05, use_ema=True, ema_momentum=0.8, gradient_accumulation_steps=3),
    "ema": lambda: O.Adam(0.01, use_ema=True, ema_momentum=0.8),
    "ema_overwrite": lambda: O.SGD(0.05, momentum=0.9, clipnorm=0.5, use_ema=True, ema_momentum=0.7, ema_overwrite_frequency=5),
    "ema_accumulation": lambda: O.RMSprop(
        0.005, weight_decay=0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=3, gradient_accumulation_steps=2),
    "scheduled_accumulation": lambda: O.SGD(
        S.PiecewiseConstantDecay([6, 14], [0.1, 0.05, 0.02]), momentum=0.5, global_clipnorm=0.3, gradient_accumulation_steps=3),
}
# Float32 holds all whole numbers up to this.
FLOATS = 2**24
FIT = ["--validation-split", "0.25", "--no-shuffle", "--verbose", "0"]


def dense():
    return [keras.Input((6,)), L.Dense(9, "tanh"), L.Dense(7, "gelu")]


def images():
    # A bias in front of a normalization has no gradient but rounding.
    return [
        keras.Input((6, 7, 2)), L.Conv2D(5, 3, padding="same", use_bias=False), L.BatchNormalization(momentum=0.8), L.Activation("relu"),
        L.MaxPooling2D(), L.Conv2D(4, 2, strides=2, activation="relu"), L.Flatten(), L.Dense(6, "tanh"),
    ]


def words():
    return [keras.Input((5,), dtype="int32"), L.Embedding(11, 6), L.LSTM(7, return_sequences=True), L.LSTM(5)]


def words_reversed():
    """A table that turns words into vectors, and vectors into a number for each word."""
    inputs = keras.Input((5,), dtype="int32")
    table = L.ReversibleEmbedding(11, 6, logit_soft_cap=3.0)
    return inputs, L.LSTM(5)(table(L.LSTM(6, return_sequences=True)(table(inputs)), reverse=True))


def integers():
    """Words whose numbers floats do not tell apart."""
    return [keras.Input((5,), dtype="int32"), L.Embedding(FLOATS + 11, 1), L.Flatten()]


def lengths():
    """Words in sentences of any length."""
    inputs = keras.Input((None,), dtype="int32")
    steps = L.Bidirectional(L.GRU(4, return_sequences=True))(L.Embedding(11, 6, mask_zero=True)(inputs))
    return inputs, L.LSTM(5)(L.Dense(6, "tanh")(steps))


def lengths_images():
    """Images of any size, whose convolutions keep it."""
    inputs = keras.Input((None, None, 2))
    hidden = L.BatchNormalization(momentum=0.8)(L.Conv2D(5, 3, padding="same", use_bias=False)(inputs))
    return inputs, L.GlobalAveragePooling2D()(L.Conv2D(4, 2, strides=2, activation="tanh")(hidden))


def given_states():
    """States that go from an encoder to a decoder, whose steps are computed at once, and to cells, whose steps are not."""
    inputs = keras.Input((4, 3))
    _, *states = L.LSTM(5, return_state=True)(inputs)
    answer, h, c = L.LSTM(5, return_sequences=True, return_state=True)(L.Dense(4, "tanh")(inputs), initial_state=states)
    _, h = L.GRU(5, return_state=True, go_backwards=True)(answer, initial_state=h)
    cells = L.RNN([L.GRUCell(6, activation="gelu"), L.LSTMCell(5)])(answer)
    step, _ = L.LSTMCell(5)(cells, [h, c])
    return inputs, L.Bidirectional(L.GRU(5), "sum")(answer, initial_state=[step, h])


def stateful():
    """States that go from batch to batch, forwards and backwards, at once and step by step."""
    inputs = keras.Input(batch_shape=(13, 4, 3))
    hidden = L.LSTM(5, stateful=True, return_sequences=True)(inputs)
    hidden = L.Bidirectional(L.GRU(4, stateful=True, return_sequences=True))(hidden)
    cells = L.RNN([L.SimpleRNNCell(4, activation="gelu"), L.LSTMCell(3)], stateful=True, return_state=True)
    return inputs, L.Concatenate()([*keras.tree.flatten(cells(hidden)), L.SimpleRNN(4, stateful=True, go_backwards=True)(hidden)])


def stateful_masks():
    """Words of which some are left out; the states of others stay."""
    inputs = keras.Input(batch_shape=(13, 5), dtype="int32")
    words = L.Embedding(11, 6, mask_zero=True)(inputs)
    hidden = L.Bidirectional(L.LSTM(4, stateful=True, return_sequences=True), "sum")(words)
    return inputs, L.GRU(5, stateful=True)(L.LSTM(4, stateful=True, return_sequences=True)(hidden))


def stateful_frames():
    return [keras.Input(batch_shape=(13, 2, 4, 3, 2)), L.ConvLSTM2D(3, 2, stateful=True), L.Flatten(), L.Dense(5, "tanh")]


def frames():
    """Images in time."""
    return [
        keras.Input((3, 5, 4, 2)), L.ConvLSTM2D(3, 2, padding="same", return_sequences=True), L.ConvLSTM2D(2, 3, activation="softsign"),
        L.Flatten()]


def wrappers():
    """Layers within layers, of which one is frozen, and steps that are normalized."""
    steps = L.Bidirectional(L.GRU(3, return_sequences=True, reset_after=False))
    ends = L.Bidirectional(L.LSTM(4), "sum")
    steps.backward_layer.trainable = False
    return [
        keras.Input((4, 3)), L.TimeDistributed(L.Dense(5, use_bias=False)), L.TimeDistributed(L.BatchNormalization(momentum=0.8)), steps,
        ends]


def masks():
    """Words whose zeros are left out, in both directions; sequences of which only the last output counts."""
    inputs = keras.Input((5,), dtype="int32")
    hidden = L.Bidirectional(L.LSTM(4, return_sequences=True))(L.Embedding(11, 6, mask_zero=True)(inputs))
    hidden = L.BatchNormalization(momentum=0.8)(L.TimeDistributed(L.Dense(5, use_bias=False))(hidden))
    return inputs, L.LSTM(6)(L.Add()([hidden, L.GRU(5, return_sequences=True, reset_after=False)(hidden)]))


def masks_sequence():
    """A loss over the steps that are left, for each of which there is a target."""
    return [
        keras.Input((5,), dtype="int32"), L.Embedding(11, 6, mask_zero=True), L.GRU(7, return_sequences=True), L.Dropout(0),
        L.TimeDistributed(L.Dense(4, "tanh")),
    ]


def masks_numbers():
    return [keras.Input((5, 3)), L.Masking(0.5), L.SimpleRNN(6, return_sequences=True), L.Activation("tanh")]


def masks_attention():
    # A key's bias has no gradient but rounding.
    inputs = keras.Input((5,), dtype="int32")
    words = L.Embedding(11, 6, mask_zero=True)(inputs)
    hidden = L.MultiHeadAttention(2, 3, use_bias=False)(words, words)
    return inputs, L.LayerNormalization()(L.MultiHeadAttention(2, 3, use_bias=False)(hidden, hidden))


def masks_residual():
    """Keras takes masks off what attention is called with, so that the sum has none at all, but in layers that it gives masks before."""
    inputs = keras.Input((5,), dtype="int32")
    words = L.Embedding(11, 6, mask_zero=True)(inputs)
    hidden = L.Add()([words, L.MultiHeadAttention(2, 3, use_bias=False)(words, words)])
    hidden = L.Add()([hidden, L.MultiHeadAttention(2, 3, use_bias=False)(hidden, hidden)])
    return inputs, L.Concatenate()([hidden, L.GRU(4, return_sequences=True)(hidden)])


def masks_outputs():
    """Two outputs of which each has a mask of its own, and one without."""
    words, numbers = keras.Input((5,), dtype="int32", name="words"), keras.Input((5, 3), name="numbers")
    first = L.LSTM(6, return_sequences=True)(L.Embedding(11, 6, mask_zero=True)(words))
    second = L.SimpleRNN(4, return_sequences=True)(L.Masking(0.5)(numbers))
    both = L.Concatenate()([L.GRU(3)(first), L.GRU(3)(second)])
    return [words, numbers], [
        L.Dense(2, name="place")(both), L.Dense(3, "softmax", name="kinds")(first), L.Dense(1, name="steps")(second)]


def attention():
    # A key's bias has no gradient but rounding.
    inputs = keras.Input((5, 4))
    hidden = L.Add()([inputs, L.MultiHeadAttention(2, 3, use_bias=False, attention_axes=1)(inputs, inputs, use_causal_mask=True)])
    return inputs, L.Flatten()(L.MultiHeadAttention(2, 3, use_bias=False, output_shape=5)(hidden, L.Dense(6, "tanh")(inputs)))


def branches():
    inputs = keras.Input((6,), name="features")
    long = L.BatchNormalization()(L.Dense(8, use_bias=False)(L.Dense(5, "tanh")(inputs)))
    return inputs, L.Add()([L.Dense(8, name="short")(inputs), long])


def shared():
    """One layer at two places, a sum of twice the same, and a convolution over images of two sizes."""
    inputs = keras.Input((6, 6, 2))
    convolution, dense = L.Conv2D(4, 2, activation="tanh", name="again"), L.Dense(5, "tanh", name="twice")
    small = L.GlobalAveragePooling2D()(convolution(L.AveragePooling2D(2)(inputs)))
    large = L.GlobalAveragePooling2D()(convolution(inputs))
    both = L.Add()([dense(small), dense(large)])
    return inputs, L.Add()([both, both])


def activity():
    """Penalties on what layers put out, in an inner model too.

    Compiled, Keras counts only one penalty of a layer that is called twice, so no layer is called twice here.
    """
    x = keras.Input((6,))
    one, two = L.Dense(5, "tanh", activity_regularizer=R.L1L2(0.02, 0.03)), L.Dense(5, "tanh")
    inner = keras.Sequential([keras.Input((5,)), L.Dense(5, "elu", activity_regularizer="l2")])
    return x, inner(L.Add()([one(x), two(L.Dense(6, "softplus", activity_regularizer=R.L1(0.01))(x))]))


def activity_words():
    return [
        keras.Input((5,), dtype="int32"), L.Embedding(11, 6, activity_regularizer="l2"), L.Conv1D(4, 2, activity_regularizer=R.L1(0.002)),
        L.GRU(5, activity_regularizer=R.L2(0.1)),
    ]


def frozen():
    """A layer, an embedding and a normalization that stay as they are, between layers that train."""
    inputs = keras.Input((5,), dtype="int32")
    hidden = L.Embedding(11, 6, trainable=False)(inputs)
    hidden = L.Dense(7, "tanh")(L.Flatten()(hidden))
    hidden = L.BatchNormalization(trainable=False)(L.Dense(6, trainable=False)(hidden))
    return inputs, L.BatchNormalization()(L.Dense(8, use_bias=False)(hidden))


def outputs():
    """Two inputs, and two outputs of one of several layers that both use, which have other losses, weights and positions."""
    words, numbers = keras.Input((5,), dtype="int32", name="words"), keras.Input((6,), name="numbers")
    steps = L.LSTM(6, return_sequences=True)(L.Embedding(11, 6)(words))
    both = L.Add()([L.LSTM(7)(steps), L.Dense(7, "tanh")(numbers)])
    return [words, numbers], [L.Dense(2, name="place")(both), L.Dense(3, "softmax", name="kinds")(steps)]


def operations():
    """Operations of Keras's between layers."""
    ops, inputs = keras.ops, keras.Input((5, 4))
    hidden = ops.tanh(L.Dense(6)(inputs) * 2 + 0.5)
    gate = ops.sigmoid(L.Dense(6)(inputs))
    hidden = gate * hidden + (1 - gate) * ops.concatenate([inputs, inputs[:, :, 1:3]], axis=-1)
    scores = ops.softmax(ops.matmul(hidden, ops.transpose(hidden, (0, 2, 1))) / 2.5)
    mixed = ops.relu(ops.matmul(scores, hidden)) - ops.mean(hidden, axis=1, keepdims=True)
    return inputs, ops.concatenate([ops.max(mixed, axis=1), mixed[:, -1], ops.sqrt(ops.sum(ops.square(mixed), axis=1) + 0.01)], axis=-1)


def inner():
    """What an inner layer of another model puts out, and a new layer behind it."""
    inputs = keras.Input((6,))
    hidden = L.BatchNormalization()(L.Dense(8, "tanh", name="hidden")(inputs))
    base = keras.Model(inputs, L.Dense(3)(hidden))
    return base.input, L.Dense(7, "relu")(base.get_layer("hidden").output)


def reach():
    """What belongs to weights at the update. Where a weight that is 0 has a penalty l1, backends of Keras differ."""
    return [
        keras.Input((6,)),
        L.Dense(9, "tanh", kernel_regularizer=R.L2(0.01), bias_regularizer=R.L1(0.02), kernel_constraint=C.MaxNorm(1.2)),
        L.BatchNormalization(gamma_regularizer=R.L1L2(0.01, 0.02), beta_constraint=C.NonNeg()),
        L.Dense(
            7, "gelu", kernel_constraint=C.MinMaxNorm(0.5, 1, rate=0.5, axis=1), bias_regularizer="l2",
            kernel_regularizer=R.OrthogonalRegularizer(0.3, "columns")),
        L.Dense(5, "tanh", kernel_constraint=C.UnitNorm(), trainable=False, kernel_regularizer="l2"),
    ]


def reach_images():
    return [
        keras.Input((6, 7, 2)), L.Conv2D(5, 3, kernel_regularizer=R.L1L2(0.001, 0.01), kernel_constraint=C.MaxNorm(1, axis=[0, 1, 2])),
        L.Activation("relu"), L.Flatten(), L.Dense(6, "tanh", kernel_constraint="unit_norm", bias_constraint=C.MaxNorm(0.1)),
    ]


def reach_words():
    return [
        keras.Input((5,), dtype="int32"), L.Embedding(11, 6, embeddings_regularizer=R.L2(0.02), embeddings_constraint=C.UnitNorm(axis=1)),
        L.GRU(7, return_sequences=True, kernel_regularizer=R.L2(0.01), recurrent_constraint=C.MaxNorm(0.8)),
        L.SimpleRNN(6, return_sequences=True, recurrent_regularizer=R.OrthogonalRegularizer(0.1)),
        L.LSTM(5, recurrent_regularizer=R.L1(0.001), bias_regularizer=R.L2(0.05), kernel_constraint=C.MinMaxNorm(0.2, 0.9)),
    ]


def nested():
    """A model in a model that is applied twice, one with a frozen layer, one that is frozen, and one of two inputs and outputs."""
    inner = keras.Input((5,))
    chain = keras.Sequential([keras.Input((5,)), L.Dense(6, "tanh"), L.Dense(6, trainable=False), L.Dense(5, "gelu")])
    twice = keras.Model(inner, L.Add()([chain(inner), L.Dense(5)(inner)]), name="twice")
    still = keras.Sequential([L.Dense(7, "tanh"), L.BatchNormalization()], name="still")
    left, right = keras.Input((7,)), keras.Input((5,))
    hidden = L.Dense(4, "tanh")
    both = keras.Model([left, right], [hidden(L.Dense(5)(left)), hidden(right)])
    inputs = keras.Input((6,))
    tensor = twice(twice(L.Dense(5, "tanh")(inputs)))
    outputs = L.Concatenate()(both([still(tensor), tensor]))
    still.trainable = False
    return inputs, outputs


def nested_chain():
    """Models in a chain, of which one has two levels, a dropout that drops nothing, and normalizations, one of them applied twice."""
    inner = keras.Input((6,))
    normalized = keras.Sequential([L.Dense(6, use_bias=False), L.Dropout(0.0), L.BatchNormalization(momentum=0.8)])
    deep = keras.Model(inner, L.Activation("tanh")(normalized(L.Add()([inner, normalized(inner)]))), name="deep")
    return [keras.Input((6,)), keras.Sequential([deep, L.Dense(7, "tanh")]), keras.Sequential([L.Dense(5, use_bias=False), L.BatchNormalization()])]


# What a model puts out, its loss, its metrics, and the targets for class numbers.
ENDS = {
    "softmax": (lambda: L.Dense(3, "softmax"), "categorical_crossentropy", ["accuracy"], lambda classes: np.eye(3)[classes]),
    "sparse": (
        lambda: L.Dense(3), keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["acc", "sparse_categorical_accuracy"],
        lambda classes: classes,
    ),
    "binary": (
        lambda: L.Dense(1, "sigmoid"), keras.losses.BinaryCrossentropy(label_smoothing=0.1), ["accuracy", "mse"],
        lambda classes: (classes > 0)[:, None],
    ),
    "squares": (lambda: L.Dense(2), "mse", ["mae"], lambda classes: np.stack([np.sin(classes), classes - 1], 1)),
    "areas": (
        lambda: L.Dense(1, "sigmoid"), keras.losses.BinaryFocalCrossentropy(apply_class_balancing=True),
        [keras.metrics.AUC(), keras.metrics.Precision(), keras.metrics.Recall(thresholds=0.3)], lambda classes: (classes > 0)[:, None],
    ),
    "huber": (
        lambda: L.Dense(2), keras.losses.Huber(reduction="sum"), ["cosine_similarity", keras.metrics.RootMeanSquaredError()],
        lambda classes: np.stack([np.sin(classes), classes - 1], 1),
    ),
    "absolute": (lambda: L.Dense(2), "mean_absolute_error", ["mse"], lambda classes: np.stack([np.cos(classes), classes], 1)),
}
KINDS = {
    "dense": dense, "images": images, "words": words, "words_reversed": words_reversed,
    "integers": integers, "lengths": lengths, "lengths_images": lengths_images, "branches": branches, "shared": shared,
    "activity": activity, "activity_words": activity_words, "frozen": frozen, "outputs": outputs,
    "reach": reach, "reach_images": reach_images, "reach_words": reach_words, "wrappers": wrappers, "states": given_states, "frames": frames,
    "stateful": stateful, "stateful_masks": stateful_masks, "stateful_frames": stateful_frames, "attention": attention,
    "operations": operations, "inner": inner,
    "nested": nested, "nested_chain": nested_chain,
    "masks": masks, "masks_sequence": masks_sequence, "masks_numbers": masks_numbers, "masks_attention": masks_attention,
    "masks_residual": masks_residual,
    "masks_outputs": masks_outputs,
}
# Models whose loss is over steps.
SEQUENCES = ["masks_sequence", "masks_numbers", "masks_attention", "masks_residual"]
MASKED = SEQUENCES + ["masks_outputs"]
# The outputs' own losses, and targets for class numbers.
SEVERAL = {
    "two": (
        {"place": "mse", "kinds": "sparse_categorical_crossentropy"}, {"place": 0.3, "kinds": 1.7}, {"kinds": ["accuracy"], "place": ["mae"]},
        {"place": lambda classes: np.stack([np.sin(classes), classes - 1], 1), "kinds": lambda classes: (classes[:, None] + range(5)) % 3},
    ),
    "several": (
        {"place": "mse", "kinds": "sparse_categorical_crossentropy", "steps": "mae"}, {"place": 0.3, "kinds": 1.7, "steps": 2},
        {"kinds": ["accuracy"], "place": ["mae"], "steps": ["mse"]},
        {
            "place": lambda classes: np.stack([np.sin(classes), classes - 1], 1),
            "kinds": lambda classes: (classes[:, None] + range(5)) % 3, "steps": lambda classes: np.cos(classes[:, None, None] + np.ones((5, 1))),
        },
    ),
    "one": ({"place": "mae", "kinds": None}, None, {"place": ["mse"]}, {"place": lambda classes: np.stack([np.cos(classes), classes], 1)}),
}
SOME = [
    ("dense", "sgd", "softmax"), ("dense", "momentum", "squares"), ("dense", "nesterov", "binary"), ("dense", "rmsprop", "sparse"),
    ("dense", "centered", "absolute"), ("dense", "adam", "softmax"), ("dense", "amsgrad", "squares"), ("dense", "accumulation", "softmax"),
    ("images", "momentum", "sparse"), ("images", "adam", "softmax"), ("words", "rmsprop", "binary"),
    ("words_reversed", "adam", "softmax"), ("words", "amsgrad", "sparse"),
    ("integers", "momentum", "softmax"), ("lengths", "adam", "softmax"), ("lengths", "momentum", "squares"),
    ("lengths_images", "adam", "sparse"),
    ("branches", "centered", "squares"), ("branches", "adam", "binary"), ("shared", "momentum", "softmax"), ("shared", "adam", "squares"),
    ("frozen", "momentum", "sparse"), ("frozen", "adam", "binary"), ("outputs", "adam", "two"), ("outputs", "momentum", "two"),
    ("outputs", "sgd", "one"), ("reach", "global_clipnorm", "softmax"),
    ("reach", "clipnorm", "squares"), ("reach", "clipvalue", "binary"), ("reach", "scheduled_accumulation", "sparse"),
    ("reach_images", "global_clipnorm", "sparse"), ("reach_words", "clipnorm", "softmax"), ("reach_words", "adam", "squares"),
    ("wrappers", "momentum", "squares"), ("wrappers", "adam", "sparse"), ("states", "momentum", "squares"), ("states", "adam", "softmax"),
    ("frames", "momentum", "squares"), ("frames", "adam", "softmax"), ("attention", "momentum", "softmax"),
    ("stateful", "momentum", "squares"), ("stateful", "adam", "softmax"), ("stateful_masks", "adam", "squares"),
    ("stateful_masks", "momentum", "binary"), ("stateful_frames", "adam", "squares"),
    ("nested", "momentum", "softmax"), ("nested", "adam", "squares"), ("nested_chain", "adam", "sparse"), ("nested_chain", "clipnorm", "binary"),
    ("operations", "adam", "softmax"), ("operations", "momentum", "squares"), ("inner", "adam", "squares"),
    ("dense", "adamw", "softmax"), ("dense", "adamax", "squares"), ("dense", "nadam", "binary"), ("dense", "adagrad", "sparse"),
    ("dense", "adadelta", "softmax"), ("dense", "lion", "squares"), ("dense", "ftrl", "softmax"), ("images", "adamw", "sparse"),
    ("dense", "schedule_free", "softmax"), ("reach", "schedule_free", "squares"), ("dense", "lamb", "softmax"), ("reach", "lamb", "squares"),
    ("images", "lamb", "sparse"), ("dense", "adafactor", "softmax"), ("images", "adafactor", "sparse"), ("words", "adafactor", "binary"),
    ("reach", "adafactor_accumulation", "binary"), ("dense", "muon", "softmax"), ("reach", "muon", "squares"), ("words", "muon", "binary"),
    ("nested", "muon", "softmax"), ("dense", "ema", "softmax"),
    ("reach", "ema_overwrite", "squares"), ("reach", "ema_accumulation", "binary"),
    ("reach", "nadam", "softmax"), ("masks", "adagrad", "binary"), ("outputs", "adamw", "two"),
    ("activity", "momentum", "softmax"), ("activity", "adam", "areas"), ("activity_words", "adam", "sparse"),
    ("dense", "amsgrad", "areas"), ("dense", "sgd", "huber"), ("images", "amsgrad", "huber"), ("masks_sequence", "adam", "huber"),
    ("masks", "adam", "areas"), ("masks", "adam", "softmax"), ("masks", "momentum", "binary"), ("masks_sequence", "adam", "softmax"),
    ("masks_sequence", "amsgrad", "sparse"), ("masks_sequence", "accumulation", "squares"), ("masks_sequence", "clipnorm", "binary"),
    ("masks_numbers", "amsgrad", "absolute"), ("masks_attention", "momentum", "sparse"), ("masks_residual", "adam", "softmax"), ("masks_outputs", "adam", "several"),
    ("masks_outputs", "amsgrad", "several"),
]


def ends(kind):
    """What a kind of model may end with."""
    return ["several"] if kind == "masks_outputs" else ["two", "one"] if kind == "outputs" else ENDS


class Failed(Exception):
    pass


def names(model):
    """Of the model's inputs."""
    return [tensor.name for tensor in model.inputs]


def batch_size(model):
    """That of models with states, which all data divides, or one that leaves short batches."""
    return model.inputs[0].shape[0] or 7


@contextlib.contextmanager
def states(model):
    """Keras on JAX forgets variables of a layer that it does not list, so it lists the states here, which are zero at first."""
    listed = []
    for layer in model._flatten_layers():
        if isinstance(layer, L.RNN) and layer.stateful:
            # Keras 3.15 cannot reset those of several cells.
            states = keras.tree.flatten(layer.states)
            for state in states:
                state.assign(np.zeros(state.shape))
            # Not by the list's own methods, which would have the layer save them.
            list.extend(layer._non_trainable_variables, states)
            listed.append((layer._non_trainable_variables, len(states)))
    yield
    for variables, count in listed:
        list.__delitem__(variables, slice(-count, None))


def fit(model, x, y, weights, epochs):
    # Keras takes the targets of all outputs, of those without a loss too.
    several = len(model.outputs) > 1
    y = [y.get(name, np.zeros(52)) for name in model.output_names] if several else only(y)
    with states(model):
        return model.fit(
            only(x), y, sample_weight=weights, batch_size=batch_size(model), epochs=epochs, validation_split=0.25, shuffle=False,
            verbose=0).history


def only(tensors):
    """The only one of named tensors, or a list of all, in their order."""
    return list(tensors.values()) if len(tensors) > 1 else next(iter(tensors.values()))


def load(folder):
    """Inputs, those of the further training, and targets by name, and what samples count."""
    weights = f"{folder}/weights.npy"
    arrays = [dict(np.load(f"{folder}/{name}.npz")) for name in ("x", "further", "y")]
    return *arrays, np.load(weights) if os.path.exists(weights) else None


def steps(classes, targets):
    """Targets of five steps, of which each has another class."""
    return np.stack([targets((classes + step) % 3) for step in range(5)], 1)


def hide(rng, x):
    """Makes steps those that masks leave out, in the middle and at the end; and all of some samples, among them a whole batch."""
    for values in x.values():
        hidden = rng.uniform(0, 1, (52, 5)) < 0.3
        hidden[np.arange(5) >= rng.integers(1, 8, (52, 1))] = True
        hidden[7:14], hidden[20:24] = True, True
        values[hidden] = 0 if values.ndim == 2 else 0.5


def pair(case):
    """The settings of a training of `pairs.py`; nil for others."""
    return case[1:] if case[0] == "pair" else None


def train_in_keras(case, folder):
    """Writes the model, the data, the trained model and its history."""
    row, rng = pair(case), np.random.default_rng(sum(map(ord, "".join(case))))
    if row:
        kind, end = "masks_sequence" if "masked" in row else "dense", "softmax"
        layers, optimizer, is_counted = pairs.layers(row), pairs.optimizer(row), "sample_weight" in row
    else:
        kind, name, end = case
        layers, optimizer, is_counted = KINDS[kind](), OPTIMIZERS[name](), kind == "outputs" or name == "amsgrad"
    loss_weights = None
    if end in SEVERAL:
        loss, loss_weights, metrics, targets = SEVERAL[end]
        model = keras.Model(*layers)
    else:
        output, loss, metrics, targets = ENDS[end]
        output = output()
        model = keras.Model(layers[0], output(layers[1])) if isinstance(layers, tuple) else keras.Sequential(layers + [output])
        targets = {"y": (lambda classes, of=targets: steps(classes, of)) if kind in SEQUENCES else targets}
    model.set_weights([
        rng.uniform(0.5, 1.5, v.shape) if "moving" in v.path or "gamma" in v.path
        else rng.standard_normal(v.shape) / np.sqrt(max(np.prod(v.shape[:-1]), 4)) for v in model.weights
    ])
    is_weighted = is_counted and end in ENDS
    weighted = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metrics)) if is_weighted else None
    model.compile(optimizer, loss, loss_weights=loss_weights, metrics=metrics, weighted_metrics=weighted)
    x = {
        name: (rng.integers(0, 11, (52, 5)) if "int" in tensor.dtype else rng.standard_normal((52, *[d or 6 for d in tensor.shape[1:]])))
        .astype("f4")
        for name, tensor in zip(names(model), model.inputs)
    }
    if kind == "integers":
        x = {name: values.astype("i4") + FLOATS for name, values in x.items()}
    if "masks" in kind:
        hide(rng, x)
    first = x[names(model)[-1]].reshape(52, -1)
    y = {name: target((first[:, 0] > 0).astype(int) + (first[:, 1] > 0.3)).astype("f4") for name, target in targets.items()}
    further = {name: values[:, :3] if kind.startswith("lengths") else values for name, values in x.items()}
    np.savez(f"{folder}/x.npz", **x), np.savez(f"{folder}/further.npz", **further), np.savez(f"{folder}/y.npz", **y)
    weights = rng.uniform(0, 2, (52, 1)).astype("f4") if is_counted else None
    if weights is not None:
        np.save(f"{folder}/weights.npy", weights)
    model.save(f"{folder}/start.keras")
    history = fit(model, x, y, weights, 3)
    with open(f"{folder}/history.json", "w") as file:
        json.dump({name: [float(value) for value in values] for name, values in history.items()}, file)
    model.save(f"{folder}/trained.keras")


def lockstep(ranks, *arguments):
    command = [LOCKSTEP, *arguments]
    if ranks > 1:
        options = ["--use-hwthread-cpus", "--oversubscribe", "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1", "-n", str(ranks)]
        command = [f"{ROOT}/launch/mpirun", *options, "-x", "LOCKSTEP_THREADS", *command]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | {"LOCKSTEP_THREADS": "1"})
    if run.returncode != 0:
        raise Failed(f"lockstep {' '.join(arguments)} on {ranks} ranks: {(run.stderr or run.stdout).strip()}")


def train_in_lockstep(case, folder, ranks):
    x, _, y, weights = load(folder)
    files = lambda option, file, names: [
        part for name in names
        for part in (option, f"{folder}/{file}.npz:{name}" if len(names) == 1 else f"{name}={folder}/{file}.npz:{name}")]
    inputs, further = files("--x", "x", x), files("--x", "further", x)
    size = batch_size(keras.models.load_model(f"{folder}/start.keras", compile=False))
    data = files("--y", "y", y) + ["--batch-size", str(size), *FIT, *([] if weights is None else ["--sample-weight", f"{folder}/weights.npy"])]
    lockstep(
        ranks, "train", f"{folder}/start.keras", *inputs, *data, "--epochs", "3", "--history", f"{folder}/{ranks}.json",
        "--output", f"{folder}/{ranks}.keras", *(pairs.arguments(pair(case)) if pair(case) else []))
    if pair(case):
        return
    lockstep(
        ranks, "train", f"{folder}/{ranks}.keras", *further, *data, "--epochs", "2", "--history", f"{folder}/{ranks}-more.json",
        "--output", f"{folder}/{ranks}-more.h5")
    lockstep(ranks, "predict", f"{folder}/{ranks}.keras", *inputs, "--batch-size", str(size), "--output", f"{folder}/{ranks}.npz")


def agree(what, actual, expected):
    """Histories, value by value."""
    if set(actual) != set(expected):
        raise Failed(f"{what}: the history has {list(actual)}, {list(expected)} expected")
    for name, values in expected.items():
        for epoch, (a, e) in enumerate(zip(actual[name], values, strict=True)):
            if not abs(a - e) <= 2e-3 * abs(e):
                raise Failed(f"{what}: {name} is {a} in epoch {epoch + 1}, {e} expected")


def agree_with_keras(what, actual, expected, again):
    """As `agree`. Where it fails Keras trains again, and that counts.

    A model that Keras 3.15 on JAX loads now and then evaluates without the penalties of activities, from then on: a validation loss of
    0.8999 for 0.9185, with the same training loss. Loaded again it is right. An error of Lockstep's stays one, for its files stay.
    """
    try:
        agree(what, actual, expected)
    except Failed:
        agree(what, actual, again())


def near(what, actual, expected, limit):
    for index, (a, e) in enumerate(zip(actual, expected, strict=True)):
        error = np.abs(a - e).max() / max(np.abs(e).max(), 1e-30)
        if not error <= limit:
            raise Failed(f"{what}: array {index} differs by {error:.1e} of its largest element")


def judge(case, folder, ranks):
    """Whether what Lockstep wrote is what Keras would have come to, and goes on in Keras as in Lockstep."""
    is_masked = "masked" in case or case[0] in MASKED
    history = lambda name: json.load(open(f"{folder}/{name}.json"))
    x, further_x, y, weights = load(folder)
    expected = keras.models.load_model(f"{folder}/trained.keras")
    for rank in ranks:
        what = f"{'-'.join(case)} on {rank} ranks"
        # Keras on JAX loses the mask between a training step's loss and its metrics; other backends, and its evaluation, do not.
        said = lambda known: {name: v for name, v in known.items() if not is_masked or "loss" in name or name.startswith("val_")}
        agree_with_keras(
            what, said(history(rank)), said(history("history")),
            lambda: said(fit(keras.models.load_model(f"{folder}/start.keras"), x, y, weights, 3)))
        trained = keras.models.load_model(f"{folder}/{rank}.keras")
        near(what + ", weights", trained.get_weights(), expected.get_weights(), 1e-4 if pair(case) else 2e-3)
        if pair(case):
            continue
        with states(trained):
            predictions, known = trained.predict(only(x), batch_size=batch_size(trained), verbose=0), np.load(f"{folder}/{rank}.npz")
        order = trained.output_names if len(known.files) > 1 else known.files
        near(
            what + ", predictions", predictions if isinstance(predictions, list) else [predictions], [known[name] for name in order],
            2e-5)
        if rank == ranks[-1]:
            more = fit(trained, further_x, y, weights, 2)
            agree_with_keras(
                what + ", further", said(history(f"{rank}-more")), said(more),
                lambda: said(fit(keras.models.load_model(f"{folder}/{rank}.keras"), further_x, y, weights, 2)))
        else:
            agree(what + ", further", said(history(f"{rank}-more")), said(history(f"{ranks[-1]}-more")))
        # Keras 3.15 cannot read its own Lamb from .h5.
        further = keras.models.load_model(f"{folder}/{rank}-more.h5", compile=case[1] != "lamb")
        if rank == ranks[-1]:
            near(what + ", further, weights", further.get_weights(), trained.get_weights(), 2e-3)


def guarded(body, case, *arguments):
    logging.getLogger("absl").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    try:
        body(*arguments)
        return None
    except Failed as error:
        return str(error)
    except Exception as error:
        return f"{'-'.join(case)}: {type(error).__name__}: {error}"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--all", action="store_true", help="every kind of model with every optimizer and every loss")
    options.add_argument("--ranks", default="1,2,3")
    options.add_argument("--kind", help="models whose kind begins so, of those that are trained else")
    options = options.parse_args()
    ranks = [int(rank) for rank in options.ranks.split(",")]
    every = [(k, o, e) for k in KINDS for o in OPTIMIZERS for e in ends(k)]
    rows, count = pairs.trainings()
    cases = (every if options.all else SOME) + [("pair", *row) for row in rows]
    cases = [case for case in cases if case[0].startswith(options.kind or "")]
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), mp_context=get_context("spawn")
    ) as pool:
        folders = [f"{folder}/{'-'.join(case)}" for case in cases]
        for each in folders:
            os.mkdir(each)
        failures = list(pool.map(guarded, [train_in_keras] * len(cases), cases, cases, folders))
        # One after another, for ranks that wait take cores too.
        for index, each in enumerate(folders):
            for rank in ranks:
                failures[index] = failures[index] or guarded(train_in_lockstep, cases[index], cases[index], each, rank)
        judged = pool.map(guarded, [judge] * len(cases), cases, cases, folders, [ranks] * len(cases))
        failures = [failure or later for failure, later in zip(failures, judged)]
    for failure in filter(None, failures):
        print(failure)
    print(f"{failures.count(None)} of {len(cases)} trainings agree on {options.ranks} ranks")
    if any(map(pair, cases)):
        print(f"{len(rows)} of them have all {count} pairs of settings of {len(pairs.SETTINGS['optimizer'])} optimizers and more")
    sys.exit(any(failures))


if __name__ == "__main__":
    main()
