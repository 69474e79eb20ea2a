import Lockstep

/// The exchange of gradients of a given size, with their update by SGD, on the ranks of the job and without a model.
/// For benchmarks.
///
/// As in training, gradients come layer by layer from the last to the first, and are in this rank's caches at that
/// time.
package final class ExchangeBenchmark {
    private let exchange: any GradientExchange
    private let update: Update
    private let values: Tensor
    /// The start and the gradients of each layer, in the order of backward.
    private let layers: [(start: Int, gradients: Tensor)]
    private let backend: Backend
    /// The number of elements of a layer.
    private static let layerSize = 64 * 1024

    private final class Update: GradientUpdate, @unchecked Sendable {
        let state: OptimizerState
        init(_ state: OptimizerState) { self.state = state }
        func update(piece: Int, on crew: Crew) { state.update(piece: piece, scale: 1, on: crew) }
    }

    /// Collective.
    ///
    /// - Parameter count: the number of gradients.
    package init(count: Int, options: ExchangeOptions) throws {
        backend = try Job.backend()
        let own = Tensor.zeros([count])
        let starts = Array(stride(from: 0, to: count, by: Self.layerSize))
        let subject = ExchangeSubject(gradients: [own], starts: starts, totals: 1)
        exchange = try options.exchange(
            for: subject, communicator: backend.communicator, crew: backend.crew,
            isOversubscribed: backend.isOversubscribed
        ) { Terminal.writeError("warning: \($0)\n") }
        values = exchange.memory?.values ?? .zeros([count])
        let gradients = exchange.memory?.gradients[0] ?? own
        layers = starts.reversed().map { ($0, gradients.part(at: $0, shape: [min(Self.layerSize, count - $0)])) }
        update = Update(
            OptimizerState(
                for: SGD(learningRate: 0.5), values: values, pieces: exchange.pieces.map { ($0.range, $0.gradients) }))
    }

    /// Whether the options fell back to `MPI_Allreduce`.
    package var isAllReduce: Bool { exchange is AllReduceExchange }

    /// Collective: the seconds that this rank spends in the exchange of one step.
    package func measure() throws -> Double {
        try backend.communicator.barrier()
        var totals = [0.0]
        var seconds = 0.0
        func timed(_ body: () throws -> Void) rethrows {
            let start = monotonicSeconds()
            try body()
            seconds += monotonicSeconds() - start
        }
        try backend.crew.together {
            try timed { try exchange.begin(totals) }
            for (start, gradients) in layers {
                gradients.fill(Float(backend.communicator.rank + 1))
                try timed { try exchange.complete(from: start, update: update) }
            }
            try timed { try exchange.finish(&totals, update: update) }
        }
        return seconds
    }

    /// Collective: whether an exchange changes all values by the learning rate times the sum of the ranks' gradients:
    /// −½·Σ(rank + 1).
    package func isRight() throws -> Bool {
        let before = values.copy()
        try backend.communicator.barrier()
        _ = try measure()
        let size = Double(backend.communicator.size)
        let change = Float(-size * (size + 1) / 4)
        var wrong = [(0..<values.count).allSatisfy { values[$0] == before[$0] + change } ? 0.0 : 1]
        try backend.communicator.allReduceSum(&wrong)
        return wrong[0] == 0
    }
}
