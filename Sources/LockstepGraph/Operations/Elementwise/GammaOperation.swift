import LockstepCompute

/// Numbers of the gamma distribution of a shape α and the scale 1, some for each row. They depend on the row's place in
/// the global batch, so they are the same on any number of ranks and threads. There is no gradient.
///
/// Input `[batch, …]`, which tells the rows; output `[batch] + shape`.
package struct GammaOperation: Operation {
    private let shape: Shape
    private let alpha: Double
    private let key: Int

    /// - Parameters:
    ///   - shape: that of a row's numbers.
    ///   - key: the key of the random numbers.
    package init(_ shape: Shape, alpha: Double, key: Int) {
        self.shape = shape
        self.alpha = alpha
        self.key = key
    }

    package var isDifferentiable: Bool { false }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched, alpha > 0 else {
            throw .shapes(requirement: "a tensor with the batch in front, and a positive shape", received: inputs)
        }
        return [TensorSpec(shape)]
    }

    package func takesIntegers(_ inputs: [TensorSpec]) -> Bool { true }
    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package func forward(_ pass: ForwardPass) {
        let stream = RandomStream(seed: pass.context.seed, purpose: .dropout, index: key, step: pass.context.step)
        fillGamma(pass.output, alpha: alpha, from: stream, first: pass.firstRow * shape.count)
    }

    package func backward(_ pass: BackwardPass) {}
}

/// Numbers of the gamma distribution of a shape α > 0 and the scale 1, `[batch] + shape`, other ones in each step and for
/// each row of a tensor `[batch, …]`.
public func gammaNoise(_ shape: Shape, alpha: Double, like x: SymbolicTensor, _ call: Call) -> SymbolicTensor {
    x.applying(GammaOperation(shape, alpha: alpha, key: call.randomKey()))[0]
}
