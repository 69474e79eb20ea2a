import LockstepCluster
import LockstepCompute
import LockstepLayers

/// What training needs beyond computing: the exchange of gradients, and the optimizer with its memory of what this rank updates.
final class Trainer: GradientUpdate, @unchecked Sendable {
    let exchange: any GradientExchange
    let optimizerState: OptimizerState
    /// What gradients are multiplied with in the step under way.
    var scale: Float = 1

    /// Collective: makes the exchange of a model's gradients. Values and gradients get memory of their own, from which `attach` moves
    /// them to where the exchange wants them.
    init(_ compilation: Compilation, network: Network, totals: Int, backend: Backend) throws {
        let arena = network.arena
        arena.moveToOwn()
        let subject = ExchangeSubject(gradients: arena.gradients, starts: network.gradientStarts, totals: totals)
        exchange = try compilation.exchange.exchange(
            for: subject, communicator: backend.communicator, crew: backend.crew, isCrowded: backend.isCrowded
        ) { Terminal.writeError("warning: \($0)\n") }
        optimizerState = OptimizerState(
            for: compilation.optimizer, values: exchange.memory?.values ?? arena.values,
            gradients: exchange.memory?.gradients ?? arena.gradients, pieces: exchange.pieces)
        exchange.update = self
    }

    func update(piece: Int, on crew: Crew) { optimizerState.update(piece: piece, scale: scale, on: crew) }

    /// Collective: moves values and gradients to where the exchange wants them. All ranks have the same values, in memory of their own.
    func attach(_ arena: Arena, over communicator: any Communicator) throws {
        guard let memory = exchange.memory, !arena.isShared else { return }
        if memory.isFirst { memory.values.assign(arena.values) }
        try communicator.barrier()
        arena.moveToShared(values: memory.values, gradients: memory.gradients)
    }
}
