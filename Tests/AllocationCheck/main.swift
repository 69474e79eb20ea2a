import AllocationCounter
import Lockstep

// Prints how many allocations more a fit of many steps makes than one of few, with one thread and with two: what a
// training step allocates. A process of its own, for the C library's allocations are counted for the whole process. Run
// by ProgramTests.

/// Models of every kind of layer, for rows of 20. A model without an optimizer has two objectives.
let models: [(name: String, optimizer: (any Optimizer)?, layers: () -> [any Layer])] = [
    (
        "dense", Adam(),
        { [Dense(64, activation: .relu, inputDim: 20), Dropout(0.2), Dense(32, activation: .gelu), Flatten()] }
    ),
    (
        "images", Adam(),
        {
            [
                Reshape(5, 4, 1), Conv2D(8, kernelSize: 3, padding: .same), BatchNormalization(), Activation(.relu),
                MaxPooling2D(2),
                Conv2D(4, kernelSize: 2), AveragePooling2D(1), GlobalMaxPooling2D(keepDims: true),
                GlobalAveragePooling2D(),
            ]
        }
    ),
    (
        "convolutions", Adam(),
        {
            [
                Reshape(5, 4, 1), DepthwiseConv2D(2, depthMultiplier: 3), SeparableConv2D(4, kernelSize: 2),
                Conv2DTranspose(2, kernelSize: 3, strides: 2, padding: .same), AdaptiveAveragePooling2D([2, 2]),
                SpectralNormalization(Conv2D(3, kernelSize: 1)), Flatten(),
            ]
        }
    ),
    (
        "volumes", Adam(),
        {
            [
                Reshape(5, 2, 2, 1), Conv3DTranspose(2, kernelSize: 2), Conv3D(4, kernelSize: 2),
                MaxPooling3D([2, 1, 1]),
                Flatten(), BatchNormalization(renorm: true),
            ]
        }
    ),
    ("operations", Adam(), { [Composed(), LayerNormalization()] }),
    (
        "series", Adam(),
        { [Reshape(10, 2), Conv1D(6, kernelSize: 3, padding: .causal), GRU(5, returnSequences: true), SimpleRNN(4)] }
    ),
    (
        "wrappers", Adam(),
        {
            [
                Reshape(10, 2), TimeDistributed(Dense(3)),
                Bidirectional(GRU(4, returnSequences: true, resetAfter: false)),
                Bidirectional(LSTM(3), mergeMode: .sum),
            ]
        }
    ),
    ("sequences", Adam(), { [Activation(.hardShrink), Embedding(1, 8), LSTM(12, returnSequences: true), LSTM(6)] }),
    ("objectives", nil, { [Dense(9, activation: .tanh), BatchNormalization()] }),
    (
        "regularized",
        SGD(learningRate: ExponentialDecay(0.1, decaySteps: 9, decayRate: 0.5), weightDecay: 0.1, globalClipnorm: 1),
        { [Dense(64, kernelRegularizer: .l2, kernelConstraint: .maxNorm(1)), Dense(9, kernelConstraint: .nonNeg)] }
    ),
    ("norms of weights", Lamb(weightDecay: 0.1, clipnorm: 1), { [Dense(64), Dense(9)] }),
    ("rates of weights", LARS(weightDecay: 0.1), { [Dense(64), Dense(9)] }),
    ("whole matrices", Muon(globalClipnorm: 1), { [Dense(64), Dense(9)] }),
    ("rows and columns", Adafactor(useEma: true), { [Dense(64), Dense(9)] }),
]

/// Composed of operations, of each kind one.
final class Composed: Layer {
    let properties = LayerProperties()
    private var kernel, bias, scale: Weight!

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        kernel = try weights.add("kernel", [20, 20], .glorotUniform)
        bias = try weights.add("bias", [20], .zeros)
        scale = try weights.add("scale", [4, 1], .ones)
    }

    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let x = relu(matmul(inputs[0], kernel) + bias)
        let matrix = reshape(x * x - exp(-abs(x)) / 2, [4, 5]) * scale
        let product = matmul(matrix, matrix, transposed: .second)
        let parts = concatenate(
            [transpose(matrix), slice(pad(product, axis: 0, before: 1, after: 0), axis: 0, 0..<5)], axis: 1)
        let largest = max(maximum(reverse(parts, axis: 0), 0.5), axes: [1], keepDims: true)
        let all = layerNormalization(
            reshape(tiled(largest, count: 4, axis: 1) + mean(matrix), [20]), scale: bias, offset: nil)
        return [sqrt(square(all) + 1)]
    }
}

/// The allocations of one epoch, for itself (its order, its record) and for its steps. The first epochs have laid out
/// the memory.
func allocations(_ layers: [any Layer], _ optimizer: (any Optimizer)?, samples: Int, threads: Int) throws -> Int {
    let model = Sequential(
        [InputLayer([20])] + layers + [Dense(3), Activation(.softmax)], seed: 1, communicator: SingleProcess())
    model.givenThreads = threads
    if let optimizer {
        try model.compile(optimizer: optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy])
    } else {
        let (first, last) = (Array(model.layers.prefix(2)), Array(model.layers.dropFirst(2)))
        try model.compile(objectives: [
            Objective("spread", loss: -square(model.output), moving: first, optimizer: Adam(clipnorm: 1)),
            Objective("size", loss: square(model.output), moving: last, optimizer: SGD(), every: 2),
        ])
    }
    // Small enough for the shrink to make them the number 0 that an embedding of one number takes.
    let x = Tensor.uniform([samples, 20], low: -0.5, high: 0.5, seed: 1)
    let y = try toCategorical(Tensor((0..<samples).map { Float($0 % 3) }))
    func fit(epochs: Int) throws {
        if optimizer == nil {
            try model.fit(x, epochs: epochs, batchSize: 10, verbose: 0)
        } else {
            try model.fit(x, y, epochs: epochs, batchSize: 10, verbose: 0, classWeight: [1: 2])
        }
    }
    try fit(epochs: 2)
    let before = allocation_count()
    try fit(epochs: 1)
    return allocation_count() - before
}

let before = allocation_count()
for _ in 0..<100 { _ = FloatBuffer(count: 10) }
precondition(allocation_count() - before >= 100, "the counter does not count")

for (name, optimizer, layers) in models {
    for threads in [1, 2] {
        // Dispatch now and then allocates when it starts a thread: the least of several tells what the steps do, and is
        // below zero where that met the short fit.
        let least = try (0..<5).map { _ in
            try allocations(layers(), optimizer, samples: 1000, threads: threads)
                - allocations(layers(), optimizer, samples: 40, threads: threads)
        }.min()!
        print("\(name), \(threads) threads: 96 steps more allocate \(max(least, 0)) times more")
    }
}
