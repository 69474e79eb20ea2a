import LockstepCompute
import LockstepGraph

extension Loss {
    /// The losses between two tensors of a model, `[batch, …]`: Keras's `loss(y_true, y_pred)`, before it takes their
    /// mean.
    ///
    ///     let losses = BinaryCrossentropy(fromLogits: true)(labels, discriminator(images))
    ///
    /// - Parameters:
    ///   - targets: of the outputs' shape; class numbers `[batch, …]` if the loss takes them.
    ///   - outputs: `[batch, …, columns]`.
    public func callAsFunction(_ targets: SymbolicTensor, _ outputs: SymbolicTensor) -> SymbolicTensor {
        ComparedTensors(self)(targets, outputs)
    }
}

/// The losses between two tensors, as a layer of a model that is being described.
final class ComparedTensors: Layer {
    let properties = LayerProperties()
    private let loss: any Loss

    init(_ loss: any Loss) { self.loss = loss }

    func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try loss.validate()
        let (targets, outputs) = (inputs[0].shape, inputs[1].shape)
        if let requirement = loss.requirement(targets: targets, outputs: outputs) {
            throw .input(layer: loss.name, requirement: "be \(requirement)", received: targets)
        }
    }

    func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let shape = loss.targetShape(outputs: inputs[1].spec.shape, given: inputs[0].spec.shape)
        let targets = inputs[0].spec.shape == shape ? inputs[0] : reshape(inputs[0], shape)
        let losses = loss.losses(outputs: inputs[1], targets: targets)
        guard let mask = loss.mask(targets: targets) else { return [losses] }
        return [losses * mask]
    }
}
