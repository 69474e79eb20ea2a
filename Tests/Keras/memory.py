"""The largest memory of a process that trains an architecture, in real Keras and in Lockstep, on the same batch.

    python=$(Tests/Keras/environment) && $python Tests/Keras/memory.py                       # ResNet50 and MobileNetV2: some minutes
    python=$(Tests/Keras/environment) && $python Tests/Keras/memory.py --batch 8 --size 64 ResNet50

Each trains two steps of one batch from the same file. Keras's numbers include Python and its compiler, so what the process had before it
trained is shown too. Lockstep must need less than what Keras's training adds to that. KERAS_BACKEND names another backend than JAX.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
LOCKSTEP = os.path.join(ROOT, ".build/release/lockstep")
CLASSES = 1000


def write(name, size, batch, folder):
    """The model, and two batches."""
    import keras
    import numpy as np

    model = getattr(keras.applications, name)(weights=None, input_shape=(size, size, 3), classes=CLASSES)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy")
    model.save(f"{folder}/model.keras")
    rng = np.random.default_rng(1)
    np.save(f"{folder}/x.npy", rng.uniform(-1, 1, (2 * batch, size, size, 3)).astype("f4"))
    np.save(f"{folder}/y.npy", rng.integers(0, CLASSES, 2 * batch).astype("f4"))


def train(batch, folder):
    """Trains in Keras. Prints the largest memory before and after."""
    import keras
    import numpy as np

    model = keras.models.load_model(f"{folder}/model.keras")
    x, y = np.load(f"{folder}/x.npy"), np.load(f"{folder}/y.npy")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model.fit(x, y, batch_size=batch, shuffle=False, verbose=0)
    print("MEMORY", before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def measure(name, size, batch):
    """Megabytes of Lockstep's process, and of Keras's before and after it has trained."""
    with tempfile.TemporaryDirectory() as folder:
        options = [name, "--size", str(size), "--batch", str(batch), "--folder", folder]
        subprocess.run([sys.executable, __file__, "--do", "write", *options], check=True, stderr=subprocess.DEVNULL)
        run = subprocess.run(
            [sys.executable, __file__, "--do", "train", *options], check=True, capture_output=True, text=True)
        before, after = next(line.split()[1:] for line in run.stdout.splitlines() if line.startswith("MEMORY"))
        process = subprocess.Popen([
            LOCKSTEP, "train", f"{folder}/model.keras", "--x", f"{folder}/x.npy", "--y", f"{folder}/y.npy", "--batch-size", str(batch),
            "--no-shuffle", "--verbose", "0"], stdin=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
        if status != 0:
            sys.exit(f"lockstep train ended with status {status}")
        return [int(kilobytes) / 1024 for kilobytes in (used.ru_maxrss, before, after)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", default=["ResNet50", "MobileNetV2"], help="functions of keras.applications")
    parser.add_argument("--size", type=int, default=96, help="the height and width of the images (default 96)")
    parser.add_argument("--batch", type=int, default=16, help="the images of a batch (default 16)")
    parser.add_argument("--do", choices=["write", "train"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do == "write":
        return write(options.names[0], options.size, options.batch, options.folder)
    if options.do == "train":
        return train(options.batch, options.folder)
    larger = 0
    for name in options.names:
        lockstep, before, after = measure(name, options.size, options.batch)
        larger += lockstep > after - before
        print(
            f"{name}, {options.batch} images of {options.size}×{options.size}: Lockstep {lockstep:.0f} MB; "
            f"Keras {after:.0f} MB, {after - before:.0f} MB of them by training", flush=True)
    sys.exit(larger > 0)


if __name__ == "__main__":
    main()
