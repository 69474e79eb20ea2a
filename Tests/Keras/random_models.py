"""Random models of every layer, activation, initializer, regularizer, constraint, loss, optimizer, schedule and metric that there is."""

import keras
import numpy as np

L, I, O, R, C, S = (
    keras.layers, keras.initializers, keras.optimizers, keras.regularizers, keras.constraints, keras.optimizers.schedules)

# Of an element; those whose derivative follows from the output are what a recurrent layer computes fastest.
OF_OUTPUT = ["linear", "relu", "relu6", "selu", "softplus", "softsign", "tanh", "sigmoid", "hard_sigmoid", "hard_tanh", "log_sigmoid"]
OF_ELEMENT = OF_OUTPUT + [
    "silu", "swish", "exponential", "mish", "leaky_relu", "elu", "celu", "soft_shrink", "hard_shrink", "squareplus", "gelu", "hard_silu",
    "hard_swish", "tanh_shrink", "sparse_plus", "sparse_sigmoid",
]
# Keras's sparsemax is wrong up to 3.15 (keras-team/keras#23425), and glu halves its input.
ACTIVATIONS = OF_ELEMENT + ["softmax", "log_softmax"]


class Draw:
    """Choices that follow from a seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def one(self, values):
        return values[self.whole(0, len(values) - 1)]

    def yes(self, probability=0.5):
        return bool(self.rng.random() < probability)

    def real(self, low, high):
        return round(float(self.rng.uniform(low, high)), 3)

    def activation(self, names=ACTIVATIONS):
        kind = self.whole(0, 9) if names is not OF_OUTPUT else 9
        if kind == 0:
            return L.LeakyReLU(negative_slope=self.real(0.01, 0.5))
        if kind == 1:
            return L.ELU(alpha=self.real(0.1, 2))
        return self.one(names + [None])

    def initializer(self):
        seed = self.whole(0, 9) if self.yes() else None
        return self.one([
            "glorot_uniform", "he_normal", "lecun_uniform", "zeros", "ones", I.Constant(self.real(-1, 1)),
            I.RandomNormal(self.real(-1, 1), self.real(0.01, 0.2), seed=seed), I.TruncatedNormal(stddev=self.real(0.01, 0.2), seed=seed),
            I.RandomUniform(-0.1, self.real(0, 0.3), seed=seed),
            I.VarianceScaling(
                self.real(0.1, 3), self.one(["fan_in", "fan_out", "fan_avg"]),
                self.one(["truncated_normal", "untruncated_normal", "uniform"]), seed=seed,
                **self.one([{}, {"input_axes": [0], "output_axes": [-1]}])),
        ])

    def rules(self, *weights):
        """Regularizers and constraints of some weights."""
        drawn = {}
        for weight in weights:
            if self.yes(0.2):
                drawn[weight + "_regularizer"] = self.one([
                    "l1", "l2", R.L1(self.real(0, 0.1)), R.L2(self.real(0, 0.1)), R.L1L2(self.real(0, 0.1), self.real(0, 0.1))])
            if self.yes(0.2):
                axis = self.one([0, -1, [0]])
                drawn[weight + "_constraint"] = self.one([
                    "max_norm", "non_neg", C.MaxNorm(self.one([2, self.real(0.1, 3)]), axis), C.UnitNorm(axis),
                    C.MinMaxNorm(self.real(0, 0.5), self.real(0.5, 2), self.real(0.1, 1), axis)])
        return drawn

    def schedule(self):
        rate, steps = self.one([1.0, self.real(0.01, 0.5)]), self.whole(1, 100)
        return self.one([
            lambda: S.ExponentialDecay(rate, steps, self.real(0.5, 1), staircase=self.yes()),
            lambda: S.InverseTimeDecay(rate, steps, self.real(0.5, 1), staircase=self.yes()),
            lambda: S.PiecewiseConstantDecay([steps, steps + 5], [rate, 1.0, self.real(0, 0.1)]),
            lambda: S.PolynomialDecay(rate, steps, end_learning_rate=self.real(0, 0.01), power=self.one([1.0, 0.5]), cycle=self.yes()),
            lambda: S.CosineDecay(rate, steps, alpha=self.real(0, 0.5)),
            lambda: S.CosineDecay(0.0, steps, warmup_target=rate, warmup_steps=self.whole(0, 20)),
            lambda: S.CosineDecayRestarts(rate, steps, t_mul=self.one([1.0, 2.0, 1.5]), m_mul=self.real(0.5, 1), alpha=self.real(0, 0.1)),
        ])()

    def dense(self, units=None, **arguments):
        arguments = {"activation": self.activation()} | self.rules("kernel", "bias") | arguments
        return L.Dense(
            units or self.whole(1, 40), use_bias=self.yes(0.8), kernel_initializer=self.initializer(),
            bias_initializer=self.initializer(), **arguments)

    def normalization(self):
        if self.yes(0.3):
            return L.LayerNormalization(
                self.one([-1, [-1]]), epsilon=self.real(0.001, 0.1), center=self.yes(0.8), scale=self.yes(0.8),
                rms_scaling=self.yes(0.1), **self.rules("beta", "gamma"))
        return L.BatchNormalization(
            momentum=self.real(0.5, 1), epsilon=self.real(0.001, 0.1), center=self.yes(0.8), scale=self.yes(0.8),
            renorm=self.yes(0.2), renorm_clipping=self.one([None, {"rmax": self.real(1, 3), "dmax": 5.0}]),
            renorm_momentum=self.real(0.5, 1), **self.rules("beta", "gamma"))

    def pointwise(self):
        """A layer that keeps the shape of its input."""
        return self.one([
            lambda: L.ReLU(self.one([None, self.real(0.5, 6)]), self.one([0.0, self.real(0, 0.5)]), self.one([0.0, self.real(0, 1)])),
            lambda: L.LeakyReLU(self.real(0, 0.5)), lambda: L.ELU(self.real(0.1, 2)), L.Identity, L.Softmax, L.UnitNormalization,
            lambda: L.PReLU(self.initializer(), **self.rules("alpha")), lambda: L.RMSNormalization(epsilon=self.real(0.001, 0.1)),
            lambda: L.GroupNormalization(
                self.one([1, -1]), epsilon=self.real(0.001, 0.1), center=self.yes(0.8), scale=self.yes(0.8), **self.rules("beta", "gamma")),
            lambda: L.Rescaling(self.real(0.1, 2), self.real(-1, 1)),
            lambda: L.Normalization(axis=self.one([-1, None]), invert=self.yes()),
            lambda: L.Normalization(axis=-1, mean=self.real(-1, 1), variance=self.real(0.1, 2), invert=self.yes()),
        ])()

    def dense_model(self):
        layers = [keras.Input((self.whole(1, 30),))]
        if self.yes(0.2):
            layers.append(L.Normalization(self.one([-1, None]), invert=self.yes(0.3)))
        elif self.yes(0.1):
            layers += [
                L.Discretization([-0.5, self.real(-0.4, 0.4), 0.5], output_mode=self.one(["multi_hot", "count", "one_hot"])), L.Flatten()]
        for _ in range(self.whole(1, 4)):
            layers.append(L.SpectralNormalization(self.dense(), self.whole(1, 3)) if self.yes(0.1) else self.dense())
            if self.yes(0.3):
                layers.append(self.normalization())
            if self.yes(0.3):
                layers.append(L.Dropout(self.real(0, 0.9), seed=self.one([None, 3])))
            if self.yes(0.2):
                layers.append(L.Activation(self.one(ACTIVATIONS)))
            if self.yes(0.3):
                layers.append(self.pointwise())
        if self.yes(0.2):
            units = self.whole(1, 6)
            layers += [L.Dense(4 * units), L.Reshape(self.one([(4, units), (-1, 2), (2, -1, 2)])), self.dense()]
            if self.yes(0.3):
                layers.append(L.Permute([int(axis) + 1 for axis in self.rng.permutation(len(layers[-2].target_shape))]))
            if self.yes():
                layers.append(L.Flatten())
        elif self.yes(0.2):
            layers += [L.RepeatVector(self.whole(1, 4)), self.dense()]
        return layers

    def picture(self):
        """A layer that prepares pictures, or changes them in training alone."""
        # Not RandomBrightness, RandomPosterization, RandomSharpness and Solarization, which Keras 3.15 cannot write to .h5,
        # nor Equalization, of which it cannot make a model.
        factor, fill = self.real(0, 0.5), self.one(["constant", "reflect", "wrap", "nearest"])
        values = {"value_range": (-4, self.real(3, 5))}
        return self.one([
            lambda: L.Resizing(
                self.whole(4, 14), self.whole(4, 14), interpolation=self.one(["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]),
                antialias=self.yes(), **self.one([{}, {"crop_to_aspect_ratio": True}, {"pad_to_aspect_ratio": True, "fill_value": factor}])),
            lambda: L.CenterCrop(self.whole(4, 14), self.whole(4, 14)), lambda: L.AutoContrast(**values),
            lambda: L.ContrastLimitedAdaptiveHistogramEqualization(**values, clip_limit=self.real(0, 5), tile_grid_size=(2, 3)),
            lambda: L.RandomFlip(self.one(["horizontal", "vertical", "horizontal_and_vertical"]), seed=self.one([None, 3])),
            lambda: L.RandomRotation(factor, fill_mode=fill), lambda: L.RandomTranslation(factor, (-0.2, 0.1), fill_mode=fill, fill_value=factor),
            lambda: L.RandomZoom(factor, self.one([None, (-0.1, 0.2)]), interpolation="nearest"),
            lambda: L.RandomShear((0.1, 0.3), (0.0, factor)), lambda: L.RandomPerspective(factor, self.real(0, 1)),
            lambda: L.RandomContrast(factor, **values), lambda: L.RandomInvert(factor, **values),
            lambda: L.RandomErasing(factor, scale=(0.1, 0.3), fill_value=self.one([None, 1.5])),
            lambda: L.RandomGaussianBlur(factor, kernel_size=(3, 5), **values), lambda: L.RandomElasticTransform(factor, scale=(0.1, 0.5)),
            lambda: L.MixUp(factor + 0.1, seed=self.one([None, 3])), lambda: L.CutMix((0.1, factor + 0.2)), lambda: L.MaxNumBoundingBoxes(3),
        ])()

    def image_model(self):
        height, width = self.whole(5, 12), self.whole(5, 12)
        self.sizes = [height, width]
        layers = [keras.Input((height, width, self.whole(1, 4)))]
        if self.yes(0.3):
            layers.append(self.picture())
        for _ in range(self.whole(1, 3)):
            if len(layers) > 1:
                height, width = keras.Sequential(layers).output_shape[1:3]
            if min(height, width) >= 2 and self.yes(0.3):
                if self.yes(0.3):
                    layers.append(self.one([
                        L.ZeroPadding2D(self.one([1, (0, 2), ((1, 0), (2, 1))])), L.Cropping2D(((0, 1), (0, 0))),
                        L.UpSampling2D((1, 2), interpolation=self.one(["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]))]))
                pool = self.one([L.MaxPooling2D, L.AveragePooling2D])
                size = (self.whole(1, 2), self.whole(1, 2))
                layers.append(pool(size, strides=self.one([None, 1, (2, 1)]), padding=self.one(["valid", "same"])))
            else:
                kernel = (self.whole(1, min(4, height)), self.whole(1, min(4, width)))
                strides, dilation = ((self.whole(1, 3), self.whole(1, 3)), 1) if self.yes() else (1, (self.whole(1, 2), self.whole(1, 2)))
                padding = "same" if dilation != 1 else self.one(["valid", "same"])
                layers.append(
                    self.convolution(
                        2, layers[0].shape[-1] if len(layers) == 1 else keras.Sequential(layers).output_shape[-1], kernel, strides=strides,
                        dilation_rate=dilation, padding=padding))
            if self.yes(0.3):
                layers.append(self.normalization())
        layers += self.one([
            [L.Flatten()], [self.one([L.AdaptiveAveragePooling2D, L.AdaptiveMaxPooling2D])(1), L.Flatten()], [L.GlobalAveragePooling2D()], [L.GlobalMaxPooling2D()],
            [L.GlobalMaxPooling2D(keepdims=True), L.Flatten()], [L.GlobalAveragePooling2D(keepdims=True)],
        ])
        if not isinstance(layers[-1], L.Flatten) and self.yes(0.3):
            layers[0] = keras.Input((None, None, layers[0].shape[-1]))
        return layers

    def convolution(self, rank, channels, kernel, strides=1, dilation_rate=1, **arguments):
        """A convolution of some kind over one, two or three dimensions."""
        arguments |= {"strides": strides, "activation": self.activation(OF_ELEMENT), "use_bias": self.yes(0.8)}
        # Only some Kerases take both for a transposed one.
        kinds = ["Conv"] * 3 + ["groups"] + ["transposed"] * (dilation_rate == 1) + ["depthwise", "separable"] * (rank < 3)
        kind = self.one(kinds)
        if kind == "transposed":
            return getattr(L, f"Conv{rank}DTranspose")(
                self.whole(1, 6), kernel, kernel_initializer=self.initializer(), **arguments, **self.rules("kernel", "bias"))
        arguments["dilation_rate"] = dilation_rate
        if kind == "depthwise":
            return getattr(L, f"DepthwiseConv{rank}D")(
                kernel, depth_multiplier=self.whole(1, 3), depthwise_initializer=self.initializer(), **arguments,
                **self.rules("depthwise", "bias"))
        if kind == "separable":
            return getattr(L, f"SeparableConv{rank}D")(
                self.whole(1, 6), kernel, depth_multiplier=self.whole(1, 3), pointwise_initializer=self.initializer(), **arguments,
                **self.rules("depthwise", "pointwise", "bias"))
        groups = self.one([g for g in range(1, channels + 1) if channels % g == 0]) if kind == "groups" else 1
        return getattr(L, f"Conv{rank}D")(
            groups * self.whole(1, 8 if groups == 1 else 3), kernel, groups=groups, kernel_initializer=self.initializer(), **arguments,
            **self.rules("kernel", "bias"))

    def volume_model(self):
        sizes = [self.whole(3, 6) for _ in range(3)]
        layers = [keras.Input((*sizes, self.whole(1, 3)))]
        for _ in range(self.whole(1, 2)):
            sizes = layers[0].shape[1:] if len(layers) == 1 else keras.Sequential(layers).output_shape[1:]
            padding = self.one(["valid", "same"])
            window = tuple(self.whole(1, min(2, size)) for size in sizes[:3])
            if self.yes(0.2):
                # The frames of a volume are images in time.
                layers.append(
                    L.ConvLSTM2D(
                        self.whole(1, 5), self.one([1, 2, 3]), padding="same", return_sequences=True, go_backwards=self.yes(0.3),
                        activation=self.one(["tanh", "gelu"]), dropout=self.one([0.0, 0.2]), **self.rules("kernel", "recurrent")))
            elif self.yes(0.3):
                pool = self.one([L.MaxPooling3D, L.AveragePooling3D])
                layers.append(pool(window, strides=self.one([None, 1]), padding=padding))
            else:
                strides = self.one([1, (1, 2, 2)])
                layers.append(self.convolution(3, sizes[3], window, strides=strides, padding=padding))
        return layers + [self.one([L.Flatten, L.GlobalAveragePooling3D, L.GlobalMaxPooling3D, lambda: L.AdaptiveAveragePooling3D(1)])()]

    def sequence_model(self):
        time = self.one([None, self.whole(1, 7)])
        # States that go from batch to batch need batches of one size.
        self.batch = self.one([None, None, None, self.whole(1, 5)])
        if self.yes():
            self.words = self.whole(2, 20)
            embedding = self.one([L.Embedding, L.Embedding, L.ReversibleEmbedding])(
                self.words, self.whole(1, 12), mask_zero=self.yes(0.4), **self.rules("embeddings"))
            layers = [keras.Input((time,), self.batch, dtype=self.one(["int32", "float32"])), embedding]
        else:
            layers = [keras.Input((time, self.whole(1, 6)), self.batch)] + ([L.Masking(self.real(-1, 1))] if self.yes(0.3) else [])
        if self.yes(0.3):
            if self.yes(0.6):
                layers.append(
                    L.Conv1D(
                        self.whole(1, 9), self.whole(1, 3), strides=self.whole(1, 2), padding=self.one(["same", "causal"]),
                        use_bias=self.yes(0.8), **self.rules("kernel", "bias")))
            else:
                channels = layers[-1].shape[-1] if len(layers) == 1 else keras.Sequential(layers).output_shape[-1]
                layers.append(self.convolution(1, channels, self.whole(1, 3), strides=self.whole(1, 2), padding="same"))
        if not getattr(layers[1] if len(layers) > 1 else None, "mask_zero", False) and self.yes(0.3):
            layers += [L.ZeroPadding1D((2, self.whole(0, 2))), L.UpSampling1D(2)]
            layers.append(self.one([
                L.MaxPooling1D(2, padding=self.one(["valid", "same"])), L.AveragePooling1D(2, strides=1), L.Cropping1D((1, 0))]))
        recurrent = self.whole(1, 2)
        for number in range(recurrent):
            if self.yes(0.2):
                layers.append(self.steps())
            layers.append(self.recurrent(number < recurrent - 1 or self.yes(0.2)))
            if self.yes(0.2):
                layers.append(self.normalization())
        return layers

    def steps(self):
        """A layer for each step of a sequence."""
        if self.yes(0.2):
            return L.TimeDistributed(keras.Sequential([self.dense(), self.normalization()]))
        layer = L.TimeDistributed(self.one([self.dense, self.normalization, lambda: L.Dropout(self.real(0, 0.9))])())
        layer.layer.trainable = self.yes(0.8)
        return layer

    def recurrent(self, return_sequences):
        """A recurrent layer that goes one way, or both."""
        if self.yes(0.6):
            return self.one_way(return_sequences, self.yes(0.3))
        if self.yes(0.7):
            layer = L.Bidirectional(self.one_way(return_sequences, False), self.one(["concat", "sum", "mul", "ave"]))
        else:
            # Keras takes both for equally wide.
            units = self.whole(1, 20)
            layer = L.Bidirectional(
                self.one_way(return_sequences, False, units, False), backward_layer=self.one_way(return_sequences, True, units, False))
        for part in (layer.forward_layer, layer.backward_layer):
            part.trainable = self.yes(0.9)
        return layer

    def one_way(self, return_sequences, go_backwards, units=None, may_be_stateful=True):
        options = {
            "go_backwards": go_backwards, "return_sequences": return_sequences, "zero_output_for_mask": self.yes(0.2),
            "stateful": self.batch is not None and may_be_stateful and self.yes()}
        units = units or self.whole(1, 20)
        if self.yes(0.2):
            return L.RNN(self.cell(units), **options)
        if self.yes(0.1):
            return L.RNN([self.cell(self.whole(1, 9)), self.cell(units)], **options)
        kind = self.cell_kind()
        return getattr(L, kind)(units, **options, **self.cell_options(kind))

    def cell_kind(self):
        return self.one(["LSTM", "GRU", "SimpleRNN"])

    def cell(self, units):
        kind = self.cell_kind()
        return getattr(L, kind + "Cell")(units, **self.cell_options(kind))

    def cell_options(self, kind):
        """Arguments of a cell, and of a layer with it."""
        options = {
            "activation": self.one(["tanh", "tanh"] + OF_OUTPUT[:8] + ["gelu", "silu"]), "use_bias": self.yes(0.8),
            "dropout": self.one([0.0, 0.0, self.real(0, 0.5)]), "recurrent_dropout": self.one([0.0, 0.0, self.real(0, 0.5)]),
        } | self.rules("kernel", "recurrent", "bias")
        if kind != "SimpleRNN":
            # Gates without a bound would let the states grow beyond all numbers.
            options["recurrent_activation"] = self.one(["sigmoid", "sigmoid", "hard_sigmoid", "sparse_sigmoid"])
        if kind == "LSTM":
            options["unit_forget_bias"] = self.yes()
        if kind == "GRU":
            options["reset_after"] = self.yes(0.6)
        return options

    def translation(self):
        """An encoder whose states a decoder begins with, and a cell that takes a step of its own."""
        time, units, kind = self.whole(1, 5), self.whole(1, 9), self.cell_kind()
        inputs = keras.Input((time, self.whole(1, 6)))

        def layer():
            layer = getattr(L, kind)(units, return_state=True, **self.cell_options(kind))
            return L.Bidirectional(layer, merge_mode=self.one(["concat", "sum"])) if is_bidirectional else layer

        is_bidirectional = self.yes(0.3)
        _, *states = layer()(inputs)
        decoder = layer() if is_bidirectional or self.yes() else L.RNN(getattr(L, kind + "Cell")(units), return_state=True)
        output, *states = decoder(self.dense(self.whole(1, 5))(inputs), initial_state=states)
        if not is_bidirectional and self.yes(0.3):
            output, _ = getattr(L, kind + "Cell")(units, **self.cell_options(kind))(output, states)
        return inputs, L.Concatenate()([output, self.one(states)]) if self.yes() else output

    def branches(self):
        """Layers of one width in branches of different lengths, which come together."""
        width = self.whole(1, 12)
        inputs = keras.Input((self.whole(1, 10),), name=self.one([None, "features"]))
        tensors = [self.dense(width)(inputs)]
        for _ in range(self.whole(2, 8)):
            kind = self.whole(0, 6)
            if kind == 6:
                dot = L.Dot(self.one([1, -1, [1, 1]]), normalize=self.yes())([self.one(tensors), self.one(tensors)])
                tensors.append(L.Multiply()([dot, self.einsum("ab,bc->ac", width, "c")(self.one(tensors))]))
            elif kind == 4:
                tensors.append(self.operation(self.one(tensors), self.one(tensors)))
            elif kind == 0:
                count = min(self.whole(2, 3), len(tensors))
                if count < 2:
                    continue
                chosen = self.rng.choice(len(tensors), count, replace=False)
                tensors.append(self.merge(width, [tensors[i] for i in chosen]))
            elif kind == 1:
                tensors.append(self.normalization()(self.one(tensors)))
            else:
                tensors.append(self.dense(width)(self.one(tensors)))
        # Whatever leads nowhere yet.
        used = {id(t) for tensor in tensors for t in tensor._keras_history.operation._inbound_nodes[0].input_tensors}
        ends = [t for t in tensors if id(t) not in used]
        return inputs, ends[0] if len(ends) == 1 else L.Add()([ends[i] for i in self.rng.permutation(len(ends))])

    def operation(self, a, b):
        """What operations of Keras's make of two tensors of one width, or of one of them."""
        ops = keras.ops
        return self.one([
            lambda: a + b, lambda: a * self.real(-2, 2), lambda: 1 - a, lambda: a / (ops.abs(b) + 1), lambda: -ops.tanh(a),
            lambda: ops.maximum(a, b), lambda: ops.minimum(0.5, a), lambda: ops.sqrt(ops.square(a) + 0.1), lambda: ops.clip(a, -1, 1),
            lambda: a - ops.mean(a, axis=-1, keepdims=True), lambda: a * ops.max(b, axis=1, keepdims=True),
            # Not ops.concatenate, which looks like the layer in .h5 files, and no subscripts, which Keras cannot read from its own.
            lambda: ops.squeeze(ops.expand_dims(a, 1), 1),
            lambda: ops.sum(ops.stack([a, b], axis=1), axis=1), lambda: ops.flip(a, -1), lambda: ops.reshape(a, (-1, a.shape[-1])),
            lambda: ops.squeeze(ops.matmul(ops.expand_dims(a, 1), ops.expand_dims(b, 2)), 2) * a, lambda: ops.softmax(a),
            lambda: ops.leaky_relu(ops.exp(ops.minimum(a, 1.0)) - 1.0, 0.3), lambda: a**2,
            # A bound that no element meets, because Keras and Lockstep round differently.
            lambda: ops.where(a > 0.1234, a, b * 0.5), lambda: a * np.linspace(-1, 1, a.shape[-1], dtype="f4"), lambda: ops.sin(a) + ops.cos(b),
            lambda: ops.log1p(ops.square(a)) - ops.arctan(b), lambda: ops.erf(a), lambda: ops.logaddexp(a, b), lambda: ops.roll(a, 1, axis=-1),
            lambda: ops.cumsum(a, axis=-1) * 0.1,
            lambda: ops.matmul(a, np.eye(a.shape[-1], dtype="f4")[::-1].copy()), lambda: ops.normalize(a + 2.0, axis=-1),
            lambda: ops.tanh(ops.var(a, axis=-1, keepdims=True)) + b, lambda: ops.split(ops.tile(a, (1, 2)), 2, axis=-1)[1],
            lambda: ops.take(a, list(range(a.shape[-1]))[::-1], axis=-1), lambda: ops.logsumexp(ops.stack([a, b], axis=1), axis=1),
            lambda: ops.einsum("bi,bj->bi", a, b) * 0.1, lambda: ops.stop_gradient(a) * b,
        ])()

    def einsum(self, equation, output_shape, bias_axes):
        return L.EinsumDense(
            equation, output_shape, activation=self.activation(OF_ELEMENT), bias_axes=self.one([None, bias_axes]),
            kernel_initializer=self.initializer(), **self.rules("kernel"))

    def attention(self):
        """Attention of a sequence to itself and to another, with a residual."""
        time, width = self.whole(2, 6), self.whole(1, 8)
        inputs = keras.Input((time, width))
        other = self.dense(self.whole(1, 8))(inputs)

        def named():
            return {"use_causal_mask": self.yes()} if self.yes(0.3) else {}

        def dropout():
            return self.one([0.0, self.real(0, 0.5)])

        def attend(*tensors, **others):
            arguments = {
                "value_dim": self.one([None, self.whole(1, 6)]), "use_bias": self.yes(0.8), "dropout": dropout(),
                "use_gate": self.yes(0.2), "sliding_window": self.one([None, None, self.whole(1, 4)]),
                "kernel_initializer": self.initializer()} | self.rules("kernel", "bias")
            if self.yes(0.2):
                # An element that attends to nothing gets the mean in Keras's fused attention, else zero. Which one a value of another width
                # takes depends on the backend.
                arguments["value_dim"] = None
                others["attention_mask"] = L.Dense(time, "relu")(inputs)
            return L.MultiHeadAttention(self.whole(1, 4), self.whole(1, 6), **arguments)(*tensors, **others, **named())

        def group(tensor):
            heads = self.whole(1, 3)
            layer = L.GroupQueryAttention(
                self.whole(1, 4), heads * self.whole(1, 3), heads, dropout=dropout(), use_bias=self.yes(0.8), use_gate=self.yes(0.3),
                sliding_window=self.one([None, self.whole(1, 4)]), **self.rules("kernel", "bias"))
            return layer(tensor, L.ZeroPadding1D((0, 1))(tensor), **named())

        def sequence(tensor):
            layer = self.one([
                lambda: L.Attention(self.yes(), self.one(["dot", "concat"]), dropout()), lambda: L.AdditiveAttention(self.yes(), dropout())])()
            tensors = self.one([[tensor, inputs], [inputs, L.ZeroPadding1D((1, 0))(tensor)], [inputs, tensor, inputs]])
            if self.yes(0.7):
                return layer(tensors, **named())
            attended, scores = layer(tensors, return_attention_scores=True, **named())
            return L.Add()([attended, self.einsum("abc,cd->abd", (time, width), "d")(scores)])

        hidden = L.Add()([inputs, self.one([lambda: attend(inputs, inputs), lambda: group(inputs)])()])
        if self.yes(0.4):
            hidden = sequence(hidden)
        if self.yes(0.2):
            hidden = L.BatchNormalization(axis=1, center=self.yes(), scale=self.yes())(hidden)
        hidden = self.one([
            lambda: attend(hidden, other), lambda: attend(hidden, other, hidden), lambda: attend(hidden, value=other, key=other),
            lambda: self.einsum("...ab,bcd->...acd", (time, 2, 3), "ad")(hidden)])()
        return inputs, L.Flatten()(hidden)

    def nested(self, layers):
        """A part of a chain as a model in it, which may hold another one."""
        first = self.whole(1, len(layers) - 1)
        last = self.whole(first, len(layers) - 1)
        part = layers[first : last + 1]
        if self.yes():
            shape = layers[0].shape if first == 1 else keras.Sequential(layers[:first]).output_shape
            inputs = keras.Input(shape[1:], self.batch, dtype=layers[0].dtype if first == 1 else "float32")
            if self.yes(0.3):
                inner = self.nested([inputs] + part)
                part = inner[1:]
            if self.yes():
                model = keras.Sequential([inputs] + part)
            else:
                tensor = inputs
                for layer in part:
                    tensor = layer(tensor)
                model = keras.Model(inputs, tensor)
        else:
            model = keras.Sequential(part)
        return layers[:first] + [self.freeze(model)] + layers[last + 1 :]

    def nested_graph(self, inputs, tensor):
        """A graph as a model that is applied once, or twice to the same."""
        model = self.freeze(keras.Model(inputs, tensor))
        inputs = keras.Input(inputs.shape[1:])
        return inputs, model(inputs) if self.yes() else L.Add()([model(inputs), model(inputs)])

    def freeze(self, model):
        """A model of which layers may be frozen, or all. Keras forgets of layers within layers that they are, and of ConvLSTM2D."""
        others = (L.Wrapper, L.MultiHeadAttention, L.GroupQueryAttention, L.ConvLSTM1D, L.ConvLSTM2D, L.ConvLSTM3D, keras.Model)
        plain = [layer for layer in model.layers if not isinstance(layer, others)]
        if plain and self.yes(0.2):
            self.one(plain).trainable = False
        if len(plain) == len(model.layers) and self.yes(0.1):
            model.trainable = False
        return model

    def merge(self, width, tensors):
        """One tensor of the same width."""
        kinds = [L.Add, L.Multiply, L.Average, L.Maximum, L.Minimum] + ([L.Subtract] if len(tensors) == 2 else [])
        if self.yes(0.2):
            return self.dense(width)(L.Concatenate(axis=self.one([-1, 1]))(tensors))
        return self.one(kinds)()(tensors)

    def end(self):
        """An output layer and the losses that suit it."""
        columns = self.whole(2, 5)
        return self.one([
            (L.Dense(columns, "softmax"), ["categorical_crossentropy", keras.losses.CategoricalCrossentropy(label_smoothing=0.1)]),
            (L.Dense(columns, "softmax"), ["sparse_categorical_crossentropy", keras.losses.SparseCategoricalCrossentropy()]),
            (L.Dense(columns), [
                keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.losses.CategoricalCrossentropy(from_logits=True)]),
            (L.Dense(1, "sigmoid"), ["binary_crossentropy", keras.losses.BinaryCrossentropy(label_smoothing=0.2)]),
            (L.Dense(columns), ["mse", "mae", "mean_squared_error", keras.losses.MeanAbsoluteError(), keras.losses.mean_squared_error]),
        ])

    def optimizer(self):
        rate, steps = self.one([1.0, self.real(0.001, 0.5), self.schedule()]), self.one([None, None, self.whole(2, 5)])
        arguments = {"learning_rate": rate, "gradient_accumulation_steps": steps, "weight_decay": self.one([None, self.real(0.001, 0.1)])}
        if self.yes(0.3):
            arguments |= {
                "use_ema": True, "ema_momentum": self.real(0.1, 1), "ema_overwrite_frequency": self.one([None, self.whole(1, 9)])}
        clipping = self.one([None, "clipnorm", "clipvalue", "global_clipnorm"])
        if clipping:
            arguments[clipping] = self.one([1.0, self.real(0.1, 3)])
        # Not Nadam: the numbers that it remembers are random here, but one of them follows from the number of updates.
        return self.one([
            lambda: O.SGD(momentum=self.one([0.0, self.real(0.1, 1)]), nesterov=self.yes(), **arguments),
            lambda: O.RMSprop(rho=self.real(0.1, 1), momentum=self.one([0.0, self.real(0.1, 1)]), centered=self.yes(), **arguments),
            lambda: O.Adam(beta_1=self.real(0.1, 0.9), beta_2=self.real(0.1, 0.99), amsgrad=self.yes(), **arguments),
            lambda: O.AdamW(**{**arguments, "weight_decay": self.real(0.001, 0.1)}, amsgrad=self.yes()),
            lambda: O.Adamax(beta_1=self.real(0.1, 0.9), beta_2=self.real(0.1, 0.99), **arguments),
            lambda: O.Adagrad(initial_accumulator_value=self.real(0.1, 1), **arguments),
            lambda: O.Adadelta(rho=self.real(0.1, 1), **arguments),
            lambda: O.Ftrl(beta=self.one([0.0, self.real(0.1, 1)]), initial_accumulator_value=self.real(0.1, 1), **arguments),
            lambda: O.ScheduleFreeAdamW(beta_1=self.real(0.1, 0.9), warmup_steps=self.one([0, self.whole(1, 20)]), **arguments),
            lambda: O.Lamb(beta_1=self.real(0.1, 0.9), beta_2=self.real(0.1, 0.99), **arguments),
            lambda: O.Adafactor(beta_2_decay=self.real(-1, -0.1), clip_threshold=self.real(0.1, 2), relative_step=self.yes(), **arguments),
            lambda: O.Muon(
                # Not "^lstm": the paths of a named model begin with its name, until Keras loads it.
                exclude_layers=self.one([[], ["dense", "lstm"]]), rms_rate=self.one([None, self.real(0.1, 1)]),
                adam_weight_decay=self.one([None, self.real(0.001, 0.1)]), ns_steps=self.whole(1, 6), **arguments),
            lambda: O.Lion(beta_1=self.real(0.1, 0.9), beta_2=self.real(0.1, 0.99), **arguments),
            lambda: self.one([
                "sgd", "rmsprop", "adam", "adamw", "adamax", "adagrad", "adadelta", "ftrl", "lion", "schedulefreeadamw", "adafactor", "muon"]),
        ])()

    def metrics(self):
        known = [
            "accuracy", "mse", "mae", "mean_squared_error", "binary_accuracy", keras.metrics.MeanSquaredError(name="error"),
            keras.metrics.MeanAbsoluteError(), keras.metrics.categorical_accuracy,
        ]
        return self.one([None, ["acc"], [known[i] for i in self.rng.permutation(len(known))[: self.whole(1, 4)]]])

    def model(self):
        """A compiled model with weights of its own, and an optimizer that remembers something."""
        keras.backend.clear_session()
        self.words, self.batch, self.sizes = None, None, [self.whole(1, 7)]
        kind = self.one([
            self.dense_model, self.image_model, self.volume_model, self.sequence_model, self.branches, self.attention, self.translation])
        output, losses = self.end()
        if self.yes(0.2):
            # Before its weights take their paths from it, by which Muon chooses.
            output.name = "the last-layer.1"
        if kind in (self.branches, self.attention, self.translation):
            inputs, tensor = kind()
            if self.yes(0.3):
                inputs, tensor = self.nested_graph(inputs, tensor)
            model = keras.Model(inputs, output(tensor), name=self.one(["functional", "branches"]))
        else:
            layers = kind()
            if self.yes(0.3):
                layers = self.nested(layers)
            model = keras.Sequential(layers + [output], name=self.one(["sequential", "chain", "a b"]))
        model.set_weights([self.weights(v) for v in model.weights])
        for layer in model._flatten_layers():
            if isinstance(layer, L.Normalization):
                # It computes with copies of its weights.
                layer.finalize_state()
        model.compile(self.optimizer(), self.one(losses), metrics=self.metrics())
        if self.yes(0.9):
            model.optimizer.build(model.trainable_variables)
            # Behind the count of steps, and the learning rate where there is no schedule.
            for variable in model.optimizer.variables[1:]:
                # In place of averages that it does not keep, Adafactor has the whole number 0.
                if variable is model.optimizer._learning_rate or "int" in variable.dtype:
                    continue
                variable.assign(np.abs(self.rng.standard_normal(variable.shape)))
            # Gradients are accumulated between updates alone.
            steps = model.optimizer.gradient_accumulation_steps
            model.optimizer.variables[0].assign(self.whole(0, 1 << 20) if not steps else steps * self.whole(0, 1000) + 1)
        return model

    def weights(self, variable):
        if "int" in str(variable.dtype):
            return self.rng.integers(0, 1000, variable.shape)
        if any(name in variable.path for name in ("moving", "renorm", "gamma", "variance")):
            return self.rng.uniform(0.3, 2, variable.shape)
        return self.rng.standard_normal(variable.shape) / np.sqrt(max(np.prod(variable.shape[:-1]), 4))

    def inputs(self, model):
        # Images of the size that the layers were drawn for, sequences of any length.
        sizes = iter(self.sizes)
        shape = (self.batch or self.whole(1, 9), *[size or next(sizes) for size in model.input_shape[1:]])
        x = self.rng.integers(0, self.words, shape) if self.words else self.rng.standard_normal(shape)
        return x.astype("f4")
