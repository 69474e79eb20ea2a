import LockstepCompute

/// One trainable variable of a layer: a name, a shape, and its place in the model's arenas.
public final class Parameter {
    public let name: String
    public let shape: Shape
    let initializer: Initializer
    /// A view of the arena of values.
    public internal(set) var value: Tensor
    /// A view of the arena of gradients; backward overwrites it with the sum over the rank's rows.
    public internal(set) var gradient: Tensor
    /// Whether `value` holds what it should: initial values, or those that were set or trained.
    var hasValue = false

    init(name: String, shape: Shape, initializer: Initializer) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        value = Tensor.zeros([0])
        gradient = value
    }
}

/// The parameters a layer declares while it is built, in Keras's order.
public struct ParameterList {
    let layer: String
    private(set) var parameters: [Parameter] = []

    init(layer: String) { self.layer = layer }

    /// Declares a parameter; its memory comes with the model's arenas.
    ///
    /// - Throws: `LayerError.initializer` if the initializer cannot fill this shape.
    public mutating func add(_ name: String, _ shape: Shape, _ initializer: Initializer) throws(LayerError) -> Parameter {
        if let requirement = initializer.requirement(shape) {
            throw .initializer(parameter: "\(layer)/\(name)", requirement: requirement, received: shape)
        }
        let parameter = Parameter(name: name, shape: shape, initializer: initializer)
        parameters.append(parameter)
        return parameter
    }
}
