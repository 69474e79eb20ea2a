import LockstepCompute

/// A convolution whose features are normalized by given statistics and activated: `ConvolutionOperation` and
/// `NormalizationOperation` in one pass over memory. It has no gradient; predictions alone use it.
///
/// Inputs: those of the convolution, then the statistics, γ and β of the normalization.
struct NormalizedConvolutionOperation: ActivatedOperation {
    private let convolution: ConvolutionOperation
    private var normalization: NormalizationOperation
    /// How many inputs the convolution has.
    private let convolutionInputs: Int

    init(_ convolution: ConvolutionOperation, _ normalization: NormalizationOperation, convolutionInputs: Int) {
        (self.convolution, self.normalization) = (convolution, normalization)
        self.convolutionInputs = convolutionInputs
    }

    var activation: ActivationFunction { normalization.activation }
    func with(activation: ActivationFunction) -> any Operation {
        var other = self
        other.normalization = normalization.normalizing(activation)
        return other
    }

    var isDifferentiable: Bool { false }

    func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        let features = try convolution.outputs(Array(inputs.prefix(convolutionInputs)))
        return try normalization.outputs(features + inputs.dropFirst(convolutionInputs))
    }

    func memory(_ call: OperationShapes) -> OperationMemory {
        let shapes = OperationShapes(
            inputs: Array(call.inputs.prefix(convolutionInputs)), outputs: call.outputs, training: false)
        let features: Shape = [call.outputs[0].last ?? 0]
        // The factors, the offsets and 1/√(σ² + ε).
        return OperationMemory(saved: [features, features, features] + convolution.memory(shapes).saved)
    }

    func forward(_ pass: ForwardPass) {
        let (factors, offsets) = (pass.saved[0], pass.saved[1])
        normalization.coefficients(
            pass.inputs, shift: convolutionInputs - 1, factors: factors, offsets: offsets, inverses: pass.saved[2])
        convolution.convolve(
            pass, scratch: pass.saved.dropFirst(3).first, bias: convolutionInputs > 2 ? pass.inputs[2] : nil,
            activation: normalization.activation, normalized: (factors, offsets), into: pass.output)
    }

    func backward(_ pass: BackwardPass) {}
}
