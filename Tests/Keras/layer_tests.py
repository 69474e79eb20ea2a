"""The layers of Keras's own tests, in real Keras and in Lockstep.

    python=$(Tests/Keras/environment) && $python -m pip install pytest                   # which Keras's tests import
    $python Tests/Keras/layer_tests.py              # all: half an hour
    $python Tests/Keras/layer_tests.py conv lstm    # of files whose path has one of these texts

Keras's tests hand layers, with arguments, inputs and arguments of the call, to `run_layer_test`. Here each of them becomes a model in a file.
Lockstep must predict what Keras predicts, within 1e-5 of the largest number. A layer that draws nothing and gives floats trains two steps on
both sides too, to the same losses within 1e-3. What Keras itself cannot put into a file is listed with
the reason, and so is what Lockstep refuses. Everything else, a crash of Lockstep too, is a difference.
"""

import argparse
import ast
import collections
import importlib
import importlib.util
import itertools
import json
import logging
import os
import pkgutil
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock
import warnings

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
from keras.src import layers as package
from keras.src import testing
from keras.src.testing.test_case import create_eager_tensors

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LOCKSTEP = os.path.join(ROOT, ".build/release/lockstep")
Case = collections.namedtuple("Case", "test layer arguments shape dtype data call")


def cases(texts):
    """What the tests of layers pass to `run_layer_test`."""
    found = []

    def record(test, layer_cls, init_kwargs, input_shape=None, input_dtype=None, input_sparse=False, input_ragged=False, input_data=None,
               call_kwargs=None, **expected):
        if (input_shape is not None or input_data is not None) and not input_sparse and not input_ragged:
            # The model says whether it trains: Keras's `predict` does not keep to an argument in a file.
            call = {name: value for name, value in (call_kwargs or {}).items() if name != "training"}
            found.append(Case(test.id(), layer_cls, init_kwargs or {}, input_shape, input_dtype, input_data, call))

    testing.TestCase.run_layer_test = record
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("_test") or texts and not any(text in module.name for text in texts):
            continue
        path = importlib.util.find_spec(module.name).origin
        with open(path) as file:
            names = {
                function.name for function in ast.walk(ast.parse(file.read())) if isinstance(function, ast.FunctionDef)
                and any(isinstance(node, ast.Attribute) and node.attr == "run_layer_test" for node in ast.walk(function))}
        # Some import TensorFlow, or Grain, for tests of their pipelines alone.
        stand_ins = [name for name in ("tensorflow", "grain") if name not in sys.modules]
        sys.modules.update({name: unittest.mock.MagicMock() for name in stand_ins})
        # What Keras's repository has beside the package.
        sys.modules["conftest"] = types.SimpleNamespace(skip_if_backend=lambda *_: lambda test: test)
        tests = importlib.import_module(module.name)
        for name in stand_ins:
            del sys.modules[name]
        suite = unittest.defaultTestLoader.loadTestsFromModule(tests)
        for test in (test for tests in suite for test in tests):
            # Tests with parameters have a suffix.
            if any(test._testMethodName.startswith(name) for name in names):
                test.run(unittest.TestResult())
    return found


class NotInKeras(Exception):
    """Keras makes no model of the layer, or no file."""


def model_of(case):
    """A model of the layer alone, and its inputs, in Keras's order."""
    data = case.data
    if data is None:
        dtype = case.dtype or keras.tree.map_shape_structure(lambda _: "float32", case.shape)
        data = create_eager_tensors(case.shape, dtype, False, False)
    arrays = keras.tree.map_structure(np.asarray, data)
    if any(array.dtype.kind not in "fiub" for array in keras.tree.flatten(arrays)):
        raise NotInKeras("text needs TensorFlow")
    if case.layer is keras.layers.RandomCrop:
        raise NotInKeras("Keras 3.15 does not crop in inference, as it documents")
    layer = case.layer(**case.arguments)
    numbers = itertools.count()

    def placeholder(array):
        shape = array.shape if getattr(layer, "stateful", False) else (None, *array.shape[1:])
        return keras.Input(batch_shape=shape, dtype=str(array.dtype), name=f"input_{next(numbers)}")

    inputs = keras.tree.map_structure(placeholder, arrays)
    outputs = layer(**inputs, **case.call) if isinstance(inputs, dict) else layer(inputs, **case.call)
    model = keras.Model(keras.tree.flatten(inputs), [output for output in keras.tree.flatten(outputs) if output is not None])
    return model, keras.tree.flatten(arrays)


class Crashed(Exception):
    pass


