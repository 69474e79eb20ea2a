"""Random models through every form of file, between real Keras and Lockstep.

    python=$(Tests/Keras/environment) && $python Tests/Keras/files.py --models 1000 --seed 5

Keras writes each model in each of its forms; `lockstep predict` must agree with it, and what `lockstep convert` writes must load in Keras with
the same weights, predictions, compilation and optimizer, and come back to the bit. So must what it converts of Keras 2's files.
"""

import argparse
import json
import logging
import multiprocessing
import os
import subprocess
import sys
import tempfile
import warnings
import zipfile

# Nothing to compile, which takes longer than all the rest.
os.environ["KERAS_BACKEND"] = "numpy"
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import h5py
import keras
import numpy as np

from random_models import Draw

LOCKSTEP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/release/lockstep")


class Failed(Exception):
    pass


def lockstep(*arguments):
    run = subprocess.run([LOCKSTEP, *arguments], capture_output=True, text=True, env=os.environ | {"LOCKSTEP_THREADS": "1"})
    if run.returncode != 0:
        raise Failed(f"lockstep {' '.join(arguments)}: {run.stderr.strip() or run.returncode}")


def same(what, actual, expected):
    """The same arrays, bit for bit."""
    actual, expected = [np.asarray(a) for a in actual], [np.asarray(e) for e in expected]
    if len(actual) != len(expected):
        raise Failed(f"{what}: {len(actual)} arrays, {len(expected)} expected")
    for index, (a, e) in enumerate(zip(actual, expected)):
        if a.shape != e.shape or a.tobytes() != e.astype(a.dtype).tobytes():
            raise Failed(f"{what}: array {index} of {e.shape} differs")


def close(what, actual, expected):
    scale = np.abs(expected).max() or 1
    error = np.abs(actual - expected).max() / scale if actual.shape == expected.shape else np.inf
    if not error <= 2e-5:
        raise Failed(f"{what}: differs by {error:.1e} of {scale:.3g}")


def arrays(path):
    """All datasets of an .h5 file, or of that in a .keras file, by their paths, but for those of metrics."""
    found = {}
    if path.endswith(".keras"):
        with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as member, h5py.File(member) as file:
            file.visititems(lambda name, item: found.update({name: item[()]} if isinstance(item, h5py.Dataset) else {}))
    else:
        with h5py.File(path) as file:
            for group in ("model_weights", "optimizer_weights"):
                if group not in file:
                    continue
                owners = [file[group]] if group == "optimizer_weights" else [file[group][n] for n in file[group].attrs["layer_names"]]
                for owner in owners:
                    for name in owner.attrs["weight_names"]:
                        found[f"{group} {len(found)}"] = owner[name][()]
    return found


