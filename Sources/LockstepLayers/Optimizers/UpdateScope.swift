import LockstepCompute
import LockstepGraph

/// How much of a weight an optimizer sees at once. It decides which functions of `Optimizer` are called.
public enum UpdateScope: Sendable {
    /// Single elements. `update` gets any part of the weights.
    case elements
    /// Single elements and the norms of whole weights. `prepare` gets all parts of the weights. Then `ratio` gets the
    /// norms of each weight, and `finish` all parts again.
    case norms
    /// Whole weights. `weightUpdate` is called once for each weight, and what it returns updates the weight in every
    /// step.
    case weights
}

/// What an optimizer of the scope `.weights` sees of a weight.
public struct WholeWeight {
    public let weight: Weight
    /// Its values, of the weight's shape.
    public let values: Tensor
    /// Its gradient, of the weight's shape. An update may overwrite it.
    public let gradient: Tensor
    /// The slots that the weight has, in order.
    public let slots: [Tensor]
    /// Memory of at least the floats that the optimizer asked for. Updates of other weights use it in between.
    public let workspace: Tensor
}

/// Updates one weight, which it sees whole.
public protocol WeightUpdate {
    /// - Parameters:
    ///   - learningRate: the rate of this update.
    ///   - iteration: the number of the update, counted from 1.
    func apply(learningRate: Double, iteration: Int, on crew: Crew)
}
