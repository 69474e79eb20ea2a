/// The memory of a model's weights, and the name of the model that they belong to.
///
/// Models with common layers have a store each; the values of common weights lie where they were used last. A model
/// that is applied in another one gives its weights to the store of that one, where they lie from then on.
package final class WeightStore {
    /// The model's name.
    package var name: String
    private let seed: UInt64
    /// In Keras's order. Memory for them is made at the next request; values that they have come along.
    package var weights: [Weight] = [] {
        didSet {
            (made, isReleased) = (nil, false)
            frozen = weights.map(\.isFrozen)
        }
    }
    /// Whether the model that has the weights now took them from here.
    package private(set) var isReleased = false
    private var made: Arena?
    /// Which weights are frozen in this model. In another one with common layers it may be others.
    private var frozen: [Bool] = []
    /// The arena, with the values of its weights, if there is one.
    package var current: Arena? { made.map { _ in arena() } }
    /// Whether weights were made or set here since all ranks last took rank 0's.
    package var hasOwnWeights = true

    /// - Parameter seed: keys initial values.
    package init(name: String, seed: UInt64) {
        self.name = name
        self.seed = seed
    }

    /// The arena of the weights, which are given initial values where they have none.
    package func arena() -> Arena {
        for (weight, isFrozen) in zip(weights, frozen) { weight.isFrozen = isFrozen }
        if let made {
            if made.claim() { hasOwnWeights = true }
            return made
        }
        let arena = Arena(weights)
        arena.initialize(seed: seed)
        hasOwnWeights = true
        made = arena
        return arena
    }

    /// Gives all weights away, with their values.
    package func release() {
        weights = []
        isReleased = true
    }
}
