import LockstepCluster
import LockstepCompute
import LockstepGraph
import LockstepLayers

extension Runtime {
    /// One synchronous step on a global batch.
    ///
    /// Collective: every rank calls it once for each batch of the feed's plan, with an empty shard too. Afterwards the parameters are
    /// equal on all ranks, and `totals` holds the sums of loss and metrics over the global batch.
    ///
    /// - Parameter classWeights: what samples count in the loss; nil counts all alike.
    /// - Throws: `TrainingError.notFinite` on all ranks, before the weights change.
    func trainStep(
        _ step: Int, epoch: Int, of feed: Feed, targetShape: Shape, metrics: [MetricFunction], classWeights: ClassWeights? = nil
    ) throws {
        guard let compilation, let trainer else { throw TrainingError.notCompiled(call: "fit") }
        times?.start()
        communicator.activity.enter(.training, epoch: epoch + 1, step: step + 1)
        let batch = feed.plan.batch(step)
        let shard = feed.shard(step)
        let plan = network.plan(sums(step, of: feed), training: true)
        let targets = targetPlace(plan.sums, shape: targetShape)
        try feed.load(step, inputs: plan.input, targets: targets.all)
        network.context.step = trainer.steps
        network.context.firstRow = shard.lowerBound - batch.lowerBound
        network.context.batchRows = batch.count
        times?.mark(.input)

        try forward(plan)
        times?.mark(.forward)
        communicator.activity.enter(.loss)
        totals.clear()
        score(plan, targets, compilation.loss, metrics, classWeights, into: totals)
        times?.markLoss()
        // What one rank's layers found wrong makes the loss of all no number, and so reaches them without an exchange of its own.
        if network.context.failure != nil { totals.fail() }
        try trainer.step(&totals.exchanged, rows: batch.count * positions) { complete in
            try backward(plan, complete: complete)
            times?.mark(.backward)
        }
        // What is not accounted for was spent looking for others.
        times?.mark(.wait)
        totals.combine()
        guard totals.isFinite else {
            try checkData()
            throw TrainingError.notFinite(epoch: epoch, step: step, loss: totals.values[0])
        }
        network.renewWeights(plan)
        times?.mark(.update)
        times?.endStep()
    }

    /// Adds the loss and the metrics of this rank's rows to totals, micro-shard by micro-shard.
    private func score(
        _ plan: Plan, _ places: TargetPlace, _ loss: any Loss, _ metrics: [MetricFunction], _ classWeights: ClassWeights? = nil,
        into totals: StepTotals
    ) {
        for (number, leaf) in plan.outputs[0].leaves.enumerated() {
            let targets = places.leaves[number]
            classWeights?.fill(places.weights[number], targets: targets)
            let value = loss.sum(
                outputs: leaf.output, logits: leaf.logits, targets: targets,
                weights: classWeights == nil ? nil : places.weights[number], gradient: leaf.gradient, on: crew)
            totals.add(value, leaf: number, index: 0)
            for (index, metric) in metrics.enumerated() {
                totals.add(metric.sum(outputs: leaf.output, targets: targets, on: crew), leaf: number, index: index + 1)
            }
        }
    }

    /// Adds the loss and the metrics of this rank's shard of a batch to totals.
    func testStep(_ step: Int, of feed: Feed, targetShape: Shape, metrics: [MetricFunction], into totals: StepTotals) throws {
        guard let compilation else { throw TrainingError.notCompiled(call: "evaluate") }
        communicator.activity.enter(.evaluation, step: step + 1)
        let plan = network.plan(sums(step, of: feed), training: false)
        let targets = targetPlace(plan.sums, shape: targetShape)
        try feed.load(step, inputs: plan.input, targets: targets.all)
        try forward(plan)
        score(plan, targets, compilation.loss, metrics, into: totals)
    }

    /// Collective: the means of loss and metrics over a feed, with the weights as they are.
    func evaluate(_ feed: Feed, targetShape: Shape, metrics: [MetricFunction], afterStep: (Int) -> Void = { _ in }) throws -> [Double] {
        let totals = makeTotals()
        try crew.together {
            try feed.pass { step in
                try testStep(step, of: feed, targetShape: targetShape, metrics: metrics, into: totals)
                afterStep(step)
            }
        }
        if network.context.failure != nil { totals.fail() }
        communicator.activity.enter(.loss)
        try communicator.allReduceSum(&totals.exchanged)
        totals.combine()
        if !totals.isFinite { try checkData() }
        return totals.values.map { $0 / Double(feed.plan.samples * positions) }
    }
}
