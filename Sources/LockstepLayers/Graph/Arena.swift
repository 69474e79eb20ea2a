import LockstepCompute

/// All parameters in one buffer, all their gradients in a second, in the same order; parameters hold views.
///
/// Reducing, updating, checkpointing and broadcasting are flat passes over contiguous memory. Each parameter begins on a
/// cache line; the gaps stay zero under every such pass.
public final class Arena {
    public let parameters: [Parameter]
    public let values: Tensor
    public let gradients: Tensor

    /// Lays the parameters out. Values they hold already come along.
    package init(_ parameters: [Parameter]) {
        self.parameters = parameters
        let count = parameters.reduce(0) { $0 + FloatBuffer.aligned($1.shape.count) }
        let (valueMemory, gradientMemory) = (FloatBuffer(count: count), FloatBuffer(count: count))
        values = Tensor(valueMemory, shape: [count])
        gradients = Tensor(gradientMemory, shape: [count])
        var offset = 0
        for parameter in parameters {
            let value = Tensor(valueMemory, at: offset, shape: parameter.shape)
            if parameter.hasValue { value.assign(parameter.value) }
            parameter.value = value
            parameter.gradient = Tensor(gradientMemory, at: offset, shape: parameter.shape)
            offset += FloatBuffer.aligned(parameter.shape.count)
        }
    }

    /// Gives every parameter without a value its initial one.
    package func initialize(seed: UInt64) {
        for (index, parameter) in parameters.enumerated() where !parameter.hasValue {
            parameter.initializer.fill(parameter.value, seed: seed, index: index)
            parameter.hasValue = true
        }
    }

    /// The number of trainable values, without the gaps.
    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.count } }
}
