import LockstepCompute
import LockstepLayers

/// The penalties of the weights in a step. Each rank computes some blocks of the sum. The ranks exchange the blocks
/// with the step's totals, so that the sum has the same bits on any number of ranks.
final class PenaltySums {
    /// The step's totals, then the blocks.
    var totals: [Double]
    /// The sum of the penalties in the last step's loss.
    private(set) var sum = 0.0
    private let penalty: WeightPenalty
    private let rank, ranks: Int
    /// The place of the first block.
    private let first: Int

    init(_ penalty: WeightPenalty, totals: Int, rank: Int, ranks: Int) {
        self.penalty = penalty
        self.rank = rank
        self.ranks = ranks
        first = totals
        self.totals = Array(repeating: 0, count: totals + penalty.count)
    }

    /// Takes a step's totals, and computes this rank's blocks. A penalty that is not a number makes the loss not a
    /// number.
    func take(_ totals: [Double], on crew: Crew) {
        for index in totals.indices { self.totals[index] = totals[index] }
        for block in 0..<penalty.count {
            let value = block % ranks == rank ? penalty.of(block: block, on: crew) : 0
            self.totals[first + block] = value
            if !value.isFinite { self.totals[0] = .nan }
        }
    }

    /// Gives the step's totals back, after the ranks have added up.
    func give(_ totals: inout [Double]) {
        for index in totals.indices { totals[index] = self.totals[index] }
        sum = (0..<penalty.count).reduce(0) { $0 + self.totals[first + $1] }
    }
}
