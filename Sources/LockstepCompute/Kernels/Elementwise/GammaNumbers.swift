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
    // A smaller shape is that of α + 1 times a power of a uniform number.
    let d = (alpha < 1 ? alpha + 1 : alpha) - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    // Of each attempt about 95 % succeed.
    let (attempts, words) = (16, 4)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: attempts * words) { buffer in
        func uniform(_ index: Int) -> Double { (Double(buffer[index]) + 0.5) * 0x1p-32 }
        for place in 0..<x.count {
            let start = UInt64((first + place) * attempts * words)
            ls_random_words(stream.stream, start, attempts * words, buffer.baseAddress!)
            var value = d
            for attempt in 0..<attempts {
                let word = words * attempt
                let normal = (-2 * log(uniform(word))).squareRoot() * cos(2 * .pi * uniform(word + 1))
                let v = (1 + c * normal) * (1 + c * normal) * (1 + c * normal)
                guard v > 0, log(uniform(word + 2)) < normal * normal / 2 + d * (1 - v + log(v)) else { continue }
                value = d * v
                break
            }
            x.pointer[place] = Float(alpha < 1 ? value * pow(uniform(3), 1 / alpha) : value)
        }
    }
}
