import LockstepLayers

/// An optimizer on this rank: its state, and what its updates need besides.
struct OptimizerPart {
    let state: OptimizerState
    /// Penalties, clipping, decay and constraints of the weights; nil if there are none.
    let reach: UpdateReach?
    /// Nil if the optimizer updates the exchange's pieces, and not whole weights.
    let whole: WholeGradients?
    /// Whether no other rank updates the same values, or this rank is the first of those that do.
    let isFirstHolder: Bool
}
