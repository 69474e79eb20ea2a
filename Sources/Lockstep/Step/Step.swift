import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

extension Runtime {
    /// One synchronous step on a global batch.
    ///
    /// Collective: every rank calls it once for each batch of the feed's plan, with an empty shard too. Afterwards the
    /// parameters are equal on all ranks, and `totals` holds the sums of losses and metrics over the global batch.
    ///
    /// - Parameter classWeights: what samples count in the loss; nil counts all alike.
    /// - Throws: `TrainingError.notFinite` on all ranks, before the weights change.
    func trainStep(
        _ step: Int, epoch: Int, of feed: Feed, _ checked: CheckedData, classWeights: ClassWeights? = nil
    ) throws {
        guard let compilation, let trainer else { throw TrainingError.notCompiled(call: "fit") }
        times?.start()
        communicator.activity.enter(.training, epoch: epoch + 1, step: step + 1)
        let batch = feed.plan.batch(step)
        let shard = feed.shard(step)
        let computation = checked.computation
        let plan = computation.network.plan(sums(step, of: feed), training: true)
        let targets = computation.targetPlace(plan.sums, shapes: checked.data.shapes)
        try feed.load(step, inputs: plan.inputs, others: targets.filled)
        context.step = trainer.steps
        context.firstRow = shard.lowerBound - batch.lowerBound
        context.batchRows = batch.count
        times?.mark(.input)

        try forward(plan, of: computation)
        times?.mark(.forward)
        communicator.activity.enter(.loss)
        totals.clear()
        try score(plan, targets, rows: batch.count, compilation.objectives, checked, classWeights, into: totals)
        times?.markLoss()
        // What one rank's layers found wrong makes the loss of all no number, and so reaches them without an exchange
        // of its own.
        if context.failure != nil { totals.fail() }
        try trainer.step(&totals.exchanged, rows: batch.count * computation.firstPositions) { complete in
            try backward(plan, of: computation, complete: complete)
            times?.mark(.backward)
        }
        // What is not accounted for was spent looking for others.
        times?.mark(.wait)
        totals.combine(positions: computation.totalPositions)
        totals.add(penalty: trainer.penalty, samples: batch.count)
        guard totals.isFinite else {
            try checkData()
            throw TrainingError.notFinite(epoch: epoch, step: step, loss: totals.values[0])
        }
        computation.network.renewWeights(plan)
        times?.mark(.update)
        times?.endStep()
    }

    /// Adds the losses and the metrics of this rank's rows to totals, micro-shard by micro-shard.
    ///
    /// Collective where outputs have masks.
    ///
    /// - Parameter rows: of the global batch.
    private func score(
        _ plan: Plan, _ place: TargetPlace, rows: Int, _ objectives: [Objective], _ checked: CheckedData,
        _ classWeights: ClassWeights? = nil, into totals: StepTotals
    ) throws {
        let (computation, metrics) = (checked.computation, checked.metrics)
        let shares = try maskShares(plan, of: computation, rows: rows, objectives)
        var (metricIndex, countIndex) = (1, means.reported)
        for (number, objective) in objectives.enumerated() {
            let share = shares?[number] ?? 1
            let factor = computation.lossFactors[number] * share
            for (leaf, part) in place.objectives[number].enumerated() {
                let output = plan.outputs[objective.output].leaves[leaf]
                part.spreadGivenWeights()
                classWeights?.fill(part.weights, targets: part.targets)
                let hasWeights = classWeights != nil || part.given != nil
                if let mask = output.mask { part.hide(mask, hasWeights: hasWeights) }
                let value = objective.loss.sum(
                    outputs: output.output, logits: output.logits, targets: part.targets,
                    weights: hasWeights || output.mask != nil ? part.weights : nil, gradient: output.gradient, on: crew)
                totals.add(value * factor, leaf: leaf, index: 0)
                let last = means.reported - objectives.count
                if objectives.count > 1 { totals.add(value * share, leaf: leaf, index: last + number) }
                if factor != 1, let gradient = output.gradient {
                    scale(gradient, by: Float(factor), into: gradient, on: crew)
                }
                for (index, metric) in metrics[number].enumerated() {
                    totals.add(
                        metric.sum(outputs: output.output, targets: part.targets, mask: output.mask, on: crew),
                        leaf: leaf, index: metricIndex + index)
                }
                if let mask = output.mask, !metrics[number].isEmpty {
                    totals.add(mask.total, leaf: leaf, index: countIndex)
                }
            }
            if plan.outputs[objective.output].mask != nil, !metrics[number].isEmpty { countIndex += 1 }
            metricIndex += metrics[number].count
        }
    }

    /// For each objective, what the positions count that its output's mask leaves: as many as all positions of the
    /// global batch together (Keras, `apply_mask`), or 0 if there are none. Nil where no output has a mask.
    ///
    /// Collective where there are masks: gradients of several losses add up, so each needs its divisor before backward.
    private func maskShares(
        _ plan: Plan, of computation: Computation, rows: Int, _ objectives: [Objective]
    ) throws -> [Double]? {
        guard hasMasks else { return nil }
        var counts = objectives.map { plan.outputs[$0.output].mask?.total ?? 0 }
        try communicator.allReduceSum(&counts)
        return zip(objectives, counts).map { objective, count in
            guard plan.outputs[objective.output].mask != nil else { return 1 }
            return count > 0 ? Double(rows * computation.positions(objective)) / count : 0
        }
    }

    /// Adds the losses and the metrics of this rank's shard of a batch to totals.
    ///
    /// Collective where outputs have masks.
    private func testStep(_ step: Int, of feed: Feed, _ checked: CheckedData, into totals: StepTotals) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "evaluate") }
        communicator.activity.enter(.evaluation, step: step + 1)
        let computation = checked.computation
        let plan = computation.network.plan(sums(step, of: feed), training: false)
        let targets = computation.targetPlace(plan.sums, shapes: checked.data.shapes)
        try feed.load(step, inputs: plan.inputs, others: targets.filled)
        try forward(plan, of: computation)
        try score(plan, targets, rows: feed.plan.batch(step).count, compilation.objectives, checked, into: totals)
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
        communicator.activity.enter(.loss)
        try communicator.allReduceSum(&totals.exchanged)
        totals.combine(positions: checked.computation.totalPositions)
        if !totals.isFinite { try checkData() }
        totals.add(penalty: penalty?.total(on: crew) ?? 0, samples: feed.plan.samples)
        return means(totals.values, samples: feed.plan.samples)
    }
}
