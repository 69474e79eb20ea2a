import LockstepCompute
import LockstepGraph

/// A layer that changes images `[batch, height, width, channels]`: Keras's `BaseImagePreprocessingLayer`.
///
/// A layer describes what becomes of images. The random numbers that it draws belong to an image's place in the global
/// batch and to the step, so that an image changes in the same way on any number of ranks and threads. Keras draws some
/// of them once for a whole batch; here each image has its own.
protocol ImageLayer: Layer {
    /// Whether the layer changes images while the model trains alone; else it always does. True by default.
    static var changesInTrainingAlone: Bool { get }
    /// Checks the arguments for images `[height, width, channels]`. By default there is nothing to check.
    func checkArguments(_ image: Shape) throws(LayerError)
    /// What becomes of images.
    func changed(_ images: SymbolicTensor, _ call: Call) throws(LayerError) -> SymbolicTensor
}

extension ImageLayer {
    static var changesInTrainingAlone: Bool { true }
    func checkArguments(_ image: Shape) throws(LayerError) {}

    public static var takesDataFormat: Bool { true }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the random numbers, and a layer of a model gets no boxes.
        for name in ["seed", "bounding_box_format"] { arguments[name] = nil }
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        try checkArguments(try single(inputs, rank: 3))
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        _ = try single(inputs.map(\.spec), rank: 3)
        let images = cast(inputs[0], to: .float32)
        guard call.training || !Self.changesInTrainingAlone else { return [images] }
        return [try changed(images, call)]
    }

    /// Checks a factor, and gives its bounds.
    func bounds(
        _ argument: String, _ factor: Factor, within range: ClosedRange<Double>
    ) throws(LayerError) -> (low: Double, high: Double) {
        guard let bounds = factor.bounds(within: range) else {
            throw .argument(
                layer: name, name: argument,
                requirement: "a number, or two, from \(range.lowerBound) to \(range.upperBound)",
                received: "\(factor.configurationValue)")
        }
        return bounds
    }

    /// Checks that images have red, green and blue.
    func checkColors(_ image: Shape, orGray: Bool = false) throws(LayerError) {
        guard image[2] == 3 || orGray && image[2] == 1 else {
            throw .input(
                layer: name, requirement: orGray ? "have 1 channel or 3" : "have 3 channels", received: image)
        }
    }
}

extension Call {
    /// A number for each image, `[batch, 1, 1, 1]`, uniform from `low` to `high`.
    func number(from low: Double, to high: Double, like images: SymbolicTensor) -> SymbolicTensor {
        Float(low) + Float(high - low) * uniformNoise([1, 1, 1], like: images, self)
    }

    /// A number for each image between the bounds of a factor.
    func number(_ bounds: (low: Double, high: Double), like images: SymbolicTensor) -> SymbolicTensor {
        number(from: bounds.low, to: bounds.high, like: images)
    }

    /// 1 for some images and 0 for the others, `[batch, 1, 1, 1]`: an image's chance of a 1 is a uniform number between
    /// bounds.
    func chosen(_ chance: (low: Double, high: Double), like images: SymbolicTensor) -> SymbolicTensor {
        let chance = number(chance, like: images)
        return greater(chance, uniformNoise([1, 1, 1], like: images, self))
    }
}
