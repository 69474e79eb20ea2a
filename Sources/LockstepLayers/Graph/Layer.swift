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
///         func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] { [inputs[0] + relu(matmul(inputs[0], kernel))] }
///     }
///
/// One layer is one file, one row of fixtures, and one line in the registry of whatever reads it from a file.
public protocol Layer: AnyObject, Configurable {
    /// What every layer has.
    var properties: LayerProperties { get }
    /// The shape of one row of input that the layer declares when it is a model's first; nil if it leaves that to
    /// others.
    var inputShape: PartialShape? { get }
    /// How many tensors the layer gives: one unless it says otherwise.
    var outputCount: Int { get }
    /// The names of its inputs, where Keras's call has an argument for each; by default none, and several inputs are a
    /// list.
    static var inputNames: [String] { get }
    /// The names of arguments that Keras has in the call and not in the configuration; by default none.
    static var callArguments: [String] { get }
    /// Whether Keras's call has an argument `mask`. Keras then fixes the mask when the model is described. By default
    /// false: the layer sees the masks that tensors carry when it is called.
    static var takesMask: Bool { get }
    /// Whether Keras removes the masks from the layer's inputs, so that later layers do not see them; by default false.
    static var removesMasks: Bool { get }
    /// The layers that it holds and calls; by default none. Its `build` has them declare their weights.
    var sublayers: [any Layer] { get }
    /// Checks the inputs and the arguments, and declares the weights.
    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError)
    /// The mask of the outputs, as Keras's `compute_mask` makes it of the inputs and their masks. By default there is
    /// none: a mask ends at the layer. A layer that keeps positions in place gives `inputs[0].mask`.
    func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor?
    /// Describes the outputs. Called for training and for inference, and for each place in a model where the layer is
    /// applied.
    func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor]
}

/// What every layer has: its name, its weights, and whether they train.
public final class LayerProperties {
    /// Unique within a model. Empty until the model names the layer, `"dense"`, `"dense_1"`, if the user did not.
    public var name: String
    /// The weights that the layer was built with, and those of layers within it, in Keras's order. They stay when a
    /// model is built again.
    public var weights: [Weight] { declared.map(\.weight) }
    /// The same, with the parts of the layer that they lie in.
    package internal(set) var declared: [LayerWeight] = []
    /// Where the weights lie, or will.
    package weak var store: WeightStore?

    /// False freezes the layer: its weights stay as they are, and a BatchNormalization computes as in inference. A
    /// model takes it over when it is compiled.
    public var isTrainable = true

    public init(name: String = "") { self.name = name }
}

extension Layer {
    public var inputShape: PartialShape? { nil }
    public var outputCount: Int { 1 }
    public static var inputNames: [String] { [] }
    public static var callArguments: [String] { [] }
    public static var takesMask: Bool { false }
    public static var removesMasks: Bool { false }
    public var sublayers: [any Layer] { [] }
    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {}
    public func computeMask(_ inputs: [SymbolicTensor]) throws(LayerError) -> SymbolicTensor? { nil }

    public var name: String {
        get { properties.name }
        set { properties.name = newValue }
    }

    /// False freezes the layer: its weights stay as they are, and a BatchNormalization computes as in inference. A
    /// model takes it over when it is compiled: Keras's `trainable`. It is set for the layers within it too.
    public var isTrainable: Bool {
        get { properties.isTrainable }
        set {
            for layer in withSublayers { layer.properties.isTrainable = newValue }
        }
    }

    /// The layer and all within it, each once.
    package var withSublayers: [any Layer] {
        var seen: Set<ObjectIdentifier> = []
        func all(_ layer: any Layer) -> [any Layer] {
            seen.insert(ObjectIdentifier(layer)).inserted ? [layer] + layer.sublayers.flatMap(all) : []
        }
        return all(self)
    }

    /// The weights that stay as they are because the layer is frozen, or one within it.
    package var frozenWeights: [Weight] { isFrozen ? properties.weights : sublayers.flatMap(\.frozenWeights) }

    /// Whether all within the layer is frozen because the layer is. Of a model, each layer counts by itself.
    var isFrozen: Bool { !isTrainable && !(self is any GraphLayer) }

    /// The only input's row.
    ///
    /// - Throws: `LayerError.inputCount` if there are none or several.
    public func single(_ inputs: [TensorSpec]) throws(LayerError) -> Shape {
        guard inputs.count == 1 else { throw .inputCount(layer: name, expected: 1, received: inputs.count) }
        return inputs[0].shape
    }
}
