import LockstepCompute
import LockstepGraph
import LockstepLayers
import Testing

/// What layers do with input that is not what they expect.
@Suite struct LayerInputTests {
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
        #expect(
            message([InputLayer([9, 9, 1]), Conv2D(0, kernelSize: 3)]).contains("filters must be positive, received: 0")
        )
        #expect(
            message([InputLayer([9, 9, 1]), Conv2D(1, kernelSize: 3, strides: 0)]).contains(
                "strides must be positive, received: [0, 0]"))
        #expect(
            message([InputLayer([1, 1, 1]), MaxPooling2D(2)]).contains(
                "'max_pooling2d': the input must be at least as large as the pool"))
        #expect(message([InputLayer([4]), AveragePooling2D(2)]).contains("'average_pooling2d'"))
        #expect(
            message([InputLayer([4]), GlobalMaxPooling2D()]).contains(
                "'global_max_pooling2d': the input must have rows of [height"))
        #expect(
            message([InputLayer([4]), LSTM(2)]).contains(
                "'lstm': the input must have rows of [time, features], received: [4]"))
        #expect(message([InputLayer([4, 1]), LSTM(0)]).contains("'lstm': units must be positive, received: 0"))
        #expect(
            message([InputLayer([4, 1]), GRU(2, recurrentActivation: .glu)]).contains(
                "'gru': recurrentActivation must be a function that keeps the number of units, received: glu"))
        #expect(
            message([InputLayer([4, 1]), GRU(2, recurrentDropout: 1.5)]).contains(
                "'gru': recurrentDropout must be from 0 to 1, received: 1.5"))
        #expect(
            message([InputLayer([4, 1]), RNN(StackedRNNCells([]))]).contains(
                "'stacked_rnn_cells': cells must be one cell or more, received: none"))
        #expect(
            message([InputLayer([4, 1, 2]), RNN(LSTMCell(2))]).contains(
                "'lstm_cell': the input must have rows of [features], received: [1, 2]"))
        #expect(
            message([InputLayer([4, 3, 2]), ConvLSTM2D(2, kernelSize: 2)]).contains(
                "'conv_lstm2d': the input must have rows of [time, height, width, channels], received: [4, 3, 2]"))
        #expect(
            message([InputLayer([4, 3, 2]), ConvLSTM1D(2, kernelSize: 5)]).contains(
                "'conv_lstm1d': the input must be at least as large as the kernel 5, received: [3, 2]"))
        #expect(
            message([InputLayer([4, 9, 2]), ConvLSTM1D(2, kernelSize: 2, strides: 2, dilationRate: 2)]).contains(
                "'conv_lstm1d': dilationRate must be 1 with strides larger than 1"))
        #expect(
            message([InputLayer([4]), SimpleRNN(2)]).contains(
                "'simple_rnn': the input must have rows of [time, features]"))
        #expect(
            message([InputLayer([4]), Conv1D(2, kernelSize: 3)]).contains(
                "'conv1d': the input must have rows of [time, channels]"))
        #expect(
            message([InputLayer([2, 1]), Conv1D(2, kernelSize: 3)]).contains(
                "at least as large as the kernel 3, received: [2, 1]"))
        #expect(
            message([InputLayer([2, 1]), Conv1D(2, kernelSize: 3, strides: 0)]).contains(
                "strides must be positive, received: 0"))
        #expect(
            message([InputLayer([4, 4, 6]), Conv2D(4, kernelSize: 3, groups: 4)]).contains(
                "groups must be a divisor of the 6 channels and 4 filters, received: 4"))
        #expect(
            message([InputLayer([4, 4, 1]), Conv2DTranspose(2, kernelSize: 3, strides: 2, outputPadding: 2)]).contains(
                "outputPadding must be 0 or more, and smaller than the strides [2, 2], received: [2, 2]"))
        #expect(
            message([InputLayer([4, 1]), Conv1DTranspose(2, kernelSize: 3, strides: 2, dilationRate: 2)]).contains(
                "dilationRate must be 1 with strides larger than 1, received: 2 with strides 2"))
        #expect(
            message([InputLayer([4, 4, 1]), DepthwiseConv2D(3, depthMultiplier: 0)]).contains(
                "depthMultiplier must be positive, received: 0"))
        #expect(
            message([InputLayer([4, 2, 4, 1]), Conv3D(2, kernelSize: 3)]).contains(
                "at least as large as the kernel [3, 3, 3], received: [4, 2, 4, 1]"))
        #expect(
            message([InputLayer([4, 2, 1]), MaxPooling3D(2)]).contains(
                "the input must have rows of [depth, height, width, channels]"))
        #expect(
            message([InputLayer([4, 1]), AdaptiveMaxPooling1D(5)]).contains(
                "the input must be at least as large as the output 5, received: [4, 1]"))
        #expect(
            message([InputLayer([4, 1]), BatchNormalization(axis: 3)]).contains(
                "axis must be dimensions behind the batch of a row [4, 1], each once, received: [3]"))
        #expect(
            message([InputLayer([4]), BatchNormalization(renorm: true, renormClipping: RenormClipping(dmax: -1))])
                .contains("renormClipping must be bounds with rmin ≤ rmax, and dmax from 0, received: "))
        #expect(
            message([InputLayer([4]), EinsumDense("ab,cd->ad", outputShape: [3])]).contains(
                "equation must be one such as ab,bc->ac for the input [batch, 4], received: ab,cd->ad"))
        #expect(
            message([InputLayer([4]), EinsumDense("ab,bc->ac", outputShape: [nil])]).contains(
                "outputShape must be a size, or nil for the input's, for each dimension of the output of ab,bc->ac"))
        #expect(
            message([InputLayer([4]), EinsumDense("ab,bc->ac", outputShape: [3], biasAxes: "b")]).contains(
                "biasAxes must be letters of the output of ab,bc->ac behind the batch, received: b"))
        #expect(
            message([InputLayer([4]), Dense(3, loraRank: 0)]).contains("loraRank must be positive, received: 0"))
        #expect(
            message([InputLayer([4]), Dense(3, loraAlpha: 2)]).contains(
                "loraAlpha must be nil without loraRank, received: 2.0"))
        #expect(
            message([InputLayer([4]), Dense(3, kernelConstraint: .nonNeg, loraRank: 2)]).contains(
                "loraRank must be nil for a kernel with a constraint, received: 2"))
        #expect(
            message([InputLayer([4]), SpectralNormalization(Dense(3, loraRank: 2))]).contains(
                "layer must be a layer without loraRank, received: dense"))
        #expect(message([InputLayer([4]), Dot(axes: 1)]).contains("'dot' takes 2 input(s), received: 1"))
        #expect(
            message([InputLayer([4]), BatchNormalization(momentum: 2)]).contains(
                "momentum must be from 0 to 1, received: 2.0"))
        #expect(
            message([InputLayer([4]), BatchNormalization(epsilon: 0)]).contains(
                "epsilon must be positive, received: 0.0"))
        #expect(
            message([InputLayer([4, 1]), LayerNormalization(axis: [1, -2])]).contains(
                "axis must be dimensions behind the batch of a row [4, 1], each once, received: [1, -2]"))
        #expect(
            message([InputLayer([4, 1]), RMSNormalization(axis: 1)]).contains(
                "axis must be the last dimensions of a row [4, 1], received: [1]"))
        #expect(
            message([InputLayer([4]), GroupNormalization(groups: 2, axis: 0)]).contains(
                "axis must be dimensions behind the batch of a row [4], each once, received: [0]"))
        #expect(
            message([InputLayer([4]), LayerNormalization(epsilon: 0)]).contains(
                "epsilon must be positive, received: 0.0"))
        #expect(
            message([InputLayer([4, 3]), RepeatVector(2)]).contains(
                "'repeat_vector': the input must be a row of features"))
        #expect(
            message([InputLayer([4]), RepeatVector(0)]).contains("'repeat_vector': n must be positive, received: 0"))
        #expect(
            message([InputLayer([4, 3]), Permute(2, 2)]).contains(
                "'permute': dims must be the numbers from 1, each once"))
        #expect(
            message([InputLayer([4]), Permute(2, 1)]).contains(
                "'permute': the input must have the 2 dimension(s) of dims [2, 1]"))
        #expect(message([InputLayer([4]), Concatenate()]).contains("'concatenate' takes 2 input(s), received: 1"))
        #expect(message([InputLayer([4]), Subtract()]).contains("'subtract' takes 2 input(s), received: 1"))
        #expect(
            message([InputLayer([4]), Embedding(0, 3)]).contains("'embedding': inputDim must be positive, received: 0"))
    }

    @Test("inputs that do not fit one another name the layer and what it received")
    func merging() {
        func message(_ layer: any Layer, _ shapes: [Shape]) -> String {
            let input = Input([12])
            let inputs = shapes.map { ($0.rank == 1 ? Reshape($0[0]) : Reshape($0[0], $0[1]))(input) }
            do {
                _ = try Graph(from: [input], to: layer.outputs(of: inputs))
                return "no error"
            } catch { return "\(error)" }
        }
        #expect(message(LSTM(12, name: "a"), [[4, 3], [12]]).contains("'a' takes 3 input(s), received: 2"))
        #expect(
            message(LSTM(12, name: "a"), [[4, 3], [12], [3, 4]]).contains(
                "'a': the input must have a state of rows [12], received: [3, 4]"))
        #expect(
            message(GRUCell(12, name: "a"), [[12], [3, 4]]).contains(
                "'a': the input must have a state of rows [12], received: [3, 4]"))
        #expect(
            message(Bidirectional(GRU(12), name: "a"), [[4, 3], [12]]).contains("'a' takes 3 input(s), received: 2"))
        for layer: any Layer in [Add(), Subtract(), Multiply(), Average(), Maximum(), Minimum()] {
            let received = message(layer, [[3, 4], [4, 3]])
            #expect(
                received.contains("must be broadcast to the shape [3, 4] of those in front of it, received: [4, 3]"))
            #expect(message(layer, [[3, 4], [3, 4]]) == "no error")
        }
        #expect(message(Subtract(), [[12], [12], [12]]).contains("'subtract' takes 2 input(s), received: 3"))
        #expect(
            message(Concatenate(), [[3, 4], [4, 3]]).contains(
                "the input must have the shape [3, 4] of the first except"))
        #expect(
            message(Concatenate(axis: 0), [[3, 4], [3, 4]]).contains(
                "'concatenate': axis must be a dimension of the inputs"))
        #expect(message(Concatenate(axis: 3), [[3, 4], [3, 4]]).contains("received: 3"))
        #expect(
            message(WeightsAlone(), [[12], [12]]).contains(
                "'weights_alone': an operation needs an input with the batch in front"))
    }

    /// Adds its weights before it meets its inputs.
    private final class WeightsAlone: Layer {
        let properties = LayerProperties()
        private var a, b: Weight!

        func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
            a = try weights.add("a", [12], .ones)
            b = try weights.add("b", [12], .ones)
        }
        func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
            [inputs[0] * (a.tensor(in: call.trace) + b)]
        }
    }
}
