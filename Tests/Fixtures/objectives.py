"""Makes what objectives are tested with, from real Keras: models with initial weights (`models/objectives-*.keras`), and
what training steps written in Keras make of them (`objectives.npz`). The tests only read them.

    KERAS_BACKEND=jax "$(Tests/Keras/environment)" Tests/Fixtures/objectives.py
"""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import jax
import keras
import numpy as np
from keras import layers, ops

FOLDER = os.path.dirname(os.path.abspath(__file__))
EPOCHS, BATCH, SAMPLES = 3, 7, 23
arrays = {}


def turn(variables, state, compute, optimizer):
    """Computes a loss and moves some variables; the state of all layers that take part is renewed."""

    def loss(values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values))) as scope:
            result = compute()
        return result, [scope.get_current_value(v) for v in state]

    (value, renewed), gradients = jax.value_and_grad(loss, has_aux=True)([v.value for v in variables])
    optimizer.apply(gradients, variables)
    for variable, new in zip(state, renewed):
        variable.assign(new)
    return float(value)


def train(name, model, inputs, step, end=lambda: None):
    """Trains a model whose steps `step` makes. It returns the losses of the turns that it has taken, by their names."""
    model.save(f"{FOLDER}/models/objectives-{name}.keras")
    for index, array in enumerate(inputs):
        arrays[f"{name}/x{index}"] = array
    history, number = {}, 0
    for _ in range(EPOCHS):
        sums, counts = {}, {}
        for first in range(0, SAMPLES, BATCH):
            number += 1
            batch = [a[first : first + BATCH] for a in inputs]
            for key, value in step(batch, number).items():
                sums[key] = sums.get(key, 0) + value * len(batch[0])
                counts[key] = counts.get(key, 0) + len(batch[0])
        for key in sums:
            history.setdefault(key, []).append(sums[key] / counts[key])
    end()
    for key, values in history.items():
        arrays[f"{name}/history/{key}"] = np.array(values, np.float32)
    for index, weight in enumerate(model.get_weights()):
        arrays[f"{name}/weight{index}"] = weight


def uniform(seed, shape):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype("float32")


def autoencoder():
    """A variational autoencoder. The noise is an input, so that it is the same everywhere."""
    x, noise = keras.Input((6,), name="x"), keras.Input((2,), name="noise")
    hidden = layers.Dense(5, activation="tanh", name="hidden", kernel_regularizer=keras.regularizers.L2(0.01))(x)
    center, spread = layers.Dense(2, name="center")(hidden), layers.Dense(2, name="spread")(hidden)
    code = layers.Add(name="code")([center, layers.Multiply(name="moved")([layers.Activation("exponential")(spread), noise])])
    made = layers.Dense(6, name="made")(layers.Dense(5, activation="relu", name="wide")(code))
    model = keras.Model([x, noise], made)
    parts = keras.Model([x, noise], [center, spread, made])
    optimizer = keras.optimizers.Adam(0.02)
    optimizer.build(model.trainable_variables)

    def step(batch, _):
        def loss():
            center, spread, made = parts(batch, training=True)
            divergence = -0.5 * ops.sum(1 + 2 * spread - ops.square(center) - ops.exp(2 * spread), axis=-1)
            error = ops.sum(ops.square(batch[0] - made), axis=-1)
            return ops.mean(error) + 0.1 * ops.mean(divergence) + sum(model.losses)

        return {"loss": turn(model.trainable_variables, [], loss, optimizer)}

    train("autoencoder", model, [uniform(1, (SAMPLES, 6)), uniform(2, (SAMPLES, 2))], step)


def adversarial():
    """A generative adversarial network; the generator moves in every second step."""
    generator = keras.Sequential(
        [keras.Input((3,)), layers.Dense(6, use_bias=False, name="g1"), layers.BatchNormalization(name="g2"), layers.Activation("relu", name="g3"), layers.Dense(4, name="g4")],
        name="generator")
    discriminator = keras.Sequential(
        [keras.Input((4,)), layers.Dense(7, activation="tanh", name="d1"), layers.Dense(1, name="d2")], name="discriminator")
    x, noise = keras.Input((4,), name="x"), keras.Input((3,), name="noise")
    model = keras.Model([x, noise], [discriminator(x), discriminator(generator(noise))])
    first = keras.optimizers.Adam(0.01, beta_1=0.5, clipnorm=0.5)
    second = keras.optimizers.RMSprop(keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.8))
    first.build(discriminator.trainable_variables)
    second.build(generator.trainable_variables)
    state = model.non_trainable_variables

    def step(batch, number):
        def judge():
            real, fake = model(batch, training=True)
            return ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))

        def deceive():
            return ops.mean(ops.softplus(-discriminator(generator(batch[1], training=True), training=True)))

        losses = {"discriminator": turn(discriminator.trainable_variables, state, judge, first)}
        if number % 2 == 0:
            losses["generator"] = turn(generator.trainable_variables, state, deceive, second)
        return losses

    train("adversarial", model, [uniform(3, (SAMPLES, 4)) + 0.5, uniform(4, (SAMPLES, 3))], step)


def halves(name, first, second):
    """Two optimizers, each of which moves one half of a model by the same gradients."""
    x, y = keras.Input((5,), name="x"), keras.Input((2,), name="y")
    out = layers.Dense(2, name="upper")(layers.Dense(6, activation="tanh", name="lower")(x))
    model = keras.Model([x, y], layers.Subtract(name="error")([out, y]))
    lower, upper = model.get_layer("lower"), model.get_layer("upper")
    first.build(lower.trainable_variables)
    second.build(upper.trainable_variables)
    both = lower.trainable_variables + upper.trainable_variables

    class Both:
        def apply(self, gradients, variables):
            first.apply(gradients[:2], variables[:2])
            second.apply(gradients[2:], variables[2:])

    def step(batch, _):
        return {"error": turn(both, [], lambda: ops.mean(ops.square(model(batch, training=True))), Both())}

    def end():
        first.finalize_variable_values(lower.trainable_variables)
        second.finalize_variable_values(upper.trainable_variables)

    train(name, model, [uniform(5, (SAMPLES, 5)), uniform(6, (SAMPLES, 2))], step, end)


autoencoder()
adversarial()
O = keras.optimizers
halves("halves", O.SGD(0.1, momentum=0.9), O.Adam(0.05, weight_decay=0.01))
halves("averaged", O.SGD(0.1, momentum=0.9, use_ema=True, ema_momentum=0.8), O.ScheduleFreeAdamW(0.05))
halves("norms", O.Lamb(0.05, weight_decay=0.1, clipnorm=0.5), O.Muon(0.05, exclude_layers=["lower"]))
halves("wholes", O.Adafactor(0.2, use_ema=True, ema_momentum=0.8), O.SGD(0.1, momentum=0.9))
np.savez(f"{FOLDER}/objectives.npz", **arrays)
