import LockstepCompute

/// A convolution over images or sequences, `y = activation(patches(x)·W + b)`.
///
/// Inputs: x `[batch, height, width, channels]`, W `[kernel height, kernel width, channels, filters]`, and b
/// `[filters]` if there is one. Output: `[batch, height′, width′, filters]`. `patches(x)` is the matrix with a row for
/// each position of the kernel. With `dz = dy ⊙ activation′`: `dW = patches(x)ᵀ·dz`, and db is the sum of dz over the
/// positions. dx at a place is the sum of `dz·Wᵀ` over the positions whose window contains the place.
///
/// Sequences `[batch, time, channels]` have no height, and W is `[taps, channels, filters]`. For frames of a volume,
/// stacked as channels, W is `[kernel depth, kernel height, kernel width, channels / kernel depth, filters]`.
package struct ConvolutionOperation: FusableOperation {
    private let windows: ImageWindows
    package let activation: ActivationFunction
    private let keepsProduct: Bool
    private let order: KernelOrder

    /// - Parameter depth: the taps along the depth, for frames of a volume; nil for images and sequences.
    init(_ windows: ImageWindows, depth: Int? = nil, activation: ActivationFunction = .linear) {
        self.windows = windows
        self.activation = activation
        keepsProduct = activation.derivativeReadsInput
        order = KernelOrder(planes: depth.map { [$0] } ?? [], taps: windows.taps.reduce(1, *))
    }

    package func with(activation: ActivationFunction) -> any Operation {
        ConvolutionOperation(windows, depth: order.planes.first, activation: activation)
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard inputs.count == 2 || inputs.count == 3 else { throw .inputCount(expected: 2, received: inputs.count) }
        let kernel = inputs[1].shape
        guard inputs[0].isBatched, !inputs[1].isBatched, let channels = windows.channels(inputs[0].shape),
            let filters = kernel.last,
            kernel.dimensions == order.planes + windows.taps + [channels / order.depth, filters],
            inputs.count == 2 || inputs[2] == TensorSpec([filters], isBatched: false),
            let output = activation.outputShape(Shape(windows.positions + [filters]))
        else {
            throw .shapes(
                requirement: "images, a weight [height, width, channels, filters] and if any a bias", received: inputs)
        }
        return [TensorSpec(output)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        // Room for the kernel in the order of images, for its gradient, and for the product.
        var saved = order.scratch(call.inputs[1])
        if call.training { saved += saved }
        if keepsProduct { saved.append(call.outputs[0].replacingLast(with: call.inputs[1].last!)) }
        return OperationMemory(keepsInputs: true, keepsOutputs: !keepsProduct && activation != .linear, saved: saved)
    }

    package func forward(_ pass: ForwardPass) {
        let product = keepsProduct ? pass.saved[pass.saved.count - 1] : pass.output
        convolve(
            pass, scratch: pass.saved.first, bias: pass.inputs.count > 2 ? pass.inputs[2] : nil,
            activation: keepsProduct ? .linear : activation, into: product)
        if keepsProduct { activation.apply(product, into: pass.output, on: pass.crew) }
    }

    /// - Parameters:
    ///   - scratch: room for the kernel in the order of images, which frames of volumes need.
    ///   - normalized: factors and offsets of the features in front of the activation.
    func convolve(
        _ pass: ForwardPass, scratch: Tensor?, bias: Tensor?, activation: ActivationFunction,
        normalized: (factors: Tensor, offsets: Tensor)? = nil, into output: Tensor
    ) {
        let kernel = order.ofImages(pass.inputs[1], scratch: order.depth == 1 ? nil : scratch)
        LockstepCompute.convolve(
            pass.input, kernel, bias: bias, normalized: normalized, activation: activation, y: windows.y, x: windows.x,
            into: output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        let reordered = order.depth == 1 ? nil : pass.saved[0]
        let product = keepsProduct ? pass.saved[pass.saved.count - 1] : pass.output
        let bias = pass.inputs.count > 2 ? pass.weightGradients[2] : nil
        let kernel = pass.weightGradients[1]
        // The derivative of an elementwise activation is applied inside the product, while dy is in the cache.
        let isFused = activation.isElementwise && activation != .linear && kernel != nil
        let dz = isFused ? pass.outputGradient : pass.gradient(before: activation, product: product)
        if let kernel {
            convolutionKernelGradient(
                pass.input, dy: dz, behind: isFused ? (activation, product, pass.output) : nil, y: windows.y,
                x: windows.x, by: pass.weightSums, into: kernel,
                totals: bias, on: pass.crew)
            if reordered != nil {
                for gradient in kernel { order.restore(gradient: gradient, scratch: pass.saved[1]) }
            }
        } else if let bias {
            columnTotals(dz, by: pass.weightSums, into: bias, on: pass.crew)
        }
        if let dx = pass.inputGradient {
            convolutionInputGradient(
                dz, order.ofImages(pass.inputs[1], scratch: reordered), y: windows.y, x: windows.x, into: dx,
                on: pass.crew)
        }
    }
}

extension ConvolutionOperation: WindowedOperation {
    func without(_ zeros: ZeroPadding, of images: TensorSpec) -> (any Operation)? {
        // Where windows stay inside the images, a row of taps is read in one run. With few channels that saves more
        // than the copy with zeros costs.
        let fewest = 16
        guard order.depth == 1, images.shape.last ?? 0 >= fewest else { return nil }
        return windows.without(zeros).map { ConvolutionOperation($0, activation: activation) }
    }
}

/// A convolution over images, with windows for height and width, or over sequences, with one window.
///
/// - Parameter groups: into how many parts the channels and the filters are divided. Each part of the filters sees its
///   part of the channels; the kernel's channels are those of one part.
package func convolution(
    _ images: SymbolicTensor, _ kernel: some Operand, bias: Weight?, windows: [Window], groups: Int = 1,
    activation function: ActivationFunction
) -> SymbolicTensor {
    let windows = ImageWindows(windows)
    guard groups > 1 else {
        return images.applying(
            ConvolutionOperation(windows, activation: function), with: [kernel] + (bias.map { [$0] } ?? []))[0]
    }
    let channels = images.spec.shape.last ?? 0
    let product =
        groups == channels
        ? depthwiseConvolution(
            images, kernel, windows: windows.all,
            multiplier: (kernel.tensor(in: images.trace).spec.shape.last ?? 0) / groups)
        : images.applying(GroupedConvolutionOperation(windows, groups: groups), with: [kernel])[0]
    return biased(product, bias, activation: function)
}

/// `activation(x + bias)`.
package func biased(_ x: SymbolicTensor, _ bias: Weight?, activation function: ActivationFunction) -> SymbolicTensor {
    let sum = bias.map { x + $0 } ?? x
    return function == .linear ? sum : activation(function, sum)
}
