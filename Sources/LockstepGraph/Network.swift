import LockstepCompute

/// A model's operations, its weights, and the plans for the batches it has met.
public final class Network {
    public let arena: Arena
    public let context: StepContext
    private let training, inference: OperationGraph
    private var plans: [Plan] = []
    /// Whether plans that are made from now on fill what they do not read any more with NaN: for tests.
    package var fillsDeadMemory = false

    /// - Parameters:
    ///   - training: the operations that train.
    ///   - inference: those that evaluate and predict, on the same weights.
    ///   - losses: what the loss of each output takes; by default there is one that takes it.
    ///   - rewrites: the rules that make the operations fewer.
    package init(
        training: OperationGraph, inference: OperationGraph, arena: Arena, context: StepContext,
        losses: [OperationGraph.LossInput]? = nil, rewrites: Set<Rewrite> = Set(Rewrite.allCases)
    ) {
        let losses = losses ?? training.outputs.map { _ in .output }
        self.training = training.rewritten(by: rewrites).seeded(by: losses)
        self.inference = inference.rewritten(by: rewrites).seeded(by: losses)
        self.arena = arena
        self.context = context
    }

    /// The plan for a number of rows, over which is summed at once; made at the first request.
    public func plan(rows: Int, training: Bool) -> Plan { plan(RowPartition(rows: rows), training: training) }

    /// The plan for rows that are summed in some way; made at the first request.
    public func plan(_ sums: RowPartition, training: Bool) -> Plan {
        // Another network may have made the workspace larger.
        let memory = context.workspace.memory
        if let plan = plans.first(where: { $0.training == training && $0.sums == sums && $0.memory === memory }) {
            return plan
        }
        let plan = Plan(
            graph: training ? self.training : inference, arena: arena, sums: sums, training: training, context: context,
            fillsDeadMemory: fillsDeadMemory)
        plans.removeAll { $0.memory !== plan.memory }
        plans.append(plan)
        return plan
    }

    /// Computes the plan's outputs from its inputs.
    public func forward(_ plan: Plan) {
        context.times?.start()
        plan.bind(to: arena)
        context.activity.enter(.forward)
        plan.dead?.begin()
        for step in plan.forwards {
            context.activity.enter(layer: step.layer)
            step.operation.forward(step.pass)
            plan.dead?.pass(step.time)
            if step.endsLayer { context.times?.mark(step.layer, isForward: true) }
        }
    }

    /// Computes the gradients of all weights from those of the plan's outputs, sums over the plan's rows.
    public func backward(_ plan: Plan) { backward(plan) { _ in } }

    /// Computes the gradients of all weights from those of the plan's outputs, sums over the plan's rows.
    ///
    /// - Parameter complete: told, as layers are done, from where on in the arena gradients are what they will be, and
    ///   values are not read any more; in the end 0.
    public func backward<Failure: Error>(_ plan: Plan, complete: (_ offset: Int) throws(Failure) -> Void)
        throws(Failure)
    {
        context.times?.start()
        context.activity.enter(.backward)
        plan.dead?.pass(plan.lossTime)
        for weight in plan.unreached {
            for gradient in weight.gradients { gradient.fill(0) }
        }
        for step in plan.backwards {
            context.activity.enter(layer: step.layer)
            if let pass = step.pass { step.operation.backward(pass) }
            if let (from, to) = step.copy { to.assign(from) }
            for (part, sum) in step.additions { add(sum, part, into: sum, on: context.crew) }
            for (leaves, weight) in step.totals { total(leaves, of: weight, plan.sums) }
            plan.dead?.pass(step.time)
            guard step.endsLayer else { continue }
            context.times?.mark(step.layer, isForward: false)
            try complete(step.completeFrom)
            context.times?.skip()
        }
        try complete(0)
    }

    /// Adds the micro-shards' gradients of a weight, part by part.
    private func total(_ leaves: [Tensor], of weight: Weight, _ sums: RowPartition) {
        var first = 0
        for (part, gradient) in zip(sums.parts, weight.gradients) {
            addLeaves(leaves[first..<first + part.leaves], into: gradient, on: context.crew)
            first += part.leaves
        }
    }

    /// Makes the weights that the plan's forward renewed what it left for them.
    public func renewWeights(_ plan: Plan) {
        for weight in plan.renewed { weight.value.assign(weight.gradient) }
    }
}
