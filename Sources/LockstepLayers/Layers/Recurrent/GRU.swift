import LockstepCompute
import LockstepGraph

/// Gated recurrent units (Cho et al., 2014).
///
/// Input `[batch, time, features]`, and if given the state before the first step, `[batch, units]`. Output: the last h,
/// `[batch, units]`, or with `returnSequences` the h of every step, `[batch, time, units]`; with `returnState` also the
/// last h. `GRUCell` has the weights and the formula of a step. h is zero before the first step by default.
///
/// With `dropout`, features of a sample are dropped in training, the same at all steps, and the others are scaled by
/// `1 / (1 − dropout)` (Gal and Ghahramani, 2016). With `recurrentDropout` elements of h are, in the products.
///
/// A masked step keeps the state. Its output is that of the step before, or zero with `zeroOutputForMask`.
///
///     model.add(GRU(64))
@dynamicMemberLookup
public final class GRU: RecurrentLayer {
    public let properties: LayerProperties
    public let cell: GRUCell
    public var recurrence: RecurrenceArguments
    /// The input's shape, if the layer is the first: `[time, features]`.
    public let inputShape: PartialShape?

    /// - Parameter resetAfter: whether the reset gate r is applied after the product of h with U. Otherwise it is
    ///   applied before.
    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal, biasInitializer: Initializer = .zeros,
        kernelRegularizer: Regularizer? = nil, recurrentRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil, recurrentConstraint: Constraint? = nil, biasConstraint: Constraint? = nil,
        dropout: Double = 0, recurrentDropout: Double = 0, returnSequences: Bool = false, returnState: Bool = false,
        goBackwards: Bool = false, stateful: Bool = false, unroll: Bool = false, zeroOutputForMask: Bool = false,
        resetAfter: Bool = true,
        inputShape: PartialShape? = nil, name: String = ""
    ) {
        cell = GRUCell(
            units, activation: activation, recurrentActivation: recurrentActivation, useBias: useBias,
            kernelInitializer: kernelInitializer, recurrentInitializer: recurrentInitializer,
            biasInitializer: biasInitializer, kernelRegularizer: kernelRegularizer,
            recurrentRegularizer: recurrentRegularizer, biasRegularizer: biasRegularizer,
            kernelConstraint: kernelConstraint, recurrentConstraint: recurrentConstraint,
            biasConstraint: biasConstraint, dropout: dropout, recurrentDropout: recurrentDropout,
            resetAfter: resetAfter)
        recurrence = RecurrenceArguments(
            returnSequences: returnSequences, returnState: returnState, goBackwards: goBackwards, stateful: stateful,
            unroll: unroll,
            zeroOutputForMask: zeroOutputForMask)
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        // The first versions of Keras 2 did not have the argument, and applied the reset gate before the product.
        self.init(try arguments.value("units"), resetAfter: arguments.kerasVersion >= 3)
    }

    public subscript<Value>(dynamicMember path: KeyPath<GRUCell, Value>) -> Value { cell[keyPath: path] }

    public var recurrentCell: any RecurrentCell { cell }
    public var sequenceDimensions: [String]? { ["time", "features"] }
}
