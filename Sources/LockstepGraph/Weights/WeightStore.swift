/// The memory of a model's weights, and the name of the model that they belong to.
///
/// A model that is applied in another one gives its weights to the store of that one, where they lie from then on.
package final class WeightStore {
    /// The model's name.
    package var name: String
    private let seed: UInt64
    /// In Keras's order. Memory for them is made at the next request; values that they have come along.
    package var weights: [Weight] = [] {
        didSet { current = nil }
    }
    /// The arena, if there is one.
    package private(set) var current: Arena?
    /// Whether weights were made or set here since all ranks last took rank 0's.
    package var hasOwnWeights = true

    /// - Parameter seed: keys initial values.
    package init(name: String, seed: UInt64) {
        self.name = name
        self.seed = seed
    }

    /// The arena of the weights, which are given initial values where they have none.
    package func arena() -> Arena {
        if let current { return current }
        let arena = Arena(weights)
        arena.initialize(seed: seed)
        hasOwnWeights = true
        current = arena
        return arena
    }

    /// Gives all weights away, with their values.
    package func release() { weights = [] }
}
