import LockstepCompute

/// What training makes small: Keras's losses, each the mean over a row's last dimension (`keras.losses`).
///
/// A rank adds its rows' losses; the one division, by the global number of rows, comes later. So does that of the
/// gradient.
public protocol Loss: Configurable, Sendable {
    /// Keras's name, `"mean_squared_error"`.
    var name: String { get }
    /// Whether the loss wants what goes into this activation of the last layer, the logits, too.
    func takesLogits(of activation: ActivationFunction) -> Bool
    /// What must hold for targets whose rows have this shape; nil if it does.
    func requirement(targets: Shape, outputs: Shape) -> String?
    /// Which values of targets it takes.
    var targetValues: TargetValues { get }
    /// The sum of the losses of all rows, each times its weight where `weights` is not nil.
    ///
    /// - Parameters:
    ///   - logits: what went into the last layer's activation, if the loss takes it.
    ///   - gradient: where not nil, overwritten with the sum's derivative by the logits, if they are given, else by the
    ///     outputs.
    func sum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double
}

extension Loss {
    public func takesLogits(of activation: ActivationFunction) -> Bool { false }
    public var targetValues: TargetValues { .any }

    /// The sum of the losses of all rows, which count alike.
    public func sum(outputs: Tensor, logits: Tensor? = nil, targets: Tensor, gradient: Tensor?, on crew: Crew) -> Double
    {
        sum(outputs: outputs, logits: logits, targets: targets, weights: nil, gradient: gradient, on: crew)
    }

    /// Targets element by element: of the outputs' shape, where a last dimension of 1 may be left out, or be one more
    /// (Keras, `squeeze_or_expand_to_same_rank`).
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
