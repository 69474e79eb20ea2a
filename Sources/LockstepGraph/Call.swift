/// What a layer's `call` knows beside its inputs.
public struct Call {
    /// Where the operations go.
    public let trace: Trace
    /// Whether the model trains.
    public let training: Bool
    /// The names of the models that the layers of a model lie in; nil inside the call of a layer that is no model.
    package let path: [String]?
    /// The names of Keras's arguments that are true at this call of the layer, of those that the layer declares as
    /// `callFlags`.
    public let flags: Set<String>

    package init(trace: Trace, training: Bool, path: [String]? = nil, flags: Set<String> = []) {
        self.trace = trace
        self.training = training
        self.path = path
        self.flags = flags
    }

    /// The call as it is in inference.
    package var inference: Call { Call(trace: trace, training: false, path: path, flags: flags) }

    /// Makes a tensor what a weight becomes when the training step has succeeded: moving means, for example.
    public func renew(_ weight: Weight, with tensor: SymbolicTensor) { trace.renew(weight, with: tensor) }

    /// Adds a loss to the loss of the model, in training and in evaluation: Keras's `add_loss`. A term of divergence:
    ///
    ///     call.addLoss(-0.5 * sum(1 + logVariance - square(mean) - exp(logVariance), axes: [-1]))
    ///
    /// - Parameter losses: `[batch, …]`. The mean over the global batch is added.
    public func addLoss(_ losses: SymbolicTensor) { trace.addLoss(losses) }

    /// A key for random numbers, by the layer's place in the model and the draw's in the layer.
    package func randomKey() -> Int { trace.randomKey() }
}
