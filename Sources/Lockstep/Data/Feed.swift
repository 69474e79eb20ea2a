import LockstepCluster
import LockstepCompute

/// Brings this rank its rows of each mini-batch: from its own copy of the data, or from rank 0, which sends them a step ahead.
final class Feed {
    let plan: BatchPlan
    /// This rank's copies of all rows; none where rank 0 sends them.
    private let given: GivenSamples?
    /// The first of the data's rows that belong to this feed.
    private let first: Int
    private let communicator: any Communicator
    private let crew: Crew
    /// The order of the rows, counted from `first`; nil for their own.
    private var order: [Int]?
    private let mail: Mail?

    /// - Parameter rows: the part of the data to feed: the training or the validation samples.
    init(_ data: DataSet, rows: Range<Int>, batchSize: Int, of runtime: Runtime) {
        given = data.given
        communicator = runtime.communicator
        crew = runtime.crew
        first = rows.lowerBound
        plan = BatchPlan(samples: rows.count, batchSize: batchSize, microShards: runtime.microShards)
        mail = data.place == .root ? Mail(data, plan: plan, communicator: communicator) : nil
    }

    /// Runs a body for each step of a pass over the rows, in an order or in their own.
    ///
    /// - Parameter first: the step to begin with.
    func pass(order: [Int]? = nil, from first: Int = 0, _ body: (_ step: Int) throws -> Void) throws {
        self.order = order
        if let mail, first < plan.steps { try post(first, through: mail) }
        do {
            for step in first..<max(first, plan.steps) { try body(step) }
        } catch let error where !(error is ClusterError) {
            // All ranks throw in the same step, so what is on its way arrives, and nobody takes it for something else later.
            try mail?.settle()
            throw error
        }
        try mail?.settle()
    }

    /// The rows of this rank's shard of a step, counted from the feed's first.
    func shard(_ step: Int) -> Range<Int> { plan.shard(step, rank: communicator.rank, size: communicator.size) }

    /// Brings a step's rows, which must be as many as the shard has.
    ///
    /// - Parameter others: for targets and what samples count; empty for prediction.
    func load(_ step: Int, inputs: [Tensor], others: [Tensor]) throws {
        if let mail {
            if step + 1 < plan.steps { try post(step + 1, through: mail) }
            try mail.collect(step, rank: communicator.rank, inputs: inputs, others: others)
        } else if let given {
            let rows = shard(step)
            for (index, input) in inputs.enumerated() { copy(rows, of: given.inputs[index], into: input) }
            for (index, other) in others.enumerated() {
                copy(rows, of: index < given.targets.count ? given.targets[index] : given.weights[index - given.targets.count], into: other)
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
    private func post(_ step: Int, through mail: Mail) throws {
        try mail.post(step) { rank, parts in
            let rows = plan.shard(step, rank: rank, size: communicator.size)
            for (source, part) in zip(given?.all ?? [], parts) { copy(rows, of: source, into: part) }
        }
    }
}

/// The rows that rank 0 sends, two steps' worth: one being used while the next is on its way.
private final class Mail {
    private let plan: BatchPlan
    private let communicator: any Communicator
    private let shapes: [Shape]
    /// For both halves: memory for a shard of each peer (on rank 0 of all, else of this rank's own), and what is on its way.
    private var boxes: [[Box]] = []
    private var transfers: [[any Transfer]] = [[], []]

    /// Memory for a shard, and the views of it that were used so far, by the rows.
    private struct Box {
        let memory: FloatBuffer
        var shards: [Shard] = []
    }

    /// A shard in a box: all its tensors in one message.
    private struct Shard {
        let rows: Int
        let message: Tensor
        let parts: [Tensor]
    }

    init(_ data: DataSet, plan: BatchPlan, communicator: any Communicator) {
        self.plan = plan
        self.communicator = communicator
        shapes = data.shapes.all
        let row = shapes.reduce(0) { $0 + $1.count }
        let rows = plan.mostRows(size: communicator.size)
        let peers = communicator.rank == 0 ? communicator.size : 1
        boxes = (0..<2).map { _ in (0..<peers).map { _ in Box(memory: FloatBuffer(count: rows * row)) } }
    }

    private func shard(_ step: Int, of rank: Int) -> Shard {
        let rows = plan.shard(step, rank: rank, size: communicator.size).count
        let (half, peer) = (step % 2, communicator.rank == 0 ? rank : 0)
        if let known = boxes[half][peer].shards.first(where: { $0.rows == rows }) { return known }
        let memory = boxes[half][peer].memory
        var offset = 0
        let parts = shapes.map { shape in
            defer { offset += rows * shape.count }
            return Tensor(memory, at: offset, shape: shape.rows(rows))
        }
        let shard = Shard(rows: rows, message: Tensor(memory, shape: [offset]), parts: parts)
        boxes[half][peer].shards.append(shard)
        return shard
    }

    /// - Parameter fill: copies a rank's rows of the step; called on rank 0.
    func post(_ step: Int, fill: (_ rank: Int, _ parts: [Tensor]) -> Void) throws {
        for transfer in transfers[step % 2] { try transfer.wait() }
        transfers[step % 2] = []
        if communicator.rank == 0 {
            for rank in 0..<communicator.size {
                let shard = shard(step, of: rank)
                fill(rank, shard.parts)
                if rank > 0 { transfers[step % 2].append(try communicator.send(shard.message, to: rank, tag: 0)) }
            }
        } else {
            transfers[step % 2] = [try communicator.receive(into: shard(step, of: communicator.rank).message, from: 0, tag: 0)]
        }
    }

    /// Waits for all that is on its way.
    func settle() throws {
        for half in transfers.indices {
            for transfer in transfers[half] { try transfer.wait() }
            transfers[half] = []
        }
    }

    /// Waits for this rank's rows of a step and copies them out.
    func collect(_ step: Int, rank: Int, inputs: [Tensor], others: [Tensor]) throws {
        if rank > 0 {
            for transfer in transfers[step % 2] { try transfer.wait() }
            transfers[step % 2] = []
        }
        let parts = shard(step, of: rank).parts
        for (index, input) in inputs.enumerated() { input.assign(parts[index]) }
        for (index, other) in others.enumerated() { other.assign(parts[inputs.count + index]) }
    }
}
