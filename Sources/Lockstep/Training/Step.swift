import LockstepCluster
import LockstepCompute
import LockstepLayers

extension Runtime {
    /// One synchronous step on a global batch.
    ///
    /// Collective: every rank calls it once for each batch of the feed's plan, with an empty shard too. Afterwards the parameters are
    /// equal on all ranks, and `totals` holds the sums of loss and metrics over the global batch.
    ///
    /// - Throws: `TrainingError.notFinite` on all ranks, before the weights change.
    func trainStep(_ step: Int, epoch: Int, of feed: Feed, targetShape: Shape, metrics: [MetricFunction]) throws {
        guard let compilation, let trainer else { throw TrainingError.notCompiled(call: "fit") }
        times?.start()
        communicator.activity.enter(.training, epoch: epoch + 1, step: step + 1)
        let batch = feed.plan.batch(step)
        let shard = feed.shard(step)
        let plan = network.plan(rows: shard.count, training: true)
        let targets = targetPlace(rows: shard.count, shape: targetShape)
        try feed.load(step, inputs: plan.input, targets: targets)
        network.context.step = trainer.steps
        network.context.firstRow = shard.lowerBound - batch.lowerBound
        network.context.batchRows = batch.count
        times?.mark(.input)

        try forward(plan)
        times?.mark(.forward)
        communicator.activity.enter(.loss)
        totals[0] = compilation.loss.sum(
            outputs: plan.output, targets: targets, gradient: plan.outputGradient, beforeActivation: network.isBeforeActivation, on: crew)
        for (index, metric) in metrics.enumerated() { totals[index + 1] = metric.sum(outputs: plan.output, targets: targets, on: crew) }
        times?.markLoss()
        // What one rank's layers found wrong makes the loss of all no number, and so reaches them without an exchange of its own.
        if network.context.failure != nil { totals[0] = .nan }
        try trainer.step(&totals, rows: batch.count * positions) { complete in
            try backward(plan, complete: complete)
            times?.mark(.backward)
        }
        // What is not accounted for was spent looking for others.
        times?.mark(.wait)
        guard totals[0].isFinite else {
            try checkData()
            throw TrainingError.notFinite(epoch: epoch, step: step, loss: totals[0])
        }
        arena.advanceState()
        times?.mark(.update)
        times?.endStep()
    }

    /// Adds the loss and the metrics of this rank's shard of a batch to `sums`.
    func testStep(_ step: Int, of feed: Feed, targetShape: Shape, metrics: [MetricFunction], into sums: inout [Double]) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "evaluate") }
        communicator.activity.enter(.evaluation, step: step + 1)
        let shard = feed.shard(step)
        let plan = network.plan(rows: shard.count, training: false)
        let targets = targetPlace(rows: shard.count, shape: targetShape)
        try feed.load(step, inputs: plan.input, targets: targets)
        try forward(plan)
        sums[0] += compilation.loss.sum(outputs: plan.output, targets: targets, gradient: nil, beforeActivation: false, on: crew)
        for (index, metric) in metrics.enumerated() { sums[index + 1] += metric.sum(outputs: plan.output, targets: targets, on: crew) }
    }

    /// Collective: the means of loss and metrics over a feed, with the weights as they are.
    func evaluate(_ feed: Feed, targetShape: Shape, metrics: [MetricFunction], afterStep: (Int) -> Void = { _ in }) throws -> [Double] {
        var sums = [Double](repeating: 0, count: 1 + metrics.count)
        try crew.together {
            try feed.pass { step in
                try testStep(step, of: feed, targetShape: targetShape, metrics: metrics, into: &sums)
                afterStep(step)
            }
        }
        if network.context.failure != nil { sums[0] = .nan }
        communicator.activity.enter(.loss)
        try communicator.allReduceSum(&sums)
        if !sums[0].isFinite { try checkData() }
        return sums.map { $0 / Double(feed.plan.samples * positions) }
    }
}
