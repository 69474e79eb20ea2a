import LockstepCompute

/// The batch of all ranks, of which each computes a shard: what layers with statistics of the whole batch ask for sums over the ranks.
public protocol GlobalBatch: AnyObject {
    /// Collective: the total over the micro-shards of all ranks. Every rank's layer calls it, with no rows of its own too.
    ///
    /// - Parameter sums: of each of this rank's micro-shards.
    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew)
}

/// The batch of the only rank.
private final class WholeBatch: GlobalBatch {
    func sum(_ sums: Tensor, into total: Tensor, on crew: Crew) {
        addLeaves(sums, first: 0, leaves: sums.rowCount, into: total, on: crew)
    }
}

/// What the layers of one model share during a step. The plans' passes refer to it, so they are made once and not for each step.
public final class StepContext {
    /// The threads to compute with.
    public let crew: Crew
    /// Where to say which layer computes.
    public let activity: Activity
    /// Keys the random numbers of a step together with its number and the layer.
    public var seed: UInt64
    /// Counts training steps from the first.
    public var step = 0
    /// The place in the global batch of this rank's first row: masks belong to rows, whoever computes them.
    public var firstRow = 0
    /// The rows of the global batch; nil: this rank's are all.
    public var batchRows: Int?
    public let batch: any GlobalBatch
    /// What a layer found wrong in the data of this step, the first of it. Layers go on with something harmless, so that all ranks
    /// meet in the same exchanges, and whoever runs the step throws it on all ranks.
    public var failure: LayerError?

    /// - Parameter batch: nil where this rank has the whole batch.
    public init(crew: Crew, seed: UInt64, batch: (any GlobalBatch)? = nil, activity: Activity = Activity()) {
        self.crew = crew
        self.activity = activity
        self.seed = seed
        self.batch = batch ?? WholeBatch()
    }
}

/// What a layer's forward reads and writes. Made once for a plan; a class, so that a step copies no more than its reference.
public final class Forward {
    public let inputs: [Tensor]
    public let output: Tensor
    public let caches: [Tensor]
    /// For each of the layer's `memory.sums`, `[micro-shards, elements]`.
    public let sumsOverRows: [Tensor]
    /// How the rank's rows are summed.
    public let sums: RowSums
    public let training: Bool
    /// The layer's place in the model, which keys its random numbers.
    public let layerIndex: Int
    /// Whether the layer leaves out its `outputActivation`, because the loss takes the logits; the network applies it afterwards.
    public let isBeforeActivation: Bool
    public let context: StepContext

    public var input: Tensor { inputs[0] }
    public var crew: Crew { context.crew }

    init(
        inputs: [Tensor], output: Tensor, caches: [Tensor], sumsOverRows: [Tensor], sums: RowSums, training: Bool, layerIndex: Int,
        isBeforeActivation: Bool, context: StepContext
    ) {
        self.inputs = inputs
        self.output = output
        self.caches = caches
        self.sumsOverRows = sumsOverRows
        self.sums = sums
        self.training = training
        self.layerIndex = layerIndex
        self.isBeforeActivation = isBeforeActivation
        self.context = context
    }
}

/// What a layer's backward reads and writes.
public final class Backward {
    /// Only to be read if the layer's memory says `keepsInput`.
    public let inputs: [Tensor]
    /// Only to be read if the layer's memory says `keepsOutput`.
    public let output: Tensor
    /// The gradient of the loss by the output. Nobody reads it afterwards, so the layer may overwrite it.
    public let outputGradient: Tensor
    /// Whether the loss takes the logits, so that the output and its gradient are those in front of the layer's `outputActivation`.
    public let isBeforeActivation: Bool
    /// Where to put the gradients of the inputs; nil where nobody needs one.
    public let inputGradients: [Tensor?]
    public let caches: [Tensor]
    /// For each of the layer's `memory.sums`, `[micro-shards, elements]`.
    public let sumsOverRows: [Tensor]
    /// How the rank's rows are summed: each part into gradients of its own.
    public let sums: RowSums
    public let context: StepContext

    public var input: Tensor { inputs[0] }
    public var inputGradient: Tensor? { inputGradients[0] }
    public var crew: Crew { context.crew }

    init(
        inputs: [Tensor], output: Tensor, outputGradient: Tensor, isBeforeActivation: Bool, inputGradients: [Tensor?], caches: [Tensor],
        sumsOverRows: [Tensor], sums: RowSums, context: StepContext
    ) {
        self.inputs = inputs
        self.output = output
        self.outputGradient = outputGradient
        self.isBeforeActivation = isBeforeActivation
        self.inputGradients = inputGradients
        self.caches = caches
        self.sumsOverRows = sumsOverRows
        self.sums = sums
        self.context = context
    }

    /// The gradient in front of an activation that the layer applied to `product`: dz = dy ⊙ activation′. It overwrites the output's
    /// gradient; but a glu's is twice as wide, and goes where the product was, once that has been read.
    func gradient(before activation: ActivationFunction, product: Tensor) -> Tensor {
        guard !isBeforeActivation else { return outputGradient }
        let dz = activation == .glu ? product : outputGradient
        activation.gradient(x: product, y: output, dy: outputGradient, into: dz, on: crew)
        return dz
    }
}
