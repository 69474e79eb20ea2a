import LockstepCluster
import LockstepCompute

/// Brings this rank its rows of each mini-batch: from its own copy of the data, or from rank 0, which sends them one
/// step ahead.
final class Feed {
    let plan: BatchPlan
    /// This rank's copies of all rows; nil if rank 0 sends them.
    private let given: GivenSamples?
    /// The first row of the data that belongs to this feed.
    private let first: Int
    private let communicator: any Communicator
    private let crew: Crew
    /// The order of the rows, counted from `first`; nil for their own.
    private var order: [Int]?
    private let sender: BatchSender?
    /// The last step whose rows were sent.
    private var posted = -1

    /// - Parameter rows: the part of the data to feed: the training or the validation samples.
    init(_ data: DataSet, rows: Range<Int>, batchSize: Int, of runtime: Runtime) {
        given = data.given
        communicator = runtime.communicator
        crew = runtime.crew
        first = rows.lowerBound
        plan = BatchPlan(samples: rows.count, batchSize: batchSize, microShards: runtime.microShards)
        sender =
            data.place == .root
            ? BatchSender(data, inputTypes: runtime.graph.feeds.map(\.type), plan: plan, communicator: communicator)
            : nil
    }

    /// Runs a body for each step of a pass over the rows, in an order or in their own.
    ///
    /// - Parameter first: the step to begin with.
    func pass(order: [Int]? = nil, from first: Int = 0, _ body: (_ step: Int) throws -> Void) throws {
        self.order = order
        posted = first - 1
        if let sender, first < plan.steps { try post(first, through: sender) }
        do {
            for step in first..<max(first, plan.steps) { try body(step) }
        } catch let error where !(error is ClusterError) {
            // All ranks throw in the same step, so all transfers arrive. Waiting for them keeps them out of later
            // calls.
            try sender?.settle()
            throw error
        }
        try sender?.settle()
    }

    /// The rows of this rank's shard of a step, counted from the feed's first.
    func shard(_ step: Int) -> Range<Int> { plan.shard(step, rank: communicator.rank, size: communicator.size) }

    /// Brings a step's rows, which must be as many as the shard has. Each turn of a step asks for them.
    ///
    /// - Parameter tensors: for the inputs of the data, its targets and its weights, in this order; only the inputs for
    ///   prediction. Tensors after these are not touched.
    func load(_ step: Int, into tensors: [Tensor]) throws {
        if let sender {
            if step + 1 < plan.steps, posted == step { try post(step + 1, through: sender) }
            try sender.collect(step, rank: communicator.rank, into: tensors)
        } else {
            let rows = shard(step)
            given?.eachTensor { index, source in
                if index < tensors.count { copy(rows, of: source, into: tensors[index]) }
            }
        }
    }

    private func copy(_ rows: Range<Int>, of source: Tensor, into destination: Tensor) {
        guard !rows.isEmpty else { return }
        if let order {
            source.gather(order[rows], from: first, into: destination, on: crew)
        } else {
            source.copyRows(first + rows.lowerBound..<first + rows.upperBound, into: destination)
        }
    }

    /// Rank 0 sends a step's rows to the others; they prepare to receive theirs.
    private func post(_ step: Int, through sender: BatchSender) throws {
        posted = step
        try sender.post(step) { rank, parts in
            let rows = plan.shard(step, rank: rank, size: communicator.size)
            given?.eachTensor { index, source in copy(rows, of: source, into: parts[index]) }
        }
    }
}
