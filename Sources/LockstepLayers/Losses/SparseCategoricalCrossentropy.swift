import LockstepCompute

/// `−ln p[class]` with p divided by its sum and clipped to [1e-7, 1 − 1e-7]. Targets are class numbers, `[batch]`,
/// `[batch, 1]` or `[batch, 1, 1]`.
///
/// After a softmax, the loss is computed from the softmax's input z, the logits: `Σ t (ln Σ e^z − z)`. The gradient with
/// respect to z is `p Σt − t`. So neither of them saturates. Keras does the same on TensorFlow. With `fromLogits` the
/// outputs are the logits.
public struct SparseCategoricalCrossentropy: Loss {
    public let name = "sparse_categorical_crossentropy"
    @Configured public private(set) var fromLogits: Bool

    public init(fromLogits: Bool = false) { self.fromLogits = fromLogits }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        if arguments["axis"] == -1 { arguments["axis"] = nil }
    }

    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public var targetValues: TargetValues { .classNumbers }
    public func takesLogits(of activation: ActivationFunction) -> Bool { !fromLogits && activation == .softmax }

    public func requirement(targets: Shape, outputs: Shape) -> String? {
        let positions = Array(outputs.dimensions.dropLast())
        return [[], [1], [1, 1]].contains { targets.dimensions == positions + $0 }
            ? nil : "one class number for each of the output's rows \(outputs)"
    }

    public func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double {
        LossKernel.sparseCategoricalCrossentropy.sum(
            outputs: outputs, logits: logits, targets: targets, weights: weights, gradient: gradient,
            fromLogits: fromLogits, on: crew)
    }
}

extension Loss where Self == SparseCategoricalCrossentropy {
    public static var sparseCategoricalCrossentropy: Self { SparseCategoricalCrossentropy() }
}
