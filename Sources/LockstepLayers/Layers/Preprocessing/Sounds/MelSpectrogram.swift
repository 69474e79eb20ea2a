import LockstepCompute
import LockstepGraph

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The power of sounds in bands of frequencies that sound equally wide.
///
/// Input `[batch, time]`, output `[batch, numMelBins, frames]`. A sound is continued by its mirror image by half of
/// `fftLength` at each end, so that there are `1 + time / sequenceStride` frames. A frame of `sequenceLength` samples
/// (default `fftLength`) is weighted by `window` and transformed. The magnitudes to the power of `magExp` are added with
/// triangular weights, whose corners are equally far on the mel scale `1127·ln(1 + f/700)` from `minFreq` to `maxFreq`
/// (default half of `samplingRate`). With `powerToDb` the result p becomes
/// `10·log₁₀ max(p, minPower) − 10·log₁₀ max(refPower, minPower)`, and at least its largest element minus `topDb`. Keras
/// takes the largest element of the whole batch; here each sound has its own.
///
///     model.add(MelSpectrogram(fftLength: 1024, sequenceStride: 256))
public final class MelSpectrogram: Layer {
    public let properties: LayerProperties
    @Configured public private(set) var fftLength: Int
    @Configured public private(set) var sequenceStride: Int
    @Configured public private(set) var sequenceLength: Int
    @Configured public private(set) var window: SoundWindow?
    @Configured public private(set) var samplingRate: Double
    @Configured public private(set) var numMelBins: Int
    @Configured public private(set) var minFreq: Double
    @Configured public private(set) var maxFreq: Double
    @Configured public private(set) var powerToDb: Bool
    @Configured public private(set) var topDb: Double
    @Configured public private(set) var magExp: Double
    @Configured public private(set) var minPower: Double
    @Configured public private(set) var refPower: Double

    public init(
        fftLength: Int = 2048, sequenceStride: Int = 512, sequenceLength: Int? = nil, window: SoundWindow? = .hann,
        samplingRate: Double = 16000, numMelBins: Int = 128, minFreq: Double = 20, maxFreq: Double? = nil,
        powerToDb: Bool = true, topDb: Double = 80, magExp: Double = 2, minPower: Double = 1e-10, refPower: Double = 1,
        name: String = ""
    ) {
        self.fftLength = fftLength
        self.sequenceStride = sequenceStride
        self.sequenceLength = sequenceLength ?? fftLength
        self.window = window
        self.samplingRate = samplingRate
        self.numMelBins = numMelBins
        self.minFreq = minFreq
        self.maxFreq = maxFreq ?? (samplingRate / 2).rounded(.down)
        self.powerToDb = powerToDb
        self.topDb = topDb
        self.magExp = magExp
        self.minPower = minPower
        self.refPower = refPower
        properties = LayerProperties(name: name)
    }

    public convenience init(arguments: LayerArguments) throws(LayerError) {
        self.init(
            fftLength: try arguments.value("fft_length", default: 2048),
            sequenceLength: try arguments.optional("sequence_length"),
            samplingRate: try arguments.value("sampling_rate", default: 16000),
            maxFreq: try arguments.optional("max_freq"))
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        let input = try single(inputs)
        guard input.rank == 1, input[0] > fftLength / 2 else {
            throw .input(
                layer: name, requirement: "have rows of [time], longer than half of fftLength \(fftLength)",
                received: input)
        }
        func check(_ holds: Bool, _ argument: String, _ requirement: String, _ received: Any) throws(LayerError) {
            guard holds else {
                throw .argument(layer: name, name: argument, requirement: requirement, received: "\(received)")
            }
        }
        try check(sequenceLength > 0, "sequenceLength", "positive", sequenceLength)
        try check(fftLength >= sequenceLength, "fftLength", "at least sequenceLength \(sequenceLength)", fftLength)
        try check(sequenceStride > 0, "sequenceStride", "positive", sequenceStride)
        try check(numMelBins > 0, "numMelBins", "positive", numMelBins)
        try check(minFreq >= 0 && minFreq < maxFreq, "minFreq", "from 0 to below maxFreq \(maxFreq)", minFreq)
        try check(minPower > 0, "minPower", "positive", minPower)
        try check(frame != nil, "window", "\(sequenceLength) numbers", window?.configurationValue ?? .null)
    }

