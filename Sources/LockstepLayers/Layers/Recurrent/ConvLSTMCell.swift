import LockstepCompute
import LockstepGraph

/// One step of a convolutional long short-term memory (Shi et al., 2015): the cell of `ConvLSTM1D`, `ConvLSTM2D` and
/// `ConvLSTM3D`. Keras does not offer it by itself.
///
/// Input `[batch, …, channels]` and states h and c `[batch, …′, filters]`; output h and the new states. Weights:
/// `kernel` W `[kernel size…, channels, 4·filters]` (default Glorot uniform), `recurrent_kernel` U
/// `[kernel size…, filters, 4·filters]` (orthogonal), `bias` b `[4·filters]` (zeros, with `unitForgetBias` ones for f).
/// Each weight has the order i, f, c, o. ∗ is a convolution; that of h has strides of 1 and keeps the size. σ is the
/// recurrent activation (sigmoid), φ the activation (tanh):
///
///     z = x ∗ W + h ∗ U + b;   i, f, o = σ(z_i), σ(z_f), σ(z_o);   c = f·c + i·φ(z_c);   h = o·φ(c)
///
/// With `dropout`, elements of x are dropped in training; with `recurrentDropout`, elements of h in the convolution.
/// Each gate drops others.
final class ConvLSTMCell<Size: ConvolutionSize>: RecurrentCell, ArgumentGroup {
    let properties = LayerProperties()
    @Configured private(set) var filters: Int
    @Configured private(set) var kernelSize: Size
    @Configured private(set) var strides: Size
    @Configured private(set) var padding: Padding
    @Configured private(set) var dilationRate: Size
    private let arguments: CellArguments
    @Configured private(set) var recurrentActivation: ActivationFunction
    @Configured private(set) var unitForgetBias: Bool
    private var weights: CellWeights!

    init(
        _ filters: Int, kernelSize: Size, strides: Size, padding: Padding, dilationRate: Size,
        recurrentActivation: ActivationFunction, unitForgetBias: Bool, _ arguments: CellArguments
    ) {
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.dilationRate = dilationRate
        self.arguments = arguments
        self.recurrentActivation = recurrentActivation
        self.unitForgetBias = unitForgetBias
    }

    static var className: String { "ConvLSTMCell" }

    private var geometry: ConvolutionGeometry {
        ConvolutionGeometry(
            kernelSize: kernelSize.lengths, strides: strides.lengths, dilationRate: dilationRate.lengths)
    }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try geometry.check(self, ("filters", filters))
        try geometry.checkTransposed(self, outputPadding: nil)
        try arguments.check(self, ("filters", filters), recurrentActivation: recurrentActivation)
        let sides = kernelSize.lengths
        self.weights = try arguments.build(
            &weights, kernel: Shape(sides + [inputs[0].shape.last!, 4 * filters]),
            recurrent: Shape(sides + [filters, 4 * filters]), bias: [4 * filters],
            ones: unitForgetBias ? filters..<2 * filters : 0..<0)
    }

    var stateCount: Int { 2 }

    func stateShapes(_ input: Shape) throws(LayerError) -> [Shape] {
        let windows = try geometry.windows(of: self, over: input, padding: padding)
        let state = Shape(windows.map(\.positions) + [filters])
        return [state, state]
    }

    func constants(_ input: Shape, rows: SymbolicTensor, _ call: Call) throws(LayerError) -> CellConstants {
        func mask(_ row: Shape) -> Shape { row.replacingLast(with: 4 * row.last!) }
        return arguments.masks(inputs: mask(input), states: mask(try stateShapes(input)[0]), rows: rows, call)
    }

    func project(_ inputs: SymbolicTensor, _ constants: CellConstants) throws(LayerError) -> SymbolicTensor {
        let (time, step) = (inputs.spec.shape[0], Shape(Array(inputs.spec.shape.dimensions.dropFirst())))
        let windows = try geometry.windows(of: self, over: step, padding: padding)
        let dropped = constants.inputs.map { tiled(inputs, count: 4, axis: -1) * $0 } ?? inputs
        return convolved(
            dropped.folded, weights.kernel, bias: weights.bias, windows: windows, isPerGate: constants.inputs != nil
        ).unfolded(time)
    }

    func step(
        _ x: SymbolicTensor, _ states: [SymbolicTensor], _ constants: CellConstants
    ) throws(LayerError) -> [SymbolicTensor] {
        let one = Array(repeating: 1, count: kernelSize.lengths.count)
        let windows = try ConvolutionGeometry(kernelSize: kernelSize.lengths, strides: one, dilationRate: one).windows(
            of: self, over: states[0].spec.shape, padding: Padding.same)
        let dropped = constants.states.map { tiled(states[0], count: 4, axis: -1) * $0 } ?? states[0]
        let q = convolved(
            dropped, weights.recurrentKernel, bias: nil, windows: windows, isPerGate: constants.states != nil)
        return longShortTermMemory(
            x + q, c: states[1], activation: arguments.activation, recurrentActivation: recurrentActivation)
    }

    /// - Parameter isPerGate: whether x has channels for each gate.
    private func convolved(
        _ x: SymbolicTensor, _ kernel: Weight, bias: Weight?, windows: [Window], isPerGate: Bool
    ) -> SymbolicTensor {
        windows.count == 3
            ? volumeConvolution(
                x, kernel, bias: bias, windows: windows, groups: isPerGate ? 4 : 1, activation: .linear)
            : convolution(x, kernel, bias: bias, windows: windows, groups: isPerGate ? 4 : 1, activation: .linear)
    }
}

/// The size of a kernel over sequences, images or volumes.
protocol ConvolutionSize: ConfigurationConvertible, Sendable {
    var lengths: [Int] { get }
}

extension Size1D: ConvolutionSize {}
extension Size2D: ConvolutionSize {}
extension Size3D: ConvolutionSize {}
