import LockstepCompute
import LockstepGraph

/// Declares the shape of one row of what a model takes. `Sequential` puts one first when the first layer is given an
/// `inputDim`.
public final class InputLayer: Layer {
    public let properties: LayerProperties
    @Configured("batch_shape") public private(set) var shape: Shape
    /// What files call the type of the numbers, which are held as floats: `"int32"` for what an `Embedding` takes.
    package let type: String

    public convenience init(_ shape: Shape, name: String = "") { self.init(shape, type: "float32", name: name) }

    private init(_ shape: Shape, type: String, name: String) {
        self.type = type
        properties = LayerProperties(name: name)
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

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        guard shape.dimensions.allSatisfy({ $0 > 0 }), shape.rank > 0 else {
            throw .argument(
                layer: name, name: "the input shape", requirement: "one or more positive dimensions",
                received: "\(shape)")
        }
    }

    /// The model graph makes an input of it.
    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        throw .inputNotFirst(layer: name)
    }
}
