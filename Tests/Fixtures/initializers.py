"""Makes what initializers are tested with, from real Keras: `initializers.json` holds each as Keras serializes it, with the values of those
that are not random, and every name of every class of `keras.initializers`; the tests only read it.

    KERAS_BACKEND=numpy "$(Tests/Keras/environment)" Tests/Fixtures/initializers.py
"""

import json
import os

os.environ.setdefault("KERAS_BACKEND", "numpy")
import keras
import numpy as np
from keras.src import initializers

I = keras.initializers
FOLDER = os.path.dirname(os.path.abspath(__file__))
WINDOWS = [
    "boxcar", "triang", "bartlett", "cosine", "lanczos", "exponential", "tukey", "taylor", "parzen", "bohman", "barthann", "hann", "hamming",
    "blackman", "nuttall", "blackmanharris", "flattop",
]
AXES = {"input_axes": [0], "output_axes": [1, -1]}
# With the shape that is filled.
ROWS = {
    "zeros": (I.Zeros(), (2, 3)),
    "ones": (I.Ones(), (2, 3)),
    "constant": (I.Constant(-0.3), (2, 3)),
    "identity": (I.Identity(), (3, 3)),
    "identity_gain": (I.Identity(gain=1.5), (2, 4)),
    "random_normal": (I.RandomNormal(), (200, 300)),
    "random_normal_arguments": (I.RandomNormal(0.5, 0.2, seed=3), (200, 300)),
    "random_uniform": (I.RandomUniform(), (200, 300)),
    "random_uniform_arguments": (I.RandomUniform(-1, 0.5, seed=0), (200, 300)),
    "truncated_normal": (I.TruncatedNormal(), (200, 300)),
    "truncated_normal_arguments": (I.TruncatedNormal(-1, 0.1, seed=4), (200, 300)),
    "orthogonal": (I.Orthogonal(), (30, 20)),
    "orthogonal_wide": (I.Orthogonal(gain=1.1, seed=5), (20, 30)),
    "orthogonal_kernel": (I.Orthogonal(2), (3, 2, 4, 5)),
    "variance_scaling": (I.VarianceScaling(1.5), (200, 300)),
    "variance_scaling_axes": (I.VarianceScaling(2, "fan_avg", "uniform", **AXES), (40, 30, 20)),
    "stft": (I.STFT(), (8, 1, 5)),
    "stft_imaginary": (I.STFT("imag", periodic=True), (16, 1, 12)),
    "stft_spectrum": (I.STFT("real", "hamming", "spectrum"), (7, 1, 4)),
    "stft_unscaled": (I.STFT("imag", "blackman", None), (9, 1, 20)),
    "stft_plain": (I.STFT("imag", None), (9, 1, 5)),
    "stft_list": (I.STFT(window=[0.25, 1.0, -0.5]), (3, 1, 6)),
    "stft_one": (I.STFT(window="bohman"), (1, 1, 2)),
}
for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"):
    ROWS |= {
        name: (I.get(name), (200, 300)), name + "_seed": (type(I.get(name))(seed=7), (3, 5, 40, 50)),
        name + "_vector": (I.get(name), (30000,)), name + "_axes": (type(I.get(name))(**AXES), (40, 30, 20))}
for mode in ("fan_in", "fan_out", "fan_avg"):
    for distribution in ("truncated_normal", "untruncated_normal", "uniform"):
        ROWS[f"variance_scaling_{mode}_{distribution}"] = (I.VarianceScaling(3.5, mode, distribution, seed=1), (200, 300))
for window in WINDOWS:
    for periodic in (False, True):
        for length in (2, 7, 8, 21):
            ROWS[f"stft_{window}_{length}" + periodic * "_periodic"] = (I.STFT("real", window, None, periodic), (length, 1, 3))


def main():
    rows, names = {}, {}
    for name, (initializer, shape) in ROWS.items():
        rows[name] = {"it": keras.saving.serialize_keras_object(initializer), "shape": shape}
        if isinstance(initializer, I.Identity):
            # Keras reads it, and does not write it.
            rows[name]["it"]["config"]["gain"] = initializer.gain
        if isinstance(initializer, (I.Zeros, I.Ones, I.Constant, I.Identity, I.STFT)):
            rows[name]["values"] = np.asarray(initializer(shape, dtype="float64")).ravel().tolist()
    # Every name that a file may have, and the names that programs use.
    for name in [*initializers.ALL_OBJECTS_DICT, *(name for name in dir(I) if not name.startswith("_"))]:
        if name.lower() == "initializer":
            # What the others derive from; it has no values.
            continue
        found = getattr(I, name, None) or I.get(name)
        if isinstance(found, type) or isinstance(found, I.Initializer):
            names[name] = found.__name__ if isinstance(found, type) else type(found).__name__
    with open(os.path.join(FOLDER, "initializers.json"), "w") as file:
        json.dump({"rows": rows, "names": names}, file, indent=None, sort_keys=True, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    main()
