import LockstepCompute

/// How training changes a weight.
public enum WeightRole: Sendable {
    /// The optimizer updates it by its gradient.
    case trainable
    /// Each training step renews it without a gradient, such as a moving mean.
    case renewed
    /// It stays as it is.
    case constant
}

/// One variable of a layer: a name, a shape, and its place in the model's arenas.
public final class Weight {
    public let name: String
    /// The names of its layer, of the parts of the layer that hold it, and its own: `"lstm/lstm_cell/kernel"`. As in
    /// Keras for models from files, names of models are left out. The layer's build sets it.
    public package(set) var path: String
    public let shape: Shape
    public let role: WeightRole
    /// Whether Keras's files hold whole numbers.
    package let isInteger: Bool
    /// Whether its layer is frozen, so that training leaves it as it is. Decided before the model's memory is laid out.
    package var isFrozen = false
    /// A penalty on the weight's size, added to the loss.
    public package(set) var regularizer: Regularizer?
    /// A condition that the weight is made to fulfil after each step.
    public package(set) var constraint: Constraint?
    /// The change that its layer adds to the weight; nil for none. The weight itself stays as it is then.
    package var change: LowRankFactors?
    /// Fills the initial value. It depends on the model's seed and on the weight's place among all weights.
    private let fill: (_ values: Tensor, _ seed: UInt64, _ index: Int) -> Void
    /// A view of the arena of values, or of that of state.
    public internal(set) var value: Tensor
    /// The arena that has the value. Models with common layers have an arena each; the one in use has the values.
    weak var arena: Arena?
    /// Views of the arena's gradients, one for each part of the rank's sums over rows (`RowPartition`). For a weight
    /// that steps renew, its value after the step.
    public internal(set) var gradients: [Tensor]
    /// The gradient, if there is one part. There may be several in the mode where results do not depend on the ranks.
    public var gradient: Tensor { gradients[0] }
    /// Whether `value` has been filled: with initial values, or with those that were set or trained.
    var hasValue = false

    package init(
        name: String, shape: Shape, role: WeightRole, isInteger: Bool = false,
        fill: @escaping (_ values: Tensor, _ seed: UInt64, _ index: Int) -> Void
    ) {
        self.name = name
        path = name
        self.shape = shape
        self.role = role
        self.isInteger = isInteger
        self.fill = fill
        value = Tensor.zeros([0])
        gradients = [value]
    }

    /// Whether the optimizer updates it.
    public var isTrainable: Bool { role == .trainable && !isFrozen }

    /// Gives the weight its initial value, if it has none.
    func initialize(seed: UInt64, index: Int) {
        guard !hasValue else { return }
        fill(value, seed, index)
        hasValue = true
    }
}
