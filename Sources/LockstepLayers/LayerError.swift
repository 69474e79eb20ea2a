import LockstepCompute
import LockstepGraph

/// An error in a model. Each case names the layer or argument and carries the value that was received.
public enum LayerError: Error, Equatable, CustomStringConvertible {
    case argument(layer: String, name: String, requirement: String, received: String)
    /// An argument of an object that a model was compiled with. The first value names the object: `"optimizer Adam"`.
    case compiled(String, name: String, requirement: String, received: String)
    case input(layer: String, requirement: String, received: Shape)
    /// The mask of an input; `received` is the shape of the mask's row.
    case mask(layer: String, requirement: String, received: Shape)
    case values(layer: String, requirement: String, received: Double)
    case inputCount(layer: String, expected: Int, received: Int)
    /// A weight whose shape depends on an unknown dimension of the model's input.
    case dependsOnUnknown(layer: String, weight: String)
    case initializer(parameter: String, requirement: String, received: Shape)
    case noLayers
    case noInputShape(layer: String)
    case inputNotFirst(layer: String)
    case duplicateName(String)
    case appliedTwice(layer: String)
    /// A layer that lies in another layer and is also used elsewhere in the model.
    case atTwoPlaces(layer: String)
    case unconnected(layer: String)
    /// A layer with weights that only a loss or a metric needs, and not the model's outputs.
    case weightsBehind(layer: String)
    /// A layer that another model has too, with a weight of another shape.
    case ofAnotherModel(layer: String, model: String, weight: String, shape: Shape, received: Shape)
    /// The input or the output of a layer for a call that it does not have, or without a number though it has several.
    case calls(layer: String, count: Int, received: Int?)
    /// A model whose layers have changed since another model applied it.
    case changed(model: String, inside: String)
    case insideItself(model: String)
    /// An error in a model that is a layer of another model.
    indirect case within(model: String, LayerError)
    case cycle(layer: String)
    case notFromFiles(className: String)
    /// A layer whose computation is a program in Python: a Lambda, or of a program's own class.
    case ofPython(layer: String, className: String, arguments: ConfigurationValue)
    /// A program's own loss or optimizer, which has no form in Keras's files.
    case notForFiles(kind: String, className: String)
    /// An operation in a layer's `call` whose inputs do not fit.
    case operation(layer: String, OperationError)
    case outputCount(layer: String, expected: Int, received: Int)
    /// An output that a layer does not have.
    case noOutput(layer: String, index: Int, count: Int)
    case noOutputs
    case inputTwice
    /// A tensor from inside a layer's `call` that was used to describe a model.
    case insideLayer
    /// An int32 output that has a loss.
    case lossOfIntegers(layer: String)
    case memory(layer: String, bytes: Int, available: Int)
    case unknownName(kind: String, known: [String], received: String)
    case weights(expected: [Shape], received: [Shape])
    case parameter(layer: String, name: String, expected: Shape, received: Shape)
    /// A layer in a file whose arrays do not match the layer's weights.
    case parameters(layer: String, expected: [String], received: String)
    /// A file with the weights of other layers than the model has.
    case layerCount(expected: [String], received: [String])
    case optimizer(name: String, argument: String, requirement: String, received: Double)

    /// The error for a mistake that an operation found in a layer's data.
    package init(_ error: OperationError, in layer: String) {
        self =
            if case .values(let requirement, let received) = error {
                .values(layer: layer, requirement: requirement, received: received)
            } else {
                .operation(layer: layer, error)
            }
    }

