import LockstepCompute

/// Declares the shape of one row of what a model takes. `Sequential` puts one first when the first layer is given an `inputDim`.
public final class InputLayer: Layer {
    public static let className = "InputLayer"
    public var name: String
    public let shape: Shape

    public init(_ shape: Shape, name: String = "") {
        self.shape = shape
        self.name = name
    }

    public var configuration: [String: any ConfigurationConvertible] { ["batch_shape": shape, "sparse": false] }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        try arguments.require("ragged", false)
        try arguments.require("optional", false)
        // Keras 2's name.
        if let shape: Shape = try arguments.optional("batch_input_shape") {
            self.init(shape)
        } else {
            self.init(try arguments.value("batch_shape"))
        }
    }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        guard inputs.isEmpty else { throw .inputNotFirst(layer: name) }
        guard shape.dimensions.allSatisfy({ $0 > 0 }), shape.rank > 0 else {
            throw .argument(layer: name, name: "the input shape", requirement: "one or more positive dimensions", received: "\(shape)")
        }
        return shape
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory { LayerMemory() }
    public func forward(_ pass: Forward) {}
    public func backward(_ pass: Backward) {}
}
