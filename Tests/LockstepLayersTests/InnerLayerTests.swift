import LockstepCompute
import LockstepGraph
import LockstepLayers
import Testing

/// Layers within layers: what is wrong with their arguments, their names, and how they freeze.
@Suite struct InnerLayerTests {
    struct Wrong: Sendable, CustomStringConvertible {
        let description: String
        let error: LayerError
        let describe: @Sendable () throws -> Void

        init(_ description: String, _ error: LayerError, _ describe: @escaping @Sendable () throws -> Void) {
            self.description = description
            self.error = error
            self.describe = describe
        }
    }

    private static func build(_ input: Shape, _ layer: any Layer) throws {
        _ = try Graph(sequence: [InputLayer(input), layer])
    }

    private static func attend(_ layer: MultiHeadAttention, _ query: Shape, _ value: Shape, key: Shape? = nil) throws {
        let input = Input(query)
        var tensors = [input]
        for shape in [value] + (key.map { [$0] } ?? []) {
            let reshape = try LayerRegistry().layer("Reshape", ["target_shape": shape.dimensions.configurationValue])
            tensors.append(reshape(input))
        }
        let output = tensors.count == 2 ? layer(tensors[0], tensors[1]) : layer(tensors[0], tensors[1], tensors[2])
        _ = try Graph(from: [input], to: [output])
    }

    static let wrong: [Wrong] = [
        Wrong(
            "steps without a dimension",
            .input(
                layer: "steps", requirement: "have rows of [time, …] with one dimension or more for a step",
                received: [4])
        ) { try build([4], TimeDistributed(Dense(2), name: "steps")) },
        Wrong("an inner argument", .argument(layer: "inner", name: "units", requirement: "positive", received: "0")) {
            try build([3, 4], TimeDistributed(Dense(0, name: "inner")))
        },
        Wrong(
            "an inner input",
            .argument(
                layer: "steps", name: "layer", requirement: "a layer that computes something", received: "an InputLayer"
            )
        ) { try build([3, 4], TimeDistributed(InputLayer([4]), name: "steps")) },
        Wrong(
            "both forward",
            .argument(
                layer: "both", name: "backwardLayer", requirement: "a layer that goes the other way through time",
                received: "goBackwards: false of both")
        ) { try build([3, 4], Bidirectional(LSTM(2), backwardLayer: GRU(2), name: "both")) },
        Wrong(
            "one of sequences",
            .argument(
                layer: "both", name: "backwardLayer", requirement: "a layer with returnSequences: true",
                received: "returnSequences: false")
        ) {
            try build(
                [3, 4],
                Bidirectional(LSTM(2, returnSequences: true), backwardLayer: LSTM(2, goBackwards: true), name: "both"))
        },
        Wrong(
            "other units in a sum",
            .argument(
                layer: "both", name: "backwardLayer", requirement: "a layer of 2 units, as sum needs", received: "3")
        ) {
            try build(
                [3, 4], Bidirectional(LSTM(2), mergeMode: .sum, backwardLayer: LSTM(3, goBackwards: true), name: "both")
            )
        },
        Wrong("inner units", .argument(layer: "forward_small", name: "units", requirement: "positive", received: "0")) {
            try build([3, 4], Bidirectional(LSTM(0, name: "small")))
        },
        Wrong("at two places", .atTwoPlaces(layer: "twice")) {
            let (input, shared) = (Input([3, 4]), Dense(4, name: "twice"))
            _ = try Graph(from: [input], to: [TimeDistributed(shared)(shared(input))])
        },
        Wrong("no heads", .argument(layer: "a", name: "numHeads", requirement: "positive", received: "0")) {
            try attend(MultiHeadAttention(numHeads: 0, keyDim: 2, name: "a"), [3, 4], [3, 4])
        },
        Wrong("a dropout", .argument(layer: "a", name: "dropout", requirement: "from 0 to 1", received: "1.5")) {
            try attend(MultiHeadAttention(numHeads: 1, keyDim: 2, dropout: 1.5, name: "a"), [3, 4], [3, 4])
        },
        Wrong(
            "axes",
            .argument(
                layer: "a", name: "attentionAxes", requirement: "dimensions from 1 to 1, each once", received: "[2]")
        ) { try attend(MultiHeadAttention(numHeads: 1, keyDim: 2, attentionAxes: [2], name: "a"), [3, 4], [3, 4]) },
        Wrong(
            "a causal mask of several dimensions",
            .argument(
                layer: "a", name: "useCausalMask", requirement: "false where several dimensions are attended to",
                received: "true")
        ) {
            try attend(
                MultiHeadAttention(numHeads: 1, keyDim: 2, useCausalMask: true, name: "a"), [3, 4, 2], [3, 4, 2])
        },
        Wrong(
            "an output",
            .argument(layer: "a", name: "outputShape", requirement: "one or more positive numbers", received: "[]")
        ) { try attend(MultiHeadAttention(numHeads: 1, keyDim: 2, outputShape: [], name: "a"), [3, 4], [3, 4]) },
        Wrong(
            "a value",
            .input(
                layer: "a", requirement: "have a value like the query \(Shape([3, 2, 2])) but for what is attended to",
                received: [2, 3, 2])
        ) {
            try attend(
                MultiHeadAttention(numHeads: 1, keyDim: 2, attentionAxes: [2], name: "a"), [3, 2, 2], [2, 3, 2])
        },
        Wrong(
            "a key",
            .input(
                layer: "a", requirement: "have a key like the value \(Shape([3, 4])) but for the last dimension",
                received: [4, 3])
        ) { try attend(MultiHeadAttention(numHeads: 1, keyDim: 2, name: "a"), [3, 4], [3, 4], key: [4, 3]) },
        Wrong("one input", .inputCount(layer: "a", expected: 2, received: 1)) {
            try build([3, 4], MultiHeadAttention(numHeads: 1, keyDim: 2, name: "a"))
        },
        Wrong("a window", .argument(layer: "a", name: "slidingWindow", requirement: "positive", received: "0")) {
            try attend(MultiHeadAttention(numHeads: 1, keyDim: 2, slidingWindow: 0, name: "a"), [3, 4], [3, 4])
        },
        Wrong(
            "a window of several dimensions",
            .argument(
                layer: "a", name: "slidingWindow", requirement: "nil where several dimensions are attended to",
                received: "2")
        ) {
            try attend(MultiHeadAttention(numHeads: 1, keyDim: 2, slidingWindow: 2, name: "a"), [3, 4, 2], [3, 4, 2])
        },
        Wrong(
            "an attention mask",
            .input(
                layer: "a", requirement: "have an attention mask of the dimensions [3, 3] of query and value",
                received: [4, 3])
        ) {
            let layer = MultiHeadAttention(numHeads: 1, keyDim: 2, name: "a")
            let (input, mask) = (Input([3, 4]), Input([4, 3]))
            _ = try Graph(from: [input, mask], to: [layer(input, input, input, mask)])
        },
        Wrong(
            "heads of a group",
            .argument(layer: "g", name: "numQueryHeads", requirement: "a multiple of 2", received: "3")
        ) {
            let input = Input([3, 4])
            let layer = GroupQueryAttention(headDim: 2, numQueryHeads: 3, numKeyValueHeads: 2, name: "g")
            _ = try Graph(from: [input], to: [layer(input, input)])
        },
        Wrong(
            "features of a group",
            .input(layer: "g", requirement: "have a value of [time, 4] as the query [3, 4]", received: [3, 5])
        ) {
            let (query, value) = (Input([3, 4]), Input([3, 5]))
            let layer = GroupQueryAttention(headDim: 2, numQueryHeads: 2, numKeyValueHeads: 2, name: "g")
            _ = try Graph(from: [query, value], to: [layer(query, value)])
        },
        Wrong(
            "a key of other features",
            .input(
                layer: "a", requirement: "have a key of the steps of the value [6, 5] and the features of the query",
                received: [6, 5])
        ) {
            let (query, value) = (Input([3, 4]), Input([6, 5]))
            _ = try Graph(from: [query, value], to: [Attention(name: "a")(query, value)])
        },
        Wrong(
            "a layer without a kernel",
            .argument(
                layer: "s", name: "layer", requirement: "a layer of Keras's with a kernel or with embeddings",
                received: "BatchNormalization")
        ) { try build([3, 4], SpectralNormalization(BatchNormalization(), name: "s")) },
        Wrong(
            "no iterations", .argument(layer: "s", name: "powerIterations", requirement: "positive", received: "0")
        ) { try build([3, 4], SpectralNormalization(Dense(2), powerIterations: 0, name: "s")) },
    ]

