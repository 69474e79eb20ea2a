import LockstepCompute

/// Sets inputs to zero with probability `rate` while training and scales the others by `1 / (1 − rate)`; else passes them on.
///
/// `y = x ⊙ mask`, `dx = dy ⊙ mask`. The mask of a row belongs to its place in the global batch, so it is the same on any number
/// of ranks and threads.
public final class Dropout: Layer {
    public var name: String
    @Configured public private(set) var rate: Double

    public init(_ rate: Double, name: String = "") {
        self.rate = rate
        self.name = name
    }

    public static func modernize(_ arguments: inout [String: ConfigurationValue]) {
        // The model's seed keys the masks.
        arguments["seed"] = nil
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init(try arguments.value("rate")) }

    public func build(_ inputs: [Shape], _ parameters: inout ParameterList) throws(LayerError) -> Shape {
        let input = try single(inputs)
        guard rate >= 0, rate <= 1 else { throw .argument(layer: name, name: "rate", requirement: "from 0 to 1", received: "\(rate)") }
        return input
    }

    public func memory(_ inputs: [Shape], output: Shape, training: Bool) -> LayerMemory {
        let drops = training && rate > 0
        return LayerMemory(outputSharesInput: !drops, caches: drops ? [inputs[0]] : [])
    }

    public func forward(_ pass: Forward) {
        let mask = pass.caches[0]
        if rate < 1 {
            let stream = RandomStream(seed: pass.context.seed, purpose: .dropout, index: pass.layerIndex, step: pass.context.step)
            let features = mask.count / max(mask.rowCount, 1)
            dropoutMask(rate: Float(rate), from: stream, first: pass.context.firstRow * features, into: mask, on: pass.crew)
        } else {
            mask.fill(0)
        }
        multiply(pass.input, mask, into: pass.output, on: pass.crew)
    }

    public func backward(_ pass: Backward) {
        if let dx = pass.inputGradient { multiply(pass.outputGradient, pass.caches[0], into: dx, on: pass.crew) }
    }
}
