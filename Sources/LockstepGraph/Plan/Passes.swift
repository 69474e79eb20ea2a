import LockstepCompute

/// The tensors that an operation's forward reads and writes. Made once for a plan. A class, so that a step copies no
/// more than its reference.
public final class ForwardPass {
    @exclusivity(unchecked) public internal(set) var inputs: [Tensor]
    @exclusivity(unchecked) public internal(set) var outputs: [Tensor]
    /// The tensors of `memory.saved`.
    public let saved: [Tensor]
    /// For each of `memory.sums`, `[micro-shards, elements]`.
    package let leafSums: [Tensor]
    /// How the rank's rows are summed.
    package let sums: RowPartition
    /// The micro-shards of an operation that scores; else none.
    package let microShards: [MicroShard]
    /// The rows of each sample. Everything here counts in rows.
    private let rowsPerSample: Int
    /// Whether backward follows.
    public let training: Bool
    /// The place in the model graph of the layer call that applied the operation.
    let layer: Int
    package let context: StepContext

    package var input: Tensor { inputs[0] }
    package var output: Tensor { outputs[0] }
    package var crew: Crew { context.crew }
    /// The place in the global batch of this rank's first row. Random numbers belong to rows, so that they do not
    /// depend on the rank that computes a row.
    package var firstRow: Int { context.firstRow * rowsPerSample }
    /// The rows of the global batch; nil if this rank has all of them.
    package var batchRows: Int? { context.batchRows.map { $0 * rowsPerSample } }
    /// This rank's samples.
    var samples: Int { sums.rows / rowsPerSample }

    init(
        inputs: [Tensor], outputs: [Tensor], saved: [Tensor], leafSums: [Tensor], sums: RowPartition,
        microShards: [MicroShard], rowsPerSample: Int, training: Bool,
        layer: Int, context: StepContext
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.saved = saved
        self.leafSums = leafSums
        self.sums = sums
        self.microShards = microShards
        self.rowsPerSample = rowsPerSample
        self.training = training
        self.layer = layer
        self.context = context
    }

    /// Reports an error in the data of this step. The operation then continues with harmless values, so that all ranks
    /// take part in the same exchanges. The step throws the first error on all ranks.
    public func fail(_ error: OperationError) { context.fail(error, in: layer) }
}

/// The tensors that an operation's backward reads and writes.
public final class BackwardPass {
    /// Read these only if the operation's memory says `keepsInputs`. Weights can always be read.
    @exclusivity(unchecked) public internal(set) var inputs: [Tensor]
    /// Read these only if the operation's memory says `keepsOutputs`.
    public let outputs: [Tensor]
    /// The gradients of the loss by the outputs; nil for outputs that the loss does not depend on. The operation may
    /// overwrite them, because nothing reads them afterwards.
    public let outputGradients: [Tensor?]
    /// Where to put the gradients of batched inputs; nil where none is needed.
    public let inputGradients: [Tensor?]
    /// Where to put the gradients of weights, one tensor for each part of `weightSums`; nil where none is needed.
    @exclusivity(unchecked) package internal(set) var weightGradients: [[Tensor]?]
    public let saved: [Tensor]
    /// For each of `memory.sums`, `[micro-shards, elements]`.
    package let leafSums: [Tensor]
    /// How the rank's rows are summed. Each part has gradients of its own.
    package let sums: RowPartition
    /// How the gradients of weights are summed. It differs from `sums` if a weight has several uses; their micro-shards
    /// are added first.
    package let weightSums: RowPartition
    /// The rows of each sample. Everything here counts in rows.
    private let rowsPerSample: Int
    /// The place in the model graph of the layer call that applied the operation.
    let layer: Int
    package let context: StepContext

    package var input: Tensor { inputs[0] }
    package var output: Tensor { outputs[0] }
    /// The gradient of an operation with one output.
    public var outputGradient: Tensor { outputGradients[0]! }
    package var inputGradient: Tensor? { inputGradients[0] }
    package var crew: Crew { context.crew }
    /// The rows of the global batch; nil if this rank has all of them.
    package var batchRows: Int? { context.batchRows.map { $0 * rowsPerSample } }
    /// This rank's samples.
    var samples: Int { sums.rows / rowsPerSample }

    init(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], inputGradients: [Tensor?],
        weightGradients: [[Tensor]?],
        saved: [Tensor], leafSums: [Tensor], sums: RowPartition, weightSums: RowPartition, rowsPerSample: Int,
        layer: Int,
        context: StepContext
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.outputGradients = outputGradients
        self.inputGradients = inputGradients
        self.weightGradients = weightGradients
        self.saved = saved
        self.leafSums = leafSums
        self.sums = sums
        self.weightSums = weightSums
        self.rowsPerSample = rowsPerSample
        self.layer = layer
        self.context = context
    }

    /// Reports an error in the data of this step, as `ForwardPass.fail`.
    public func fail(_ error: OperationError) { context.fail(error, in: layer) }

    /// Sums the gradient of a weight over the rows. In the reproducible mode the order of additions does not depend on
    /// the number of ranks.
    ///
    /// - Parameters:
    ///   - index: which of the inputs the weight is. If its gradient is not needed, nothing is done.
    ///   - gradient: overwrites a tensor of the weight's shape with the sum over some rows.
    public func sumOverRows(_ index: Int, gradient: (_ rows: Range<Int>, _ sum: Tensor) -> Void) {
        guard let parts = weightGradients[index] else { return }
        for (part, sum) in zip(weightSums.parts, parts) { addLeaves(of: part, into: sum, on: crew, gradient) }
    }
}
