import LockstepCompute

/// The operations of a graph in order, ready to run on batches of one number of rows. Every tensor has a place in the
/// workspace.
///
/// A plan is made once for a number of rows and a mode. A step then allocates nothing. Plans share the workspace, so
/// only one of them holds a batch at a time.
package final class Plan {
    /// How the rows are summed.
    package let sums: RowPartition
    package let mode: Network.Mode
    let recomputation: Recomputation
    /// Where the rows of the batch go before forward: the model's inputs, then targets and sample weights.
    package let inputs: [Tensor]
    package let outputs: [Tensor]
    /// The states of the rows, with the place of the values that forward begins with, and of those that it ends with.
    package let states: [(state: RowState, begin: Tensor, end: Tensor)]
    /// The masks of the outputs that have one.
    package let masks: [Tensor?]
    let forwards: [ForwardStep]
    /// The losses and metrics.
    let scores: [ForwardStep]
    let backwards: [BackwardStep]
    /// Trainable weights that no gradient reaches.
    let unreached: [Weight]
    /// The weights that forward gives a next value.
    let renewed: [Weight]
    /// Fills dead memory in tests, else nil; and the end of forward.
    let dead: DeadMemory?
    let forwardEnd: Int
    /// Where the tensors lie.
    let memory: FloatBuffer
    /// The version of the arena that the passes are bound to.
    private var version: Int

    package var rows: Int { sums.rows }
    /// The operations that a step walks through.
    package var lengths: (forward: Int, backward: Int) { (forwards.count, backwards.count + recomputed.count) }
    package var input: Tensor { inputs[0] }
    /// The first output.
    package var output: Tensor { outputs[0] }

    /// An input of an operation that is a weight, or the next value of a weight.
    struct WeightInput {
        let position: Int
        let weight: Weight
        let isRenewed: Bool

        var value: Tensor { isRenewed ? weight.gradient : weight.value }
    }

    /// One operation's forward. A class, so that a training step copies no more than its reference.
    final class ForwardStep {
        let operation: any Operation
        let pass: ForwardPass
        let layer: Int
        /// Its moment, as `PlanLayout` counts.
        let time: Int
        /// Whether the next operation is of another layer call.
        let endsLayer: Bool
        /// The inputs that are weights.
        let weights: [WeightInput]
        let renewed: [(position: Int, weight: Weight)]

        init(
            operation: any Operation, pass: ForwardPass, layer: Int, time: Int, endsLayer: Bool, weights: [WeightInput],
            renewed: [(position: Int, weight: Weight)]
        ) {
            self.operation = operation
            self.pass = pass
            self.layer = layer
            self.time = time
            self.endsLayer = endsLayer
            self.weights = weights
            self.renewed = renewed
        }
    }

    /// One operation's backward, and the sums of gradients that several uses contribute.
    final class BackwardStep {
        let operation: any Operation
        let layer: Int
        /// Its moment, as `PlanLayout` counts.
        let time: Int
        /// What is computed again before it.
        let recomputed: [ForwardStep]
        /// Whether the next operation in backward is of another layer call.
        let endsLayer: Bool
        /// Nil if the operation computes nothing in backward. Then its gradient is in place, after the copy and the
        /// additions below.
        let pass: BackwardPass?
        let copy: (from: Tensor, to: Tensor)?
        let additions: [(part: Tensor, sum: Tensor)]
        /// The weights whose last use this is, with the gradients of their micro-shards, which are added here.
        let totals: [(leaves: [Tensor], weight: Weight)]
        let weights: [WeightInput]
        /// Weights whose gradients the operation writes in the arena.
        let gradients: [(position: Int, weight: Weight)]
        /// After this step, all gradients of the arena from this offset on are complete, and the values are not read
        /// any more.
        let completeFrom: Int

        init(
            operation: any Operation, layer: Int, time: Int, recomputed: [ForwardStep], endsLayer: Bool,
            pass: BackwardPass?, copy: (from: Tensor, to: Tensor)?,
            additions: [(part: Tensor, sum: Tensor)], totals: [(leaves: [Tensor], weight: Weight)],
            weights: [WeightInput], gradients: [(position: Int, weight: Weight)], completeFrom: Int
        ) {
            self.operation = operation
            self.layer = layer
            self.time = time
            self.recomputed = recomputed
            self.endsLayer = endsLayer
            self.pass = pass
            self.copy = copy
            self.additions = additions
            self.totals = totals
            self.weights = weights
            self.gradients = gradients
            self.completeFrom = completeFrom
        }
    }

    /// - Parameters:
    ///   - fillsDeadMemory: fills what is not read any more with NaN.
    init(
        graph: OperationGraph, arena: Arena, sums: RowPartition, mode: Network.Mode, recomputation: Recomputation,
        context: StepContext, fillsDeadMemory: Bool
    ) {
        let training = mode.isTraining
        let layout = PlanLayout(graph: graph, sums: sums, training: training, recomputation: recomputation)
        let (offsets, size) = layout.map.place(shares: !fillsDeadMemory)
        context.workspace.reserve(size)
        memory = context.workspace.memory
        let builder = PlanBuilder(graph: graph, layout: layout, memory: memory, offsets: offsets, context: context)
        dead = fillsDeadMemory ? DeadMemory(layout.map.requests, offsets: offsets, size: size, memory: memory) : nil
        forwardEnd = layout.end
        self.sums = sums
        self.mode = mode
        self.recomputation = recomputation
        inputs = graph.fedInputs.map { builder.tensor(.input($0)) }
        states = graph.states.map { ($0.state, builder.tensor(.input($0.input)), builder.tensor($0.next)) }
        outputs = graph.outputs.map(builder.tensor)
        masks = graph.masks.map { $0.map(builder.tensor) }
        let steps = builder.forwards()
        let end = graph.scoringStart.map(layout.forwardTime) ?? layout.end
        forwards = steps.filter { $0.time < end }
        scores = steps.filter { $0.time >= end }
        backwards = builder.backwards(arena: arena)
        renewed = forwards.flatMap { $0.renewed.map(\.weight) }
        let reached = Set(
            backwards.flatMap { $0.gradients.map(\.weight) + $0.totals.map(\.weight) }.map(ObjectIdentifier.init))
        unreached = training ? arena.weights.filter { $0.isTrainable && !reached.contains(ObjectIdentifier($0)) } : []
        version = -1
    }

    private var recomputed: [ForwardStep] { recomputation.blocks.isEmpty ? [] : backwards.flatMap(\.recomputed) }

    /// Has the passes use the memory that the weights lie in now.
    func bind(to arena: Arena) {
        guard version != arena.version else { return }
        version = arena.version
        for step in [forwards, scores, recomputed].joined() {
            for input in step.weights { step.pass.inputs[input.position] = input.value }
            for (position, weight) in step.renewed { step.pass.outputs[position] = weight.gradient }
        }
        for step in backwards {
            for input in step.weights { step.pass?.inputs[input.position] = input.value }
            for (position, weight) in step.gradients { step.pass?.weightGradients[position] = weight.gradients }
        }
    }
}
