import LockstepCompute
import LockstepGraph

/// The mean of each channel over the whole volume.
///
/// Input `[batch, depth, height, width, channels]`, output `[batch, channels]`, or with `keepDims`
/// `[batch, 1, 1, 1, channels]`. The gradient of an output is divided equally among the elements.
///
///     model.add(GlobalAveragePooling3D())
public final class GlobalAveragePooling3D: Layer {
    public let properties: LayerProperties
    @Configured("keepdims") public private(set) var keepDims: Bool

    public init(keepDims: Bool = false, name: String = "") {
        properties = LayerProperties(name: name)
        self.keepDims = keepDims
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs, rank: 4)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        [mean(inputs[0], axes: [0, 1, 2], keepDims: keepDims)]
    }
}
