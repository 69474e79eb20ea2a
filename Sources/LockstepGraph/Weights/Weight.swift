import LockstepCompute

/// What moves a weight.
public enum WeightRole: Sendable {
    /// The optimizer, by its gradient.
    case trainable
    /// Each training step renews it without a gradient, as moving means.
    case renewed
    /// Nothing.
    case constant
}

/// One variable of a layer: a name, a shape, and its place in the model's arenas.
public final class Weight {
    public let name: String
    public let shape: Shape
    public let role: WeightRole
    /// Whether its layer is frozen, so that training leaves it as it is. Decided before the model's memory is laid out.
    package var isFrozen = false
    /// What adds to the loss by the weight's size.
    public package(set) var regularizer: Regularizer?
    /// What the weight is brought to after each step.
    public package(set) var constraint: Constraint?
    /// Fills the value at the beginning, by the model's seed and the weight's place among all.
    private let fill: (_ values: Tensor, _ seed: UInt64, _ index: Int) -> Void
    /// A view of the arena of values, or of that of state.
    public internal(set) var value: Tensor
    /// Views of the arena's gradients, one for each part of the rank's sums over rows (`RowPartition`). Of a weight
    /// that steps renew: the value behind the step.
    public internal(set) var gradients: [Tensor]
    /// The only part's gradient, where results may depend on the number of ranks.
    public var gradient: Tensor { gradients[0] }
    /// Whether `value` holds what it should: initial values, or those that were set or trained.
    var hasValue = false

    package init(
        name: String, shape: Shape, role: WeightRole,
        fill: @escaping (_ values: Tensor, _ seed: UInt64, _ index: Int) -> Void
    ) {
        self.name = name
        self.shape = shape
        self.role = role
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
