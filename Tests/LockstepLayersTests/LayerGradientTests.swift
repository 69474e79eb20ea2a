import LockstepCompute
import LockstepGraph
import LockstepLayers
import TestSupport
import Testing

/// Oracle: central differences of the network's output, weighted with a random upstream gradient.
@Suite struct LayerGradientTests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let input: Shape
        let layers: @Sendable () -> [any Layer]

        init(_ description: String, _ input: Shape, _ layers: @escaping @Sendable () -> [any Layer]) {
            self.description = description
            self.input = input
            self.layers = layers
        }
    }

    /// Every layer stands between two dense ones, so that parameters in front of it and behind it see its gradient.
    static let cases: [Case] =
        ActivationFunction.names.map { name in
            Case("dense with \(name)", [5]) {
                [Dense(4, activation: .tanh), Dense(6, activation: try! ActivationFunction.named(name)), Dense(3)]
            }
        }
        + ActivationFunction.names.map { name in
            Case("activation \(name)", [5]) {
                [Dense(6), Activation(try! ActivationFunction.named(name)), Dense(3, useBias: false)]
            }
        } + [
            Case("flatten", [2, 3]) { [Dense(4), Flatten(), Dense(3)] },
            Case("reshape", [2, 6]) {
                [Dense(4), Reshape(4, -1), Dense(3, activation: .sigmoid), Reshape(12), Dense(2)]
            },
            Case("convolution between convolutions", [5, 6, 2]) {
                [
                    Conv2D(3, kernelSize: [2, 3], padding: .same, activation: .tanh),
                    Conv2D(4, kernelSize: 3, strides: 2, activation: .silu),
                    Conv2D(2, kernelSize: 2, padding: .same, dilationRate: 2),
                ]
            },
            Case("average pool", [4, 5, 2]) {
                [Conv2D(3, kernelSize: 1), AveragePooling2D(2, strides: 1, padding: .same)]
            },
            Case("largest pool, relu", [4, 5, 2]) { [Conv2D(3, kernelSize: 1), MaxPooling2D(2, strides: 1)] },
            Case("batch normalization", [4, 3]) {
                [Dense(4, activation: .tanh), BatchNormalization(epsilon: 0.1), Dense(2)]
            },
            Case("global average pool", [4, 5, 2]) { [Conv2D(3, kernelSize: 2), GlobalAveragePooling2D(), Dense(2)] },
            Case("global largest pool, relu", [4, 5, 2]) {
                [Conv2D(3, kernelSize: 2), GlobalMaxPooling2D(keepDims: true)]
            },
            Case("lstm between lstms", [5, 3]) {
                [LSTM(4, returnSequences: true), LSTM(5, returnSequences: true, goBackwards: true), LSTM(3)]
            },
            Case("lstm of other functions", [3, 2]) {
                [LSTM(4, activation: .softsign, recurrentActivation: .tanh, useBias: false, returnSequences: true)]
            },
            Case("dropout", [5]) { [Dense(8), Dropout(0.4), Dense(3)] },
            Case("dropout of nothing and everything", [5]) { [Dense(8), Dropout(0), Dense(3), Dropout(1)] },
        ]

    /// Functions made of pieces, whose kinks within a step spoil single differences.
    static let pieces = ["relu", "hard_", "shrink", "sparse"]

    @Test("parameters' gradients", arguments: cases)
    func parameters(_ item: Case) throws {
        let hasKinks = Self.pieces.contains { item.description.contains($0) }
        try checkGradients(try Graph(sequence: [InputLayer(item.input)] + item.layers()), hasKinks: hasKinks)
    }

    @Test("branches: outputs used twice, views of them, the sum of three")
    func branches() throws {
        let input = Input([4])
        let hidden = Dense(6, activation: .tanh)(input)
        let view = Reshape(6)(hidden)
        let wide = Reshape(2, 3)(hidden)
        let sum = Add()(hidden, view, Flatten()(wide))
        let again = Add()(Dense(6)(sum), view)
        let twice = Add()(again, again)
        try checkGradients(try Graph(from: [input], to: [Dense(2)(twice)]))
    }

    @Test("an embedding behind numbers")
    func embedding() throws {
        let graph = try Graph(sequence: [InputLayer([3]), Embedding(4, 5), LSTM(3)])
        try checkGradients(graph, input: try Tensor([0, 3, 1, 3, 3, 3, 2, 0, 2], shape: [3, 3]))
    }

    private func checkGradients(_ graph: Graph, input: Tensor? = nil, hasKinks: Bool = false) throws {
        let arena = Arena(graph.weights)
        arena.initialize(seed: 3)
        // Away from zero and the kinks there.
        for (index, parameter) in arena.weights.enumerated() {
            parameter.value.assign(sample(parameter.shape, seed: UInt64(index)) * 0.6)
        }
        let crew = try Crew(threads: 1, instructionSet: InstructionSet.available.last!)
        let network = Network(
            training: [graph.training.rewritten().withUpstream], inference: graph.inference, arena: arena,
            context: StepContext(crew: crew, seed: 5))
        let plan = network.plan(rows: 3, .training())
        let x = input ?? sample(plan.input.shape, seed: 8)
        let upstream = sample(plan.output.shape, seed: 9)

        func objective() -> Double {
            plan.input.assign(x)
            network.forward(plan)
            return (0..<upstream.count).reduce(0) { $0 + Double(plan.output[$1]) * Double(upstream[$1]) }
        }
        _ = objective()
        arena.gradients.fill(.nan)
        network.backward(plan, from: upstream)
        let gradients = arena.weights.map { $0.gradient.copy() }
        let scale = max(
            zip(arena.weights, gradients).filter(\.0.isTrainable).flatMap(\.1.elements).map { Double(abs($0)) }.max()
                ?? 0, 1e-3)
        for (parameter, gradient) in zip(arena.weights, gradients) where parameter.isTrainable {
            var wrong = 0
            for position in 0..<parameter.value.count {
                let (value, step) = (parameter.value[position], Float(4e-3))
                func at(_ offset: Float) -> Double {
                    parameter.value[position] = value + offset
                    defer { parameter.value[position] = value }
                    return objective()
                }
                // Of fourth order, so that the step can be large enough for float.
                let slope = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * Double(step))
                if !(abs(Double(gradient[position]) - slope) <= 2e-3 * scale) { wrong += 1 }
            }
            let allowed = hasKinks ? max(1, parameter.value.count / 8) : 0
            #expect(wrong <= allowed, "\(wrong) of \(parameter.value.count) gradients of \(parameter.name)")
        }
    }
}