    public var description: String {
        switch self {
        case .argument(let layer, let name, let requirement, let received):
            "layer '\(layer)': \(name) must be \(requirement), received: \(received)"
        case .compiled(let owner, let name, let requirement, let received):
            "\(owner): \(name) must be \(requirement), received: \(received)"
        case .input(let layer, let requirement, let received):
            "layer '\(layer)': the input must \(requirement), received: \(received)"
        case .mask(let layer, let requirement, let received):
            "layer '\(layer)': the mask of its input must \(requirement), received: \(received)"
        case .values(let layer, let requirement, let received):
            "layer '\(layer)': the inputs must be \(requirement), received: \(received.plainDescription)"
        case .inputCount(let layer, let expected, let received):
            "layer '\(layer)' takes \(expected) input(s), received: \(received)"
        case .dependsOnUnknown(let layer, let weight):
            "layer '\(layer)': the shape of its \(weight) depends on a dimension of the model's input that is None; give the Input a size for it"
        case .initializer(let parameter, let requirement, let received):
            "the initializer of '\(parameter)' needs \(requirement), received: \(received)"
        case .noLayers: "the model has no layers; add one first"
        case .noInputShape(let layer):
            "the input shape of the first layer '\(layer)' is not known; give it an inputDim or add Input(shape) before it"
        case .inputNotFirst(let layer):
            "layer '\(layer)' declares an input shape; only the first layer of a model can do this"
        case .duplicateName(let name): "layer names must differ, received '\(name)' twice"
        case .appliedTwice(let layer):
            "layer '\(layer)' stands twice in a sequence; apply it twice in a functional model"
        case .atTwoPlaces(let layer):
            "layer '\(layer)' lies in another layer and is used elsewhere too; this is not supported: give each place its own layer"
        case .unconnected(let layer): "layer '\(layer)' does not lie between the model's inputs and its outputs"
        case .weightsBehind(let layer):
            "layer '\(layer)' has weights, but the model's outputs do not need it; make its output one of the model's"
        case .ofAnotherModel(let layer, let model, let weight, let shape, let received):
            "layer '\(layer)' belongs to the model '\(model)' too, where its \(weight) is \(shape); its inputs here need \(received)"
        case .calls(let layer, let count, let received):
            count == 0
                ? "layer '\(layer)' lies in no model yet, so it has no inputs and outputs; take it from a model with layer(named:)"
                : "layer '\(layer)' is called \(count) time(s), received: \(received.map { "the call \($0), counted from 0" } ?? "no number; choose one with outputs(ofCall:)")"
        case .changed(let model, let other):
            "the layers of the model '\(model)' have changed since it was applied in the model '\(other)'; compile '\(other)' again"
        case .insideItself(let model): "the model '\(model)' contains itself; give it other layers"
        case .within(let model, .within(let inner, let error)):
            "\(LayerError.within(model: "\(model)/\(inner)", error))"
        case .within(let model, let error): "model '\(model)': \(error)"
        case .cycle(let layer): "layer '\(layer)' takes its own output, by way of other layers"
        case .notFromFiles(let className):
            "layers of the class '\(className)' cannot be read: it has no init(arguments:)"
        case .ofPython(let layer, let className, let arguments):
            "\(Self.python(layer, className, arguments)); write it in Swift, and load the file with "
                + "custom: [\(Self.typeName(className)).self]:\n\(Self.replacement(className, arguments))"
        case .notForFiles(let kind, let className):
            "the \(kind) of the class '\(className)' cannot be written: only Keras's have a form in its files"
        case .operation(let layer, let error): "layer '\(layer)': \(error)"
        case .outputCount(let layer, let expected, let received):
            "layer '\(layer)' must give \(expected) output(s), received: \(received)"
        case .noOutput(let layer, let index, let count):
            "layer '\(layer)' gives \(count) output(s), received: the number \(index), counted from 0"
        case .noOutputs: "a model needs an output; give Model(inputs:outputs:) one or more"
        case .inputTwice: "a model's inputs must differ, received the same input twice"
        case .lossOfIntegers(let layer):
            "the output of '\(layer)' is int32, and whole numbers have no gradient; remove its loss, or make the output float32"
        case .insideLayer: "a model lies between outputs of layers, received: a tensor from inside a layer's call"
        case .memory(let layer, let bytes, let available):
            "the weights up to layer '\(layer)' and one row of data need "
                + "\(bytes == .max ? "more bytes than can be counted" : "\(bytes) bytes") of memory; this machine has \(available)"
        case .unknownName(let kind, let known, let received):
            "unknown \(kind), received: '\(received)'; known are \(known.joined(separator: ", "))"
        case .weights(let expected, let received): "weights must have the shapes \(expected), received: \(received)"
        case .parameter(let layer, let name, let expected, let received):
            "layer '\(layer)': \(name) must have the shape \(expected), received: \(received)"
        case .parameters(let layer, let expected, let received):
            "layer '\(layer)': arrays expected for \(expected.joined(separator: ", ")), received: \(received)"
        case .layerCount(let expected, let received):
            "the model has \(expected.count) layers with weights (\(expected.joined(separator: ", "))), received: \(received.count) "
                + "(\(received.joined(separator: ", ")))"
        case .optimizer(let name, let argument, let requirement, let received):
            "optimizer \(name): \(argument) must be \(requirement), received: \(received.plainDescription)"
        }
    }
}

