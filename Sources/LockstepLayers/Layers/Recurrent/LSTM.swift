import LockstepCompute
import LockstepGraph

/// A long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).
///
/// Input `[batch, time, features]`. Output: the last h, `[batch, units]`, or with `returnSequences` the h of every
/// step, `[batch, time, units]`. Weights: `kernel` W `[features, 4·units]` (default Glorot uniform), `recurrent_kernel`
/// U `[units, 4·units]` (orthogonal), `bias` b `[4·units]` (zeros, with `unitForgetBias` ones for f). Each weight has
/// the order i, f, c, o. σ is the recurrent activation (sigmoid), φ the activation (tanh), and h and c are zero before
/// the first step:
///
///     z = x_t·W + h·U + b;   i, f, o = σ(z_i), σ(z_f), σ(z_o);   c = f·c + i·φ(z_c);   h = o·φ(c)
///
/// Backpropagation through time gives the dz of all steps:  `dW = xᵀ·dz`,  `dU = Σ over t of h_{t−1}ᵀ·dz_t`,
/// `db = Σ dz`,  `dx = dz·Wᵀ`.
///
/// With `dropout`, features of a sample are dropped in training, the same at all steps, and the others are scaled by
/// `1 / (1 − dropout)` (Gal and Ghahramani, 2016).
///
/// A masked step keeps the state. Its output is that of the step before, or zero with `zeroOutputForMask`.
///
///     model.add(LSTM(128))
public final class LSTM: RecurrentLayer {
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
    @Configured public private(set) var unitForgetBias: Bool
    @Configured public private(set) var dropout: Double
    @Configured public private(set) var returnSequences: Bool
    /// Whether the layer goes backwards through time. Output sequences have the same backward order.
    @Configured public private(set) var goBackwards: Bool
    /// Whether the output of a masked step is 0. By default it is the output of the step before.
    @Configured public var zeroOutputForMask: Bool
    /// The input's shape, if the layer is the first: `[time, features]`.
    public let inputShape: PartialShape?
    public private(set) var kernel: Weight!
    public private(set) var recurrentKernel: Weight!
    public private(set) var bias: Weight?

    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, recurrentInitializer: Initializer = .orthogonal,
        biasInitializer: Initializer = .zeros, unitForgetBias: Bool = true, kernelRegularizer: Regularizer? = nil,
        recurrentRegularizer: Regularizer? = nil, biasRegularizer: Regularizer? = nil,
        activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil,
        recurrentConstraint: Constraint? = nil, biasConstraint: Constraint? = nil, dropout: Double = 0,
        returnSequences: Bool = false,
        goBackwards: Bool = false,
        zeroOutputForMask: Bool = false, inputShape: PartialShape? = nil, name: String = ""
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
        self.unitForgetBias = unitForgetBias
        self.dropout = dropout
        self.returnSequences = returnSequences
        self.goBackwards = goBackwards
        self.zeroOutputForMask = zeroOutputForMask
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("units")) }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try sequences(
            inputs, activations: [("activation", activation), ("recurrentActivation", recurrentActivation)])
        kernel = try weights.add(
            "kernel", [input[1], 4 * units], kernelInitializer, regularizer: kernelRegularizer,
            constraint: kernelConstraint, in: cell)
        recurrentKernel = try weights.add(
            "recurrent_kernel", [units, 4 * units], recurrentInitializer, regularizer: recurrentRegularizer,
            constraint: recurrentConstraint, in: cell)
        let ones = unitForgetBias ? units..<2 * units : 0..<0
        bias =
            useBias
            ? try weights.add(
                "bias", [4 * units], biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint,
                ones: ones, in: cell)
            : nil
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        try outputs(of: inputs[0], with: [kernel, recurrentKernel, bias], call) { isMasked in
            LSTMOperation(
                time: inputs[0].spec.shape[0], units: units, activation: activation,
                recurrentActivation: recurrentActivation,
                returnsSequences: returnSequences, goesBackwards: goBackwards, isMasked: isMasked)
        }
    }
}
