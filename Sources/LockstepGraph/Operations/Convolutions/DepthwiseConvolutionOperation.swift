import LockstepCompute

/// A convolution of each channel by itself: `y[p, c] = Σ over taps W[tap, c]·x[place(p, tap), c]`.
///
/// Inputs: x `[batch, height, width, channels]` and W `[kernel height, kernel width, …]`, whose last dimensions have as
/// many elements as there are channels. Output: `[batch, height′, width′, channels]`. Sequences `[batch, time,
/// channels]` have no height, and W is `[taps, …]`. dx at a place is the sum of `W[tap]·dy` over the positions whose
/// window contains the place; dW is the sum of `x·dy` over the positions.
package struct DepthwiseConvolutionOperation: Operation {
    private let windows: ImageWindows

    init(_ windows: ImageWindows) { self.windows = windows }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        let (images, kernel) = (inputs[0].shape, inputs[1].shape)
        guard inputs[0].isBatched, !inputs[1].isBatched, let channels = windows.channels(images),
            Array(kernel.dimensions.prefix(windows.all.count)) == windows.taps,
            kernel.dimensions.dropFirst(windows.all.count).reduce(1, *) == channels
        else {
            throw .shapes(requirement: "images and a weight [height, width, channels, multiplier]", received: inputs)
        }
        return [TensorSpec(Shape(windows.positions + [channels]))]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(keepsInputs: true) }

    package func forward(_ pass: ForwardPass) {
        depthwiseConvolve(pass.input, pass.inputs[1], y: windows.y, x: windows.x, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        let dy = pass.outputGradient
        if let gradients = pass.weightGradients[1] {
            depthwiseKernelGradient(
                pass.input, dy: dy, y: windows.y, x: windows.x, by: pass.weightSums, into: gradients, on: pass.crew)
        }
        if let dx = pass.inputGradient {
            depthwiseInputGradient(dy, pass.inputs[1], y: windows.y, x: windows.x, into: dx, on: pass.crew)
        }
    }
}

extension DepthwiseConvolutionOperation: WindowedOperation {
    func without(_ zeros: ZeroPadding, of images: TensorSpec) -> (any Operation)? {
        windows.without(zeros).map(DepthwiseConvolutionOperation.init)
    }
}

/// A convolution of each channel by itself, over images with windows for height and width, or over sequences with one
/// window.
///
/// - Parameter multiplier: how many outputs each channel has. Those of one channel lie together.
package func depthwiseConvolution(
    _ images: SymbolicTensor, _ kernel: some Operand, windows: [Window], multiplier: Int = 1
) -> SymbolicTensor {
    let channels = multiplier == 1 ? images : repeated(images, count: multiplier, axis: -1)
    return channels.applying(DepthwiseConvolutionOperation(ImageWindows(windows)), with: [kernel])[0]
}
