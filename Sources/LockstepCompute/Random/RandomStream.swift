import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Counter-based random numbers (Philox4x32-10): a number depends only on the stream's seed and key, and on its
/// position.
///
/// Nothing is consumed, so ranks and threads draw the parts that they need and agree. The key of a stream says what it
/// is for: a purpose, an index (for example, the layer) and a step.
package struct RandomStream: Sendable {
    package enum Purpose: UInt32, Sendable {
        case tensor = 1
        case initialWeights, shuffle, dropout, jitter
    }

    package let stream: ls_random_stream

    package init(seed: UInt64, purpose: Purpose, index: Int = 0, step: Int = 0) {
        stream = ls_random_stream(
            seed: seed, step: UInt32(truncatingIfNeeded: step),
            purpose: purpose.rawValue << 24 | UInt32(truncatingIfNeeded: index) & 0xFF_FFFF)
    }

    /// A random seed.
    package static func freshSeed() -> UInt64 { UInt64.random(in: 0...UInt64.max) }

    /// Random 32-bit words, counted from `first`.
    package func words(_ first: Int = 0, count: Int) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let start = buffer.baseAddress { ls_random_words(stream, UInt64(first), count, start) }
            initialized = count
        }
    }

    /// Real numbers in [0, 1) with 53 random bits, counted from `first`.
    private func reals(_ first: Int, count: Int) -> [Double] {
        let words = words(2 * first, count: 2 * count)
        return (0..<count).map { index in
            Double((UInt64(words[2 * index]) << 32 | UInt64(words[2 * index + 1])) >> 11) * 0x1p-53
        }
    }

    /// A permutation of 0..<count (Fisher and Yates).
    package func permutation(of count: Int) -> [Int] {
        var permutation = Array(0..<count)
        let words = words(count: 2 * count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            let random = UInt64(words[2 * last]) << 32 | UInt64(words[2 * last + 1])
            let chosen = Int(random.multipliedFullWidth(by: UInt64(last + 1)).high)
            permutation.swapAt(last, chosen)
        }
        return permutation
    }

    package func fillUniform(_ tensor: Tensor, low: Float, high: Float) {
        fill(tensor) { Double(low) + (Double(high) - Double(low)) * $0 }
        // Rounding to float can reach the excluded end.
        for position in 0..<tensor.count where tensor.pointer[position] >= high && high > low {
            tensor.pointer[position] = high.nextDown
        }
    }

    /// Normal values through the inverse of the distribution function: one random number for each value.
    package func fillNormal(_ tensor: Tensor, mean: Float, standardDeviation: Float) {
        fill(tensor) { Double(mean) + Double(standardDeviation) * normalQuantile(max($0, 0x1p-54)) }
    }

    /// Normal values cut at two standard deviations. The distribution keeps its part from Φ(−2) to Φ(2).
    package func fillTruncatedNormal(_ tensor: Tensor, mean: Float, standardDeviation: Float) {
        let low = 0.5 * erfc(2 / 2.0.squareRoot())
        fill(tensor) { Double(mean) + Double(standardDeviation) * normalQuantile(low + (1 - 2 * low) * $0) }
    }

    private func fill(_ tensor: Tensor, _ transform: (Double) -> Double) {
        let part = 4096
        for first in stride(from: 0, to: tensor.count, by: part) {
            let values = reals(first, count: min(part, tensor.count - first))
            for (index, value) in values.enumerated() { tensor.pointer[first + index] = Float(transform(value)) }
        }
    }
}

/// Φ⁻¹(p) for 0 < p < 1: Acklam's rational approximation, refined to double precision by one step of Halley's method.
func normalQuantile(_ p: Double) -> Double {
    func polynomial(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
    let estimate: Double
    if p < 0.02425 || p > 1 - 0.02425 {
        let q = (-2 * log(min(p, 1 - p))).squareRoot()
        let tail = polynomial(Acklam.c, q) / polynomial(Acklam.d, q)
        estimate = p < 0.5 ? tail : -tail
    } else {
        let q = p - 0.5
        estimate = q * polynomial(Acklam.a, q * q) / polynomial(Acklam.b, q * q)
    }
    let error = 0.5 * erfc(-estimate / 2.0.squareRoot()) - p
    let step = error * (2 * Double.pi).squareRoot() * exp(estimate * estimate / 2)
    return estimate - step / (1 + estimate * step / 2)
}

/// P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function".
private enum Acklam {
    static let a = [
        -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
        -3.066479806614716e+01,
        2.506628277459239e+00,
    ]
    static let b = [
        -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
        -1.328068155288572e+01, 1,
    ]
    static let c = [
        -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
        4.374664141464968e+00,
        2.938163982698783e+00,
    ]
    static let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1]
}
