import Lockstep

/// What happens in a step that is played. A part is a node's part of a flow.
enum StepEvent {
    /// A rank knows its totals, and its backward begins.
    case forward(rank: Int)
    /// A layer of a rank's backward is done.
    case layer(rank: Int)
    /// A rank that has nothing to compute looks for what there is to do.
    case look(rank: Int)
    /// A rank's progress thread wakes up while the rank computes.
    case progressThread(rank: Int)
    /// What a part waits for in its phase has come.
    case arrived(part: Int)
    /// A part begins, or goes on to its next phase.
    case advance(part: Int)
    /// A part that had stopped to have its values updated goes on.
    case resume(part: Int)
    /// A part's messages are posted.
    case posted(part: Int)
    /// A node's interface has sent what it had.
    case free(node: Int)
}

/// A rank in a step that is played.
struct SimulatedRank {
    let node: Int
    let isFirst: Bool
    /// Its parts of flows, in the order in which it begins them.
    let parts: [Int]

    /// Layers of backward that are done.
    var layers = 0
    /// Whether backward is.
    var isFinishing = false
    /// Until when it computes, sums or updates, what its progress thread sums, and its messages are posted.
    var busyUntil = 0.0
    var summingUntil = 0.0
    var postingUntil = 0.0

    /// Buckets and parts that it has begun, and parts that are not done.
    var bucketsBegun = 0
    var partsBegun = 0
    var open: Int
    /// Parts whose messages have come, unnoticed, and parts to update.
    var arrived: [Int] = []
    var summed: [Int] = []

    /// Parts under way, and when the progress thread last began with the first of them or went on with some: it counts
    /// its naps from there.
    var active = 0
    var movedAt = 0.0
    var progressIsCalled = false
    /// When the step was over for it.
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

/// What the ranks of a node see of each other.
struct SimulatedBoard {
    let ranks: Range<Int>
    /// How many have announced their totals, and each bucket.
    var totals = 0
    var announced: [Int]
    /// Buckets that all have.
    var ready = 0
    /// How far the sum of all nodes' totals is.
    var totalsAreUnderWay = false
    var totalsAreSummed = false
    var totalsAreKnown = false

    init(ranks: Range<Int>, buckets: Int) {
        self.ranks = ranks
        announced = Array(repeating: 0, count: buckets)
    }
}
