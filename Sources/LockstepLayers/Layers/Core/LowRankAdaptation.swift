import LockstepCompute
import LockstepGraph

/// How a layer learns a change of low rank in place of its kernel (LoRA; Hu et al., 2021).
///
/// With `loraRank` r the kernel W stays as it is. The layer computes with `W + loraAlpha / r · A·B`. W is
/// `[…, columns]`, A `[…, r]` (`lora_kernel_a`, He uniform) and B `[r, columns]` (`lora_kernel_b`, zeros). The change
/// is applied to the layer's input, `(x·A)·B`, which takes less time than the sum of the kernels.
///
/// `loraAlpha` is r by default. A and B have the regularizer of the kernel. The kernel may have no constraint. Keras 3.15's `Dense` and `Embedding` compute with `loraAlpha` = r, whatever they are given.
public struct LowRankAdaptation: ArgumentGroup {
    @Configured(isLeftOutIfNull: true) public private(set) var loraRank: Int?
    @Configured(isLeftOutIfNull: true) public private(set) var loraAlpha: Double?
    private var factors: LowRankFactors?

    init(rank: Int?, alpha: Double?) {
        loraRank = rank
        loraAlpha = alpha
    }

    /// The role of the kernel.
    var role: WeightRole { loraRank == nil ? .trainable : .constant }

    /// Declares the factors of the kernel's change. The layer has declared its other weights.
    mutating func build(
        _ kernel: Weight, of layer: some Layer, _ weights: inout WeightList
    ) throws(LayerError) {
        guard let loraRank else {
            guard loraAlpha == nil else {
                throw .argument(
                    layer: layer.name, name: "loraAlpha", requirement: "nil without loraRank",
                    received: "\(loraAlpha ?? 0)")
            }
            return
        }
        let alpha = loraAlpha ?? Double(loraRank)
        guard loraRank > 0 else {
            throw .argument(layer: layer.name, name: "loraRank", requirement: "positive", received: "\(loraRank)")
        }
        guard alpha.isFinite else {
            throw .argument(layer: layer.name, name: "loraAlpha", requirement: "finite", received: "\(alpha)")
        }
        guard kernel.constraint == nil else {
            throw .argument(
                layer: layer.name, name: "loraRank", requirement: "nil for a \(kernel.name) with a constraint",
                received: "\(loraRank)")
        }
        let shape = kernel.shape
        kernel.change = LowRankFactors(
            a: try weights.add(
                "lora_\(kernel.name)_a", shape.replacingLast(with: loraRank), .heUniform,
                regularizer: kernel.regularizer),
            b: try weights.add(
                "lora_\(kernel.name)_b", [loraRank, shape.last ?? 1], .zeros, regularizer: kernel.regularizer),
            scale: Float(alpha / Double(loraRank)))
        factors = kernel.change
    }

    /// `activation(y + bias + change)`.
    ///
    /// - Parameters:
    ///   - product: the product with the kernel, as one operation with the bias and the activation.
    ///   - change: the product with the change, before its scale.
    func callAsFunction(
        activation function: ActivationFunction = .linear, _ product: (ActivationFunction) -> SymbolicTensor,
        change: (_ a: Weight, _ b: Weight) throws(LayerError) -> SymbolicTensor
    ) throws(LayerError) -> SymbolicTensor {
        guard let factors else { return product(function) }
        let sum = product(.linear) + (try change(factors.a, factors.b)) * factors.scale
        return function == .linear ? sum : activation(function, sum)
    }
}
