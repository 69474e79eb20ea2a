#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The weights of the samples of a frame: the window functions of `scipy.signal.get_window` that need no argument, with
/// its formulas.
public enum FrameWindow: String, Sendable, CaseIterable {
    case boxcar, triang, bartlett, cosine, lanczos, exponential, tukey, taylor, parzen, bohman, barthann
    case hann, hamming, blackman, nuttall, blackmanharris, flattop

    /// The window of one of SciPy's names: the name of the function, or another name of it.
    init?(named name: String) {
        guard let window = Self(rawValue: name) ?? Self.others[name] else { return nil }
        self = window
    }

    static let others: [String: FrameWindow] = [
        "box": .boxcar, "ones": .boxcar, "rect": .boxcar, "rectangular": .boxcar, "triangle": .triang, "tri": .triang,
        "bart": .bartlett, "brt": .bartlett, "halfcosine": .cosine, "sinc": .lanczos, "poisson": .exponential,
        "tuk": .tukey, "taylorwin": .taylor, "parz": .parzen, "par": .parzen, "bman": .bohman, "bmn": .bohman,
        "brthan": .barthann, "bth": .barthann, "han": .hann, "hamm": .hamming, "ham": .hamming,
        "black": .blackman, "blk": .blackman, "nutl": .nuttall, "nut": .nuttall, "blackharr": .blackmanharris,
        "bkh": .blackmanharris, "flat": .flattop, "flt": .flattop,
    ]

    /// The weights of a frame.
    ///
    /// - Parameter isPeriodic: whether the window continues with its own beginning. It then is a symmetric window that
    ///   is longer by one, without its last weight.
    func values(count: Int, isPeriodic: Bool) -> [Double] {
        guard count > 1 else { return Array(repeating: 1, count: count) }
        let length = isPeriodic ? count + 1 : count
        let weight = weight(length: length)
        return (0..<count).map { weight(Double(min($0, length - 1 - $0))) }
    }

    /// The weight of each sample of the first half of a symmetric window.
    private func weight(length: Int) -> (_ sample: Double) -> Double {
        let last = Double(length - 1)
        let length = Double(length)
        /// `a₀ − a₁ cos x + a₂ cos 2x − …` for x from 0 to 2π.
        func cosines(_ factors: [Double]) -> (Double) -> Double {
            { sample in
                factors.enumerated().reduce(0) { sum, factor in
                    let sign: Double = factor.offset % 2 == 0 ? 1 : -1
                    return sum + sign * factor.element * cos(2 * .pi * Double(factor.offset) * sample / last)
                }
            }
        }
        /// The distance from the middle, from 0 to 1.
        func distance(_ sample: Double) -> Double { abs(2 * sample / last - 1) }
        switch self {
        case .boxcar: return { _ in 1 }
        case .triang:
            let isEven = length.truncatingRemainder(dividingBy: 2) == 0
            return { isEven ? (2 * $0 + 1) / length : 2 * ($0 + 1) / (length + 1) }
        case .bartlett: return { 1 - distance($0) }
        case .cosine: return { sin(.pi / length * ($0 + 0.5)) }
        case .lanczos: return { distance($0) == 0 ? 1 : sin(.pi * distance($0)) / (.pi * distance($0)) }
        case .exponential: return { exp(-abs($0 - last / 2)) }
        case .tukey:
            let width = (0.5 * last / 2).rounded(.down)
            return { $0 > width ? 1 : 0.5 * (1 + cos(.pi * (4 * $0 / last - 1))) }
        case .taylor: return Self.taylor(length: length)
        case .parzen:
            return {
                let n = abs($0 - last / 2)
                let part = n / (length / 2)
                return n <= last / 4 ? 1 - 6 * part * part * (1 - part) : 2 * pow(1 - part, 3)
            }
        case .bohman:
            return { $0 == 0 ? 0 : (1 - distance($0)) * cos(.pi * distance($0)) + sin(.pi * distance($0)) / .pi }
        case .barthann: return { 0.62 - 0.24 * distance($0) + 0.38 * cos(.pi * distance($0)) }
        case .hann: return cosines([0.5, 0.5])
        case .hamming: return cosines([0.54, 0.46])
        case .blackman: return cosines([0.42, 0.5, 0.08])
        case .nuttall: return cosines([0.3635819, 0.4891775, 0.1365995, 0.0106411])
        case .blackmanharris: return cosines([0.35875, 0.48829, 0.14128, 0.01168])
        case .flattop: return cosines([0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368])
        }
    }

    /// Taylor's window with side lobes 30 dB below the main lobe, four of them nearly constant, and 1 in the middle.
    private static func taylor(length: Double) -> (Double) -> Double {
        let lobes = 4.0
        let a = acosh(pow(10, 30.0 / 20)) / .pi
        let squeeze = lobes * lobes / (a * a + (lobes - 0.5) * (lobes - 0.5))
        let numbers = [1.0, 2, 3]
        let factors = numbers.map { m in
            var (above, below) = (m.truncatingRemainder(dividingBy: 2) == 1 ? 1.0 : -1.0, 2.0)
            for other in numbers {
                above *= 1 - m * m / squeeze / (a * a + (other - 0.5) * (other - 0.5))
                if other != m { below *= 1 - m * m / (other * other) }
            }
            return above / below
        }
        func weight(_ sample: Double) -> Double {
            zip(numbers, factors).reduce(1) {
                $0 + 2 * $1.1 * cos(2 * .pi * $1.0 * (sample - length / 2 + 0.5) / length)
            }
        }
        let middle = weight((length - 1) / 2)
        return { weight($0) / middle }
    }
}