def essence(config):
    """A layer's configuration without what means nothing: the names of objects within it, and seeds, which are the model's in Lockstep."""
    if isinstance(config, (list, tuple)):
        return [essence(value) for value in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") in ("LeakyReLU", "ELU"):
        config = config | {"config": {key: value for key, value in config["config"].items() if key not in ("name", "trainable")}}
        if config["config"].get("negative_slope") == 0.2:
            # Keras's functions of these names have these slopes, and files name them so.
            return "leaky_relu"
        if config["config"].get("alpha") == 1:
            return "elu"
    if str(config.get("module")).startswith("keras.src.ops"):
        # Keras computes masks by operations that it names itself.
        return config["class_name"]
    if config.get("class_name") == "Sequential":
        # Keras does not restore it; that of the layers counts.
        config = config | {"config": {key: value for key, value in config["config"].items() if key != "trainable"}}
    # What Keras notes of how layers within layers were built, and the ways in which the same call can be written.
    return {
        key: essence(value) for key, value in config.items()
        if key not in ("seed", "shared_object_id", "build_config", "inbound_nodes")}


def places(layer):
    """The name of each variable in .safetensors files: those of the parts that it lies in, but for cells, and its own."""
    if isinstance(layer, keras.Model):
        return {id_: f"{inner.name}/{place}" for inner in layer.layers for id_, place in places(inner).items()}
    found = {}
    for part in ("forward_layer", "backward_layer", "layer", "query_dense", "key_dense", "gate_dense", "value_dense", "output_dense"):
        # Some are private.
        inner = getattr(layer, part, getattr(layer, "_" + part, None))
        if isinstance(inner, keras.layers.Layer):
            found |= {id_: f"{part}/{place}" for id_, place in places(inner).items()}
    if isinstance(layer, keras.layers.RNN):
        found |= places(layer.cell)
    counts = {}
    for cell in getattr(layer, "cells", []):
        name = keras.src.utils.naming.to_snake_case(type(cell).__name__)
        number = counts[name] = counts.get(name, -1) + 1
        found |= {id_: f"cells/{name}{'_%d' % number if number else ''}/{place}" for id_, place in places(cell).items()}
    return {id(v): v.name for v in layer.weights} | found


def compiled(model):
    """What a model was compiled with, in a form that two ways of saying the same share."""
    config = model.get_compile_config() | {"optimizer": keras.optimizers.serialize(model.optimizer)}

    def name(value):
        value = value["config"] if isinstance(value, dict) and value["class_name"] == "function" else value
        if isinstance(value, str):
            known = keras.losses.get(value) if value not in ("acc", "accuracy") and not value.endswith("accuracy") else value
            return keras.src.utils.naming.to_snake_case(known if isinstance(known, str) else known.__name__)
        return keras.src.utils.naming.to_snake_case(value["class_name"])

    loss = config["loss"]
    arguments = loss["config"] if isinstance(loss, dict) and isinstance(loss["config"], dict) else {}
    optimizer = config["optimizer"]
    return {
        "optimizer": (optimizer["class_name"], optimizer["config"]), "loss": name(loss),
        "arguments": {key: arguments.get(key) for key in ("from_logits", "label_smoothing") if arguments.get(key)},
        "metrics": [name(metric) for metric in config["metrics"] or []],
    }


def check(seed, folder):
    draw = Draw(seed)
    model = draw.model()
    x = draw.inputs(model)
    y = np.asarray(model(x, training=False))
    path = lambda name: os.path.join(folder, name)
    np.save(path("x.npy"), x)
    # Keras 3.15 cannot write Adafactor to .h5, where its averages over rows and columns have one name, nor read Lamb from there.
    is_written, is_read = (not isinstance(model.optimizer, kind) for kind in (keras.optimizers.Adafactor, keras.optimizers.Lamb))
    model.save(path("a.keras"))
    if is_written:
        model.save(path("a.h5"))
    model.save_weights(path("a.weights.h5"))
    with open(path("a.json"), "w") as file:
        file.write(model.to_json())

    weighted = ["a.json", "--weights", "a.weights.h5"]
    for source in (["a.keras"], *([["a.h5"]] if is_written else []), weighted):
        source = [path(s) if s[0] == "a" else s for s in source]
        lockstep("predict", *source, "--x", path("x.npy"), "--output", path("y.npy"))
        close(f"predict {' '.join(os.path.basename(s) for s in source)}", np.load(path("y.npy")), y)

    if any(isinstance(layer, keras.layers.MultiHeadAttention) for layer in model.layers):
        # Keras 2 had the projections of attention under private names.
        with h5py.File(path("a.weights.h5")) as file, h5py.File(path("private.weights.h5"), "w") as private:
            file.copy("layers", private)
            for layer in private["layers"].values():
                for name in [name for name in layer if name in ("query_dense", "key_dense", "value_dense", "output_dense")]:
                    layer.move(name, "_" + name)
        lockstep("predict", path("a.json"), "--weights", path("private.weights.h5"), "--x", path("x.npy"), "--output", path("y.npy"))
        close("predict private.weights.h5", np.load(path("y.npy")), y)
    lockstep("convert", path("a.keras"), path("b.h5"))
    lockstep("convert", path("a.h5" if is_written else "b.h5"), path("b.keras"))
    lockstep("convert", path("a.json"), path("b.weights.h5"), "--weights", path("a.weights.h5"))
    lockstep("convert", path("a.keras"), path("b.safetensors"))
    variables = [v.numpy() for v in model.optimizer.variables]
    for name in ("b.h5", "b.keras"):
        is_compiled = is_read or name == "b.keras"
        again = keras.models.load_model(path(name), compile=is_compiled)
        if again.name != model.name or [layer.name for layer in again.layers] != [layer.name for layer in model.layers]:
            raise Failed(f"{name}: names {again.name} {[layer.name for layer in again.layers]}")
        for a, b in zip(again.layers, model.layers):
            ours, theirs = (essence({"class_name": type(layer).__name__, "config": layer.get_config()}) for layer in (a, b))
            if ours != theirs:
                raise Failed(f"{name}: the layer {a.name} is {ours}, {theirs} expected")
        same(f"{name}: weights", again.get_weights(), model.get_weights())
        if is_compiled and compiled(again) != compiled(model):
            raise Failed(f"{name}: compiled as {compiled(again)}, {compiled(model)} expected")
        if name == "b.h5":
            # Keras itself gives an optimizer nothing but its count and its rate from such a file.
            with h5py.File(path(name)) as file:
                remembered = [a[()] for a in keras.src.legacy.saving.legacy_h5_format.load_optimizer_weights_from_hdf5_group(file)]
            optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
            optimizer.build(again.trainable_variables)
            optimizer.set_weights(remembered)
            if len(remembered) != len(optimizer.variables):
                raise Failed(f"{name}: the optimizer remembers {len(remembered)} arrays, {len(optimizer.variables)} expected")
        else:
            optimizer = again.optimizer
        same(f"{name}: optimizer", [v.numpy() for v in optimizer.variables][: len(variables)], variables)
    close("predictions of b.keras in Keras", np.asarray(again(x, training=False)), y)

    fresh = keras.models.clone_model(model)
    fresh.load_weights(path("b.weights.h5"))
    same("b.weights.h5", fresh.get_weights(), model.get_weights())
    with open(path("b.safetensors"), "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    for layer in model.layers:
        names = places(layer)
        for variable in layer.weights:
            if "seed" in variable.path:
                continue
            entry = header.pop(f"{layer.name}/{names[id(variable)]}")
            begin, end = (start + offset for offset in entry["data_offsets"])
            same("b.safetensors", [np.frombuffer(data[begin:end], "f4").reshape(entry["shape"])], [variable.numpy()])

    # Back to the form in which it came: every bit, the count and the rate of the optimizer too.
    for first, second, third in (("a.keras", "b.h5", "c.keras"), ("a.h5", "b.keras", "c.h5"))[: 2 if is_written else 1]:
        lockstep("convert", path(second), path(third))
        before, after = arrays(path(first)), arrays(path(third))
        if not before.keys() <= after.keys():
            raise Failed(f"{third}: {sorted(before.keys() - after.keys())} missing")
        same(f"{first} and {third}", [after[key] for key in before], before.values())


@keras.saving.register_keras_serializable(package="lockstep", name="keras2_hard_sigmoid")
def keras2_hard_sigmoid(x):
    return keras.ops.clip(0.2 * x + 0.5, 0, 1)


def check_keras2(folder):
    """Files of Keras 2 that Keras 3 reads otherwise, or refuses, predict in it as in Keras 2 once they are converted."""
    fixtures = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Fixtures/models")
    known = np.load(os.path.join(fixtures, "known-keras2.npz"))
    for name in ("keras2_hard", "keras2_slashes", "keras2_decay", "keras2_words"):
        for ending in ("keras", "h5"):
            path = os.path.join(folder, f"{name}.{ending}")
            lockstep("convert", os.path.join(fixtures, name + ".h5"), path)
            predictions = np.asarray(keras.models.load_model(path)(known[name + "/x"], training=False))
            close(f"{name}.{ending} in Keras 3", predictions, known[name + "/predictions"])


def check_precision(folder):
    """Files of models that compute in other floats predict as the model of float32 that has their weights."""
    L = keras.layers
    # HDF5 has no bfloat16, and Keras does not say in an .h5 file that it wrote one.
    for policy, endings in (
        ("float16", ["keras", "h5"]), ("bfloat16", ["keras"]), ("float64", ["keras", "h5"]), ("mixed_float16", ["keras", "h5"]),
        ("mixed_bfloat16", ["keras", "h5"]),
    ):
        layers = lambda: [keras.Input((5,)), L.Dense(7, "tanh"), L.BatchNormalization(), L.Dense(3, "softmax")]
        keras.config.set_dtype_policy(policy)
        model = keras.Sequential(layers())
        model.compile("adam", "mse", metrics=[keras.metrics.MeanAbsoluteError(dtype="float16")])
        keras.config.set_dtype_policy("float32")
        plain = keras.Sequential(layers())
        plain.set_weights([np.asarray(weight, "f4") for weight in model.get_weights()])
        x = np.random.default_rng(1).standard_normal((6, 5)).astype("f4")
        np.save(os.path.join(folder, "x.npy"), x)
        for ending in endings:
            path, out = os.path.join(folder, f"{policy}.{ending}"), os.path.join(folder, "y.npy")
            model.save(path)
            run = subprocess.run(
                [LOCKSTEP, "predict", path, "--x", os.path.join(folder, "x.npy"), "--output", out], capture_output=True, text=True)
            if run.returncode != 0:
                raise Failed(f"{policy}.{ending}: {run.stderr}")
            warning = f"warning: {path}: numbers of {', '.join(sorted({policy, 'float16'}))} are read as float32"
            if run.stderr.splitlines() != [warning]:
                raise Failed(f"{policy}.{ending}: one warning expected, received: {run.stderr}")
            close(f"{policy}.{ending}", np.load(out), np.asarray(plain(x, training=False)))


def check_adaptation(folder):
    """Layers that learn changes of low rank predict in Lockstep what they predict in Keras, and the other way."""
    L = keras.layers
    path = lambda name: os.path.join(folder, name)
    rng = np.random.default_rng(1)
    model = keras.Sequential([
        keras.Input((6,)), L.Embedding(9, 4, lora_rank=2), L.Conv1D(6, 3, groups=2, lora_rank=2, lora_alpha=3),
        L.EinsumDense("abc,cd->abd", (4, 5), bias_axes="d", lora_rank=1), L.Flatten(), L.Dense(3, "tanh", lora_rank=2)])
    for variable in model.trainable_variables:
        variable.assign(rng.standard_normal(variable.shape) * 0.5)
    model.compile("adam", "mse")
    x, y = rng.integers(0, 9, (8, 6)).astype("f4"), rng.standard_normal((8, 3)).astype("f4")
    np.save(path("x.npy"), x)
    np.save(path("y.npy"), y)
    expected = np.asarray(model(x, training=False))

    def predictions(name):
        lockstep("predict", path(name), "--x", path("x.npy"), "--output", path("p.npy"))
        return np.load(path("p.npy"))

    for ending in ("keras", "h5"):
        model.save(path("low." + ending))
        close(f"low.{ending}", predictions("low." + ending), expected)
        lockstep(
            "train", path("low." + ending), "--x", path("x.npy"), "--y", path("y.npy"), "--epochs", "3", "--output",
            path("trained.keras"))
        after = predictions("trained.keras")
        if np.abs(after - expected).max() < 1e-4:
            raise Failed(f"low.{ending}: training changes nothing")
        lockstep("convert", path("trained.keras"), path("trained.h5"))
        for name in ("trained.keras", "trained.h5"):
            again = keras.models.load_model(path(name))
            close(f"{name} of low.{ending}, in Keras", np.asarray(again(x, training=False)), after)


def attempt(seed):
    logging.getLogger("absl").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    label = "special files" if seed is None else f"seed {seed}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            if seed is None:
                check_keras2(folder)
                check_precision(folder)
                check_adaptation(folder)
            else:
                check(seed, folder)
            return None
        except Failed as error:
            return f"{label}: {error}"
        except Exception as error:
            return f"{label}: {type(error).__name__}: {error}"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--models", type=int, default=200)
    options.add_argument("--seed", type=int, default=1, help="of the first model; the others' follow")
    options = options.parse_args()
    failures = 0
    # Not by fork, which a library with threads may not survive.
    with multiprocessing.get_context("spawn").Pool(len(os.sched_getaffinity(0)), maxtasksperchild=100) as pool:
        for failure in pool.imap(attempt, [None, *range(options.seed, options.seed + options.models)]):
            if failure:
                failures += 1
                print(failure, flush=True)
    print(f"{failures or 'no'} failures of {options.models} random models and the special files")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
