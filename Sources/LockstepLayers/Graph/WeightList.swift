import LockstepCompute
import LockstepGraph

/// The weights that a layer declares while it is built, in Keras's order.
public struct WeightList {
    private let layer: any Layer
    /// The store that will hold the weights.
    private let store: WeightStore?
    /// The stores of the models that contain this layer. They may hold its weights so far.
    private let sources: [WeightStore]
    /// Another model that has the layer too, if there is one.
    private let other: WeightStore?
    private let isFrozen: Bool
    /// Whether all weights must exist already. They do if only the lengths of inputs have changed.
    private let keepsWeights: Bool
    /// The weights that the layer got when it was last built.
    private let existing: [LayerWeight]
    private var weights: [LayerWeight] = []

    /// Builds a layer, and returns the weights that it declares.
    ///
    /// - Throws: `LayerError.ofAnotherModel` if another model has the layer with weights of other shapes; the errors of
    ///   the layer's `build`.
    static func build(
        _ layer: any Layer, _ inputs: [TensorSpec], store: WeightStore?, keepsWeights: Bool
    ) throws(LayerError) -> [Weight] {
        let declared = try build(
            layer, inputs, store: store, sources: [], isFrozen: false, keepsWeights: keepsWeights)
        for each in declared { each.weight.path = each.path(in: layer) }
        return declared.map(\.weight)
    }

    private static func build(
        _ layer: any Layer, _ inputs: [TensorSpec], store: WeightStore?, sources: [WeightStore], isFrozen: Bool,
        keepsWeights: Bool
    ) throws(LayerError) -> [LayerWeight] {
        // Weights that are kept stay in their store.
        let store = keepsWeights ? layer.properties.store : store
        var list = WeightList(
            layer: layer, store: store, sources: sources, isFrozen: isFrozen, keepsWeights: keepsWeights)
        try layer.buildInFormat(inputs, &list)
        layer.properties.declared = list.weights
        layer.properties.store = store
        (layer as? any GraphLayer)?.ownStore.release()
        return list.weights
    }

    private init(
        layer: any Layer, store: WeightStore?, sources: [WeightStore], isFrozen: Bool, keepsWeights: Bool
    ) {
        self.keepsWeights = keepsWeights
        self.layer = layer
        self.store = store
        self.isFrozen = isFrozen || layer.isFrozen
        existing = layer.properties.declared
        other = layer.properties.store.flatMap { other in
            other === store || sources.contains { $0 === other } ? nil : other
        }
        let own = (layer as? any GraphLayer)?.ownStore
        self.sources = sources + (own.map { [$0] } ?? [])
    }

    /// Declares a weight. Its memory comes with the model's arenas. If the layer was built before with the same weight
    /// in the same shape, the weight keeps its value. Models with common layers have the same weights.
    ///
    /// - Parameters:
    ///   - regularizer: the penalty on the weight's values that is added to the loss, if the weight is trained.
    ///   - constraint: the condition that the weight is made to meet after each step, if it is trained.
    ///   - role: what changes the weight. Trainable weights come before the others, whatever the order of the calls.
    /// - Throws: `LayerError.initializer` if the initializer cannot fill this shape; `LayerError.argument` if the
    ///   initializer, the regularizer or the constraint has an invalid argument.
    public mutating func add(
        _ name: String, _ shape: Shape, _ initializer: Initializer, regularizer: Regularizer? = nil,
        constraint: Constraint? = nil, role: WeightRole = .trainable
    ) throws(LayerError) -> Weight {
        try add(
            name, shape, initializer, regularizer: regularizer, constraint: constraint, role: role, ones: 0..<0, in: nil
        )
    }

    /// Declares a weight in a part of the layer.
    ///
    /// - Parameters:
    ///   - ones: elements whose initial value is 1, whatever the initializer says.
    ///   - adjusting: changes the initial values that the initializer gives.
    ///   - isInteger: whether Keras's files hold whole numbers.
    ///   - part: where Keras keeps the weight, if it is not the layer itself.
    mutating func add(
        _ name: String, _ shape: Shape, _ initializer: Initializer, regularizer: Regularizer? = nil,
        constraint: Constraint? = nil, role: WeightRole = .trainable, ones: Range<Int> = 0..<0,
        isInteger: Bool = false, in part: WeightPart?, adjusting: ((Tensor) -> Void)? = nil
    ) throws(LayerError) -> Weight {
        let path = part.map { [$0] } ?? []
        if let requirement = initializer.requirement(shape) {
            throw .initializer(parameter: "\(layer.name)/\(name)", requirement: requirement, received: shape)
        }
        for mistake in [initializer.mistake, regularizer?.mistake(for: shape), constraint?.mistake(for: shape)] {
            guard let (argument, requirement, received) = mistake else { continue }
            throw .argument(
                layer: layer.name, name: "\(argument) of its \(name)", requirement: requirement, received: received)
        }
        let known = existing.first {
            $0.path == path && $0.weight.name == name && $0.weight.shape == shape && $0.weight.role == role
        }
        if known == nil, let other, let old = existing.first(where: { $0.path == path && $0.weight.name == name }) {
            throw .ofAnotherModel(
                layer: layer.name, model: other.name, weight: name, shape: old.weight.shape, received: shape)
        }
        if keepsWeights {
            guard let known else { throw .dependsOnUnknown(layer: layer.name, weight: name) }
            insert(known)
            return known.weight
        }
        let weight =
            known?.weight
            ?? Weight(name: name, shape: shape, role: role, isInteger: isInteger) { values, seed, index in
                initializer.fill(values, seed: seed, index: index)
                for position in ones { values[position] = 1 }
                adjusting?(values)
            }
        (weight.regularizer, weight.constraint) = (regularizer, constraint)
        weight.isFrozen = isFrozen
        insert(LayerWeight(path: path, weight: weight))
        return weight
    }

    /// As in Keras, trainable weights come before the others of the same part.
    private mutating func insert(_ new: LayerWeight) {
        let others = weights.firstIndex { $0.path == new.path && $0.weight.role != .trainable }
        weights.insert(new, at: new.weight.role == .trainable ? others ?? weights.count : weights.count)
    }

    /// Adds the weights of a layer within this layer, after those declared so far. They are frozen if either layer is.
    ///
    /// - Parameters:
    ///   - inner: one of the layer's `sublayers`.
    ///   - attribute: the name of the attribute that holds it in Keras, such as `"forward_layer"`.
    ///   - inputs: the inputs that it will be called with.
    /// - Throws: the errors of the inner layer's `build`.
    public mutating func add(_ inner: any Layer, as attribute: String, inputs: [TensorSpec]) throws(LayerError) {
        try add(inner, in: WeightPart(attribute, name: inner.name), inputs: inputs)
    }

    /// Says that Keras keeps a weight of a part of the layer among those of the layer too.
    mutating func `repeat`(_ weight: Weight) {
        for index in weights.indices where weights[index].weight === weight { weights[index].isRepeated = true }
    }

    mutating func add(_ inner: any Layer, in part: WeightPart, inputs: [TensorSpec]) throws(LayerError) {
        weights += try Self.build(
            inner, inputs, store: store, sources: sources, isFrozen: isFrozen, keepsWeights: keepsWeights
        ).map {
            $0.within(part)
        }
    }
}
