import LockstepCompute

/// The memory of a model's weights. All trainable values lie in one buffer. Their gradients lie in a second, in the
/// same order; there is one such buffer for each part of the sums over rows. State, which training renews without a
/// gradient, lies in a third. Weights hold views.
///
/// Reducing, updating, checkpointing and broadcasting are flat passes over contiguous memory. Each weight begins on a
/// cache line. These passes leave the gaps between weights zero.
///
/// Models with common layers have an arena each, because a training passes over the weights of its own model alone. The
/// arena of the model in use has the values; the others take them when their models are used again.
package final class Arena {
    /// Trainable ones and state, layer by layer.
    package let weights: [Weight]
    package private(set) var values: Tensor
    /// For each part of this rank's sums over rows.
    package private(set) var gradientParts: [Tensor]
    package let state: Tensor
    /// The next value of the state. It becomes the state when the step has succeeded.
    private let nextState: Tensor
    /// Whether values and gradients lie in memory that other ranks see.
    package private(set) var isShared = false
    /// Increases whenever the weights move to other memory, so that plans bind to it anew.
    private(set) var version = 0
    /// Whether the arena has the values of all its weights. It has not if another model with common layers was used
    /// since.
    private var isWhole = true
    /// Whether it is whole, and no other model with common layers was made since it was used.
    var isCurrent = true
    /// Which weights are frozen here. In another model with common layers it may be others.
    private let frozen: [Bool]

    /// Lays the weights out. Weights that have values keep them.
    package init(_ weights: [Weight]) {
        self.weights = weights
        frozen = weights.map(\.isFrozen)
        (values, gradientParts) = Self.layOut(weights.filter(\.isTrainable), parts: 1)
        let state = Self.layOut(weights.filter { !$0.isTrainable }, parts: 1)
        (self.state, nextState) = (state.values, state.changes[0])
        own()
    }

    /// Makes this the arena of all its weights.
    private func own() {
        for weight in weights where weight.arena !== self {
            weight.arena?.isWhole = false
            weight.arena?.isCurrent = false
            weight.arena = self
        }
        isWhole = true
    }

    /// Takes the values of weights that another arena has.
    ///
    /// - Returns: whether there were any.
    func claim() -> Bool {
        guard !isCurrent else { return false }
        freeze()
        guard !isWhole else { return false }
        if isShared {
            moveToOwn()
        } else {
            let isForeign: (Weight) -> Bool = { $0.arena !== self }
            place(copying: isForeign)
            version += 1
        }
        own()
        return true
    }

    /// Goes on as the arena of its weights, during a step or between two, whatever other arenas made of them meanwhile.
    package func resume() {
        guard !isCurrent else { return }
        freeze()
        guard !isWhole else { return }
        place { _ in false }
        own()
    }

    /// Freezes the weights that are frozen here, and no others.
    private func freeze() {
        for (weight, isFrozen) in zip(weights, frozen) { weight.isFrozen = isFrozen }
        isCurrent = true
    }

    /// Points the weights to their places here.
    private func place(copying: (Weight) -> Bool) {
        Self.place(weights.filter(\.isTrainable), values: values, changes: gradientParts, copying: copying)
        Self.place(weights.filter { !$0.isTrainable }, values: state, changes: [nextState], copying: copying)
    }

    /// The gradients of the first part.
    package var gradients: Tensor { gradientParts[0] }

    private static func layOut(_ weights: [Weight], parts: Int) -> (values: Tensor, changes: [Tensor]) {
        let count = weights.reduce(0) { $0 + FloatBuffer.aligned($1.shape.count) }
        let memory = (values: Tensor.zeros([count]), changes: (0..<parts).map { _ in Tensor.zeros([count]) })
        place(weights, values: memory.values, changes: memory.changes) { _ in true }
        return memory
    }

    private static func place(_ weights: [Weight], values: Tensor, changes: [Tensor], copying: (Weight) -> Bool) {
        var offset = 0
        for weight in weights {
            let value = values.part(at: offset, shape: weight.shape)
            if weight.hasValue, copying(weight) { value.assign(weight.value) }
            weight.value = value
            weight.gradients = changes.map { $0.part(at: offset, shape: weight.shape) }
            offset += FloatBuffer.aligned(weight.shape.count)
        }
    }

    /// Moves the weights to memory that other ranks see. They take the values that are there.
    package func moveToShared(values: Tensor, gradientParts: [Tensor]) {
        let isRight =
            gradientParts.allSatisfy { $0.count == values.count } && values.count == self.values.count
            && !gradientParts.isEmpty
        precondition(isRight, "memory of \(values.shape) for an arena")
        Self.place(weights.filter(\.isTrainable), values: values, changes: gradientParts) { _ in false }
        (self.values, self.gradientParts, isShared) = (values, gradientParts, true)
        version += 1
    }

    /// Moves the weights back to memory of this rank alone. They keep their values.
    ///
    /// - Parameter parts: of gradients; nil: as many as there are.
    package func moveToOwn(parts: Int? = nil) {
        let parts = parts ?? gradientParts.count
        guard isShared || parts != gradientParts.count else { return }
        (values, gradientParts) = Self.layOut(weights.filter(\.isTrainable), parts: parts)
        isShared = false
        version += 1
    }

    /// Gives every weight without a value its initial one.
    package func initialize(seed: UInt64) {
        for (index, weight) in weights.enumerated() { weight.initialize(seed: seed, index: index) }
    }

    /// Where a weight begins in the values; a weight that is state, in the state.
    package func offset(of weight: Weight) -> Int { weight.value.offset - (weight.isTrainable ? values : state).offset }

    /// A weight's part of a tensor with the layout of the values; for a weight that is state, the layout of the state.
    package func part(of weight: Weight, in whole: Tensor) -> Tensor {
        whole.part(at: offset(of: weight), shape: weight.shape)
    }
}
