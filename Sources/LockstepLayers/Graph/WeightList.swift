import LockstepCompute
import LockstepGraph

/// The weights a layer declares while it is built, in Keras's order.
public struct WeightList {
    private let layer: String
    private let owner: ModelIdentity
    /// Where the layer is, if it lies in another one.
    private let path: [WeightPart]
    private let isFrozen: Bool
    /// What the layer got when it was built before.
    private let existing: [Weight]
    private(set) var weights: [Weight] = []

    init(layer: any Layer, owner: ModelIdentity, path: [WeightPart] = [], isFrozen: Bool = false) {
        self.layer = layer.name
        self.owner = owner
        self.path = path
        self.isFrozen = isFrozen || !layer.isTrainable
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
    ///   - part: of the layer, where Keras keeps the weight in one.
    /// - Throws: `LayerError.initializer` if the initializer cannot fill this shape; `LayerError.argument` if the regularizer
    ///   or the constraint cannot be; `LayerError.ofAnotherModel` if the layer's weights lie in the arenas of another model.
    public mutating func add(
        _ name: String, _ shape: Shape, _ initializer: Initializer, regularizer: Regularizer? = nil, constraint: Constraint? = nil,
        role: WeightRole = .trainable, ones: Range<Int> = 0..<0, in part: WeightPart? = nil
    ) throws(LayerError) -> Weight {
        let path = path + (part.map { [$0] } ?? [])
        if existing.contains(where: { $0.owner.map { $0 !== owner } ?? false }) { throw .ofAnotherModel(layer: layer) }
        if let requirement = initializer.requirement(shape) {
            throw .initializer(parameter: "\(layer)/\(name)", requirement: requirement, received: shape)
        }
        for mistake in [regularizer?.mistake, constraint?.mistake(for: shape)] {
            guard let (argument, requirement, received) = mistake else { continue }
            throw .argument(layer: layer, name: "\(argument) of its \(name)", requirement: requirement, received: received)
        }
        let known = existing.first { $0.name == name && $0.path == path && $0.shape == shape && $0.role == role }
        let weight =
            known
            ?? Weight(name: name, shape: shape, role: role) { values, seed, index in
                initializer.fill(values, seed: seed, index: index)
                for position in ones { values[position] = 1 }
            }
        weight.path = path
        weight.owner = owner
        (weight.regularizer, weight.constraint) = (regularizer, constraint)
        weight.isFrozen = isFrozen
        weights.append(weight)
        return weight
    }

    /// Has a layer within the layer declare its weights, which come behind those declared so far. They are frozen if either layer is.
    ///
    /// - Parameters:
    ///   - inner: one of the layer's `sublayers`.
    ///   - attribute: what Keras calls it in the layer, `"forward_layer"`.
    ///   - inputs: what it will be called with.
    /// - Throws: what its `build` does.
    public mutating func add(_ inner: any Layer, as attribute: String, inputs: [TensorSpec]) throws(LayerError) {
        var list = WeightList(
            layer: inner, owner: owner, path: path + [WeightPart(attribute, name: inner.name)], isFrozen: isFrozen)
        try inner.build(inputs, &list)
        inner.properties.weights = list.weights
        weights += list.weights
    }
}
