import LockstepCompute

/// A function that training minimizes: Keras's losses, each the mean over a row's last dimension (`keras.losses`).
///
/// A rank adds up the losses of its rows. The sum and its gradient are divided later, by the global number of rows.
public protocol Loss: Configurable, Sendable {
    /// Keras's name, `"mean_squared_error"`.
    var name: String { get }
    /// Whether the loss also takes the logits: the inputs of this activation of the last layer.
    func takesLogits(of activation: ActivationFunction) -> Bool
    /// What the shape of a row of targets must be; nil if `targets` is right.
    func requirement(targets: Shape, outputs: Shape) -> String?
    /// The values that targets may have.
    var targetValues: TargetValues { get }
    /// The sum of the losses of all rows, each multiplied by its weight if `weights` is not nil.
    ///
    /// - Parameters:
    ///   - logits: the inputs of the last layer's activation, if the loss takes them.
    ///   - gradient: if not nil, overwritten with the derivative of the sum with respect to the logits. Without logits,
    ///     it is the derivative with respect to the outputs.
    func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double
}

extension Loss {
    public func takesLogits(of activation: ActivationFunction) -> Bool { false }
    public var targetValues: TargetValues { .any }

    /// The sum of the losses of all rows, with equal weights.
    public func sum(outputs: Tensor, logits: Tensor? = nil, targets: Tensor, gradient: Tensor?, on crew: Crew) -> Double
    {
        sum(outputs: outputs, logits: logits, targets: targets, weights: nil, gradient: gradient, on: crew)
    }

    /// Targets must have the outputs' shape. A last dimension of 1 may be missing or added (Keras,
    /// `squeeze_or_expand_to_same_rank`).
    public func requirement(targets: Shape, outputs: Shape) -> String? {
        let isColumn = outputs.dimensions == targets.dimensions + [1] || targets.dimensions == outputs.dimensions + [1]
        return targets == outputs || isColumn ? nil : "rows of the output's shape \(outputs) for \(name)"
    }
}

/// Finds losses by Keras's names.
public enum Losses {
    private static let named: [String: any Loss] = [
        "mean_squared_error": MeanSquaredError(), "mse": MeanSquaredError(), "mean_absolute_error": MeanAbsoluteError(),
        "mae": MeanAbsoluteError(), "binary_crossentropy": BinaryCrossentropy(), "bce": BinaryCrossentropy(),
        "categorical_crossentropy": CategoricalCrossentropy(),
        "sparse_categorical_crossentropy": SparseCategoricalCrossentropy(),
    ]

    package static var names: [String] { named.keys.sorted() }

    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> any Loss {
        guard let loss = named[name] ?? named[snakeCase(name)] else {
            throw .unknownName(kind: "loss", known: names, received: name)
        }
        return loss
    }
}
