import LockstepCompute
import LockstepGraph

/// A part of a model: it declares arguments and weights, and describes what it computes as operations on tensors. It
/// knows nothing of ranks, rows or memory, and needs no gradient of its own.
///
///     final class Residual: Layer {
///         let properties = LayerProperties()
///         private var kernel: Weight!
///
///         func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
///             let width = try single(inputs).count
///             kernel = try weights.add("kernel", [width, width], .glorotUniform)
///         }
///         func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [inputs[0] +
///         relu(matmul(inputs[0], kernel))] }
///     }
///
/// A layer of this library is one file, one row of fixtures, and one line in the registry for reading it from files.
public protocol Layer: AnyObject, Configurable {
    /// What every layer has.
    var properties: LayerProperties { get }
    /// The shape of one input row, if the layer declares it so that it can be a model's first; by default nil.
    var inputShape: PartialShape? { get }
    /// The number of output tensors; by default 1.
    var outputCount: Int { get }
    /// The number of first outputs that have the mask of `computeMask`; by default 1.
    var maskedOutputs: Int { get }
    /// The names of the inputs, if Keras's `call` has one argument for each. By default there are none, and Keras takes
    /// several inputs as a list.
    static var inputNames: [String] { get }
    /// The names of further inputs, behind those of `inputNames`, that Keras's files give by name; by default none. If
    /// one is there, an input in front of it that is missing is the same as the one before.
    static var namedInputs: [String] { get }
    /// The name of the argument of Keras's `call` that takes all inputs behind the first as a list; by default there is
    /// none.
    static var listedInputs: String? { get }
    /// If that list is a list of lists, how many inputs each has; by default nil.
    var listedGroups: [Int]? { get }
    /// The names of the arguments that Keras has in `call` and not in the configuration; by default none.
    static var callArguments: [String] { get }
    /// The names of arguments of Keras's `call` that are true or false, and that each call of the layer has for itself;
    /// by default none. A call's `flags` has those that are true.
    static var callFlags: [String] { get }
    /// The module in which Keras has the class; by default `"keras.layers"`. Layers of a program have none.
    static var module: String { get }
    /// Whether Keras's class has an argument `data_format`; by default false.
    static var takesDataFormat: Bool { get }
    /// The number of last dimensions of a row that the data format orders, where others may be in front of them; by
    /// default nil: it orders all dimensions of a row.
    static var formattedDimensions: Int? { get }
    /// Whether files may give the layer a type of whole numbers; by default false.
    static var takesIntegerTypes: Bool { get }
    /// Whether files may give the layer the type `string`; by default false.
    static var takesTextType: Bool { get }
    /// The type that files give the layer; by default `"float32"`.
    var fileType: String { get }
    /// Which of `dtype` and `trainable` Keras's class takes; by default both.
    static var commonArguments: Set<String> { get }
    /// Whether Keras's `call` has an argument `mask`. Keras then fixes the mask when the model is described. By default
    /// false: the layer sees the masks that tensors carry when it is called.
    static var takesMask: Bool { get }
    /// Whether Keras removes the masks from the layer's inputs, so that later layers do not see them; by default false.
    static var removesMasks: Bool { get }
    /// The name of Keras's class, after which layers and their places in files are named; by default `className`, the
    /// name that files have for the class.
    static var pythonName: String { get }
    /// The layers that this layer holds and calls; by default none. Its `build` adds their weights.
    var sublayers: [any Layer] { get }
    /// Checks the inputs and the arguments, and declares the weights.
    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError)
    /// The mask of the outputs, as Keras's `compute_mask` computes it from the inputs and their masks. By default there
    /// is none: a mask ends at the layer. A layer that keeps positions in place returns `inputs[0].mask`.
    func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor?
    /// The mask of the outputs of one call; by default that of `computeMask(_:)`.
    func computeMask(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> SymbolicTensor?
    /// Describes the outputs. The model calls this for training and for inference, and for each place where the layer
    /// is applied.
    func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor]
}

/// What every layer has: its name, its weights, and whether they train.
public final class LayerProperties {
    /// Unique within a model. If the user gives no name, it is empty until the model names the layer: `"dense"`,
    /// `"dense_1"`.
    public var name: String
    /// The weights that the layer was built with, and those of layers within it, in Keras's order. They stay when a
    /// model is built again.
    public var weights: [Weight] { declared.map(\.weight) }
    /// The same weights, each with its path: the parts of the layer that hold it.
    package internal(set) var declared: [LayerWeight] = []
    /// The store that holds the weights, or will hold them.
    package weak var store: WeightStore?

