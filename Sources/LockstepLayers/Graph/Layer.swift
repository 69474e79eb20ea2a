import LockstepCompute

/// A forward/backward pair. It knows shapes and formulas, nothing of ranks or files, and owns no memory of its own: parameters
/// live in the model's arenas, everything that depends on the batch in a plan.
///
/// One layer is one file, one test, one line in the registry of whatever reads it from a file.
public protocol Layer: AnyObject, Configurable {
    /// Unique within a model. Empty until the model names the layer, `"dense"`, `"dense_1"`, if the user did not.
    var name: String { get set }
    /// The shape of one row of input that the layer declares when it is a model's first; nil if it leaves that to others.
    var inputShape: Shape? { get }
    /// The activation the output has gone through. A layer that has one leaves it out where its pass `isBeforeActivation`.
    var outputActivation: ActivationFunction { get }
    /// Whether backward sums the gradients of parameters as `pass.sums` says, into their `gradients`. Without it a model trains, but not to
    /// results that do not depend on the number of ranks. By default it does not.
    var sumsInParts: Bool { get }

    /// Checks the shapes of one row of each input, declares the parameters, and returns the shape of one row of the output.
    func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape
    /// What the layer needs of a plan, for inputs of these shapes with the rows of the batch in front.
    func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory
    /// Computes the output. With `memory.outputSharesInput` it is there already.
    func forward(_ pass: Forward)
    /// Overwrites the parameters' gradients and gives the gradients of the inputs. With `memory.outputSharesInput` the latter is
    /// there already.
    func backward(_ pass: Backward)
}

extension Layer {
    public var inputShape: Shape? { nil }
    public var outputActivation: ActivationFunction { .linear }
    public var sumsInParts: Bool { false }

    /// The shape of the only input.
    ///
    /// - Throws: `LayerError.inputCount` if there are none or several.
    public func single(_ inputs: [Shape]) throws(LayerError) -> Shape {
        guard inputs.count == 1 else { throw .inputCount(layer: name, expected: 1, received: inputs.count) }
        return inputs[0]
    }
}

/// What one layer needs of the plan of a batch.
public struct LayerMemory {
    /// Backward reads the input.
    public var keepsInput = false
    /// Backward reads the output.
    public var keepsOutput = false
    /// The output is the input in another shape, or the input itself: the plan gives both the same memory.
    public var outputSharesInput = false
    /// Tensors that forward fills and backward reads.
    public var caches: [Shape] = []
    /// The elements of sums over rows: for each as many tensors in one, `[micro-shards, elements]`, which live as long as caches.
    public var sums: [Int] = []

    public init(
        keepsInput: Bool = false, keepsOutput: Bool = false, outputSharesInput: Bool = false, caches: [Shape] = [], sums: [Int] = []
    ) {
        self.keepsInput = keepsInput
        self.keepsOutput = keepsOutput
        self.outputSharesInput = outputSharesInput
        self.caches = caches
        self.sums = sums
    }
}
