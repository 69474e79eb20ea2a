import LockstepCompute

/// The samples of the global batch in a random order, another one in each step: `y[i] = x[p(i)]`, `dx[p(i)] = dy[i]`.
/// The order depends on the step and on the number of samples alone, so it is the same on any number of ranks.
///
/// Input and output `[batch, …]`. Collective: a rank without rows takes part too.
package struct ShuffleOperation: Operation {
    private let key: Int

    /// - Parameter key: the key of the random numbers.
    package init(key: Int) { self.key = key }

    package func outputs(_ inputs: [TensorSpec]) throws(OperationError) -> [TensorSpec] {
        try inputs.checkCount(1)
        guard inputs[0].isBatched else { throw .shapes(requirement: "[batch, …]", received: inputs) }
        return inputs
    }

    package func memory(_ call: OperationShapes) -> OperationMemory { OperationMemory() }

    package var recomputation: RecomputationCost { .forbidden }

    package func forward(_ pass: ForwardPass) {
        move(pass.input, samples: pass.samples, pass.context, into: pass.output) { $0 }
    }

    package func backward(_ pass: BackwardPass) {
        guard let dx = pass.inputGradient else { return }
        move(pass.outputGradient, samples: pass.samples, pass.context, into: dx) { order in
            var places = order
            for (place, source) in order.enumerated() { places[source] = place }
            return places
        }
    }

    /// Takes this rank's samples from those of all ranks.
    ///
    /// - Parameter sources: turns the order of the samples into the place that each comes from.
    private func move(
        _ x: Tensor, samples: Int, _ context: StepContext, into y: Tensor, _ sources: (_ order: [Int]) -> [Int]
    ) {
        let count = context.batchRows ?? samples
        let width = x.shape.row.count * (samples > 0 ? x.rowCount / samples : 1)
        let stream = RandomStream(seed: context.seed, purpose: .dropout, index: key, step: context.step)
        let sources = sources(stream.permutation(of: count))
        let all = context.batch.gathered(x, samples: count, width: width)
        for sample in 0..<samples {
            let source = all.part(at: sources[context.firstRow + sample] * width, shape: [width])
            y.part(at: sample * width, shape: [width]).assign(source)
        }
    }
}

/// The samples of the global batch in a random order, another one in each step.
///
/// Collective: every rank runs it, with no rows too.
public func shuffled(_ x: SymbolicTensor, _ call: Call) -> SymbolicTensor {
    x.applying(ShuffleOperation(key: call.randomKey()))[0]
}
