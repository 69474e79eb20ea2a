import LockstepCompute

/// What the layers of one model share during a step. The plans' passes refer to it, so they are made once and not for each step.
public final class StepContext {
    /// The threads to compute with.
    public let crew: Crew
    /// Keys the random numbers of a step together with its number and the layer.
    public var seed: UInt64
    /// Counts training steps from the first.
    public var step = 0
    /// The place in the global batch of this rank's first row: masks belong to rows, whoever computes them.
    public var firstRow = 0

    public init(crew: Crew, seed: UInt64) {
        self.crew = crew
        self.seed = seed
    }
}

/// What a layer's forward reads and writes.
public struct Forward {
    public let inputs: [Tensor]
    public let output: Tensor
    public let caches: [Tensor]
    public let training: Bool
    /// The layer's place in the model, which keys its random numbers.
    public let layerIndex: Int
    public let context: StepContext

    public var input: Tensor { inputs[0] }
    public var crew: Crew { context.crew }
}

/// What a layer's backward reads and writes.
public struct Backward {
    /// Only to be read if the layer's memory says `keepsInput`.
    public let inputs: [Tensor]
    /// Only to be read if the layer's memory says `keepsOutput`.
    public let output: Tensor
    /// The gradient of the loss by the output. Nobody reads it afterwards, so the layer may overwrite it.
    public let outputGradient: Tensor
    /// Whether the loss took its gradient in front of the layer's `outputActivation`.
    public let isBeforeActivation: Bool
    /// Where to put the gradients of the inputs; nil where nobody needs one.
    public let inputGradients: [Tensor?]
    public let caches: [Tensor]
    public let context: StepContext

    public var input: Tensor { inputs[0] }
    public var inputGradient: Tensor? { inputGradients[0] }
    public var crew: Crew { context.crew }

    /// The gradient in front of an activation that the layer applied to `product`: dz = dy ⊙ activation′. It overwrites the output's
    /// gradient; but a glu's is twice as wide, and goes where the product was, once that has been read.
    func gradient(before activation: ActivationFunction, product: Tensor) -> Tensor {
        guard !isBeforeActivation else { return outputGradient }
        let dz = activation == .glu ? product : outputGradient
        activation.gradient(x: product, y: output, dy: outputGradient, into: dz, on: crew)
        return dz
    }
}
