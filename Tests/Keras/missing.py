"""The layers of keras.layers that Lockstep lacks: prints them, and fails if the README lists others.

    python=$(Tests/Keras/environment) && $python Tests/Keras/missing.py
"""

import os
import re
import sys

os.environ["KERAS_BACKEND"] = "numpy"
import keras

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")


def main():
    with open(os.path.join(ROOT, "Sources/LockstepLayers/Configuration/LayerRegistry.swift")) as file:
        there = set(re.findall(r"^ +(\w+)\.self,$", file.read(), re.M))
    # One class may have several names.
    names = {}
    for name, value in vars(keras.layers).items():
        if isinstance(value, type) and issubclass(value, keras.layers.Layer) and value is not keras.layers.Layer:
            names.setdefault(value, []).append(name)
    missing = sorted(own[-1] for own in names.values() if not there.intersection(own))
    with open(os.path.join(ROOT, "README.md")) as file:
        said = re.search(r"^Layers of Keras [\d.]+ that are missing: (.*?)\.\n\n", file.read(), re.M | re.S)
    listed = sorted(re.findall(r"`(\w+)`", said.group(1))) if said else []
    print(f"{len(names) - len(missing)} of {len(names)} layers of Keras {keras.__version__} are there; missing: {', '.join(missing)}")
    if listed != missing:
        print(f"the README lists too many: {sorted(set(listed) - set(missing))}, and too few: {sorted(set(missing) - set(listed))}")
    sys.exit(listed != missing)


if __name__ == "__main__":
    main()
