import LockstepCompute
import LockstepGraph

/// Gated recurrent units (Cho et al., 2014).
///
/// Input `[batch, time, features]`. Output: the last h, `[batch, units]`, or with `returnSequences` the h of every
/// step, `[batch, time, units]`. Weights: `kernel` W `[features, 3·units]` (default Glorot uniform), `recurrent_kernel`
/// U `[units, 3·units]` (orthogonal), `bias` `[2, 3·units]` (zeros), whose rows are b and c. Each weight has the order
/// z, r, g. σ is the recurrent activation (sigmoid), φ the activation (tanh), and h is zero before the first step:
///
///     p = x_t·W + b;   q = h·U + c;   z, r = σ(p_z + q_z), σ(p_r + q_r);   g = φ(p_g + r·q_g);   h = z·h + (1 − z)·g
///
/// Without `resetAfter` there is no c, `bias` is `[3·units]`, and `g = φ(p_g + (r·h)·U_g)`.
///
/// With `dropout`, features of a sample are dropped in training, the same at all steps, and the others are scaled by
/// `1 / (1 − dropout)` (Gal and Ghahramani, 2016).
///
/// A masked step keeps the state. Its output is that of the step before, or zero with `zeroOutputForMask`.
///
///     model.add(GRU(64))
public final class GRU: RecurrentLayer {
    public let properties: LayerProperties
    @Configured public private(set) var units: Int
    @Configured public private(set) var activation: ActivationFunction
    @Configured public private(set) var recurrentActivation: ActivationFunction
    @Configured public private(set) var useBias: Bool
    @Configured public private(set) var kernelInitializer: Initializer
    @Configured public private(set) var recurrentInitializer: Initializer
    @Configured public private(set) var biasInitializer: Initializer
    @Configured public private(set) var kernelRegularizer: Regularizer?
    @Configured public private(set) var recurrentRegularizer: Regularizer?
    @Configured public private(set) var biasRegularizer: Regularizer?
    @Configured public private(set) var kernelConstraint: Constraint?
    @Configured public private(set) var recurrentConstraint: Constraint?
    @Configured public private(set) var biasConstraint: Constraint?
    @Configured public private(set) var dropout: Double
    @Configured public private(set) var returnSequences: Bool
    /// Whether the layer goes backwards through time. Output sequences have the same backward order.
    @Configured public private(set) var goBackwards: Bool
    /// Whether the output of a masked step is 0. By default it is the output of the step before.
    @Configured public var zeroOutputForMask: Bool
    /// Whether the reset gate r is applied after the product of h with U. Otherwise it is applied before.
    @Configured public private(set) var resetAfter: Bool
    /// The input's shape, if the layer is the first: `[time, features]`.
    public let inputShape: PartialShape?
    public private(set) var kernel: Weight!
    public private(set) var recurrentKernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, recurrentInitializer: Initializer = .orthogonal,
        biasInitializer: Initializer = .zeros, kernelRegularizer: Regularizer? = nil,
        recurrentRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil,
        recurrentConstraint: Constraint? = nil,
        biasConstraint: Constraint? = nil, dropout: Double = 0, returnSequences: Bool = false,
        goBackwards: Bool = false,
        zeroOutputForMask: Bool = false, resetAfter: Bool = true, inputShape: PartialShape? = nil, name: String = ""
    ) {
        self.units = units
        self.activation = activation
        self.recurrentActivation = recurrentActivation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.recurrentInitializer = recurrentInitializer
        self.biasInitializer = biasInitializer
        self.kernelRegularizer = kernelRegularizer
        self.recurrentRegularizer = recurrentRegularizer
        self.biasRegularizer = biasRegularizer
        self.kernelConstraint = kernelConstraint
        self.recurrentConstraint = recurrentConstraint
        self.biasConstraint = biasConstraint
        self.dropout = dropout
        self.returnSequences = returnSequences
        self.goBackwards = goBackwards
        self.zeroOutputForMask = zeroOutputForMask
        self.resetAfter = resetAfter
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        // The first versions of Keras 2 did not have the argument, and applied the reset gate before the product.
        self.init(try arguments.value("units"), resetAfter: arguments.kerasVersion >= 3)
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try sequences(
            inputs, activations: [("activation", activation), ("recurrentActivation", recurrentActivation)])
        kernel = try weights.add(
            "kernel", [input[1], 3 * units], kernelInitializer, regularizer: kernelRegularizer,
            constraint: kernelConstraint, in: cell)
        recurrentKernel = try weights.add(
            "recurrent_kernel", [units, 3 * units], recurrentInitializer, regularizer: recurrentRegularizer,
            constraint: recurrentConstraint, in: cell)
        let shape: Shape = resetAfter ? [2, 3 * units] : [3 * units]
        bias =
            useBias
            ? try weights.add(
                "bias", shape, biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint, in: cell)
            : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let cell: RecurrentCell =
            resetAfter
            ? .gated(activation, recurrent: recurrentActivation)
            : .gatedBefore(activation, recurrent: recurrentActivation)
        return try outputs(of: inputs[0], with: [kernel, recurrentKernel, bias], call) { isMasked in
            RecurrenceOperation(
                cell, time: inputs[0].spec.shape[0], units: units, returnsSequences: returnSequences,
                goesBackwards: goBackwards,
                isMasked: isMasked)
        }
    }
}
