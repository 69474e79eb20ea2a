import LockstepCompute
import LockstepFormats
import LockstepLayers
import TestSupport
import Testing

/// Oracle: real Keras, output and gradients by the input and every variable.
@Suite struct KerasLayerTests {
    static let cases: [(name: String, make: @Sendable () -> any Layer)] = [
        ("conv", { Conv2D(5, kernelSize: 3) }), ("conv_same", { Conv2D(3, kernelSize: 3, padding: .same) }),
        ("conv_strides", { Conv2D(4, kernelSize: [3, 2], strides: [2, 3], padding: .same) }),
        ("conv_strides_valid", { Conv2D(6, kernelSize: 2, strides: 3) }), ("conv_even", { Conv2D(2, kernelSize: 4, padding: .same) }),
        ("conv_dilation", { Conv2D(3, kernelSize: [3, 2], dilationRate: [2, 3]) }),
        ("conv_dilation_same", { Conv2D(3, kernelSize: 3, padding: .same, dilationRate: 2) }),
        ("conv_gelu", { Conv2D(7, kernelSize: 3, activation: .gelu, useBias: false) }),
        ("conv_wide", { Conv2D(33, kernelSize: 3, activation: .relu) }), ("conv_one", { Conv2D(8, kernelSize: 1) }),
        ("max", { MaxPooling2D(2) }), ("max_same", { MaxPooling2D([3, 2], strides: [2, 1], padding: .same) }),
        ("average", { AveragePooling2D(2) }), ("norm", { BatchNormalization() }),
        ("norm_images", { BatchNormalization(momentum: 0.8, epsilon: 1e-2) }),
        ("norm_plain", { BatchNormalization(center: false, scale: false) }), ("norm_scale", { BatchNormalization(center: false) }),
        ("embedding", { Embedding(11, 6) }), ("embedding_wide", { Embedding(3, 37) }), ("lstm", { LSTM(6) }),
        ("lstm_sequences", { LSTM(19, returnSequences: true) }),
        ("lstm_backwards", { LSTM(5, returnSequences: true, goBackwards: true) }), ("lstm_one", { LSTM(4) }),
        ("lstm_plain", { LSTM(9, activation: .relu, recurrentActivation: .hardSigmoid, useBias: false) }),
        ("lstm_wide", { LSTM(66, activation: .softsign) }), ("global_max", { GlobalMaxPooling2D() }),
        ("global_average", { GlobalAveragePooling2D(keepDims: true) }),
        ("average_same", { AveragePooling2D([3, 2], strides: [2, 1], padding: .same) }),
    ]

    /// Passes rows on, and keeps the gradient that comes back; its parameter makes somebody ask for that.
    private final class Tap: Layer {
        static let className = "Tap"
        var name = ""
        let configuration: [String: any ConfigurationConvertible] = [:]
        var gradient: Tensor?
        private var parameter: Parameter?

