import LockstepCompute

/// Sums the ranks' gradients and has every rank update its part of the values, so that all ranks end a step with the
/// same values.
///
/// A step calls `begin` once its totals are known, `complete` as backward goes, and `finish`, each with what moves the
/// values. Collective: all ranks do, for every step, in the same order and with as many totals.
public protocol GradientExchange: AnyObject {
    /// Where values and this rank's gradients must lie, as it shares them with its node; nil leaves them where they
    /// are.
    var memory: ExchangeMemory? { get }
    /// What this rank updates of the values, in the order in which it does; nobody else does, but where every rank
    /// updates all.
    var pieces: [ExchangePiece] { get }
    /// Whether this rank's pieces are no others' too, or it is the first of those that update them.
    var isFirstHolder: Bool { get }
    /// Where to add up what the time goes to; nil measures nothing.
    var times: ExchangeTimes? { get set }

    /// Takes this rank's sums of loss and metrics along. If the ranks' first total is not finite, nobody updates
    /// anything.
    func begin(_ totals: [Double]) throws(ClusterError)
    /// The gradients from an offset on are what they will be. Sends what can be sent, and does what can be done without
    /// waiting.
    func complete(from offset: Int, update: any GradientUpdate) throws(ClusterError)
    /// Returns when all values are updated, with the sums of all ranks' totals. Where updates need all gradients, these
    /// lie summed in the pieces then, and stay until the next step.
    func finish(_ totals: inout [Double], update: any GradientUpdate) throws(ClusterError)
    /// Has every rank move its pieces after `finish`, where updates need all gradients; returns when all values are
    /// moved.
    func move(by update: any GradientUpdate) throws(ClusterError)
    /// This rank's part of what the ranks that see the same values do to them together, and how many parts there are.
    var share: (part: Int, parts: Int) { get }

    /// About how many seconds the messages between nodes would take if there were so many times the nodes; 0 if there
    /// are none.
    func wireSeconds(growth: Int) -> Double
}

/// A part of the values that a rank updates.
public struct ExchangePiece {
    /// Where it lies among the values.
    public let range: Range<Int>
    /// Where its gradients lie, summed, when it is to be updated; other pieces' may lie there at other times.
    public let gradients: Tensor
}

/// Memory that ranks of a node see.
public struct ExchangeMemory {
    /// The values, once for the node.
    public let values: Tensor
    /// This rank's gradients, for each part of its sums over rows.
    public let gradients: [Tensor]
    /// Whether this rank is the first of its node, whose business the values are while nobody trains.
    public let isFirst: Bool
}

/// Moves values along their gradients, piece by piece.
public protocol GradientUpdate: AnyObject, Sendable {
    /// Called from any thread of a crew; pieces do not overlap.
    ///
    /// - Parameters:
    ///   - piece: the index of one of the exchange's pieces.
    ///   - crew: threads to share the piece.
    func update(piece: Int, on crew: Crew)
    /// As `update`, in a second pass, where updates need all gradients.
    func move(piece: Int, on crew: Crew)
}

extension GradientUpdate {
    public func move(piece: Int, on crew: Crew) {}
}

/// How gradients come together.
public struct ExchangeOptions: Equatable, Sendable {
    public enum Strategy: String, CaseIterable, Sendable {
        /// `MPI_Allreduce` of all gradients after backward; every rank updates all values and holds all of the
        /// optimizer's memory.
        case allReduce = "all-reduce"
        /// The ranks of one node sum out of each other's memory. Only where all ranks share a node.
        case shared
        /// Shared memory within nodes, messages between the ranks of several nodes that own the same part, while
        /// backward goes on.
        case hierarchical
    }

    /// Nil: shared on one node, hierarchical on several, and all-reduce, with a warning, where a node has too little
    /// shared memory.
    public var strategy: Strategy?
    /// How numbers travel between nodes.
    public var wire: WireFormat
    /// About how many bytes of gradients are summed at once; nil: what latency and bandwidth, measured at the start,
    /// suggest.
    public var bucketBytes: Int?
    /// Keep the optimizer's memory once in the job and not once a node: each value is updated on one node, and travels
    /// instead of its gradient.
    public var shardOptimizer: Bool
    /// How many ranks count as one node at most, for tests.
    package var nodeLimit: Int?

    /// Whether each node must come to hold a part of a sum before the sums are gathered.
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
