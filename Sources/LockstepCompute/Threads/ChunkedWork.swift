/// Work that is cut into fixed chunks. Any thread may run the chunks in any order, with the same result.
///
/// It is a plain struct instead of a closure, so that publishing it to other threads allocates nothing.
package protocol ChunkedWork {
    func run(chunk: Int)
}

extension ChunkedWork {
    /// Runs a chunk of the value at an address.
    static func run(at address: UnsafeRawPointer, chunk: Int) {
        address.assumingMemoryBound(to: Self.self).pointee.run(chunk: chunk)
    }
}

/// The cut of `count` elements into chunks of about a grain or more, at most as many chunks as a crew can use.
package struct Cut {
    package let count: Int
    package let chunks: Int
    private let size: Int

    /// - Parameter grain: elements that are worth handing to another thread. From 16 on, chunks begin on cache lines.
    init(_ count: Int, grain: Int, threads: Int) {
        // With four chunks per thread, a thread that came late can take fewer.
        let wanted = threads == 1 ? 1 : min(count / max(grain, 1), 4 * threads)
        let pieces = max(wanted, 1)
        let unit = grain >= 16 ? 16 : 1
        size = ((count + pieces - 1) / pieces + unit - 1) / unit * unit
        chunks = size == 0 ? 0 : (count + size - 1) / size
        self.count = count
    }

    /// All elements in one chunk.
    init(_ count: Int) { self.init(count, grain: 1, threads: 1) }

    /// The chunk that holds an element.
    func chunk(of element: Int) -> Int { element / size }

    subscript(chunk: Int) -> Range<Int> { chunk * size..<min((chunk + 1) * size, count) }
}
