import LockstepCompute

/// One variable of a layer: a name, a shape, and its place in the model's arenas.
public final class Parameter {
    public let name: String
    public let shape: Shape
    /// Whether the optimizer updates it, with its gradient. What it does not is state, such as means that move with each batch.
    public let isTrainable: Bool
    let initializer: Initializer
    /// Elements that begin with one, whatever the initializer says.
    let ones: Range<Int>
    /// A view of the arena of values.
    public internal(set) var value: Tensor
    /// Views of the arena's gradients, one for each part of the rank's sums over rows (`RowSums`); backward overwrites them with these.
    public internal(set) var gradients: [Tensor]
    /// The only part's gradient, where results may depend on the number of ranks. Of state: where forward may put, while training, what the
    /// value becomes when the step has succeeded; without that the value stays.
    public var gradient: Tensor { gradients[0] }
    /// Whether `value` holds what it should: initial values, or those that were set or trained.
    var hasValue = false
    /// The model whose arenas the parameter lies in.
    weak var owner: ModelIdentity?

    init(name: String, shape: Shape, isTrainable: Bool, initializer: Initializer, ones: Range<Int>) {
        self.name = name
        self.shape = shape
        self.isTrainable = isTrainable
        self.initializer = initializer
        self.ones = ones
        value = Tensor.zeros([0])
        gradients = [value]
    }
}

/// Tells models apart.
public final class ModelIdentity {
    public init() {}
}

/// The parameters a layer declares while it is built, in Keras's order.
public struct ParameterList {
    let layer: String
    let owner: ModelIdentity
    private(set) var parameters: [Parameter] = []

    init(layer: String, owner: ModelIdentity) {
        self.layer = layer
        self.owner = owner
    }

    /// Declares a parameter; its memory comes with the model's arenas.
    ///
    /// - Parameters:
    ///   - isTrainable: whether the optimizer updates it; trainable ones come before a layer's state.
    ///   - ones: elements that begin with one, whatever the initializer says.
    ///   - existing: what the layer got here when it was built before; it keeps its value if its shape is still right.
    /// - Throws: `LayerError.initializer` if the initializer cannot fill this shape; `LayerError.ofAnotherModel` if the layer's parameters
    ///   lie in the arenas of another model.
    public mutating func add(
        _ name: String, _ shape: Shape, _ initializer: Initializer, isTrainable: Bool = true, ones: Range<Int> = 0..<0,
        keeping existing: Parameter?
    ) throws(LayerError) -> Parameter {
        if let other = existing?.owner, other !== owner { throw .ofAnotherModel(layer: layer) }
        if let requirement = initializer.requirement(shape) {
            throw .initializer(parameter: "\(layer)/\(name)", requirement: requirement, received: shape)
        }
        let isKept = existing?.shape == shape
        let parameter =
            isKept ? existing! : Parameter(name: name, shape: shape, isTrainable: isTrainable, initializer: initializer, ones: ones)
        parameter.owner = owner
        parameters.append(parameter)
        return parameter
    }
}
