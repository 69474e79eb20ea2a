import LockstepCompute
import LockstepGraph

/// The size of a convolution's kernel and how it moves, for each dimension in front of the channels.
struct ConvolutionGeometry {
    let kernelSize, strides, dilationRate: [Int]

    /// Checks that all sizes are positive, and other numbers of the layer too.
    func check(_ layer: some Layer, _ numbers: (argument: String, value: Int)...) throws(LayerError) {
        for (argument, value) in numbers where value < 1 {
            throw .argument(layer: layer.name, name: argument, requirement: "positive", received: "\(value)")
        }
        for (argument, sizes) in [("kernelSize", kernelSize), ("strides", strides), ("dilationRate", dilationRate)] {
            guard sizes.allSatisfy({ $0 > 0 }) else {
                throw .argument(
                    layer: layer.name, name: argument, requirement: "positive", received: describe(sizes))
            }
        }
    }

    /// Checks what only transposed convolutions ask for.
    func checkTransposed(_ layer: some Layer, outputPadding: [Int]?) throws(LayerError) {
        guard strides.max() == 1 || dilationRate.max() == 1 else {
            throw .argument(
                layer: layer.name, name: "dilationRate", requirement: "1 with strides larger than 1",
                received: "\(describe(dilationRate)) with strides \(describe(strides))")
        }
        guard let outputPadding else { return }
        guard zip(outputPadding, strides).allSatisfy({ $0 >= 0 && $0 < $1 }) else {
            throw .argument(
                layer: layer.name, name: "outputPadding",
                requirement: "0 or more, and smaller than the strides \(describe(strides))",
                received: describe(outputPadding))
        }
    }

    /// The windows over rows of the input, `[…, channels]`.
    ///
    /// - Throws: `LayerError.input` where a dimension is shorter than the kernel.
    func windows(of layer: some Layer, over input: Shape, padding: Padding) throws(LayerError) -> [Window] {
        try windows(of: layer, over: input, padding: SequencePadding(padding))
    }

    /// The same, for sequences, whose padding may be causal.
    func windows(of layer: some Layer, over input: Shape, padding: SequencePadding) throws(LayerError) -> [Window] {
        let windows = kernelSize.indices.map { axis in
            let (size, taps, stride, dilation) = (input[axis], kernelSize[axis], strides[axis], dilationRate[axis])
            return padding == .causal
                ? Window(causalOver: size, taps: taps, stride: stride, dilation: dilation)
                : Window(size: size, taps: taps, stride: stride, dilation: dilation, isSame: padding == .same)
        }
        guard windows.allSatisfy({ $0.positions > 0 }) else {
            throw .input(
                layer: layer.name, requirement: "be at least as large as the kernel \(describe(kernelSize))",
                received: input)
        }
        return windows
    }

    /// The windows of a transposed convolution over rows of the input, `[…, channels]`.
    func transposedWindows(over input: Shape, padding: Padding, outputPadding: [Int]?) -> [Window] {
        kernelSize.indices.map { axis in
            Window(
                transposedOver: input[axis], taps: kernelSize[axis], stride: strides[axis],
                dilation: dilationRate[axis], isSame: padding == .same, outputPadding: outputPadding?[axis])
        }
    }

    private func describe(_ sizes: [Int]) -> String { sizes.count == 1 ? "\(sizes[0])" : "\(sizes)" }
}

extension Layer {
    /// Checks that channels and filters can be divided into groups.
    func checkGroups(_ groups: Int, channels: Int, filters: Int) throws(LayerError) {
        guard channels % groups == 0, filters % groups == 0 else {
            throw .argument(
                layer: name, name: "groups",
                requirement: "a divisor of the \(channels) channels and \(filters) filters",
                received: "\(groups)")
        }
    }

    /// Checks that an activation which halves the channels has an even number of them.
    func checkHalves(_ activation: ActivationFunction, of channels: Int, argument: String) throws(LayerError) {
        guard activation.outputShape([channels]) != nil else {
            throw .argument(
                layer: name, name: argument, requirement: "such that the number of channels is even: glu halves them",
                received: "\(channels) channels")
        }
    }
}

/// The convolution with a kernel `A·B` of low rank: the convolution with A, times B. With groups, each group of channels
/// gives its part of the filters.
///
/// - Parameter convolution: that with A, of the channels of a group.
func lowRankConvolution(
    _ x: SymbolicTensor, _ b: Weight, groups: Int, convolution: (SymbolicTensor) -> SymbolicTensor
) -> SymbolicTensor {
    guard groups > 1, let channels = x.spec.shape.last, let filters = b.shape.last else {
        return matmul(convolution(x), b)
    }
    func part(_ x: SymbolicTensor, _ group: Int, of count: Int) -> SymbolicTensor {
        slice(x, axis: -1, group * count / groups..<(group + 1) * count / groups)
    }
    return concatenate(
        (0..<groups).map { part(matmul(convolution(part(x, $0, of: channels)), b), $0, of: filters) })
}
