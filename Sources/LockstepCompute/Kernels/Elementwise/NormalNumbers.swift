import CKernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Fills a tensor with standard normal numbers, made of pairs of uniform ones (Box and Muller, 1958). They do not
/// depend on the number of threads.
///
/// - Parameter first: the place of the tensor's first element among the numbers of the stream.
package func fillNormal(_ x: Tensor, from stream: RandomStream, first: Int, on crew: Crew) {
    let work = NormalNumbers(
        stream: stream.stream, first: first, x: x.pointer, cut: crew.cut(x.count, grain: 4096))
    crew.perform(work, chunks: work.cut.chunks)
}

private struct NormalNumbers: ChunkedWork {
    let stream: ls_random_stream
    let first: Int
    let x: UnsafeMutablePointer<Float>
    let cut: Cut

    /// Numbers at once.
    private static let part = 256

    func run(chunk: Int) {
        let range = cut[chunk]
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.part) { words in
            // A pair of words makes a pair of numbers, so a part begins at an even place.
            var place = (first + range.lowerBound) & ~1
            let end = first + range.upperBound
            while place < end {
                let pairs = min(Self.part, end - place + 1) / 2
                ls_random_words(stream, UInt64(place), 2 * pairs, words.baseAddress!)
                for pair in 0..<pairs {
                    let radius = (-2 * logf((Float(words[2 * pair] >> 8) + 1) * 0x1p-24)).squareRoot()
                    let angle = 2 * Float.pi * Float(words[2 * pair + 1] >> 8) * 0x1p-24
                    write(radius * cosf(angle), at: place + 2 * pair, range)
                    write(radius * sinf(angle), at: place + 2 * pair + 1, range)
                }
                place += Self.part
            }
        }
    }

    private func write(_ value: Float, at place: Int, _ range: Range<Int>) {
        if range.contains(place - first) { x[place - first] = value }
    }
}
