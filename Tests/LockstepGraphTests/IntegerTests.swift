import LockstepCompute
import LockstepGraph
import TestSupport
import Testing

/// int32 tensors in the graph. Oracle: the same on Swift's `Int32`.
@Suite struct IntegerTests {
    static let numbers: [Int32] = [
        0, 1, -1, 7, 16_777_216, 16_777_217, 16_777_219, -16_777_217, 2_147_483_647, -2_147_483_648, 5, 12,
    ]

    /// What a graph makes of an int32 input `[batch, 2, 3]`, on each instruction set.
    private func values(
        of describe: (SymbolicTensor) -> SymbolicTensor, _ numbers: [Int32] = numbers, weights: [Weight] = []
    ) throws -> [Tensor] {
        let trace = Trace()
        trace.begin("layer", weights: weights)
        let output = describe(trace.input(TensorSpec([2, 3], type: .int32)))
        if let error = trace.error { throw error }
        trace.finish([output])
        var results: [Tensor] = []
        for set in InstructionSet.available {
            for threads in [1, 3] {
                let crew = try Crew(threads: threads, instructionSet: set)
                let arena = Arena(weights)
                let network = Network(
                    training: [trace.graph], inference: trace.graph, arena: arena,
                    context: StepContext(crew: crew, seed: 1))
                for weight in weights {
                    for position in 0..<weight.value.count { weight.value[position] = Float(position) }
                }
                let plan = network.plan(rows: numbers.count / 6, .inference)
                plan.input.assign(try Tensor(integers: numbers, shape: plan.input.shape))
                crew.together { network.forward(plan) }
                results.append(plan.output.copy())
            }
        }
        return results
    }

    @Test("copies keep all bits")
    func copies() throws {
        let rows = stride(from: 0, to: Self.numbers.count, by: 6).map { Array(Self.numbers[$0..<$0 + 6]) }
        func expect(
            _ describe: (SymbolicTensor) -> SymbolicTensor, _ expected: ([Int32]) -> [Int32],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            for y in try values(of: describe) {
                #expect(y.type == .int32)
                #expect(y.integers == rows.flatMap(expected), sourceLocation: sourceLocation)
            }
        }
        try expect({ reshape($0, [6]) }, { $0 })
        try expect({ reverse($0, axis: 0) }, { Array($0[3...] + $0[..<3]) })
        try expect({ transpose($0) }, { row in (0..<6).map { row[$0 % 2 * 3 + $0 / 2] } })
        try expect({ slice($0, axis: 1, 1..<3) }, { [$0[1], $0[2], $0[4], $0[5]] })
        try expect({ concatenate([$0, $0], axis: 0) }, { $0 + $0 })
        try expect({ repeated($0, count: 2, axis: 1) }, { $0.flatMap { [$0, $0] } })
        try expect({ pad($0, axis: 0, before: 1, after: 0, value: -3) }, { [-3, -3, -3] + $0 })
    }

    @Test("casts round to float32, and cut fractions off")
    func casts() throws {
        for y in try values(of: { cast($0, to: .float32) }) { #expect(y.elements == Self.numbers.map(Float.init)) }
        // What takes floats alone gets them.
        for y in try values(of: { $0 * 0.5 }) { #expect(y.elements == Self.numbers.map { Float($0) * 0.5 }) }
        for y in try values(of: { concatenate([$0, cast($0, to: .float32)], axis: 0) }) { #expect(y.type == .float32) }
        let near = Self.numbers.map { max(-100, min($0, 100)) }
        for y in try values(of: { cast(cast($0, to: .float32) / 7, to: .int32) }, near) {
            #expect(y.integers == near.map { $0 / 7 })
        }
        for y in try values(of: { cast(cast($0, to: .float32) * 1e20, to: .int32) }, near) {
            #expect(y.integers == near.map { $0 == 0 ? 0 : $0 < 0 ? .min : .max })
        }
        for y in try values(of: { cast(log(cast($0, to: .float32) * 0 - 1), to: .int32) }) {
            #expect(y.integers.allSatisfy { $0 == 0 })
        }
    }

    @Test("comparisons tell neighbours apart that floats do not")
    func comparisons() throws {
        for value: Float in [0, 7, 16_777_216, -2_147_483_648, 0.5, 1e20] {
            for y in try values(of: { unequal($0, value) }) {
                #expect(y.elements == Self.numbers.map { Double($0) == Double(value) ? 0 : 1 }, "\(value)")
            }
        }
    }

    /// Oracle: row i of the table is 2i and 2i + 1.
    @Test("a lookup takes integers")
    func lookups() throws {
        let table = Weight(name: "table", shape: [13, 2], role: .trainable) { _, _, _ in }
        let small: [Int32] = [0, 12, 3, 3, 11, 1]
        let rows: [Float] = [0, 1, 24, 25, 6, 7, 6, 7, 22, 23, 2, 3]
        for y in try values(of: { lookUp($0, in: table) }, small, weights: [table]) {
            #expect(y.elements == rows)
        }
    }
}