    /// The weights of the samples of a frame, with zeros around up to the transform's length; nil for too few or many.
    private var frame: [Double]? {
        let weights: [Double]?
        if let window {
            weights = window.weights(count: sequenceLength, isPeriodic: true)
        } else {
            weights = Array(repeating: 1, count: fftLength)
        }
        guard let weights else { return nil }
        let before = (fftLength - weights.count) / 2
        return Array(repeating: 0, count: before) + weights
            + Array(repeating: 0, count: fftLength - weights.count - before)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) -> [SymbolicTensor] {
        let (x, time, half) = (inputs[0], inputs[0].spec.shape[0], fftLength / 2)
        let mirrored = [
            reverse(slice(x, axis: 0, 1..<half + 1), axis: 0), x,
            reverse(slice(x, axis: 0, time - 1 - half..<time - 1), axis: 0),
        ]
        let sound = half > 0 ? concatenate(mirrored) : x
        let length = sound.spec.shape[0]
        let windows = [Window(size: length, taps: fftLength, stride: sequenceStride, isSame: false)]
        let parts = [false, true].map { isImaginary in
            convolution(
                reshape(sound, [length, 1]), kernel(isImaginary: isImaginary), bias: nil, windows: windows,
                activation: .linear)
        }
        let power = square(parts[0]) + square(parts[1])
        let magnitudes = magExp == 2 ? power : pow(power, Float(magExp / 2))
        let bands = magnitudes.applying(ProductOperation(), with: [melWeights])[0]
        return [transpose(powerToDb ? decibels(bands) : bands, [1, 0])]
    }

    private func decibels(_ bands: SymbolicTensor) -> SymbolicTensor {
        let factor = 10 / log(10.0)
        let reference = factor * log(max(abs(refPower), minPower))
        let level = log(maximum(bands, Float(minPower))) * Float(factor) - Float(reference)
        return maximum(level, max(level, keepDims: true) - Float(topDb))
    }

    /// The cosines, or the sines, of −2πtf/N times the weights of a frame, `[frame, 1, frequencies]`.
    private func kernel(isImaginary: Bool) -> Tensor {
        let (frame, frequencies) = (frame ?? [], fftLength / 2 + 1)
        let values = frame.enumerated().flatMap { time, weight in
            (0..<frequencies).map { frequency in
                let angle = -2 * Double.pi * Double(time * frequency % fftLength) / Double(fftLength)
                return Float(weight * (isImaginary ? sin(angle) : cos(angle)))
            }
        }
        return Tensor(values).part(at: 0, shape: [fftLength, 1, frequencies])
    }

    /// By how much each frequency counts in each band, `[frequencies, bands]`.
    private var melWeights: Tensor {
        func mel(_ frequency: Double) -> Double { 1127 * log(1 + frequency / 700) }
        let frequencies = fftLength / 2 + 1
        let (low, high) = (mel(minFreq), mel(maxFreq))
        let edges = (0...numMelBins + 1).map { low + (high - low) * Double($0) / Double(numMelBins + 1) }
        let result = Tensor.zeros([frequencies, numMelBins])
        for frequency in 1..<frequencies {
            let place = mel(samplingRate / 2 * Double(frequency) / Double(frequencies - 1))
            for band in 0..<numMelBins {
                let rising = (place - edges[band]) / (edges[band + 1] - edges[band])
                let falling = (edges[band + 2] - place) / (edges[band + 2] - edges[band + 1])
                result[frequency, band] = Float(max(0, min(rising, falling)))
            }
        }
        return result
    }
}
