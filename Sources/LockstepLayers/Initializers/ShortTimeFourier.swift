import LockstepCompute

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The kernel of a `Conv1D` that computes one part of a short-time Fourier transform: Keras's `STFT`.
///
/// Shape `[frame, 1, frequencies]`. With N = 2·(frequencies − 1), element (t, f) is the cosine or the sine of
/// −2π·t·f/N, times the window's weight of t, divided by the scaling of the window.
struct ShortTimeFourier: Sendable, Equatable {
    /// The weights of a frame's samples: a window function, or the weights themselves.
    enum Weights: Equatable {
        case window(FrameWindow)
        case values([Double])
    }

    let side: Initializer.FourierSide
    /// Nil weighs all samples alike, and nothing is scaled.
    let weights: Weights?
    let scaling: Initializer.WindowScaling?
    let isPeriodic: Bool

    /// What the shape of a weight must have; nil if `shape` fits.
    func requirement(_ shape: Shape) -> String? {
        guard shape.rank == 3, shape[1] == 1, shape[2] > 1 else {
            return "the shape [frame, 1, frequencies] with two frequencies or more"
        }
        if case .values(let values) = weights, values.count != shape[0] {
            return "a first dimension of \(values.count), as its window has"
        }
        return nil
    }

    func fill(_ kernel: Tensor) {
        let (frame, frequencies) = (kernel.shape[0], kernel.shape[2])
        let weights = weights(count: frame)
        for time in 0..<frame {
            for frequency in 0..<frequencies {
                // Whole turns are left out, because the sine of a large number is less exact.
                let turns = Double(time * frequency % (2 * frequencies - 2)) / Double(2 * frequencies - 2)
                let value = side == .real ? cos(-2 * .pi * turns) : sin(-2 * .pi * turns)
                kernel[time * frequencies + frequency] = Float(value * weights[time])
            }
        }
    }

    /// The weights of a frame's samples, scaled.
    private func weights(count: Int) -> [Double] {
        let values: [Double]
        switch weights {
        case nil: return Array(repeating: 1, count: count)
        case .values(let given): values = given
        case .window(let window): values = window.values(count: count, isPeriodic: isPeriodic)
        }
        let divisor: Double =
            switch scaling {
            case nil: 1
            case .density: values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            case .spectrum: values.reduce(0) { $0 + abs($1) }
            }
        return values.map { $0 / divisor }
    }
}

extension Initializer {
    /// The real or the imaginary part of a Fourier transform.
    public enum FourierSide: String, Sendable {
        case real
        case imaginary = "imag"
    }

    /// What a window is divided by: the root of the sum of its squares, or the sum of its magnitudes.
    public enum WindowScaling: String, Sendable {
        case density, spectrum
    }

    /// The kernel of a `Conv1D` over one channel that computes the real or the imaginary part of a short-time Fourier
    /// transform. Its shape is `[frame, 1, frequencies]`.
    ///
    ///     Conv1D(513, 1024, strides: 256, useBias: false, kernelInitializer: .stft(side: .imaginary))
    ///
    /// - Parameters:
    ///   - window: the weights of the samples of a frame; nil weighs all alike and scales nothing.
    ///   - scaling: what the window is divided by; nil for nothing.
    ///   - periodic: whether the window continues with its own beginning.
    public static func stft(
        side: FourierSide = .real, window: FrameWindow? = .hann, scaling: WindowScaling? = .density,
        periodic: Bool = false
    ) -> Initializer {
        Initializer(
            .stft(
                ShortTimeFourier(
                    side: side, weights: window.map { .window($0) }, scaling: scaling, isPeriodic: periodic)))
    }

    /// As `stft(side:window:scaling:periodic:)`, with the weights of the samples of a frame.
    public static func stft(side: FourierSide = .real, window: [Double], scaling: WindowScaling? = .density)
        -> Initializer
    {
        Initializer(.stft(ShortTimeFourier(side: side, weights: .values(window), scaling: scaling, isPeriodic: false)))
    }
}
