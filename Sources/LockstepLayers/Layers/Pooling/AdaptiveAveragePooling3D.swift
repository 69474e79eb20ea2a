import LockstepCompute
import LockstepGraph

/// The mean of each channel in each of a given number of windows, whatever the size of the volume.
///
/// Input `[batch, depth, height, width, channels]`, output
/// `[batch, outputSize.depth, outputSize.height, outputSize.width, channels]`. Depth, height and width are divided into
/// windows of about the same size: window i of n places goes from `⌊i·n / size⌋` to before `⌈(i + 1)·n / size⌉`. The
/// gradient of an output is divided equally among the elements of its window.
///
///     model.add(AdaptiveAveragePooling3D([2, 7, 7]))
public final class AdaptiveAveragePooling3D: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var outputSize: Size3D

    public init(_ outputSize: Size3D, name: String = "") {
        self.outputSize = outputSize
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(try arguments.value("output_size"))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        [try adaptivelyPooled(.average, inputs, to: outputSize.lengths)]
    }
}
