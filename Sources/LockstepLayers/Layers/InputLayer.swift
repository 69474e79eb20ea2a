import LockstepCompute

/// Declares the shape of one row of what a model takes. `Sequential` puts one first when the first layer is given an `inputDim`.
public final class InputLayer: Layer {
    public var name: String
    @Configured("batch_shape") public private(set) var shape: Shape
    /// What files call the type of the numbers, which are held as floats: `"int32"` for what an `Embedding` takes.
    package let type: String

    public convenience init(_ shape: Shape, name: String = "") { self.init(shape, type: "float32", name: name) }

    private init(_ shape: Shape, type: String, name: String) {
        self.type = type
        self.name = name
        self.shape = shape
    }

    public static var fixedArguments: [String: ConfigurationValue] { ["sparse": false] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // Keras 2's name.
        if let shape = arguments.removeValue(forKey: "batch_input_shape") { arguments["batch_shape"] = shape }
        // What older versions of Keras 3 do not know is not written.
        for name in ["ragged", "optional"] where arguments[name] == false { arguments[name] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        let dtype = arguments.argument("dtype").value
        let type = dtype.string ?? dtype["config"]?["name"]?.string ?? "float32"
        self.init(try arguments.value("batch_shape"), type: type, name: "")
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
