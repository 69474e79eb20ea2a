import LockstepCompute

/// Sets elements to zero with probability `rate` and scales the others by `1 / (1 − rate)`: `y = x ⊙ mask`,
/// `dx = dy ⊙ mask`.
///
/// The mask of a row depends on the row's place in the global batch, so it is the same on any number of ranks and
/// threads.
package struct DropoutOperation: Operation {
    private let rate: Double
    private let key: Int

    /// - Parameter key: the key of the random numbers.
    package init(rate: Double, key: Int) {
        self.rate = rate
        self.key = key
    }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched else {
            throw .shapes(requirement: "a tensor with the batch in front", received: inputs)
        }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory(saved: [call.inputs[0]]) }

    package var recomputation: RecomputationCost { .cheap }

    package func forward(_ pass: ForwardPass) {
        let mask = pass.saved[0]
        if rate < 1 {
            let stream = RandomStream(seed: pass.context.seed, purpose: .dropout, index: key, step: pass.context.step)
            let features = mask.count / max(mask.rowCount, 1)
            dropoutMask(rate: Float(rate), from: stream, first: pass.firstRow * features, into: mask, on: pass.crew)
        } else {
            mask.fill(0)
        }
        multiply(pass.input, mask, into: pass.output, on: pass.crew)
    }

    package func backward(_ pass: BackwardPass) {
        if let dx = pass.inputGradient { multiply(pass.outputGradient, pass.saved[0], into: dx, on: pass.crew) }
    }
}

/// Sets elements to zero with probability `rate` and scales the others by `1 / (1 − rate)`, while the model trains.
public func dropout(_ x: SymbolicTensor, rate: Double, _ call: Call) -> SymbolicTensor {
    call.training && rate > 0 ? x.applying(DropoutOperation(rate: rate, key: call.randomKey()))[0] : x
}