extension LayerError {
    /// Whether it is `ofPython`, of a layer that may lie in models.
    package var isOfPython: Bool {
        switch self {
        case .ofPython: true
        case .within(_, let error): error.isOfPython
        default: false
        }
    }

    /// What a layer is whose computation is a program in Python.
    package static func python(_ layer: String, _ className: String, _ arguments: ConfigurationValue) -> String {
        let own = (arguments.object ?? [:]).filter { !common.contains($0.key) && $0.value != .null }
        let text = own.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        let what = className == "Lambda" ? "a Lambda" : "of a program's own class '\(className)'"
        return "layer '\(layer)' is \(what), which computes in Python"
            + (text.isEmpty
                ? ", without arguments" : ", with the arguments \(text.count > 300 ? text.prefix(300) + "…" : text)")
    }

    /// The arguments that every layer has.
    private static let common: Set = ["name", "trainable", "dtype"]

    /// The name of a Swift type for a class of Python.
    private static func typeName(_ className: String) -> String {
        let letters = className.filter { $0.isLetter || $0.isNumber }
        return letters.first?.isLetter == true ? letters.prefix(1).uppercased() + letters.dropFirst() : "MyLayer"
    }

    /// A Swift class in place of one in Python, whose `call` is left to write.
    private static func replacement(_ className: String, _ arguments: ConfigurationValue) -> String {
        let own = (arguments.object ?? [:]).filter { !common.contains($0.key) && $0.value != .null }
        var lines = ["    final class \(typeName(className)): Layer {"]
        if typeName(className) != className {
            lines.append("        static var className: String { \"\(className)\" }")
        }
        lines.append("        let properties = LayerProperties()")
        for (name, value) in own.sorted(by: { $0.key < $1.key }) {
            let type =
                switch value {
                case .bool: "Bool"
                case .integer: "Int"
                case .real: "Double"
                case .string: "String"
                case .null, .list, .object: "ConfigurationValue"
                }
            lines.append("        @Configured(\"\(name)\") var \(camelCase(name)): \(type)")
        }
        lines.append("        init(arguments: LayerArguments) throws(LayerError) {")
        for name in own.keys.sorted() {
            lines.append("            \(camelCase(name)) = try arguments.value(\"\(name)\")")
        }
        lines += [
            "        }",
            "        func call(_ x: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [x[0]] }   // what it computes",
            "    }",
        ]
        return lines.joined(separator: "\n")
    }

    /// `output_shape` as a Swift name.
    private static func camelCase(_ name: String) -> String {
        let words = name.split { !$0.isLetter && !$0.isNumber }
        let rest = words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }
        let joined = ([words.first.map { String($0) } ?? "argument"] + rest).joined()
        return joined.first?.isNumber == true
            ? "_" + joined : ["function", "in", "is", "default"].contains(joined) ? joined + "Value" : joined
    }
}
