import Lockstep

// Layers of a program's own, composed of public operations alone, in a package that depends on this one; see
// launch/test. Oracle: the built-in layer of the same formula, which begins with the same weights. Only the rounding of
// its fused product differs.

/// `y = relu(x·kernel + bias)`: what `Dense(units, activation: .relu)` computes.
final class OwnDense: Layer {
    let properties = LayerProperties()
    @Configured private var units: Int
    private var kernel, bias: Weight!

    init(_ units: Int) { self.units = units }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        kernel = try weights.add("kernel", [try single(inputs).count, units], .glorotUniform)
        bias = try weights.add("bias", [units], .zeros)
    }

    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [relu(matmul(inputs[0], kernel) + bias)] }
}

/// `y = t ⊙ relu(x·kernel) + (1 − t) ⊙ x` with `t = sigmoid(x·gate)` (Srivastava, Greff and Schmidhuber, 2015).
final class Highway: Layer {
    let properties = LayerProperties()
    private var kernel, gate: Weight!

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let width = try single(inputs).count
        kernel = try weights.add("kernel", [width, width], .glorotUniform)
        gate = try weights.add("gate", [width, width], .glorotUniform)
    }

    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let t = sigmoid(matmul(inputs[0], gate))
        return [t * relu(matmul(inputs[0], kernel)) + (1 - t) * inputs[0]]
    }
}

/// Attention of each step to all, with the operations on matrices: softmax(x·xᵀ/√n)·x, then what it is on average.
final class Attention: Layer {
    let properties = LayerProperties()

    func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let width = Float(try single(inputs.map(\.spec)).last ?? 1)
        let scores = softmax(matmul(inputs[0], inputs[0], transposed: .second) / width.squareRoot())
        return [mean(matmul(scores, inputs[0]), axes: [0])]
    }
}

/// `mean (output − target)²`: what `MeanSquaredError` computes with a kernel.
struct OwnSquares: Loss {
    func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        mean(square(outputs - targets), axes: [-1])
    }
}

/// The share of outputs that are at most 1 away from their target.
struct WithinOne: MeanMetric {
    func values(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        1 - greater(abs(outputs - targets), 1)
    }
}

/// The largest of the target's sums over columns: a metric of sums.
struct LargestColumn: MetricFunction {
    func sumCount(outputs: Shape, isWeighted: Bool) -> Int { outputs.count }
    func sums(outputs: SymbolicTensor, targets: SymbolicTensor, weights: SymbolicTensor?) -> SymbolicTensor { targets }
    func result(_ sums: ArraySlice<Double>, samples: Int) -> Double { sums.max() ?? 0 }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
}

func losses(_ layers: [any Layer], loss: some Loss = .mse, metrics: [Metric] = []) throws -> [Double] {
    let x = Tensor.uniform([61, 6], low: -1, high: 1, seed: 1)
    let y = Tensor((0..<61).map { x[$0, 0] * x[$0, 1] + x[$0, 2] })
    let model = Sequential([Dense(16, activation: .tanh, inputDim: 6)] + layers + [Dense(1)], seed: 1)
    try model.compile(optimizer: .adam, loss: loss, metrics: metrics)
    let sum = Double((0..<61).reduce(0) { $0 + y[$1] })
    let scores = try model.evaluate(x, y, batchSize: 8, verbose: 0)
    let outputs = try model.predict(x)
    let near = (0..<61).filter { abs(outputs[$0] - y[$0]) <= 1 }.count
    for metric in metrics {
        let expected = metric.name == "within_one" ? Double(near) / 61 : sum
        guard abs(scores[metric.name]! - expected) < 1e-5 else {
            throw Failure(description: "\(metric.name) is \(scores[metric.name]!), not \(expected)")
        }
    }
    return try model.fit(x, y, epochs: 20, batchSize: 8, verbose: 0)["loss"]!
}

Job.run {
    let (own, builtIn) = (try losses([OwnDense(16)]), try losses([Dense(16, activation: .relu)]))
    let difference = zip(own, builtIn).map { abs($0 - $1) / $1 }.max()!
    guard difference < 1e-5 else {
        throw Failure(description: "losses of OwnDense differ by \(difference) from those of Dense")
    }
    let ownLoss = try losses(
        [Dense(16, activation: .relu)], loss: OwnSquares(), metrics: [Metric(WithinOne()), Metric(LargestColumn())])
    let lossDifference = zip(ownLoss, builtIn).map { abs($0 - $1) / $1 }.max()!
    guard lossDifference < 1e-5 else {
        throw Failure(description: "losses by OwnSquares differ by \(lossDifference) from those by MeanSquaredError")
    }
    for (name, layers) in [("Highway", [Highway()]), ("Attention", [Reshape(4, 4), Attention()])]
        as [(String, [any Layer])]
    {
        let history = try losses(layers)
        guard history.last! < 0.6 * history[0] else { throw Failure(description: "\(name) does not learn: \(history)") }
    }
    Job.print("own layers learn on \(Job.size) rank(s); losses differ by \(difference) at most")
}
