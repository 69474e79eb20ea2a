import LockstepCluster
import LockstepCompute
import LockstepLayers

/// What training remembers of a model beside its weights.
package struct TrainingMemory {
    /// The optimizer's slots, each as long as the arena's values and in their order, gaps included.
    package let slots: [Tensor]
    /// The sum over all ranks of the mean gradients of the steps since the last update, laid out as the slots; nil if
    /// there are none.
    package let accumulated: Tensor?
    /// Updates so far.
    package let iterations: Int
    /// Steps so far, which key shuffles and dropout. More than updates where gradients are accumulated.
    package let steps: Int

    package init(slots: [Tensor], accumulated: Tensor? = nil, iterations: Int, steps: Int) {
        self.slots = slots
        self.accumulated = accumulated
        self.iterations = iterations
        self.steps = steps
    }
}

extension Trainer {
    /// Collective: what all ranks remember, to the bit; whole on rank 0, zeros in place of what other ranks hold
    /// elsewhere.
    func memory(over communicator: any Communicator) throws -> TrainingMemory {
        let state = optimizerState
        let slots = state.held.map { _ in Tensor.zeros([state.count]) }
        let own = exchange.isFirstHolder ? state.ranges : []
        for (slot, held) in zip(slots, state.held) { state.copy(held, of: own, into: slot) }
        if communicator.size > 1, !slots.isEmpty {
            for (slot, held) in zip(slots, state.held) { try gather(held, ranges: own, into: slot, over: communicator) }
        }
        return TrainingMemory(
            slots: slots, accumulated: try accumulatedGradients(over: communicator), iterations: state.iterations,
            steps: steps)
    }

    /// Brings what each rank holds of a slot to rank 0.
    private func gather(_ held: Tensor, ranges: [Range<Int>], into slot: Tensor, over communicator: any Communicator)
        throws
    {
        var writer = WireWriter()
        writer.write(ranges) {
            $0.write($1.lowerBound)
            $0.write($1.upperBound)
        }
        let all = try communicator.shareAll(writer.bytes)
        if communicator.rank == 0 {
            for (rank, bytes) in all.enumerated().dropFirst() {
                var reader = WireReader(bytes)
                let ranges =
                    try reader.readArray { reader throws(ClusterError) in try reader.readInt()..<(try reader.readInt())
                    } ?? []
                guard !ranges.isEmpty else { continue }
                let part = Tensor.zeros([OptimizerState.size(of: ranges)])
                try communicator.receive(into: part, from: rank, tag: 0).wait()
                optimizerState.copy(part, of: ranges, into: slot)
            }
        } else if !ranges.isEmpty {
            try communicator.send(held, to: 0, tag: 0).wait()
        }
    }
}

extension Model {
    /// Collective: what training remembers beside the weights, whole on rank 0; nil if the model has not trained since
    /// it was compiled.
    package func trainingMemory() throws -> TrainingMemory? {
        guard let trainer = existingRuntime?.trainer else { return properties.store == nil ? rememberedMemory : nil }
        return try trainer.memory(over: communicator())
    }

    /// Has the compiled model remember what training remembered, in place of what it does; all ranks the same.
    package func setTrainingMemory(_ memory: TrainingMemory) {
        rememberedMemory = memory
        existingRuntime?.forgetTraining()
    }
}
