"""Makes files of Keras that hold more than models, or models that Lockstep cannot read, and small files of other programs.

    $(Tests/Keras/environment) Tests/Fixtures/make-foreign.py                  # those of Keras 3 and h5py
    venv/bin/pip install tf-keras==2.21.0 tensorflow-cpu==2.21.0 onnx==1.22.0
    venv/bin/python Tests/Fixtures/make-foreign.py others                      # those of TensorFlow, ONNX and pickle
"""

import io
import os
import shutil
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
FOREIGN = os.path.join(HERE, "foreign")


def add_members(group):
    """What tools leave beside weights, of every kind that Lockstep does not read."""
    import h5py
    import numpy as np

    group["strings"] = ["a", "b"]
    group["fixed"] = np.array([b"a", b"bc"])
    group["compound"] = np.zeros(3, [("x", "f4"), ("y", "i4")])
    group.create_dataset("references", data=[group.ref], dtype=h5py.ref_dtype)
    group.create_dataset("regions", data=[group["compound"].regionref[:2]], dtype=h5py.regionref_dtype)
    group.create_dataset("enum", data=[0, 1], dtype=h5py.enum_dtype({"RED": 0, "GREEN": 1}))
    group["opaque"] = np.array([b"ab", b"cd"], "V2")
    ragged = group.create_dataset("ragged", (2,), h5py.vlen_dtype("i4"))
    ragged[0] = [1, 2, 3]
    group["complex"] = np.zeros(2, "c8")
    group["type"] = np.dtype("f4")
    group["null"] = h5py.Empty("f4")
    group.create_dataset("unwritten", (2**20,), "f4")
    group.create_dataset("filtered", data=np.arange(9), chunks=(9,), scaleoffset=0)
    group.create_dataset("outside", (4,), "f4", external=[("/etc/passwd", 0, 16)])
    group["soft"] = h5py.SoftLink("/nowhere")
    group["external"] = h5py.ExternalLink("other.h5", "/x")
    group["again"] = group["compound"]
    group["itself"] = group
    more = group.create_group("more")
    more["numbers"] = np.arange(4.0)
    more["strings"] = "text"
    for holder in (group, more["numbers"]):
        holder.attrs["reference"] = group.ref
        holder.attrs["compound"] = np.zeros(1, [("x", "f4")])
        holder.attrs["truth"] = True
        holder.attrs["null"] = h5py.Empty("S4")


def keras3():
    os.environ["KERAS_BACKEND"] = "numpy"
    import h5py
    import keras
    import numpy as np

    models = os.path.join(HERE, "models")

    def extend(path, groups):
        """In the root, in groups, and in the first group in each of these."""
        with h5py.File(path, "a") as file:
            inner = [next(member for member in file[name].values() if isinstance(member, h5py.Group)) for name in groups]
            for group in [file["/"], *(file[name] for name in groups), *inner]:
                add_members(group)

    shutil.copy(os.path.join(models, "dense.h5"), os.path.join(FOREIGN, "extended.h5"))
    extend(os.path.join(FOREIGN, "extended.h5"), ["model_weights", "optimizer_weights"])
    shutil.copy(os.path.join(models, "words.weights.h5"), os.path.join(FOREIGN, "extended.weights.h5"))
    extend(os.path.join(FOREIGN, "extended.weights.h5"), ["layers"])
    shutil.copy(os.path.join(models, "keras2_branches_weights.h5"), os.path.join(FOREIGN, "extended-keras2.h5"))
    extend(os.path.join(FOREIGN, "extended-keras2.h5"), ["first"])
    with zipfile.ZipFile(os.path.join(models, "dense.keras")) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights.h5")
        with open(path, "wb") as file:
            file.write(members["model.weights.h5"])
        extend(path, ["layers", "optimizer"])
        with open(path, "rb") as file:
            members["model.weights.h5"] = file.read()
    with zipfile.ZipFile(os.path.join(FOREIGN, "extended.keras"), "w") as archive:
        for name, contents in (members | {"notes.txt": b"of a tool"}).items():
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), contents)

    # Keras writes such a file and cannot read it. The same weights are in a file that it can read.
    halves = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, dtype="bfloat16")])
    halves.save(os.path.join(FOREIGN, "bfloat16.h5"))
    halves.save(os.path.join(FOREIGN, "bfloat16.keras"))

    class Mine(keras.Model):
        def __init__(self, **arguments):
            super().__init__(**arguments)
            self.hidden, self.out = keras.layers.Dense(3), keras.layers.Dense(2)

        def call(self, x):
            return self.out(self.hidden(x))

    model = Mine()
    model(np.zeros((1, 4)))
    model.save(os.path.join(FOREIGN, "subclassed.keras"))
    model.save_weights(os.path.join(FOREIGN, "subclassed.weights.h5"))


def others():
    import pickle

    import onnx
    import tensorflow as tf
    import tf_keras

    def path(name):
        return os.path.join(FOREIGN, name)

    model = tf_keras.Sequential([tf_keras.layers.Dense(1, input_dim=2)])
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder + "/saved", save_format="tf")
        os.makedirs(path("saved"), exist_ok=True)
        # The beginning, which is all that is looked at; the whole is much larger.
        with open(folder + "/saved/saved_model.pb", "rb") as file, open(path("saved/saved_model.pb"), "wb") as copy:
            copy.write(file.read(256))
        os.makedirs(path("checkpoint"), exist_ok=True)
        model.save_weights(folder + "/weights", save_format="tf")
        shutil.copy(folder + "/weights.index", path("checkpoint/weights.index"))
    with open(path("lite"), "wb") as file:
        file.write(tf.lite.TFLiteConverter.from_keras_model(model).convert())
    with open(path("pickle"), "wb") as file:
        pickle.dump({"weights": [1.0, 2.0]}, file)
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2])], [value("y", 1, [2])])
    onnx.save(onnx.helper.make_model(graph, producer_name="script"), path("onnx"))
    # As torch.save lays it out.
    with zipfile.ZipFile(path("torch"), "w") as archive:
        buffer = io.BytesIO()
        pickle.dump({"weight": 1}, buffer)
        for name, contents in {"archive/data.pkl": buffer.getvalue(), "archive/version": b"3\n"}.items():
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), contents)


os.makedirs(FOREIGN, exist_ok=True)
others() if "others" in sys.argv else keras3()
