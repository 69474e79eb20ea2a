import LockstepCompute
import LockstepLayers
import TestSupport
import Testing

@Suite struct ConfigurationTests {
    /// Of every layer that can be read, one with no argument at its default.
    static func examples() -> [any Layer] {
        [
            InputLayer([4, 5, 6]), Activation(.silu), Add(), AveragePooling2D([2, 3], strides: [1, 2], padding: .same),
            Conv2D(
                3, kernelSize: [2, 3], strides: [1, 4], padding: .same, dilationRate: [2, 1], activation: .elu(alpha: 0.3), useBias: false,
                kernelInitializer: .heNormal, biasInitializer: .constant(0.1)),
            Dense(
                7, activation: .leakyRelu(negativeSlope: 0.1), useBias: false, kernelInitializer: .orthogonal(gain: 3),
                biasInitializer: .ones),
            BatchNormalization(
                momentum: 0.7, epsilon: 0.1, center: false, scale: false, betaInitializer: .ones, gammaInitializer: .zeros,
                movingMeanInitializer: .constant(0.5), movingVarianceInitializer: .constant(2)),
            Embedding(5, 3, embeddingsInitializer: .glorotNormal), GlobalAveragePooling2D(keepDims: true),
            GlobalMaxPooling2D(keepDims: true),
            LSTM(
                3, activation: .relu, recurrentActivation: .hardSigmoid, useBias: false, kernelInitializer: .ones,
                recurrentInitializer: .identity, biasInitializer: .ones, unitForgetBias: false, returnSequences: true, goBackwards: true),
            Dropout(0.1), Flatten(), MaxPooling2D([3, 2], strides: [2, 1], padding: .same), Reshape(2, -1, 3),
        ]
    }

    /// Oracle: the layer that was written.
    @Test("every layer comes back from its configuration")
    func roundTrip() throws {
        let examples = Self.examples()
        #expect(Set(examples.map { type(of: $0).className }) == Set(LayerRegistry.builtIn.map { $0.className }))
        for layer in examples {
            layer.name = "it"
            var values = layer.configuration.mapValues(\.configurationValue)
            values["name"] = "it"
            let again = try LayerRegistry().layer(type(of: layer).className, values)
            #expect(type(of: again) == type(of: layer) && again.name == "it")
            #expect(again.configuration.mapValues(\.configurationValue) == layer.configuration.mapValues(\.configurationValue))
        }
    }

    @Test("a seed of any bits comes back, and floats are written as they were meant")
    func numbers() throws {
        for seed in [0, 1, UInt64.max, 1 << 63] {
            let initializer = Initializer.randomNormal(seed: seed)
            #expect(try LayerArguments(["x": initializer.configurationValue], of: .layer("y")).value("x") == initializer)
        }
        #expect(Float(0.05).configurationValue == .real(0.05) && Float(2).configurationValue == 2)
        #expect(Float.infinity.configurationValue == .real(.infinity))
    }

    /// Oracle: Keras's rule, worked out by hand: the longest way to the output decides, then the order in which a search meets them.
    @Test("branches of different lengths are in Keras's order")
    func order() throws {
        let input = Input([4])
        let short = Dense(4, name: "short")(input)
        let deep = Dense(4, name: "deep")(Dense(4, name: "deeper")(input))
        let graph = try Graph(from: input, to: Add(name: "sum")(short, deep))
        #expect(graph.nodes.map(\.layer.name) == ["input_layer", "deeper", "short", "deep", "sum"])
        #expect(graph.nodes.map(\.inputs) == [[], [0], [0], [1], [2, 3]])
    }

    @Test("a model that cannot fit into this machine's memory is refused before it is made")
    func memory() {
        for layers in [[Dense(1 << 40)], [Dense(1 << 62)], [Dense(1 << 20), Dense(1 << 43)]] {
            #expect(throws: LayerError.self) { try Graph(sequence: [InputLayer([4])] + layers) }
        }
    }
}
