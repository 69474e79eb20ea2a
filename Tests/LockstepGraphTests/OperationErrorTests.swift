import LockstepCompute
import LockstepGraph
import Testing

/// Errors name the shapes that do not fit.
@Suite struct OperationErrorTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let inputs, weights: [Shape]
        let describe: @Sendable ([SymbolicTensor], [SymbolicTensor]) -> SymbolicTensor

        init(
            _ description: String, _ inputs: [Shape], weights: [Shape] = [],
            _ describe: @escaping @Sendable ([SymbolicTensor], [SymbolicTensor]) -> SymbolicTensor
        ) {
            (self.description, self.inputs, self.weights, self.describe) = (description, inputs, weights, describe)
        }
    }

    static let shapes: [Case] = [
        Case("rows that do not fit", [[5, 3], [2]]) { x, _ in x[0] + x[1] },
        Case("a weight that does not fit", [[5, 3]], weights: [[5]]) { x, w in x[0] * w[0] },
        Case("an axis too large", [[5, 3]]) { x, _ in sum(x[0], axes: [2]) },
        Case("an axis too small", [[5, 3]]) { x, _ in mean(x[0], axes: [-3]) },
        Case("an axis twice", [[5, 3]]) { x, _ in max(x[0], axes: [1, -1]) },
        Case("matrices of different depth", [[5, 3], [2, 4]]) { x, _ in matmul(x[0], x[1]) },
        Case("matrices with other dimensions in front", [[2, 5, 3], [3, 3, 4]]) { x, _ in matmul(x[0], x[1]) },
        Case("no matrices", [[5], [5]]) { x, _ in matmul(x[0], x[1]) },
        Case("a weight among batched matrices", [[5, 3]], weights: [[3, 4]]) { x, w in matmul(x[0], w[0]) },
        Case("transposed matrices of different depth", [[5, 3], [3, 4]]) { x, _ in
            matmul(x[0], x[1], transposed: .second)
        },
        Case("concatenated rows of other dimensions", [[2, 3], [3, 3]]) { x, _ in concatenate(x) },
        Case("concatenated rows of another rank", [[2, 3], [3]]) { x, _ in concatenate(x) },
        Case("a weight in a concatenation", [[2, 3]], weights: [[2, 3]]) { x, w in concatenate([x[0], w[0]]) },
        Case("a slice beyond the end", [[5, 3]]) { x, _ in slice(x[0], axis: 1, 1..<4) },
        Case("a slice by 0", [[5, 3]]) { x, _ in slice(x[0], axis: 1, 1..<3, step: 0) },
        Case("a dimension twice", [[5, 3]]) { x, _ in transpose(x[0], [0, 0]) },
        Case("a dimension missing", [[5, 3]]) { x, _ in transpose(x[0], [0]) },
        Case("no copies", [[5, 3]]) { x, _ in tiled(x[0], count: 0, axis: 0) },
        Case("a negative padding", [[5, 3]]) { x, _ in pad(x[0], axis: 0, before: -1, after: 1) },
        Case("a reverse of no dimension", [[5, 3]]) { x, _ in reverse(x[0], axis: 5) },
        Case("a softmax of no dimension", [[]]) { x, _ in softmax(x[0]) },
        Case("a scale of other features", [[5, 3]], weights: [[5]]) { x, _ in
            layerNormalization(
                x[0], scale: Weight(name: "scale", shape: [5], role: .trainable) { _, _, _ in }, offset: nil)
        },
    ]

    @Test("what does not fit", arguments: shapes)
    func mismatch(_ item: Case) throws {
        let (error, specs) = outcome(item)
        guard case .shapes(_, let received) = error else {
            Issue.record("received: \(String(describing: error))")
            return
        }
        #expect(!received.isEmpty && received.allSatisfy(specs.contains), "\(received)")
        #expect("\(error!)".contains("\(received[0])"))
    }

    @Test(
        "weights alone",
        arguments: [
            Case("a product", [[3]], weights: [[5], [5]]) { _, w in w[0] * w[1] },
            Case("a function", [[3]], weights: [[5]]) { _, w in relu(w[0]) },
            Case("a sum", [[3]], weights: [[5]]) { _, w in sum(w[0]) },
            Case("a constant", [[3]], weights: [[5]]) { x, w in x[0] * (1 - w[0]) },
        ])
    func onlyWeights(_ item: Case) throws {
        let (error, specs) = outcome(item)
        guard case .onlyWeights(let received) = error else {
            Issue.record("received: \(String(describing: error))")
            return
        }
        #expect(received.allSatisfy { specs.contains($0) && !$0.isBatched })
        #expect("\(error!)".contains("one after another"))
    }

    private func outcome(_ item: Case) -> (OperationError?, [TensorSpec]) {
        let trace = Trace()
        trace.begin("layer", weights: [])
        let inputs = item.inputs.map { trace.input(TensorSpec($0)) }
        let weights = item.weights.map { shape in
            Weight(name: "weight", shape: shape, role: .trainable) { _, _, _ in }.tensor(in: trace)
        }
        _ = item.describe(inputs, weights)
        return (trace.error, (inputs + weights).map(\.spec))
    }
}
