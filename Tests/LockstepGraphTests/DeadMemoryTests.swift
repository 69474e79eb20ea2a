import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

@Suite struct DeadMemoryTests {
    /// Oracle: NaN in the gradient, which nothing else of the case makes.
    @Test("an operation that reads what it did not keep gives itself away")
    func forgetful() throws {
        let item = OperationCase("x² of a forgetful operation", [[5]]) { x, _ in
            Forgetful.square(x[0] * 2) * 2 + 1
        } oracle: { x in
            x[0].map { 8 * $0 * $0 + 1 }
        }
        let inputs = [item.numbers([3, 5], seed: 1)]
        for fills in [false, true] {
            let bench = try OperationBench(item, threads: 1, fillsDeadMemory: fills)
            let result = bench.run(inputs, [], dy: { sample($0, seed: 9) })
            #expect(result.y.elements.allSatisfy { $0.isFinite })
            #expect(result.dx[0].elements.contains { $0.isNaN } == fills)
        }
    }
}

/// `y = x²`, `dx = 2·x·dy`, but it does not say that backward reads x.
private struct Forgetful: LockstepGraph.Operation {
    static func square(_ x: SymbolicTensor) -> SymbolicTensor { x.applying(Forgetful(), with: [])[0] }

    func outputs(_ inputs: [TensorSpec]) -> [TensorSpec] { inputs }
    func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }
    func forward(_ pass: ForwardPass) {
        for index in 0..<pass.inputs[0].count { pass.outputs[0][index] = pass.inputs[0][index] * pass.inputs[0][index] }
    }
    func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradients[0] else { return }
        for index in 0..<dx.count { dx[index] = 2 * pass.inputs[0][index] * pass.outputGradient[index] }
    }
}
