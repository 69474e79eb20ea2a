import LockstepCompute
import LockstepGraph

/// A function that training minimizes: Keras's losses (`keras.losses`).
///
/// A loss composes operations. Training gets the gradient from them, so that a loss of a program's own needs no more
/// than this:
///
///     struct Pinball: Loss {
///         func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
///             let error = targets - outputs
///             return mean(maximum(0.9 * error, -0.1 * error), axes: [-1])
///         }
///     }
///     try model.compile(optimizer: .adam, loss: Pinball())
///
/// Each rank adds up the losses of its rows, and the ranks divide by the global number once.
public protocol Loss: Configurable, Sendable {
    /// Keras's name, `"mean_squared_error"`; by default the name of the type in that spelling.
    var name: String { get }
    /// How losses become one number; by default their mean.
    var reduction: LossReduction { get }
    /// The values that targets may have; by default all finite numbers.
    var targetValues: TargetValues { get }
    /// What the shape of a row of targets must be; nil if `targets` is right. By default targets have the outputs'
    /// shape, and class numbers have it without the last dimension.
    func requirement(targets: Shape, outputs: Shape) -> String?
    /// The shape of the losses of one sample; by default that of the outputs without the last dimension.
    func positions(outputs: Shape) -> Shape
    /// The losses, `[batch]` in front of `positions`.
    ///
    /// - Parameters:
    ///   - outputs: `[batch, …, columns]`.
    ///   - targets: of the outputs' shape; class numbers `[batch, …]` if `targetValues` says so.
    func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor
    /// 1 for the losses that count, else 0, of the losses' shape; nil, the default, if all count.
    func mask(targets: SymbolicTensor) -> SymbolicTensor?
    /// - Throws: `LayerError.compiled` for an argument out of its range.
    func validate() throws(LayerError)
}

extension Loss {
    public var name: String { snakeCase(Self.className) }
    public var reduction: LossReduction { .sumOverBatchSize }
    public var targetValues: TargetValues { .any }
    public func positions(outputs: Shape) -> Shape { Shape(outputs.dimensions.dropLast()) }
    public func mask(targets: SymbolicTensor) -> SymbolicTensor? { nil }
    public func validate() throws(LayerError) {}

    /// Targets must have the outputs' shape. A last dimension of 1 may be missing or added (Keras,
    /// `squeeze_or_expand_to_same_rank`). Class numbers are one for each position.
    public func requirement(targets: Shape, outputs: Shape) -> String? {
        if targetValues.areClassNumbers {
            let positions = Array(outputs.dimensions.dropLast())
            return [[], [1], [1, 1]].contains { targets.dimensions == positions + $0 }
                ? nil : "one class number for each of the output's rows \(outputs)"
        }
        let isColumn = outputs.dimensions == targets.dimensions + [1] || targets.dimensions == outputs.dimensions + [1]
        return targets == outputs || isColumn ? nil : "rows of the output's shape \(outputs) for \(name)"
    }

    /// The shape of a row of targets that `losses` gets.
    package func targetShape(outputs: Shape, given: Shape) -> Shape {
        if targetValues.areClassNumbers { return Shape(outputs.dimensions.dropLast()) }
        return given.count == outputs.count ? outputs : given
    }

    /// - Throws: `LayerError.compiled` if a condition on an argument does not hold.
    func check(_ argument: String, _ value: Double, _ requirement: String, _ holds: Bool) throws(LayerError) {
        guard holds else {
            throw .compiled(
                "loss \(Self.className)", name: argument, requirement: requirement, received: value.plainDescription)
        }
    }
}

/// A loss with a kernel that computes its sum and gradient in one pass.
package protocol FusedLoss: Loss {
    /// Whether the kernel takes the arguments.
    var isFused: Bool { get }
    /// Whether the kernel also takes the logits: the inputs of this activation of the last layer.
    func takesLogits(of activation: ActivationFunction) -> Bool
    /// The sum of the losses of all rows, each multiplied by its weight if `weights` is not nil.
    ///
    /// - Parameters:
    ///   - logits: the inputs of the last layer's activation, if the loss takes them.
    ///   - gradient: if not nil, overwritten with the derivative of the sum with respect to the logits. Without logits,
    ///     it is the derivative with respect to the outputs.
    func fusedSum(
        outputs: Tensor, logits: Tensor?, targets: Tensor, weights: Tensor?, gradient: Tensor?, on crew: Crew
    ) -> Double
}

extension FusedLoss {
    package var isFused: Bool { true }
    package func takesLogits(of activation: ActivationFunction) -> Bool { false }

    /// The sum of the losses of all rows, with equal weights.
    package func fusedSum(
        outputs: Tensor, logits: Tensor? = nil, targets: Tensor, gradient: Tensor?, on crew: Crew
    ) -> Double {
        fusedSum(outputs: outputs, logits: logits, targets: targets, weights: nil, gradient: gradient, on: crew)
    }
}

/// Finds losses by Keras's names.
public enum Losses {
    /// One loss of each class, by Keras's names for it.
    private static let classes: [([String], any Loss)] = [
        (["mean_squared_error", "mse"], MeanSquaredError()),
        (["mean_absolute_error", "mae"], MeanAbsoluteError()),
        (["mean_absolute_percentage_error", "mape"], MeanAbsolutePercentageError()),
        (["mean_squared_logarithmic_error", "msle"], MeanSquaredLogarithmicError()),
        (["binary_crossentropy", "bce"], BinaryCrossentropy()),
        (["binary_focal_crossentropy"], BinaryFocalCrossentropy()),
        (["categorical_crossentropy"], CategoricalCrossentropy()),
        (["categorical_focal_crossentropy"], CategoricalFocalCrossentropy()),
        (["categorical_generalized_cross_entropy"], CategoricalGeneralizedCrossEntropy()),
        (["sparse_categorical_crossentropy"], SparseCategoricalCrossentropy()),
        (["categorical_hinge"], CategoricalHinge()), (["hinge"], Hinge()), (["squared_hinge"], SquaredHinge()),
        (["huber", "huber_loss"], Huber()), (["log_cosh", "logcosh"], LogCosh()),
        (["kl_divergence", "kld", "kullback_leibler_divergence"], KLDivergence()), (["poisson"], Poisson()),
        (["cosine_similarity", "cosine_proximity"], CosineSimilarity()), (["dice"], Dice()), (["tversky"], Tversky()),
        (["ctc"], CTC()),
    ]

    private static let named = Dictionary(
        uniqueKeysWithValues: classes.flatMap { names, loss in names.map { ($0, loss) } })

    package static var names: [String] { named.keys.sorted() }
    /// One loss of each class.
    package static var all: [any Loss] { classes.map { $1 } }

    /// - Throws: `LayerError.unknownName`.
    public static func named(_ name: String) throws(LayerError) -> any Loss {
        let isClass: (any Loss) -> Bool = { type(of: $0).className == name }
        guard let loss = named[name] ?? named[snakeCase(name)] ?? all.first(where: isClass) else {
            throw .unknownName(kind: "loss", known: names, received: name)
        }
        return loss
    }
}
