import Lockstep

/// An event in a simulated step. A part is a node's part of a flow.
enum StepEvent {
    /// A rank knows its totals, and its backward begins.
    case forward(rank: Int)
    /// A layer of a rank's backward is done.
    case layer(rank: Int)
    /// A rank that is not computing looks for work.
    case look(rank: Int)
    /// A rank's progress thread wakes up while the rank computes.
    case progressThread(rank: Int)
    /// All messages of a part's phase have arrived.
    case arrived(part: Int)
    /// A part begins, or goes on to its next phase.
    case advance(part: Int)
    /// A part that waited for the update of its values continues.
    case resume(part: Int)
    /// A part's messages are posted.
    case posted(part: Int)
    /// A node's interface has sent its burst.
    case free(node: Int)
}

/// A rank in a simulated step.
struct SimulatedRank {
    let node: Int
    let isFirst: Bool
    /// Its parts of flows, in the order in which it begins them.
    let parts: [Int]

    /// The number of finished layers of backward.
    var layers = 0
    /// Whether backward is finished.
    var isFinishing = false
    /// The times until which the rank computes, sums or updates; until which its progress thread sums; and until which
    /// its messages are posted.
    var busyUntil = 0.0
    var summingUntil = 0.0
    var postingUntil = 0.0

    /// The numbers of buckets and parts that it has begun, and of parts that are not finished.
    var bucketsBegun = 0
    var partsBegun = 0
    var open: Int
    /// The parts whose messages have arrived unnoticed, and the parts to update.
    var arrived: [Int] = []
    var summed: [Int] = []

    /// The number of active parts, and the time when the progress thread last began the first of them or moved one on.
    /// Its naps count from this time.
    var active = 0
    var movedAt = 0.0
    var progressIsCalled = false
    /// The time when the step ended for this rank.
    var end: Double?

    init(node: Int, isFirst: Bool, parts: [Int]) {
        self.node = node
        self.isFirst = isFirst
        self.parts = parts
        open = parts.count
    }

    func isIdle(at time: Double) -> Bool { isFinishing && busyUntil <= time && end == nil }

    mutating func activate(at time: Double) {
        if active == 0 { movedAt = time }
        active += 1
    }
}

/// The state that the ranks of a node share.
struct SimulatedBoard {
    let ranks: Range<Int>
    /// The numbers of ranks that have announced their totals, and each bucket.
    var totals = 0
    var announced: [Int]
    /// The number of buckets that all ranks have announced.
    var ready = 0
    /// The progress of the sum of all nodes' totals.
    var totalsAreUnderWay = false
    var totalsAreSummed = false
    var totalsAreKnown = false

    init(ranks: Range<Int>, buckets: Int) {
        self.ranks = ranks
        announced = Array(repeating: 0, count: buckets)
    }
}
