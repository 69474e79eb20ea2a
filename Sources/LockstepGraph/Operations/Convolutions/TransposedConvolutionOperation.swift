import LockstepCompute

/// The transpose of a convolution over images or sequences: each element of x adds its multiple of the kernel to the
/// places under the window. It is what a convolution's gradient by its images computes.
///
/// Inputs: x `[batch, height, width, channels]` and W `[kernel height, kernel width, filters, channels]`. Output:
/// `[batch, height′, width′, filters]`. `dx = patches(dy)·W`, `dW = patches(dy)ᵀ·x`. Sequences have no height. For
/// frames of a volume, W is `[kernel depth, kernel height, kernel width, filters, channels]`, and the output has
/// `kernel depth · filters` channels.
package struct TransposedConvolutionOperation: Operation {
    /// Of the convolution that leads from the output to the input.
    private let windows: ImageWindows
    private let order: KernelOrder

    init(_ windows: ImageWindows, depth: Int? = nil) {
        self.windows = windows
        order = KernelOrder(planes: depth.map { [$0] } ?? [], taps: windows.taps.reduce(1, *))
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        let kernel = inputs[1].shape.dimensions
        guard inputs[0].isBatched, !inputs[1].isBatched, let channels = windows.filters(inputs[0].shape),
            kernel.count == order.planes.count + windows.all.count + 2,
            kernel == order.planes + windows.taps + [kernel[kernel.count - 2], channels]
        else {
            throw .shapes(requirement: "images and a weight [height, width, filters, channels]", received: inputs)
        }
        return [TensorSpec(Shape(windows.sizes + [order.depth * kernel[kernel.count - 2]]))]
    }

    /// Room for the kernel in the order of images, and for its gradient.
    package func memory(_ call: OperationShapes) -> OperationMemory {
        let kernel = order.scratch(call.inputs[1])
        return OperationMemory(keepsInputs: true, saved: call.training ? kernel + kernel : kernel)
    }

    package func forward(_ pass: ForwardPass) {
        let kernel = order.ofImages(pass.inputs[1], scratch: order.depth == 1 ? nil : pass.saved[0])
        convolutionInputGradient(
            pass.input, kernel, y: windows.y, x: windows.x, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        let dy = pass.outputGradient
        if let gradients = pass.weightGradients[1] {
            convolutionKernelGradient(
                dy, dy: pass.input, y: windows.y, x: windows.x, by: pass.weightSums,
                into: gradients, totals: nil, on: pass.crew)
            if order.depth > 1 {
                for gradient in gradients { order.restore(gradient: gradient, scratch: pass.saved[1]) }
            }
        }
        if let dx = pass.inputGradient {
            let kernel = order.ofImages(pass.inputs[1], scratch: order.depth == 1 ? nil : pass.saved[0])
            convolve(
                dy, kernel, bias: nil, activation: .linear, y: windows.y, x: windows.x, into: dx, on: pass.crew)
        }
    }
}

/// The transpose of a convolution over images, with windows for height and width, or over sequences, with one window.
///
/// - Parameter windows: from the output to x, as `Window(transposedOver:…)` gives them.
package func transposedConvolution(
    _ images: SymbolicTensor, _ kernel: Weight, windows: [Window]
) -> SymbolicTensor {
    images.applying(TransposedConvolutionOperation(ImageWindows(windows)), with: [kernel])[0]
}
