"""Predictions of models that ship inside public Python packages, by Keras and by Lockstep on one rank and on two.

    python=$(Tests/Keras/environment) && $python Tests/Keras/packages.py [PACKAGE ...] [--folder FOLDER]

Downloads the packages with pip, without what they depend on, and opens each model file in them. Most were written by Keras 2, and some
real Keras 3 cannot open; tf-keras can. With it, the same script runs in another environment:

    python3 -m venv venv && venv/bin/pip install tf-keras tensorflow-cpu && venv/bin/python Tests/Keras/packages.py

Needs a release build. FOLDER keeps the packages for the next time.
"""

import argparse
import glob
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import numpy as np

try:
    import tf_keras as keras
except ImportError:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

L = keras.layers
ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
PACKAGES = {
    "spliceai": "1.3.1", "ethnicolr": "0.8.1", "fer": "25.10.3", "inaSpeechSegmenter": "0.6.6", "deepcut": "0.7.0.0", "mhcnuggets": "2.4.1",
}
# Several hundred files have one architecture.
MOST_FILES = 20


def deepcut():
    """The model whose weights deepcut ships (deepcut/model.py)."""
    words, kinds = keras.Input((21,)), keras.Input((21,))
    a = L.BatchNormalization()(L.SpatialDropout1D(0.15)(L.Embedding(178, 32)(words)))
    units = []
    for window in range(1, 13):
        width = 200 if window < 9 else 150 if window < 12 else 100
        x = L.TimeDistributed(L.Dense(5))(L.Conv1D(width, window, activation="relu")(a))
        units.append(L.ZeroPadding1D((0, window - 1))(x))
    b = L.SpatialDropout1D(0.15)(L.Embedding(12, 12)(kinds))
    x = L.BatchNormalization()(L.Concatenate()([a, L.Maximum()(units), b]))
    return keras.Model([words, kinds], L.Dense(1, activation="sigmoid")(L.Dense(100, activation="relu")(L.Flatten()(x))))


def mhcnuggets(length):
    """The model whose weights mhcnuggets ships (mhcnuggets/src/models.py)."""
    return keras.Sequential([
        keras.Input((length, 21)), L.Masking(-1.0), L.LSTM(64, dropout=0.2, recurrent_dropout=0.2), L.Dense(64), L.Dropout(0.2),
        L.Activation("tanh"), L.Dense(1), L.Activation("sigmoid"),
    ])


ARCHITECTURES = {"deepcut": deepcut, "mhcnuggets": lambda: mhcnuggets(15)}


def fetch(name, folder):
    """Unpacks a package; gives its folder."""
    place = os.path.join(folder, name)
    if not os.path.isdir(place):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check", "-d", folder + "/archives"]
        subprocess.run([*command, f"{name}=={PACKAGES[name]}"], check=True)
        [archive] = glob.glob(f"{folder}/archives/{name}-*")
        opened = zipfile.ZipFile(archive) if archive.endswith(".whl") else tarfile.open(archive)
        with opened:
            opened.extractall(place)
    return place


def numbers(model, rng):
    """Samples for each input: places in tables for those that lead to an embedding, else real numbers."""
    arrays = []
    # Layers that crop thousands of steps need long sequences.
    length = 10_100 if any(isinstance(layer, L.Cropping1D) for layer in model.layers) else 40
    for tensor in model.inputs:
        shape = [length if size is None else size for size in tensor.shape[1:]]
        tables = [
            layer for layer in model.layers
            if isinstance(layer, L.Embedding) and (layer.input is tensor or isinstance(model, keras.Sequential) and layer is model.layers[0])
        ]
        if tables:
            arrays.append(rng.integers(0, tables[0].input_dim, (5, *shape)).astype("f4"))
        else:
            arrays.append(rng.uniform(0, 1, (5, *shape)).astype("f4"))
    return arrays


def predict(ranks, file, weights, samples, folder):
    """Lockstep's predictions, a list of outputs."""
    for index, array in enumerate(samples):
        np.save(f"{folder}/x{index}.npy", array)
    program = [ROOT + "/launch/run", "-n", str(ranks), "lockstep"] if ranks > 1 else [ROOT + "/.build/release/lockstep"]
    options = [option for index in range(len(samples)) for option in ("--x", f"{folder}/x{index}.npy")]
    command = [*program, "predict", file, *(["--weights", weights] if weights else []), *options, "--output", f"{folder}/y.npz"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip().splitlines()[-1])
    with np.load(f"{folder}/y.npz") as arrays:
        return [arrays[name] for name in arrays]


def drops(model):
    """Whether a layer is called as in training wherever it is, so that predictions are random."""
    return '"training": true' in model.to_json()


def compare(name, file, folder):
    """The largest difference of the predictions; None if they are random. Raises what either program says against the file."""
    rng = np.random.default_rng(1)
    keras.backend.clear_session()
    if name in ARCHITECTURES:
        model = ARCHITECTURES[name]()
        model.load_weights(file)
        architecture = f"{folder}/model.json"
        with open(architecture, "w") as opened:
            opened.write(model.to_json())
        parts = (architecture, file)
    else:
        model = keras.models.load_model(file, compile=False)
        parts = (file, None)
    samples = numbers(model, rng)
    expected = model.predict(samples if len(samples) > 1 else samples[0], verbose=0)
    expected = expected if isinstance(expected, list) else [expected]
    worst = 0.0
    for ranks in (1, 2):
        for actual, known in zip(predict(ranks, *parts, samples, folder), expected, strict=True):
            worst = max(worst, float(np.abs(actual - known).max() / max(np.abs(known).max(), 1e-3)))
    return None if drops(model) else worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", nargs="*", default=list(PACKAGES), metavar="PACKAGE")
    parser.add_argument("--folder")
    options = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        for name in options.packages:
            place = fetch(name, options.folder or work)
            files = sorted(file for ending in ("h5", "hdf5", "keras") for file in glob.glob(f"{place}/**/*.{ending}", recursive=True))
            for file in files[:MOST_FILES]:
                try:
                    difference = compare(name, file, work)
                    result = "opens; its predictions are random" if difference is None else f"differs by {difference:.1e}"
                    failures += difference is not None and difference > 1e-4
                except Exception as error:
                    result = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
                    failures += 1
                print(f"{os.path.relpath(file, place)}: {result}", flush=True)
            if len(files) > MOST_FILES:
                print(f"{name}: {MOST_FILES} of {len(files)} files")
    print(f"{failures} failures with {keras.__name__} {keras.__version__}")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
