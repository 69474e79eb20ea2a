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
            // Other models with these weights may have frozen others of them.
            for weight in weights { weight.arena?.isCurrent = false }
        }
    }
    /// Whether the model that has the weights now took them from here.
    package private(set) var isReleased = false
    private var made: Arena?
    /// Which weights are frozen in this model, until the arena knows. In another one with common layers it may be
    /// others.
    private var frozen: [Bool] = []
    /// Whether weights were made or set here since all ranks last took rank 0's.
    package var hasOwnWeights = true

    /// - Parameter seed: keys initial values.
    package init(name: String, seed: UInt64) {
        self.name = name
        self.seed = seed
    }

    /// The arena of the weights, which are given initial values where they have none.
    package func arena() -> Arena {
        if let made {
            if made.claim() { hasOwnWeights = true }
            return made
        }
        for (weight, isFrozen) in zip(weights, frozen) { weight.isFrozen = isFrozen }
        let arena = Arena(weights)
        arena.initialize(seed: seed)
        hasOwnWeights = true
        made = arena
        return arena
    }

    /// Whether the weights lie in an arena. If so, it has their values from now on.
    package func has(_ arena: Arena) -> Bool {
        guard made === arena else { return false }
        if arena.claim() { hasOwnWeights = true }
        return true
    }

    /// Gives all weights away, with their values.
    package func release() {
        weights = []
        isReleased = true
    }
}
