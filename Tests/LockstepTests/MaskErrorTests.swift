import Lockstep
import TestSupport
import Testing

/// Masks of a shape that a layer or a loss cannot use. Oracle: the error that names the layer.
@Suite struct MaskErrorTests {
    /// What evaluating a model says whose words, three sentences of two, have a mask `[3, 2]`.
    private static func mistake(_ layers: (SymbolicTensor) -> SymbolicTensor) throws -> LayerError? {
        let words = Input([3, 2])
        do {
            let model = try Model(
                inputs: words, outputs: layers(Embedding(5, 4, maskZero: true)(words)), name: "masked")
            try model.compile(optimizer: .sgd, loss: .mse)
            let outputs = try model.predict(Tensor.zeros([2, 3, 2])).shape
            _ = try model.evaluate(Tensor.zeros([2, 3, 2]), Tensor.zeros(outputs), verbose: 0)
            return nil
        } catch let error as LayerError { return error }
    }

    @Test("a mask must fit what takes it")
    func shapes() throws {
        // Sentences with the mask of words.
        func sentences(_ x: SymbolicTensor) -> SymbolicTensor { TimeDistributed(LSTM(2))(x) }
        let misfit = "be [3] for an input of rows [3, 2]"
        #expect(
            try Self.mistake { BatchNormalization(name: "a")(sentences($0)) }
                == .mask(layer: "a", requirement: misfit, received: [3, 2]))
        #expect(
            try Self.mistake { Multiply(name: "a")(sentences($0), sentences($0)) }
                == .mask(layer: "a", requirement: misfit, received: [3, 2]))
        #expect(
            try Self.mistake { Concatenate(name: "a")(sentences($0), sentences($0)) }
                == .mask(layer: "a", requirement: misfit, received: [3, 2]))
        #expect(
            try Self.mistake { MultiHeadAttention(numHeads: 1, keyDim: 2, name: "a")(sentences($0), sentences($0)) }
                == .mask(layer: "a", requirement: misfit, received: [3, 2]))
        #expect(
            try Self.mistake { MultiHeadAttention(numHeads: 1, keyDim: 2, name: "a")($0, $0) }
                == .mask(layer: "a", requirement: "not be where several dimensions are attended to", received: [3, 2]))
        #expect(
            try Self.mistake { Dense(1, name: "a")(sentences($0)) }
                == .mask(layer: "a", requirement: "be [3] for the loss of its output", received: [3, 2]))
        #expect(
            try Self.mistake { LSTM(2, name: "a")(Wrong()($0)) }
                == .mask(layer: "a", requirement: "be [6] for an input of rows [6, 4]", received: [3]))
        #expect(
            try Self.mistake { ConvLSTM1D(2, kernelSize: 2, name: "a")($0) }
                == .mask(layer: "a", requirement: "be [3] for an input of rows [3, 2, 4]", received: [3, 2]))
        #expect(
            try Self.mistake { TimeDistributed(Dense(2), name: "a")(Wrong()($0)) }
                == .mask(layer: "a", requirement: "begin with the 6 steps of its input", received: [3]))
    }

    @Test("a recurrent layer takes the steps of which an element counts")
    func sentences() throws { #expect(try Self.mistake { Dense(1)(GRU(3)(TimeDistributed(LSTM(2))($0))) } == nil) }

    /// Gives `[6, 4]` a mask of 3.
    private final class Wrong: Layer {
        let properties = LayerProperties()
        func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [reshape(inputs[0], [6, 4])] }
        func computeMask(_ inputs: [SymbolicTensor]) -> SymbolicTensor? { max(inputs[0].mask!, axes: [1]) }
    }
}
