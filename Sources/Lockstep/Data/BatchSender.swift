import LockstepCluster
import LockstepCompute

/// Sends the rows of rank 0 to the other ranks, with memory for two steps: one is used while the next is under way.
final class BatchSender {
    private let plan: BatchPlan
    private let communicator: any Communicator
    private let shapes: [Shape]
    /// The types of what a step takes for the inputs; targets and weights are float32.
    private let inputTypes: [DataType]
    /// For each of the two steps: memory for the shards (on rank 0 those of all ranks, else this rank's own), and the
    /// transfers under way.
    private var boxes: [[Box]] = []
    private var transfers: [[any Transfer]] = [[], []]

    /// Memory for a shard, and its views for each number of rows so far.
    private struct Box {
        let memory: FloatBuffer
        var shards: [Shard] = []
    }

    /// A shard in a box. All its tensors are one message.
    private struct Shard {
        let rows: Int
        let message: Tensor
        let parts: [Tensor]
    }

    init(_ data: DataSet, inputTypes: [DataType], plan: BatchPlan, communicator: any Communicator) {
        self.inputTypes = inputTypes
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
        let parts = shapes.enumerated().map { index, shape in
            defer { offset += rows * shape.count }
            let type = index < inputTypes.count ? inputTypes[index] : .float32
            return Tensor(memory, at: offset, shape: shape.rows(rows), type: type)
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
            transfers[step % 2] = [
                try communicator.receive(into: shard(step, of: communicator.rank).message, from: 0, tag: 0)
            ]
        }
    }

    /// Waits for all transfers.
    func settle() throws {
        for half in transfers.indices {
            for transfer in transfers[half] { try transfer.wait() }
            transfers[half] = []
        }
    }

    /// Waits for this rank's rows of a step and copies them out.
    func collect(_ step: Int, rank: Int, into tensors: [Tensor]) throws {
        if rank > 0 {
            for transfer in transfers[step % 2] { try transfer.wait() }
            transfers[step % 2] = []
        }
        for (part, tensor) in zip(shard(step, of: rank).parts, tensors) { tensor.assign(part) }
    }
}
