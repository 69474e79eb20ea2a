import LockstepCompute
import LockstepGraph

/// The short-time Fourier transform of sounds, which training can change: frames of a sound times trainable kernels,
/// which at first are the cosines and sines of the frequencies.
///
/// Input `[batch, time, channels]`. With F = `fftLength`/2 + 1 frequencies the output is `[batch, frames, channels·F]`,
/// or with `expandDims` `[batch, frames, F, channels]`; for `stft` there are 2F. A frame has `frameLength` samples
/// (default 256) and begins `frameStep` after the one before (default half a frame). With `padding: .same` the sound is
/// continued by zeros. By default `fftLength` is the next power of 2.
///
/// Modes, of the real part r and the imaginary part i: `magnitude` `√max(r² + i², 10⁻⁷)`, `log` (the default) its
/// logarithm, `psd` `r² + i²`, twice that between the first and the last frequency, `real` r, `imag` i, `angle` the
/// angle of (r, i), `stft` r and behind it i.
///
/// Weights `real_kernel` and `imag_kernel` `[frameLength, 1, F]`, as far as the mode needs them: the initializer `stft`
/// with `window` (default Hann's), `scaling` (default density) and `periodic`.
///
///     model.add(STFTSpectrogram(frameLength: 512, frameStep: 128))
public final class STFTSpectrogram: Layer {
    /// What is computed of the transform.
    public enum Mode: String, Sendable, CaseIterable {
        case log, magnitude, psd, real, imag, angle, stft
    }

    public let properties: LayerProperties
    @Configured public private(set) var mode: Mode
    @Configured public private(set) var frameLength: Int
    @Configured public private(set) var frameStep: Int?
    @Configured public private(set) var fftLength: Int?
    @Configured public private(set) var window: SoundWindow?
    @Configured public private(set) var periodic: Bool
    @Configured public private(set) var scaling: Initializer.WindowScaling?
    @Configured public private(set) var padding: Padding
    @Configured public private(set) var expandDims: Bool
    private var realKernel, imagKernel: Weight?

    public init(
        mode: Mode = .log, frameLength: Int = 256, frameStep: Int? = nil, fftLength: Int? = nil,
        window: SoundWindow? = .hann, periodic: Bool = false, scaling: Initializer.WindowScaling? = .density,
        padding: Padding = .valid, expandDims: Bool = false, name: String = ""
    ) {
        self.mode = mode
        self.frameLength = frameLength
        self.frameStep = frameStep
        self.fftLength = fftLength
        self.window = window
        self.periodic = periodic
        self.scaling = scaling
        self.padding = padding
        self.expandDims = expandDims
        properties = LayerProperties(name: name)
    }

    public static var takesDataFormat: Bool { true }

    public convenience init(arguments: LayerArguments) throws(LayerError) { self.init() }

    private var length: Int {
        fftLength ?? (0...).lazy.map { 1 << $0 }.first { $0 >= self.frameLength }!
    }

    public func build(_ inputs: [TensorSpec], _ weights: inout WeightList) throws(LayerError) {
        _ = try single(inputs, rank: 2)
        func wrong(_ argument: String, _ requirement: String, _ received: Int) -> LayerError {
            .argument(layer: name, name: argument, requirement: requirement, received: "\(received)")
        }
        guard frameLength > 1 else { throw wrong("frameLength", "larger than 1", frameLength) }
        if let frameStep, frameStep < 1 || frameStep > frameLength {
            throw wrong("frameStep", "from 1 to frameLength \(frameLength)", frameStep)
        }
        guard length >= frameLength else { throw wrong("fftLength", "at least frameLength \(frameLength)", length) }
        if let window, window.weights(count: frameLength, isPeriodic: periodic) == nil {
            throw .argument(
                layer: name, name: "window", requirement: "\(frameLength) numbers, as a frame has samples",
                received: "\(window.configurationValue)")
        }
        func kernel(_ side: Initializer.FourierSide) throws(LayerError) -> Weight {
            let initializer: Initializer =
                switch window {
                case .values(let values): .stft(side: side, window: values, scaling: scaling)
                case .function(let window): .stft(side: side, window: window, scaling: scaling, periodic: periodic)
                case nil: .stft(side: side, window: nil, scaling: scaling, periodic: periodic)
                }
            let name = side == .real ? "real_kernel" : "imag_kernel"
            return try weights.add(name, [frameLength, 1, length / 2 + 1], initializer)
        }
        realKernel = mode == .imag ? nil : try kernel(.real)
        imagKernel = mode == .real ? nil : try kernel(.imaginary)
    }

    public func call(_ inputs: [SymbolicTensor], _ call: Call) throws(LayerError) -> [SymbolicTensor] {
        let input = try single(inputs.map(\.spec), rank: 2)
        let geometry = ConvolutionGeometry(
            kernelSize: [frameLength], strides: [frameStep ?? frameLength / 2], dilationRate: [1])
        let windows = try geometry.windows(of: self, over: [input[0], 1], padding: padding)
        let sounds = reshape(transpose(inputs[0], [1, 0]), [input[1], input[0], 1]).folded
        let parts = [realKernel, imagKernel].map { kernel in
            kernel.map { convolution(sounds, $0, bias: nil, windows: windows, activation: .linear) }
        }
        // [channels, frames, frequencies].
        let spectrum = transform(parts[0], parts[1]).unfolded(input[1])
        let shape = spectrum.spec.shape
        if expandDims { return [transpose(spectrum, [1, 2, 0])] }
        return [reshape(transpose(spectrum, [1, 0, 2]), [shape[1], shape[0] * shape[2]])]
    }

    private func transform(_ real: SymbolicTensor?, _ imaginary: SymbolicTensor?) -> SymbolicTensor {
        guard let real else { return imaginary! }
        guard let imaginary else { return real }
        let power = square(real) + square(imaginary)
        let epsilon: Float = 1e-7
        switch mode {
        case .real, .imag: preconditionFailure("the mode \(mode) has one kernel")
        case .angle: return atan2(imaginary, real)
        case .stft: return concatenate([real, imaginary])
        case .magnitude: return sqrt(maximum(power, epsilon))
        case .log: return log(maximum(sqrt(maximum(power, epsilon)), epsilon))
        case .psd:
            let last = length / 2
            return power * Tensor((0...last).map { $0 == 0 || $0 == last ? 1 : 2 })
        }
    }
}

extension STFTSpectrogram.Mode: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        guard let mode = argument.value.string.flatMap(Self.init(rawValue:)) else {
            throw argument.mismatch("one of \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self = mode
    }
    public var configurationValue: ConfigurationValue { .string(rawValue) }
}
