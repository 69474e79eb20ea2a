import LockstepCompute
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

/// Oracles: Keras's formulas for limit and deviation (`keras/src/initializers`), with bounds of five standard errors.
@Suite struct InitializerTests {
    private func values(_ initializer: Initializer, _ inputs: Int = 200, _ units: Int = 300, seed: UInt64 = 1) throws
        -> Tensor
    {
        let graph = try Graph(sequence: [
            InputLayer([inputs]), Dense(units, useBias: false, kernelInitializer: initializer),
        ])
        let arena = Arena(graph.weights)
        arena.initialize(seed: seed)
        return arena.weights[0].value
    }

    private func deviation(_ tensor: Tensor) -> Double {
        (tensor.elements.reduce(0) { $0 + Double($1) * Double($1) } / Double(tensor.count)).squareRoot()
    }

    @Test("uniform ones fill their limits")
    func uniform() throws {
        for (initializer, limit) in [
            (Initializer.glorotUniform, (6.0 / 500).squareRoot()), (.heUniform, (6.0 / 200).squareRoot()),
            (.lecunUniform, (3.0 / 200).squareRoot()), (.randomUniform, 0.05),
        ] {
            let largest = try values(initializer).elements.map { Double(abs($0)) }.max()!
            #expect(largest <= limit * 1.000001 && largest > limit * 0.999)
            #expect(abs(deviation(try values(initializer)) - limit / 3.0.squareRoot()) < 0.01 * limit)
        }
    }

    @Test("normal ones have their deviation; the cut ones end at two of the uncut")
    func normal() throws {
        for (initializer, expected, cut) in [
            (Initializer.glorotNormal, (2.0 / 500).squareRoot(), true), (.heNormal, (2.0 / 200).squareRoot(), true),
            (.lecunNormal, (1.0 / 200).squareRoot(), true), (.randomNormal, 0.05, false),
            (.truncatedNormal, 0.05 * 0.8796, true),
            (
                .varianceScaling(scale: 3, mode: .fanOut, distribution: .untruncatedNormal), (3.0 / 300).squareRoot(),
                false
            ),
        ] {
            let tensor = try values(initializer)
            #expect(abs(deviation(tensor) - expected) < 5 * expected / (2.0 * 60_000).squareRoot())
            let largest = tensor.elements.map { Double(abs($0)) }.max()!
            #expect((largest <= 2.0001 * expected / 0.8796) == cut)
        }
    }

    @Test("constants, identity and orthogonal rows or columns")
    func exact() throws {
        #expect(try values(.constant(3)).elements.allSatisfy { $0 == 3 })
        #expect(try values(.identity(gain: 2), 3, 4) == Tensor(rows: [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]]))
        for (inputs, units) in [(30, 20), (20, 30), (16, 16)] {
            let q = try values(.orthogonal(gain: 2), inputs, units)
            let product = try inputs >= units ? matmul(q, q, transposed: .first) : matmul(q, q, transposed: .second)
            let expected = Tensor.zeros(product.shape)
            for index in 0..<min(inputs, units) { expected[index, index] = 4 }
            #expect((product - expected).elements.allSatisfy { abs($0) < 1e-5 })
        }
        #expect(throws: LayerError.self) {
            try Graph(sequence: [InputLayer([2]), Dense(2, biasInitializer: .orthogonal)])
        }
    }

    @Test("the model's seed decides, and an initializer's own goes before it")
    func seeds() throws {
        #expect(try values(.glorotUniform, seed: 1) == values(.glorotUniform, seed: 1))
        #expect(try values(.glorotUniform, seed: 1) != values(.glorotUniform, seed: 2))
        #expect(try values(.randomNormal(seed: 9), seed: 1) == values(.randomNormal(seed: 9), seed: 2))
        #expect(try Initializer.named("he_normal") == .heNormal)
        #expect(try Initializer.named("GlorotUniform") == .glorotUniform)
        #expect(try Initializer.named("constant") == .zeros)
        #expect(throws: LayerError.self) { try Initializer.named("he") }
    }
}
