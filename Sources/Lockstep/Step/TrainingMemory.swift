import LockstepCluster
import LockstepCompute
import LockstepLayers

/// The state of a model's training, without its weights.
package struct TrainingMemory {
    /// The slots of each optimizer, each as long as the arena's values and in their order, gaps included.
    package let slots: [Tensor]
    /// The sum over all ranks of the mean gradients of the steps since the last update, laid out as the slots; nil if
    /// there are none.
    package let accumulated: Tensor?
    /// The number of updates of each optimizer so far.
    package let iterations: [Int]
    /// The number of steps so far, a key of shuffles and dropout. If gradients are accumulated, there are more steps
    /// than updates.
    package let steps: Int

    package init(slots: [Tensor], accumulated: Tensor? = nil, iterations: [Int], steps: Int) {
        self.slots = slots
        self.accumulated = accumulated
        self.iterations = iterations
        self.steps = steps
    }
}

extension Trainer {
    /// Collective: the state of all ranks, with the same bits. It is whole on rank 0; on other ranks, parts of others
    /// are zero.
    func memory(over communicator: any Communicator) throws -> TrainingMemory {
        var slots: [Tensor] = []
        for part in parts {
            let state = part.state
            let own = part.isFirstHolder ? state.ranges : []
            for held in state.held {
                let slot = Tensor.zeros([state.count])
                state.copy(held, of: own, into: slot)
                if communicator.size > 1 { try gather(held, of: state, ranges: own, into: slot, over: communicator) }
                slots.append(slot)
            }
        }
        return TrainingMemory(
            slots: slots, accumulated: try accumulatedGradients(over: communicator),
            iterations: states.map(\.iterations), steps: steps)
    }

    /// Collects a slot on rank 0, where each rank holds a part.
    private func gather(
        _ held: Tensor, of state: OptimizerState, ranges: [Range<Int>], into slot: Tensor,
        over communicator: any Communicator
    ) throws {
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
                state.copy(part, of: ranges, into: slot)
            }
        } else if !ranges.isEmpty {
            try communicator.send(held, to: 0, tag: 0).wait()
        }
    }
}

extension Model {
    /// Collective: the state of training without the weights, whole on rank 0; nil if the model has not trained since
    /// it was compiled.
    package func trainingMemory() throws -> TrainingMemory? {
        guard let trainer = existingRuntime?.trainer else { return properties.store == nil ? rememberedMemory : nil }
        return try trainer.memory(over: communicator())
    }

    /// Replaces the state of training of a compiled model. All ranks pass the same.
    package func setTrainingMemory(_ memory: TrainingMemory) {
        rememberedMemory = memory
        existingRuntime?.forgetTraining()
    }
}
