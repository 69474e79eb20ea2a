import LockstepCompute

/// All trainable values in one buffer, their gradients in another, in the same order, or in one for each part of the sums over rows; the
/// state that training moves without a gradient in a third. Parameters hold views.
///
/// Reducing, updating, checkpointing and broadcasting are flat passes over contiguous memory. Each parameter begins on a
/// cache line; the gaps stay zero under every such pass.
public final class Arena {
    /// Trainable ones and state, layer by layer.
    public let parameters: [Parameter]
    public private(set) var values: Tensor
    /// For each part of this rank's sums over rows.
    public private(set) var gradientParts: [Tensor]
    public let state: Tensor
    /// What the state becomes when the step has succeeded.
    private let nextState: Tensor
    /// Whether values and gradients lie in memory that others see.
    package private(set) var isShared = false

    /// Lays the parameters out. Values they hold already come along.
    package init(_ parameters: [Parameter]) {
        self.parameters = parameters
        (values, gradientParts) = Self.layOut(parameters.filter(\.isTrainable), parts: 1)
        let state = Self.layOut(parameters.filter { !$0.isTrainable }, parts: 1)
        (self.state, nextState) = (state.values, state.changes[0])
    }

    /// The gradients of the first part.
    public var gradients: Tensor { gradientParts[0] }

    private static func layOut(_ parameters: [Parameter], parts: Int) -> (values: Tensor, changes: [Tensor]) {
        let count = parameters.reduce(0) { $0 + FloatBuffer.aligned($1.shape.count) }
        let memory = (values: Tensor.zeros([count]), changes: (0..<parts).map { _ in Tensor.zeros([count]) })
        place(parameters, values: memory.values, changes: memory.changes, keepsValues: true)
        return memory
    }

    private static func place(_ parameters: [Parameter], values: Tensor, changes: [Tensor], keepsValues: Bool) {
        var offset = 0
        for parameter in parameters {
            let value = values.part(at: offset, shape: parameter.shape)
            if parameter.hasValue, keepsValues { value.assign(parameter.value) }
            parameter.value = value
            parameter.gradients = changes.map { $0.part(at: offset, shape: parameter.shape) }
            offset += FloatBuffer.aligned(parameter.shape.count)
        }
    }

    /// Makes memory that others see that of the parameters, with the values it holds.
    package func moveToShared(values: Tensor, gradientParts: [Tensor]) {
        let isRight = gradientParts.allSatisfy { $0.count == values.count } && values.count == self.values.count && !gradientParts.isEmpty
        precondition(isRight, "memory of \(values.shape) for an arena")
        Self.place(parameters.filter(\.isTrainable), values: values, changes: gradientParts, keepsValues: false)
        (self.values, self.gradientParts, isShared) = (values, gradientParts, true)
    }

    /// Gives the parameters memory of their own again, with the values they have.
    ///
    /// - Parameter parts: of gradients; nil: as many as there are.
    package func moveToOwn(parts: Int? = nil) {
        let parts = parts ?? gradientParts.count
        guard isShared || parts != gradientParts.count else { return }
        (values, gradientParts) = Self.layOut(parameters.filter(\.isTrainable), parts: parts)
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

    /// Where a parameter begins among the values, or if it is state, in the state.
    package func offset(of parameter: Parameter) -> Int { parameter.value.offset - (parameter.isTrainable ? values : state).offset }

    /// A parameter's part of a tensor that is laid out as the values are, or for one that is state, as the state is.
    package func part(of parameter: Parameter, in whole: Tensor) -> Tensor {
        whole.part(at: offset(of: parameter), shape: parameter.shape)
    }

    /// Begins a training step: state that no layer writes stays as it is.
    func beginStep() { if state.count > 0 { nextState.assign(state) } }

    /// Makes the state what the layers left for it in this step's forward.
    package func advanceState() { if state.count > 0 { state.assign(nextState) } }
}
