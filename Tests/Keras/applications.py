"""The architectures of keras.applications in real Keras and in Lockstep: predictions, training on 1 and 2 ranks, and the way back.

    python=$(Tests/Keras/environment) && $python Tests/Keras/applications.py                        # all 40: about an hour
    python=$(Tests/Keras/environment) && $python Tests/Keras/applications.py MobileNet Xception

KERAS_BACKEND names another backend than JAX. On torch Keras compiles nothing and ends sooner, but has no NASNet.

Weights are random; images are the smallest that an architecture takes. Keras computes in float64, because its own rounding in float32 is
larger than what is allowed here. Logits must agree within 1e-4 of the largest. Losses must agree within 1e-3: that of a step whose
normalizations take the batch's statistics, and those of two steps with frozen normalizations. (Normalizations over so few numbers as these
images have at the end amplify the rounding of a step by thousands.) If the first loss is further off, it must be within 4 times what
changes of the weights' last bits make of it in float64. Gradients are clipped to the norm 0.1, because with random weights some
are so large that a step multiplies the loss. Dropout, which is random, is set to 0. What Lockstep trained must load in Keras and
predict the same there.
"""

import argparse
import gc
import inspect
import json
import os
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["JAX_ENABLE_X64"] = "1"
import keras
import numpy as np

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LOCKSTEP = os.path.join(ROOT, ".build/release/lockstep")
APPLICATIONS = [name for name, function in vars(keras.applications).items() if inspect.isfunction(function)]
# Others take 32×32.
SIZES = {"InceptionResNetV2": 75, "InceptionV3": 75, "Xception": 71}
IMAGES, CLASSES = 6, 10


class Failed(Exception):
    pass


def application(name):
    """The architecture with random weights, and images. It has no dropout, whose draws would differ."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    size = SIZES.get(name, 32)
    model = architecture(name, size)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    rng = np.random.default_rng(7)
    x = rng.uniform(0, 255 if model.layers[1].name in ("rescaling", "normalization") else 1, (48, size, size, 3)).astype("f4")
    normalizations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in normalizations]
    for layer in normalizations:
        layer.momentum = 0.0
        for variable in (layer.gamma, layer.beta):
            if variable is not None:
                variable.assign(rng.uniform(*((0.5, 1.5) if variable is layer.gamma else (-0.2, 0.2)), variable.shape))
    # With statistics that are not the network's own, its numbers grow with its depth, and so does their rounding; or they shrink until
    # all images give the same.
    model(x, training=True)
    for layer, momentum in zip(normalizations, momenta):
        layer.momentum = momentum
        variance = keras.ops.convert_to_numpy(layer.moving_variance)
        layer.moving_variance.assign(variance * rng.uniform(1, 1.5, variance.shape))
    compile_for_comparison(model)
    return model, x[:IMAGES]


def architecture(name, size):
    return getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=CLASSES, classifier_activation=None)


def in_double(name, model):
    """The same model in float64."""
    keras.config.set_dtype_policy("float64")
    exact = architecture(name, model.input_shape[1])
    exact.set_weights([weight.astype("f8") for weight in model.get_weights()])
    for layer, other in zip(exact.layers, model.layers):
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = other.rate
    compile_for_comparison(exact)
    keras.config.set_dtype_policy("float32")
    return exact


def compile_for_comparison(model):
    model.compile(
        keras.optimizers.SGD(0.01, global_clipnorm=0.1), keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True,
        jit_compile=False)


def lockstep(ranks, *arguments):
    command = [LOCKSTEP, *arguments]
    if ranks > 1:
        command = [f"{ROOT}/launch/mpirun", "--oversubscribe", "-n", str(ranks), *command]
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode != 0:
        raise Failed(f"lockstep {arguments[0]} on {ranks} ranks: {(run.stderr or run.stdout).strip()[-2000:]}")


def difference(actual, expected):
    """The largest difference as a part of the largest number."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    return np.abs(actual - expected).max() / np.abs(expected).max() if actual.shape == expected.shape else np.inf


