import LockstepCompute
import LockstepGraph

/// A long short-term memory over sequences of images, with convolutions in place of products (Shi et al., 2015).
///
/// Input `[batch, time, height, width, channels]`, and if given the states h and c before the first step. Output: the last
/// h, `[batch, height′, width′, filters]`, or with `returnSequences` the h of every step, `[batch, time, …]`; with
/// `returnState` also the last h and c, which are zero before the first step by default. With σ the recurrent
/// activation (sigmoid), φ the activation (tanh), and ∗ a convolution, of h with strides of 1 and of the same size:
///
///     z = x_t ∗ W + h ∗ U + b;   i, f, o = σ(z_i), σ(z_f), σ(z_o);   c = f·c + i·φ(z_c);   h = o·φ(c)
///
/// Weights, each with the gates i, f, c, o in its last dimension: `kernel` W `[kernel size…, channels, 4·filters]`
/// (default Glorot uniform), `recurrent_kernel` U `[kernel size…, filters, 4·filters]` (orthogonal), `bias` b
/// `[4·filters]` (zeros, with `unitForgetBias` ones for f).
///
/// With `dropout` elements of x are dropped in training, with `recurrentDropout` elements of h in the convolution, the
/// same at all steps and others for each gate. A masked step keeps the states. Its output is that of the step before, or
/// zero with `zeroOutputForMask`.
///
///     model.add(ConvLSTM2D(16, kernelSize: 3, padding: .same, returnSequences: true))
public final class ConvLSTM2D: RecurrentLayer {
    public let properties: LayerProperties
    private let cell: ConvLSTMCell<Size2D>
    public var recurrence: RecurrenceArguments
    /// The input's shape, if the layer is the first: `[time, height, width, channels]`.
    public let inputShape: PartialShape?

    public init(
        _ filters: Int, kernelSize: Size2D, strides: Size2D = 1, padding: Padding = .valid, dilationRate: Size2D = 1,
        activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal, biasInitializer: Initializer = .zeros,
        unitForgetBias: Bool = true, kernelRegularizer: Regularizer? = nil, recurrentRegularizer: Regularizer? = nil,
        biasRegularizer: Regularizer? = nil, activityRegularizer: Regularizer? = nil,
        kernelConstraint: Constraint? = nil, recurrentConstraint: Constraint? = nil, biasConstraint: Constraint? = nil,
        dropout: Double = 0, recurrentDropout: Double = 0, returnSequences: Bool = false, returnState: Bool = false,
        goBackwards: Bool = false, stateful: Bool = false, unroll: Bool = false, zeroOutputForMask: Bool = false,
        inputShape: PartialShape? = nil, name: String = ""
    ) {
        cell = ConvLSTMCell(
            filters, kernelSize: kernelSize, strides: strides, padding: padding, dilationRate: dilationRate,
            recurrentActivation: recurrentActivation, unitForgetBias: unitForgetBias,
            CellArguments(
                activation: activation, useBias: useBias, kernelInitializer: kernelInitializer,
                recurrentInitializer: recurrentInitializer, biasInitializer: biasInitializer,
                kernelRegularizer: kernelRegularizer, recurrentRegularizer: recurrentRegularizer,
                biasRegularizer: biasRegularizer, kernelConstraint: kernelConstraint,
                recurrentConstraint: recurrentConstraint, biasConstraint: biasConstraint, dropout: dropout,
                recurrentDropout: recurrentDropout))
        recurrence = RecurrenceArguments(
            returnSequences: returnSequences, returnState: returnState, goBackwards: goBackwards, stateful: stateful,
            unroll: unroll,
            zeroOutputForMask: zeroOutputForMask)
        self.inputShape = inputShape
        properties = LayerProperties(name: name, activityRegularizer: activityRegularizer)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("filters"), kernelSize: try arguments.value("kernel_size"))
    }

    public static var takesDataFormat: Bool { true }
    public static var formattedDimensions: Int? { 3 }
    public var filters: Int { cell.filters }
    public var recurrentCell: any RecurrentCell { cell }
    public var sequenceDimensions: [String]? { ["time", "height", "width", "channels"] }
}