    /// What the layer carries from batch to batch, for the shapes of data so far.
    package internal(set) var rowStates: [RowState] = []

    /// The layer's calls in models, in the order in which they were made.
    var calls: [KnownCall] = []

    /// False freezes the layer: its weights stay as they are, and a BatchNormalization computes as in inference. A
    /// change takes effect when the model is compiled.
    public var isTrainable = true

    /// Where the channels lie in inputs and outputs, for layers on sequences, images and volumes; by default last. A
    /// change takes effect when the model is made.
    public var dataFormat = DataFormat.channelsLast

    /// A penalty on the size of the layer's outputs, added to the loss: Keras's `activity_regularizer`. The sum over
    /// the outputs of all samples is divided by the number of samples in the batch. A change takes effect when the
    /// model is made.
    public var activityRegularizer: Regularizer?

    public init(name: String = "", activityRegularizer: Regularizer? = nil) {
        self.name = name
        self.activityRegularizer = activityRegularizer
    }
}

extension Layer {
    public var inputShape: PartialShape? { nil }
    public var outputCount: Int { 1 }
    public var maskedOutputs: Int { 1 }
    public static var inputNames: [String] { [] }
    public static var namedInputs: [String] { [] }
    public static var listedInputs: String? { nil }
    public var listedGroups: [Int]? { nil }
    public static var callArguments: [String] { [] }
    public static var callFlags: [String] { [] }
    public static var module: String { "keras.layers" }
    public static var takesDataFormat: Bool { false }
    public static var formattedDimensions: Int? { nil }
    public static var takesIntegerTypes: Bool { false }
    public static var takesTextType: Bool { false }
    public var fileType: String { "float32" }
    public static var commonArguments: Set<String> { ["dtype", "trainable"] }
    public static var takesMask: Bool { false }
    public static var removesMasks: Bool { false }
    public static var pythonName: String { className }
    public var sublayers: [any Layer] { [] }
    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {}
    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? { nil }
    public func computeMask(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> SymbolicTensor? {
        try computeMask(inputs)
    }

    public var configuration: [String: any ConfigurationConvertible] {
        var values = declaredConfiguration
        if Self.takesDataFormat { values["data_format"] = properties.dataFormat }
        return values
    }

    public var name: String {
        get { properties.name }
        set { properties.name = newValue }
    }

    /// Keras's `trainable`. False freezes the layer: its weights stay as they are, and a BatchNormalization computes as
    /// in inference. Setting it sets it for the layers within too. A change takes effect when the model is compiled.
    public var isTrainable: Bool {
        get { properties.isTrainable }
        set {
            for layer in withSublayers { layer.properties.isTrainable = newValue }
        }
    }

    /// The layer and all layers within it, each once.
    package var withSublayers: [any Layer] {
        var seen: Set<ObjectIdentifier> = []
        func all(_ layer: any Layer) -> [any Layer] {
            seen.insert(ObjectIdentifier(layer)).inserted ? [layer] + layer.sublayers.flatMap(all) : []
        }
        return all(self)
    }

    /// The weights that stay as they are because this layer, or a layer within it, is frozen.
    package var frozenWeights: [Weight] { isFrozen ? properties.weights : sublayers.flatMap(\.frozenWeights) }

    /// Whether the layer is frozen, and with it all layers within it. False for a model, whose layers are frozen one by
    /// one.
    var isFrozen: Bool { !isTrainable && !(self is any GraphLayer) }

    /// The shape of one row of the only input.
    ///
    /// - Throws: `LayerError.inputCount` if there are none or several.
    public func single(_ inputs: [TensorSpec]) throws(LayerError) -> Shape {
        guard inputs.count == 1 else { throw .inputCount(layer: name, expected: 1, received: inputs.count) }
        return inputs[0].shape
    }

    /// The shape of one row of the only input of a layer on sequences, images or volumes with channels.
    ///
    /// - Parameter rank: of the rows: 2 for `[time, channels]`, 3 for `[height, width, channels]`, 4 for
    ///   `[depth, height, width, channels]`.
    /// - Throws: `LayerError.inputCount`; `LayerError.input` for rows of another rank.
    func single(_ inputs: [TensorSpec], rank: Int) throws(LayerError) -> Shape {
        let input = try single(inputs)
        let names = rank == 2 ? ["time"] : ["depth", "height", "width"].suffix(rank - 1)
        guard input.rank == rank else {
            throw .input(
                layer: name, requirement: "have rows of [\((names + ["channels"]).joined(separator: ", "))]",
                received: input)
        }
        return input
    }
}
