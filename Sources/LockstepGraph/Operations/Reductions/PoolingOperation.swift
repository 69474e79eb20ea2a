import LockstepCompute

/// The largest or the mean element of each window of an image, channel by channel.
///
/// Input `[batch, height, width, channels]`, output `[batch, height′, width′, channels]`. The gradient of a largest
/// element goes to the first element that has its value. The gradient of a mean is shared equally among the elements of
/// its window. Places outside the image do not count.
package struct PoolingOperation: Operation {
    private let kind: Pool
    private let y, x: Window

    package init(_ kind: Pool, y: Window, x: Window) {
        self.kind = kind
        self.y = y
        self.x = x
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        let shape = inputs[0].shape
        guard inputs[0].isBatched, shape.rank == 3, shape[0] == y.size, shape[1] == x.size else {
            throw .shapes(requirement: "images of \(y.size)×\(x.size)", received: inputs)
        }
        return [TensorSpec([y.positions, x.positions, shape[2]])]
    }

    package func memory(_ call: OperationShapes) -> OperationMemory {
        OperationMemory(saved: kind == .max ? [call.outputs[0]] : [])
    }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        pool(kind, pass.input, y: y, x: x, winners: pass.saved.first, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        poolGradient(kind, dy: pass.outputGradient, y: y, x: x, winners: pass.saved.first, into: dx, on: pass.crew)
    }
}

/// The largest or the mean element of each window of images.
package func pool(_ kind: Pool, _ images: SymbolicTensor, y: Window, x: Window) -> SymbolicTensor {
    images.applying(PoolingOperation(kind, y: y, x: x))[0]
}