def lockstep(*arguments):
    """The reason why Lockstep refuses; None if it does not."""
    run = subprocess.run([LOCKSTEP, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if run.returncode == 0:
        return None
    last = (run.stderr.strip().splitlines() or [""])[-1]
    if not last.startswith("error: "):
        raise Crashed(f"lockstep {arguments[0]} ended with status {run.returncode}: {last}")
    return last


def compare(case, folder):
    """What came of a case, and more about it."""
    path = lambda name: os.path.join(folder, name)
    try:
        keras.backend.clear_session()
        model, x = model_of(case)
        rng = np.random.default_rng(1)
        for variable in model.trainable_variables:
            variable.assign(rng.standard_normal(variable.shape) * 0.3)
        expected = [np.asarray(y) for y in keras.tree.flatten(model(x if len(x) > 1 else x[0], training=False))]
        model.compile(keras.optimizers.SGD(0.01), ["mse"] * len(expected), run_eagerly=True, jit_compile=False)
        model.save(path("model.keras"))
    except Exception as error:
        return "not in Keras", f"{type(error).__name__}: {str(error).splitlines()[0]}"
    given = []
    for tensor, array in zip(model.inputs, x):
        np.save(path(f"{tensor.name}.npy"), array.astype("i4" if array.dtype.kind in "iu" else "f4"))
        given += ["--x", ("" if len(x) == 1 else f"{tensor.name}=") + path(f"{tensor.name}.npy")]
    rows = ["--batch-size", str(len(x[0]))]
    output = path("y.npy" if len(expected) == 1 else "y.npz")
    refused = lockstep("predict", path("model.keras"), *given, *rows, "--output", output)
    if refused:
        return "refused", refused.replace(path("model.keras"), "")
    actual = np.load(output)
    actual = [actual] if len(expected) == 1 else [actual[name] for name in actual.files]
    # Keras computes in fewer bits then.
    limit = 2e-2 if "16" in str(case.arguments.get("dtype", "")) else 1e-5
    if len(actual) != len(expected):
        return "differs", f"{len(actual)} outputs, {len(expected)} expected"
    for a, e in zip(actual, expected):
        if a.shape != e.shape or not np.abs(a - e).max(initial=0) <= limit * max(np.abs(e).max(initial=0), 1e-3):
            return "differs", f"predictions {a.shape}, {e.shape} expected, by {np.abs(a - e).max() if a.shape == e.shape else ''}"
    is_random = any("seed_generator" in variable.path for variable in model.non_trainable_variables)
    if is_random or len(expected) > 1 or expected[0].dtype.kind != "f" or not model.trainable_variables:
        return "predicts alike", ""
    if "lora_rank" in case.arguments:
        return "predicts alike", "not trained: Keras's files do not hold the factors of the change"
    y = rng.standard_normal(expected[0].shape).astype("f4")
    np.save(path("y.npy"), y)
    try:
        losses = [float(model.train_on_batch(x if len(x) > 1 else x[0], y)) for _ in range(2)]
    except Exception as error:
        return "predicts alike", f"not trained by Keras: {type(error).__name__}"
    refused = lockstep(
        "train", path("model.keras"), *given, "--y", path("y.npy"), *rows, "--epochs", "2", "--no-shuffle", "--verbose", "0",
        "--history", path("history.json"))
    if refused:
        return "refused", refused.replace(path("model.keras"), "")
    received = json.load(open(path("history.json")))["loss"]
    if not np.allclose(received, losses, rtol=1e-3, atol=1e-6):
        return "differs", f"losses {received}, {losses} expected"
    return "predicts and trains alike", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="what the paths of the files of tests hold, such as conv")
    logging.getLogger("absl").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    counts, reasons = collections.Counter(), collections.defaultdict(list)
    for case in cases(parser.parse_args().texts):
        with tempfile.TemporaryDirectory() as folder:
            try:
                kind, reason = compare(case, folder)
            except Crashed as crash:
                kind, reason = "differs", str(crash)
        counts[kind] += 1
        what = f"{case.layer.__name__}{case.arguments} of {case.test.split('.')[-1]}"
        if reason:
            reasons[kind].append(f"{what}: {reason}"[:400])
        if kind == "differs":
            print(f"{what}: {reason}", flush=True)
    for kind in ("not in Keras", "refused"):
        print(f"\n{kind}:", *sorted(set(reasons[kind])), sep="\n  ")
    print("\n" + ", ".join(f"{count} {kind}" for kind, count in counts.most_common()))
    sys.exit(counts["differs"] > 0)


if __name__ == "__main__":
    main()
