import LockstepCompute
import LockstepGraph

/// Declares the shape and the type of one row of a model's input. `Sequential` adds this layer if the first layer
/// declares its input's shape, for example with `inputDim`.
public final class InputLayer: Layer {
    public let properties: LayerProperties
    @Configured("batch_shape") private var batchShape: BatchShape
    /// The type of the elements. Keras's integers of any width are int32 here, and its floats float32.
    public let type: DataType
    /// The name of the type in files, such as `"int64"`.
    public let fileType: String

    /// - Parameters:
    ///   - shape: the shape of one row, `[]` for single numbers; a dimension that differs between calls of the model is
    ///     nil.
    ///   - batchSize: the rows of every batch, which stateful layers need to know; nil if their number may change.
    ///   - type: int32 for whole numbers beyond 2²⁴, such as ids; string for text.
    public convenience init(
        _ shape: PartialShape, batchSize: Int? = nil, type: DataType = .float32, name: String = ""
    ) {
        self.init(BatchShape(batch: batchSize, row: shape), fileType: type.rawValue, name: name)
    }

    /// An input whose shape is known.
    // It is the second choice, so that `InputLayer([])` has one meaning.
    @_disfavoredOverload
    public convenience init(
        _ shape: Shape, batchSize: Int? = nil, type: DataType = .float32, name: String = ""
    ) {
        self.init(PartialShape(shape), batchSize: batchSize, type: type, name: name)
    }

    private init(_ shape: BatchShape, fileType: String, name: String) {
        self.fileType = fileType
        type = fileType == "string" ? .string : fileType.contains("int") ? .int32 : .float32
        properties = LayerProperties(name: name)
        batchShape = shape
    }

    public var shape: PartialShape { batchShape.row }
    /// The rows of every batch; nil if their number may change. Only stateful layers look at it.
    public var batchSize: Int? { batchShape.batch }

    public static var takesIntegerTypes: Bool { true }
    public static var takesTextType: Bool { true }
    public static var commonArguments: Set<String> { ["dtype"] }

    public static var fixedArguments: [String: ConfigurationValue] { ["sparse": false] }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // `batch_input_shape` is the name in Keras 2.
        if let shape = arguments.removeValue(forKey: "batch_input_shape") { arguments["batch_shape"] = shape }
        // Older versions of Keras 3 do not know these arguments, so they are not written.
        for name in ["ragged", "optional"] where arguments[name] == false { arguments[name] = nil }
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        let dtype = arguments.argument("dtype").value
        let fileType = dtype.string ?? dtype["config"]?["name"]?.string ?? "float32"
        self.init(try arguments.value("batch_shape"), fileType: fileType, name: "")
    }

    /// - Throws: `LayerError.argument` if there are no dimensions, which text alone may lack, or one is not positive, or
    ///   the batch is not.
    func checkShape() throws(LayerError) {
        guard batchSize ?? 1 > 0 else {
            throw .argument(
                layer: name, name: "batchSize", requirement: "1 or more", received: "\(batchSize ?? 0)")
        }
        guard shape.dimensions.allSatisfy({ $0 ?? 1 > 0 }) else {
            throw .argument(
                layer: name, name: "the input shape", requirement: "positive dimensions",
                received: "\(shape)")
        }
    }

    /// Never called for a model's inputs: the graph creates them itself.
    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        throw .inputNotFirst(layer: name)
    }
}
