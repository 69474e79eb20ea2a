import LockstepCompute

/// A model's operations and weights, and the plans for the numbers of rows so far.
package final class Network {
    package let arena: Arena
    package let context: StepContext
    private let training: [OperationGraph]
    private let evaluation, inference: OperationGraph
    private var plans: [Plan] = []
    /// Whether plans that are made from now on fill what they do not read any more with NaN: for tests.
    package var fillsDeadMemory = false

    /// - Parameters:
    ///   - training: the operations that train, with losses and metrics, for each turn of a step.
    ///   - evaluation: those that score without training, on the same weights; nil where nothing is scored.
    ///   - inference: those that predict.
    package init(
        training: [OperationGraph], evaluation: OperationGraph? = nil, inference: OperationGraph, arena: Arena,
        context: StepContext
    ) {
        self.training = training
        self.evaluation = evaluation ?? inference
        self.inference = inference
        self.arena = arena
        self.context = context
    }

    /// What a plan is for.
    package enum Mode: Equatable, Sendable {
        case training(turn: Int = 0)
        case evaluation, inference

        var isTraining: Bool {
            if case .training = self { true } else { false }
        }
    }

    /// The plan for a number of rows, which are summed at once. It is made at the first request.
    package func plan(rows: Int, _ mode: Mode) -> Plan { plan(RowPartition(rows: rows), mode) }

    /// The plan for rows that are summed by a partition. It is made at the first request.
    ///
    /// - Parameter recomputation: what backward computes again.
    package func plan(_ sums: RowPartition, _ mode: Mode, _ recomputation: Recomputation = .none) -> Plan {
        // Another network may have made the workspace larger.
        let memory = context.workspace.memory
        if let plan = plans.first(where: {
            $0.mode == mode && $0.sums == sums && $0.memory === memory && $0.recomputation == recomputation
        }) {
            return plan
        }
        let plan = Plan(
            graph: graph(mode), arena: arena, sums: sums, mode: mode, recomputation: recomputation, context: context,
            fillsDeadMemory: fillsDeadMemory)
        plans.removeAll { $0.memory !== plan.memory }
        plans.append(plan)
        return plan
    }

    func graph(_ mode: Mode) -> OperationGraph {
        switch mode {
        case .training(let turn): training[turn]
        case .evaluation: evaluation
        case .inference: inference
        }
    }

    /// What backward computes again so that a batch fits into a workspace.
    ///
    /// - Parameter partitions: of the batch's rows on all ranks. So all ranks choose alike.
    package func choice(_ mode: Mode, for partitions: [RowPartition]) -> RecomputationChoice {
        RecomputationChoice(graph(mode), partitions: partitions, training: mode.isTraining)
    }

    /// Forgets the plans, whose memory is given back then.
    package func forgetPlans() { plans = [] }

    /// Computes the plan's outputs from its inputs.
    package func forward(_ plan: Plan) {
        context.times?.start()
        plan.bind(to: arena)
        context.activity.enter(.forward)
        for (state, begin, _) in plan.states { state.copy(into: begin) }
        plan.dead?.begin()
        for step in plan.forwards {
            context.activity.enter(layer: step.layer)
            step.operation.forward(step.pass)
            plan.dead?.pass(step.time)
            if step.endsLayer { context.times?.mark(step.layer, isForward: true) }
        }
    }

    /// Adds the losses and metrics of the plan's outputs to `context.sums`. In training it gives the gradients of the
    /// losses.
    ///
    /// Collective where outputs have masks.
    package func score(_ plan: Plan) {
        for step in plan.scores {
            step.operation.forward(step.pass)
            plan.dead?.pass(step.time)
        }
    }

    /// Computes the gradients of all weights from those of the losses, sums over the plan's rows.
    package func backward(_ plan: Plan) { backward(plan) { _ in } }

    /// Computes the gradients of all weights from those of the losses, sums over the plan's rows.
    ///
    /// - Parameter complete: called as layers are done. From `offset` on, gradients in the arena are complete and
    ///   values are not read any more. The last offset is 0.
    package func backward<Failure: Error>(_ plan: Plan, complete: (_ offset: Int) throws(Failure) -> Void)
        throws(Failure)
    {
        context.times?.start()
        context.activity.enter(.backward)
        plan.dead?.pass(plan.forwardEnd)
        for weight in plan.unreached {
            for gradient in weight.gradients { gradient.fill(0) }
        }
        for step in plan.backwards {
            for again in step.recomputed { recompute(again, of: plan) }
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

    /// Computes an operation again. Its time is one of its layer's forward.
    private func recompute(_ step: Plan.ForwardStep, of plan: Plan) {
        context.activity.enter(layer: step.layer)
        step.operation.recompute(step.pass)
        plan.dead?.pass(step.time)
        context.times?.mark(step.layer, isForward: true)
    }

    /// Adds the micro-shards' gradients of a weight, part by part.
    private func total(_ leaves: [Tensor], of weight: Weight, _ sums: RowPartition) {
        var first = 0
        for (part, gradient) in zip(sums.parts, weight.gradients) {
            addLeaves(leaves[first..<first + part.leaves], into: gradient, on: context.crew)
            first += part.leaves
        }
    }

    /// Gives the weights and the states of the rows that the plan's forward renewed their next values.
    package func renewWeights(_ plan: Plan) {
        for weight in plan.renewed { weight.value.assign(weight.gradient) }
        renewStates(plan)
    }

    /// Gives the states of the rows what the plan's forward ended with.
    package func renewStates(_ plan: Plan) { for (state, _, end) in plan.states { state.renew(with: end) } }
}
