"""The workloads in JAX with Optax, each step one jitted function. Arguments: THREADS [workload…]."""
import os
import sys

from workloads import WORKLOADS, begin, measure, predicts

threads, names = begin()
if predicts():
    sys.exit("error: only training is written in JAX here")
parallel = "true" if threads > 1 else "false"
os.environ["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={parallel} intra_op_parallelism_threads={threads}"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import numpy
import optax
from jax import lax, nn, numpy as jnp

weights = nn.initializers.glorot_uniform()


def layer(number, *shape):
    return weights(jax.random.key(number), shape), jnp.zeros(shape[-1])


def dense(layers, x, key, between=nn.relu):
    for kernel, bias in layers[:-1]:
        x = between(x @ kernel + bias)
    kernel, bias = layers[-1]
    return x @ kernel + bias


def beans(layers, x, key):
    return nn.sigmoid(dense(layers, x, key, between=nn.sigmoid))


def cnn(layers, x, key):
    for kernel, bias in layers[:2]:
        x = lax.conv_general_dilated(x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
        x = lax.reduce_window(nn.relu(x + bias), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    x = x.reshape(len(x), -1)
    return dense(layers[2:], jnp.where(jax.random.bernoulli(key, 0.5, x.shape), 2 * x, 0), key)


def lstm(layers, x, key):
    (kernel, bias), (recurrent, _), last = layers

    def cell(state, gates):
        output, memory = state
        i, f, new, o = jnp.split(gates + output @ recurrent, 4, -1)
        memory = nn.sigmoid(f) * memory + nn.sigmoid(i) * jnp.tanh(new)
        return (nn.sigmoid(o) * jnp.tanh(memory), memory), None

    zeros = jnp.zeros((len(x), 128))
    (output, _), _ = lax.scan(cell, (zeros, zeros), jnp.swapaxes(x @ kernel + bias, 0, 1))
    return dense([last], output, key)


# The model, the shapes of its layers, and an optimizer with Keras's defaults. Models for classes return logits.
adam = optax.adam(0.001, eps=1e-7)
MODELS = {
    "seed_line": (dense, [(1, 1)], optax.sgd(0.01)),
    "beans": (beans, [(2, 2), (2, 1)], optax.sgd(0.05)),
    "people": (dense, [(3, 4), (4, 2)], optax.rmsprop(0.001, decay=0.9, eps=1e-7)),
    "mlp": (dense, [(784, 512), (512, 512), (512, 10)], adam),
    "cnn": (cnn, [(3, 3, 1, 32), (3, 3, 32, 64), (1600, 10)], adam),
    "lstm": (lstm, [(28, 512), (128, 512), (128, 10)], adam),
}


def trainer(name):
    work = WORKLOADS[name]
    if name not in MODELS:
        sys.exit(f"error: {name} is not written in JAX here")
    model, shapes, optimizer = MODELS[name]
    x, y = work.data()

    def loss_of(layers, inputs, targets, key):
        outputs = model(layers, inputs, key)
        if work.classes:
            losses, right = optax.softmax_cross_entropy_with_integer_labels(outputs, targets), outputs.argmax(-1) == targets
        else:
            losses, right = jnp.square(outputs - targets), (outputs > 0.5) == targets
        return losses.mean(), right.sum()

    def step(state, inputs, targets):
        layers, memory, count, loss_sum, right_sum = state
        key = jax.random.fold_in(jax.random.key(1), count)
        (loss, right), gradients = jax.value_and_grad(loss_of, has_aux=True)(layers, inputs, targets, key)
        updates, memory = optimizer.update(gradients, memory, layers)
        layers = optax.apply_updates(layers, updates)
        return layers, memory, count + 1, loss_sum + loss * len(inputs), right_sum + right

    step = jax.jit(step, donate_argnums=0)
    layers = [layer(number, *shape) for number, shape in enumerate(shapes)]
    trained = layers, optimizer.init(layers), 0
    random = numpy.random.default_rng(1)

    def train(batches):
        nonlocal trained
        state = *trained, jnp.zeros(()), jnp.zeros((), "int32")
        for rows in batches:
            state = step(state, x[rows], y[rows])
        trained = state[:3]
        return state[3].item() / len(x), state[4].item() / len(x)

    def epoch():
        order = random.permutation(len(x))
        return train(order[first : first + work.batch] for first in range(0, len(x), work.batch))

    if name == "seed_line":
        return lambda: [train([slice(None)]) for _ in range(work.epochs)]
    return lambda: [epoch() for _ in range(work.epochs)]


for name in names:
    measure("jax", f"jax {jax.__version__}", name, threads, trainer(name))
