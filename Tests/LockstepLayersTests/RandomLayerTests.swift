import Lockstep
import LockstepLayers
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What random layers draw. Oracle: the moments that Keras's documentation gives, within five standard errors. That the
/// numbers do not depend on the ranks is checked for every row of `Tests/Fixtures/layers.py`.
@Suite struct RandomLayerTests {
    /// What a layer makes of one row in a training step. A loss Σ y·w behind it has the gradient y.
    private static func trained(_ layer: any Layer, _ x: Tensor) throws -> Tensor {
        let seen = Seen()
        let model = Sequential(
            [InputLayer(PartialShape(x.shape.row)), layer, seen], seed: 5, communicator: SingleProcess())
        try model.compile(optimizer: SGD(learningRate: 1))
        try model.trainOnBatch(x)
        return seen.values.value * -1
    }

    private final class Seen: Layer {
        let properties = LayerProperties()
        var values: Weight!
        func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
            values = try weights.add("values", try single(inputs), .zeros)
        }
        func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
            call.addLoss(sum(inputs[0] * values))
            return [inputs[0]]
        }
    }

    private static func moments(_ x: Tensor) -> (mean: Double, variance: Double) {
        let values = x.elements.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
    }

    @Test("noise has its mean and its deviation")
    func noise() throws {
        let count = 40_000
        let ones = Tensor.full([1, count], 1)
        for (layer, variance) in [(GaussianNoise(0.5), 0.25), (GaussianDropout(0.2), 0.25)] as [(any Layer, Double)] {
            let (mean, spread) = Self.moments(try Self.trained(layer, ones))
            #expect(Swift.abs(mean - 1) < 5 * (variance / Double(count)).squareRoot())
            #expect(Swift.abs(spread - variance) < 5 * variance * (2 / Double(count)).squareRoot())
        }
    }

    @Test("AlphaDropout keeps mean 0 and variance 1")
    func alpha() throws {
        let count = 40_000
        let x = Tensor.uniform([1, count], low: -Float(3).squareRoot(), high: Float(3).squareRoot(), seed: 4)
        let (mean, variance) = Self.moments(try Self.trained(AlphaDropout(0.3), x))
        // The fourth moment of what it makes is below 3, that of normal numbers.
        #expect(Swift.abs(mean) < 5 / Double(count).squareRoot())
        #expect(Swift.abs(variance - 1) < 5 * (2 / Double(count)).squareRoot())
    }

    @Test("whole channels are dropped, and scaled by what is kept")
    func channels() throws {
        let x = Tensor.full([1, 6, 400], 1)
        // Its output is its input.
        let recurrent = SimpleRNN(
            400, activation: .linear, kernelInitializer: .identity, recurrentInitializer: .zeros, dropout: 0.4,
            returnSequences: true)
        for layer in [SpatialDropout1D(0.4), Dropout(0.4, noiseShape: [nil, 1, nil]), recurrent] as [any Layer] {
            let y = try Self.trained(layer, x).elements
            let channels = (0..<400).map { y[$0] }
            for step in 1..<6 { #expect(channels == (0..<400).map { y[step * 400 + $0] }) }
            #expect(Set(channels.map { ($0 * 1000).rounded() }) == [0, 1667])
            let dropped = Double(channels.count { $0 == 0 })
            #expect(Swift.abs(dropped - 160) < 5 * (400 * 0.4 * 0.6).squareRoot())
        }
    }

    /// Oracle: h of step t is 1 + m·h of the step before, where m is 0 or 1 / 0.6.
    @Test("recurrent dropout drops the same of the state at all steps")
    func recurrent() throws {
        let layer = SimpleRNN(
            400, activation: .linear, kernelInitializer: .identity, recurrentInitializer: .identity,
            recurrentDropout: 0.4, returnSequences: true)
        let y = try Self.trained(layer, Tensor.full([1, 4, 400], 1)).elements
        var dropped = 0
        for unit in 0..<400 {
            let factor: Float = y[400 + unit] == 1 ? 0 : 1 / 0.6
            if factor == 0 { dropped += 1 }
            var h: Float = 1
            for step in 0..<4 {
                #expect(Swift.abs(y[step * 400 + unit] - h) < 1e-4 * h)
                h = 1 + factor * h
            }
        }
        #expect(Swift.abs(Double(dropped) - 160) < 5 * (400 * 0.4 * 0.6).squareRoot())
    }

    /// Oracle: the closed form of a moving mean of ones.
    @Test("a program's own cell runs over sequences")
    func ownCell() throws {
        let x = Tensor.full([1, 5, 3], 1)
        let y = try Self.trained(RNN(MovingMean(), returnSequences: true), x).elements
        for step in 0..<5 {
            let expected = 1 - pow(Float(0.5), Float(step + 1))
            for unit in 0..<3 { #expect(Swift.abs(y[step * 3 + unit] - expected) < 1e-6) }
        }
    }

    /// A moving mean of the inputs.
    private final class MovingMean: RecurrentCell {
        let properties = LayerProperties()
        func stateShapes(_ input: Shape) -> [Shape] { [input] }
        func step(_ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants) -> [SymbolicTensor] {
            let mean = 0.5 * states[0] + 0.5 * x
            return [mean, mean]
        }
    }

    /// Two dropouts in one call.
    private final class Twice: Layer {
        let properties = LayerProperties()
        func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
            [dropout(inputs[0], rate: 0.5, call) - dropout(inputs[0], rate: 0.5, call)]
        }
    }

    @Test("two draws of one layer differ")
    func draws() throws {
        let y = try Self.trained(Twice(), Tensor.full([1, 200], 1))
        #expect(y.elements.contains { $0 != 0 })
    }

    @Test("a noise shape that does not fit is refused")
    func shapes() {
        for shape in [[1, 1, nil], [nil, 1], [nil, 2, nil]] as [[Int?]] {
            #expect(throws: LayerError.self) {
                try Self.trained(Dropout(0.4, noiseShape: shape), Tensor.full([1, 6, 4], 1))
            }
        }
    }
}
