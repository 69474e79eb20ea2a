import LockstepCluster
import LockstepCompute

/// Brings this rank its rows of each mini-batch: from its own copy of the data, or from rank 0, which sends them a step ahead.
final class Feed {
    let plan: BatchPlan
    private let data: DataSet
    /// The first of the data's rows that belong to this feed.
    private let first: Int
    private let communicator: any Communicator
    private let crew: Crew
    /// The order of the rows, counted from `first`; nil for their own.
    private var order: [Int]?
    private let mail: Mail?

    /// - Parameter rows: the part of the data to feed: the training or the validation samples.
    init(_ data: DataSet, rows: Range<Int>, batchSize: Int, of runtime: Runtime) {
        self.data = data
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

    /// Brings a step's rows. `inputs` and `targets` must have as many as the shard.
    func load(_ step: Int, inputs: Tensor, targets: Tensor?) throws {
        if let mail {
            if step + 1 < plan.steps { try post(step + 1, through: mail) }
            try mail.collect(step, rank: communicator.rank, inputs: inputs, targets: targets)
        } else {
            copy(shard(step), inputs: inputs, targets: targets)
        }
    }

    /// Copies rows of this rank's own data.
    private func copy(_ rows: Range<Int>, inputs: Tensor, targets: Tensor?) {
        copy(rows, of: data.inputs, into: inputs)
        if let targets { copy(rows, of: data.targets, into: targets) }
    }

    private func copy(_ rows: Range<Int>, of source: Tensor?, into destination: Tensor) {
        guard let source, !rows.isEmpty else { return }
        if let order {
            source.gather(order[rows], from: first, into: destination, on: crew)
        } else {
            source.copyRows(first + rows.lowerBound..<first + rows.upperBound, into: destination)
        }
    }

    /// Rank 0 sends a step's rows to the others; they prepare to receive theirs.
    private func post(_ step: Int, through mail: Mail) throws {
        try mail.post(step) { rank, inputs, targets in
            copy(plan.shard(step, rank: rank, size: communicator.size), inputs: inputs, targets: targets)
        }
    }
}

/// The rows that rank 0 sends, two steps' worth: one being used while the next is on its way.
private final class Mail {
    private let plan: BatchPlan
    private let communicator: any Communicator
    private let inputShape: Shape
    private let targetShape: Shape?
    /// For both halves: memory for a shard of each peer (on rank 0 of all, else of this rank's own), and what is on its way.
    private var boxes: [[FloatBuffer]] = []
    private var transfers: [[any Transfer]] = [[], []]

    init(_ data: DataSet, plan: BatchPlan, communicator: any Communicator) {
        self.plan = plan
        self.communicator = communicator
        inputShape = data.inputShape
        targetShape = data.targetShape
        let row = inputShape.count + (targetShape?.count ?? 0)
        let rows = plan.mostRows(size: communicator.size)
        let peers = communicator.rank == 0 ? communicator.size : 1
        boxes = (0..<2).map { _ in (0..<peers).map { _ in FloatBuffer(count: rows * row) } }
    }

    /// A shard in a box: inputs and targets in one message.
    private func shard(_ step: Int, of rank: Int) -> (message: Tensor, inputs: Tensor, targets: Tensor?) {
        let rows = plan.shard(step, rank: rank, size: communicator.size).count
        let box = boxes[step % 2][communicator.rank == 0 ? rank : 0]
        let inputs = Tensor(box, shape: inputShape.rows(rows))
        let targets = targetShape.map { Tensor(box, at: inputs.count, shape: $0.rows(rows)) }
        return (Tensor(box, shape: [inputs.count + (targets?.count ?? 0)]), inputs, targets)
    }

    /// - Parameter fill: copies a rank's rows of the step; called on rank 0.
    func post(_ step: Int, fill: (_ rank: Int, _ inputs: Tensor, _ targets: Tensor?) -> Void) throws {
        for transfer in transfers[step % 2] { try transfer.wait() }
        transfers[step % 2] = []
        if communicator.rank == 0 {
            for rank in 0..<communicator.size {
                let (message, inputs, targets) = shard(step, of: rank)
                fill(rank, inputs, targets)
                if rank > 0 { transfers[step % 2].append(try communicator.send(message, to: rank, tag: 0)) }
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
    func collect(_ step: Int, rank: Int, inputs: Tensor, targets: Tensor?) throws {
        if rank > 0 {
            for transfer in transfers[step % 2] { try transfer.wait() }
            transfers[step % 2] = []
        }
        let (_, from, fromTargets) = shard(step, of: rank)
        inputs.assign(from)
        if let targets, let fromTargets { targets.assign(fromTargets) }
    }
}
