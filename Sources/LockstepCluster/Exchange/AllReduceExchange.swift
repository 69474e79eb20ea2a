import LockstepCompute

/// An exchange by MPI's own all-reduce after backward: every rank gets the sum of all gradients and updates all
/// weights. On one rank, nothing is exchanged.
package final class AllReduceExchange: GradientExchange {
    package let memory: ExchangeMemory? = nil
    package let pieces: [ExchangePiece]
    package var isFirstHolder: Bool { communicator.rank == 0 }
    package var isFirstSharer: Bool { isFirstHolder }
    package weak var times: (any ExchangeTimes)?
    private let gradients: Tensor
    private let communicator: any Communicator
    private let crew: Crew

    /// - Parameter gradients: this rank's, in an arena.
    package init(_ gradients: Tensor, communicator: any Communicator, crew: Crew) {
        self.gradients = gradients
        self.communicator = communicator
        self.crew = crew
        pieces = [ExchangePiece(range: 0..<gradients.count, gradients: gradients)]
    }

    package var share: (part: Int, parts: Int) { (0, 1) }
    package func prepare(by update: any GradientUpdate) { move(by: update) }
    package func move(by update: any GradientUpdate) { update.move(piece: 0, on: crew) }

    package func wireSeconds(growth: Int) -> Double { 0 }

    package func begin(_ totals: [Double]) {}
    package func complete(from offset: Int, update: any GradientUpdate) {}

    package func finish(_ totals: inout [Double], update: any GradientUpdate) throws(ClusterError) {
        var start = times == nil ? 0 : monotonicSeconds()
        try communicator.allReduceSum(&totals)
        guard totals[0].isFinite else { return }
        try communicator.allReduceSum(gradients)
        times?.add(.wire, bucket: 0, since: start)
        if times != nil { start = monotonicSeconds() }
        update.update(piece: 0, on: crew)
        times?.add(.update, bucket: 0, since: start)
    }
}
