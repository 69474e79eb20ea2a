import LockstepCompute

/// The values of images between their pixels, which warps them.
///
/// Inputs: x `[batch, height, width, channels]` and places `[batch, height′, width′, 2]`, each a row and a column
/// counted from the middle of the first pixel. Output `[batch, height′, width′, channels]`. The value is that of the
/// nearest pixel, or the mean of the four around the place, weighted by their nearness. dx of a pixel is the sum of dy
/// times its weight; the gradient of a place is that of its weights, and 0 for nearest pixels.
package struct SamplingOperation: Operation {
    private let sampling: ImageSampling

    package init(_ sampling: ImageSampling) { self.sampling = sampling }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(2)
        let (x, places) = (inputs[0].shape, inputs[1].shape)
        guard inputs.allSatisfy(\.isBatched), x.rank == 3, places.rank == 3, places[2] == 2, x[0] > 0, x[1] > 0 else {
            throw .shapes(requirement: "images and places [batch, height, width, 2]", received: inputs)
        }
        return [TensorSpec([places[0], places[1], x[2]])]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(keepsInputs: true) }

    package func forward(_ pass: ForwardPass) {
        sampling.sample(pass.inputs[0], at: pass.inputs[1], into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        sampling.gradient(
            pass.outputGradient, pass.inputs[0], at: pass.inputs[1], images: pass.inputGradients[0],
            places: pass.inputGradients[1], on: pass.crew)
    }
}

/// The values of images `[batch, height, width, channels]` at places `[batch, height′, width′, 2]`, each a row and a
/// column counted from the middle of the first pixel. The result is `[batch, height′, width′, channels]`.
///
/// - Parameters:
///   - nearest: whether a value is that of the nearest pixel; else it is interpolated between the four around it.
///   - fillMode: what lies outside the image.
///   - fillValue: the value outside, for `constant`.
public func sampled(
    _ images: SymbolicTensor, at places: SymbolicTensor, nearest: Bool = false, fillMode: FillMode = .constant,
    fillValue: Float = 0
) -> SymbolicTensor {
    images.applying(
        SamplingOperation(ImageSampling(isNearest: nearest, fill: fillMode, value: fillValue)), with: [places])[0]
}
