import LockstepCompute
import LockstepLayers
import TestSupport
import Testing

@Suite struct ConfigurationTests {
    @Test("arguments come from their declarations, under Keras's names")
    func declarations() throws {
        let adam = Adam(learningRate: 0.25, beta1: 0.5, gradientAccumulationSteps: 3)
        let expected: [String: ConfigurationValue] = [
            "learning_rate": .real(0.25), "beta_1": .real(0.5), "beta_2": .real(0.999), "epsilon": .real(1e-7),
            "amsgrad": false,
            "gradient_accumulation_steps": 3, "weight_decay": .null, "clipnorm": .null, "clipvalue": .null,
            "global_clipnorm": .null, "use_ema": false, "ema_momentum": .real(0.99), "ema_overwrite_frequency": .null,
        ]
        #expect(adam.configuration.mapValues(\.configurationValue) == expected)
        let configured = try #require(Optimizers.configured(Optimizers.configuration(of: adam)).optimizer as? Adam)
        #expect(configured.configuration.mapValues(\.configurationValue) == expected)
        // A copy is another optimizer.
        var copy = adam
        copy.learningRate = 1
        #expect(adam.learningRate == 0.25 && copy.learningRate == 1)
    }

    /// Of some optimizers arguments that are not the defaults; Keras's configurations of all are in `ReachTests`.
    @Test("optimizers come back from their configuration")
    func compiled() throws {
        let optimizers: [any Optimizer] = [
            SGD(learningRate: 2, momentum: 0.5, nesterov: true, gradientAccumulationSteps: 2),
            Adam(beta2: 0.5, epsilon: 1, amsgrad: true),
            RMSprop(rho: 0.5, momentum: 0.25, epsilon: 2, centered: true),
            Lion(useEma: true, emaMomentum: 0.5, emaOverwriteFrequency: 7),
        ]
        for optimizer in optimizers {
            let value = try Optimizers.configuration(of: optimizer)
            #expect(try Optimizers.configuration(of: Optimizers.configured(value).optimizer) == value)
        }
    }

    @Test("a seed of any bits comes back, and floats are written as they were meant")
    func numbers() throws {
        for seed in [0, 1, UInt64.max, 1 << 63] {
            let initializer = Initializer.randomNormal(seed: seed)
            #expect(
                try LayerArguments(["x": initializer.configurationValue], of: .layer("y")).value("x") == initializer)
        }
        #expect(Float(0.05).configurationValue == .real(0.05) && Float(2).configurationValue == 2)
        #expect(Float.infinity.configurationValue == .real(.infinity))
    }

    /// Oracle: Keras's rule, worked out by hand: the longest way to the output decides, then the order in which a
    /// search meets them.
    @Test("branches of different lengths are in Keras's order")
    func order() throws {
        let input = Input([4])
        let short = Dense(4, name: "short")(input)
        let deep = Dense(4, name: "deep")(Dense(4, name: "deeper")(input))
        let graph = try Graph(from: [input], to: [Add(name: "sum")(short, deep)])
        #expect(graph.nodes.map(\.layer.name) == ["input_layer", "deeper", "short", "deep", "sum"])
        #expect(graph.nodes.map { $0.inputs.map(\.node) } == [[], [0], [0], [1], [2, 3]])
    }

    @Test("a model that cannot fit into this machine's memory is refused before it is made")
    func memory() {
        for layers in [[Dense(1 << 40)], [Dense(1 << 62)], [Dense(1 << 20), Dense(1 << 43)]] {
            #expect(throws: LayerError.self) { try Graph(sequence: [InputLayer([4])] + layers) }
        }
    }
}
