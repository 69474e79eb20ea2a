import LockstepCompute
import LockstepGraph

/// `mean e²/2` for errors up to δ, `δ·(|e| − δ/2)` for larger ones (Huber, 1964), with e = output − target.
public struct Huber: Loss {
    @Configured public private(set) var delta: Double
    @Configured public private(set) var reduction: LossReduction

    public init(
        delta: Double = 1, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.delta = delta
        self.reduction = reduction
    }

    /// Keras's name, which is not that of its class.
    public var name: String { "huber_loss" }
    public init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func validate() throws(LayerError) {
        try check("delta", delta, "0 or larger", delta >= 0)
    }

    public func losses(outputs: SymbolicTensor, targets: SymbolicTensor) -> SymbolicTensor {
        let error = abs(outputs - targets)
        let small = minimum(error, Float(delta))
        return mean(0.5 * square(small) + Float(delta) * (error - small), axes: [-1])
    }
}

extension Loss where Self == Huber {
    public static var huber: Self { Huber() }
}
