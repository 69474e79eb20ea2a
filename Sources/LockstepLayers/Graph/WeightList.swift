import LockstepCompute
import LockstepGraph

/// The weights a layer declares while it is built, in Keras's order.
public struct WeightList {
    private let layer: String
    private let owner: ModelIdentity
    /// What the layer got when it was built before.
    private let existing: [Weight]
    private(set) var weights: [Weight] = []

    init(layer: any Layer, owner: ModelIdentity) {
        self.layer = layer.name
        self.owner = owner
        existing = layer.properties.weights
    }

    /// Declares a weight; its memory comes with the model's arenas. If the layer was built before, and the shape is still right, the weight
    /// keeps its value.
    ///
    /// - Parameters:
    ///   - regularizer: what adds to the loss by the weight's size, if it is trained.
    ///   - constraint: what the weight is brought to after each step, if it is trained.
    ///   - role: what moves it; trainable ones come before the others of a layer.
    ///   - ones: elements that begin with one, whatever the initializer says.
    /// - Throws: `LayerError.initializer` if the initializer cannot fill this shape; `LayerError.argument` if the regularizer
    ///   or the constraint cannot be; `LayerError.ofAnotherModel` if the layer's weights lie in the arenas of another model.
    public mutating func add(
        _ name: String, _ shape: Shape, _ initializer: Initializer, regularizer: Regularizer? = nil, constraint: Constraint? = nil,
        role: WeightRole = .trainable, ones: Range<Int> = 0..<0
    ) throws(LayerError) -> Weight {
        let known = existing.first { $0.name == name }
        if let other = known?.owner, other !== owner { throw .ofAnotherModel(layer: layer) }
        if let requirement = initializer.requirement(shape) {
            throw .initializer(parameter: "\(layer)/\(name)", requirement: requirement, received: shape)
        }
        for mistake in [regularizer?.mistake, constraint?.mistake(for: shape)] {
            guard let (argument, requirement, received) = mistake else { continue }
            throw .argument(layer: layer, name: "\(argument) of its \(name)", requirement: requirement, received: received)
        }
        let isKept = known?.shape == shape && known?.role == role
        let weight =
            isKept
            ? known!
            : Weight(name: name, shape: shape, role: role) { values, seed, index in
                initializer.fill(values, seed: seed, index: index)
                for position in ones { values[position] = 1 }
            }
        weight.owner = owner
        (weight.regularizer, weight.constraint) = (regularizer, constraint)
        weights.append(weight)
        return weight
    }
}
