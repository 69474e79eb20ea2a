import CKernels

/// Fills a tensor with uniform numbers from 0 to below 1, of 24 random bits each. They do not depend on the number of
/// threads.
///
/// - Parameter first: the place of the tensor's first element among the numbers of the stream.
package func fillUniform(_ x: Tensor, from stream: RandomStream, first: Int, on crew: Crew) {
    let work = UniformNumbers(stream: stream.stream, first: first, x: x.pointer, cut: crew.cut(x.count, grain: 4096))
    crew.perform(work, chunks: work.cut.chunks)
}

private struct UniformNumbers: ChunkedWork {
    let stream: ls_random_stream
    let first: Int
    let x: UnsafeMutablePointer<Float>
    let cut: Cut

    /// Numbers at once.
    private static let part = 256

    func run(chunk: Int) {
        let range = cut[chunk]
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.part) { words in
            var place = range.lowerBound
            while place < range.upperBound {
                let count = min(Self.part, range.upperBound - place)
                ls_random_words(stream, UInt64(first + place), count, words.baseAddress!)
                for index in 0..<count { x[place + index] = Float(words[index] >> 8) * 0x1p-24 }
                place += count
            }
        }
    }
}
