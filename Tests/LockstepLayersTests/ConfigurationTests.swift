import LockstepCompute
import LockstepLayers
import TestSupport
import Testing

@Suite struct ConfigurationTests {
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
