import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

extension Runtime {
    /// One synchronous step on a global batch.
    ///
    /// Collective: every rank calls it once for each batch of the feed's plan, with an empty shard too. Afterwards the
    /// weights are equal on all ranks, and `totals` holds the sums of losses and metrics over the global batch.
    ///
    /// - Parameter classWeights: the weights of samples in the loss by their classes; nil for none.
    /// - Throws: `TrainingError.notFinite` on all ranks, before the weights change.
    func trainStep(
        _ step: Int, epoch: Int, of feed: Feed, _ checked: CheckedData, classWeights: ClassWeights? = nil
    ) throws {
        guard let trainer else { throw TrainingError.notCompiled(call: "fit") }
        let steps = trainer.steps
        totals.begin()
        for turn in trainer.turns.indices where trainer.turns[turn].isDue(afterSteps: steps) {
            try trainTurn(turn, step, epoch: epoch, of: feed, checked, classWeights: classWeights, by: trainer)
        }
    }

    private func trainTurn(
        _ turn: Int, _ step: Int, epoch: Int, of feed: Feed, _ checked: CheckedData, classWeights: ClassWeights?,
        by trainer: Trainer
    ) throws {
        times?.start()
        activity.enter(.training, epoch: epoch + 1, step: step + 1)
        let batch = feed.plan.batch(step)
        let shard = feed.shard(step)
        let network = classWeights == nil ? checked.computation.network : checked.computation.classWeighted
        let recomputation =
            recomputations.isEmpty ? .none : recomputations[BatchTurn(batch: batch.count, turn: turn)] ?? .none
        let plan = network.plan(sums(step, of: feed), .training(turn: turn), recomputation)
        try feed.load(step, into: plan.inputs)
        classWeights?.fill(plan.inputs[plan.inputs.count - 1], targets: plan.inputs[plan.inputs.count - 2])
        // Dropout draws anew in each turn.
        context.step = trainer.steps * trainer.turns.count + turn
        context.firstRow = shard.lowerBound - batch.lowerBound
        context.batchRows = batch.count
        try takeStates(of: plan, step, of: feed)
        times?.mark(.input)

        try forward(plan, of: network)
        times?.mark(.forward)
        totals.clear()
        try score(plan, of: network, into: totals)
        times?.markLoss()
        // An error in the data of one rank makes the loss of all ranks NaN. So all learn of it without an exchange of
        // its own.
        if context.failure != nil { totals.fail() }
        try trainer.step(turn, &totals.exchanged, rows: batch.count * checked.computation.firstPositions) { complete in
            try backward(plan, of: network, complete: complete)
            times?.mark(.backward)
        }
        // The rest of the time was spent waiting for other ranks.
        times?.mark(.wait)
        totals.combine(positions: checked.computation.positions)
        totals.add(penalty: trainer.penalty, samples: batch.count)
        if let objective = objectives.dropFirst(turn).first {
            totals.add(objective, penalty: trainer.penalty, samples: batch.count)
        }
        guard totals.isFinite else {
            try checkData()
            throw TrainingError.notFinite(epoch: epoch, step: step, loss: totals.values[0])
        }
        network.renewWeights(plan)
        times?.mark(.update)
        times?.endStep()
    }

    /// Tells layers that drop elements in inference too which rows of the batch this rank has. Each batch has its own
    /// random numbers, and none of a training step.
    func beginInference(_ step: Int, of feed: Feed) {
        context.step = (1 << 31) + inferenceSteps
        inferenceSteps += 1
        context.firstRow = feed.shard(step).lowerBound - feed.plan.batch(step).lowerBound
        context.batchRows = feed.plan.batch(step).count
    }

    /// Adds the losses and the metrics of this rank's shard of a batch to totals.
    ///
    /// Collective where outputs have masks.
    private func testStep(_ step: Int, of feed: Feed, _ checked: CheckedData, into totals: StepTotals) throws {
        activity.enter(.evaluation, step: step + 1)
        let network = checked.computation.network
        let plan = network.plan(sums(step, of: feed), .evaluation)
        try feed.load(step, into: plan.inputs)
        beginInference(step, of: feed)
        try takeStates(of: plan, step, of: feed)
        try forward(plan, of: network)
        network.renewStates(plan)
        try score(plan, of: network, into: totals)
    }

    /// Collective: the means of losses and metrics over a feed, with the weights as they are.
    func evaluate(_ feed: Feed, _ checked: CheckedData, afterStep: (Int) -> Void = { _ in }) throws -> [Double] {
        let totals = makeTotals()
        try crew.together {
            try feed.pass { step in
                try testStep(step, of: feed, checked, into: totals)
                afterStep(step)
            }
        }
        if context.failure != nil { totals.fail() }
        activity.enter(.loss)
        try communicator.allReduceSum(&totals.exchanged)
        totals.combine(positions: checked.computation.positions)
        if !totals.isFinite { try checkData() }
        let penalty = penalty?.total(on: crew) ?? 0
        totals.add(penalty: penalty, samples: feed.plan.samples)
        for objective in objectives { totals.add(objective, penalty: penalty, samples: feed.plan.samples) }
        return means(totals.values, samples: feed.plan.samples)
    }
}
