import LockstepCluster
import LockstepCompute
import LockstepLayers

/// The exchange of gradients of some size, with their update by SGD, on the ranks of the job and without a model; for benchmarks.
package final class ExchangeBenchmark {
    private let exchange: any GradientExchange
    private let update: Update
    private let values: Tensor
    private let gradients: Tensor
    private let backend: Backend

    private final class Update: GradientUpdate, @unchecked Sendable {
        let state: OptimizerState
        init(_ state: OptimizerState) { self.state = state }
        func update(piece: Int, on crew: Crew) { state.update(piece: piece, scale: 1, on: crew) }
    }

    /// Collective.
    ///
    /// - Parameter count: elements of the gradients.
    package init(count: Int, options: ExchangeOptions) throws {
        backend = try Job.backend()
        let own = Tensor.zeros([count])
        let subject = ExchangeSubject(gradients: own, starts: [0], totals: 1)
        exchange = try options.exchange(
            for: subject, communicator: backend.communicator, crew: backend.crew, isCrowded: backend.isCrowded
        ) { Terminal.writeError("warning: \($0)\n") }
        values = exchange.memory?.values ?? .zeros([count])
        gradients = exchange.memory?.gradients ?? own
        update = Update(OptimizerState(for: SGD(learningRate: 0.5), values: values, pieces: exchange.pieces.map { ($0.range, $0.gradients) }))
        exchange.update = update
    }

    /// Whether the options fell back to `MPI_Allreduce`.
    package var isWhole: Bool { exchange is WholeExchange }

    /// Collective: seconds of one exchange on this rank. Its gradients are in its caches before, as they are behind a backward pass.
    package func measure() throws -> Double {
        gradients.fill(Float(backend.communicator.rank + 1))
        try backend.communicator.barrier()
        var totals = [0.0]
        let start = monotonicSeconds()
        try backend.crew.together {
            try exchange.begin(totals)
            try exchange.complete(from: 0)
            try exchange.finish(&totals)
        }
        return monotonicSeconds() - start
    }

    /// Collective: whether an exchange moves all values by what the ranks' gradients add up to, −½·Σ(rank + 1).
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
