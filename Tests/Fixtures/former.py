"""Makes files of Keras 1 and of Keras 2's first versions, after the code of Keras 1.2.2 and 2.2.4, and what Keras 2 makes of them: it converts
the weights, predicts and trains on. The tests only read them.

    python3 -m venv venv && venv/bin/pip install tf-keras==2.21.0 tensorflow-cpu==2.21.0 h5py
    venv/bin/python Tests/Fixtures/former.py
"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import h5py
import numpy as np
import tf_keras as keras
from tf_keras.src.saving.legacy.hdf5_format import preprocess_weights_for_loading

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "former")
L, O = keras.layers, keras.optimizers.legacy
known = {}


def random(name, *shape):
    return (np.random.default_rng(sum(map(ord, name))).standard_normal(shape) * 0.5).astype("f4")


def layer1(class_name, name, **config):
    """A layer as Keras 1 describes it."""
    return {"class_name": class_name, "config": {"name": name, "trainable": True} | config}


def first(*shape, dtype="float32"):
    """What Keras 1 writes of a first layer."""
    return {"batch_input_shape": [None, *shape], "input_dtype": dtype}


def weighted(output_dim, **arguments):
    return {
        "output_dim": output_dim, "init": "glorot_uniform", "activation": "linear", "W_regularizer": None, "b_regularizer": None,
        "activity_regularizer": None, "W_constraint": None, "b_constraint": None, "bias": True, "input_dim": None} | arguments


def recurrent(output_dim, **arguments):
    return {
        "output_dim": output_dim, "init": "glorot_uniform", "inner_init": "orthogonal", "activation": "tanh", "W_regularizer": None,
        "U_regularizer": None, "b_regularizer": None, "dropout_W": 0.0, "dropout_U": 0.0, "return_sequences": False, "go_backwards": False,
        "stateful": False, "unroll": False, "consume_less": "cpu", "input_dim": 4, "input_length": None} | arguments


def gates(name, inputs, units, count):
    """The weights of a recurrence gate by gate."""
    return [a for gate in range(count) for a in (
        random(f"{name}W{gate}", inputs, units), random(f"{name}U{gate}", units, units), random(f"{name}b{gate}", units))]


def write(name, version, model, weights, training=None, optimizer=None, backend=None):
    """An .h5 file: the weights of each layer by its name, in the order of the layers."""
    with h5py.File(os.path.join(FOLDER, name + ".h5"), "w") as file:
        if version:
            file.attrs["keras_version"] = version.encode()
        file.attrs["model_config"] = json.dumps(model).encode()
        group = file.create_group("model_weights")
        if version:
            group.attrs["keras_version"] = version.encode()
        if backend:
            group.attrs["backend"] = backend.encode()
        group.attrs["layer_names"] = [layer.encode() for layer in weights]
        for layer, arrays in weights.items():
            own = group.create_group(layer)
            names = [f"{layer}/{index}" for index in range(len(arrays))]
            own.attrs["weight_names"] = [n.encode() for n in names] if names else np.zeros(0)
            for n, array in zip(names, arrays):
                own[n] = array
        if training:
            file.attrs["training_config"] = json.dumps(training).encode()
        if optimizer:
            own = file.create_group("optimizer_weights")
            own.attrs["weight_names"] = [f"o{index}".encode() for index in range(len(optimizer))]
            for index, array in enumerate(optimizer):
                own[f"o{index}"] = array


def convert(model, weights, version="1"):
    """Gives a model the weights that Keras 2 makes of them."""
    layers = [layer for layer in model.layers if layer.weights]
    arrays = [arrays for arrays in weights.values() if arrays]
    for layer, own in zip(layers, arrays, strict=True):
        layer.set_weights(preprocess_weights_for_loading(layer, [np.array(a) for a in own], version, None))


def remember(name, model, x, y=None, batch_size=4):
    known[f"{name}/x"] = x
    known[f"{name}/predictions"] = model.predict(x, verbose=0)
    if y is not None:
        known[f"{name}/y"] = y
        history = model.fit(x, y, batch_size=batch_size, epochs=3, shuffle=False, verbose=0).history
        known[f"{name}/loss"] = np.array(history["loss"], "f4")
        known.update({f"{name}/end{index}": w for index, w in enumerate(model.get_weights())})


def training(optimizer, **config):
    return {
        "optimizer_config": {"class_name": optimizer, "config": config}, "loss": "mse", "metrics": ["mean_absolute_error"],
        "sample_weight_mode": None, "loss_weights": None}


def slots(model, name):
    return [random(f"{name}{index}", *v.shape) * 0.01 for index, v in enumerate(model.trainable_weights)]


def words():
    """A chain of recurrences with Adam in the middle of a training, whose rate decays."""
    name = "keras1_words"
    config = [
        layer1(
            "Embedding", "embedding_1", input_dim=9, output_dim=4, init="uniform", input_length=5, mask_zero=False, activity_regularizer=None,
            W_regularizer=None, W_constraint=None, dropout=0.0, **first(5, dtype="int32")),
        layer1("LSTM", "lstm_1", **recurrent(5, return_sequences=True, inner_activation="hard_sigmoid", forget_bias_init="one")),
        layer1("GRU", "gru_1", **recurrent(4, return_sequences=True, inner_activation="hard_sigmoid", consume_less="mem")),
        layer1("SimpleRNN", "simplernn_1", **recurrent(3)),
        layer1("Dropout", "dropout_1", p=0.0),
        layer1("Dense", "dense_1", **weighted(2, W_regularizer={"name": "L1L2Regularizer", "l1": 0.0, "l2": 0.01}, input_dim=3)),
        layer1("Activation", "activation_1", activation="tanh"),
    ]
    weights = {
        "embedding_1": [random("e", 9, 4)], "lstm_1": gates("l", 4, 5, 4), "gru_1": gates("g", 5, 4, 3),
        "simplernn_1": gates("s", 4, 3, 1), "dropout_1": [], "dense_1": [random("W", 3, 2), random("b", 2)], "activation_1": []}
    model = keras.Sequential([
        L.Embedding(9, 4, input_length=5), L.LSTM(5, return_sequences=True, recurrent_activation="hard_sigmoid"),
        L.GRU(4, return_sequences=True, recurrent_activation="hard_sigmoid", reset_after=False), L.SimpleRNN(3),
        L.Dense(2, "tanh", kernel_regularizer=keras.regularizers.l2(0.01))])
    convert(model, weights)
    means, squares = slots(model, "m"), [a * a for a in slots(model, "v")]
    model.compile(O.Adam(0.02, epsilon=1e-4, decay=0.1), "mse")
    model.optimizer._create_all_weights(model.trainable_weights)
    # Keras 1 has the gates of a slot apart too, so the file has no state of the optimizer but the count.
    write(name, "1.2.2", {"class_name": "Sequential", "config": config, "keras_version": "1.2.2"}, weights,
          training("Adam", lr=0.02, beta_1=0.9, beta_2=0.999, epsilon=1e-4, decay=0.1))
    rng = np.random.default_rng(1)
    remember(name, model, rng.integers(0, 9, (10, 5)).astype("f4"), rng.standard_normal((10, 2)).astype("f4"))
    with open(os.path.join(FOLDER, name + ".json"), "w") as file:
        json.dump({"class_name": "Sequential", "config": config, "keras_version": "1.2.2"}, file)


def images():
    """A graph with merges, and SGD in the middle of a training. The file does not say its version, as those of Keras 1.0."""
    name = "keras1_images"
    convolution = {
        "nb_filter": 3, "nb_row": 3, "nb_col": 2, "init": "he_normal", "activation": "relu", "border_mode": "same", "subsample": [1, 1],
        "dim_ordering": "tf", "W_regularizer": None, "b_regularizer": None, "activity_regularizer": None,
        "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0}, "b_constraint": {"name": "NonNeg"}, "bias": True}
    merge = {
        "concat_axis": -1, "dot_axes": -1, "mode_type": "raw", "output_shape": None, "output_shape_type": "raw", "output_mask": None,
        "output_mask_type": "raw", "arguments": {}}
    pooling = {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": "tf"}
    nodes = [
        (layer1("InputLayer", "input_1", sparse=False, **first(6, 6, 2)), []),
        (layer1("Convolution2D", "convolution2d_1", **convolution), ["input_1"]),
        (layer1(
            "BatchNormalization", "batchnormalization_1", epsilon=0.001, mode=0, axis=-1, momentum=0.9, gamma_regularizer=None,
            beta_regularizer=None), ["convolution2d_1"]),
        (layer1("MaxPooling2D", "maxpooling2d_1", **pooling), ["batchnormalization_1"]),
        (layer1("AveragePooling2D", "averagepooling2d_1", **pooling), ["batchnormalization_1"]),
        (layer1("Merge", "merge_1", mode="sum", **merge), ["maxpooling2d_1", "averagepooling2d_1"]),
        (layer1("Merge", "merge_2", mode="mul", **merge), ["merge_1", "maxpooling2d_1"]),
        (layer1("Merge", "merge_3", mode="concat", **merge), ["merge_1", "merge_2"]),
        (layer1("Merge", "merge_4", mode="ave", **merge), ["merge_2", "averagepooling2d_1"]),
        (layer1("Merge", "merge_5", mode="max", **merge), ["merge_2", "merge_4"]),
        (layer1("Merge", "merge_6", mode="concat", **(merge | {"concat_axis": 3})), ["merge_3", "merge_5"]),
        (layer1("Flatten", "flatten_1"), ["merge_6"]),
        (layer1("Dense", "dense_1", **weighted(2, bias=False)), ["flatten_1"]),
    ]
    model1 = {"class_name": "Model", "config": {
        "name": "model_1", "input_layers": [["input_1", 0, 0]], "output_layers": [["dense_1", 0, 0]],
        "layers": [
            layer | {"name": layer["config"]["name"], "inbound_nodes": [[[source, 0, 0] for source in sources]] if sources else []}
            for layer, sources in nodes]}}
    weights = {layer["config"]["name"]: [] for layer, _ in nodes} | {
        "convolution2d_1": [random("k", 3, 2, 2, 3), random("c", 3)],
        "batchnormalization_1": [random("gamma", 3), random("beta", 3), random("mean", 3), random("variance", 3) ** 2 + 0.5],
        "dense_1": [random("D", 81, 2)]}
    x = keras.Input((6, 6, 2))
    hidden = L.Conv2D(3, (3, 2), padding="same", activation="relu", kernel_constraint=keras.constraints.MaxNorm(2, 0), bias_constraint="non_neg")(x)
    # The fused computation of TensorFlow moves another variance, that of a sample.
    hidden = L.BatchNormalization(momentum=0.9, fused=False)(hidden)
    a, b = L.MaxPooling2D()(hidden), L.AveragePooling2D()(hidden)
    one = L.Add()([a, b])
    two = L.Multiply()([one, a])
    all = L.Concatenate()([L.Concatenate()([one, two]), L.Maximum()([two, L.Average()([two, b])])])
    model = keras.Model(x, L.Dense(2, use_bias=False)(L.Flatten()(all)))
    convert(model, weights)
    moments = slots(model, "moment")
    model.compile(O.SGD(0.003, momentum=0.9, nesterov=True, decay=0.05), "mse")
    model.optimizer._create_all_weights(model.trainable_weights)
    model.optimizer.set_weights([np.array(7), *moments])
    write(
        name, None, model1, weights, training("SGD", lr=0.003, momentum=0.9, decay=0.05, nesterov=True),
        [np.float32(7), *moments])
    rng = np.random.default_rng(2)
    remember(name, model, rng.standard_normal((10, 6, 6, 2)).astype("f4"), rng.standard_normal((10, 2)).astype("f4"))


def steps():
    """Convolutions over sequences, and wrappers."""
    name = "keras1_steps"
    convolution = {
        "nb_filter": 4, "filter_length": 3, "init": "uniform", "activation": "linear", "border_mode": "valid", "subsample_length": 2,
        "W_regularizer": None, "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None, "bias": True,
        "input_dim": 3, "input_length": 9}
    config = [
        layer1("Convolution1D", "convolution1d_1", **convolution, **first(9, 3)),
        layer1("TimeDistributed", "timedistributed_1", layer=layer1("Dense", "dense_1", **weighted(5, activation="relu"))),
        layer1("TimeDistributedDense", "timedistributeddense_1", **weighted(4), input_length=None),
        layer1("Bidirectional", "bidirectional_1", merge_mode="concat", layer=layer1(
            "LSTM", "lstm_1", **recurrent(3, inner_activation="hard_sigmoid", forget_bias_init="one"))),
        layer1("RepeatVector", "repeatvector_1", n=2),
        layer1("Permute", "permute_1", dims=[2, 1]),
        layer1("Reshape", "reshape_1", target_shape=[3, 4]),
    ]
    weights = {
        "convolution1d_1": [random("k1", 3, 1, 3, 4), random("b1", 4)], "timedistributed_1": [random("t", 4, 5), random("tb", 5)],
        "timedistributeddense_1": [random("td", 5, 4), random("tdb", 4)],
        "bidirectional_1": gates("f", 4, 3, 4) + gates("w", 4, 3, 4), "repeatvector_1": [], "permute_1": [], "reshape_1": []}
    model = keras.Sequential([
        L.Conv1D(4, 3, strides=2, input_shape=(9, 3)), L.TimeDistributed(L.Dense(5, "relu")), L.Dense(4),
        L.Bidirectional(L.LSTM(3, recurrent_activation="hard_sigmoid")), L.RepeatVector(2), L.Permute((2, 1)), L.Reshape((3, 4))])
    convert(model, weights)
    write(name, "1.1.0", {"class_name": "Sequential", "config": config, "keras_version": "1.1.0"}, weights)
    remember(name, model, np.random.default_rng(3).standard_normal((6, 9, 3)).astype("f4"))
    # The kernel of the first versions, and of Theano, whose convolutions mirror it.
    old = weights | {"convolution1d_1": [np.transpose(weights["convolution1d_1"][0], (3, 2, 0, 1)), weights["convolution1d_1"][1]]}
    write("keras1_steps_old", None, {"class_name": "Sequential", "config": config}, old)
    mirrored = weights | {"convolution1d_1": [weights["convolution1d_1"][0][::-1], weights["convolution1d_1"][1]]}
    write("keras1_steps_theano", "1.2.2", {"class_name": "Sequential", "config": config}, mirrored, backend="theano")
    known.update({f"{other}/{key}": known[f"{name}/{key}"] for other in ("keras1_steps_old", "keras1_steps_theano") for key in ("x", "predictions")})


def cudnn():
    """Recurrences for a GPU, whose weights have a form of their own."""
    name = "keras2_cudnn"

    def cell(class_name, own, units, **arguments):
        config = {
            "name": own, "trainable": True, "return_sequences": False, "return_state": False, "go_backwards": False, "stateful": False,
            "units": units, "kernel_initializer": {"class_name": "VarianceScaling", "config": {
                "scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}},
            "recurrent_initializer": {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}},
            "bias_initializer": {"class_name": "Zeros", "config": {}}, "kernel_regularizer": None, "recurrent_regularizer": None,
            "bias_regularizer": None, "activity_regularizer": None, "kernel_constraint": None, "recurrent_constraint": None,
            "bias_constraint": None}
        if class_name == "CuDNNLSTM":
            config["unit_forget_bias"] = True
        return {"class_name": class_name, "config": config | arguments}

    def arrays(own, inputs, units, count):
        return [random(own + "k", inputs, count * units), random(own + "r", units, count * units), random(own + "b", 2 * count * units)]

    config = [
        cell("CuDNNLSTM", "cu_dnnlstm_1", 4, return_sequences=True, batch_input_shape=[None, 6, 3], dtype="float32"),
        cell("CuDNNGRU", "cu_dnngru_1", 5, return_sequences=True),
        {"class_name": "Bidirectional", "config": {
            "name": "bidirectional_1", "trainable": True, "merge_mode": "concat",
            "layer": cell("CuDNNLSTM", "cu_dnnlstm_2", 2, return_sequences=True)}},
        {"class_name": "Bidirectional", "config": {
            "name": "bidirectional_2", "trainable": True, "merge_mode": "sum", "layer": cell("CuDNNGRU", "cu_dnngru_2", 3)}},
    ]
    weights = {
        "cu_dnnlstm_1": arrays("a", 3, 4, 4), "cu_dnngru_1": arrays("b", 4, 5, 3),
        "bidirectional_1": arrays("c", 5, 2, 4) + arrays("d", 5, 2, 4), "bidirectional_2": arrays("e", 4, 3, 3) + arrays("f", 4, 3, 3)}
    model = keras.Sequential([
        L.LSTM(4, return_sequences=True, input_shape=(6, 3)), L.GRU(5, return_sequences=True),
        L.Bidirectional(L.LSTM(2, return_sequences=True)), L.Bidirectional(L.GRU(3), "sum")])
    convert(model, weights, "2")
    # As a layer of another model, too.
    x = np.random.default_rng(4).standard_normal((5, 6, 3)).astype("f4")
    own = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": config}}
    write(name, "2.2.4", own, weights, backend="tensorflow")
    outer = {"class_name": "Sequential", "config": {"name": "sequential_2", "layers": [own]}}
    write(name + "_nested", "2.2.4", outer, {"sequential_1": [a for arrays in weights.values() for a in arrays]}, backend="tensorflow")
    for key in (name, name + "_nested"):
        remember(key, model, x)


def decays():
    """Optimizers of Keras 2.2 whose rate decays, in the middle of a training."""
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((10, 3)).astype("f4"), rng.standard_normal((10, 2)).astype("f4")
    optimizers = {
        "sgd": (O.SGD, {"lr": 0.05, "momentum": 0.5, "decay": 0.2, "nesterov": False}, 1),
        "adam": (O.Adam, {"lr": 0.03, "beta_1": 0.8, "beta_2": 0.99, "decay": 0.1, "epsilon": 1e-3, "amsgrad": False}, 2),
        "amsgrad": (O.Adam, {"lr": 0.03, "beta_1": 0.8, "beta_2": 0.99, "decay": 0.1, "epsilon": 1e-3, "amsgrad": True}, 3),
    }
    for key, (make, config, count) in optimizers.items():
        name = "keras2_decay_" + key
        layers = [
            {"class_name": "Dense", "config": {
                "name": f"dense_{index}", "trainable": True, "units": units, "activation": activation, "use_bias": True}
                | ({"batch_input_shape": [None, 3], "dtype": "float32"} if index == 1 else {})}
            for index, (units, activation) in enumerate([(4, "tanh"), (2, "linear")], 1)]
        weights = {
            "dense_1": [random(key + "1", 3, 4), random(key + "2", 4)], "dense_2": [random(key + "3", 4, 2), random(key + "4", 2)]}
        model = keras.Sequential([L.Dense(4, "tanh", input_shape=(3,)), L.Dense(2)])
        convert(model, weights, "2")
        arguments = {name: value for name, value in config.items() if name != "lr"}
        model.compile(make(config["lr"], **arguments), "mse")
        model.optimizer._create_all_weights(model.trainable_weights)
        state = [np.int64(4)] + [np.abs(a) for slot in range(count) for a in slots(model, f"{key}{slot}")]
        model.optimizer.set_weights(state)
        if key == "adam":
            # What Keras 2.2 saves in place of the largest squares.
            state = state + [np.zeros(1, "f4")] * 4
        write(
            name, "2.2.4", {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": layers}}, weights,
            training(make.__name__, **config), state, "tensorflow")
        remember(name, model, x, y)


def calls():
    """Layers that are called as in training, or as in inference, whatever the model does."""
    name = "keras2_calls"
    x = keras.Input((4,))
    inner_x = keras.Input((4,))
    inner = keras.Model(inner_x, L.BatchNormalization(momentum=0.5)(L.Dropout(0.5)(L.Dense(4)(inner_x))), name="inner")
    hidden = L.BatchNormalization(momentum=0.5)(inner(x, training=False), training=False)
    model = keras.Model(x, L.Dense(2)(L.Dropout(0.5)(L.Dense(5, "tanh")(hidden), training=False)))
    for index, w in enumerate(model.weights):
        w.assign(random(f"call{index}", *w.shape) ** (2 if "variance" in w.name else 1) + ("variance" in w.name))
    rng = np.random.default_rng(6)
    data = rng.standard_normal((10, 4)).astype("f4")
    model.compile(keras.optimizers.SGD(0.05), "mse")
    model.save(os.path.join(FOLDER, name + ".h5"))
    model.save(os.path.join(FOLDER, name + ".keras"))
    remember(name, model, data, rng.standard_normal((10, 2)).astype("f4"))
    # Dropout in prediction, whose mask is random: an element is 0 or doubled.
    dropping = keras.Model(x, L.Dropout(0.5)(x, training=True))
    dropping.save(os.path.join(FOLDER, "keras2_dropping.h5"))


def normalizing():
    """Normalizations by the statistics of each batch in prediction too, but for one that is frozen. Keras 2 moves the moving statistics in
    prediction as well, so the training begins from the file."""
    name = "keras2_normalizing"
    x = keras.Input((3, 4))
    hidden = L.BatchNormalization(momentum=0.5)(L.Dense(5, "tanh")(x), training=True)
    frozen = L.BatchNormalization(trainable=False)
    model = keras.Model(x, L.Dense(2)(L.Flatten()(frozen(hidden, training=True))))
    for index, w in enumerate(model.weights):
        w.assign(random(f"normalizing{index}", *w.shape) ** (2 if "variance" in w.name else 1) + ("variance" in w.name))
    rng = np.random.default_rng(8)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    file = os.path.join(FOLDER, name + ".h5")
    model.save(file)
    # More than a batch of prediction.
    data, targets = rng.standard_normal((42, 3, 4)).astype("f4"), rng.standard_normal((42, 2)).astype("f4")
    remember(name, model, data)
    predictions = known[f"{name}/predictions"]
    known[f"{name}/evaluation"] = np.array([keras.models.load_model(file).evaluate(data, targets, verbose=0)], "f4")
    remember(name, keras.models.load_model(file), data, targets)
    known[f"{name}/predictions"] = predictions


def precision():
    """A model in mixed precision, trained."""
    keras.mixed_precision.set_global_policy("mixed_float16")
    model = keras.Sequential([L.Dense(4, "tanh", input_shape=(3,)), L.Dense(2, dtype="float64")], name="mixed")
    rng = np.random.default_rng(7)
    x, y = rng.standard_normal((8, 3)).astype("f4"), rng.standard_normal((8, 2)).astype("f4")
    model.compile("adam", "mse", ["mae"])
    model.fit(x, y, verbose=0)
    model.save(os.path.join(FOLDER, "keras2_mixed.h5"))
    model.save(os.path.join(FOLDER, "keras2_mixed.keras"))
    known["keras2_mixed/x"], known["keras2_mixed/predictions"] = x, model.predict(x, verbose=0).astype("f4")
    keras.mixed_precision.set_global_policy("float32")


os.makedirs(FOLDER, exist_ok=True)
for make in (words, images, steps, cudnn, decays, calls, normalizing, precision):
    make()
np.savez(os.path.join(FOLDER, "known.npz"), **known)
