import LockstepCompute

/// All trainable values in one buffer, their gradients in a second, in the same order; the state that training moves without a gradient
/// in a third. Parameters hold views.
///
/// Reducing, updating, checkpointing and broadcasting are flat passes over contiguous memory. Each parameter begins on a
/// cache line; the gaps stay zero under every such pass.
public final class Arena {
    /// Trainable ones and state, layer by layer.
    public let parameters: [Parameter]
    public private(set) var values: Tensor
    public private(set) var gradients: Tensor
    public let state: Tensor
    /// What the state becomes when the step has succeeded.
    private let nextState: Tensor
    /// Whether values and gradients lie in memory that others see.
    package private(set) var isShared = false

    /// Lays the parameters out. Values they hold already come along.
    package init(_ parameters: [Parameter]) {
        self.parameters = parameters
        (values, gradients) = Self.layOut(parameters.filter(\.isTrainable))
        (state, nextState) = Self.layOut(parameters.filter { !$0.isTrainable })
    }

    private static func layOut(_ parameters: [Parameter]) -> (values: Tensor, changes: Tensor) {
        let count = parameters.reduce(0) { $0 + FloatBuffer.aligned($1.shape.count) }
        let memory = (values: Tensor.zeros([count]), changes: Tensor.zeros([count]))
        place(parameters, values: memory.values, changes: memory.changes, keepsValues: true)
        return memory
    }

    private static func place(_ parameters: [Parameter], values: Tensor, changes: Tensor, keepsValues: Bool) {
        var offset = 0
        for parameter in parameters {
            let value = values.part(at: offset, shape: parameter.shape)
            if parameter.hasValue, keepsValues { value.assign(parameter.value) }
            parameter.value = value
            parameter.gradient = changes.part(at: offset, shape: parameter.shape)
            offset += FloatBuffer.aligned(parameter.shape.count)
        }
    }

    /// Makes memory that others see that of the parameters, with the values it holds.
    package func moveToShared(values: Tensor, gradients: Tensor) {
        precondition(values.count == self.values.count && gradients.count == values.count, "memory of \(values.shape) for an arena")
        Self.place(parameters.filter(\.isTrainable), values: values, changes: gradients, keepsValues: false)
        (self.values, self.gradients, isShared) = (values, gradients, true)
    }

    /// Gives the parameters memory of their own again, with the values they have.
    package func moveToOwn() {
        guard isShared else { return }
        (values, gradients) = Self.layOut(parameters.filter(\.isTrainable))
        isShared = false
    }

    /// Gives every parameter without a value its initial one.
    package func initialize(seed: UInt64) {
        for (index, parameter) in parameters.enumerated() where !parameter.hasValue {
            parameter.initializer.fill(parameter.value, seed: seed, index: index)
            for position in parameter.ones { parameter.value[position] = 1 }
            parameter.hasValue = true
        }
    }

    /// Makes the state what the layers left for it in this step's forward.
    package func advanceState() { state.assign(nextState) }

    /// The number of trainable values, without the gaps.
    public var trainableCount: Int { count { $0.isTrainable } }
    /// The number of values that training moves without a gradient.
    public var stateCount: Int { count { !$0.isTrainable } }

    private func count(_ isCounted: (Parameter) -> Bool) -> Int {
        parameters.reduce(0) { $0 + (isCounted($1) ? $1.shape.count : 0) }
    }
}
