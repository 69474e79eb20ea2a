import Lockstep

/// A single hand-written neuron, without a model: a = sigmoid(X·Wᵀ + B), trained bean by bean on the squared error.
struct Neuron {
    /// `[1, features]`.
    private(set) var weights: Tensor
    /// `[1]`.
    private(set) var bias = Tensor.zeros([1])

    init(features: Int, seed: UInt64) { weights = Tensor.normal([1, features], seed: seed) }

    /// The neuron's outputs `[samples, 1]` for inputs `[samples, features]`.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let z = try matmul(x, weights, transposed: .second) + bias
        return try ActivationFunction.sigmoid(z)
    }

    /// Passes over all samples in order. After each sample it takes a step against the gradient of (y − a)².
    mutating func learn(_ x: Tensor, _ y: Tensor, passes: Int, learningRate: Float) throws {
        for _ in 0..<passes {
            for sample in 0..<x.rowCount {
                let input = x.rows(sample..<sample + 1)
                let a = try self(input)
                // The chain rule: d(y − a)²/dz = −2(y − a) · a(1 − a), because a(1 − a) is the derivative of the
                // sigmoid.
                let dz = (a - y.row(sample)) * 2 * a * (1 - a)
                weights = weights - (try matmul(dz, input, transposed: .first)) * learningRate
                bias = bias - (try dz.reshaped([1])) * learningRate
            }
        }
    }

    /// The mean squared error over these samples.
    func error(_ x: Tensor, _ y: Tensor) throws -> Double {
        let difference = try self(x).reshaped(y.shape) - y
        return (difference * difference).mean
    }
}