    @Test("wrong arguments and inputs are errors that name the layer", arguments: wrong)
    func errors(_ item: Wrong) { #expect(throws: item.error) { try item.describe() } }

    /// Oracle: `tf_keras.layers.Bidirectional.from_config`.
    @Test("Keras 2 says less of a bidirectional layer and of a GRU")
    func keras2() throws {
        let inner: ConfigurationValue = [
            "class_name": "GRU", "config": ["name": "words", "units": 3, "return_sequences": true],
        ]
        let layer = try LayerRegistry().layer("Bidirectional", ["name": "both", "layer": inner], kerasVersion: 2)
        let bidirectional = try #require(layer as? Bidirectional)
        #expect(bidirectional.sublayers.map(\.name) == ["forward_words", "backward_words"])
        let layers = bidirectional.sublayers.compactMap { $0 as? GRU }
        #expect(layers.map(\.goBackwards) == [false, true])
        #expect(layers.allSatisfy { $0.returnSequences && !$0.resetAfter && $0.units == 3 })
        #expect(bidirectional.mergeMode == .concat)
    }

    @Test("a wrapper freezes what it wraps, which freezes alone too")
    func freezing() throws {
        let wrapper = Bidirectional(LSTM(3))
        let graph = try Graph(sequence: [InputLayer([5, 4]), wrapper])
        let all = graph.trainableCount
        #expect(try graph.refrozen() == nil)
        wrapper.forwardLayer.isTrainable = false
        let half = try #require(try graph.refrozen())
        #expect(half.trainableCount == all / 2)
        #expect(half.weights.map(\.isTrainable) == [false, false, false, true, true, true])
        wrapper.isTrainable = false
        #expect(try half.refrozen()?.trainableCount == 0)
        #expect(wrapper.sublayers.allSatisfy { !$0.isTrainable })
        wrapper.isTrainable = true
        #expect(try half.refrozen()?.trainableCount == all)
    }

    @Test("weights know the part that they lie in")
    func places() throws {
        let graph = try Graph(sequence: [
            InputLayer([2, 5, 4]), TimeDistributed(Bidirectional(SimpleRNN(3, useBias: false))),
        ])
        let declared = graph.layers[1].properties.declared
        #expect(
            declared.map(\.fullName) == [
                "layer/forward_layer/kernel", "layer/forward_layer/recurrent_kernel", "layer/backward_layer/kernel",
                "layer/backward_layer/recurrent_kernel",
            ])
        #expect(
            declared[3].path.map(\.name) == ["bidirectional", "backward_simple_rnn", "simple_rnn_cell"])
    }
}