        func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
            parameter = try parameters.add("unused", [1], .zeros, keeping: parameter)
            return try single(inputs)
        }
        func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory() }
        func forward(_ pass: Forward) { pass.output.assign(pass.input) }
        func backward(_ pass: Backward) { gradient = pass.outputGradient.copy() }
    }

    @Test("output and gradients", arguments: 0..<cases.count, InstructionSet.available)
    func keras(_ number: Int, set: InstructionSet) throws {
        let (name, make) = Self.cases[number]
        let known = try Npz.read(fixture("layers.npz")).merging(Npz.read(fixture("layers-more.npz"))) { first, _ in first }
        for threads in [1, 3] {
            let (x, tap) = (known["\(name)/x"]!, Tap())
            let graph = try Graph(sequence: [InputLayer(x.shape.row), tap, make()])
            let arena = Arena(graph.parameters)
            arena.initialize(seed: 1)
            let parameters = graph.nodes[2].parameters.filter(\.isTrainable)
            let state = graph.nodes[2].parameters.filter { !$0.isTrainable }
            for (index, parameter) in parameters.enumerated() { parameter.value.assign(known["\(name)/variable\(index)"]!) }
            for (index, parameter) in state.enumerated() { parameter.value.assign(known["\(name)/state\(index)"]!) }
            let crew = try Crew(threads: threads, instructionSet: set)
            let network = Network(graph: graph, arena: arena, context: StepContext(crew: crew, seed: 1))
            let plan = network.plan(rows: x.rowCount, training: true)
            #expect(plan.output.shape == known["\(name)/y"]!.shape)
            arena.gradients.fill(.nan)
            crew.together {
                plan.input.assign(x)
                network.forward(plan)
                #expect(relativeError(plan.output, known["\(name)/y"]!) < 1e-5)
                plan.outputGradient.assign(known["\(name)/dy"]!)
                network.backward(plan)
            }
            #expect(relativeError(tap.gradient!, known["\(name)/dx"]!) < 1e-5)
            for (index, parameter) in parameters.enumerated() {
                #expect(relativeError(parameter.gradient, known["\(name)/gradient\(index)"]!) < 1e-5, "gradient \(index)")
            }
            if let expected = known["\(name)/prediction"] {
                let inference = network.plan(rows: x.rowCount, training: false)
                inference.input.assign(x)
                network.forward(inference)
                #expect(relativeError(inference.output, expected) < 1e-5)
                arena.advanceState()
                for (index, parameter) in state.enumerated() {
                    #expect(relativeError(parameter.value, known["\(name)/after\(index)"]!) < 1e-5, "state \(index)")
                }
            }
            // No rows are no gradient.
            let empty = network.plan(rows: 0, training: true)
            network.forward(empty)
            network.backward(empty)
            #expect(parameters.allSatisfy { $0.gradient.elements.allSatisfy { $0 == 0 } })
        }
    }

    @Test("what is not a number comes through a pool")
    func notANumber() throws {
        let crew = try Crew(threads: 1, instructionSet: .portable)
        let window = Window(size: 2, taps: 2, stride: 2, isSame: false)
        let x = try Tensor([1, .nan, 3, 2], shape: [1, 2, 2, 1])
        let (y, winners) = (Tensor.zeros([1, 1, 1, 1]), Tensor.zeros([1]))
        pool(.max, x, y: window, x: window, winners: winners, into: y, on: crew)
        #expect(y[0].isNaN)
    }

    @Test("what does not fit names the layer and what it received")
    func errors() {
        func message(_ layers: [any Layer]) -> String {
            do {
                _ = try Graph(sequence: layers)
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(
            message([InputLayer([5, 5]), Conv2D(3, kernelSize: 3)]).contains(
                "'conv2d': the input must have rows of [height, width, channels], received: [5, 5]"))
        #expect(
            message([InputLayer([2, 9, 1]), Conv2D(3, kernelSize: 3)]).contains(
                "at least as large as the kernel [3, 3], received: [2, 9, 1]"))
        #expect(message([InputLayer([9, 9, 1]), Conv2D(0, kernelSize: 3)]).contains("filters must be positive, received: 0"))
        #expect(
            message([InputLayer([9, 9, 1]), Conv2D(1, kernelSize: 3, strides: 0)]).contains("strides must be positive, received: [0, 0]"))
        #expect(
            message([InputLayer([1, 1, 1]), MaxPooling2D(2)]).contains("'max_pooling2d': the input must be at least as large as the pool"))
        #expect(message([InputLayer([4]), AveragePooling2D(2)]).contains("'average_pooling2d'"))
        #expect(message([InputLayer([4]), GlobalMaxPooling2D()]).contains("'global_max_pooling2d': the input must have rows of [height"))
        #expect(message([InputLayer([4]), LSTM(2)]).contains("'lstm': the input must have rows of [time, features], received: [4]"))
        #expect(message([InputLayer([4, 1]), LSTM(0)]).contains("'lstm': units must be positive, received: 0"))
        #expect(
            message([InputLayer([4, 1]), LSTM(2, activation: .gelu)]).contains("'lstm': activation must be a function of an element whose"))
        #expect(message([InputLayer([4, 1]), LSTM(2, recurrentActivation: .softmax)]).contains("'lstm': recurrentActivation must be"))
        #expect(message([InputLayer([4, 1]), BatchNormalization(axis: 1)]).contains("axis must be the last, -1 or 2, received: 1"))
        #expect(message([InputLayer([4]), BatchNormalization(momentum: 2)]).contains("momentum must be from 0 to 1, received: 2.0"))
        #expect(message([InputLayer([4]), BatchNormalization(epsilon: 0)]).contains("epsilon must be positive, received: 0.0"))
        #expect(message([InputLayer([4]), Embedding(0, 3)]).contains("'embedding': inputDim must be positive, received: 0"))
    }
}
