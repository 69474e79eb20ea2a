import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Fills a tensor with numbers of the gamma distribution of a shape α and the scale 1 (G. Marsaglia and W. W. Tsang,
/// 2000). They do not depend on the number of threads.
///
/// - Parameter first: the place of the tensor's first element among the numbers of the stream.
package func fillGamma(_ x: Tensor, alpha: Double, from stream: RandomStream, first: Int) {
    for place in 0..<x.count {
        let (value, share) = gammaNumber(alpha, from: stream, at: first + place)
        x.pointer[place] = Float(alpha < 1 ? value * pow(share, 1 / alpha) : value)
    }
}

/// Fills a tensor with numbers of the beta distributions of two equal shapes: `a / (a + b)` of two numbers of the gamma
/// distribution. They do not depend on the number of threads.
///
/// - Parameters:
///   - alphas: the shape of each element's distribution, positive.
///   - first: the place of the tensor's first element among the numbers of the stream.
package func fillBeta(_ x: Tensor, alphas: Tensor, from stream: RandomStream, first: Int) {
    for place in 0..<x.count {
        let alpha = Double(alphas.pointer[place])
        // Numbers of a small shape are too small for a float, but not their logarithms.
        func logarithm(_ index: Int) -> Double {
            let (value, share) = gammaNumber(alpha, from: stream, at: index)
            return log(value) + (alpha < 1 ? log(share) / alpha : 0)
        }
        let difference = logarithm(2 * (first + place) + 1) - logarithm(2 * (first + place))
        x.pointer[place] = Float(1 / (1 + exp(difference)))
    }
}

/// A number of the gamma distribution of a shape, or for a shape α < 1 of the shape α + 1, and a uniform number. The
/// number of the shape α < 1 is the first times the second to the power of 1/α.
private func gammaNumber(_ alpha: Double, from stream: RandomStream, at place: Int) -> (value: Double, share: Double) {
    let d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    // Of each attempt about 95 % succeed.
    let (attempts, words) = (16, 4)
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: attempts * words) { buffer in
        func uniform(_ index: Int) -> Double { (Double(buffer[index]) + 0.5) * 0x1p-32 }
        ls_random_words(stream.stream, UInt64(place * attempts * words), attempts * words, buffer.baseAddress!)
        for attempt in 0..<attempts {
            let word = words * attempt
            let normal = (-2 * log(uniform(word))).squareRoot() * cos(2 * .pi * uniform(word + 1))
            let v = (1 + c * normal) * (1 + c * normal) * (1 + c * normal)
            guard v > 0, log(uniform(word + 2)) < normal * normal / 2 + d * (1 - v + log(v)) else { continue }
            return (d * v, uniform(3))
        }
        return (d, uniform(3))
    }
}
