import LockstepGraph
import LockstepLayers

/// A part of a step, with a forward, a backward and an update of its own. A model without objectives has one.
struct Turn {
    /// The steps whose number, counted from 1, this divides have the turn.
    let interval: Int
    /// The optimizers, by their numbers in the compilation, and the weights that each moves; nil: all.
    let updates: [(optimizer: Int, weights: [Weight]?)]

    /// The turn of a model without objectives.
    static var only: Turn { Turn(interval: 1, updates: [(0, nil)]) }

    func isDue(afterSteps steps: Int) -> Bool { (steps + 1) % interval == 0 }

    /// The weights that the turn moves; nil: all.
    var moved: Set<ObjectIdentifier>? {
        let weights = updates.compactMap(\.weights)
        return weights.isEmpty ? nil : Set(weights.joined().map(ObjectIdentifier.init))
    }
}

/// Where an objective's tensors and sums are.
struct ObjectivePlaces {
    /// Among the outputs behind the model's own.
    let loss: Int
    let metrics: Range<Int>
    /// The sum of the losses among a step's sums. The number of samples is the next sum; metrics come after it.
    let sum: Int

    var samples: Int { sum + 1 }
    func sum(ofMetric number: Int) -> Int { sum + 2 + number }
}
