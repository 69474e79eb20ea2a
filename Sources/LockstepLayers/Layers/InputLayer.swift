import LockstepCompute

/// Declares the shape of one row of what a model takes. `Sequential` puts one first when the first layer is given an `inputDim`.
public final class InputLayer: Layer {
    public static let className = "InputLayer"
    public var name: String
    public let shape: Shape
    /// What files call the type of the numbers, which are held as floats: `"int32"` for what an `Embedding` takes.
    package let type: String

    public convenience init(_ shape: Shape, name: String = "") { self.init(shape, type: "float32", name: name) }

    private init(_ shape: Shape, type: String, name: String) {
        self.shape = shape
        self.type = type
        self.name = name
    }

    public var configuration: [String: any ConfigurationConvertible] { ["batch_shape": shape, "sparse": false] }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        try arguments.require("ragged", false)
        try arguments.require("optional", false)
        let dtype = arguments.argument("dtype").value
        let type = dtype.string ?? dtype["config"]?["name"]?.string ?? "float32"
        // Keras 2's name.
        if let shape: Shape = try arguments.optional("batch_input_shape") {
            self.init(shape, type: type, name: "")
        } else {
            self.init(try arguments.value("batch_shape"), type: type, name: "")
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
