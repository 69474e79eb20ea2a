import LockstepCompute

/// A built graph that computes: the layers, their parameters, and the plans for the batches it has met.
public final class Network {
    public let graph: Graph
    public let arena: Arena
    public let context: StepContext
    /// The last layer's activation, where the loss takes the logits, that is, what goes into it.
    private let activationOfLogits: ActivationFunction?
    /// For each node of the graph, where in the arena its trainable parameters begin, or those of the next that has some.
    public let gradientStarts: [Int]
    private var workspace = FloatBuffer(count: 0)
    private var plans: [Plan] = []
    /// Where to add up how long each layer takes; nil measures nothing.
    package var times: LayerTimes?

    /// - Parameter lossTakesLogits: whether the loss wants what goes into the last layer's activation too.
    public init(graph: Graph, arena: Arena, context: StepContext, lossTakesLogits: Bool = false) {
        self.graph = graph
        self.arena = arena
        self.context = context
        activationOfLogits = lossTakesLogits ? graph.nodes[graph.nodes.count - 1].layer.outputActivation : nil
        var start = 0
        gradientStarts = graph.nodes.map { node in
            defer { for parameter in node.parameters where parameter.isTrainable { start += FloatBuffer.aligned(parameter.shape.count) } }
            return start
        }
    }

    /// The plan for a number of rows, over which is summed at once; made at the first request.
    public func plan(rows: Int, training: Bool) -> Plan { plan(RowSums(rows: rows), training: training) }

    /// The plan for rows that are summed in some way; made at the first request.
    public func plan(_ sums: RowSums, training: Bool) -> Plan {
        if let plan = plans.first(where: { $0.training == training && $0.sums == sums }) { return plan }
        let plan = Plan(
            graph: graph, sums: sums, training: training, isBeforeActivation: activationOfLogits != nil, context: context,
            workspace: { size in
                if size > workspace.count {
                    workspace = FloatBuffer(count: size)
                    plans = []
                }
                return workspace
            })
        plans.append(plan)
        return plan
    }

    /// Computes `plan.output` from `plan.input`.
    public func forward(_ plan: Plan) {
        times?.start()
        if plan.training { arena.beginStep() }
        context.activity.enter(.forward)
        for (layer, pass) in plan.forwards {
            context.activity.enter(layer: pass.layerIndex)
            layer.forward(pass)
            if pass.isBeforeActivation { activationOfLogits?.apply(pass.output, into: plan.output, on: context.crew) }
            times?.mark(pass.layerIndex, isForward: true)
        }
    }

    /// Computes the gradients of all parameters from `plan.outputGradient`, sums over the plan's rows.
    public func backward(_ plan: Plan) { backward(plan) { _ in } }

    /// Computes the gradients of all parameters from `plan.outputGradient`, sums over the plan's rows.
    ///
    /// - Parameter complete: told, as layers are done, from where on in the arena gradients are what they will be, and values are
    ///   not read any more; in the end 0.
    public func backward<Failure: Error>(_ plan: Plan, complete: (_ offset: Int) throws(Failure) -> Void) throws(Failure) {
        times?.start()
        context.activity.enter(.backward)
        for step in plan.backwards {
            context.activity.enter(layer: step.layerIndex)
            if let pass = step.pass { step.layer.backward(pass) }
            if let (from, to) = step.copy { to.assign(from) }
            for (part, sum) in step.additions { add(sum, part, into: sum, on: context.crew) }
            times?.mark(step.layerIndex, isForward: false)
            try complete(gradientStarts[step.layerIndex])
            times?.skip()
        }
        try complete(0)
    }
}