def sensitivity(model, x, y):
    """The largest change of a step's loss, as a part of it, that changes of the weights below their last bits in float32 make."""
    weights, rng = model.get_weights(), np.random.default_rng(5)

    def loss():
        logits = keras.ops.convert_to_numpy(model(x.astype("f8"), training=True))
        return np.mean(np.log(np.exp(logits).sum(-1)) - logits[np.arange(len(y)), y])

    exact, changes = loss(), []
    for _ in range(4):
        model.set_weights([weight * (1 + rng.uniform(-1, 1, weight.shape) * 2**-24) for weight in weights])
        changes.append(difference(loss(), exact))
    return max(changes)


def compare(name, folder):
    """The differences of logits, of losses on each number of ranks with what is allowed, and of logits after training."""
    path = lambda file: os.path.join(folder, file)
    model, x = application(name)
    y = np.arange(IMAGES) % CLASSES
    np.save(path("x.npy"), x)
    np.save(path("y.npy"), y.astype("f4"))
    model.save(path("start.keras"))
    lockstep(1, "predict", path("start.keras"), "--x", path("x.npy"), "--output", path("logits.npy"))
    exact = in_double(name, model)
    logits = difference(np.load(path("logits.npy")), exact.predict(x, verbose=0))
    first = exact.fit(x, y, batch_size=IMAGES, shuffle=False, verbose=0).history["loss"]
    exact = in_double(name, model)
    for each in (model, exact):
        for layer in each.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.trainable = False
    model.save(path("frozen.keras"))
    steps = exact.fit(x, y, batch_size=IMAGES, epochs=2, shuffle=False, verbose=0).history["loss"]
    del exact
    gc.collect()

    def train(ranks, start, epochs):
        lockstep(
            ranks, "train", path(start), "--x", path("x.npy"), "--y", path("y.npy"), "--batch-size", str(IMAGES), "--epochs", str(epochs),
            "--no-shuffle", "--verbose", "0", "--history", path("history.json"), "--output", path("trained.keras"))
        return json.load(open(path("history.json")))["loss"]

    losses, trained, allowed = [], [], 1e-3
    for ranks in (1, 2):
        begun = difference(train(ranks, "start.keras", 1), first)
        if begun > allowed == 1e-3:
            allowed = max(1e-3, 4 * sensitivity(in_double(name, model), x, y))
        losses.append((begun, allowed, max(difference(a, b) for a, b in zip(train(ranks, "frozen.keras", 2), steps))))
        lockstep(1, "predict", path("trained.keras"), "--x", path("x.npy"), "--output", path("logits.npy"))
        back = keras.models.load_model(path("trained.keras"))
        trained.append(difference(np.load(path("logits.npy")), keras.ops.convert_to_numpy(back(x, training=False))))
    return logits, losses, trained


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="architectures; all without it: " + ", ".join(APPLICATIONS))
    names = parser.parse_args().names or APPLICATIONS
    for name in names:
        if name not in APPLICATIONS:
            parser.error(f"there is no architecture {name}; there are {', '.join(APPLICATIONS)}")
    failures = 0
    for name in names:
        start = time.time()
        with tempfile.TemporaryDirectory() as folder:
            try:
                logits, losses, trained = compare(name, folder)
                holds = logits < 1e-4 and max(trained) < 1e-4 and all(
                    begun < allowed and frozen < 1e-3 for begun, allowed, frozen in losses)
                ranks = (
                    f"on {count} rank{'s' * (count > 1)} losses {begun:.1e}{f' of {allowed:.1e} allowed' * (allowed > 1e-3)}, "
                    f"frozen {frozen:.1e}, trained {after:.1e}"
                    for count, (begun, allowed, frozen), after in zip((1, 2), losses, trained))
                said = "; ".join((f"logits {logits:.1e}", *ranks))
            except Failed as failure:
                holds, said = False, str(failure)
        failures += not holds
        print(f"{'' if holds else 'FAILED '}{name}: {said}, {time.time() - start:.0f} s", flush=True)
    print(f"{failures or 'no'} failures of {len(names)} architectures")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
