import LockstepCompute

/// A convolution over images or sequences, `y = activation(patches(x)·W + b)`.
///
/// Inputs: x `[batch, height, width, channels]`, W `[kernel height, kernel width, channels, filters]`, and b
/// `[filters]` if there is one. Output: `[batch, height′, width′, filters]`. `patches(x)` is the matrix with a row for
/// each position of the kernel. With `dz = dy ⊙ activation′`: `dW = patches(x)ᵀ·dz`, and db is the sum of dz over the
/// positions. dx at a place is the sum of `dz·Wᵀ` over the positions whose window contains the place.
///
/// Sequences `[batch, time, channels]` have no height, and W is `[taps, channels, filters]`.
package struct ConvolutionOperation: FusableOperation {
    /// One window for each dimension before the channels.
    private let windows: [Window]
    package let activation: ActivationFunction
    private let keepsProduct: Bool

    /// - Parameter windows: one for sequences, two for images.
    package init(_ windows: [Window], activation: ActivationFunction = .linear) {
        precondition(windows.count == 1 || windows.count == 2, "a convolution over \(windows.count) dimensions")
        self.windows = windows
        self.activation = activation
        keepsProduct = activation.derivativeReadsInput
    }

    package var withoutActivation: any Operation { with(activation: .linear) }
    package func with(activation: ActivationFunction) -> any Operation {
        ConvolutionOperation(windows, activation: activation)
    }

    private var y: Window { windows.count == 2 ? windows[0] : .point }
    private var x: Window { windows[windows.count - 1] }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        guard inputs.count == 2 || inputs.count == 3 else { throw .inputCount(expected: 2, received: inputs.count) }
        let (images, kernel) = (inputs[0].shape, inputs[1].shape)
        guard inputs[0].isBatched, !inputs[1].isBatched, let channels = images.last, let filters = kernel.last,
            images.dimensions == windows.map(\.size) + [channels],
            kernel.dimensions == windows.map(\.taps) + [channels, filters],
            inputs.count == 2 || inputs[2] == TensorSpec([filters], isBatched: false),
            let output = activation.outputShape(Shape(windows.map(\.positions) + [filters]))
        else {
            throw .shapes(
                requirement: "images, a weight [height, width, channels, filters] and if any a bias", received: inputs)
        }
        return [TensorSpec(output)]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        // Room for the rearranged kernel, for the products of backward.
        var saved: [Shape] = call.training ? [[call.inputs[1].count]] : []
        if keepsProduct { saved.append(call.outputs[0].replacingLast(with: call.inputs[1].last!)) }
        return OperationMemory(keepsInputs: true, keepsOutputs: !keepsProduct && activation != .linear, saved: saved)
    }

    package func forward(_ pass: ForwardPass) {
        let product = keepsProduct ? pass.saved[pass.saved.count - 1] : pass.output
        convolve(
            pass.input, pass.inputs[1], bias: pass.inputs.count > 2 ? pass.inputs[2] : nil,
            activation: keepsProduct ? .linear : activation, y: y, x: x, into: product, on: pass.crew)
        if keepsProduct { activation.apply(product, into: pass.output, on: pass.crew) }
    }

    package func backward(_ pass: BackwardPass) {
        let product = keepsProduct ? pass.saved[1] : pass.output
        let bias = pass.inputs.count > 2 ? pass.weightGradients[2] : nil
        let kernel = pass.weightGradients[1]
        // The derivative of an elementwise activation is applied inside the product, while dy is in the cache.
        let isFused = activation.isElementwise && activation != .linear && kernel != nil
        let dz = isFused ? pass.outputGradient : pass.gradient(before: activation, product: product)
        if let kernel {
            convolutionKernelGradient(
                pass.input, dy: dz, behind: isFused ? (activation, product, pass.output) : nil, y: y, x: x,
                by: pass.weightSums,
                into: kernel, totals: bias, on: pass.crew)
        } else if let bias {
            columnTotals(dz, by: pass.weightSums, into: bias, on: pass.crew)
        }
        if let dx = pass.inputGradient {
            convolutionInputGradient(dz, pass.inputs[1], y: y, x: x, scratch: pass.saved[0], into: dx, on: pass.crew)
        }
    }
}

/// A convolution over images, with windows for height and width, or over sequences, with one window.
package func convolution(
    _ images: SymbolicTensor, _ kernel: Weight, bias: Weight?, windows: [Window], activation: ActivationFunction
) -> SymbolicTensor {
    images.applying(
        ConvolutionOperation(windows, activation: activation), with: [kernel] + (bias.map { [$0] } ?? []))[0]
}
