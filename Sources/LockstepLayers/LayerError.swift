import LockstepCompute
import LockstepGraph

/// What can be wrong with a model; each case names the layer or argument and carries what was received.
public enum LayerError: Error, Equatable, CustomStringConvertible {
    case argument(layer: String, name: String, requirement: String, received: String)
    /// An argument of what a model was compiled with, `"optimizer Adam"`.
    case compiled(String, name: String, requirement: String, received: String)
    case input(layer: String, requirement: String, received: Shape)
    /// The mask that an input comes with; `received` is its row.
    case mask(layer: String, requirement: String, received: Shape)
    case values(layer: String, requirement: String, received: Double)
    case inputCount(layer: String, expected: Int, received: Int)
    /// A weight whose shape follows from a dimension of the model's input that is not known.
    case dependsOnUnknown(layer: String, weight: String)
    case initializer(parameter: String, requirement: String, received: Shape)
    case noLayers
    case noInputShape(layer: String)
    case inputNotFirst(layer: String)
    case duplicateName(String)
    case appliedTwice(layer: String)
    /// A layer within another one that the model has elsewhere too.
    case atTwoPlaces(layer: String)
    case unconnected(layer: String)
    case ofAnotherModel(layer: String, model: String)
    /// A model that has other layers than when it was applied in another one.
    case changed(model: String, inside: String)
    case insideItself(model: String)
    /// What is wrong in a model that is a layer of another one.
    indirect case within(model: String, LayerError)
    case cycle(layer: String)
    case notFromFiles(className: String)
    /// A part of a model's training that is a program's own, and has no form in Keras's files.
    case notForFiles(kind: String, className: String)
    /// An operation whose inputs do not fit, in a layer's `call`.
    case operation(layer: String, OperationError)
    case outputCount(layer: String, expected: Int, received: Int)
    /// An output that a layer does not give.
    case noOutput(layer: String, index: Int, count: Int)
    case noOutputs
    case inputTwice
    /// A tensor from inside a layer, where a model is described.
    case insideLayer
    /// An output of int32 that has a loss.
    case lossOfIntegers(layer: String)
    case memory(layer: String, bytes: Int, available: Int)
    case unknownName(kind: String, known: [String], received: String)
    case weights(expected: [Shape], received: [Shape])
    case parameter(layer: String, name: String, expected: Shape, received: Shape)
    /// A layer in a file that holds other arrays than the layer has parameters.
    case parameters(layer: String, expected: [String], received: String)
    /// A file that holds weights of other layers than the model has.
    case layerCount(expected: [String], received: [String])
    case optimizer(name: String, argument: String, requirement: String, received: Double)

    /// What an operation found wrong in a layer's data.
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
            "layer '\(layer)': the shape of its \(weight) depends on a dimension of the model's input that is None; give the Input that dimension"
        case .initializer(let parameter, let requirement, let received):
            "the initializer of '\(parameter)' needs \(requirement), received: \(received)"
        case .noLayers: "the model has no layers; add one first"
        case .noInputShape(let layer):
            "the input shape of the first layer '\(layer)' is not known; give it an inputDim or add Input(shape) before it"
        case .inputNotFirst(let layer):
            "layer '\(layer)' declares an input shape, which only the first layer of a model can"
        case .duplicateName(let name): "layer names must differ, received '\(name)' twice"
        case .appliedTwice(let layer):
            "layer '\(layer)' stands twice in a sequence; apply it twice in a functional model"
        case .atTwoPlaces(let layer):
            "layer '\(layer)' lies in another layer and is used elsewhere too, which is not supported; give each place a layer of its own"
        case .unconnected(let layer): "layer '\(layer)' does not lie between the model's inputs and its outputs"
        case .ofAnotherModel(let layer, let model):
            "layer '\(layer)' already belongs to the model '\(model)'; models cannot share single layers, but one can be applied in the other"
        case .changed(let model, let other):
            "the layers of the model '\(model)' have changed since it was applied in the model '\(other)'; compile '\(other)' anew"
        case .insideItself(let model): "the model '\(model)' lies in itself; give it other layers"
        case .within(let model, .within(let inner, let error)):
            "\(LayerError.within(model: "\(model)/\(inner)", error))"
        case .within(let model, let error): "model '\(model)': \(error)"
        case .cycle(let layer): "layer '\(layer)' takes its own output, by way of other layers"
        case .notFromFiles(let className):
            "layers of the class '\(className)' cannot be read: it has no init(arguments:)"
        case .notForFiles(let kind, let className):
            "the \(kind) of the class '\(className)' cannot be written: only Keras's have a form in its files"
        case .operation(let layer, let error): "layer '\(layer)': \(error)"
        case .outputCount(let layer, let expected, let received):
            "layer '\(layer)' must give \(expected) output(s), received: \(received)"
        case .noOutput(let layer, let index, let count):
            "layer '\(layer)' gives \(count) output(s), received: the number \(index), counted from 0"
        case .noOutputs: "a model needs an output; give Model(inputs:outputs:) one or more"
        case .inputTwice: "a model's inputs must differ, received one twice"
        case .lossOfIntegers(let layer):
            "the output of '\(layer)' is int32, and whole numbers have no gradient; leave out its loss, or give it float32"
        case .insideLayer: "a model lies between tensors that layers give, received: one from inside a layer's call"
        case .memory(let layer, let bytes, let available):
            "the parameters up to layer '\(layer)' and one row of data need "
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
