import LockstepCompute
import LockstepGraph

/// The mean of each channel over the whole sequence. Masked steps do not count. Where all are
/// masked, the mean is 0.
///
/// Input `[batch, time, channels]`, output `[batch, channels]`, or with `keepDims` `[batch, 1, channels]`. The
/// gradient of an output is divided equally among the elements.
///
///     model.add(GlobalAveragePooling1D())
public final class GlobalAveragePooling1D: Layer {
    public let properties: LayerProperties
    @Configured("keepdims") public private(set) var keepDims: Bool

    public init(keepDims: Bool = false, name: String = "") {
        properties = LayerProperties(name: name)
        self.keepDims = keepDims
    }

    public static var takesDataFormat: Bool { true }

    public static var takesMask: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs, rank: 2)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let x = inputs[0]
        guard let mask = x.mask else { return [mean(x, axes: [0], keepDims: keepDims)] }
        let column = reshape(mask, [mask.spec.shape.count, 1])
        let counted = maximum(sum(column, axes: [0], keepDims: keepDims), 1)
        return [sum(x * column, axes: [0], keepDims: keepDims) / counted]
    }
}
