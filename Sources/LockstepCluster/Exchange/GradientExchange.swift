import LockstepCompute

/// Sums the ranks' gradients and has every rank update its part of the weights, so that all ranks end a step with the
/// same weights.
///
/// Collective: in every step, all ranks call `begin` when their totals are known, `complete` during backward, and
/// `finish`, in the same order and with the same number of totals. The update that they pass changes the weights.
package protocol GradientExchange: AnyObject {
    /// Where the weights and this rank's gradients must lie, because the rank shares them with its node; nil leaves
    /// them where they are.
    var memory: ExchangeMemory? { get }
    /// The parts of the weights that this rank updates, in this order. Of the ranks that see the same weights, no other
    /// updates them.
    var pieces: [ExchangePiece] { get }
    /// Whether no other rank updates this rank's pieces, or this rank is the first of those that do.
    var isFirstHolder: Bool { get }
    /// Whether no other rank has the same `share`, or this rank is the first of those that have it.
    var isFirstSharer: Bool { get }
    /// Collects how long each activity takes; nil measures nothing.
    var times: ExchangeTimes? { get set }

    /// Begins to sum the ranks' totals, the sums of loss and metrics. If the sum of the first total is not finite, no
    /// rank updates anything.
    func begin(_ totals: [Double]) throws(ClusterError)
    /// Says that the gradients from an offset on are complete. Sends what can be sent, and does what can be done
    /// without waiting.
    func complete(from offset: Int, update: any GradientUpdate) throws(ClusterError)
    /// Returns when all weights are updated, with the sums of all ranks' totals. If updates need all gradients, `move`
    /// updates the weights later. The summed gradients then lie in the pieces, and stay there until the next step.
    func finish(_ totals: inout [Double], update: any GradientUpdate) throws(ClusterError)
    /// Calls `move` for this rank's pieces between `finish` and the function `move`, which tells other ranks of changes.
    func prepare(by update: any GradientUpdate)
    /// Has every rank change its pieces in a second pass after `finish`, as updates that need all gradients do, or
    /// between two steps; returns when all weights are changed. Meanwhile no rank reads weights.
    func move(by update: any GradientUpdate) throws(ClusterError)
    /// The ranks that see the same weights divide some work on them into `parts` parts; this rank does number `part`.
    var share: (part: Int, parts: Int) { get }

    /// About how many seconds the messages between nodes would take on `growth` times as many nodes; 0 if there are no
    /// such messages.
    func wireSeconds(growth: Int) -> Double
}

/// A part of the weights that a rank updates.
package struct ExchangePiece {
    /// Where it lies among the weights.
    package let range: Range<Int>
    /// Where its summed gradients lie when it is to be updated. At other times, another piece's may lie there.
    package let gradients: Tensor
}

/// Memory that the ranks of a node share.
package struct ExchangeMemory {
    /// The weights, once for the node.
    package let values: Tensor
    /// This rank's gradients, one tensor for each part of its sums over rows.
    package let gradients: [Tensor]
    /// Whether this rank is the first of its node. The first rank reads and writes the weights between trainings.
    package let isFirst: Bool
}

/// Updates weights with their gradients, piece by piece.
package protocol GradientUpdate: AnyObject, Sendable {
    /// Called from any thread of a crew; pieces do not overlap.
    ///
    /// - Parameters:
    ///   - piece: the index of one of the exchange's pieces.
    ///   - crew: threads to share the piece.
    func update(piece: Int, on crew: Crew)
    /// Like `update`, in a second pass, if updates need all gradients.
    func move(piece: Int, on crew: Crew)
}

extension GradientUpdate {
    package func move(piece: Int, on crew: Crew) {}
}

/// How the ranks' gradients are summed.
public struct ExchangeOptions: Equatable, Sendable {
    public enum Strategy: String, CaseIterable, Sendable {
        /// `MPI_Allreduce` of all gradients after backward. Every rank updates all weights and holds all of the
        /// optimizer's memory.
        case allReduce = "all-reduce"
        /// The ranks sum from each other's memory. All ranks must be on one node.
        case shared
        /// Shared memory within nodes, and messages between nodes while backward continues. Messages go between the
        /// ranks that own the same part.
        case hierarchical
    }

    /// Nil: shared on one node, hierarchical on several; if a node has too little shared memory, all-reduce with a
    /// warning.
    public var strategy: Strategy?
    /// How numbers travel between nodes.
    public var wire: WireFormat
    /// About how many bytes of gradients are summed at once. Nil: the size follows the latency and bandwidth that are
    /// measured at the start.
    public var bucketBytes: Int?
    /// Whether the optimizer's memory is kept once in the job instead of once on every node. Each weight is then
    /// updated on one node, which sends the weight to the others instead of its gradient.
    public var shardOptimizer: Bool
    /// The most ranks that count as one node, for tests.
    package var nodeLimit: Int?

    /// Whether each node must hold a part of a sum before the sums are gathered.
    package var needsParts: Bool { shardOptimizer || wire != .float32 }

    public init(
        strategy: Strategy? = nil, wire: WireFormat = .float32, bucketBytes: Int? = nil, shardOptimizer: Bool = false
    ) {
        self.strategy = strategy
        self.wire = wire
        self.bucketBytes = bucketBytes
        self.shardOptimizer = shardOptimizer
    }
}
