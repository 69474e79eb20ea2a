import LockstepLayers

/// An optimizer on this rank: its state, and what its updates need besides. A class, because a small step would notice
/// copies.
final class OptimizerPart {
    let state: OptimizerState
    /// Penalties, clipping, decay and constraints of the weights; nil if there are none.
    let reach: UpdateReach?
    /// Nil if the optimizer updates the exchange's pieces, and not whole weights.
    let whole: WholeGradients?
    /// Whether no other rank updates the same values, or this rank is the first of those that do.
    let isFirstHolder: Bool

    init(state: OptimizerState, reach: UpdateReach?, whole: WholeGradients?, isFirstHolder: Bool) {
        (self.state, self.reach, self.whole, self.isFirstHolder) = (state, reach, whole, isFirstHolder)
    }
}
